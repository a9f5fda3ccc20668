"""The audit log as a chain, and the keys of requests."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from grading.jobs.chain import START, entry_hash

CHUNK = 1000


def chain(apps, schema_editor):
    """Chain the entries that are there, in the order in which they were written."""
    entry_model = apps.get_model("jobs", "AuditEntry")
    head, last = START, 0
    while True:
        entries = list(entry_model.objects.filter(pk__gt=last).order_by("pk")[:CHUNK])
        if not entries:
            return
        for entry in entries:
            entry.previous_hash = head
            entry.hash = head = entry_hash(
                previous_hash=head,
                at=entry.at,
                actor_id=entry.actor_id,
                action=entry.action,
                object_type=entry.object_type,
                object_id=entry.object_id,
                detail=entry.detail,
            )
        entry_model.objects.bulk_update(entries, ["previous_hash", "hash"], batch_size=200)
        last = entries[-1].pk


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("jobs", "0002_job_after"),
    ]

    operations = [
        migrations.AlterField(
            model_name="auditentry",
            name="at",
            field=models.DateTimeField(verbose_name="at"),
        ),
        migrations.AddField(
            model_name="auditentry",
            name="previous_hash",
            field=models.CharField(default="", max_length=64, verbose_name="hash of the entry before"),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="auditentry",
            name="hash",
            field=models.CharField(default="", max_length=64, verbose_name="hash"),
            preserve_default=False,
        ),
        migrations.RunPython(chain, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="auditentry",
            constraint=models.UniqueConstraint(fields=("previous_hash",), name="audit_never_forks"),
        ),
        migrations.AddConstraint(
            model_name="auditentry",
            constraint=models.UniqueConstraint(fields=("hash",), name="audit_hash_once"),
        ),
        migrations.CreateModel(
            name="IdempotencyKey",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("route", models.CharField(max_length=200, verbose_name="address")),
                ("key", models.CharField(max_length=64, verbose_name="key")),
                ("body", models.CharField(max_length=64, verbose_name="content")),
                ("status", models.PositiveSmallIntegerField(verbose_name="status")),
                ("location", models.CharField(blank=True, max_length=500, verbose_name="sent on to")),
                ("answer", models.TextField(blank=True, verbose_name="answer")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created at")),
                ("actor", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="actor")),
            ],
            options={
                "verbose_name": "idempotency key",
                "verbose_name_plural": "idempotency keys",
                "default_permissions": (),
                "constraints": [models.UniqueConstraint(fields=("actor", "route", "key"), name="idempotency_key_once")],
            },
        ),
    ]
