"""A mark of people whose labour remuneration is withheld over the year."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("payroll", "0008_reviewed_and_posted")]

    operations = [
        migrations.AlterField(
            model_name="payfact",
            name="kind",
            field=models.CharField(
                choices=[
                    ("plan", "pay plan"),
                    ("employment", "employment"),
                    ("city", "city of insurance"),
                    ("contribution_base", "contribution base"),
                    ("housing_fund_base", "housing fund base"),
                    ("housing_fund_rate", "housing fund rate"),
                    ("additional_deductions", "additional deductions a month"),
                    ("tax_resident", "tax resident"),
                    ("first_job_of_year", "first job of the year"),
                    ("new_to_work", "never worked before"),
                    ("supplementary_fund_rate", "supplementary housing fund rate"),
                    ("cumulates_labour", "labour remuneration taxed over the year"),
                    ("withhold_from_60000", "60,000 deducted from January"),
                ],
                max_length=24,
                verbose_name="kind",
            ),
        ),
    ]
