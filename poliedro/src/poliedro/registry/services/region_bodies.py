"""Bodies that a region's file names, and the public numbers that it gives for them.

# Note [One body, one row]
A number (VAT number, tax code, PIC, LEI) that the file gives is the body's from then on. A source that is loaded later
and uses it describes that body; a row that such a source brought earlier is merged into it, and the merge can be undone
like any other. What cannot both hold stops the loading of the file: a wrong number would join two bodies for good.
"""

from __future__ import annotations

from typing import Any

from poliedro.reference.models import Certainty, Source, Territory
from poliedro.registry.models import Identifier, Organisation
from poliedro.registry.queries.resolution import kept_apart
from poliedro.registry.rules.identifiers import InvalidIdentifier, check_lei, check_pic, check_tax_code, check_vat
from poliedro.registry.services.index import index_organisations
from poliedro.registry.services.merges import merge_organisations
from poliedro.shared.region import InvalidRegion
from poliedro.shared.search import remove

SCHEMES = {"vat": check_vat, "tax_code": check_tax_code, "pic": check_pic, "lei": check_lei}


class FileBodies:
    """The bodies of one region's file, each found by its name or its numbers, or made."""

    def __init__(self, *, country: str, source: Source, by: Any) -> None:
        self.country, self.source, self.by = country, source, by
        self._given: dict[tuple[str, str], str] = {}
        self._of: dict[tuple[str, str], str] = {}
        self._news: set[int] = set()

    def body(
        self, *, name: str, kind: str, place: Territory, town: str = "", identifiers: dict[str, Any] | None = None
    ) -> Organisation:
        """town: helps to tell whether another source means the same body; may be empty.

        Raises:
            InvalidRegion: a number is malformed, or another body has it, or the body has another one of its scheme.
        """
        numbers = self._numbers(name, identifiers or {})
        made, new = Organisation.objects.get_or_create(
            name=name,
            source=self.source,
            defaults={
                "kind": kind,
                "territory": place,
                "place_text": town,
                "country": self.country,
                "certainty": Certainty.REPORTED,
                "latitude": place.latitude,
                "longitude": place.longitude,
            },
        )
        body = _survivor(made)
        news = [self._give(body, name, scheme, value) for scheme, value in numbers]
        if new or any(news):
            self._news.add(body.pk)
        return body

    def index(self) -> None:
        """Let the bodies that are new, or have a new number, be found."""
        remove("organisation", [str(key) for key in sorted(self._news)])
        index_organisations(sorted(self._news))
        self._news.clear()

    def _numbers(self, name: str, identifiers: dict[str, Any]) -> list[tuple[str, str]]:
        """The numbers in normal form, each given to one body of the file and one of its scheme to a body."""
        if not isinstance(identifiers, dict):
            raise InvalidRegion(f'identifiers of {name} is {identifiers!r}; write {{pic: "999999999"}}')
        numbers = []
        for scheme, text in identifiers.items():
            if scheme not in SCHEMES:
                raise InvalidRegion(f"{name} has an identifier {scheme!r}; there are {', '.join(SCHEMES)}")
            if not isinstance(text, str):
                raise InvalidRegion(f'{scheme} of {name} is not in quotes, so that zeros may be lost; write "{text}"')
            try:
                value = check_vat(text, self.country) if scheme == "vat" else SCHEMES[scheme](text)
            except InvalidIdentifier as error:
                raise InvalidRegion(f"{scheme} {text} of {name} is no such number: {error}; correct it") from error
            holder = self._given.setdefault((scheme, value), name)
            if holder != name:
                raise InvalidRegion(f"{scheme} {value} is given to {holder} and to {name}; correct one of them")
            other = self._of.setdefault((name, scheme), value)
            if other != value:
                raise InvalidRegion(f"{name} is given two numbers, {scheme} {other} and {value}; keep the right one")
            numbers.append((scheme, value))
        return numbers

    def _give(self, body: Organisation, name: str, scheme: str, value: str) -> bool:
        """Whether the number is news of the body. See Note [One body, one row]."""
        self._check_agrees(body, name, scheme, value)
        held = Identifier.objects.known().filter(scheme=scheme, value=value).select_related("organisation").first()
        if held is None:
            Identifier.objects.create(
                organisation=body, scheme=scheme, value=value, source=self.source, certainty=Certainty.REPORTED
            )
            return True
        holder = _survivor(held.organisation)
        if holder.pk == body.pk:
            return False
        self._check_same(body, holder, name, scheme, value)
        merge_organisations(
            survivor=body, duplicate=holder, by=self.by, reason=f"{scheme} {value} in the region's file"
        )
        return True

    def _check_agrees(self, body: Organisation, name: str, scheme: str, value: str) -> None:
        held = Identifier.objects.known().filter(organisation=body, scheme=scheme)
        held = held.select_related("source").order_by("pk")
        others = [i for i in held if i.value != value]
        if others and len(others) == len(held):
            raise InvalidRegion(
                f"{name} has {scheme} {value} in the region's file and {others[0].value} in the register (source "
                f"{others[0].source.key}); correct the file, or the number on the page of organisation {body.pk}"
            )

    def _check_same(self, body: Organisation, holder: Organisation, name: str, scheme: str, value: str) -> None:
        if holder.is_synthetic != body.is_synthetic:
            raise InvalidRegion(
                f"{scheme} {value}, which the region's file gives to {name}, is that of {holder}, an invented "
                f"organisation; undo the demonstration first, or leave the number out"
            )
        known = Identifier.objects.known().filter(scheme__in=SCHEMES).order_by("pk")
        own = {i.scheme: i.value for i in known.filter(organisation=body)}
        for number in known.filter(organisation=holder).exclude(scheme=scheme):
            stated = self._of.get((name, number.scheme)) or own.get(number.scheme)
            if stated is not None and stated != number.value:
                raise InvalidRegion(
                    f"{name} has {number.scheme} {stated}, but {holder}, which holds the {scheme} {value} that the "
                    f"region's file gives to it, has {number.scheme} {number.value}; they are two, so correct the file"
                )
        if (min(body.pk, holder.pk), max(body.pk, holder.pk)) in kept_apart():
            raise InvalidRegion(
                f"{scheme} {value} is given to {name}, but a person declared it and {holder} two organisations; take "
                "the number out of the file, or merge the two on the page of double entries"
            )


def _survivor(body: Organisation) -> Organisation:
    """What stands for the organisation after merges."""
    while body.merged_into is not None:
        body = body.merged_into
    return body
