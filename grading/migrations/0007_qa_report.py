import django.db.models.deletion
from django.db import migrations, models


ROLES = ("HR", "HR approver", "QA evaluator")


def make_roles(apps, schema_editor):
    """Whoever sees everybody's quality sees the kept reports. Managers read those of their teams on the report's page."""
    from django.apps import apps as live_apps
    from django.contrib.auth.management import create_permissions

    create_permissions(live_apps.get_app_config("grading"), apps=apps, verbosity=0)
    view = apps.get_model("auth", "Permission").objects.get(
        codename="view_qareport", content_type__app_label="grading"
    )
    for group in apps.get_model("auth", "Group").objects.filter(name__in=ROLES):
        group.permissions.add(view)


class Migration(migrations.Migration):
    dependencies = [
        ("grading", "0006_metrics"),
        ("payroll", "0002_roles"),  # makes the groups that get rights here
    ]

    operations = [
        migrations.CreateModel(
            name='QaReport',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField(verbose_name='day')),
                ('fingerprint', models.CharField(max_length=64, verbose_name='fingerprint')),
                ('file', models.FileField(max_length=200, upload_to='', verbose_name='file')),
                ('contacts', models.PositiveIntegerField(verbose_name='contacts')),
                ('evaluated', models.PositiveIntegerField(verbose_name='evaluated')),
                ('fatal', models.PositiveIntegerField(verbose_name='fatal')),
                ('made_at', models.DateTimeField(auto_now=True, verbose_name='made at')),
                ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='grading.company', verbose_name='company')),
            ],
            options={
                'verbose_name': 'daily QA report',
                'verbose_name_plural': 'daily QA reports',
                'ordering': ['-day', 'company__code'],
                'constraints': [models.UniqueConstraint(fields=('company', 'day'), name='qa_report_once')],
            },
        ),
        migrations.RunPython(make_roles, migrations.RunPython.noop),
    ]
