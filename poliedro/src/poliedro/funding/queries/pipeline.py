"""Start-ups on their way from an incubator to a cluster and to calls (R058, R059)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from poliedro.funding.models import Application
from poliedro.reference.rules import weakest
from poliedro.registry.models import (
    Cluster,
    Delivery,
    IncubateeSpell,
    ManagementOrganisation,
    Mandate,
    MembershipSpell,
    Organisation,
    StatusRecord,
)
from poliedro.registry.queries.coverage import code_tree, definition_at
from poliedro.shared.dated import Moment

STAGES = ("entered", "inside", "left", "alive", "helped", "member", "applied", "granted")
NOT_ASKED = ("draft", "withdrawn")
GRANTED = ("granted", "completed")


@dataclass(frozen=True)
class StartUp:
    """One start-up on a day. incubator: the last one. status: "" where nobody has said what became of it. seen: the day
    of that status' last check. clusters: whose member it is; helpers: clusters whose bodies served it. applied,
    granted: applications to calls."""

    pk: int
    name: str
    incubator: str
    entered: date
    left: date | None
    status: str
    seen: date | None
    clusters: tuple[str, ...]
    helpers: tuple[str, ...]
    applied: int
    granted: int
    nace: int | None
    is_synthetic: bool

    @property
    def stages(self) -> frozenset[str]:
        """Those that it has reached. "alive" is asked of those that left, as are "helped" and the rest."""
        found = {"entered", "inside" if self.left is None else "left"}
        if self.left is not None and self.status == "alive":
            found.add("alive")
        for stage, has in (
            ("helped", self.clusters or self.helpers),
            ("member", self.clusters),
            ("applied", self.applied),
            ("granted", self.granted),
        ):
            if has:
                found.add(stage)
        return frozenset(found)


def start_ups_on_the_way(on: date) -> list[StartUp]:
    """Every firm that was ever in an incubator, as known today, on the day; by name. Nine queries."""
    spells: dict[int, tuple[date, date | None, str]] = {}
    rows = IncubateeSpell.objects.known().filter(valid_from__lte=on).order_by("valid_from", "pk")
    for firm, start, end, host in rows.values_list("organisation_id", "valid_from", "valid_to", "incubator__name"):
        assert start is not None
        first = spells[firm][0] if firm in spells else start
        spells[firm] = (first, end if end is not None and end <= on else None, host)
    firms = list(spells)
    status: dict[int, tuple[str, date | None]] = {}
    records = StatusRecord.objects.known().filter(organisation__in=firms, valid_from__lte=on)
    for firm, what, checked in records.order_by("valid_from", "pk").values_list(
        "organisation_id", "status", "checked_on"
    ):
        status[firm] = (what, checked)
    members = _by_firm(
        MembershipSpell.objects.known()
        .active_on(on)
        .filter(organisation__in=firms)
        .order_by("cluster__name")
        .values_list("organisation_id", "cluster__name")
    )
    helpers = _helpers(firms, on)
    asked: dict[int, list[str]] = {}
    for firm, state in (
        Application.objects.filter(organisation__in=firms).order_by("pk").values_list("organisation_id", "state")
    ):
        asked.setdefault(firm, []).append(state)
    bodies = Organisation.objects.filter(pk__in=firms).order_by("name", "pk")
    return [
        StartUp(
            pk, name, spells[pk][2], spells[pk][0], spells[pk][1], status.get(pk, ("", None))[0],
            status.get(pk, ("", None))[1],
            tuple(members.get(pk, ())), tuple(helpers.get(pk, ())),
            sum(s not in NOT_ASKED for s in asked.get(pk, ())), sum(s in GRANTED for s in asked.get(pk, ())),
            nace, certainty == "synthetic",
        )
        for pk, name, nace, certainty in bodies.values_list("pk", "name", "nace_id", "certainty")
    ]  # fmt: skip


def _helpers(firms: list[int], on: date) -> dict[int, list[str]]:
    """Clusters that served each firm: the delivery's own, else those that its provider managed."""
    managed: dict[int, list[str]] = {}
    bodies = dict(ManagementOrganisation.objects.values_list("pk", "organisation_id"))
    for body, name in Mandate.objects.known().order_by("cluster__name").values_list("body_id", "cluster__name"):
        managed.setdefault(bodies[body], []).append(name)
    found: dict[int, list[str]] = {}
    given = Delivery.objects.known().filter(client__in=firms, delivered_on__lte=on).order_by("delivered_on", "pk")
    for firm, provider, own in given.values_list("client_id", "provider_id", "cluster__name"):
        for name in [own] if own else managed.get(provider, []):
            if name not in found.setdefault(firm, []):
                found[firm].append(name)
    return found


def _by_firm(rows: Iterable[tuple[int, str]]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for firm, name in rows:
        found.setdefault(firm, []).append(name)
    return found


def of_cluster(found: list[StartUp], cluster: Cluster, on: date) -> tuple[list[StartUp], list[StartUp]]:
    """Those that are the cluster's members or were served by it; and those that left an incubator, are alive, are with
    no cluster and belong to its industry: whom to meet next."""
    definition = definition_at(cluster, Moment(on))
    inside = code_tree().below(list(definition.codes.values_list("code_id", flat=True))) if definition else set()
    own = [s for s in found if cluster.name in (*s.clusters, *s.helpers)]
    free = [
        s
        for s in found
        if not s.clusters and not s.helpers and s.left and s.status == "alive" and s.nace is not None
        and s.nace in inside
    ]  # fmt: skip
    return own, free


def certainty_of_pipeline() -> str:
    return weakest(IncubateeSpell.objects.known().order_by().values_list("certainty", flat=True).distinct())
