"""The four roles as groups with their rights, and the two command-line users who cannot log in."""

from django.contrib.auth.hashers import make_password
from django.db import migrations

VIEW_GRADING = [
    "view_company", "view_shop", "view_team", "view_agent", "view_agentfact", "view_teammanager",
    "view_ladderversion", "view_scorecardversion", "view_kpiresult", "view_teammetric", "view_monthlyattendance",
    "view_attendanceday", "view_qafinding", "view_appraisalcycle", "view_appraisal", "view_promotionrequest",
]  # fmt: skip
VIEW_PAYROLL = [
    "view_payfact", "view_payprofile", "view_planversion", "view_salesentry", "view_unitentry", "view_adjustment",
    "view_taxdeduction", "view_openingbalance", "view_payrun", "view_payslip", "view_payslipline",
]  # fmt: skip
ROLES = {
    "HR": [
        *VIEW_GRADING, *VIEW_PAYROLL, "prepare_run", "decide_any_promotion", "add_teammanager", "change_teammanager",
        "delete_teammanager", "view_runitem", "manage_logins",
    ],
    "HR approver": [*VIEW_GRADING, *VIEW_PAYROLL, "approve_run", "decide_any_promotion", "view_runitem", "view_auditentry"],
    "manager": ["view_promotionrequest", "decide_promotion"],
    "agent": [],
}  # fmt: skip
COMMAND_USERS = {"jixin-preparer": "HR", "jixin-approver": "HR approver"}


def make_roles(apps, schema_editor):
    """Permissions are rows that Django makes after all migrations; here they are needed earlier."""
    from django.apps import apps as live_apps
    from django.contrib.auth.management import create_permissions

    for label in ("jobs", "grading", "payroll"):
        create_permissions(live_apps.get_app_config(label), apps=apps, verbosity=0)
    group_model = apps.get_model("auth", "Group")
    permission_model = apps.get_model("auth", "Permission")
    user_model = apps.get_model("auth", "User")
    for name, codenames in ROLES.items():
        group, _made = group_model.objects.get_or_create(name=name)
        found = permission_model.objects.filter(
            codename__in=codenames, content_type__app_label__in=["jobs", "grading", "payroll"]
        )
        group.permissions.set(found)
    for username, group_name in COMMAND_USERS.items():
        user, _made = user_model.objects.get_or_create(username=username, defaults={"password": make_password(None)})
        user.groups.add(group_model.objects.get(name=group_name))


class Migration(migrations.Migration):
    dependencies = [
        ("payroll", "0001_initial"),
        ("grading", "0001_initial"),
        ("jobs", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(make_roles, migrations.RunPython.noop)]
