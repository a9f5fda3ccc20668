import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("jobs", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="job",
            name="after",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="followers",
                to="jobs.job",
                verbose_name="after",
            ),
        ),
        migrations.AddField(
            model_name="job",
            name="chunk",
            field=models.PositiveSmallIntegerField(default=250, verbose_name="subjects per task"),
        ),
    ]
