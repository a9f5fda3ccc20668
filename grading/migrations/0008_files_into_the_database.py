"""What this machine kept as files on its disk (platform exports, QA reports) goes into the database."""

import hashlib
from pathlib import Path

from django.conf import settings
from django.db import migrations

PART = 4 * 1024 * 1024


def take_in(apps, schema_editor):
    StoredFile = apps.get_model("jobs", "StoredFile")
    StoredPart = apps.get_model("jobs", "StoredPart")
    for model in ("RawExport", "QaReport"):
        for name in apps.get_model("grading", model).objects.values_list("file", flat=True):
            kept = Path(settings.JIXIN_VAR) / "files" / name
            if StoredFile.objects.filter(name=name).exists() or not kept.is_file():
                continue
            content = kept.read_bytes()
            row = StoredFile.objects.create(name=name, size=len(content), sha256=hashlib.sha256(content).hexdigest())
            for position, start in enumerate(range(0, len(content), PART)):
                StoredPart.objects.create(file=row, position=position, content=content[start : start + PART])


class Migration(migrations.Migration):
    dependencies = [
        ("grading", "0007_qa_report"),
        ("jobs", "0004_stopped_jobs_pulse_and_files"),
    ]

    operations = [migrations.RunPython(take_in, migrations.RunPython.noop)]
