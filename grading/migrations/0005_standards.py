"""Shop standards, industry benchmarks and platform violations; who sees the risk report."""

import django.db.models.deletion
import grading.tables
from django.conf import settings
from django.db import migrations, models

HR = [
    f"{act}_{model}" for act in ("view", "add", "change", "delete")
    for model in ("shopstandard", "benchmark", "platformviolation")
]  # fmt: skip
ROLES = {
    "HR": [*HR, "view_any_risk_report"],
    "HR approver": ["view_shopstandard", "view_benchmark", "view_platformviolation", "view_any_risk_report"],
    "manager": ["view_risk_report"],
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
        found = permission_model.objects.filter(codename__in=codenames, content_type__app_label="grading")
        group.permissions.add(*found)


class Migration(migrations.Migration):
    dependencies = [
        ("grading", "0004_calibration"),
        ("payroll", "0002_roles"),  # makes the groups that get rights here
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [
        migrations.CreateModel(
            name='Benchmark',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('platform', models.CharField(max_length=20, verbose_name='platform')),
                ('category', models.CharField(blank=True, max_length=80, verbose_name='category')),
                ('metric', models.CharField(max_length=60, verbose_name='metric')),
                ('day', models.DateField(verbose_name='day')),
                ('value', grading.tables.ExactField(max_length=90, verbose_name='value')),
                ('source', models.CharField(max_length=200, verbose_name='source')),
                ('recorded_at', models.DateTimeField(auto_now_add=True, verbose_name='recorded at')),
                ('recorded_by', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='recorded by')),
            ],
            options={
                'verbose_name': 'industry benchmark',
                'verbose_name_plural': 'industry benchmarks',
                'constraints': [models.UniqueConstraint(fields=('platform', 'category', 'metric', 'day'), name='benchmark_once')],
            },
        ),
        migrations.CreateModel(
            name='PlatformViolation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField(verbose_name='day')),
                ('kind', models.CharField(max_length=40, verbose_name='kind')),
                ('count', models.PositiveIntegerField(default=1, verbose_name='orders or items')),
                ('points', models.PositiveIntegerField(blank=True, null=True, verbose_name='points')),
                ('amount', grading.tables.MoneyField(blank=True, null=True, verbose_name='price of one item, or of the invoice')),
                ('note', models.CharField(blank=True, max_length=300, verbose_name='note')),
                ('recorded_at', models.DateTimeField(auto_now_add=True, verbose_name='recorded at')),
                ('recorded_by', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='recorded by')),
                ('shop', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='violations', to='grading.shop', verbose_name='shop')),
            ],
            options={
                'verbose_name': 'platform violation',
                'verbose_name_plural': 'platform violations',
                'indexes': [models.Index(fields=['shop', 'day'], name='violation_shop_day')],
                'constraints': [models.CheckConstraint(condition=models.Q(('count__gte', 1)), name='violation_count'), models.CheckConstraint(condition=models.Q(('amount__isnull', True), ('amount__gte', 0), _connector='OR'), name='violation_amount')],
            },
        ),
        migrations.CreateModel(
            name='ShopStandard',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('metric', models.CharField(max_length=60, verbose_name='metric')),
                ('edge', models.CharField(max_length=40, verbose_name='target or consequence')),
                ('of', models.CharField(choices=[('value', 'value'), ('count', 'count')], default='value', max_length=5, verbose_name='compared')),
                ('operator', models.CharField(choices=[('>=', '≥'), ('>', '>'), ('<=', '≤'), ('<', '<'), ('=', '=')], max_length=2, verbose_name='operator')),
                ('value', grading.tables.ExactField(max_length=90, verbose_name='number')),
                ('effective_from', models.DateField(verbose_name='effective from')),
                ('reason', models.CharField(max_length=300, verbose_name='reason')),
                ('source', models.CharField(max_length=200, verbose_name='source')),
                ('recorded_at', models.DateTimeField(auto_now_add=True, verbose_name='recorded at')),
                ('recorded_by', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='recorded by')),
                ('shop', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='standards', to='grading.shop', verbose_name='shop')),
            ],
            options={
                'verbose_name': 'shop standard',
                'verbose_name_plural': 'shop standards',
                'permissions': [('view_risk_report', 'Can see the risk report of shops that managed teams serve'), ('view_any_risk_report', 'Can see the risk report of every shop')],
                'constraints': [models.UniqueConstraint(fields=('shop', 'metric', 'edge', 'of', 'effective_from'), name='shop_standard_once')],
            },
        ),
        migrations.RunPython(make_roles, migrations.RunPython.noop),
    ]
