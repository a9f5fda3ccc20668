"""``manage.py seed_demo``: a made-up company folder of any size, to try everything out on."""

from __future__ import annotations

import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from payroll.management.demo_company import write_demo_company


class Command(BaseCommand):
    """Writes the folder; without a folder's name it writes one below ``var`` and loads it."""

    help = "Write a deterministic, made-up company folder of any size / 生成一个虚构的演示公司（可重复、任意人数）"
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The folder and the size."""
        parser.add_argument(
            "folder",
            nargs="?",
            metavar="DIR",
            help="where to write; left out: demo-company below $JIXIN_VAR (var/), and loaded at once",
        )
        parser.add_argument("--agents", type=int, default=60, help="how many agents (default 60)")
        parser.add_argument("--months", type=int, default=6, help="how many months (default 6)")
        parser.add_argument("--seed", type=int, default=20261031, help="another seed, another company")
        parser.add_argument("--newest", default="2026-10", metavar="YYYY-MM", help="the last month (default 2026-10)")
        parser.add_argument("--load", action="store_true", help="load the folder when it is written")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write, then say what to type next."""
        named = options["folder"]
        folder = Path(named) if named else Path(os.environ.get("JIXIN_VAR") or "var") / "demo-company"
        newest: str = options["newest"]
        try:
            write_demo_company(folder, options["agents"], options["months"], newest, options["seed"])
        except (OSError, ValueError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{folder}: {options['agents']} agents, {options['months']} months up to {newest}")
        loaded = options["load"] or not named
        if loaded:
            call_command("load_company", str(folder), stdout=self.stdout, stderr=self.stderr)
        self.stdout.write("Next / 下一步:")
        if not loaded:
            self.stdout.write(f"  python manage.py load_company {folder}")
        self.stdout.write(f"  python manage.py close_month {newest} --out out")
