"""`manage.py serve`: the web pages and the workers in one terminal."""

import errno
import logging
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.core.wsgi import get_wsgi_application
from waitress.server import create_server

from config.embedded import embedded_workers
from config.log import JsonFormatter

THREADS = 8  # pages wait for the database more than for the processor


class Command(BaseCommand):
    """For one machine; where there are several, run a WSGI server, `celery worker` and `celery beat` instead."""

    help = "Serve the web pages and run the embedded workers until Ctrl-C."
    requires_migrations_checks = True

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: this machine only)")
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--workers", type=int, default=2, help="embedded workers (default: 2)")

    def handle(self, *args: Any, host: str, port: int, workers: int, **options: Any) -> None:
        try:
            # ident: which server this is, is nobody's business
            server = create_server(get_wsgi_application(), host=host, port=port, threads=THREADS, ident=None)
        except (OSError, ValueError) as error:
            raise CommandError(_cannot_listen(host, port, error)) from error

        for handler in logging.getLogger().handlers:
            if isinstance(handler.formatter, JsonFormatter):
                handler.formatter.prefix = "[web] "
        with embedded_workers(workers, write=self.stderr.write) as supervisor:
            self.stdout.write(f"绩薪 Jixin: http://{host}:{port}/  (Ctrl-C ends it)")
            if supervisor is None:
                self.stdout.write("Workers: your own, at the broker of BROKER_URL (celery -A config worker, and beat).")
            else:
                self.stdout.write(f"Workers: {workers}, embedded.")
            if host not in {"127.0.0.1", "::1", "localhost"}:
                self.stdout.write(f"Answers only to these names (ALLOWED_HOSTS): {', '.join(settings.ALLOWED_HOSTS)}")
            self.stdout.flush()
            server.run()  # returns on Ctrl-C and SIGTERM
        self.stdout.write("Stopped.")


def _cannot_listen(host: str, port: int, error: Exception) -> str:
    if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
        return (
            f"Port {port} on {host} is in use by another program. "
            f"Stop that program, or choose another port: manage.py serve --port {port + 1}"
        )
    return f"Cannot listen on {host}:{port}: {error}"
