"""What of its profile an organisation shows to whom: its own choice, field by field."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from poliedro.registry.models.organisations import Organisation


class FieldVisibility(models.Model):
    """A choice about one field. Without a row a field is open to everybody, as its source published it.

    # Note [What a firm may keep back]
    Everything that the site says of one firm by itself: what stands on its page, what its row of a list or a file says,
    by which words it is found, in which of its pages of experts and instruments. Not: that it exists, its name, its
    country and whether it is of the region; that it is a member of a cluster; that it takes part in a publicly funded
    project, on that project's page; totals, in which it is counted; what a membership needs (size class for the fee,
    days, where a bill goes), for that cluster; and the seat of a body that manages a cluster, which is public.
    """

    class Field(models.TextChoices):
        DESCRIPTION = "description", _("description")
        WEBSITE = "website", _("site")
        PLACE = "place", _("town and address, with the establishments")
        SITES = "sites", _("establishments")
        FOUNDED = "founded_on", _("day of foundation")
        SIZE = "size", _("size class")
        ACTIVITIES = "activities", _("activities")
        NUMBERS = "numbers", _("tax code and other numbers")
        NAMES = "names", _("other names")
        FLAGS = "flags", _("entries in special registers")
        PROJECTS = "projects", _("projects, partners and contributions, and their words in the search")
        EXPERTISE = "expertise", _("experts, laboratories and instruments")
        SERVICES = "services", _("services it offers")
        CONTACTS = "contacts", _("people to speak to")

    class Audience(models.TextChoices):
        EVERYBODY = "everybody", _("everybody")
        SIGNED_IN = "signed_in", _("whoever signed in")
        NOBODY = "nobody", _("only we ourselves")

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="visibilities")
    field = models.CharField(max_length=15, choices=Field)
    audience = models.CharField(max_length=10, choices=Audience)
    set_at = models.DateTimeField(default=timezone.now)
    set_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "field"], name="registry_fieldvisibility_once_a_field")
        ]
