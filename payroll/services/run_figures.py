"""What a run is reviewed by: counted once, kept with the run, and read from there."""

from __future__ import annotations

from grading.kernel.snapshot import plain
from payroll import models, selectors


def review_write(run: models.PayRun) -> selectors.ReviewFigures:
    """Count a run's figures and keep them under its fingerprint. Takes as long as the run has payslips."""
    figures = selectors.review_figures(run)
    models.RunReview.objects.update_or_create(
        run=run, defaults={"fingerprint": run.fingerprint, "figures": plain(figures), "causes": None}
    )
    return figures


def review_of(run: models.PayRun) -> selectors.ReviewFigures:
    """The figures of a calculated run. One query; they are counted anew where none are kept of the run as it is."""
    return selectors.figures_kept([run]).get(run.pk) or review_write(run)
