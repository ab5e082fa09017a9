"""Organisations that files speak of: found by their numbers, described better, or made."""

from __future__ import annotations

from typing import Any

from poliedro.reference.models import Certainty
from poliedro.reference.services.loads import Facts, Run
from poliedro.registry.models import Identifier, Organisation, OrganisationName
from poliedro.registry.services.standings import OrganisationRows

TEXTS = {
    "name", "short_name", "kind", "legal_form", "country", "place_text", "street", "postcode", "website",
    "description", "territory_id", "latitude", "longitude", "founded_on", "closed_on", "nace_id",
}  # fmt: skip


class Bodies:
    """The organisations of a run. apart: official ones are never taken for synthetic ones.

    A file describes further an organisation that its own source brought; of another source's it fills only what is
    empty, and keeps its own spelling of the name as an OrganisationName. What a person edited stays.
    """

    def __init__(self, run: Run, apart: bool = True) -> None:
        self.run = run
        self.rows = OrganisationRows(run)
        self.identifiers = Facts(run, Identifier, ("organisation_id", "scheme", "value"), ("valid_from", "valid_to"))
        self.names = Facts(run, OrganisationName, ("organisation_id", "name"))
        known = Identifier.objects.filter(retracted_at=None, organisation__retracted_at=None)
        if apart:
            known = known.exclude(organisation__certainty=Certainty.SYNTHETIC)
        self.by_identifier: dict[tuple[str, str], int | Organisation] = {
            (scheme, value): organisation
            for scheme, value, organisation in known.values_list("scheme", "value", "organisation_id")
        }
        taken = Identifier.objects.filter(retracted_at=None)
        self.taken = {(s, v) for s, v in taken.values_list("scheme", "value")} - set(self.by_identifier)
        self.held: dict[int, Organisation] = {}
        self.numbers: list[tuple[Organisation, str, str]] = []
        self.spellings: list[tuple[Organisation, str]] = []
        self._edited: set[int] | None = None

    def fetch(self, numbers: list[tuple[str, str]]) -> None:
        """Read the organisations behind these numbers, in few queries, before they are described."""
        keys = {found for n in numbers if isinstance(found := self.by_identifier.get(n), int)}
        self.fetch_keys(keys)

    def fetch_keys(self, keys: set[int]) -> None:
        wanted = sorted(keys - set(self.held))
        for start in range(0, len(wanted), 5000):
            self.held |= Organisation.objects.in_bulk(wanted[start : start + 5000])

    def find(self, numbers: list[tuple[str, str]]) -> Organisation | None:
        """The organisation that holds one of the numbers, the first that counts."""
        for number in numbers:
            found = self.by_identifier.get(number)
            if isinstance(found, Organisation):
                return found
            if found is not None:
                if found not in self.held:
                    self.held |= Organisation.objects.in_bulk([found])
                return self.held[found]
        return None

    def state(self, numbers: list[tuple[str, str]], **described: Any) -> tuple[Organisation, bool]:
        """The organisation with one of these numbers as the file describes it, and whether that is news.

        described: fields of Organisation; empty and null ones are not statements.
        """
        stated = {k: v for k, v in described.items() if v not in ("", None) and k in TEXTS}
        body = self.find(numbers)
        if body is None:
            body = self.make(**stated)
            changed = True
        else:
            changed = self.describe(body, stated)
        for scheme, value in numbers:
            changed |= self.give(body, scheme, value)
        return body, changed

    def make(self, **stated: Any) -> Organisation:
        body = Organisation(**stated, source=self.run.source, load=self.run.load, certainty=self.run.source.certainty)
        body.recorded_at = self.run.at
        self.rows.add(body)
        return body

    def describe(self, body: Organisation, stated: dict[str, Any]) -> bool:
        own = body.source_id == self.run.source.pk and not (body.pk and body.pk in self.edited)
        name = stated.get("name", "")
        if not own:
            if name and body.name and name != body.name:
                self.spellings.append((body, name))
            stated = {k: v for k, v in stated.items() if getattr(body, k) in ("", None, "unknown")}
        if stated.get("kind") == "unknown":
            stated.pop("kind")
        return self.rows.change(body, **stated)

    def give(self, body: Organisation, scheme: str, value: str) -> bool:
        """Note that the organisation has this number; one that another holds becomes a finding, not a fact."""
        holder = self.by_identifier.get((scheme, value))
        if (scheme, value) in self.taken or (holder is not None and holder is not body and holder != body.pk):
            self.run.notes["numbers that another organisation holds"] += 1
            return False
        self.by_identifier[scheme, value] = body
        self.numbers.append((body, scheme, value))
        return holder is None

    @property
    def edited(self) -> set[int]:
        """Organisations that a person has edited: files do not overwrite them."""
        if self._edited is None:
            history = Organisation.history.filter(history_type="~", history_user__isnull=False)
            self._edited = set(history.values_list("id", flat=True).distinct())
        return self._edited

    def create(self) -> None:
        """Write the new organisations, so that facts can refer to them."""
        self.rows.save()

    def save(self) -> None:
        self.rows.save()
        mine = {(s, v) for _, s, v in self.identifiers.held}
        for body, scheme, value in self.numbers:
            elsewhere = (scheme, value) in self.known_elsewhere and (scheme, value) not in mine
            if not elsewhere:
                self.identifiers.state((body.pk, scheme, value), self._days(body.pk, scheme, value))
        for body, name in self.spellings:
            self.names.state((body.pk, name))
        self.identifiers.save()
        self.names.save()

    def _days(self, body: int, scheme: str, value: str) -> tuple[Any, Any]:
        held = self.identifiers.held.get((body, scheme, value))
        return held[2] if held else (None, None)

    @property
    def known_elsewhere(self) -> set[tuple[str, str]]:
        """Numbers that another source has already given; one holder each, so they are not stated twice."""
        if not hasattr(self, "_elsewhere"):
            others = Identifier.objects.filter(retracted_at=None).exclude(source=self.run.source)
            self._elsewhere = set(others.values_list("scheme", "value"))
        return self._elsewhere
