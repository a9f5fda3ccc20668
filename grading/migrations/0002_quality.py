"""QA forms, samples, evaluations and appeals; the group of QA evaluators, and what the other roles see of quality."""

import django.db.models.deletion
import grading.tables
from django.conf import settings
from django.db import migrations, models

VIEW = ["view_qasample", "view_qaevaluation", "view_qaappeal"]
VIEW_ALL = [*VIEW, "view_qaformversion", "view_all_quality"]
ROLES = {
    "QA evaluator": [
        *VIEW_ALL, "view_qafinding", "draw_sample", "submit_complaint", "evaluate_contact", "decide_appeal",
    ],
    "HR": [*VIEW_ALL, "draw_sample", "submit_complaint", "decide_appeal", "publish_qa_form"],
    "HR approver": [*VIEW_ALL, "decide_appeal"],
    "manager": VIEW,
}  # fmt: skip


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
        ("grading", "0001_initial"),
        ("payroll", "0002_roles"),  # makes the groups that get rights here
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [
        migrations.AddField(
            model_name='qafinding',
            name='is_void',
            field=models.BooleanField(default=False, verbose_name='void'),
        ),
        migrations.CreateModel(
            name='QaEvaluation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('checked_on', models.DateField(verbose_name='checked on')),
                ('survey_pushed', models.CharField(choices=[('yes', 'yes'), ('no', 'no'), ('unknown', 'not seen')], default='unknown', max_length=8, verbose_name='survey pushed')),
                ('score', grading.tables.ExactField(blank=True, max_length=90, null=True, verbose_name='score')),
                ('note', models.CharField(blank=True, max_length=1000, verbose_name='note')),
                ('evaluator', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='evaluator')),
            ],
            options={
                'verbose_name': 'QA evaluation',
                'verbose_name_plural': 'QA evaluations',
                'ordering': ['-sample__day', 'sample__agent__agent_no', 'sample__session'],
                'permissions': [('evaluate_contact', 'Can evaluate contacts of agents')],
            },
        ),
        migrations.AddField(
            model_name='qafinding',
            name='evaluation',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='findings', to='grading.qaevaluation', verbose_name='QA evaluation'),
        ),
        migrations.CreateModel(
            name='QaFormVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=60, verbose_name='code')),
                ('name_zh', models.CharField(blank=True, max_length=80, verbose_name='Chinese name')),
                ('name_en', models.CharField(blank=True, max_length=80, verbose_name='English name')),
                ('effective_from', models.DateField(verbose_name='effective from')),
                ('revision', models.PositiveIntegerField(default=1, verbose_name='revision')),
                ('status', models.CharField(choices=[('draft', 'draft'), ('published', 'published')], default='draft', max_length=10, verbose_name='status')),
                ('body', models.JSONField(verbose_name='document')),
                ('fingerprint', models.CharField(max_length=64, verbose_name='fingerprint')),
                ('published_at', models.DateTimeField(blank=True, null=True, verbose_name='published at')),
                ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='grading.company', verbose_name='company')),
                ('published_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='published by')),
            ],
            options={
                'verbose_name': 'QA form',
                'verbose_name_plural': 'QA forms',
                'ordering': ['code', '-effective_from', '-revision'],
                'permissions': [('publish_qa_form', 'Can write and publish QA forms')],
                'abstract': False,
            },
        ),
        migrations.AddField(
            model_name='qaevaluation',
            name='form',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='grading.qaformversion', verbose_name='QA form'),
        ),
        migrations.CreateModel(
            name='QaSample',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField(verbose_name='day of the contact')),
                ('session', models.CharField(max_length=80, verbose_name='contact')),
                ('source', models.CharField(choices=[('random', 'random'), ('complaint', 'complaint')], max_length=10, verbose_name='source')),
                ('reason', models.CharField(blank=True, max_length=500, verbose_name='reason')),
                ('agent', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='qa_samples', to='grading.agent', verbose_name='agent')),
                ('submitted_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='submitted by')),
            ],
            options={
                'verbose_name': 'QA sample',
                'verbose_name_plural': 'QA samples',
                'ordering': ['-day', 'agent__agent_no', 'source', 'session'],
                'permissions': [('draw_sample', 'Can draw the QA sample of a day'), ('submit_complaint', 'Can submit contacts of complaints to QA'), ('view_all_quality', 'Can see the QA results of every agent')],
            },
        ),
        migrations.AddField(
            model_name='qaevaluation',
            name='sample',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='evaluation', to='grading.qasample', verbose_name='QA sample'),
        ),
        migrations.CreateModel(
            name='QaAppeal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reason', models.CharField(max_length=1000, verbose_name='reason')),
                ('filed_at', models.DateTimeField(auto_now_add=True, verbose_name='filed at')),
                ('state', models.CharField(choices=[('filed', 'filed'), ('upheld', 'upheld'), ('rejected', 'rejected'), ('withdrawn', 'withdrawn')], default='filed', max_length=10, verbose_name='state')),
                ('decided_at', models.DateTimeField(blank=True, null=True, verbose_name='decided at')),
                ('decision_reason', models.CharField(blank=True, max_length=1000, verbose_name='reason of the decision')),
                ('is_after_publishing', models.BooleanField(default=False, verbose_name='decided after publishing')),
                ('decided_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='decided by')),
                ('finding', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='appeal', to='grading.qafinding', verbose_name='QA finding')),
            ],
            options={
                'verbose_name': 'appeal',
                'verbose_name_plural': 'appeals',
                'ordering': ['-filed_at'],
                'permissions': [('decide_appeal', 'Can decide appeals against QA findings')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['upheld', 'rejected']), _negated=True), models.Q(('decided_at__isnull', False), ('decided_by__isnull', False)), _connector='OR'), name='appeal_decided_by_someone')],
            },
        ),
        migrations.AddConstraint(
            model_name='qaformversion',
            constraint=models.UniqueConstraint(fields=('company', 'code', 'effective_from', 'revision'), name='qaformversion_version_unique'),
        ),
        migrations.AddConstraint(
            model_name='qaformversion',
            constraint=models.CheckConstraint(condition=models.Q(('status', 'draft'), ('published_at__isnull', False), _connector='OR'), name='qaformversion_published_has_date'),
        ),
        migrations.AddIndex(
            model_name='qasample',
            index=models.Index(fields=['day', 'agent'], name='qa_sample_day'),
        ),
        migrations.AddConstraint(
            model_name='qasample',
            constraint=models.UniqueConstraint(fields=('agent', 'day', 'session'), name='qa_sample_once'),
        ),
        migrations.AddConstraint(
            model_name='qasample',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('source', 'complaint'), _negated=True), ('submitted_by__isnull', False), _connector='OR'), name='qa_complaint_has_submitter'),
        ),
        migrations.AddIndex(
            model_name='qaevaluation',
            index=models.Index(fields=['checked_on'], name='qa_evaluation_day'),
        ),
        migrations.RunPython(make_roles, migrations.RunPython.noop),
    ]
