"""Jobs that can be stopped, what operators watch, and files in the database."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("jobs", "0003_audit_chain")]

    operations = [
        migrations.AddField(
            model_name="job",
            name="stopped_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="stopped at"),
        ),
        migrations.CreateModel(
            name="Pulse",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=80, verbose_name="name")),
                ("outcome", models.CharField(blank=True, max_length=20, verbose_name="outcome")),
                ("times", models.PositiveBigIntegerField(default=0, verbose_name="times")),
                ("milliseconds", models.PositiveBigIntegerField(default=0, verbose_name="milliseconds in all")),
                ("last_at", models.DateTimeField(verbose_name="last at")),
            ],
            options={
                "verbose_name": "pulse",
                "verbose_name_plural": "pulse",
                "default_permissions": (),
                "constraints": [models.UniqueConstraint(fields=("name", "outcome"), name="pulse_once")],
            },
        ),
        migrations.CreateModel(
            name="StoredFile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=200, unique=True, verbose_name="name")),
                ("size", models.PositiveBigIntegerField(verbose_name="bytes")),
                ("sha256", models.CharField(max_length=64, verbose_name="checksum")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="made at")),
            ],
            options={
                "verbose_name": "stored file",
                "verbose_name_plural": "stored files",
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="StoredPart",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.PositiveIntegerField(verbose_name="position")),
                ("content", models.BinaryField(verbose_name="content")),
                (
                    "file",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="parts",
                        to="jobs.storedfile",
                        verbose_name="file",
                    ),
                ),
            ],
            options={
                "verbose_name": "part of a stored file",
                "verbose_name_plural": "parts of stored files",
                "ordering": ["file", "position"],
                "default_permissions": (),
                "constraints": [models.UniqueConstraint(fields=("file", "position"), name="stored_part_once")],
            },
        ),
    ]
