"""Which fields of a profile a reader does not see, by the organisation's own choice. See Note [What a firm may keep
back]."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from django.contrib.auth.models import AnonymousUser

from poliedro.registry.models.organisations import Organisation
from poliedro.registry.models.visibility import FieldVisibility
from poliedro.registry.queries.roles import roles_of
from poliedro.registry.rules.permissions import RoleName

F = FieldVisibility.Field
EVERYBODY, SIGNED_IN = FieldVisibility.Audience.EVERYBODY, FieldVisibility.Audience.SIGNED_IN
NOBODY_IN = AnonymousUser()
"""A reader who did not sign in: for whom search, files for everybody and background runs are made."""


def choices_of(organisation: Organisation) -> dict[str, str]:
    """Field -> audience; a field that was never chosen is open to everybody."""
    chosen = dict(organisation.visibilities.values_list("field", "audience"))
    return {field: chosen.get(field, EVERYBODY.value) for field in F.values}


def hidden_from(organisation: Organisation, user: Any) -> set[str]:
    """Fields that the reader does not see; its own delegates and data stewards see everything."""
    kept = {f: a for f, a in choices_of(organisation).items() if a != EVERYBODY}
    if not kept or user.has_perm("registry.edit_organisation", organisation):
        return set()
    inside = bool(getattr(user, "is_authenticated", False))
    hidden = {f for f, audience in kept.items() if not (inside and audience == SIGNED_IN)}
    return hidden | ({F.SITES.value} if F.PLACE in hidden else set())  # an establishment would tell the town


def kept_back(user: Any = NOBODY_IN, among: Collection[int] | None = None) -> dict[str, set[int]]:
    """Field -> keys of the organisations whose field the reader does not see. For lists, files, search and runs.

    among: of these organisations alone. One query, and those of the reader's roles.
    """
    rows = FieldVisibility.objects.exclude(audience=EVERYBODY)
    if among is not None:
        rows = rows.filter(organisation__in=among)
    if getattr(user, "is_authenticated", False):
        rows = rows.exclude(audience=SIGNED_IN)
    found: dict[str, set[int]] = {field: set() for field in F.values}
    chosen = list(rows.values_list("field", "organisation"))
    if not chosen:
        return found
    roles = roles_of(user)
    if any(r.name is RoleName.DATA_STEWARD for r in roles):
        return found
    own = {r.organisation_id for r in roles if r.name is RoleName.DELEGATE}
    for field, organisation in chosen:
        if organisation not in own:
            found[field].add(organisation)
    found[F.SITES] |= found[F.PLACE]
    return found


def keep_back(rows: Iterable[Organisation], user: Any) -> None:
    """Empty in these rows, which are to be shown and never saved, what the reader does not see of place, size,
    activity, site, foundation and description."""
    found = list(rows)
    hidden = kept_back(user, among=[o.pk for o in found])
    for o in found:
        o.size_class = "" if o.pk in hidden["size"] else o.size_class
        o.nace = None if o.pk in hidden["activities"] else o.nace
        o.website = "" if o.pk in hidden["website"] else o.website
        o.description = "" if o.pk in hidden["description"] else o.description
        o.founded_on = None if o.pk in hidden["founded_on"] else o.founded_on
        if o.pk in hidden["place"]:
            without_place(o)


def keep_places(rows: Iterable[Organisation], user: Any = NOBODY_IN) -> None:
    """Empty in these rows, which are to be shown and never saved, the places that the reader does not see."""
    found = list(rows)
    hidden = kept_back(user, among=[o.pk for o in found])["place"]
    for o in found:
        if o.pk in hidden:
            without_place(o)


def without_place(shown: Organisation) -> None:
    """Take town, address and coordinates out of a row that is shown and never saved."""
    shown.territory = None
    shown.place_text = shown.street = shown.postcode = ""
    shown.latitude = shown.longitude = None
