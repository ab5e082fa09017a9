"""Where sources disagree: computed from reported figures and the register, refreshed whenever either changes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Sum

from poliedro.audit.services import record
from poliedro.reference.models import IndicatorCard
from poliedro.registry.models import Cluster, DataQualityFinding, ProjectShare, ReportedFigure
from poliedro.registry.queries.clusters import clusters_on
from poliedro.registry.queries.memberships import stock_series
from poliedro.registry.queries.money import staff_of
from poliedro.shared.dated import Moment
from poliedro.shared.templatetags.poliedro import number_in, period_in

YEARS_OF_PERIOD = 4
WHOLE = Decimal("0.999")
"""Parts that add up to less leave something out; three thirds do not."""
MOST_SHOWN = 50


@dataclass
class Seen:
    """A contradiction as it stands now: titles and statements by language, and both sides with their sources."""

    key: str
    kind: str
    title: dict[str, str]
    statement: dict[str, str]
    sides: list[dict[str, Any]]
    severity: str = "warning"
    subject: tuple[str, str] = field(default=("", ""))


@transaction.atomic
def refresh_findings(*, moment: Moment, by: Any = None) -> int:
    """Look again for contradictions; an explanation that someone gave stays. Returns how many are seen now."""
    seen = [
        *_unequal_reports(),
        *_effort_beyond_staff(moment),
        *_stagnant_or_growing(moment),
        *_report_beyond_range(),
        *_parts_not_whole(),
    ]
    for finding in seen:
        DataQualityFinding.objects.update_or_create(
            key=finding.key,
            defaults={
                "kind": finding.kind,
                "severity": finding.severity,
                "sides": finding.sides,
                "subject_kind": finding.subject[0],
                "subject_key": finding.subject[1],
                **{f"title_{k}": v for k, v in finding.title.items()},
                **{f"statement_{k}": v for k, v in finding.statement.items()},
            },
        )
    kinds = ("unequal-reports", "effort-beyond-staff", "stagnant-or-growing", "report-beyond-range", "parts-not-whole")
    DataQualityFinding.objects.filter(kind__in=kinds, state="open").exclude(key__in=[f.key for f in seen]).update(
        state="resolved"
    )
    record(by=by, verb="refresh_findings", subject_kind="findings", subject_key=moment.on, seen=len(seen))
    return len(seen)


def _reported(indicator: str) -> list[ReportedFigure]:
    return list(
        ReportedFigure.objects.known()
        .filter(indicator=indicator)
        .select_related("source", "cluster")
        .order_by("period", "pk")
    )


def _side(figure: ReportedFigure) -> dict[str, Any]:
    """One side of a contradiction, as the page shows it. low, value, high: as the source states them."""
    return {
        "what": figure.cluster.name if figure.cluster else "",
        "indicator": figure.indicator,
        "value": figure.value,
        "low": figure.low,
        "high": figure.high,
        "unit": figure.unit,
        "source": figure.source.name,
        "quote": figure.quote,
    }


def _unequal_reports() -> Iterator[Seen]:
    """The same indicator, subject and period with two values."""
    cards = {card.key: card for card in IndicatorCard.objects.known().order_by("version")}
    groups: dict[tuple[Any, ...], list[ReportedFigure]] = {}
    for figure in ReportedFigure.objects.known().exclude(value=None).select_related("source", "cluster").order_by("pk"):
        groups.setdefault((figure.indicator, figure.cluster_id, figure.period), []).append(figure)
    for (indicator, cluster, period), figures in groups.items():
        values = sorted({f.value for f in figures if f.value is not None})
        if len(values) > 1:
            shown = {k: " / ".join(f"{number_in(k, v)}{figures[0].unit}" for v in values) for k in ("en", "it")}
            card = cards.get(indicator)
            name = {k: getattr(card, f"name_{k}", indicator) for k in ("en", "it")}
            yield Seen(
                f"unequal-{indicator}-{cluster or 'region'}-{period}",
                "unequal-reports",
                {
                    "en": f"{name['en']}: {shown['en']} for the same period",
                    "it": f"{name['it']}: {shown['it']} per lo stesso periodo",
                },
                {
                    "en": f"Sources give {shown['en']} for {period}. Both are kept; pages name the source they show.",
                    "it": f"Le fonti danno {shown['it']} per {period}. Entrambi restano; le pagine dicono quale usano.",
                },
                [_side(f) for f in figures],
            )


def _parts_not_whole() -> Iterator[Seen]:
    """Projects whose parts by cluster leave something out: the clusters' totals then fall short of the region's."""
    short = (
        ProjectShare.objects.known()
        .filter(project__retracted_at=None)
        .values("project", "project__number", "project__source__name")
        .annotate(held=Sum("share"))
        .filter(held__lt=WHOLE)
        .order_by("held", "project")
    )
    for row in short[:MOST_SHOWN]:
        number, held = row["project__number"], f"{100 * row['held']:.0f}%"
        yield Seen(
            f"parts-not-whole-{row['project']}",
            "parts-not-whole",
            {
                "en": f"Project {number}: clusters hold {held} of it",
                "it": f"Progetto {number}: i poli ne hanno il {held}",
            },
            {
                "en": "The rest belongs to no cluster yet, so that the clusters' totals fall short of the region's.",
                "it": "Il resto non appartiene ancora a nessun polo: i totali dei poli restano sotto quello regionale.",
            },
            [{"what": number, "value": float(row["held"]), "low": None, "high": None, "unit": "",
              "source": row["project__source__name"], "quote": ""}],
            subject=("project", str(row["project"])),
        )  # fmt: skip


def _effort_beyond_staff(moment: Moment) -> Iterator[Seen]:
    """FTE reported as staff of cluster organisations, beyond what their staff can give."""
    clusters = clusters_on(moment)
    staff = staff_of(clusters, moment)
    persons = sum(s.persons for s in staff.values())
    for figure in _reported("rd-fte"):
        most = persons * YEARS_OF_PERIOD
        if persons and figure.value is not None and figure.value > most:
            yield Seen(
                f"effort-beyond-staff-{figure.period}",
                "effort-beyond-staff",
                {
                    "en": f"{number_in('en', figure.value, 0)} FTE cannot be staff of the cluster organisations",
                    "it": f"{number_in('it', figure.value, 0)} FTE non possono essere personale dei soggetti gestori",
                },
                {
                    "en": f"The {persons} persons who manage clusters give at most {most} FTE-years in "
                    f"{YEARS_OF_PERIOD} years. The figure is read as R&D work in members' projects.",
                    "it": f"Le {persons} persone che gestiscono i poli danno al massimo {most} anni-persona in "
                    f"{YEARS_OF_PERIOD} anni. Il dato è letto come lavoro di R&S nei progetti degli aderenti.",
                },
                [_side(figure), {"what": "", "indicator": "staff", "value": persons, "unit": "", "source": "Register"}],
                "error",
            )


def _stagnant_or_growing(moment: Moment) -> Iterator[Seen]:
    """Membership called stagnant, while single clusters grow."""
    reports = _reported("membership-trend")
    clusters = clusters_on(moment)
    start = date(moment.on.year - 5, moment.on.month, min(moment.on.day, 28))
    series = stock_series(clusters, [start, moment.on], moment.known)
    growth = {c: (series[c.pk][1] / series[c.pk][0] - 1) * 100 for c in clusters if series[c.pk][0]}
    growing = {c: g for c, g in growth.items() if g > 5}
    single = [f for f in _reported("firms-per-cluster") if f.cluster_id and f.value]
    if reports and (growing or single):
        names = ", ".join(f"{c.name} {g:+.0f}%" for c, g in growing.items()) or "-"
        yield Seen(
            "stagnant-or-growing",
            "stagnant-or-growing",
            {
                "en": "Membership is called stagnant, yet single clusters report growth",
                "it": "Le adesioni sono dette stagnanti, ma singoli poli dichiarano crescita",
            },
            {
                "en": f"Over five years the register shows growth above 5% in: {names}. Clusters' own counts are "
                "listed below; net growth is computed per cluster.",
                "it": f"In cinque anni il registro mostra una crescita oltre il 5% in: {names}. Sotto, i conteggi dei "
                "poli; la crescita netta è calcolata per polo.",
            },
            [
                _side(reports[0]),
                *[_side(f) for f in single],
                *[
                    {"what": c.name, "value": round(g, 1), "unit": "%", "source": "Register"}
                    for c, g in growing.items()
                ],
            ],
        )


def _report_beyond_range() -> Iterator[Seen]:
    """A cluster's own count outside the range that a study gives for all clusters."""
    figures = _reported("firms-per-cluster")
    ranges = [f for f in figures if f.cluster_id is None and f.low is not None and f.high is not None]
    for wide in ranges:
        for own in figures:
            if own.cluster is None or own.value is None or wide.low is None or wide.high is None:
                continue
            if not wide.low <= own.value <= wide.high:
                cluster: Cluster = own.cluster
                yield Seen(
                    f"beyond-range-{cluster.key}-{own.period}",
                    "report-beyond-range",
                    {
                        "en": f"{cluster.name} reports {own.value:g} firms, outside {wide.low:g} to {wide.high:g}",
                        "it": f"{cluster.name} dichiara {own.value:g} imprese, fuori da {wide.low:g}-{wide.high:g}",
                    },
                    {
                        "en": f"Counting rules or dates differ: {period_in('en', own.period)} against "
                        f"{period_in('en', wide.period)}. Both are kept.",
                        "it": f"Regole o date diverse: {period_in('it', own.period)} contro "
                        f"{period_in('it', wide.period)}. Entrambi restano.",
                    },
                    [_side(wide), _side(own)],
                    subject=("cluster", cluster.key),
                )


@transaction.atomic
def explain_finding(*, finding: DataQualityFinding, explanation: str, by: Any) -> DataQualityFinding:
    """Close a finding in words; both sides stay. Raises ValueError for an empty explanation."""
    if not explanation.strip():
        raise ValueError("an explanation needs words; say which side holds, and why the other differs")
    finding.explanation, finding.state = explanation.strip(), DataQualityFinding.State.EXPLAINED
    finding.save(update_fields=["explanation", "explanation_it", "explanation_en", "state"])
    record(by=by, verb="explain_finding", subject_kind="finding", subject_key=finding.key)
    return finding
