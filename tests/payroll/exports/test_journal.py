"""The journal refuses what does not balance."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest

from payroll.exports.errors import ExportDoesNotAddUp
from payroll.exports.journal import journal
from payroll.exports.person import ExportPerson


def test_a_net_that_is_not_its_lines_does_not_balance(simple: Callable[..., ExportPerson]) -> None:
    with pytest.raises(ExportDoesNotAddUp, match=r"credit side of the journal should be 100\.00 but is 99\.99"):
        journal([replace(simple(), net=Decimal("99.99"))])


def test_costs_that_cancel_out_have_no_row(simple: Callable[..., ExportPerson]) -> None:
    person = simple()
    back = replace(person.lines[0], amount=Decimal("-100.00"))
    assert journal([replace(person, net=Decimal("0.00"), gross=Decimal("0.00"), lines=(*person.lines, back))]) == ()
