"""What a payslip adds to the tax year and to settlements; late changes of posted months; findings of runs."""

from decimal import Decimal

import django.db.models.deletion
import grading.tables
from django.db import migrations, models

VIEW = ["view_runfinding", "view_latechange"]
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
    dependencies = [("grading", "0007_qa_report"), ("payroll", "0005_payments")]

    operations = [
        migrations.CreateModel(
            name='LateChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('month', grading.tables.MonthField(max_length=7, verbose_name='month')),
                ('cause', models.CharField(max_length=80, verbose_name='cause')),
                ('recorded_at', models.DateTimeField(auto_now_add=True, verbose_name='recorded at')),
            ],
            options={
                'verbose_name': 'late change',
                'verbose_name_plural': 'late changes',
                'ordering': ['-pk'],
            },
        ),
        migrations.CreateModel(
            name='RunFinding',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=60, verbose_name='finding')),
                ('severity', models.CharField(max_length=10, verbose_name='severity')),
                ('owner', models.CharField(max_length=10, verbose_name='owner')),
                ('article', models.CharField(blank=True, max_length=120, verbose_name='legal ground')),
                ('values', models.JSONField(default=dict, verbose_name='values')),
            ],
            options={
                'verbose_name': 'finding',
                'verbose_name_plural': 'findings',
                'ordering': ['code', 'agent__agent_no'],
            },
        ),
        migrations.RemoveConstraint(
            model_name='payslip',
            name='payslip_one_regular_a_month',
        ),
        migrations.AddField(
            model_name='payrun',
            name='agents',
            field=models.ManyToManyField(blank=True, related_name='+', to='grading.agent', verbose_name='only for'),
        ),
        migrations.AddField(
            model_name='payslip',
            name='guarantee_amount',
            field=grading.tables.MoneyField(blank=True, null=True, verbose_name='guaranteed amount'),
        ),
        migrations.AddField(
            model_name='payslip',
            name='guarantee_counted',
            field=grading.tables.MoneyField(blank=True, null=True, verbose_name='pay counted for the guarantee'),
        ),
        migrations.AddField(
            model_name='payslip',
            name='guarantee_topped_up',
            field=grading.tables.MoneyField(blank=True, null=True, verbose_name='guarantee top-up'),
        ),
        migrations.AddField(
            model_name='payslip',
            name='late_changes_seen',
            field=models.PositiveBigIntegerField(default=0, verbose_name='late changes up to'),
        ),
        migrations.AddField(
            model_name='payslip',
            name='loss_balance',
            field=grading.tables.MoneyField(default=Decimal('0.00'), verbose_name='losses still to be recovered'),
        ),
        migrations.AddField(
            model_name='payslip',
            name='pay_date',
            field=models.DateField(blank=True, null=True, verbose_name='pay date'),
        ),
        migrations.AddField(
            model_name='payslip',
            name='separate_bonus',
            field=models.BooleanField(default=False, verbose_name='annual bonus taxed separately'),
        ),
        migrations.AddField(
            model_name='payslip',
            name='tax_contributions',
            field=grading.tables.MoneyField(default=Decimal('0.00'), verbose_name='contributions deducted for tax'),
        ),
        migrations.AddField(
            model_name='payslip',
            name='tax_withheld',
            field=grading.tables.MoneyField(default=Decimal('0.00'), verbose_name='tax withheld'),
        ),
        migrations.AddField(
            model_name='payslip',
            name='tax_year',
            field=models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='tax year'),
        ),
        migrations.AddField(
            model_name='payslip',
            name='taxable_income',
            field=grading.tables.MoneyField(default=Decimal('0.00'), verbose_name='taxable income'),
        ),
        migrations.AlterField(
            model_name='payfact',
            name='kind',
            field=models.CharField(choices=[('plan', 'pay plan'), ('employment', 'employment'), ('city', 'city of insurance'), ('contribution_base', 'contribution base'), ('housing_fund_base', 'housing fund base'), ('housing_fund_rate', 'housing fund rate'), ('additional_deductions', 'additional deductions a month'), ('tax_resident', 'tax resident'), ('first_job_of_year', 'first job of the year'), ('new_to_work', 'never worked before'), ('supplementary_fund_rate', 'supplementary housing fund rate'), ('withhold_from_60000', '60,000 deducted from January')], max_length=24, verbose_name='kind'),
        ),
        migrations.AddIndex(
            model_name='payslip',
            index=models.Index(fields=['agent', 'tax_year'], name='payslip_tax_year'),
        ),
        migrations.AddIndex(
            model_name='payslip',
            index=models.Index(condition=models.Q(('carried_forward__gt', 0), ('loss_balance__gt', 0), _connector='OR'), fields=['agent'], name='payslip_with_balance'),
        ),
        migrations.AddConstraint(
            model_name='payslip',
            constraint=models.UniqueConstraint(condition=models.Q(('kind__in', ['regular', 'off_cycle'])), fields=('agent', 'month'), name='payslip_one_full_a_month'),
        ),
        migrations.AddConstraint(
            model_name='payslip',
            constraint=models.CheckConstraint(condition=models.Q(('loss_balance__gte', 0)), name='payslip_loss_not_negative'),
        ),
        migrations.AddField(
            model_name='latechange',
            name='agent',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='late_changes', to='grading.agent', verbose_name='agent'),
        ),
        migrations.AddField(
            model_name='latechange',
            name='settled_in',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='settled_changes', to='payroll.payrun', verbose_name='settled in'),
        ),
        migrations.AddField(
            model_name='runfinding',
            name='agent',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='grading.agent', verbose_name='agent'),
        ),
        migrations.AddField(
            model_name='runfinding',
            name='run',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='findings', to='payroll.payrun', verbose_name='pay run'),
        ),
        migrations.AddIndex(
            model_name='latechange',
            index=models.Index(condition=models.Q(('settled_in', None)), fields=['agent'], name='late_change_open'),
        ),
        migrations.AddIndex(
            model_name='runfinding',
            index=models.Index(fields=['run', 'code'], name='finding_by_code'),
        ),
            migrations.AddField(
            model_name='payrun',
            name='calculated_from',
            field=models.DateTimeField(blank=True, null=True, verbose_name='calculated from what was posted until'),
        ),
        migrations.AddField(
            model_name='payrun',
            name='law',
            field=models.JSONField(blank=True, default=dict, verbose_name='law'),
        ),
        migrations.RunPython(make_roles, migrations.RunPython.noop),
    ]
