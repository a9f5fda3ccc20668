"""The compose file, the units and the sample settings name what there is: commands, settings, files; and no secret."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml
from celery.bin.celery import celery
from django.conf import settings
from django.core.management import get_commands, load_command_class

from bench.postgres import deployed

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
PRODUCT = ("migrate", "web", "worker", "beat")
NOT_OURS = {"POSTGRES_PASSWORD"}
"""What Compose makes the database with."""


def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
    return found


def settings_read() -> set[str]:
    """The environment variables that the settings ask for."""
    said = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "config").rglob("*.py"))
    asked = set(re.findall(r"env(?:\.\w+)?\(\s*\"([A-Z_]+)\"", said))
    return asked | {"DJANGO_SETTINGS_MODULE", "PYTHONUTF8"}


def commands() -> list[list[str]]:
    """Every command line of the product in the compose file and the units."""
    services = compose()["services"]
    found = [services[name]["command"] for name in PRODUCT]
    for unit in UNITS:
        (line,) = re.findall(r"^ExecStart=(.+)$", unit.read_text(encoding="utf-8"), re.MULTILINE)
        found.append(shlex.split(line))
    flat: list[list[str]] = []
    for each in found:
        flat += [shlex.split(part) for part in each[2].split("&&")] if each[:2] == ["sh", "-c"] else [each]
    return flat


@pytest.mark.parametrize("line", commands(), ids=" ".join)
def test_every_command_line_is_one_that_there_is(line: list[str]) -> None:
    program, *arguments = line
    if program.endswith("celery"):
        assert arguments[:2] == ["-A", "config"]
        command = celery.commands[arguments[2]]
        known = {name for option in command.params for name in option.opts}
    else:
        assert program.endswith("python")
        assert arguments[0] == "manage.py"
        name = arguments[1]
        parser = load_command_class(get_commands()[name], name).create_parser("manage.py", name)
        known = set(parser._option_string_actions)
    options = {argument for argument in arguments if argument.startswith("--")}
    assert options <= known


def test_every_setting_named_is_one_that_is_read() -> None:
    read = settings_read()
    services = compose()["services"]
    for name in PRODUCT:
        assert set(services[name]["environment"]) <= read
    sample = (DEPLOY / "jixin.env.example").read_text(encoding="utf-8")
    assert set(re.findall(r"^([A-Z_]+)=", sample, re.MULTILINE)) <= read | NOT_OURS
    asked_for = set(re.findall(r"\$\{([A-Z_]+)", (DEPLOY / "compose.yaml").read_text(encoding="utf-8")))
    assert asked_for <= set(re.findall(r"^([A-Z_]+)=", sample, re.MULTILINE))
    for unit in UNITS:
        set_there = set(re.findall(r"^Environment=([A-Z_0-9]+)=", unit.read_text(encoding="utf-8"), re.MULTILINE))
        assert set_there <= read


def test_a_measurement_takes_the_server_as_it_is_deployed() -> None:
    """Figures of `make bench-scale` are those of the database that the compose file starts, safe on its disk."""
    found = deployed()
    assert found == {"shared_buffers": "1GB", "max_wal_size": "4GB", "max_connections": "200"}
    assert not found.keys() & {"fsync", "synchronous_commit", "full_page_writes"}


def test_what_production_requires_is_given() -> None:
    required = {"SECRET_KEY", "ALLOWED_HOSTS", "DATABASE_URL"}
    for name in PRODUCT:
        assert required <= set(compose()["services"][name]["environment"])
    sample = (DEPLOY / "jixin.env.example").read_text(encoding="utf-8")
    assert required <= set(re.findall(r"^([A-Z_]+)=", sample, re.MULTILINE))


def test_no_secret_is_in_any_of_the_files() -> None:
    sample = (DEPLOY / "jixin.env.example").read_text(encoding="utf-8")
    for name in ("SECRET_KEY", "POSTGRES_PASSWORD", "METRICS_TOKEN", "DATABASE_URL", "BROKER_URL"):
        assert re.search(rf"^{name}=$", sample, re.MULTILINE), name
    for name in ("SECRET_KEY", "METRICS_TOKEN"):
        assert compose()["services"]["web"]["environment"][name].startswith("${")
    assert "jixin:${POSTGRES_PASSWORD:?}@" in compose()["services"]["web"]["environment"]["DATABASE_URL"]
    assert "deploy/jixin.env\n" in (ROOT / ".gitignore").read_text(encoding="utf-8")


def test_there_is_one_beat_and_workers_are_given_time_to_stop() -> None:
    lines = [line for line in commands() if "beat" in line]
    assert len(lines) == 2  # one in the compose file, one unit
    assert "deploy" not in compose()["services"]["beat"]
    graceful = settings.CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT
    assert int(compose()["services"]["worker"]["stop_grace_period"].removesuffix("s")) > graceful
    for unit in UNITS:
        (seconds,) = re.findall(r"^TimeoutStopSec=(\d+)$", unit.read_text(encoding="utf-8"), re.MULTILINE)
        assert int(seconds) > graceful


def test_the_image_has_what_the_product_consists_of() -> None:
    said = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    copied = {name for line in re.findall(r"^COPY (.+)$", said, re.MULTILINE) for name in line.split()[:-1]}
    assert copied == {"requirements.txt", "config", "grading", "payroll", "manage.py"}
    assert all((ROOT / name).exists() for name in copied)
    left_in = set(
        re.findall(r"^!(.+)$", (DEPLOY / "Dockerfile.dockerignore").read_text(encoding="utf-8"), re.MULTILINE)
    )
    assert left_in == copied


def test_every_unit_is_told_of_and_hardened() -> None:
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    assert [unit.stem for unit in UNITS] == ["jixin-beat", "jixin-web", "jixin-worker@"]
    for unit in UNITS:
        assert unit.stem in page
        said = unit.read_text(encoding="utf-8")
        assert "User=jixin" in said
        assert "NoNewPrivileges=true" in said
        assert "EnvironmentFile=/etc/jixin/jixin.env" in said
