"""Where a cluster stands among its kind, without naming the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from poliedro.monitoring.models import PublishedTable, SelfCheck
from poliedro.monitoring.queries.campaigns import register_values
from poliedro.monitoring.rules.excellence import Criterion, Version, eccp, standing, theme_scores, versions
from poliedro.registry.models import Cluster, Organisation
from poliedro.registry.queries.memberships import FIRM_KINDS, NOBODY, make_up
from poliedro.registry.queries.money import staff_of
from poliedro.shared.dated import Moment
from poliedro.support.queries.published import published_years

UP = {"erdf_share": False}
"""Indicators of which less is better."""
RESEARCH = (Organisation.Kind.RESEARCH_BODY, Organisation.Kind.UNIVERSITY, Organisation.Kind.DEPARTMENT)
LEAST_PEERS = 5
"""Median, lowest and highest are figures of single clusters: among fewer others than this a manager guesses whose."""
MEASURE = "self-check"


@dataclass(frozen=True)
class Compared:
    """One indicator of a cluster against others. place: (place, of how many). middle, low, high: of the others; all of
    them None with fewer than LEAST_PEERS others of which it is known."""

    key: str
    theme: str
    unit: str
    own: float | None
    peers: int
    middle: float | None
    low: float | None
    high: float | None
    place: tuple[int, int] | None


INDICATORS: tuple[tuple[str, str, str], ...] = (
    ("firms", "structure", ""),
    ("not_firms", "structure", "%"),
    ("members_per_fte", "governance", ""),
    ("erdf_share", "financing", "%"),
    ("revenue_per_firm", "financing", "EUR"),
    ("services_per_member", "services", ""),
    ("rd_firms_share", "contacts", "%"),
    ("rd_per_firm", "achievements", "EUR"),
)


def indicators(clusters: list[Cluster], year: int) -> dict[int, dict[str, float | None]]:
    """What the register holds of the year for each cluster, as figures that compare; of services, what is published."""
    held, told = register_values(clusters, year), published_years().get(year)
    served_of = {c.pk: told.of_cluster(c.key)[0] if told else None for c in clusters}
    found = {}
    for pk, v in held.items():
        firms, members = _number(v["firms-per-cluster"]), _number(v["members"])
        fte, revenue, served = _number(v["staff-fte"]), _number(v["revenue"]), served_of[pk]
        found[pk] = {
            "firms": firms,
            "not_firms": None if firms is None or not members else 100 * (1 - firms / members),
            "members_per_fte": _ratio(members, fte),
            "erdf_share": _number(v["erdf-share"]),
            "revenue_per_firm": _ratio(revenue, firms),
            "services_per_member": _ratio(served, members),
            "rd_firms_share": _ratio(100 * (_number(v["rd-firms"]) or 0), firms) if v["rd-firms"] is not None else None,
            "rd_per_firm": _ratio(_number(v["rd-investment"]), firms),
        }
    return found


def _number(value: object) -> float | None:
    return None if value is None else float(str(value))


def _ratio(above: float | None, below: float | None) -> float | None:
    return None if above is None or not below else above / below


@dataclass(frozen=True)
class Comparison:
    """of_type: whether the others are those of its type, or (with fewer than LEAST_PEERS of these) of every type."""

    rows: list[Compared]
    of_type: bool


def compare(cluster: Cluster, clusters: Sequence[Cluster], year: int) -> Comparison:
    """The cluster against the others of its type, or against all others where its type has too few."""
    same = [c for c in clusters if c.type == cluster.type and c.pk != cluster.pk]
    everyone = [c for c in clusters if c.pk != cluster.pk]
    of_type = len(same) >= LEAST_PEERS or len(everyone) < LEAST_PEERS
    others = same if of_type else everyone
    values = indicators([cluster, *others], year)
    return Comparison([_row(cluster, others, values, *indicator) for indicator in INDICATORS], of_type)


def _row(
    cluster: Cluster,
    others: Sequence[Cluster],
    values: Mapping[int, Mapping[str, float | None]],
    key: str,
    theme: str,
    unit: str,
) -> Compared:
    own = values[cluster.pk][key]
    known = [v for c in others if (v := values[c.pk][key]) is not None]
    if len(known) < LEAST_PEERS:
        return Compared(key, theme, unit, own, len(known), None, None, None, None)
    place = standing(own, known, up=UP.get(key, True))
    return Compared(key, theme, unit, own, len(known), median(known), min(known), max(known), place)


def profile_criteria(cluster: Cluster, moment: Moment) -> list[Criterion]:
    """The criteria of the ECCP from the register: kinds are firms, research, and others."""
    made = make_up(moment).get(cluster.pk, NOBODY)
    staff = staff_of([cluster], moment).get(cluster.pk)
    groups = {
        "firms" if kind in FIRM_KINDS else "research" if kind in RESEARCH else "others"
        for kind, n in made.kind.items()
        if n
    }
    english = bool(cluster.website) or bool(getattr(cluster, "description_en", ""))
    return eccp(fte=float(staff.fte) if staff else None, members=made.organisations, kinds=len(groups), english=english)


@dataclass(frozen=True)
class Checked:
    """A self-check with its version, levels by item, notes and evidence by item."""

    check: SelfCheck
    version: Version
    levels: Mapping[str, int]

    @property
    def scores(self) -> dict[str, float | None]:
        return theme_scores(self.version, self.levels)


def last_check(cluster: Cluster, *, submitted: bool = True) -> Checked | None:
    """The cluster's last self-check: handed in, or also one that is begun. Two queries."""
    rows = SelfCheck.objects.filter(cluster=cluster).prefetch_related("answers__evidence")
    if submitted:
        rows = rows.filter(submitted_at__isnull=False)
    found = rows.order_by("-year", "-version").first()
    if found is None:
        return None
    return Checked(found, versions()[found.version], {a.item: a.level for a in found.answers.all()})


def peer_means(cluster_type: str) -> tuple[str, dict[str, tuple[float | None, int, str]]]:
    """The last published comparison of self-checks: (year, {theme: (mean of the type, clusters, why hidden)})."""
    tables = (
        PublishedTable.objects.filter(measure__startswith=f"{MEASURE}:")
        .prefetch_related("cells")
        .order_by("-period", "-version")
    )
    found: dict[str, tuple[float | None, int, str]] = {}
    year = ""
    for table in tables:
        theme = table.measure.split(":", 1)[1]
        if theme in found or (year and table.period != year):
            continue
        year = table.period
        for cell in table.cells.all():
            if cell.row == cluster_type:
                n = len(cell.contributors)
                found[theme] = (None if cell.why or not n else cell.value / n, n, cell.why)
    return year, found
