"""The company's pay plans as versions."""

from django.utils.translation import gettext_lazy as _

from grading.tables import VersionedDocument


class PlanVersion(VersionedDocument):
    """A version of a pay plan."""

    class Meta(VersionedDocument.Meta):
        verbose_name = _("pay plan")
        verbose_name_plural = _("pay plans")
