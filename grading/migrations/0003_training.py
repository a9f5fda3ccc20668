"""On-boarding, mystery shopping, training, exams; the group of trainers, and what the other roles see of training."""

import django.db.models.deletion
import grading.tables
from django.conf import settings
from django.db import migrations, models

VIEW = [
    "view_onboarding", "view_mysteryshopping", "view_trainingsession", "view_trainingattendance", "view_examversion",
    "view_examattempt",
]  # fmt: skip
ROLES = {
    "trainer": [*VIEW, "manage_training"],
    "HR": [*VIEW, "manage_training"],
    "HR approver": VIEW,
    "manager": ["view_onboarding"],
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
        ("grading", "0002_quality"),
        ("payroll", "0002_roles"),  # makes the groups that get rights here
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [
        migrations.CreateModel(
            name="ExamVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=60, verbose_name="code")),
                ("name_zh", models.CharField(blank=True, max_length=80, verbose_name="Chinese name")),
                ("name_en", models.CharField(blank=True, max_length=80, verbose_name="English name")),
                ("effective_from", models.DateField(verbose_name="effective from")),
                ("revision", models.PositiveIntegerField(default=1, verbose_name="revision")),
                (
                    "status",
                    models.CharField(
                        choices=[("draft", "draft"), ("published", "published")],
                        default="draft",
                        max_length=10,
                        verbose_name="status",
                    ),
                ),
                ("body", models.JSONField(verbose_name="document")),
                ("fingerprint", models.CharField(max_length=64, verbose_name="fingerprint")),
                ("published_at", models.DateTimeField(blank=True, null=True, verbose_name="published at")),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="grading.company",
                        verbose_name="company",
                    ),
                ),
                (
                    "published_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="published by",
                    ),
                ),
            ],
            options={
                "verbose_name": "exam",
                "verbose_name_plural": "exams",
                "ordering": ["code", "-effective_from", "-revision"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="ExamAttempt",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("started_at", models.DateTimeField(verbose_name="started at")),
                ("submitted_at", models.DateTimeField(blank=True, null=True, verbose_name="submitted at")),
                ("answers", models.JSONField(blank=True, default=dict, verbose_name="answers")),
                ("right", models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="right answers")),
                ("questions", models.PositiveSmallIntegerField(verbose_name="questions")),
                ("score", grading.tables.ExactField(blank=True, max_length=90, null=True, verbose_name="score")),
                (
                    "agent",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="exam_attempts",
                        to="grading.agent",
                        verbose_name="agent",
                    ),
                ),
                (
                    "exam",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="attempts",
                        to="grading.examversion",
                        verbose_name="exam",
                    ),
                ),
            ],
            options={
                "verbose_name": "exam attempt",
                "verbose_name_plural": "exam attempts",
                "ordering": ["-started_at", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="MysteryShopping",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField(verbose_name="day")),
                ("score", grading.tables.ExactField(max_length=90, verbose_name="score")),
                ("passed", models.BooleanField(verbose_name="suitable")),
                ("note", models.CharField(blank=True, max_length=1000, verbose_name="note")),
                ("recorded_at", models.DateTimeField(auto_now_add=True, verbose_name="recorded at")),
                (
                    "agent",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="mystery_shoppings",
                        to="grading.agent",
                        verbose_name="agent",
                    ),
                ),
                (
                    "assessor",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="assessor",
                    ),
                ),
            ],
            options={
                "verbose_name": "mystery shopping",
                "verbose_name_plural": "mystery shopping",
                "ordering": ["-day", "agent"],
            },
        ),
        migrations.CreateModel(
            name="Onboarding",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("track", models.CharField(max_length=40, verbose_name="track")),
                ("first_day", models.DateField(verbose_name="first day")),
                ("lengths", models.JSONField(blank=True, default=dict, verbose_name="changed stage lengths")),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("open", "under way"),
                            ("completed", "completed"),
                            ("not_suitable", "not suitable"),
                            ("stopped", "stopped"),
                        ],
                        default="open",
                        max_length=12,
                        verbose_name="outcome",
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=500, verbose_name="note")),
                ("closed_at", models.DateTimeField(blank=True, null=True, verbose_name="closed at")),
                (
                    "agent",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="onboardings",
                        to="grading.agent",
                        verbose_name="agent",
                    ),
                ),
                (
                    "closed_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="closed by",
                    ),
                ),
                (
                    "mentor",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="mentored",
                        to="grading.agent",
                        verbose_name="mentor",
                    ),
                ),
                (
                    "started_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="started by",
                    ),
                ),
            ],
            options={
                "verbose_name": "on-boarding",
                "verbose_name_plural": "new hires",
                "permissions": [("manage_training", "Can run on-boarding, training and exams")],
            },
        ),
        migrations.CreateModel(
            name="TrainingSession",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField(verbose_name="day")),
                ("topic", models.CharField(max_length=120, verbose_name="topic")),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="training_sessions",
                        to="grading.company",
                        verbose_name="company",
                    ),
                ),
            ],
            options={
                "verbose_name": "training session",
                "verbose_name_plural": "training sessions",
                "ordering": ["-day", "topic"],
            },
        ),
        migrations.CreateModel(
            name="TrainingAttendance",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("present", models.BooleanField(verbose_name="present")),
                ("score", grading.tables.ExactField(blank=True, max_length=90, null=True, verbose_name="score")),
                (
                    "agent",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="training_attendances",
                        to="grading.agent",
                        verbose_name="agent",
                    ),
                ),
                (
                    "session",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="attendances",
                        to="grading.trainingsession",
                        verbose_name="training session",
                    ),
                ),
            ],
            options={
                "verbose_name": "training attendance",
                "verbose_name_plural": "training attendance",
            },
        ),
        migrations.AddConstraint(
            model_name="examversion",
            constraint=models.UniqueConstraint(
                fields=("company", "code", "effective_from", "revision"), name="examversion_version_unique"
            ),
        ),
        migrations.AddConstraint(
            model_name="examversion",
            constraint=models.CheckConstraint(
                condition=models.Q(("status", "draft"), ("published_at__isnull", False), _connector="OR"),
                name="examversion_published_has_date",
            ),
        ),
        migrations.AddIndex(
            model_name="examattempt",
            index=models.Index(fields=["agent", "submitted_at"], name="exam_attempt_submitted"),
        ),
        migrations.AddConstraint(
            model_name="examattempt",
            constraint=models.UniqueConstraint(
                condition=models.Q(("submitted_at__isnull", True)),
                fields=("agent", "exam"),
                name="exam_one_open_attempt",
            ),
        ),
        migrations.AddConstraint(
            model_name="examattempt",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("right__isnull", True), ("score__isnull", True), ("submitted_at__isnull", True)),
                    models.Q(("right__isnull", False), ("score__isnull", False), ("submitted_at__isnull", False)),
                    _connector="OR",
                ),
                name="exam_attempt_scored_when_submitted",
            ),
        ),
        migrations.AddConstraint(
            model_name="examattempt",
            constraint=models.CheckConstraint(
                condition=models.Q(("right__isnull", True), ("right__lte", models.F("questions")), _connector="OR"),
                name="exam_attempt_right_at_most_all",
            ),
        ),
        migrations.AddConstraint(
            model_name="mysteryshopping",
            constraint=models.UniqueConstraint(fields=("agent", "day"), name="mystery_shopping_once_a_day"),
        ),
        migrations.AddConstraint(
            model_name="onboarding",
            constraint=models.UniqueConstraint(
                condition=models.Q(("outcome", "open")), fields=("agent",), name="onboarding_one_open_per_agent"
            ),
        ),
        migrations.AddConstraint(
            model_name="onboarding",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("mentor__isnull", True), models.Q(("mentor", models.F("agent")), _negated=True), _connector="OR"
                ),
                name="onboarding_mentor_is_another",
            ),
        ),
        migrations.AddConstraint(
            model_name="onboarding",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("outcome", "open"),
                    models.Q(("closed_at__isnull", False), ("closed_by__isnull", False)),
                    _connector="OR",
                ),
                name="onboarding_closed_by_someone",
            ),
        ),
        migrations.AddConstraint(
            model_name="trainingsession",
            constraint=models.UniqueConstraint(fields=("company", "day", "topic"), name="training_session_once"),
        ),
        migrations.AddConstraint(
            model_name="trainingattendance",
            constraint=models.UniqueConstraint(fields=("session", "agent"), name="training_attendance_once"),
        ),
        migrations.AddConstraint(
            model_name="trainingattendance",
            constraint=models.CheckConstraint(
                condition=models.Q(("present", True), ("score__isnull", True), _connector="OR"),
                name="training_score_of_present",
            ),
        ),
        migrations.RunPython(make_roles, migrations.RunPython.noop),
    ]
