"""Kept figures of reviews are counted anew: they tell how many adjustments there are, too."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def forget(apps: Apps, _schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Whoever looks at a run next counts them from its payslips."""
    apps.get_model("payroll", "RunReview").objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [
        ("payroll", "0015_payslip_once_a_run"),
    ]

    operations = [
        migrations.RunPython(forget, migrations.RunPython.noop),
    ]
