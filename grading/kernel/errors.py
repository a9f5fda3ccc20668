"""The one family of expected errors.

An error carries a stable ``code`` and plain ``values``; the English sentence is for logs and terminals, doors
render the code in 中文 or English. Nothing here knows a language catalogue.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar


class DomainError(Exception):
    """Something the user can understand and mend: what is wrong, where, and what to do.

    Subclasses set ``code`` (``app.snake_case``, stable: people script against it) and ``template`` (English, with
    named places filled from ``values``).
    """

    code: str = "kernel.domain_error"
    template: ClassVar[str] = "{detail}"

    def __init__(self, **values: object) -> None:
        self.values: Mapping[str, str] = {name: str(value) for name, value in values.items()}
        super().__init__(self.template.format_map(self.values))


class RecordedError(DomainError):
    """An error read back from where it was recorded: the same code, values and sentence as the first time."""

    def __init__(self, code: str, message: str, values: Mapping[str, str]) -> None:
        super().__init__(detail=message)
        self.code = code
        self.values = values


class NoRuleInForce(DomainError):
    """A dated value was asked for on a day before its first value. It never becomes 0 and is never guessed."""

    code = "kernel.no_rule_in_force"
    template = (
        "No value of '{name}' is in force on {day}: its first value starts on {first}. "
        "Add an earlier value, or correct the date."
    )


class RuleHasEnded(DomainError):
    """A dated value was asked for on a day after its last one stopped holding: nobody knows yet what follows it."""

    code = "kernel.rule_has_ended"
    template = (
        "No value of '{name}' is in force on {day}: the last one held until {last}. "
        "Add the value that follows, with its source, or correct the date."
    )


class InexactAmount(DomainError):
    """A float, NaN or infinity was offered where an exact number is needed."""

    code = "kernel.inexact_amount"
    template = "'{value}' is not an exact decimal number. Use plain digits, for example 1600.00."


class BrokenBands(DomainError):
    """Bands that do not start at the bottom, repeat an edge or leave a gap."""

    code = "kernel.broken_bands"
    template = "The bands of '{name}' are broken: {problem}. They must start at {bottom}, rise, and leave no gap."


class BelowBands(DomainError):
    """A value below the first band."""

    code = "kernel.below_bands"
    template = "'{value}' lies below the first band of '{name}', which starts at {first}."
