"""Why a person's row is held back from a file, as stable codes with an English and a Chinese sentence.

``withheld.csv`` always shows both languages, so the Chinese stands beside the English instead of in a catalogue; the
English sentences are marked as message ids all the same, for pages that look them up.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext_noop as _


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason to hold a row back. ``{places}`` are filled from the values of the withheld row."""

    code: str
    en: str
    zh: str

    def text(self, language: str, values: Mapping[str, str]) -> str:
        """The sentence in ``zh`` or ``en``."""
        return (self.zh if language == "zh" else self.en).format_map(values)


NAME_MISSING = Reason("name_missing", _("The name is missing."), "姓名缺失。")
NO_ACCOUNT = Reason(
    "no_account",
    _("Neither a bank account nor an Alipay account is known."),
    "未登记银行账号，也未登记支付宝账号。",
)
BANK_NAME_MISSING = Reason("bank_name_missing", _("The bank of the account is missing."), "缺少开户行。")
ACCOUNT_UNUSABLE = Reason(
    "account_unusable",
    _("The bank account is not a number of 6 to 32 digits."),
    "银行账号不是 6 至 32 位数字。",
)
ACCOUNT_SHARED = Reason(
    "account_shared",
    _("The same bank account is also that of {others}."),
    "银行账号与 {others} 相同。",
)
ALIPAY_UNUSABLE = Reason(
    "alipay_unusable",
    _("The Alipay account holds characters that no e-mail address and no plain phone number has."),
    "支付宝账号含有邮箱和手机号中不会出现的字符。",
)
ALIPAY_SHARED = Reason(
    "alipay_shared",
    _("The same Alipay account is also that of {others}."),
    "支付宝账号与 {others} 相同。",
)
ID_MISSING = Reason("id_missing", _("The identity number is missing."), "缺少证件号码。")
ID_UNUSABLE = Reason(
    "id_unusable",
    _("The identity number holds other characters than letters, digits, brackets and hyphens."),
    "证件号码含有字母、数字、括号、连字符以外的字符。",
)
ID_SHARED = Reason(
    "id_shared",
    _("The same identity number is also that of {others}."),
    "证件号码与 {others} 相同。",
)
ID_TYPE_MISSING = Reason(
    "id_type_missing",
    _("The kind of identity document is missing, and the number is not that of a resident identity card."),
    "缺少证件类型，且证件号码不是居民身份证号码。",
)
ID_TYPE_UNKNOWN = Reason(
    "id_type_unknown",
    _("The tax client's name for the identity document '{id_type}' is not known."),
    "证件类型“{id_type}”在扣缴端没有对应名称。",
)
IN_ANOTHER_FILE = Reason(
    "in_another_file",
    _("Not in this file: a later one pays, or will."),
    "不在本文件中，由之后的付款文件发放。",
)
NOT_RESIDENT = Reason(
    "not_resident",
    _("Not a tax resident; declare the income on the form for non-residents."),
    "非居民个人，请在非居民申报表中申报。",
)
INCOME_NEGATIVE = Reason(
    "income_negative",
    _("The income of the month is negative; declare it by hand."),
    "本期收入为负数，请人工申报。",
)
