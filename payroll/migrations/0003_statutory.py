"""The law as a company holds it: its own rows and calendars, the documents pay relied on, and who may see them."""

import django.db.models.deletion
import grading.tables
from django.conf import settings
from django.db import migrations, models

VIEW = ["view_statutoryrow", "view_workcalendaryear", "view_lawdocument"]
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
    dependencies = [
        ("grading", "0007_qa_report"),
        ("payroll", "0002_roles"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='LawDocument',
            fields=[
                ('fingerprint', models.CharField(max_length=64, primary_key=True, serialize=False, verbose_name='fingerprint')),
                ('code', models.CharField(max_length=80, verbose_name='code')),
                ('body', models.JSONField(verbose_name='document')),
                ('recorded_at', models.DateTimeField(auto_now_add=True, verbose_name='recorded at')),
            ],
            options={
                'verbose_name': 'document of the law',
                'verbose_name_plural': 'documents of the law',
            },
        ),
        migrations.CreateModel(
            name='StatutoryRow',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('city', models.CharField(max_length=40, verbose_name='city')),
                ('parameter', models.CharField(choices=[('pension', 'pension insurance'), ('medical', 'medical insurance'), ('unemployment', 'unemployment insurance'), ('work_injury', 'work injury insurance'), ('maternity', 'maternity insurance'), ('housing_fund', 'housing fund'), ('minimum_wage', 'minimum wage'), ('rent_limit', 'limit of declared rent')], max_length=20, verbose_name='rule')),
                ('first_day', models.DateField(verbose_name='first day')),
                ('last_day', models.DateField(blank=True, null=True, verbose_name='last day')),
                ('employee', grading.tables.ExactField(blank=True, max_length=90, null=True, verbose_name="employee's share")),
                ('employer', grading.tables.ExactField(blank=True, max_length=90, null=True, verbose_name="employer's share")),
                ('employee_fixed', grading.tables.MoneyField(blank=True, null=True, verbose_name="employee's fixed amount")),
                ('employer_fixed', grading.tables.MoneyField(blank=True, null=True, verbose_name="employer's fixed amount")),
                ('floor', grading.tables.MoneyField(blank=True, null=True, verbose_name='floor of the base')),
                ('ceiling', grading.tables.MoneyField(blank=True, null=True, verbose_name='ceiling of the base')),
                ('least_rate', grading.tables.ExactField(blank=True, max_length=90, null=True, verbose_name='least rate')),
                ('most_rate', grading.tables.ExactField(blank=True, max_length=90, null=True, verbose_name='most rate')),
                ('most_supplementary_rate', grading.tables.ExactField(blank=True, max_length=90, null=True, verbose_name='most supplementary rate')),
                ('rounding', models.CharField(choices=[('fen_half_up', 'to the fen, half up'), ('yuan_half_up', 'to the yuan, half up'), ('yuan_floor', 'down to the yuan')], default='fen_half_up', max_length=20, verbose_name='rounding')),
                ('monthly', grading.tables.MoneyField(blank=True, null=True, verbose_name='amount a month')),
                ('hourly', grading.tables.MoneyField(blank=True, null=True, verbose_name='amount an hour')),
                ('is_net', models.BooleanField(default=False, verbose_name='compared after own contributions')),
                ('source', models.CharField(max_length=300, verbose_name='source')),
                ('checked_on', models.DateField(verbose_name='checked on')),
                ('recorded_at', models.DateTimeField(auto_now_add=True, verbose_name='recorded at')),
            ],
            options={
                'verbose_name': 'own statutory row',
                'verbose_name_plural': 'own statutory rows',
                'ordering': ['city', 'parameter', '-first_day', '-pk'],
            },
        ),
        migrations.CreateModel(
            name='WorkCalendarYear',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('year', models.PositiveSmallIntegerField(verbose_name='year')),
                ('body', models.JSONField(verbose_name='document')),
                ('source', models.CharField(max_length=300, verbose_name='source')),
            ],
            options={
                'verbose_name': 'working calendar',
                'verbose_name_plural': 'working calendars',
                'ordering': ['-year'],
            },
        ),
        migrations.AddIndex(
            model_name='lawdocument',
            index=models.Index(fields=['code'], name='law_document_code'),
        ),
        migrations.AddField(
            model_name='statutoryrow',
            name='company',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='grading.company', verbose_name='company'),
        ),
        migrations.AddField(
            model_name='statutoryrow',
            name='recorded_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='recorded by'),
        ),
        migrations.AddField(
            model_name='workcalendaryear',
            name='company',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='grading.company', verbose_name='company'),
        ),
        migrations.AddIndex(
            model_name='statutoryrow',
            index=models.Index(fields=['company', 'city'], name='statutory_city'),
        ),
        migrations.AddConstraint(
            model_name='workcalendaryear',
            constraint=models.UniqueConstraint(fields=('company', 'year'), name='calendar_year_once'),
        ),
        migrations.RunPython(make_roles, migrations.RunPython.noop),
    ]
