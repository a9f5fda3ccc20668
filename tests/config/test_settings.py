"""What the settings promise: the database per URL, the secret key, the headers, the logs."""

import json
import logging
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from config.environment import BASE_DIR, database, path_of, secret_key
from config.log import JsonFormatter

PRODUCTION = {
    "DJANGO_SETTINGS_MODULE": "config.settings.production",
    "SECRET_KEY": "for-this-test-only-" + "0123456789abcdefghijklmnopqrstuvwxyz" * 2,
    "ALLOWED_HOSTS": "pay.example",
    "DATABASE_URL": "sqlite:///:memory:",
}


def test_sqlite_waits_for_its_turn_and_survives_a_power_cut(tmp_path: Path) -> None:
    found = database(f"sqlite:///{tmp_path}/some.sqlite3")

    assert found["NAME"] == f"{tmp_path}/some.sqlite3"
    assert found["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    assert found["OPTIONS"]["timeout"] == 20
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        assert pragma in found["OPTIONS"]["init_command"]


def test_a_relative_sqlite_path_starts_at_the_project() -> None:
    assert database("sqlite:///var/other.sqlite3")["NAME"] == str(BASE_DIR / "var/other.sqlite3")


def test_postgresql_checks_a_kept_connection_before_using_it() -> None:
    found = database("postgresql://hr:p%40ss@db.example:5433/jixin?sslmode=require")

    assert found["ENGINE"] == "django.db.backends.postgresql"
    assert (found["HOST"], found["PORT"], found["NAME"]) == ("db.example", 5433, "jixin")
    assert (found["USER"], found["PASSWORD"]) == ("hr", "p@ss")
    assert found["OPTIONS"] == {"sslmode": "require"}
    assert found["CONN_HEALTH_CHECKS"] is True


def test_postgresql_through_a_socket() -> None:
    assert database("postgresql://%2Fvar%2Frun%2Fpostgresql/jixin")["HOST"] == "/var/run/postgresql"


def test_var_defaults_and_relative_paths(tmp_path: Path) -> None:
    assert path_of("", default=tmp_path) == tmp_path
    assert path_of("elsewhere", default=tmp_path) == BASE_DIR / "elsewhere"
    assert path_of(str(tmp_path), default=BASE_DIR) == tmp_path


def test_the_secret_key_is_made_once_and_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "var" / "secret_key"
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(secret_key, [path] * 40))

    assert len(keys) == 1
    assert len(keys.pop()) >= 50
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert [file.name for file in path.parent.iterdir()] == ["secret_key"]


@pytest.mark.django_db
def test_every_page_carries_the_policies(client: Client) -> None:
    for address in ("/admin/login/", "/healthz", "/no-such-page"):
        headers = client.get(address).headers
        policy = headers["Content-Security-Policy"]
        assert "script-src 'self';" in policy
        assert "unsafe" not in policy
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "no-store" in headers["Cache-Control"]


@pytest.mark.django_db
def test_the_admin_speaks_both_languages_and_its_static_files_are_served(client: Client) -> None:
    chinese = client.get("/login/", headers={"accept-language": "zh-CN"}).content.decode()
    english = client.get("/login/", headers={"accept-language": "en"}).content.decode()

    assert "登录" in chinese
    assert "Log in" in english
    assert client.get("/static/admin/css/base.css").status_code == 200


@pytest.mark.django_db
def test_health_says_so_when_the_database_answers(client: Client) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}


def test_messages_are_json_and_answered_late() -> None:
    assert settings.CELERY_ACCEPT_CONTENT == ["json"]
    assert settings.CELERY_TASK_ACKS_LATE
    assert settings.CELERY_TASK_REJECT_ON_WORKER_LOST
    assert not getattr(settings, "CELERY_TASK_ALWAYS_EAGER", False)


def test_a_log_line_carries_identifiers_and_no_row_values() -> None:
    record = logging.LogRecord("payroll", logging.ERROR, __file__, 1, "run %s failed", (7,), None)
    record.run_id, record.net = 7, "4321.00"
    refusal = ValueError('refused\nDETAIL:  Failing row contains (1, "张三", 4321.00).')
    record.exc_info = (ValueError, refusal, None)

    line = JsonFormatter().format(record)

    assert "\n" not in line
    assert "4321.00" not in line
    assert json.loads(line)["run_id"] == 7
    assert json.loads(line)["message"] == "run 7 failed"


def run_python(code: str, environment: dict[str, str], var: Path) -> subprocess.CompletedProcess[str]:
    names = ("DATABASE_URL", "BROKER_URL", "SECRET_KEY", "ALLOWED_HOSTS", "DEBUG", "DJANGO_SETTINGS_MODULE")
    inherited = {name: value for name, value in os.environ.items() if name not in names}
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=BASE_DIR,
        env=inherited | {"JIXIN_VAR": str(var)} | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_production_passes_the_deployment_check(tmp_path: Path) -> None:
    code = """
import django
django.setup()
from django.core.checks import Tags, run_checks
print([f"{m.id} {m.msg}" for m in run_checks(tags=[Tags.security], include_deployment_checks=True)])
"""
    result = run_python(code, PRODUCTION, tmp_path)

    assert result.stdout.strip() == "[]", result.stdout + result.stderr
    assert not (tmp_path / "secret_key").exists()


@pytest.mark.parametrize("missing", ["SECRET_KEY", "ALLOWED_HOSTS", "DATABASE_URL"])
def test_production_has_no_default_for(missing: str, tmp_path: Path) -> None:
    environment = {name: value for name, value in PRODUCTION.items() if name != missing}
    result = run_python("import django; django.setup()", environment, tmp_path)

    assert result.returncode != 0
    assert missing in result.stderr.splitlines()[-1]


def test_a_clone_needs_no_configuration(tmp_path: Path) -> None:
    code = """
from django.conf import settings
print(settings.DEBUG, settings.DATABASES["default"]["NAME"], settings.CELERY_BROKER_URL, settings.LANGUAGE_CODE)
"""
    result = run_python(code, {"DJANGO_SETTINGS_MODULE": "config.settings"}, tmp_path)

    assert result.stdout.split() == ["False", f"{tmp_path}/jixin.sqlite3", "embedded://localhost//", "zh-hans"], (
        result.stderr
    )
