"""Shapes of the API's answers. They describe plain values that ``sheets`` has finished; they read nothing in."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from payroll.domain.guards import Owner, Severity
from payroll.domain.variance import Cause
from payroll.models import PayRun
from payroll.selectors import Phase

AMOUNT = {"type": "string", "pattern": r"^-?\d+\.\d{2}$", "example": "5200.00", "description": "Yuan"}
MONTH = {"type": "string", "pattern": r"^20\d\d-(0[1-9]|1[0-2])$", "example": "2026-10"}
EXACT = {"type": "string", "pattern": r"^-?\d+(\.\d+)?$", "example": "88.235", "description": "Exact decimal"}


@extend_schema_field(AMOUNT)
class Amount(serializers.CharField):
    """Yuan as text with two places: a JSON number is a float somewhere."""


@extend_schema_field(MONTH)
class MonthText(serializers.CharField):
    """A calendar month."""


@extend_schema_field(EXACT)
class ExactText(serializers.CharField):
    """A number with all its digits."""


class Plain(serializers.Serializer[Any]):
    """A shape of an answer."""


class Problem(Plain):
    """Every refusal."""

    code = serializers.CharField(help_text="Stable; scripts may rely on it")
    message_zh = serializers.CharField()
    message_en = serializers.CharField()
    values = serializers.DictField(child=serializers.CharField())


class StepShape(Plain):
    """One step of an explanation."""

    code = serializers.CharField()
    text_zh = serializers.CharField()
    text_en = serializers.CharField()
    amount = ExactText(allow_null=True)
    values = serializers.DictField(child=serializers.CharField())


class LineShape(Plain):
    """One printed amount with its steps."""

    code = serializers.CharField()
    kind = serializers.ChoiceField(choices=["earning", "deduction", "employer"])
    amount = Amount()
    period = MonthText()
    name_zh = serializers.CharField()
    name_en = serializers.CharField()
    steps = StepShape(many=True)


class PayslipRowShape(Plain):
    """A payslip in a list."""

    number = serializers.CharField()
    month = MonthText()
    kind = serializers.ChoiceField(choices=PayRun.Kind.choices)
    status = serializers.ChoiceField(choices=PayRun.Status.choices)
    agent_no = serializers.CharField()
    name = serializers.CharField()
    gross = Amount()
    deductions = Amount()
    net = Amount()
    employer_cost = Amount()


class PayslipShape(PayslipRowShape):
    """A payslip with every line and every step."""

    lines = LineShape(many=True)


class KpiShape(Plain):
    """One KPI judged; a KPI without a value has neither value, score nor share of the total."""

    metric = serializers.CharField()
    value = ExactText(allow_null=True)
    score = ExactText(allow_null=True)
    weight = ExactText()
    weighted = ExactText(allow_null=True)


class QaShape(Plain):
    """The month's QA findings, counted."""

    fatal = serializers.IntegerField(required=False)
    non_fatal = serializers.IntegerField(required=False)
    escalated = serializers.IntegerField(required=False)
    by_code = serializers.DictField(child=serializers.IntegerField(), required=False)


class AppraisalShape(Plain):
    """A published appraisal."""

    month = MonthText()
    agent_no = serializers.CharField()
    total_score = ExactText(allow_null=True)
    grade = serializers.CharField(allow_null=True)
    coefficient = ExactText(allow_null=True)
    kpis = KpiShape(many=True)
    qa = QaShape()
    rank = serializers.IntegerField(allow_null=True)
    ranked_among = serializers.IntegerField()


class AgentShape(Plain):
    """The agent a login belongs to."""

    agent_no = serializers.CharField()
    name = serializers.CharField()
    company = serializers.CharField()
    role = serializers.CharField()
    hire_date = serializers.DateField()


class MeShape(Plain):
    """Who is asking."""

    username = serializers.CharField()
    roles = serializers.ListField(child=serializers.CharField())
    agent = AgentShape(allow_null=True)


class RunRowShape(Plain):
    """A pay run in a list."""

    id = serializers.IntegerField()
    company = serializers.CharField()
    month = MonthText()
    kind = serializers.ChoiceField(choices=PayRun.Kind.choices)
    sequence = serializers.IntegerField()
    status = serializers.ChoiceField(choices=PayRun.Status.choices)
    fingerprint = serializers.CharField(allow_blank=True)
    pay_date = serializers.DateField(allow_null=True)
    prepared_by = serializers.CharField()
    approved_by = serializers.CharField(allow_null=True)


class PhaseShape(Plain):
    """How far a phase of a run is, counted from the rows of its people."""

    phase = serializers.ChoiceField(choices=[each.value for each in Phase])
    queued = serializers.IntegerField()
    in_work = serializers.IntegerField()
    done = serializers.IntegerField()
    parked = serializers.IntegerField()
    total = serializers.IntegerField(help_text="People; where it reads, stores")
    percent = serializers.IntegerField(help_text="Rounded down: 100 is said when all are settled")
    per_second = ExactText(allow_null=True, help_text="Settled a second in the last minute")
    seconds_left = serializers.IntegerField(allow_null=True)


class ProgressShape(Plain):
    """How far a run is."""

    id = serializers.IntegerField()
    status = serializers.ChoiceField(choices=PayRun.Status.choices)
    doing = serializers.CharField(allow_null=True, help_text="the phase that is being worked on")
    stopped = serializers.BooleanField()
    idle = serializers.BooleanField(help_text="There is work, and nobody has done any of it for a while")
    phases = PhaseShape(many=True)


class ParkedShape(Plain):
    """Somebody the run could not finish, and why."""

    agent_no = serializers.CharField()
    name = serializers.CharField()
    code = serializers.CharField()
    message_zh = serializers.CharField()
    message_en = serializers.CharField()
    values = serializers.DictField(child=serializers.CharField())


class RunShape(RunRowShape):
    """A pay run with its progress."""

    payslips = serializers.IntegerField()
    phases = PhaseShape(many=True)
    parked = ParkedShape(many=True)


class ApprovalShape(Plain):
    """What an approver sends: the fingerprint of the run as they reviewed it."""

    fingerprint = serializers.RegexField(r"^[0-9a-f]{64}$")


class LineChangeShape(Plain):
    """What lines of one code and period came to when they were reviewed, and come to now."""

    code = serializers.CharField()
    period = MonthText()
    before = Amount()
    after = Amount()


class PersonChangeShape(Plain):
    """One person whose pay is not as it was reviewed."""

    agent_no = serializers.CharField()
    name = serializers.CharField()
    net_before = Amount(allow_null=True)
    net_after = Amount(allow_null=True)
    because = serializers.CharField(allow_blank=True, help_text="The code of what parks the person now")
    lines = LineChangeShape(many=True)


class OutdatedShape(Problem):
    """The refusal to approve what is not as it was reviewed. ``people`` counts the changes, also those not listed."""

    people = serializers.IntegerField(required=False)
    changes = PersonChangeShape(many=True, required=False)


class FindingShape(Plain):
    """Something about one person of a run that should be looked at before approval."""

    agent_no = serializers.CharField()
    name = serializers.CharField()
    code = serializers.CharField()
    severity = serializers.ChoiceField(choices=[each.value for each in Severity])
    owner = serializers.ChoiceField(choices=[each.value for each in Owner])
    article = serializers.CharField(allow_blank=True, help_text="The legal ground; empty where there is none")
    message_zh = serializers.CharField()
    message_en = serializers.CharField()
    values = serializers.DictField(child=serializers.CharField())


class CauseShape(Plain):
    """One cause of a difference in net pay."""

    cause = serializers.ChoiceField(choices=[each.value for each in Cause])
    name_zh = serializers.CharField()
    name_en = serializers.CharField()
    amount = Amount()


class VarianceShape(Plain):
    """A run against the month before: the causes and ``left`` add up to ``difference``."""

    before = Amount()
    after = Amount()
    difference = Amount()
    left = Amount(help_text="What people who are no longer employed were paid last month, negative")
    causes = CauseShape(many=True)


class PersonVarianceShape(Plain):
    """One person against the month before: the causes add up to ``difference``."""

    agent_no = serializers.CharField()
    name = serializers.CharField()
    before = Amount()
    after = Amount()
    difference = Amount()
    surprise = Amount(help_text="What attendance and commission do not explain")
    causes = CauseShape(many=True)
