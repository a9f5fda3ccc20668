"""What can be wrong with an imported file, as stable codes with an English and a Chinese sentence.

The English sentences have named places and may serve as gettext message ids; the Chinese ones are given beside them,
because reports and steps show both languages at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Lang(StrEnum):
    """A language that reports are written in."""

    EN = "en"
    ZH = "zh"


@dataclass(frozen=True, slots=True)
class Words:
    """One sentence part in both languages; ``{places}`` are filled from named values."""

    en: str
    zh: str

    def text(self, values: Mapping[str, str], lang: Lang = Lang.EN) -> str:
        return (self.zh if lang is Lang.ZH else self.en).format_map(values)


@dataclass(frozen=True, slots=True)
class Fault:
    """A kind of problem: its stable code, what is wrong, and what is expected instead."""

    code: str
    wrong: Words
    expected: Words


def fault(code: str, wrong: tuple[str, str], expected: tuple[str, str]) -> Fault:
    """A fault from (English, Chinese) pairs; the code gets the prefix ``import.``."""
    return Fault(f"import.{code}", Words(*wrong), Words(*expected))


# ── the file ─────────────────────────────────────────────────────────────────────────────────────────────────────────

_TABLE_FILE = ("a CSV file (UTF-8 or GB18030) or an XLSX workbook", "CSV 文件（UTF-8 或 GB18030）或 XLSX 工作簿")
_SAVE_AGAIN = ("the complete file, saved again as XLSX or CSV", "完整的文件，请重新另存为 XLSX 或 CSV")

EMPTY_FILE = fault("empty_file", ("the file is empty", "文件为空"), _TABLE_FILE)
TOO_LARGE = fault(
    "too_large",
    ("the file is too large: {size} bytes", "文件过大：{size} 字节"),
    ("at most {limit} bytes", "不超过 {limit} 字节"),
)
NO_ROWS = fault(
    "no_rows",
    ("there is a heading but no row under it", "只有表头，没有数据行"),
    ("at least one row", "至少一行数据"),
)
NO_HEADING = fault("no_heading", ("row 1 is empty", "第 1 行为空"), ("the column headings in row 1", "第 1 行为表头"))
UTF_16 = fault(
    "utf_16",
    ("the text is UTF-16 or UTF-32", "文本编码为 UTF-16 或 UTF-32"),
    ("UTF-8 or GB18030", "UTF-8 或 GB18030"),
)
UNREADABLE_TEXT = fault(
    "unreadable_text",
    ("line {line} is neither UTF-8 nor GB18030", "第 {line} 行既不是 UTF-8 也不是 GB18030"),
    ("one encoding in the whole file: UTF-8 or GB18030", "全文使用同一种编码：UTF-8 或 GB18030"),
)
MIXED_ENCODINGS = fault(
    "mixed_encodings",
    ("line {one} is UTF-8 but line {other} is not", "第 {one} 行为 UTF-8，第 {other} 行不是"),
    ("one encoding in the whole file: UTF-8 or GB18030", "全文使用同一种编码：UTF-8 或 GB18030"),
)
BROKEN_CSV = fault(
    "broken_csv",
    ("the CSV is broken near line {line} ({reason})", "CSV 在第 {line} 行附近损坏（{reason}）"),
    ("quotes that are closed, and cells of at most 131072 characters", "引号成对，单元格不超过 131072 个字符"),
)
WRONG_SEPARATOR = fault(
    "wrong_separator",
    ("the cells are not separated by commas", "单元格不是以逗号分隔"),
    ("commas between the cells", "以逗号分隔单元格"),
)
UNKNOWN_FORM = fault("unknown_form", ("the file is neither CSV nor XLSX", "文件既不是 CSV 也不是 XLSX"), _TABLE_FILE)
WORKBOOK_NAMED_CSV = fault(
    "workbook_named_csv",
    ("the file is a ZIP archive or workbook named .csv", "文件是 ZIP 或工作簿，却以 .csv 命名"),
    ("a CSV file, or the right file name", "CSV 文件，或正确的文件名"),
)
TEXT_NAMED_XLSX = fault(
    "text_named_xlsx",
    ("the file is not a workbook; it may be a CSV named .xlsx", "文件不是工作簿，可能是以 .xlsx 命名的 CSV"),
    ("an XLSX workbook, or the right file name", "XLSX 工作簿，或正确的文件名"),
)
OLD_WORKBOOK = fault(
    "old_workbook",
    ("the file is an old .xls workbook", "文件是旧版 .xls 工作簿"),
    ("the workbook saved as .xlsx", "另存为 .xlsx 的工作簿"),
)
ENCRYPTED_WORKBOOK = fault(
    "encrypted_workbook",
    ("the file is protected with a password", "文件设有密码"),
    ("a workbook without a password", "未设密码的工作簿"),
)
MACRO_WORKBOOK = fault(
    "macro_workbook",
    ("the workbook contains macros", "工作簿含有宏"),
    ("the workbook saved as .xlsx without macros", "另存为不含宏的 .xlsx"),
)
BROKEN_WORKBOOK = fault(
    "broken_workbook",
    ("the workbook is incomplete or damaged ({reason})", "工作簿不完整或已损坏（{reason}）"),
    _SAVE_AGAIN,
)
HOSTILE_WORKBOOK = fault(
    "hostile_workbook",
    ("the workbook is refused for safety ({reason})", "出于安全原因拒绝该工作簿（{reason}）"),
    (
        "a plain workbook as a spreadsheet program saves it; large tables as CSV",
        "表格软件正常保存的工作簿；大表请用 CSV",
    ),
)

# ── the heading ──────────────────────────────────────────────────────────────────────────────────────────────────────

MISSING_COLUMN = fault(
    "missing_column",
    ("the column is missing", "缺少该列"),
    ("a column headed {headings}", "表头为 {headings} 的列"),
)
REPEATED_COLUMN = fault(
    "repeated_column",
    ("the same column stands twice, in columns {first} and {second}", "同一列出现两次：第 {first} 列与第 {second} 列"),
    ("each column once", "每列只出现一次"),
)
UNKNOWN_COLUMN = fault(
    "unknown_column",
    ("the column is not known and was not read", "未知的列，未读取"),
    ("one of {headings}", "以下之一：{headings}"),
)
NO_METRIC_COLUMN = fault(
    "no_metric_column",
    ("no metric was found in the heading", "表头中没有指标"),
    ("the columns metric and value, or one column per metric", "「指标」「数值」两列，或每个指标一列"),
)
UNNAMED_COLUMN = fault(
    "unnamed_column",
    ("column {position} has cells but no heading and was not read", "第 {position} 列有内容但没有表头，未读取"),
    ("a heading in row 1", "第 1 行有表头"),
)

# ── the sheet ────────────────────────────────────────────────────────────────────────────────────────────────────────

HIDDEN_ROWS = fault(
    "hidden_rows",
    ("{count} hidden rows were read, the first is row {first}", "读取了 {count} 个隐藏行，第一个是第 {first} 行"),
    ("no hidden rows", "没有隐藏行"),
)
HIDDEN_COLUMNS = fault(
    "hidden_columns",
    ("hidden columns were read", "读取了隐藏列"),
    ("no hidden columns", "没有隐藏列"),
)
OTHER_SHEETS = fault(
    "other_sheets",
    ("only the first sheet was read", "只读取第一张工作表"),
    ("one sheet", "一张工作表"),
)
MERGED_CELLS = fault(
    "merged_cells",
    ("cells are merged; only the first of each holds its value", "有合并单元格；只有左上角的单元格有值"),
    ("no merged cells", "没有合并单元格"),
)

# ── the row ──────────────────────────────────────────────────────────────────────────────────────────────────────────

TOO_MANY_CELLS = fault(
    "too_many_cells",
    ("the row has {cells} cells under {headings} headings", "该行有 {cells} 个单元格，表头只有 {headings} 列"),
    ("one cell per heading, without separators inside numbers", "每个表头一个单元格，数字中不含分隔符"),
)
REPEATED_ROW = fault(
    "repeated_row",
    ("the row repeats row {first}", "与第 {first} 行重复"),
    ("each {key} once", "每个 {key} 只出现一次"),
)

# ── the cell ─────────────────────────────────────────────────────────────────────────────────────────────────────────

MISSING_CELL = fault("missing_cell", ("a required cell is empty", "必填单元格为空"), ("a value", "填写内容"))
FORMULA_CELL = fault(
    "formula_cell",
    ("cell {address} holds a formula", "单元格 {address} 含有公式"),
    ("a plain value: copy, then paste as values", "纯数值：复制后选择性粘贴为数值"),
)
ERROR_CELL = fault(
    "error_cell",
    ("cell {address} holds a spreadsheet error", "单元格 {address} 为错误值"),
    ("a plain value", "纯数值"),
)
NUMBER_FOR_TEXT = fault(
    "number_for_text",
    ("the cell is a number, so leading zeros or digits may be lost", "单元格为数字格式，可能丢失前导零或位数"),
    ("text: format the column as text and enter it again", "文本：请将该列设为文本格式后重新输入"),
)
NOT_TEXT = fault(
    "not_text",
    ("the cell is a date or a truth value, not text", "单元格是日期或逻辑值，不是文本"),
    ("text: format the column as text and enter it again", "文本：请将该列设为文本格式后重新输入"),
)
INVISIBLE_CHARACTER = fault(
    "invisible_character",
    (
        "the text contains the invisible or unreadable character {character}",
        "文本含有不可见或无法识别的字符 {character}",
    ),
    ("visible characters only", "仅限可见字符"),
)
TOO_LONG = fault(
    "too_long",
    ("the text has {length} characters", "文本有 {length} 个字符"),
    ("at most {limit} characters", "不超过 {limit} 个字符"),
)
NOT_CODE = fault(
    "not_code",
    ("not a code", "不是有效的编号"),
    ("letters, digits, Chinese characters, - _ . , at most 40", "字母、数字、汉字、- _ . ，不超过 40 个字符"),
)
NOT_DOCUMENT_NO = fault(
    "not_document_no",
    ("not a number of an identity document", "不是有效的证件号码"),
    ("letters, digits, - ( ) , at most 30, as text", "字母、数字、- ( ) ，不超过 30 个字符，文本格式"),
)
NOT_BANK_ACCOUNT = fault(
    "not_bank_account",
    ("not a bank account", "不是有效的银行账号"),
    ("6 to 32 digits without spaces, as text", "6 至 32 位数字，不含空格，文本格式"),
)
NOT_PHONE = fault(
    "not_phone", ("not a phone number", "不是有效的电话号码"), ("for example 13800138000", "例如 13800138000")
)
NOT_EMAIL = fault("not_email", ("not an e-mail address", "不是有效的邮箱"), ("for example a@b.cn", "例如 a@b.cn"))
NOT_MONEY = fault(
    "not_money",
    ("not an amount of money", "不是有效的金额"),
    ("plain digits with at most two after the point, for example 1600.00", "纯数字，最多两位小数，例如 1600.00"),
)
NOT_UNSIGNED_MONEY = fault(
    "not_unsigned_money",
    ("not an amount of money of zero or more", "不是零或正的金额"),
    ("plain digits with at most two after the point, for example 1600.00", "纯数字，最多两位小数，例如 1600.00"),
)
NOT_NUMBER = fault(
    "not_number",
    ("not a plain number", "不是有效的数字"),
    ("plain digits, for example 12.5", "纯数字，例如 12.5"),
)
NOT_RATE = fault(
    "not_rate",
    ("not a rate", "不是有效的比例"),
    ("a fraction from 0 to 1, for example 0.05 for 5 percent", "0 到 1 的小数，例如 5% 写作 0.05"),
)
NOT_WHOLE = fault(
    "not_whole",
    ("not a whole number", "不是有效的整数"),
    ("whole digits, for example 3", "整数，例如 3"),
)
TOO_SMALL = fault("too_small", ("the number is too small", "数值过小"), ("at least {minimum}", "不小于 {minimum}"))
TOO_GREAT = fault("too_great", ("the number is too great", "数值过大"), ("at most {maximum}", "不大于 {maximum}"))
NOT_DATE = fault(
    "not_date",
    ("not a date", "不是有效的日期"),
    ("a day of the calendar as YYYY-MM-DD, for example 2026-02-28", "日历日期 YYYY-MM-DD，例如 2026-02-28"),
)
DATE_OUT_OF_RANGE = fault(
    "date_out_of_range",
    ("the date is out of range", "日期超出范围"),
    ("a date from {first} to {last}", "{first} 至 {last} 之间的日期"),
)
NOT_BOOLEAN = fault(
    "not_boolean",
    ("neither yes nor no", "不是有效的是否值"),
    ("true, false, yes, no, 1, 0, 是 or 否", "是、否、true、false、yes、no、1 或 0"),
)
NOT_CHOICE = fault("not_choice", ("not a known value", "不是可选的值"), ("one of {choices}", "以下之一：{choices}"))
NOT_MONTH = fault(
    "not_month", ("not a month", "不是有效的月份"), ("YYYY-MM, for example 2026-10", "YYYY-MM，例如 2026-10")
)
UNKNOWN_METRIC = fault(
    "unknown_metric",
    ("the metric is not known", "未知的指标"),
    (
        "the id or Chinese name of a metric, for example deal_rate or 成交率",
        "指标的代码或中文名，例如 deal_rate 或 成交率",
    ),
)
METRIC_OUT_OF_RANGE = fault(
    "metric_out_of_range",
    ("{metric} cannot have this value", "{metric} 不可能是该数值"),
    (
        "a value within {range}; percent is written as a fraction, 0.95 for 95 percent",
        "{range} 之内的数值；百分比写成小数，95% 写作 0.95",
    ),
)

# ── rows that contradict themselves ──────────────────────────────────────────────────────────────────────────────────

ENDS_BEFORE_START = fault(
    "ends_before_start",
    ("the end lies before the start, {start}", "结束日期早于开始日期 {start}"),
    ("{start} or later", "{start} 或以后"),
)
MORE_THAN_DUE = fault(
    "more_than_due",
    ("more than the due days, {due}", "多于应出勤天数 {due}"),
    ("at most {due}", "不超过 {due}"),
)
OTHER_MONTH = fault(
    "other_month",
    ("the date lies outside the month of its folder", "日期不在所属月份内"),
    ("a day of {month}", "{month} 内的日期"),
)

# ── folders and documents ────────────────────────────────────────────────────────────────────────────────────────────

UNKNOWN_FILE = fault(
    "unknown_file",
    ("the file is not known and was not read", "未知的文件，未读取"),
    ("a file of a company folder", "公司文件夹中的文件"),
)
TWO_FORMS = fault(
    "two_forms",
    ("the same table is there twice", "同一张表有两个文件"),
    ("either {one} or {other}", "{one} 与 {other} 只保留一个"),
)
MISSING_FILE = fault("missing_file", ("the file is missing", "缺少文件"), ("{files}", "{files}"))
BROKEN_YAML = fault(
    "broken_yaml",
    ("the YAML cannot be read ({reason})", "YAML 无法解析（{reason}）"),
    ("well-formed YAML", "格式正确的 YAML"),
)
REFUSED_YAML = fault(
    "refused_yaml",
    ("{what} is refused", "不允许使用{what_zh}"),
    ("plain keys, values and lists", "普通的键、值和列表"),
)
REPEATED_KEY = fault(
    "repeated_key",
    ("the key stands twice, first on line {first}", "键重复，首次出现在第 {first} 行"),
    ("each key once", "每个键只出现一次"),
)
NOT_MAPPING = fault(
    "not_mapping",
    ("the document is not a list of keys and values", "文档不是键值结构"),
    ("keys and values, for example 'plan: seed'", "键和值，例如 plan: seed"),
)
BAD_VALUE = fault("bad_value", ("{wrong}", "{wrong}"), ("{expected}", "{expected}"))
"""What reading the values of a document found; the values are sentences of their own."""

# ── raw platform exports ─────────────────────────────────────────────────────────────────────────────────────────────

UNKNOWN_RAW_FILE = fault(
    "unknown_raw_file",
    ("the file is no known export and was not read", "未知的导出文件，未读取"),
    ("one of {tables}, as .csv, .xlsx or .parquet", "以下之一：{tables}（.csv、.xlsx 或 .parquet）"),
)
BROKEN_PARQUET = fault(
    "broken_parquet",
    ("the Parquet file cannot be read ({reason})", "Parquet 文件无法读取（{reason}）"),
    ("a complete Parquet file without a password", "完整且未加密的 Parquet 文件"),
)
UNREADABLE_FILE = fault(
    "unreadable_file",
    ("the file cannot be opened ({reason})", "文件无法打开（{reason}）"),
    ("a file that may be read", "可读取的文件"),
)
NO_KNOWN_COLUMN = fault(
    "no_known_column",
    ("none of the columns is known", "没有任何已知的列"),
    ("headings in row 1, some of {headings}", "第 1 行为表头，含以下部分：{headings}"),
)
UNHEADED_COLUMN = fault(
    "unheaded_column",
    ("column {position} has no heading and was not read", "第 {position} 列没有表头，未读取"),
    ("a heading in row 1", "第 1 行有表头"),
)
KEY_NOT_THERE = fault(
    "key_not_there",
    ("the column is not there, so rows that stand twice cannot be told", "没有该列，无法识别重复的行"),
    ("a column headed {headings}", "表头为 {headings} 的列"),
)
OTHER_ENCODING = fault(
    "other_encoding",
    ("the cell is not {encoding}, as the rest of the file is", "该单元格不是 {encoding}，与文件其余部分不同"),
    ("one encoding in the whole file: UTF-8 or GB18030", "全文使用同一种编码：UTF-8 或 GB18030"),
)
TOO_FEW_CELLS = fault(
    "too_few_cells",
    ("the row has {cells} cells under {headings} headings", "该行有 {cells} 个单元格，表头有 {headings} 列"),
    ("one cell per heading; an empty one keeps its comma", "每个表头一个单元格，空单元格保留逗号"),
)
NOT_INSTANT = fault(
    "not_instant",
    ("not an instant", "不是有效的时间"),
    (
        "YYYY-MM-DD HH:MM:SS, with an offset if it is not Shanghai time, for example 2026-10-01 09:30:00",
        "YYYY-MM-DD HH:MM:SS，非上海时间须带时区，例如 2026-10-01 09:30:00",
    ),
)
NOT_COUNT = fault(
    "not_count",
    ("not a whole number of zero or more", "不是零或正整数"),
    ("whole digits, for example 3", "整数，例如 3"),
)
NOT_MILLIONTHS = fault(
    "not_millionths",
    ("not a plain number with at most six digits after the point", "不是最多六位小数的数字"),
    ("plain digits, for example 4.85", "纯数字，例如 4.85"),
)
WRONG_TYPE = fault(
    "wrong_type",
    ("the whole column is of another type", "整列类型不符"),
    ("{kind}, or text that says the same", "{kind_zh}，或含义相同的文本"),
)
NEGATIVE_WAIT = fault(
    "negative_wait",
    ("the instant lies before {earlier}, {start}", "该时间早于 {earlier} {start}"),
    ("{start} or later", "{start} 或以后"),
)
MORE_BAD_CELLS = fault(
    "more_bad_cells",
    ("{count} more cells of this column are bad", "该列还有 {count} 个错误单元格"),
    ("the same as in the lines above", "同上"),
)
OVERLAPPING_ACCOUNT = fault(
    "overlapping_account",
    (
        "the account is already held by {agent_no} on some of these days, in row {first}",
        "第 {first} 行中，{agent_no} 在部分相同日期已使用该账号",
    ),
    ("one agent for an account on a day", "同一账号同一天只属于一名客服"),
)
UNKNOWN_RAW_AGENT = fault(
    "unknown_raw_agent",
    ("there is no such agent", "没有该客服"),
    ("an agent_no of the company, or an account of agent_accounts.csv", "公司的工号，或 agent_accounts.csv 中的账号"),
)

# ── between the files of a company ────────────────────────────────────────────────────────────────────────────────────

UNKNOWN_AGENT = fault(
    "unknown_agent",
    ("there is no such agent", "没有该客服"),
    ("an agent_no of agents.csv or of the company", "agents.csv 或系统中已有的工号"),
)
UNKNOWN_TEAM = fault("unknown_team", ("there is no such team", "没有该班组"), ("one of {known}", "以下之一：{known}"))
UNKNOWN_TIER = fault("unknown_tier", ("there is no such tier", "没有该职级"), ("one of {known}", "以下之一：{known}"))
TWO_SCORECARDS = fault(
    "two_scorecards",
    ("role '{role}' already has scorecard '{other}' from the same day", "岗位“{role}”在同一天已有评分表“{other}”"),
    ("one scorecard for a role", "每个岗位只有一张评分表"),
)
SAME_DOCUMENT = fault(
    "same_document",
    ("'{code}' from {day} is already in {other}", "“{code}”（{day} 起）已在 {other} 中"),
    ("one file for each version", "每个版本只有一个文件"),
)
OTHER_COMPANY = fault(
    "other_company",
    ("the files belong to another company", "文件属于另一家公司"),
    ("company '{company}', which was chosen", "所选的公司“{company}”"),
)
NO_COMPANY = fault(
    "no_company",
    ("it is not known which company the files belong to", "无法确定文件所属的公司"),
    ("a company.yaml, or the name of a loaded company", "company.yaml，或一个已导入的公司"),
)
UNKNOWN_KEY = fault("unknown_key", ("the key is not read", "该键不被读取"), ("only known keys", "仅限已知的键"))
NOT_EMPLOYED = fault(
    "not_employed",
    ("the agent is not employed in {month}", "该客服在 {month} 未在职"),
    ("rows of employed agents; this one is kept and pays nothing", "在职客服的行；本行保留但不计薪"),
)
NOT_IN_FILE = fault(
    "not_in_file",
    ("{count} agents of the company are not in the file", "系统中有 {count} 名客服不在文件中"),
    ("nothing: they stay as they are", "无需处理：保持不变"),
)
TARGET_NEVER_REACHED = fault(
    "target_never_reached",
    (
        "{metric}: none of {results} monthly results in {months} months reached the target, the best was {best}",
        "{metric_zh}：{months} 个月的 {results} 个月度结果都未达到目标值，最好为 {best}",
    ),
    ("a target that can be reached; this one is kept", "可以达到的目标值；本值保留"),
)
TARGET_HARDLY_REACHED = fault(
    "target_hardly_reached",
    (
        "{metric}: {reached} of {results} monthly results in {months} months reached the target, the best was {best}",
        "{metric_zh}：{months} 个月的 {results} 个月度结果中只有 {reached} 个达到目标值，最好为 {best}",
    ),
    ("a target that can be reached; this one is kept", "可以达到的目标值；本值保留"),
)
TARGET_ALWAYS_REACHED = fault(
    "target_always_reached",
    (
        "{metric}: all {results} monthly results in {months} months reached the target",
        "{metric_zh}：{months} 个月的 {results} 个月度结果全部达到目标值",
    ),
    ("a target that tells people apart; this one is kept", "能区分高低的目标值；本值保留"),
)
