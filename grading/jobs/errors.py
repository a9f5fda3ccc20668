"""What can go wrong with durable work itself."""

from __future__ import annotations

from grading.kernel.errors import DomainError


class LeaseLost(DomainError):
    """A worker finished after its lease had gone to another; its results are dropped."""

    code = "jobs.lease_lost"
    template = "Job {job}: the lease of {subjects} items went to another worker; these results are dropped."


class TooManyAttempts(DomainError):
    """An item whose worker died every time."""

    code = "jobs.too_many_attempts"
    template = "The work stopped {attempts} times without a result. Look at the worker's log, then run it again."
