"""Log lines: one JSON object each, with the identifiers somebody needs to follow a run, and no pay data.

Only the fields named here leave a record; whatever else a caller attaches stays out. A database's error text repeats
the row it refused, so that part is withheld.
"""

import json
import logging
import re
from datetime import UTC, datetime

FIELDS = ("run_id", "chunk_id", "item_id", "attempt", "code", "task_id", "task_name", "status_code", "duration_ms")

# PostgreSQL: "DETAIL:  Failing row contains (42, 张三, 5000.00, …)". To the end of the line, or of its quoted form.
_ROW_VALUES = re.compile(r"(DETAIL|CONTEXT):.*")


class JsonFormatter(logging.Formatter):
    """A record as one line of JSON."""

    prefix = ""  # set where several processes share one terminal

    def format(self, record: logging.LogRecord) -> str:
        entry: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": _withhold(record.getMessage()),
        }
        entry |= {name: getattr(record, name) for name in FIELDS if hasattr(record, name)}
        if record.exc_info:
            entry["exception"] = _withhold(self.formatException(record.exc_info))
        return self.prefix + json.dumps(entry, ensure_ascii=False, default=str)


def _withhold(text: str) -> str:
    return _ROW_VALUES.sub(r"\1: (withheld)", text)
