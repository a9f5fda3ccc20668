"""Why no file was written. Each of these stops the whole export; what concerns one person's row is in ``wording``."""

from __future__ import annotations

from grading.kernel.errors import DomainError


class ExportDoesNotAddUp(DomainError):
    """A count or a sum of the files differs from the payslips they were made from."""

    code = "payroll.export_does_not_add_up"
    template = (
        "{what} should be {expected} but is {found}. No file was written. "
        "Do not pay from older files; report it with the run's number."
    )


class CharacterNotInEncoding(DomainError):
    """A character that the chosen encoding cannot write, in one person's row."""

    code = "payroll.character_not_in_encoding"
    template = (
        "{who}: the {encoding} encoding has no {character} ({column} in {file}). No file was written. "
        "Choose GB18030 or UTF-8, or correct the text."
    )


class UnknownEncoding(DomainError):
    """An encoding that export files are not written in."""

    code = "payroll.unknown_encoding"
    template = "Export files are not written in '{encoding}'. Choose one of: {known}."


class PayerMissing(DomainError):
    """A bank file that names the paying account, for a company whose account is not known."""

    code = "payroll.payer_missing"
    template = (
        "The file of the bank '{bank}' names the paying account, and none is known. "
        "Add payer_account under exports: in company.yaml and load it, or choose the generic file."
    )


class TemplateUnknown(DomainError):
    """An uploaded template of the tax client in which the needed headings were not found."""

    code = "payroll.template_unknown"
    template = (
        "{file} is not a template that can be filled: {detail}. Upload the file as the tax client gave it, "
        "as CSV or XLSX with its headings among the first {rows} rows."
    )


class ExportedTwice(DomainError):
    """The same agent number on two rows of the input; their payslips belong on one row, added up."""

    code = "payroll.exported_twice"
    template = "{agents} would be exported twice. No file was written. Add the payslips of one person up first."
