import django.db.models.deletion
import grading.tables
from django.conf import settings
from django.db import migrations, models


VIEWS = ["view_rawexport", "view_metrictally", "view_metriccomputation"]


def make_roles(apps, schema_editor):
    """HR and its approver see the exports and what they come to."""
    from django.apps import apps as live_apps
    from django.contrib.auth.management import create_permissions

    create_permissions(live_apps.get_app_config("grading"), apps=apps, verbosity=0)
    found = apps.get_model("auth", "Permission").objects.filter(codename__in=VIEWS, content_type__app_label="grading")
    for name in ("HR", "HR approver"):
        apps.get_model("auth", "Group").objects.get(name=name).permissions.add(*found)


class Migration(migrations.Migration):
    dependencies = [
        ("grading", "0005_standards"),
        ("jobs", "0002_job_after"),
        ("payroll", "0002_roles"),  # makes the groups that get rights here
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='MetricComputation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('month', grading.tables.MonthField(max_length=7, verbose_name='month')),
                ('gaps', models.JSONField(default=dict, verbose_name='metrics not computed')),
                ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='grading.company', verbose_name='company')),
                ('job', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='metric_computation', to='jobs.job', verbose_name='job')),
            ],
            options={
                'verbose_name': 'metric computation',
                'verbose_name_plural': 'metric computations',
                'constraints': [models.UniqueConstraint(fields=('company', 'month'), name='metric_computation_once')],
            },
        ),
        migrations.CreateModel(
            name='MetricTally',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('month', grading.tables.MonthField(max_length=7, verbose_name='month')),
                ('by', models.CharField(choices=[('agent', 'agent'), ('team', 'team'), ('shop', 'shop')], max_length=5, verbose_name='of')),
                ('subject', models.CharField(max_length=80, verbose_name='subject')),
                ('metric', models.CharField(max_length=60, verbose_name='metric')),
                ('numerator', grading.tables.ExactField(max_length=90, verbose_name='numerator')),
                ('denominator', grading.tables.ExactField(max_length=90, verbose_name='denominator')),
                ('is_sum', models.BooleanField(default=False, verbose_name='is a sum')),
                ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='grading.company', verbose_name='company')),
                ('shop', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='grading.shop', verbose_name='shop')),
            ],
            options={
                'verbose_name': 'computed metric',
                'verbose_name_plural': 'computed metrics',
                'indexes': [models.Index(fields=['company', 'month', 'by', 'subject'], name='tally_subject'), models.Index(fields=['company', 'month', 'shop'], name='tally_shop')],
            },
        ),
        migrations.CreateModel(
            name='RawExport',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('month', grading.tables.MonthField(max_length=7, verbose_name='month')),
                ('table', models.CharField(max_length=40, verbose_name='table')),
                ('source', models.CharField(max_length=200, verbose_name='file')),
                ('sha256', models.CharField(max_length=64, verbose_name='fingerprint of the file')),
                ('file', models.FileField(max_length=200, upload_to='', verbose_name='stored rows')),
                ('rows', models.PositiveBigIntegerField(verbose_name='rows')),
                ('outside', models.PositiveBigIntegerField(default=0, verbose_name='rows outside the month')),
                ('loaded_at', models.DateTimeField(auto_now=True, verbose_name='loaded at')),
                ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='raw_exports', to='grading.company', verbose_name='company')),
                ('loaded_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='loaded by')),
            ],
            options={
                'verbose_name': 'platform export',
                'verbose_name_plural': 'platform exports',
                'constraints': [models.UniqueConstraint(fields=('company', 'month', 'table'), name='raw_export_once')],
            },
        ),
        migrations.RunPython(make_roles, migrations.RunPython.noop),
    ]
