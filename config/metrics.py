"""What Prometheus may know: requests, tasks, queues, the sweeper and the canary. No names, no amounts, nobody's data.

What is in rows is read from them at each scrape, so any web process tells it for all machines. Requests are counted in
this process; where several processes answer at one address, PROMETHEUS_MULTIPROC_DIR makes them count together.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from ipaddress import ip_address

from django.conf import settings
from django.db.models import Count
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Summary, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric, SummaryMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from config.health import checks
from grading.jobs import pulse
from grading.jobs.models import RunItem
from grading.jobs.tasks import CANARY, SWEPT, TASK

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

REQUESTS = Summary(
    "jixin_http_request_seconds",
    "Requests by route and status, and the seconds they took",
    ["method", "route", "status"],
    registry=None,
)


# --- Counting ---------------------------------------------------------------------------------------------------------


class RequestMetricsMiddleware:
    """Counts each request by its route as it is written, never by its address, which may hold a number."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        started = time.perf_counter()
        response = self.get_response(request)
        match = request.resolver_match
        REQUESTS.labels(
            request.method if request.method in METHODS else "other",
            match.route if match is not None else "unmatched",
            str(response.status_code),
        ).observe(time.perf_counter() - started)
        return response


# --- Telling ----------------------------------------------------------------------------------------------------------


class Rows(Collector):
    """What the rows say, read at each scrape: four queries and the checks of readiness."""

    def collect(self) -> Iterator[Metric]:
        yield from self._pulses()
        yield self._items()
        yield self._ready()

    def _pulses(self) -> Iterator[Metric]:
        tasks = SummaryMetricFamily(
            "jixin_task_seconds", "Tasks, and the seconds they took", labels=["task", "outcome"]
        )
        swept = CounterMetricFamily("jixin_swept_jobs", "Jobs that the sweeper found waiting and published again")
        canary = GaugeMetricFamily("jixin_canary_age_seconds", "Seconds since a canary task finished")
        for held in pulse.pulses():
            if held.name.startswith(TASK):
                name = held.name.removeprefix(TASK)
                tasks.add_metric([name, held.outcome], count_value=held.times, sum_value=held.milliseconds / 1000)
            elif held.name == SWEPT:
                swept.add_metric([], held.times)
            elif held.name == CANARY:
                canary.add_metric([], (timezone.now() - held.last_at).total_seconds())
        yield from (tasks, swept, canary)

    def _items(self) -> Metric:
        """Queue depth and progress at once. A job's key is ids, a month and a kind of run."""
        family = GaugeMetricFamily(
            "jixin_job_items", "Items of unfinished jobs by state", labels=["task", "key", "state"]
        )
        rows = RunItem.objects.filter(job__finished_at=None).values_list("job__task", "job__key", "state")
        for task, key, state, count in rows.annotate(Count("id")).order_by("job__task", "job__key", "state"):
            family.add_metric([task, key, state], count)
        return family

    def _ready(self) -> Metric:
        family = GaugeMetricFamily("jixin_ready", "Checks of readiness: 1 is as it should be", labels=["check"])
        for check in checks():
            family.add_metric([check.name], int(check.is_ok))
        return family


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Everything, in Prometheus's text format, for whoever has the token or asks from an allowed network."""
    if not may_scrape(request):
        return HttpResponseForbidden("403", content_type="text/plain")
    registry = CollectorRegistry()
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    else:
        registry.register(REQUESTS)
    registry.register(Rows())
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def may_scrape(request: HttpRequest) -> bool:
    """Whether a request brings METRICS_TOKEN or comes from METRICS_NETWORKS. Without either setting nobody may.

    The address is that of the connection: a header that names another one is anybody's to send.
    """
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    if settings.METRICS_TOKEN and kind == "Bearer" and constant_time_compare(token, settings.METRICS_TOKEN):
        return True
    try:
        address = ip_address(request.META.get("REMOTE_ADDR", ""))
    except ValueError:
        return False
    return any(address in network for network in settings.METRICS_NETWORKS)
