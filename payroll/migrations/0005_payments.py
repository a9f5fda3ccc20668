"""Payment files and the payments in them, and how a company wants its export files."""

import csv
from hashlib import sha256
from io import StringIO

import django.db.models.deletion
import grading.tables
from django.conf import settings
from django.db import migrations, models

VIEW = ["view_exportsettings", "view_paymentfile", "view_payment"]
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


def record_earlier(apps, schema_editor):
    """Runs that were paid out before payments were recorded: everybody counts as paid, so that nobody is paid again.

    The accounts are today's. Whoever was not paid then is recorded as returned by HR and paid by a later file.
    """
    run_model = apps.get_model("payroll", "PayRun")
    file_model = apps.get_model("payroll", "PaymentFile")
    payment_model = apps.get_model("payroll", "Payment")
    profiles = {row.agent_id: row for row in apps.get_model("payroll", "PayProfile").objects.all()}
    for run in run_model.objects.filter(status="paid").select_related("company"):
        slips = list(run.payslips.filter(net__gt=0).select_related("agent").order_by("agent__agent_no"))
        if not slips:
            continue
        text = StringIO(newline="")
        rows = csv.writer(text, lineterminator="\r\n")
        rows.writerow(["序号", "户名", "账号", "开户行", "金额", "备注"])
        payments = []
        for position, slip in enumerate(slips, start=1):
            held = profiles.get(slip.agent_id)
            account, bank = (held.bank_account or held.alipay, held.bank_name) if held else ("", "")
            payments.append(
                payment_model(
                    payslip=slip,
                    position=position,
                    name=slip.agent.name,
                    account=account,
                    bank_name=bank,
                    amount=slip.net,
                )
            )
            name, bank = (f"'{cell}" if cell[:1] in tuple("=+-@") else cell for cell in (slip.agent.name, bank))
            rows.writerow([position, name, account, bank, slip.net, ""])
        content = text.getvalue().encode("utf-8-sig")
        made = file_model.objects.create(
            run=run,
            sequence=1,
            file="bank_generic.csv",
            layout="generic",
            encoding="utf-8-sig",
            content=content,
            sha256=sha256(content).hexdigest(),
            rows=len(slips),
            amount=sum(slip.net for slip in slips),
            created_by_id=run.approved_by_id,
        )
        for payment in payments:
            payment.file = made
        payment_model.objects.bulk_create(payments)


class Migration(migrations.Migration):
    dependencies = [
        ("grading", "0007_qa_report"),
        ("payroll", "0004_billing"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ExportSettings',
            fields=[
                ('company', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='export_settings', serialize=False, to='grading.company', verbose_name='company')),
                ('bank', models.CharField(choices=[('generic', 'generic'), ('cmb', 'China Merchants Bank'), ('cmb_web', 'China Merchants Bank, web template'), ('icbc', 'ICBC, batch payment'), ('mybank', 'MYbank')], default='generic', max_length=20, verbose_name='bank file')),
                ('encoding', models.CharField(choices=[('utf-8-sig', 'UTF-8 with a byte order mark'), ('gb18030', 'GB18030'), ('gbk', 'GBK')], default='utf-8-sig', max_length=12, verbose_name='encoding')),
                ('tax_layout', models.CharField(choices=[('29', '29 columns, current'), ('24', '24 columns, 2023')], default='29', max_length=4, verbose_name='wage template')),
                ('payer_account', models.CharField(blank=True, max_length=40, verbose_name='paying account')),
                ('payer_name', models.CharField(blank=True, max_length=80, verbose_name='name of the paying account')),
                ('payer_bank', models.CharField(blank=True, max_length=80, verbose_name='bank of the paying account')),
            ],
            options={
                'verbose_name': 'export settings',
                'verbose_name_plural': 'export settings',
            },
        ),
        migrations.CreateModel(
            name='PaymentFile',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('sequence', models.PositiveSmallIntegerField(verbose_name='sequence')),
                ('file', models.CharField(max_length=60, verbose_name='file')),
                ('layout', models.CharField(max_length=20, verbose_name='layout')),
                ('encoding', models.CharField(max_length=12, verbose_name='encoding')),
                ('content', models.BinaryField(verbose_name='content')),
                ('sha256', models.CharField(max_length=64, verbose_name='checksum')),
                ('rows', models.PositiveIntegerField(verbose_name='rows')),
                ('amount', grading.tables.MoneyField(verbose_name='amount')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='made at')),
                ('created_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='made by')),
                ('run', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='payment_files', to='payroll.payrun', verbose_name='pay run')),
            ],
            options={
                'verbose_name': 'payment file',
                'verbose_name_plural': 'payment files',
                'ordering': ['run', 'sequence', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='Payment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveIntegerField(verbose_name='position')),
                ('name', models.CharField(max_length=50, verbose_name='name of the account')),
                ('account', models.CharField(max_length=80, verbose_name='account')),
                ('bank_name', models.CharField(blank=True, max_length=80, verbose_name='bank')),
                ('amount', grading.tables.MoneyField(verbose_name='amount')),
                ('status', models.CharField(choices=[('sent', 'sent'), ('returned', 'returned')], default='sent', max_length=10, verbose_name='status')),
                ('returned_at', models.DateTimeField(blank=True, null=True, verbose_name='returned at')),
                ('reason', models.CharField(blank=True, max_length=200, verbose_name='reason')),
                ('payslip', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='payments', to='payroll.payslip', verbose_name='payslip')),
                ('returned_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='recorded by')),
                ('file', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='payments', to='payroll.paymentfile', verbose_name='payment file')),
            ],
            options={
                'verbose_name': 'payment',
                'verbose_name_plural': 'payments',
                'ordering': ['file', 'position'],
            },
        ),
        migrations.AddConstraint(
            model_name='paymentfile',
            constraint=models.UniqueConstraint(fields=('run', 'sequence', 'file'), name='payment_file_once'),
        ),
        migrations.AddConstraint(
            model_name='paymentfile',
            constraint=models.CheckConstraint(condition=models.Q(('rows__gt', 0)), name='payment_file_pays_somebody'),
        ),
        migrations.AddConstraint(
            model_name='payment',
            constraint=models.UniqueConstraint(condition=models.Q(('status', 'returned'), _negated=True), fields=('payslip',), name='payment_one_not_returned'),
        ),
        migrations.AddConstraint(
            model_name='payment',
            constraint=models.UniqueConstraint(fields=('file', 'position'), name='payment_row_once'),
        ),
        migrations.AddConstraint(
            model_name='payment',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='payment_of_something'),
        ),
        migrations.AddConstraint(
            model_name='payment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('returned_at__isnull', False), ('returned_by__isnull', False), ('status', 'returned'), models.Q(('reason', ''), _negated=True)), models.Q(('reason', ''), ('returned_at__isnull', True), ('returned_by__isnull', True), ('status', 'sent')), _connector='OR'), name='payment_returned_for_a_reason'),
        ),
        migrations.RunPython(make_roles, migrations.RunPython.noop),
        migrations.RunPython(record_earlier, migrations.RunPython.noop),
    ]
