"""Which organisation somebody means who writes a name or a number."""

from __future__ import annotations

from poliedro.funding.rules.states import NotAllowed
from poliedro.registry.models import Identifier, Organisation
from poliedro.registry.queries.visibility import keep_places

MOST = 5
PAGE_NUMBER = 8
"""A number with fewer digits is that of a page; tax codes have 11 or more."""


def named_organisation(text: str) -> Organisation:
    """The one organisation with this number, tax code, VAT number or name. Raises NotAllowed: none, or several."""
    text = " ".join(text.split())
    rows = Organisation.objects.filter(merged_into=None)
    if text.isdecimal() and len(text) < PAGE_NUMBER:
        found = list(rows.filter(pk=int(text)))
    else:
        numbers = [text.upper(), text.upper().removeprefix("IT"), f"IT{text.upper()}"]
        known = Identifier.objects.known().filter(
            scheme__in=[Identifier.Scheme.VAT, Identifier.Scheme.TAX_CODE], value__in=numbers
        )
        found = list(rows.filter(pk__in=known.values("organisation")).order_by("name", "pk")[: MOST + 1])
        found = found or list(rows.filter(name__iexact=text).order_by("pk")[: MOST + 1])
        found = found or list(rows.filter(name__icontains=text).order_by("name", "pk")[: MOST + 1])
    if not found:
        raise NotAllowed(
            "nobody in the register is called '%(name)s'; write its tax code, or have it entered", name=text
        )
    if len(found) > 1:
        keep_places(found)
        names = [f"{o} ({o.place_text or o.pk})" for o in found[:MOST]]
        raise NotAllowed("several are called so: %(names)s; write the whole name or the tax code", names=names)
    return found[0]


def bank_foundations() -> list[str]:
    """Their names, to choose from."""
    rows = Organisation.objects.filter(merged_into=None, kind=Organisation.Kind.BANK_FOUNDATION)
    return list(rows.order_by("name").values_list("name", flat=True)[:60])
