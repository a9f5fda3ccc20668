"""The head of the audit log with each posted run, and what a later calculation replaced."""

from decimal import Decimal

import django.db.models.deletion
from django.db import migrations, models

import grading.tables


class Migration(migrations.Migration):
    dependencies = [
        ("grading", "0007_qa_report"),
        ("payroll", "0007_variance"),
    ]

    operations = [
        migrations.AddField(
            model_name="payrun",
            name="audit_head",
            field=models.CharField(blank=True, max_length=64, verbose_name="head of the audit log"),
        ),
        migrations.CreateModel(
            name="ReplacedLine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("fingerprint", models.CharField(max_length=64, verbose_name="fingerprint")),
                ("code", models.CharField(blank=True, max_length=60, verbose_name="pay code")),
                ("kind", models.CharField(blank=True, max_length=10, verbose_name="kind")),
                ("amount", grading.tables.MoneyField(default=Decimal("0.00"), verbose_name="amount")),
                ("period", grading.tables.MonthField(max_length=7, verbose_name="period")),
                ("agent", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="grading.agent", verbose_name="agent")),
                ("run", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="replaced_lines", to="payroll.payrun", verbose_name="pay run")),
            ],
            options={
                "verbose_name": "replaced line",
                "verbose_name_plural": "replaced lines",
                "default_permissions": (),
                "indexes": [models.Index(fields=["run", "fingerprint"], name="replaced_line_of_review")],
            },
        ),
    ]
