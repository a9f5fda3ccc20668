"""Why net pay differs from last month's, cause by cause."""

import django.db.models.deletion
import grading.tables
from django.db import migrations, models

VIEW = ["view_payslipvariance"]
ROLES = {"HR": VIEW, "HR approver": VIEW}


def make_roles(apps, schema_editor):
    """Adds rights, takes none. Permissions are rows that Django makes after all migrations; here they are needed earlier."""
    from django.apps import apps as live_apps
    from django.contrib.auth.management import create_permissions

    create_permissions(live_apps.get_app_config("payroll"), apps=apps, verbosity=0)
    group_model = apps.get_model("auth", "Group")
    permission_model = apps.get_model("auth", "Permission")
    for name, codenames in ROLES.items():
        group, _made = group_model.objects.get_or_create(name=name)
        group.permissions.add(
            *permission_model.objects.filter(codename__in=codenames, content_type__app_label="payroll")
        )


class Migration(migrations.Migration):
    dependencies = [("payroll", "0006_findings")]

    operations = [
        migrations.CreateModel(
            name='PayslipVariance',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('cause', models.CharField(max_length=20, verbose_name='cause')),
                ('amount', grading.tables.MoneyField(verbose_name='amount')),
                ('payslip', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='variance', to='payroll.payslip', verbose_name='payslip')),
            ],
            options={
                'verbose_name': 'cause of a difference',
                'verbose_name_plural': 'causes of differences',
                'ordering': ['payslip', 'pk'],
                'constraints': [models.UniqueConstraint(fields=('payslip', 'cause'), name='variance_cause_once')],
            },
        ),
        migrations.RunPython(make_roles, migrations.RunPython.noop),
    ]
