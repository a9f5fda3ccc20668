#!/usr/bin/env python
"""The command line of 绩薪 Jixin: `python manage.py help` lists what it can do."""

import io
import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    try:
        from django.core.management import execute_from_command_line
    except ImportError as error:
        raise SystemExit(
            f"Django is not installed for {sys.executable} ({error}). "
            "Run `make venv`, then use .venv/bin/python, or install requirements.txt."
        ) from error
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a terminal that cannot show a name must not stop a month
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
