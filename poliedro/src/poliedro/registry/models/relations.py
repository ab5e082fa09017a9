"""What a cluster's managers know of their members beyond the register: whom to speak to, and what was said.

Personal notes of one cluster's own managers: nobody else reads them (see rules/permissions.py).
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from poliedro.accounts.models import Person
from poliedro.registry.models.clusters import Cluster
from poliedro.registry.models.organisations import Organisation


class Contact(models.Model):
    """A person at an organisation, in the address book of one cluster. Consents lie in `accounts.Consent`."""

    cluster = models.ForeignKey(Cluster, on_delete=models.PROTECT, related_name="contacts")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="contacts")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="contacts")
    position = models.CharField(max_length=120, blank=True, help_text="What the person does there.")
    phone = models.CharField(max_length=40, blank=True)
    is_main = models.BooleanField(default=False)
    added_on = models.DateField(default=timezone.localdate)
    ended_on = models.DateField(null=True, blank=True, help_text="First day on which it is no longer a contact.")
    is_synthetic = models.BooleanField(default=False)

    class Meta:
        ordering = ["-is_main", "person__name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["cluster", "organisation", "person"],
                condition=Q(ended_on=None),
                name="registry_contact_once",
            ),
            models.UniqueConstraint(
                fields=["cluster", "organisation"],
                condition=Q(ended_on=None, is_main=True),
                name="registry_contact_one_main",
            ),
        ]

    def __str__(self) -> str:
        return str(self.person)


class Channel(models.TextChoices):
    VISIT = "visit", _("visit")
    CALL = "call", _("call")
    EMAIL = "email", _("e-mail")
    MEETING = "meeting", _("meeting")
    EVENT = "event", _("event")


class Interaction(models.Model):
    """Something that a cluster's manager and an organisation did together, and what is to follow, by when."""

    cluster = models.ForeignKey(Cluster, on_delete=models.PROTECT, related_name="interactions")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="interactions")
    contact = models.ForeignKey(Contact, null=True, blank=True, on_delete=models.SET_NULL, related_name="interactions")
    channel = models.CharField(max_length=10, choices=Channel)
    on = models.DateField()
    text = models.TextField()
    next_step = models.CharField(max_length=200, blank=True)
    next_on = models.DateField(null=True, blank=True)
    settled_on = models.DateField(null=True, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    recorded_at = models.DateTimeField(default=timezone.now)
    is_synthetic = models.BooleanField(default=False)

    class Meta:
        ordering = ["-on", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(next_on=None) | ~Q(next_step=""), name="registry_interaction_next_step_in_words"
            ),
            models.CheckConstraint(
                condition=Q(next_on=None) | Q(next_on__gte=F("on")), name="registry_interaction_next_after"
            ),
        ]
        indexes = [
            models.Index(fields=["cluster", "organisation", "on"]),
            models.Index(fields=["cluster", "next_on"], condition=Q(settled_on=None), name="registry_interaction_open"),
        ]
