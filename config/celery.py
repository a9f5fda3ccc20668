"""The Celery application. Its settings, and the reason for each, are in config/settings/base.py."""

import os
from logging.config import dictConfig
from typing import Any

from celery import Celery
from celery.signals import setup_logging, worker_ready
from kombu.transport import TRANSPORT_ALIASES

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
TRANSPORT_ALIASES["embedded"] = "config.broker:Transport"

app = Celery("jixin")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def _log_like_django(**_: Any) -> None:
    """With a receiver here, Celery leaves logging alone: one format, one place to keep amounts out."""
    from django.conf import settings

    dictConfig(settings.LOGGING)


@worker_ready.connect
def _sweep_at_once(**_: Any) -> None:
    """A worker that starts may be the first after a crash: look for what was left, do not wait for the next sweep."""
    app.send_task("jobs.sweep", expires=15)
