"""Wiring only: settings, URLs, Celery, the servers' entry points. No grade and no amount is decided here."""

from config.celery import app as celery_app

__all__ = ["celery_app"]  # `celery -A config` and @shared_task find the application here
