"""The company's grading rules as versions."""

from django.utils.translation import gettext_lazy as _

from grading.tables import VersionedDocument


class LadderVersion(VersionedDocument):
    """A version of a tier ladder."""

    class Meta(VersionedDocument.Meta):
        verbose_name = _("tier ladder")
        verbose_name_plural = _("tier ladders")


class ScorecardVersion(VersionedDocument):
    """A version of a KPI scorecard."""

    class Meta(VersionedDocument.Meta):
        verbose_name = _("scorecard")
        verbose_name_plural = _("scorecards")
