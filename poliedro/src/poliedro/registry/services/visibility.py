"""An organisation chooses who sees which field of its profile."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from poliedro.audit.services import record
from poliedro.registry.models.organisations import Organisation
from poliedro.registry.models.visibility import FieldVisibility
from poliedro.registry.services.index import index_organisations
from poliedro.shared.jobs import start_job


@transaction.atomic
def choose_visibility(*, organisation: Organisation, audiences: dict[str, str], by: Any) -> int:
    """Set the audience of each field; what is no longer open to everybody leaves the search at once. Returns how many
    fields changed."""
    before = dict(organisation.visibilities.values_list("field", "audience"))
    changed = {f: a for f, a in audiences.items() if before.get(f, FieldVisibility.Audience.EVERYBODY) != a}
    for field, audience in changed.items():
        FieldVisibility.objects.update_or_create(
            organisation=organisation,
            field=field,
            defaults={"audience": audience, "set_at": timezone.now(), "set_by": by},
        )
    index_organisations([organisation.pk])
    if changed:  # the index of the single access point is built in the background, by words that it must forget
        start_job(name="matchmaking.refresh", title=gettext("New search index"), by=by)
    record(by=by, verb="choose_visibility", subject_kind="Organisation", subject_key=organisation.pk, fields=changed)
    return len(changed)
