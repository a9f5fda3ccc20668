"""Billing client shops: loading what it needs, the month's statements and margins, issuing and cancelling."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from grading import public as grading
from grading.imports.company_files import Findings
from grading.imports.table import Table
from grading.jobs import services as jobs
from grading.kernel.dated import Dated
from grading.kernel.errors import DomainError
from grading.kernel.money import ZERO, total
from grading.kernel.period import Month, Span
from grading.kernel.snapshot import fingerprint, plain
from payroll import models
from payroll.domain.billing import (
    Contract,
    ContractNotInForce,
    ShopMonth,
    Statement,
    bill,
    cost_by_shop,
    days_of,
    refuse_billed_twice,
)
from payroll.domain.billing_document import ContractDocument, contract_from
from payroll.errors import (
    CancelledWithoutReason,
    MayNot,
    StatementCancelled,
    StatementChanged,
    StatementIssued,
)
from payroll.imports.billing_files import BillingFiles, check_billing_files

Lines = tuple[models.BillingStatementLine, ...]


@dataclass(frozen=True, slots=True)
class ContractMonth:
    """One contract in one month: the statement in force, or the draft of it, or why there is none.

    ``fingerprint`` is the draft's, empty when it cannot be computed. ``is_outdated``: the issued statement is no
    longer what the contract and the counts come to.
    """

    contract: Contract
    client_zh: str
    client_en: str
    statement: models.BillingStatement | None
    lines: Lines
    fingerprint: str
    problem: DomainError | None

    @property
    def is_issued(self) -> bool:
        return self.statement is not None and self.statement.pk is not None

    @property
    def is_outdated(self) -> bool:
        return self.is_issued and self.statement is not None and self.statement.fingerprint != self.fingerprint


@dataclass(frozen=True, slots=True)
class ShopMargin:
    """One shop in one month. ``billed`` is None while a contract of it cannot be billed; ``cost`` is what the posted
    payslips of the people assigned cost; ``unpaid`` are the agent numbers whose cost is not known yet.
    """

    shop: str
    billed: Decimal | None
    cost: Decimal
    people: int
    unpaid: tuple[str, ...]

    @property
    def margin(self) -> Decimal | None:
        """Bill less employer cost; None while either of them is incomplete."""
        return None if self.billed is None or self.unpaid else self.billed - self.cost


@dataclass(frozen=True, slots=True)
class BillingMonth:
    """A month's contracts and shops, both by name."""

    contracts: tuple[ContractMonth, ...]
    shops: tuple[ShopMargin, ...]


@dataclass(frozen=True, slots=True)
class _Served:
    """Who was assigned where: agent id → shop → employed days; and the same days by shop and agent number, of those
    who are charged for.
    """

    people: Mapping[int, grading.Person]
    assigned: Mapping[int, Mapping[str, set[date]]]
    billed: Mapping[str, Mapping[str, set[date]]]


# --- Loading ----------------------------------------------------------------------------------------------------------


def check_billing(
    files: BillingFiles, company: grading.Company | None, teams: Table | None, findings: Findings
) -> None:
    """References between the billing files, and to what the company has already."""
    held: Collection[ContractDocument] = ()
    shops = set(teams.every("shop")) if teams is not None else set()
    if company is not None:
        held = _documents(company).values()
        shops |= set(company.shops.values_list("code", flat=True))
    check_billing_files(files, held, shops, findings)


def billing_syncs(
    company: grading.Company, files: BillingFiles, ids: grading.AgentIds
) -> Iterator[grading.TableSync[Any]]:
    """The assignments and the months' counts, each made equal to its file."""
    if files.assignments is not None:
        yield _assignments_sync(company, files.assignments, ids)
    for month, table in files.counts.items():
        yield _counts_sync(company, month, table)


def _assignments_sync(
    company: grading.Company, table: Table, ids: grading.AgentIds
) -> grading.TableSync[models.ShopAssignment]:
    held = models.ShopAssignment.objects.filter(agent__company=company).select_related("agent")
    return grading.TableSync(
        table.file,
        existing=(((row.agent.agent_no, row.shop, row.first_day), row) for row in held),
        wanted={
            (row["agent_no"], row["shop"], row["from"]): {"last_day": row["to"], "is_billed": row["billed"]}
            for row in table.rows
        },
        make=lambda key, values: models.ShopAssignment(
            agent_id=ids[str(key[0])], shop=key[1], first_day=key[2], **values
        ),
    )


def _counts_sync(company: grading.Company, month: Month, table: Table) -> grading.TableSync[models.BillingMeasure]:
    """Rows may repeat and add up, so equal rows are counted."""
    held = list(models.BillingMeasure.objects.filter(company=company, month=month))
    keys = grading.numbered((row.shop, row.measure, row.value) for row in held)
    wanted = grading.numbered((row["shop"], row["measure"], row["value"]) for row in table.rows)
    return grading.TableSync(
        table.file,
        existing=zip(keys, held, strict=True),
        wanted={key: {} for key in wanted},
        make=lambda key, _values: models.BillingMeasure(
            company=company, month=month, shop=key[0], measure=key[1], value=key[2]
        ),
    )


# --- The month --------------------------------------------------------------------------------------------------------


def billing_month(company: grading.Company, month: Month) -> BillingMonth:
    """Every contract that covers a day of the month or has a statement of it, and every shop somebody was billed for
    or assigned to. A constant number of queries.
    """
    contracts = _contracts(company)
    served = _served(company, month)
    counted = _counted(company, month)
    issued = {
        row.contract: row
        for row in models.BillingStatement.objects.filter(company=company, month=month, cancelled_at=None)
        .select_related("company")
        .prefetch_related("lines")
    }
    found = []
    for contract in contracts:
        terms = list(contract.terms_in(month).values())
        statement = issued.get(contract.code)
        if not terms and statement is None:
            continue
        draft = _drafted(company, month, contract, contracts, served, counted)
        problem = draft if isinstance(draft, DomainError) else None
        drawn = None if isinstance(draft, DomainError) else draft[0]
        lines = () if isinstance(draft, DomainError) else draft[1]
        print_ = drawn.fingerprint if drawn is not None else ""
        if statement is not None:
            drawn, lines = statement, tuple(statement.lines.all())
        client = (drawn.client_zh, drawn.client_en) if drawn else (terms[-1].client_zh, terms[-1].client_en)
        found.append(ContractMonth(contract, *client, drawn, lines, print_, problem))
    return BillingMonth(tuple(found), _margins(company, month, found, served))


def _contracts(company: grading.Company) -> tuple[Contract, ...]:
    """The published contracts by code."""
    versions: dict[str, list[ContractDocument]] = defaultdict(list)
    for (code, _since), document in sorted(_documents(company).items()):
        versions[code].append(document)
    return tuple(
        Contract(code, held[-1].shop, Dated.of("contract", ((each.effective_from, each.terms) for each in held)))
        for code, held in versions.items()
    )


def _documents(company: grading.Company) -> dict[tuple[str, date], ContractDocument]:
    """Every published contract version by code and first day; of one first day the highest revision."""
    rows = models.BillingContract.objects.filter(company=company, status=models.BillingContract.Status.PUBLISHED)
    return {(row.code, row.effective_from): contract_from(row.body) for row in rows.order_by("revision")}


def _served(company: grading.Company, month: Month) -> _Served:
    rows = list(
        models.ShopAssignment.objects.filter(agent__company=company, first_day__lte=month.last_day)
        .filter(Q(last_day=None) | Q(last_day__gte=month.first_day))
        .order_by("pk")
    )
    people = grading.people({row.agent_id for row in rows}, month)
    assigned: dict[int, dict[str, set[date]]] = defaultdict(lambda: defaultdict(set))
    billed: dict[str, dict[str, set[date]]] = defaultdict(lambda: defaultdict(set))
    for row in rows:
        end = month.span.end if row.last_day is None else row.last_day + timedelta(days=1)
        person = people[row.agent_id]
        days = set(days_of(person.employed(month).meet(Span(row.first_day, end))))
        assigned[row.agent_id][row.shop] |= days
        if row.is_billed:
            billed[row.shop][person.agent_no] |= days
    return _Served(people, assigned, billed)


def _counted(company: grading.Company, month: Month) -> Mapping[str, Mapping[str, Fraction]]:
    """Shop → measure → the month's total."""
    found: dict[str, dict[str, Fraction]] = defaultdict(dict)
    rows = models.BillingMeasure.objects.filter(company=company, month=month)
    for shop, measure, value in rows.values_list("shop", "measure", "value"):
        found[shop][measure] = found[shop].get(measure, Fraction(0)) + value
    return found


def _drafted(
    company: grading.Company,
    month: Month,
    contract: Contract,
    contracts: Iterable[Contract],
    served: _Served,
    counted: Mapping[str, Mapping[str, Fraction]],
) -> tuple[models.BillingStatement, Lines] | DomainError:
    """The statement as it would be issued now, or why it cannot be."""
    shop = ShopMonth(month, served.billed.get(contract.shop, {}), counted.get(contract.shop, {}))
    try:
        refuse_billed_twice(contract, contracts, month)
        return _rows(company, bill(contract, shop), {each.agent_no: each.name for each in served.people.values()})
    except DomainError as error:
        return error


def _rows(
    company: grading.Company, value: Statement, names: Mapping[str, str]
) -> tuple[models.BillingStatement, Lines]:
    """The statement and its lines as rows that are not saved."""
    statement = models.BillingStatement(
        company=company,
        month=value.month,
        contract=value.contract,
        shop=value.shop,
        client_zh=value.client_zh,
        client_en=value.client_en,
        total=value.total,
    )
    lines = tuple(
        models.BillingStatementLine(
            statement=statement,
            position=position,
            code=line.code,
            agent_no=line.agent_no,
            agent_name=names.get(line.agent_no, ""),
            amount=line.amount,
            steps=plain(line.steps),
        )
        for position, line in enumerate(value.lines, start=1)
    )
    printed = [[line.code, line.agent_no, line.agent_name, str(line.amount), line.steps] for line in lines]
    statement.fingerprint = fingerprint([value.client_zh, value.client_en, value.shop, printed])
    return statement, lines


def _margins(
    company: grading.Company, month: Month, contracts: Iterable[ContractMonth], served: _Served
) -> tuple[ShopMargin, ...]:
    costs: dict[int, Decimal] = {}
    payslips = models.Payslip.objects.filter(
        run__company=company, month=month, run__status__in=models.PayRun.POSTED, agent_id__in=served.people
    )
    for agent_id, cost in payslips.values_list("agent_id", "employer_cost"):
        costs[agent_id] = costs.get(agent_id, ZERO) + cost
    billed: dict[str, list[Decimal | None]] = defaultdict(list)
    for each in contracts:
        billed[each.contract.shop].append(each.statement.total if each.statement is not None else None)
    shared: dict[str, list[Decimal]] = defaultdict(list)
    unpaid: dict[str, list[str]] = defaultdict(list)
    people: dict[str, int] = defaultdict(int)
    for agent_id, shops in served.assigned.items():
        person = served.people[agent_id]
        shares = cost_by_shop(costs.get(agent_id, ZERO), person.employed(month), shops)
        for shop in (shop for shop, days in shops.items() if days):
            people[shop] += 1
            shared[shop].append(shares[shop])
            if agent_id not in costs:
                unpaid[shop].append(person.agent_no)
    return tuple(
        ShopMargin(
            shop=shop,
            billed=_sum(billed[shop]),
            cost=total(shared[shop]),
            people=people[shop],
            unpaid=tuple(sorted(unpaid[shop])),
        )
        for shop in sorted({*billed, *people})
    )


def _sum(amounts: Iterable[Decimal | None]) -> Decimal | None:
    """The sum; None when one of the amounts is not known."""
    held = list(amounts)
    known = [amount for amount in held if amount is not None]
    return total(known) if len(known) == len(held) else None


# --- Acts -------------------------------------------------------------------------------------------------------------


@transaction.atomic
def statement_issue(
    *, company: grading.Company, month: Month, contract: str, issued_by: User, reviewed: str
) -> models.BillingStatement:
    """Issue the statement that was looked at: it gets its number and never changes. ``reviewed`` is its fingerprint.

    Raises MayNot, ContractNotInForce, StatementIssued, StatementChanged, and whatever hinders the computation.
    """
    _require(issued_by, "issue a billing statement")
    grading.Company.objects.select_for_update().get(pk=company.pk)
    known = {each.contract.code: each for each in billing_month(company, month).contracts}
    if contract not in known:
        raise ContractNotInForce(contract=contract, month=month)
    found = known[contract]
    if found.statement is not None and found.is_issued:
        raise StatementIssued(contract=contract, number=found.statement.number, month=month)
    if found.problem is not None or found.statement is None:
        raise found.problem or ContractNotInForce(contract=contract, month=month)
    if found.fingerprint != reviewed:
        raise StatementChanged(contract=contract, month=month)
    statement = found.statement
    before = models.BillingStatement.objects.filter(company=company, month=month, contract=contract).count()
    statement.sequence = before + 1
    statement.number = f"{company.code}-{month}-{contract}-{statement.sequence}"
    statement.issued_by = issued_by
    statement.save()
    models.BillingStatementLine.objects.bulk_create(found.lines)
    jobs.audit(
        actor=issued_by,
        action="billing.issue",
        object_type="billing_statement",
        object_id=statement.pk,
        detail={"number": statement.number, "fingerprint": statement.fingerprint},
    )
    return statement


@transaction.atomic
def statement_cancel(*, statement_id: int, cancelled_by: User, reason: str) -> models.BillingStatement:
    """Cancel an issued statement with a reason, so that it can be issued anew; it is kept, with its number.

    Raises MayNot, CancelledWithoutReason, StatementCancelled.
    """
    _require(cancelled_by, "cancel a billing statement")
    statement = models.BillingStatement.objects.select_for_update().get(pk=statement_id)
    if not reason.strip():
        raise CancelledWithoutReason(number=statement.number)
    if statement.cancelled_at is not None:
        raise StatementCancelled(number=statement.number)
    statement.cancelled_by, statement.cancelled_at = cancelled_by, timezone.now()
    statement.reason = reason.strip()[:500]
    statement.save(update_fields=models.BillingStatement.CANCELLATION)
    jobs.audit(
        actor=cancelled_by,
        action="billing.cancel",
        object_type="billing_statement",
        object_id=statement.pk,
        detail={"number": statement.number},
    )
    return statement


def _require(user: User, act: str) -> None:
    if not user.has_perm("payroll.issue_statement"):
        raise MayNot(user=user.get_username(), act=act)
