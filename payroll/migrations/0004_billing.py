"""Billing of client shops: contracts, who serves which shop, counts, statements, and who may issue them."""

import django.db.models.deletion
import grading.tables
from django.conf import settings
from django.db import migrations, models

VIEW = [
    "view_billingcontract", "view_shopassignment", "view_billingmeasure", "view_billingstatement",
    "view_billingstatementline",
]  # fmt: skip
ROLES = {"HR": [*VIEW, "issue_statement"], "HR approver": VIEW}


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
        ("payroll", "0003_statutory"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='BillingStatement',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('month', grading.tables.MonthField(max_length=7, verbose_name='month')),
                ('contract', models.CharField(max_length=60, verbose_name='contract')),
                ('shop', models.CharField(max_length=60, verbose_name='shop')),
                ('sequence', models.PositiveSmallIntegerField(default=1, verbose_name='sequence')),
                ('number', models.CharField(max_length=120, unique=True, verbose_name='statement number')),
                ('client_zh', models.CharField(max_length=80, verbose_name='client (Chinese)')),
                ('client_en', models.CharField(max_length=80, verbose_name='client (English)')),
                ('total', grading.tables.MoneyField(verbose_name='total')),
                ('fingerprint', models.CharField(max_length=64, verbose_name='fingerprint')),
                ('issued_at', models.DateTimeField(auto_now_add=True, verbose_name='issued at')),
                ('cancelled_at', models.DateTimeField(blank=True, null=True, verbose_name='cancelled at')),
                ('reason', models.CharField(blank=True, max_length=500, verbose_name='reason of the cancellation')),
                ('cancelled_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='cancelled by')),
                ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='grading.company', verbose_name='company')),
                ('issued_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='issued by')),
            ],
            options={
                'verbose_name': 'billing statement',
                'verbose_name_plural': 'billing statements',
                'ordering': ['-month', 'shop', 'contract', '-sequence'],
                'permissions': [('issue_statement', 'Can issue and cancel billing statements')],
            },
        ),
        migrations.CreateModel(
            name='BillingStatementLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveSmallIntegerField(verbose_name='position')),
                ('code', models.CharField(max_length=40, verbose_name='billing item')),
                ('agent_no', models.CharField(blank=True, max_length=40, verbose_name='agent number')),
                ('agent_name', models.CharField(blank=True, max_length=50, verbose_name='name')),
                ('amount', grading.tables.MoneyField(verbose_name='amount')),
                ('steps', models.JSONField(verbose_name='steps')),
                ('statement', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='lines', to='payroll.billingstatement', verbose_name='billing statement')),
            ],
            options={
                'verbose_name': 'billing statement line',
                'verbose_name_plural': 'billing statement lines',
                'ordering': ['statement', 'position'],
            },
        ),
        migrations.CreateModel(
            name='ShopAssignment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('shop', models.CharField(max_length=60, verbose_name='shop')),
                ('first_day', models.DateField(verbose_name='from')),
                ('last_day', models.DateField(blank=True, null=True, verbose_name='to')),
                ('is_billed', models.BooleanField(default=True, verbose_name='billed')),
                ('agent', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='shop_assignments', to='grading.agent', verbose_name='agent')),
            ],
            options={
                'verbose_name': 'shop assignment',
                'verbose_name_plural': 'shop assignments',
            },
        ),
        migrations.CreateModel(
            name='BillingContract',
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
                'verbose_name': 'billing contract',
                'verbose_name_plural': 'billing contracts',
                'ordering': ['code', '-effective_from', '-revision'],
                'abstract': False,
                'constraints': [models.UniqueConstraint(fields=('company', 'code', 'effective_from', 'revision'), name='billingcontract_version_unique'), models.CheckConstraint(condition=models.Q(('status', 'draft'), ('published_at__isnull', False), _connector='OR'), name='billingcontract_published_has_date')],
            },
        ),
        migrations.CreateModel(
            name='BillingMeasure',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('month', grading.tables.MonthField(max_length=7, verbose_name='month')),
                ('shop', models.CharField(max_length=60, verbose_name='shop')),
                ('measure', models.CharField(max_length=20, verbose_name='measure')),
                ('value', grading.tables.ExactField(max_length=90, verbose_name='value')),
                ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='grading.company', verbose_name='company')),
            ],
            options={
                'verbose_name': 'billing measure',
                'verbose_name_plural': 'billing measures',
                'indexes': [models.Index(fields=['company', 'month'], name='billing_measure_month')],
            },
        ),
        migrations.AddConstraint(
            model_name='billingstatement',
            constraint=models.UniqueConstraint(condition=models.Q(('cancelled_at__isnull', True)), fields=('company', 'month', 'contract'), name='billing_statement_one_in_force'),
        ),
        migrations.AddConstraint(
            model_name='billingstatement',
            constraint=models.UniqueConstraint(fields=('company', 'month', 'contract', 'sequence'), name='billing_statement_sequence'),
        ),
        migrations.AddConstraint(
            model_name='billingstatement',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('cancelled_at__isnull', True), ('cancelled_by__isnull', True), ('reason', '')), models.Q(('cancelled_at__isnull', False), ('cancelled_by__isnull', False), models.Q(('reason', ''), _negated=True)), _connector='OR'), name='billing_statement_cancelled_by_someone'),
        ),
        migrations.AddConstraint(
            model_name='billingstatementline',
            constraint=models.UniqueConstraint(fields=('statement', 'position'), name='billing_statement_line_once'),
        ),
        migrations.AddConstraint(
            model_name='shopassignment',
            constraint=models.UniqueConstraint(fields=('agent', 'shop', 'first_day'), name='shop_assignment_once'),
        ),
        migrations.AddConstraint(
            model_name='shopassignment',
            constraint=models.CheckConstraint(condition=models.Q(('last_day__isnull', True), ('last_day__gte', models.F('first_day')), _connector='OR'), name='shop_assignment_days'),
        ),
        migrations.RunPython(make_roles, migrations.RunPython.noop),
    ]
