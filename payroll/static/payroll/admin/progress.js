// Keeps the bars of the month-end page up to date, and reloads it when the work is done.
// Without it the page reloads itself (see <noscript>); the figures are the same.
"use strict";
(function () {
  const box = document.getElementById("progress");
  if (!box) { return; }
  const every = 1500;
  function show(phase) {
    const bar = document.getElementById("phase-" + phase.code);
    if (!bar) { return; }
    bar.max = Math.max(phase.total, 1);
    bar.value = phase.settled;
    document.getElementById("count-" + phase.code).textContent =
      phase.settled + " / " + phase.total + " (" + phase.percent + " %)";
    document.getElementById("pace-" + phase.code).textContent = phase.pace;
    const parked = document.getElementById("parked-" + phase.code);
    parked.hidden = !phase.parked;
    parked.querySelector("span").textContent = phase.parked;
  }
  async function look() {
    try {
      const response = await fetch(box.dataset.url, {credentials: "same-origin", headers: {Accept: "application/json"}});
      if (response.redirected || !response.ok) { window.location.reload(); return; }
      const work = await response.json();
      if (!work.working || work.stopped) { window.location.reload(); return; }
      work.phases.forEach(show);
      document.getElementById("idle").hidden = !work.idle;
    } catch (error) {
      // The server may be restarting: ask again.
    }
    window.setTimeout(look, every);
  }
  window.setTimeout(look, every);
})();
