"""Loads the member list of a cluster. Every row must be right, or nothing is loaded."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from poliedro.reference.services.classifications import ensure_excerpts
from poliedro.reference.services.loads import Facts, Run
from poliedro.reference.sources.files import files_in
from poliedro.reference.sources.tables import BadValue, Faults, Row, read_rows
from poliedro.registry.models import (
    Activity,
    FeeRate,
    MembershipSpell,
    Organisation,
)
from poliedro.registry.queries.activities import Activities, Resolved
from poliedro.registry.queries.places import Places
from poliedro.registry.rules.names import split_legal_form
from poliedro.registry.services.imports.bodies import Bodies
from poliedro.registry.services.imports.common import cluster_of_list
from poliedro.registry.sources import lists
from poliedro.registry.sources.lists import MemberRow
from poliedro.shared.spoken import short_day


@dataclass
class _Taken:
    """A row that is right, and the organisation that it means. changed: whether it describes that one anew."""

    row: Row
    member: MemberRow
    body: Organisation
    changed: bool
    activity: Resolved | None
    is_new: bool
    remarks: list[str]


class _Members:
    def __init__(self, run: Run) -> None:
        ensure_excerpts()
        self.run, self.cluster = run, cluster_of_list(run)
        self.places, self.activities, self.bodies = Places(), Activities(), Bodies(run, apart=False)
        self.spells = Facts(
            run, MembershipSpell, ("organisation_id", "cluster_id", "valid_from"),
            ("valid_to", "category", "fee_class", "leave_reason"), Q(cluster=self.cluster), of_any_source=True,
        )  # fmt: skip
        self.classes = Facts(run, Activity, ("organisation_id", "is_main"), ("code_id",))
        self.known_classes = set(
            Activity.objects.known().filter(is_main=True).exclude(source=run.source).values_list("organisation", "code")
        )
        self.by_name: dict[tuple[str, str], list[Organisation]] = defaultdict(list)
        self.by_core: dict[str, list[str]] = defaultdict(list)
        for body in self._members():
            self._note_name(body)
        self.fee_classes = set(FeeRate.objects.known().filter(cluster=self.cluster).values_list("fee_class", flat=True))
        self.taken: list[_Taken] = []
        self.seen: dict[tuple[int, date], int] = {}

    def _members(self) -> QuerySet[Organisation]:
        """Members past and present, for rows without a number."""
        members = Organisation.objects.current().filter(
            memberships__cluster=self.cluster, memberships__retracted_at=None
        )
        return members.distinct()

    def _note_name(self, body: Organisation) -> None:
        self.by_name[split_legal_form(body.name)].append(body)
        self.by_core[split_legal_form(body.name)[0]].append(body.name)

    def take(self, row: Row, member: MemberRow, territory: int | None, activity: Resolved | None) -> None:
        """Raises BadValue where the row contradicts an earlier row."""
        alike = [n for n in self.by_core[split_legal_form(member.name)[0]] if n != member.name]
        body, changed = self._body(member, territory, activity)
        key = (id(body), member.joined_on)
        if key in self.seen:
            raise BadValue(
                "joined", row["joined"], _("repeats row %(n)d") % {"n": self.seen[key]}, _("drop one of the two rows")
            )
        self.seen[key] = row.number
        remarks = []
        is_new = body._state.adding
        if is_new and alike:
            remarks.append(_("%(name)s is a member already: is it the same? Then write its name or number") % {
                "name": alike[0]
            })  # fmt: skip
        if member.fee_class and self.fee_classes and member.fee_class not in self.fee_classes:
            remarks.append(_("no fee is set for the class %(name)s") % {"name": member.fee_class})
        if member.joined_on < self.cluster.founded_on:
            remarks.append(_("joined before the cluster began, on %(day)s") % {"day": _day(self.cluster.founded_on)})
        self.taken.append(_Taken(row, member, body, changed, activity, is_new, remarks))

    def territory(self, town: str, province: str) -> int | None:
        """Raises BadValue."""
        if province and self.places.province(province) is None and self.places.provinces:
            raise BadValue("province", province, _("is no Italian province"), _("write its sign, such as TO"))
        if not town and not province:
            return None
        found = self.places.find(town, "IT", province=province)
        if town and self.places.municipalities and (found is None or self.places.points[found].level != "lau"):
            raise BadValue("town", town, _("is no municipality of that province"), _("correct name or province"))
        return found

    def activity(self, text: str) -> Resolved | None:
        """Raises BadValue."""
        if not text:
            return None
        found = self.activities.of_nace(text) or self.activities.of_italian(text)
        if found is None:
            raise BadValue("activity", text, *self._unknown_activity())
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
            "place_text": self._place_text(member, territory),
            "website": member.website,
            "nace_id": activity.nace if activity else None,
        }
        body, changed = self._found(member, territory, described)
        if member.since is not None and body.pk is not None:
            self.bodies.rows.since[body.pk] = member.since
        return body, changed

    def _place_text(self, member: MemberRow, territory: int | None) -> str:
        """The town as the row writes it, where no municipality stands for it."""
        if not member.town or (territory is not None and self.places.points[territory].level == "lau"):
            return ""
        return f"{member.town} {member.province}".strip()

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
            for b in self.by_name[split_legal_form(member.name)]
            if territory is None or b.territory_id in (None, territory)
        ]
        if len(alike) == 1:
            changed = self.bodies.describe(alike[0], {k: v for k, v in described.items() if v})
            for scheme, value in numbers:
                changed |= self.bodies.give(alike[0], scheme, value)
            return alike[0], changed
        body, changed = self.bodies.state(numbers, **described)
        self._note_name(body)
        return body, changed

    def _numbered(self, member: MemberRow) -> Organisation | None:
        """The member of this name that an exported list names by its number; a number of another body is no proof."""
        same_name = self.by_name[split_legal_form(member.name)]
        return next((b for b in same_name if member.number and b.pk == member.number), None)

    def write(self) -> None:
        self.bodies.save()
        for t in self.taken:
            key = (t.body.pk, self.cluster.pk, t.member.joined_on)
            if clash := self._overlap(key, t.member):
                error = BadValue(
                    "joined",
                    t.row["joined"],
                    _("overlaps the membership from %(day)s") % {"day": clash},
                    _("write when that one ended"),
                )
                self.run.reject(t.row, error)
                continue
            values = (t.member.left_on, t.member.category, t.member.fee_class, t.member.leave_reason)
            held = self.spells.held.get(key)
            is_news = self.spells.state(key, values)
            if held is not None and held[2] != values and not is_news:
                t.remarks.append(_("the membership stays as it was entered by hand; change it on the member's page"))
            is_described = t.changed
            if t.activity is not None and (t.body.pk, t.activity.code) not in self.known_classes:
                is_described |= self.classes.state((t.body.pk, True), (t.activity.code,))
            self.run.done(is_news or is_described)
            self.run.tell(
                t.row,
                t.member.name,
                _("new organisation") if t.is_new else _("description") if is_described else "",
                _spell_words(t.member, held[2] if held else None) if is_news else "",
                remarks=t.remarks,
            )
        self.spells.save()
        self.classes.save()

    def _overlap(self, key: tuple[int, int, date], member: MemberRow) -> date | None:
        """The start of another spell of the member in this cluster that shares days with this one."""
        stated = {(t.body.pk, self.cluster.pk, t.member.joined_on): t.member.left_on for t in self.taken}
        spells = {k: v[2][0] for k, v in self.spells.held.items()} | stated
        for other, until in spells.items():
            if other[:2] != key[:2] or other == key:
                continue
            if (until is None or until > key[2]) and (member.left_on is None or other[2] < member.left_on):
                start: date = other[2]
                return start
        return None


def _spell_words(member: MemberRow, held: tuple[Any, ...] | None) -> str:
    """What is new about a membership."""
    if held is None:
        told = _("joins on %(day)s") % {"day": _day(member.joined_on)}
        return told + (", " + _("leaves on %(day)s") % {"day": _day(member.left_on)} if member.left_on else "")
    left, category, fee_class, reason = held
    changes = []
    if member.left_on != left:
        changes.append(
            _("leaves on %(day)s") % {"day": _day(member.left_on)} if member.left_on else _("is a member again")
        )
    if member.category != category:
        changes.append(_("category"))
    if member.fee_class != fee_class:
        changes.append(
            _("fee class: %(old)s, then %(new)s") % {"old": fee_class or "-", "new": member.fee_class or "-"}
        )
    if member.leave_reason != reason:
        changes.append(_("reason of leaving"))
    return ", ".join(changes)


def _day(value: date) -> str:
    return short_day(value)


def load_members(run: Run, path: Path) -> None:
    members = _Members(run)
    for file in files_in(path):
        for row in run.rows(read_rows(file, lists.MEMBERS), file.name):
            faults = Faults()
            member = faults.of(lists.member_row, row)
            territory = faults.of(members.territory, row["town"], row["province"])
            activity = faults.of(members.activity, row["activity"])
            if member is not None and not faults.found:
                faults.of(members.take, row, member, territory, activity)
            if faults.found:
                run.reject(row, *faults.found)
    members.write()
