"""Calibration sessions and moves, the computed grade beside the one that counts, and who may calibrate."""

import django.db.models.deletion
import grading.tables
from django.conf import settings
from django.db import migrations, models

ROLES = {
    "HR": ["view_calibrationsession", "view_calibrationmove", "calibrate_any"],
    "HR approver": ["view_calibrationsession", "view_calibrationmove", "calibrate_any"],
    "manager": ["view_calibrationsession", "calibrate"],
}


def make_roles(apps, schema_editor):
    """Adds rights, takes none. Permissions are rows that Django makes after all migrations; here they are needed earlier."""
    from django.apps import apps as live_apps
    from django.contrib.auth.management import create_permissions

    create_permissions(live_apps.get_app_config("grading"), apps=apps, verbosity=0)
    group_model = apps.get_model("auth", "Group")
    permission_model = apps.get_model("auth", "Permission")
    for name, codenames in ROLES.items():
        group, _made = group_model.objects.get_or_create(name=name)
        group.permissions.add(
            *permission_model.objects.filter(codename__in=codenames, content_type__app_label="grading")
        )


class Migration(migrations.Migration):
    dependencies = [
        ("grading", "0003_training"),
        ("payroll", "0002_roles"),  # makes the groups that get rights here
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [
        migrations.AddField(
            model_name='appraisal',
            name='computed_coefficient',
            field=grading.tables.ExactField(blank=True, max_length=90, null=True, verbose_name='computed coefficient'),
        ),
        migrations.AddField(
            model_name='appraisal',
            name='computed_grade',
            field=models.CharField(blank=True, max_length=10, verbose_name='computed grade'),
        ),
        migrations.CreateModel(
            name='CalibrationSession',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('quotas', models.JSONField(blank=True, default=dict, verbose_name='quotas')),
                ('ties', models.CharField(choices=[('keep', 'all keep the better grade'), ('move', 'all move to the lower grade')], default='keep', max_length=4, verbose_name='equal totals at the edge')),
                ('state', models.CharField(choices=[('open', 'open'), ('published', 'published')], default='open', max_length=10, verbose_name='state')),
                ('opened_at', models.DateTimeField(auto_now_add=True, verbose_name='opened at')),
                ('published_at', models.DateTimeField(blank=True, null=True, verbose_name='published at')),
                ('cycle', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='calibrations', to='grading.appraisalcycle', verbose_name='cycle')),
                ('opened_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='opened by')),
                ('published_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='published by')),
                ('team', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='grading.team', verbose_name='team')),
            ],
            options={
                'verbose_name': 'calibration',
                'verbose_name_plural': 'calibrations',
                'ordering': ['-cycle__month', 'team__code'],
                'permissions': [('calibrate', 'Can calibrate and compare managed agents'), ('calibrate_any', 'Can calibrate and compare everybody, and publish grades')],
            },
        ),
        migrations.CreateModel(
            name='CalibrationMove',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('from_grade', models.CharField(max_length=10, verbose_name='computed grade')),
                ('to_grade', models.CharField(max_length=10, verbose_name='moved to')),
                ('reason', models.CharField(max_length=500, verbose_name='reason')),
                ('moved_at', models.DateTimeField(auto_now_add=True, verbose_name='moved at')),
                ('agent', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='calibration_moves', to='grading.agent', verbose_name='agent')),
                ('moved_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='moved by')),
                ('session', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='moves', to='grading.calibrationsession', verbose_name='calibration')),
            ],
            options={
                'verbose_name': 'calibration move',
                'verbose_name_plural': 'calibration moves',
                'ordering': ['-pk'],
            },
        ),
        migrations.AddConstraint(
            model_name='calibrationsession',
            constraint=models.UniqueConstraint(condition=models.Q(('team__isnull', False)), fields=('cycle', 'team'), name='calibration_once_a_team'),
        ),
        migrations.AddConstraint(
            model_name='calibrationsession',
            constraint=models.UniqueConstraint(condition=models.Q(('team__isnull', True)), fields=('cycle',), name='calibration_once_a_company'),
        ),
        migrations.AddConstraint(
            model_name='calibrationsession',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('published_at__isnull', True), ('published_by__isnull', True), ('state', 'open')), models.Q(('published_at__isnull', False), ('published_by__isnull', False), ('state', 'published')), _connector='OR'), name='calibration_published_by_someone'),
        ),
        migrations.AddConstraint(
            model_name='calibrationmove',
            constraint=models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='calibration_move_has_reason'),
        ),
        migrations.RunPython(make_roles, migrations.RunPython.noop),
    ]
