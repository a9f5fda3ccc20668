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


class AuditEntryChanged(DomainError):
    """An entry of the audit log that no longer has its hash."""

    code = "jobs.audit_entry_changed"
    template = "Audit entry {entry} was changed after it was written. Restore the log from a backup, and find out who."


class AuditEntryMoved(DomainError):
    """An entry of the audit log that does not follow the one before it."""

    code = "jobs.audit_entry_moved"
    template = (
        "Audit entry {entry} does not follow the one before it: entries were removed, inserted or moved there. "
        "Restore the log from a backup, and find out who."
    )


class AuditEntriesCut(DomainError):
    """A head of the audit log that was kept elsewhere and that the log does not have."""

    code = "jobs.audit_entries_cut"
    template = (
        "The audit log had the head {head} ({where}) and has it no longer: entries were cut off or written anew. "
        "Restore the log from a backup, and find out who."
    )


class KeyUsedForAnother(DomainError):
    """A key that was sent before with another content."""

    code = "jobs.key_used_for_another"
    template = "This was sent before with other content. Load the page again and send it anew, or use a new key."


class SameKeyRunning(DomainError):
    """A request whose twin with the same key is still being worked on."""

    code = "jobs.same_key_running"
    template = "The same request is still being worked on. Wait a moment, then look at the result."
