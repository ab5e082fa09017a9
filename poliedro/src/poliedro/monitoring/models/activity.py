"""What kind of innovation a project is, and how near to the market it works."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from poliedro.reference.models import Fact
from poliedro.registry.models import Project


class ProjectNature(Fact):
    """The kind of innovation of a project, whether it is R&D, and its technology readiness (1..9) from start to end."""

    class Innovation(models.TextChoices):
        PRODUCT = "product", _("product")
        PROCESS = "process", _("process")
        ORGANISATION = "organisation", _("organisation of work")
        MANAGEMENT = "management", _("management method")
        MARKETING = "marketing", _("marketing")

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="natures")
    innovation = models.CharField(max_length=12, choices=Innovation)
    is_rd = models.BooleanField(default=True)
    trl_start = models.PositiveSmallIntegerField(null=True, blank=True)
    trl_end = models.PositiveSmallIntegerField(null=True, blank=True)

    class Meta(Fact.Meta):
        constraints = [
            *Fact.Meta.constraints,
            models.UniqueConstraint(
                fields=["project"], condition=Q(retracted_at=None), name="monitoring_projectnature_one_known"
            ),
            models.CheckConstraint(
                condition=Q(trl_start=None, trl_end=None)
                | Q(trl_start__gte=1, trl_end__lte=9, trl_end__gte=F("trl_start")),
                name="monitoring_projectnature_trl",
            ),
        ]
