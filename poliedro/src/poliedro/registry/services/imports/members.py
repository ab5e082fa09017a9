"""Loads the member list of a cluster. Every row must be right, or nothing is loaded."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from poliedro.reference.rules import words
from poliedro.reference.services.classifications import ensure_excerpts
from poliedro.reference.services.loads import Facts, Run
from poliedro.reference.sources.tables import BadValue, Row
from poliedro.registry.models import (
    Activity,
    MembershipSpell,
    Organisation,
)
from poliedro.registry.queries.activities import Activities, Resolved
from poliedro.registry.queries.places import Places
from poliedro.registry.services.imports.bodies import Bodies
from poliedro.registry.services.imports.common import checked, cluster_of_list
from poliedro.registry.sources import lists
from poliedro.registry.sources.lists import MemberRow


class _Members:
    def __init__(self, run: Run) -> None:
        ensure_excerpts()
        self.run, self.cluster = run, cluster_of_list(run)
        self.places, self.activities, self.bodies = Places(), Activities(), Bodies(run, apart=False)
        self.spells = Facts(
            run, MembershipSpell, ("organisation_id", "cluster_id", "valid_from"),
            ("valid_to", "category", "fee_class", "leave_reason"), Q(cluster=self.cluster),
        )  # fmt: skip
        self.classes = Facts(run, Activity, ("organisation_id", "is_main"), ("code_id",))
        self.by_name = self._members_by_name()
        self.taken: list[tuple[Row, MemberRow, Organisation, bool, Resolved | None]] = []
        self.seen: dict[tuple[int, date], int] = {}

    def _members_by_name(self) -> dict[str, list[Organisation]]:
        """Members past and present, for rows without a number."""
        members = Organisation.objects.current().filter(
            memberships__cluster=self.cluster, memberships__retracted_at=None
        )
        found: dict[str, list[Organisation]] = {}
        for body in members.distinct():
            found.setdefault(words(body.name), []).append(body)
        return found

    def take(self, row: Row, member: MemberRow) -> None:
        """Raises BadValue where the row contradicts the register or an earlier row."""
        territory = self._territory(member)
        activity = self._activity(member)
        body, changed = self._body(member, territory, activity)
        key = (id(body), member.joined_on)
        if key in self.seen:
            raise BadValue(
                "joined", row["joined"], _("repeats row %(n)d") % {"n": self.seen[key]}, _("drop one of the two rows")
            )
        self.seen[key] = row.number
        self.taken.append((row, member, body, changed, activity))

    def _territory(self, member: MemberRow) -> int | None:
        if member.province and self.places.province(member.province) is None and self.places.provinces:
            raise BadValue("province", member.province, _("is no Italian province"), _("write its sign, such as TO"))
        if not member.town and not member.province:
            return None
        found = self.places.find(member.town, "IT", province=member.province)
        if member.town and self.places.municipalities and (found is None or self.places.points[found].level != "lau"):
            raise BadValue("town", member.town, _("is no municipality of that province"), _("correct name or province"))
        return found

    def _activity(self, member: MemberRow) -> Resolved | None:
        if not member.activity:
            return None
        found = self.activities.of_nace(member.activity) or self.activities.of_italian(member.activity)
        if found is None:
            raise BadValue("activity", member.activity, *self._unknown_activity())
        return found

    def _unknown_activity(self) -> tuple[str, str]:
        if self.activities.are_excerpts:
            return (
                _("is not among the few classes of NACE and ATECO that the register holds"),
                _("have the whole tables loaded first (poliedro load nace, ateco-2007), or leave it empty"),
            )
        return _("is no code of NACE or ATECO"), _("write it as 28.41 or 28.41.00")

    def _body(self, member: MemberRow, territory: int | None, activity: Resolved | None) -> tuple[Organisation, bool]:
        described = {
            "name": member.name,
            "kind": member.kind,
            "country": "IT",
            "territory_id": territory,
            "place_text": f"{member.town} {member.province}".strip(),
            "website": member.website,
            "nace_id": activity.nace if activity else None,
        }
        body, changed = self._found(member, territory, described)
        if member.since is not None and body.pk is not None:
            self.bodies.rows.since[body.pk] = member.since
        return body, changed

    def _found(self, member: MemberRow, territory: int | None, described: dict[str, Any]) -> tuple[Organisation, bool]:
        """By number, by name among the cluster's members, or new."""
        numbers = list(member.numbers)
        if known := self._numbered(member):
            changed = self.bodies.describe(known, {k: v for k, v in described.items() if v})
            for scheme, value in numbers:
                changed |= self.bodies.give(known, scheme, value)
            return known, changed
        if numbers and self.bodies.find(numbers) is not None:
            return self.bodies.state(numbers, **described)
        alike = [
            b
            for b in self.by_name.get(words(member.name), ())
            if territory is None or b.territory_id in (None, territory)
        ]
        if len(alike) == 1:
            changed = self.bodies.describe(alike[0], {k: v for k, v in described.items() if v})
            for scheme, value in numbers:
                changed |= self.bodies.give(alike[0], scheme, value)
            return alike[0], changed
        body, changed = self.bodies.state(numbers, **described)
        self.by_name.setdefault(words(member.name), []).append(body)
        return body, changed

    def _numbered(self, member: MemberRow) -> Organisation | None:
        """The member of this name that an exported list names by its number; a number of another body is no proof."""
        same_name = self.by_name.get(words(member.name), ())
        return next((b for b in same_name if member.number and b.pk == member.number), None)

    def write(self) -> None:
        self.bodies.save()
        for row, member, body, changed, activity in self.taken:
            key = (body.pk, self.cluster.pk, member.joined_on)
            if clash := self._overlap(key, member):
                error = BadValue(
                    "joined",
                    row["joined"],
                    _("overlaps the membership from %(day)s") % {"day": clash},
                    _("write when that one ended"),
                )
                self.run.reject(row, error)
                continue
            changed |= self.spells.state(key, (member.left_on, member.category, member.fee_class, member.leave_reason))
            if activity is not None:
                changed |= self.classes.state((body.pk, True), (activity.code,))
            self.run.done(changed)
        self.spells.save()
        self.classes.save()

    def _overlap(self, key: tuple[int, int, date], member: MemberRow) -> date | None:
        """The start of another spell of the member in this cluster that shares days with this one."""
        stated = {(b.pk, self.cluster.pk, m.joined_on): m.left_on for _row, m, b, *_rest in self.taken}
        spells = {k: v[2][0] for k, v in self.spells.held.items()} | stated
        for other, until in spells.items():
            if other[:2] != key[:2] or other == key:
                continue
            if (until is None or until > key[2]) and (member.left_on is None or other[2] < member.left_on):
                start: date = other[2]
                return start
        return None


def load_members(run: Run, path: Path) -> None:
    members = _Members(run)
    for row, member in checked(run, path, lists.MEMBERS, lists.member_row):
        try:
            members.take(row, member)
        except BadValue as error:
            run.reject(row, error)
    members.write()
