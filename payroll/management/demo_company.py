"""A made-up company of any size, written as the folder an HR department would hand over.

Everything here is invented: the company, the shops, the people and the figures. The same arguments always give the
same bytes. Only ``Random.random`` is drawn from and every figure is a whole number of its smallest unit, so neither
the locale, the time zone nor the machine can change a digit.

Most agents are ordinary. The first ones after the team leaders each tell one story (see ``demo_stories``): hired on the
31st, lifted by the guarantee, caught by a failed gate, parked, and so on. ``demo/README.md`` tells them in words.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from itertools import count
from pathlib import Path
from random import Random
from typing import Protocol, TypeVar

from payroll.management.demo_exports import MOST_AGENTS, Exported, write_exports
from payroll.management.demo_exports import TABLES as EXPORTS
from payroll.management.demo_rules import CITY, COMPANY_YAML, KPIS, PILOT_PLAN, PLANS, TEMP_PLAN, scorecard
from payroll.management.demo_stories import (
    STORIES,
    Facts,
    Move,
    Story,
    first_day,
    last_day,
    month_name,
    month_number,
    natural_tiers,
)

T = TypeVar("T")

FLEX_TEAM = "flex"
TEAM_SIZE = 15
"""No team is planned larger than this."""

MONTH_FILES: dict[str, tuple[str, ...]] = {
    "kpi.csv": ("agent_no", "metric", "value"),
    "team_metrics.csv": ("team", "metric", "value"),
    "attendance.csv": (
        "agent_no", "due_days", "present_days", "paid_leave_days", "unpaid_leave_days", "sick_days", "absent_days",
        "late_count", "early_leave_count", "overtime_workday_hours", "overtime_restday_hours", "overtime_holiday_hours",
    ),
    "sales.csv": ("agent_no", "basis", "amount"),
    "units.csv": ("agent_no", "unit", "quantity"),
    "qa_findings.csv": ("agent_no", "checked_on", "session", "code", "source", "reviewer"),
    "adjustments.csv": ("agent_no", "code", "amount", "reason", "requested_by"),
}  # fmt: skip
"""The files of a month folder with their headings."""

AGENT_COLUMNS = (
    "agent_no", "name", "role", "team", "hire_date", "leave_date", "tier", "tier_from", "plan", "manager_no", "city",
    "contribution_base", "housing_fund_base", "housing_fund_rate", "additional_deductions", "first_job_of_year",
    "withhold_from_60000", "tax_resident", "id_no", "bank_name", "bank_account", "alipay", "phone", "email",
    "employment",
)  # fmt: skip

# ---------------------------------------------------------------------------------------------------------------------
# Names and words

SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏"
    "钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文"
)
GIVEN = (
    "安贝晨丹恩芳岚菲庚桂涵禾惠佳嘉娇洁锦静娟君凯可兰乐莉琳玲露梅萌敏楠宁培萍倩青晴然蓉茹瑞珊诗舒淑思甜婷彤薇雯汐曦霞"
    "贤娴筱欣馨秀萱雪雅妍燕瑶怡艺英莹颖宇雨语悦芸哲珍芷竹子梓博超诚栋帆刚恒宏辉健杰俊康磊亮鹏琪强森涛伟翔旭阳毅永勇"
    "远泽志忠卓"
)
MEALS = ("餐补", "夜班餐补", "加班餐补")
PENALTIES = ("聊天记录抽检扣款", "漏跟进工单", "未按时交接班")
LOSSES = ("错发赠品赔付", "漏核地址补发运费", "误操作退款差额")
FATAL = ("F1", "F2", "F3", "F4", "F5")
NON_FATAL = ("N1", "N2", "N3", "N4", "N5", "N6")
SALES = {"pre_sales": ("sales_amount", 16_000_000), "after_sales": ("returning_order_amount", 15_000_000)}
"""What a role's commission is paid on, and the most of it in a month, in fen."""


# ---------------------------------------------------------------------------------------------------------------------
# Drawing. Only Random.random is used: its sequence is the same in every version of Python.


def _whole(rng: Random, low: int, high: int) -> int:
    """A whole number from low to high, both included."""
    return low + int(rng.random() * (high - low + 1))


def _pick(rng: Random, things: Sequence[T]) -> T:
    return things[int(rng.random() * len(things))]


def _chance(rng: Random, percent: int) -> bool:
    return rng.random() * 100 < percent


def fixed(number: int, decimals: int) -> str:
    """A whole number of the smallest unit as a plain decimal: ``fixed(-1250, 2)`` is ``-12.50``."""
    if not decimals:
        return str(number)
    whole, part = divmod(abs(number), 10**decimals)
    return f"{'-' if number < 0 else ''}{whole}.{part:0{decimals}d}"


# ---------------------------------------------------------------------------------------------------------------------
# Numbers that look right and belong to nobody


def bank_account(serial: int) -> str:
    """Nineteen digits with a prefix no bank has and a correct Luhn check digit."""
    body = f"999999{serial:012d}"
    total = 0
    for place, digit in enumerate(reversed(body)):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return f"{body}{-total % 10}"


def identity_number(birth: date, serial: int) -> str:
    """Eighteen characters of a region that does not exist (99), unique by serial, with a correct check character."""
    body = f"99{serial // 1000:04d}{birth:%Y%m%d}{serial % 1000:03d}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return body + "10X98765432"[sum(int(digit) * weight for digit, weight in zip(body, weights, strict=True)) % 11]


# ---------------------------------------------------------------------------------------------------------------------
# Teams and people


@dataclass(frozen=True, slots=True)
class Family:
    """How the teams of one role look, and how many of a hundred agents belong to it."""

    role: str
    share: int
    prefix: str
    department: str
    shops: tuple[tuple[str, str, str], ...]
    """Platform, its Chinese name, shop; teams take them in turn."""


FAMILIES = (
    Family(
        "pre_sales", 35, "pre", "售前部", (("pdd", "拼多多", "演示数码旗舰店"), ("pdd", "拼多多", "演示家居专营店"))
    ),
    Family(
        "after_sales", 30, "after", "售后部", (("taobao", "淘宝", "演示服饰店"), ("tmall", "天猫", "演示美妆旗舰店"))
    ),
    Family("comprehensive", 20, "comp", "综合部", (("taobao", "淘宝", "演示生鲜店"), ("taobao", "淘宝", "演示珠宝店"))),
    Family("call_centre", 15, "call", "呼叫中心", (("call_centre", "热线", ""), ("call_centre", "热线", ""))),
)
ROLE_ZH = {"pre_sales": "售前", "after_sales": "售后", "comprehensive": "综合", "call_centre": "坐席"}


@dataclass(frozen=True, slots=True)
class Team:
    """A team; the leader's number is empty when the company is too small to have one."""

    code: str
    name: str
    role: str
    side: int
    department: str
    platform: str
    shop: str
    leader: str


@dataclass(slots=True)
class Agent:
    """One agent as agents.csv has them, and what the generator knows besides."""

    no: str
    name: str
    role: str
    team: Team
    hire: date
    leave: date | None
    tier: str
    tier_from: date | None
    plan: str
    manager: str
    employment: str
    skill: float
    rest_day: int
    id_no: str
    bank_account: str
    alipay: str
    email: str
    facts: Facts | None = None
    changes: list[tuple[str, str, date]] = field(default_factory=list)

    @property
    def is_temp(self) -> bool:
        """Paid by the day."""
        return self.plan == TEMP_PLAN

    def stay(self, month: int) -> tuple[date, date] | None:
        """The first and the last employed day of a month, if any."""
        start, end = max(self.hire, first_day(month)), last_day(month)
        if self.leave is not None:
            end = min(end, self.leave)
        return (start, end) if start <= end else None

    def manager_on(self, day: date) -> str:
        """Whom they report to on a day."""
        manager = self.manager
        for kind, value, since in self.changes:
            if kind == "manager" and since <= day:
                manager = value
        return manager


@dataclass(frozen=True, slots=True)
class Company:
    """Everything that does not belong to one month."""

    months: tuple[int, ...]
    teams: tuple[Team, ...]
    agents: tuple[Agent, ...]

    @property
    def newest(self) -> int:
        """The last month written."""
        return self.months[-1]


def _number(index: int, agents: int) -> str:
    """CS0001 for the first agent; longer when there are more than 9,999."""
    return f"CS{index + 1:0{max(4, len(str(agents)))}d}"


def _teams(agents: int) -> tuple[Team, ...]:
    """At least two teams a role, and the flexible team of the temps; the first agents lead them in this order."""
    teams: list[Team] = []
    for family in FAMILIES:
        for side in range(max(2, -(-agents * family.share // (100 * TEAM_SIZE)))):
            platform, platform_zh, shop = family.shops[side % len(family.shops)]
            leader = _number(len(teams), agents) if len(teams) < agents else ""
            name = f"{platform_zh}{ROLE_ZH[family.role]}{side + 1}组"
            code = f"{family.prefix}-{side + 1}"
            teams.append(Team(code, name, family.role, side, family.department, platform, shop, leader))
    flex = Team(FLEX_TEAM, "机动组", "pre_sales", -1, "售前部", "pdd", "演示数码旗舰店", teams[0].leader)
    return (*teams, flex)


def story_numbers(agents: int = 60) -> dict[str, str]:
    """The agent number of every story that fits into a company of that size."""
    leaders = len(_teams(agents)) - 1
    places = enumerate(STORIES, start=leaders)
    return {story.key: _number(index, agents) for index, story in places if index < agents}


class _People:
    """Puts agents together one after another."""

    def __init__(self, agents: int, months: tuple[int, ...], seed: int) -> None:
        self.size = agents
        self.months = months
        self.rng = Random(seed)  # noqa: S311 - figures, not secrets
        self.teams = _teams(agents)
        self.by_role = {
            family.role: [team for team in self.teams if team.role == family.role and team.side >= 0]
            for family in FAMILIES
        }
        self.placed = {family.role: 0 for family in FAMILIES}
        self.agents: list[Agent] = []
        self.by_story: dict[str, Agent] = {}

    def build(self) -> tuple[Agent, ...]:
        """Leaders, then stories, then everybody else."""
        leaders = self.teams[:-1]
        for index in range(self.size):
            if index < len(leaders):
                self._leader(leaders[index])
            elif index - len(leaders) < len(STORIES):
                self._story(STORIES[index - len(leaders)])
            else:
                self._ordinary()
        return tuple(self.agents)

    def _leader(self, team: Team) -> None:
        start = self.months[0]
        hire = self._some_day(start - _whole(self.rng, 30, 54))
        self._add(team, hire).manager = ""

    def _story(self, story: Story) -> None:
        newest = self.months[-1]
        team = self.teams[-1] if story.plan == TEMP_PLAN else self.by_role[story.role][story.side]
        leave = story.leave(newest) if story.leave else None
        agent = self._add(team, story.hire(newest), leave, top=story.tier, plan=story.plan)
        agent.employment = story.employment
        agent.facts = story.facts
        if story.name:
            agent.name = story.name
        if story.paid_by != "bank":
            agent.bank_account = ""
        if story.paid_by == "alipay":
            agent.alipay = agent.email
        if story.same_person_as:
            earlier = self.by_story[story.same_person_as]
            agent.name, agent.id_no, agent.bank_account = earlier.name, earlier.id_no, earlier.bank_account
        for move in story.moves:
            self._move(agent, move, newest)
        self.by_story[story.key] = agent

    def _move(self, agent: Agent, move: Move, newest: int) -> None:
        day = move.when(newest)
        if move.kind == "team":
            self._change_team(agent, self.by_role[agent.role][int(move.value)], day)
        else:
            agent.changes.append((move.kind, move.value, day))

    def _ordinary(self) -> None:
        rng, newest = self.rng, self.months[-1]
        role = max(FAMILIES, key=lambda family: family.share * (len(self.agents) + 1) - 100 * self.placed[family.role])
        teams = self.by_role[role.role]
        team = teams[self.placed[role.role] % len(teams)]
        recent = _chance(rng, 10)
        hire = self._some_day(newest - (_whole(rng, 0, 5) if recent else _whole(rng, 6, 50)))
        leave = self._some_day(newest - _whole(rng, 0, 5)) if _chance(rng, 6) else None
        if leave is not None and (leave - hire).days < 10:
            leave = None
        agent = self._add(team, hire, leave, delayed=_chance(rng, 15))
        self._ordinary_changes(agent)

    def _ordinary_changes(self, agent: Agent) -> None:
        """Now and then another team, or the pilot plan."""
        rng = self.rng
        day = first_day(_pick(rng, self.months))
        if day <= agent.hire or (agent.leave is not None and day > agent.leave):
            return
        if _chance(rng, 5):
            teams = self.by_role[agent.role]
            self._change_team(agent, teams[(agent.team.side + 1) % len(teams)], day)
        if agent.role == "pre_sales" and _chance(rng, 12):
            agent.changes.append(("plan", PILOT_PLAN, day))

    def _change_team(self, agent: Agent, team: Team, day: date) -> None:
        agent.changes.append(("team", team.code, day))
        if team.leader:
            agent.changes.append(("manager", team.leader, day))

    def _add(
        self, team: Team, hire: date, leave: date | None = None, *, top: str = "", delayed: bool = False, plan: str = ""
    ) -> Agent:
        rng, index = self.rng, len(self.agents)
        no = _number(index, self.size)
        birth = first_day((hire.year - 20 - _whole(rng, 0, 14)) * 12 + _whole(rng, 0, 11))
        agent = Agent(
            no=no,
            name=self._name(),
            role=team.role,
            team=team,
            hire=hire,
            leave=leave,
            tier="",
            tier_from=None,
            plan=plan or team.role,
            manager=team.leader,
            employment="regular",
            skill=0.42 + 0.27 * (rng.random() + rng.random()),
            rest_day=index % 5,
            id_no=identity_number(birth.replace(day=_whole(rng, 1, 28)), index + 1),
            bank_account=bank_account(index + 1),
            alipay="",
            email=f"{no.lower()}@example.com",
        )
        if not agent.is_temp:
            self._set_tier(agent, top, delayed=delayed)
        self.agents.append(agent)
        self.placed[team.role] += 1
        return agent

    def _set_tier(self, agent: Agent, top: str, *, delayed: bool) -> None:
        """The tier at the start of the first month (or on hire); later ones are changes, up to the top one.

        Somebody delayed is not promoted in the months written, though their tenure would allow it.
        """
        start = max(agent.hire, first_day(self.months[0]))
        end = min(agent.leave or date.max, last_day(self.months[-1]))
        for day, tier in natural_tiers(agent.hire):
            if day <= start:
                agent.tier, agent.tier_from = tier, day
            elif day <= end and not delayed:
                agent.changes.append(("tier", tier, day))
            if tier == top:
                return

    def _name(self) -> str:
        """A surname and two different characters."""
        first = _pick(self.rng, GIVEN)
        return _pick(self.rng, SURNAMES) + first + _pick(self.rng, GIVEN.replace(first, ""))

    def _some_day(self, month: int) -> date:
        return first_day(month).replace(day=_whole(self.rng, 1, last_day(month).day))


# ---------------------------------------------------------------------------------------------------------------------
# One month


class _Writer(Protocol):
    """What csv.writer gives."""

    def writerow(self, row: Sequence[object], /) -> object: ...


@dataclass(frozen=True, slots=True)
class Days:
    """An agent's month in the attendance list."""

    due: int
    paid_leave: int = 0
    unpaid: int = 0
    sick: int = 0
    absent: int = 0
    late: int = 0
    early: int = 0

    @property
    def present(self) -> int:
        """Due days without any kind of absence."""
        return self.due - self.paid_leave - self.unpaid - self.sick - self.absent

    def row(self, no: str) -> tuple[object, ...]:
        """The row of attendance.csv; there is no overtime."""
        return (no, self.due, self.present, self.paid_leave, self.unpaid, self.sick, self.absent, self.late, self.early,
                0, 0, 0)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Work:
    """How one agent's month went."""

    agent: Agent
    start: date
    end: date
    days: Days
    quality: float
    """0 to 1: where in its range a figure lies."""
    volume: float
    """0 to 1: how much was done, present days and quality together."""
    facts: Facts | None

    @property
    def calls(self) -> int:
        """Calls of a call-centre agent."""
        return int(6200 * self.volume)


@lru_cache(maxsize=8192)
def due_days(start: date, end: date, rest_day: int) -> int:
    """Days on the rota: everybody rests on two days of the week in a row; the first day is always worked."""
    days = (end - start).days + 1
    rests = sum(1 for offset in range(days) if (start.toordinal() + offset - 1 - rest_day) % 7 < 2)
    return max(1, days - rests)


class _Month:
    """Writes one month folder in a single pass over the agents."""

    def __init__(self, company: Company, month: int, seed: int, folder: Path) -> None:
        self.company = company
        self.month = month
        self.newest = month == company.newest
        self.rng = Random(seed * 100_000 + month)  # noqa: S311 - figures, not secrets
        self.folder = folder
        self.files: dict[str, _Writer] = {}
        self.leaders = [team.leader for team in company.teams[:-1] if team.leader]
        self.sessions = count(1)
        self.full_due = [due_days(first_day(month), last_day(month), rest) for rest in range(5)]

    def write(self) -> None:
        """All files of the folder."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with ExitStack() as stack:
            for name, columns in MONTH_FILES.items():
                self.files[name] = stack.enter_context(_csv(self.folder / name, columns))
            for team in self.company.teams:
                self._team(team)
            for agent in self.company.agents:
                stay = agent.stay(self.month)
                if stay is not None:
                    self._agent(agent, *stay)

    def _team(self, team: Team) -> None:
        """The figures of the gates. Now and then a team fails; in the newest month the second after-sales team."""
        rng, row = self.rng, self.files["team_metrics.csv"].writerow
        if team.role not in ("after_sales", "comprehensive"):
            return
        story = self.newest and team.role == "after_sales" and team.side < 2
        slow = team.side == 1 if story else _chance(rng, 4)
        if team.role == "after_sales":
            edge = story and team.side == 0
            row((team.code, "refund_rate", "0.05" if edge else fixed(_whole(rng, 180, 480), 4)))
            row((team.code, "refund_duration_h", "26.5" if slow else fixed(_whole(rng, 120, 235), 1)))
            row((team.code, "internal_complaint_count", _whole(rng, 0, 2)))
        row((team.code, "dispute_rate", fixed(_whole(rng, 5, 48), 4)))
        row((team.code, "dsr_score", fixed(_whole(rng, 470, 492), 2)))

    def _agent(self, agent: Agent, start: date, end: date) -> None:
        facts = agent.facts if self.newest else None
        days = self._days(agent, start, end, facts)
        quality = min(1.0, max(0.0, agent.skill + (self.rng.random() - 0.5) * 0.2))
        volume = days.present / self.full_due[agent.rest_day] * (0.3 + 0.7 * quality)
        work = Work(agent, start, end, days, quality, volume, facts)
        self.files["attendance.csv"].writerow(days.row(agent.no))
        fatal = self._findings(work)
        if facts is None or not facts.no_kpi:
            self._kpis(work, fatal)
        self._sales(work)
        self._units(work)
        self._adjustments(work)

    def _days(self, agent: Agent, start: date, end: date, facts: Facts | None) -> Days:
        rng = self.rng
        due = due_days(start, end, agent.rest_day)
        if facts is not None:
            return Days(due, unpaid=facts.unpaid_days, late=facts.late)
        if due < 12 or _chance(rng, 45):
            return Days(due)
        return Days(
            due,
            paid_leave=_whole(rng, 1, 2) if _chance(rng, 30) else 0,
            unpaid=1 if _chance(rng, 8) else 0,
            sick=1 if _chance(rng, 8) else 0,
            absent=1 if _chance(rng, 2) else 0,
            late=_whole(rng, 1, 3) if _chance(rng, 40) else 0,
            early=1 if _chance(rng, 6) else 0,
        )

    def _findings(self, work: Work) -> int:
        """QA findings; the number of fatal ones is returned, a third same error among them."""
        codes = list(work.facts.findings) if work.facts is not None else self._some_codes()
        reviewer = self._reviewer(work.agent, work.end) if codes else ""
        if not reviewer:
            return 0
        step = (work.end - work.start).days // len(codes)
        for place, code in enumerate(codes):
            day = work.start + timedelta(days=place * step + _whole(self.rng, 0, max(0, step - 1)))
            session = f"S{day:%Y%m%d}-{next(self.sessions):05d}"
            source = "complaint" if code in FATAL else "random"
            self.files["qa_findings.csv"].writerow((work.agent.no, day.isoformat(), session, code, source, reviewer))
        return sum(code in FATAL or codes[:place].count(code) >= 2 for place, code in enumerate(codes))

    def _some_codes(self) -> list[str]:
        """Mostly none, then one or two small errors, seldom a fatal one."""
        rng = self.rng
        if not _chance(rng, 28):
            return []
        codes = [_pick(rng, NON_FATAL) for _ in range(_whole(rng, 1, 2))]
        return [*codes, _pick(rng, FATAL)] if _chance(rng, 12) else codes

    def _reviewer(self, agent: Agent, day: date) -> str:
        """Somebody who is neither the agent nor their manager; a tiny company has nobody and checks nothing."""
        manager = agent.manager_on(day)
        for step in range(len(self.leaders)):
            leader = self.leaders[(int(agent.no[2:]) + step) % len(self.leaders)]
            if leader not in (agent.no, manager, agent.manager):
                return leader
        return ""

    def _kpis(self, work: Work, fatal: int) -> None:
        rng, row = self.rng, self.files["kpi.csv"].writerow
        for kpi in KPIS[work.agent.role]:
            if kpi.metric == "attendance_rate":
                continue  # derived from the attendance list
            reached = min(1.0, max(0.0, work.quality + (rng.random() - 0.5) * 0.3))
            value = fixed(kpi.worst + int((kpi.best - kpi.worst) * reached), kpi.decimals)
            if kpi.metric == "reception_count":
                value = str(int(kpi.best * work.volume))
            elif kpi.metric == "qa_fatal_count":
                value = str(fatal)
            elif kpi.metric == "call_traffic_index":
                value = fixed(max(0, work.calls - _whole(rng, 0, 12)) * 2, 4)  # (calls - complaints) / 5000
            if work.facts is None or kpi.metric not in work.facts.without:
                row((work.agent.no, kpi.metric, value))

    def _sales(self, work: Work) -> None:
        """Sales in several rows; refunds are negative rows."""
        if work.agent.role not in SALES or work.agent.is_temp:
            return
        basis, most = SALES[work.agent.role]
        told = work.facts.sales if work.facts is not None else ()
        for amount in told or self._some_sales(int(most * work.volume * (0.7 + 0.3 * self.rng.random()))):
            self.files["sales.csv"].writerow((work.agent.no, basis, amount))

    def _some_sales(self, total: int) -> Iterator[str]:
        rng = self.rng
        for _ in range(_whole(rng, 1, 3)):
            share = int(total * (0.2 + 0.4 * rng.random()))
            yield fixed(share, 2)
            total -= share
        yield fixed(total, 2)
        for _ in range(_whole(rng, 0, 2)):
            yield fixed(-_whole(rng, 2_000, 150_000), 2)

    def _units(self, work: Work) -> None:
        if work.agent.is_temp:
            self.files["units.csv"].writerow((work.agent.no, "days", work.days.present))
        elif work.agent.role == "call_centre":
            self.files["units.csv"].writerow((work.agent.no, "calls", work.calls))

    def _adjustments(self, work: Work) -> None:
        requester = work.agent.manager_on(work.end)
        if not requester:
            return
        told = work.facts.adjustments if work.facts is not None else self._some_adjustments(work.start, work.end)
        for code, amount, reason in told:
            self.files["adjustments.csv"].writerow((work.agent.no, code, amount, reason, requester))

    def _some_adjustments(self, start: date, end: date) -> Iterator[tuple[str, str, str]]:
        """Now and then a meal allowance, a penalty or a recovered loss, never more than a long month bears."""
        rng = self.rng
        if (end - start).days < 20:
            return
        if _chance(rng, 14):
            yield "adjustment.meal_allowance", fixed(_whole(rng, 10, 30) * 1000, 2), _pick(rng, MEALS)
        if _chance(rng, 4):
            yield "penalty", fixed(_whole(rng, 2, 10) * 1000, 2), _pick(rng, PENALTIES)
        if _chance(rng, 2):
            yield "loss_recovery", fixed(_whole(rng, 1_500, 20_000), 2), _pick(rng, LOSSES)


# ---------------------------------------------------------------------------------------------------------------------
# The folder


@contextmanager
def _csv(path: Path, columns: Sequence[str]) -> Iterator[_Writer]:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        yield writer


def _text(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")


def _write_rules(folder: Path, months: Sequence[int]) -> None:
    since = min(date(2024, 1, 1), date(months[0] // 12, 1, 1)).isoformat()
    _text(folder / "company.yaml", COMPANY_YAML)
    for plan, text in PLANS.items():
        _text(folder / "plans" / f"{plan}.yaml", text.replace("FROM_DATE", since))
    for role in KPIS:
        _text(folder / "scorecards" / f"{role}.yaml", scorecard(role).replace("FROM_DATE", since))


def _agent_row(agent: Agent) -> tuple[object, ...]:
    return (
        agent.no, agent.name, agent.role, agent.team.code, agent.hire.isoformat(),
        agent.leave.isoformat() if agent.leave else "", agent.tier,
        agent.tier_from.isoformat() if agent.tier_from else "", agent.plan, agent.manager, CITY,
        "", "", "", "", "", "", "", agent.id_no, "演示银行" if agent.bank_account else "", agent.bank_account,
        agent.alipay, "", agent.email, agent.employment,
    )  # fmt: skip


def _write_people(folder: Path, company: Company) -> None:
    with _csv(folder / "teams.csv", ("team", "name", "department", "platform", "shop")) as teams:
        for team in company.teams:
            teams.writerow((team.code, team.name, team.department, team.platform, team.shop))
    with _csv(folder / "agents.csv", AGENT_COLUMNS) as agents:
        for agent in company.agents:
            agents.writerow(_agent_row(agent))
    with _csv(folder / "agent_changes.csv", ("agent_no", "kind", "value", "effective_from")) as changes:
        for agent in company.agents:
            for kind, value, day in sorted(agent.changes, key=lambda change: change[2]):
                changes.writerow((agent.no, kind, value, day.isoformat()))


def _clear(folder: Path) -> None:
    """Remove an earlier demo company from the folder; refuse a folder that holds anything else."""
    if not folder.exists() or not any(folder.iterdir()):
        return
    company = folder / "company.yaml"
    if not company.is_file() or company.read_text(encoding="utf-8") != COMPANY_YAML:
        raise FileExistsError(f"{folder} is not empty and holds no demo company. Name a new or an empty folder.")
    for month in folder.glob("20[0-9][0-9]-[0-9][0-9]"):
        for name in MONTH_FILES:
            (month / name).unlink(missing_ok=True)
        for name in EXPORTS:
            (month / "raw" / f"{name}.csv").unlink(missing_ok=True)
        if (month / "raw").is_dir() and not any((month / "raw").iterdir()):
            (month / "raw").rmdir()
        if not any(month.iterdir()):
            month.rmdir()


def write_demo_company(
    folder: Path, agents: int = 60, months: int = 6, newest: str = "2026-10", seed: int = 20261031
) -> None:
    """Write a complete, made-up company folder: rules, people, and one folder for each of the last months.

    The folder must be new, empty or hold an earlier demo company, which is then replaced. The same arguments give the
    same bytes.

    Raises:
        ValueError: fewer than 1 agent or month, or ``newest`` is not a month.
        FileExistsError: the folder holds something else.
    """
    if agents < 1 or months < 1:
        raise ValueError("A company needs at least one agent and one month.")
    last = month_number(newest)
    span = tuple(range(last - months + 1, last + 1))
    _clear(folder)
    people = _People(agents, span, seed)
    company = Company(span, people.teams, people.build())
    folder.mkdir(parents=True, exist_ok=True)
    _write_rules(folder, span)
    _write_people(folder, company)
    for month in span:
        _Month(company, month, seed, folder / month_name(month)).write()
    if agents <= MOST_AGENTS:
        members = [
            Exported(agent.no, agent.team.shop, *stay)
            for agent in company.agents
            if (stay := agent.stay(last)) and not (agent.facts and (agent.facts.no_kpi or agent.facts.without))
        ]
        write_exports(folder / month_name(last) / "raw", members, last_day(last), seed)
