"""A month's metrics from its platform exports: store the exports, compute store by store, finish."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from io import BytesIO

import polars as pl
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.db import transaction

from grading import models, raw, selectors
from grading.domain.metrics import engine
from grading.domain.metrics.chat import Chat
from grading.domain.metrics.sales import Sales
from grading.domain.metrics.values import NOT_APPLICABLE, By, MetricValue
from grading.imports.company_files import Exports
from grading.imports.raw import outside
from grading.jobs import services as jobs
from grading.kernel.errors import DomainError
from grading.kernel.period import Month
from grading.kernel.snapshot import fingerprint, plain
from grading.services.table_sync import Change

METRICS_TASK = "grading.metrics"
FOLLOW_UP_TASK = "grading.measured"
LEASE = timedelta(seconds=60)
"""Longer than a chunk of people's: a big store takes a while. Renewed between its steps."""
NO_STORE = 0
"""The subject of what names no store: calls, and messages of sessions that are not in the exports."""


class StoreUnknown(DomainError):
    """A store that was to be computed is no longer there."""

    code = "grading.store_unknown"
    template = "The store {store} is not known any more. Load the month's exports again."


class MetricsNotComputed(DomainError):
    """The metrics of some store of the month could not be computed, so nobody can be judged by them."""

    code = "grading.metrics_not_computed"
    template = "The metrics of {month} could not be computed: {reason} Mend that and calculate again."


def exports_save(
    company: models.Company, month: Month, exports: Exports, *, loaded_by: User, dry_run: bool = False
) -> list[Change]:
    """Keep a month's checked exports, those that changed; what is not among them stays. Returns what changes.

    Call inside a transaction. With ``dry_run`` no file is written and no row either.
    """
    held = {export.table: export for export in models.RawExport.objects.filter(company=company, month=month)}
    lie_outside = outside(exports.read.tables, month.span)
    changes = []
    for table, rows in exports.read.tables.items():
        before = held.get(table)
        if before is not None and before.sha256 == exports.sha256[table]:
            changes.append(Change(exports.read.files[table], 0, 0, 0, before.rows))
            continue
        changes.append(Change(exports.read.files[table], rows.height, 0, before.rows if before else 0, 0))
        if not dry_run:
            export_save(
                before or models.RawExport(company=company, month=month, table=table),
                source=exports.read.files[table],
                sha256=exports.sha256[table],
                rows=rows,
                outside=lie_outside[table],
                loaded_by=loaded_by,
            )
    return changes


def export_save(
    export: models.RawExport, *, source: str, sha256: str, rows: pl.DataFrame, outside: int, loaded_by: User
) -> None:
    """Keep one checked export as a Parquet file that is named by its content; the file it replaces goes."""
    buffer = BytesIO()
    rows.write_parquet(buffer, compression="zstd")
    before = export.file.name
    export.source, export.sha256, export.rows, export.outside = source, sha256, rows.height, outside
    export.loaded_by = loaded_by
    name = f"raw/{export.company_id}/{export.month}/{export.table}-{sha256[:16]}.parquet"
    export.file.save(name, ContentFile(buffer.getvalue()), save=False)
    export.save()
    if before and before != export.file.name:
        export.file.storage.delete(before)


@transaction.atomic
def metrics_open(*, company_id: int, month: Month, requested_by: User) -> int | None:
    """The job that computes the month's metrics, its stores enqueued; None for a month without exports.

    A store whose exports, readings and teams are unchanged is not computed again. A store that no team names becomes
    a shop of the company, so that its figures have a home.
    """
    if not raw.has_exports(company_id, month):
        models.MetricTally.objects.filter(company_id=company_id, month=month).delete()
        return None
    job = jobs.job_open(
        task=METRICS_TASK, key=f"{company_id}/{month}", follow_up=FOLLOW_UP_TASK, requested_by=requested_by, chunk=1
    )
    computation, _made = models.MetricComputation.objects.get_or_create(
        company_id=company_id, month=month, defaults={"job": job}
    )
    stores = raw.stores(company_id, month)
    shops = [models.Shop.objects.get_or_create(company_id=company_id, code=store)[0].pk for store in stores]
    computation.gaps = {store: gaps for store, gaps in computation.gaps.items() if store in ("", *stores)}
    computation.save(update_fields=["gaps"])
    gone = models.MetricTally.objects.filter(company_id=company_id, month=month, shop__isnull=False)
    gone.exclude(shop_id__in=shops).delete()
    jobs.job_enqueue(job_id=job.pk, subject_ids=[*shops, NO_STORE])
    return job.pk


def metrics_compute(job_id: int) -> int:
    """Compute the metrics of one store; returns how many stores it settled. May run twice, may die anywhere."""
    held = jobs.claim(job_id, lease=LEASE)
    if held is None:
        return 0
    computation = models.MetricComputation.objects.get(job_id=job_id)
    (subject,) = held.subject_ids
    try:
        outcome, values = _worked_out(held, computation, subject)
    except DomainError as error:
        outcome, values = jobs.Outcome(subject, error=error), None
    with transaction.atomic():
        jobs.finish(held, [outcome])
        if values is not None:
            _tallies_replace(computation, subject, values)
    return 1


def _worked_out(
    held: jobs.Claim, computation: models.MetricComputation, subject: int
) -> tuple[jobs.Outcome, list[MetricValue] | None]:
    """How a store's item ends, and its values; None when nothing has changed since they were written."""
    company_id, month = computation.company_id, computation.month
    store = _store_of(subject)
    input_hash = _inputs(company_id, month, store)
    item = computation.job.items.get(subject_id=subject)
    if item.input_hash == input_hash and item.output_hash:
        return jobs.Outcome(subject, input_hash, item.output_hash), None
    values = list(_values(held, company_id, month, store))
    return jobs.Outcome(subject, input_hash, fingerprint([len(values), input_hash])), values


def _store_of(subject: int) -> str | None:
    if subject == NO_STORE:
        return None
    shop = models.Shop.objects.filter(pk=subject).first()
    if shop is None:
        raise StoreUnknown(store=subject)
    return shop.code


def _tallies_replace(computation: models.MetricComputation, subject: int, values: Iterable[MetricValue]) -> None:
    """Write a store's values in place of those before, and why others are missing."""
    company_id, month = computation.company_id, computation.month
    shop_id = None if subject == NO_STORE else subject
    models.MetricTally.objects.filter(company_id=company_id, month=month, shop=shop_id).delete()
    models.MetricTally.objects.bulk_create(_tallies(company_id, month, shop_id, values), batch_size=1000)
    gaps = {value.metric: value.reason for value in values if value.reason not in (None, NOT_APPLICABLE)}
    locked = models.MetricComputation.objects.select_for_update().get(pk=computation.pk)
    locked.gaps = {**locked.gaps, _store_of(subject) or "": gaps}
    locked.save(update_fields=["gaps"])


def _values(held: jobs.Claim, company_id: int, month: Month, store: str | None) -> Iterator[MetricValue]:
    """A store's metrics of agents, teams and shops; the claim is held on to between them."""
    read = raw.store_events(company_id, month.span, store)
    readings = raw.readings_of(company_id)
    chat = Chat(read.events)
    sales = Sales(read.events, chat)
    for by in By:
        jobs.renew(held, LEASE)
        yield from engine.compute(read.events, (by,), read.metrics_by(by), readings, chat, sales)


def _inputs(company_id: int, month: Month, store: str | None) -> str:
    """The fingerprint of everything a store's tallies depend on."""
    exports = models.RawExport.objects.filter(company_id=company_id, month__in=(month.plus(-1), month))
    company = models.Company.objects.get(pk=company_id)
    shop = models.Shop.objects.filter(company_id=company_id, code=store).first()
    employed = selectors.agents_employed_in(company_id, month)
    teams = {each.agent_no: each.team for each in selectors.people(employed, month).values()}
    return fingerprint(
        {
            "exports": sorted(f"{export.month}/{export.table}/{export.sha256}" for export in exports),
            "readings": plain(dict(company.readings)),
            "platform": shop.platform if shop else "",
            "teams": teams,
            "definitions": engine.VERSION,
        }
    )


def _tallies(
    company_id: int, month: Month, shop_id: int | None, values: Iterable[MetricValue]
) -> list[models.MetricTally]:
    return [
        models.MetricTally(
            company_id=company_id,
            month=month,
            shop_id=shop_id,
            by=value.by.value,
            subject=value.subject,
            metric=value.metric,
            numerator=value.numerator,
            denominator=value.denominator,
            is_sum=value.is_sum,
        )
        for value in values
        if value.numerator is not None and value.denominator is not None
    ]


def not_computed(company_id: int, month: Month) -> MetricsNotComputed | None:
    """Why the month's metrics are not all there; None when they are, or when there are no exports. Two queries."""
    computation = models.MetricComputation.objects.filter(company_id=company_id, month=month).first()
    parked = None if computation is None else jobs.parked_items(computation.job_id).first()
    return None if parked is None else MetricsNotComputed(month=month, reason=parked.error_message)
