"""The intervention logic on a day: its tree, what hangs loose, how far each indicator is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from poliedro.funding.models import Measure
from poliedro.funding.queries.calls import measures_on
from poliedro.monitoring.models import IndicatorTerms, Observation, PolicyNode, PolicyTerms, QuarterReport
from poliedro.monitoring.queries.policy.measured import CATALOGUE, Value, computed_values
from poliedro.monitoring.rules.policy.logic import (
    Goal,
    Held,
    Node,
    Orphan,
    are_alike,
    due_by,
    orphans_of,
    progress_of,
    status_of,
)
from poliedro.reference.models import IndicatorCard
from poliedro.reference.queries.cards import cards_at
from poliedro.registry.queries.backing import Backing
from poliedro.shared.dated import Moment


@dataclass(frozen=True)
class Measured:
    """An indicator with its value on the day. value: from the register, or the last observation up to the day."""

    terms: IndicatorTerms
    card: IndicatorCard | None
    value: Value
    on: date

    @property
    def key(self) -> str:
        return self.terms.indicator.key

    @property
    def goal(self) -> Goal:
        t = self.terms
        return Goal(t.baseline, t.baseline_on, t.target, t.target_on)

    @property
    def is_alike(self) -> bool:
        """Whether baseline and target are of the same nature as the value; else nothing is compared."""
        return self.value.value is None or are_alike(self.terms.certainty, self.value.backing.certainty)

    @property
    def progress(self) -> float | None:
        return progress_of(self.goal, self.value.value) if self.is_alike else None

    @property
    def due(self) -> float | None:
        return due_by(self.goal, self.on)

    @property
    def status(self) -> str:
        if not self.is_alike and self.terms.target is not None:
            return "unlike"
        return status_of(self.goal, self.value.value, self.on)

    @property
    def is_computed(self) -> bool:
        return self.terms.computed_by in CATALOGUE


@dataclass
class Branch:
    """A node with what hangs from it."""

    terms: PolicyTerms
    children: list[Branch] = field(default_factory=list)
    indicators: list[Measured] = field(default_factory=list)

    @property
    def key(self) -> str:
        return self.terms.node.key

    @property
    def kind(self) -> str:
        return self.terms.node.kind

    def walk(self, depth: int = 0) -> Iterator[tuple[int, Branch]]:
        """This node and all below it, each with its depth."""
        yield depth, self
        for child in self.children:
            yield from child.walk(depth + 1)


@dataclass
class Logic:
    """loose: branches that hang from nothing and are no focus area. unplaced: indicators of no node."""

    moment: Moment
    areas: list[Branch]
    loose: list[Branch]
    unplaced: list[Measured]
    orphans: list[Orphan]
    measures: dict[str, Measure]

    def branches(self) -> Iterator[tuple[int, Branch]]:
        for branch in [*self.areas, *self.loose]:
            yield from branch.walk()

    def indicators(self) -> list[Measured]:
        return [*(i for _d, b in self.branches() for i in b.indicators), *self.unplaced]

    @property
    def is_synthetic(self) -> bool:
        said = [b.terms.certainty for _d, b in self.branches()]
        return "synthetic" in [*said, *(i.value.backing.certainty for i in self.indicators())]


def _tree(moment: Moment) -> tuple[dict[str, Branch], list[Branch], list[Branch]]:
    """Key -> branch in order of position; the focus areas; what hangs from nothing. One query, no indicators."""
    rows = PolicyTerms.objects.at(moment).select_related("node", "parent", "measure", "source")
    by_key = {t.node.key: Branch(t) for t in rows.order_by("position", "pk")}
    areas: list[Branch] = []
    loose: list[Branch] = []
    for branch in by_key.values():
        t = branch.terms
        if t.parent is not None and t.parent.key in by_key:
            by_key[t.parent.key].children.append(branch)
        else:
            (areas if t.node.kind == PolicyNode.Kind.AREA else loose).append(branch)
    return by_key, areas, loose


def places_at(moment: Moment) -> list[PolicyTerms]:
    """The nodes of the day as the tree has them, from the top: where an indicator may hang. No values are computed."""
    _by_key, areas, loose = _tree(moment)
    return [b.terms for top in [*areas, *loose] for _depth, b in top.walk()]


def logic_at(moment: Moment) -> Logic:
    """The tree as it held on the day, with values. Queries do not grow with its size, but with the figures in use."""
    by_key, areas, loose = _tree(moment)
    terms = [b.terms for b in by_key.values()]
    found = measured_at(moment)
    unplaced = []
    for m in found:
        place = by_key.get(m.terms.node.key) if m.terms.node else None
        if place is None:
            unplaced.append(m)
        else:
            place.indicators.append(m)
    measures = {m.key: m for m in measures_on(moment.on, proposed=False)}
    nodes = [
        Node(
            t.node.key,
            t.node.kind,
            t.parent.key if t.parent else "",
            t.owner,
            t.measure.key if t.measure else "",
        )
        for t in terms
    ]
    held = [
        Held(
            m.key, m.terms.node.key if m.terms.node else "", m.terms.role, m.terms.owner, m.terms.evidence,
            m.terms.target is not None,
        )
        for m in found
    ]  # fmt: skip
    return Logic(moment, areas, loose, unplaced, orphans_of(nodes, held, measures), measures)


def measured_at(moment: Moment, key: str = "") -> list[Measured]:
    """Every indicator of the day with its card and value; with a key, that one alone."""
    rows = IndicatorTerms.objects.at(moment).select_related("indicator", "node", "source")
    terms = list((rows.filter(indicator__key=key) if key else rows).order_by("role", "pk"))
    cards = cards_at(moment)
    values = computed_values([t.computed_by for t in terms], moment)
    seen = last_observations(moment)
    return [
        Measured(
            t, cards.get(t.card), values.get(t.computed_by) or seen.get(t.indicator_id) or Value(None, ""), moment.on
        )
        for t in terms
    ]


def last_observations(moment: Moment) -> dict[int, Value]:
    """The last observed value of each indicator up to the day, by indicator id. One query."""
    rows = Observation.objects.known(moment.known).filter(on__lte=moment.on).select_related("source").order_by("on")
    return {
        o.indicator_id: Value(o.value, o.on.isoformat(), Backing(o.certainty, f"{o.source.name}: {o.evidence}"))
        for o in rows
    }


def terms_of_node(key: str, moment: Moment) -> PolicyTerms | None:
    rows = PolicyTerms.objects.at(moment).filter(node__key=key)
    return rows.select_related("node", "parent", "measure").first()


def terms_of_indicator(key: str, moment: Moment) -> IndicatorTerms | None:
    rows = IndicatorTerms.objects.at(moment).filter(indicator__key=key)
    return rows.select_related("indicator", "node").first()


def history_of(terms: IndicatorTerms, moment: Moment, years: int = 6) -> list[tuple[date, Value]]:
    """Values up to the day: of the register at the end of each year and on the day, or as observed."""
    if terms.computed_by in CATALOGUE:
        days = [date(moment.on.year - n, 12, 31) for n in range(years - 1, 0, -1)]
        key = terms.computed_by
        return [(day, computed_values([key], Moment(day, moment.known))[key]) for day in [*days, moment.on]]
    rows = Observation.objects.known(moment.known).filter(indicator=terms.indicator, on__lte=moment.on)
    return [
        (o.on, Value(o.value, o.on.isoformat(), Backing(o.certainty, o.evidence)))
        for o in rows.order_by("on").select_related("source")
    ]


def versions_of_node(key: str) -> list[PolicyTerms]:
    """Everything that was ever said of a node, the newest first; what was taken back too."""
    rows = PolicyTerms.objects.filter(node__key=key).select_related("by", "parent")
    return list(rows.order_by("-recorded_at", "-pk"))


def has_logic() -> bool:
    """Whether a policy is described at all."""
    return PolicyTerms.objects.known().exists()


def reports() -> list[QuarterReport]:
    return list(QuarterReport.objects.select_related("published_by").order_by("-year", "-quarter", "-version"))


def report_at(year: int, quarter: int, version: int | None = None) -> QuarterReport | None:
    """That version of the report; without a version, the newest."""
    rows = QuarterReport.objects.filter(year=year, quarter=quarter).select_related("published_by")
    if version is not None:
        rows = rows.filter(version=version)
    return rows.order_by("-version").first()
