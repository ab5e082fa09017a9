"""A cluster's page Coverage: how much of its industry it covers, and where the industry is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from poliedro.portal.views.shown import cluster_crumbs, lead_of, size_words
from poliedro.reference.queries.cards import cards_at
from poliedro.registry.models import Cluster
from poliedro.registry.present import bars, coverage_figure, facts_of, lines, niche_table, niche_words, place_map
from poliedro.registry.queries.backing import Backing, members_backing, together
from poliedro.registry.queries.coverage import (
    CoverageOfYear,
    Gap,
    coverage,
    coverage_by_size,
    coverage_by_year,
    gaps,
)
from poliedro.registry.queries.geography import RegionMap, region_map
from poliedro.registry.queries.niches import LEAST_FIRMS, Niche, niches_of
from poliedro.registry.queries.quotients import Quotient, quotients
from poliedro.registry.queries.standings import as_of
from poliedro.registry.queries.towns import RADIUS_KM, Towns, towns
from poliedro.registry.shown import Asked, Page, cluster_tabs, show
from poliedro.shared.access import public
from poliedro.shared.components import Chart, Empty, Figure, Table
from poliedro.shared.region import region
from poliedro.shared.spoken import short_day
from poliedro.shared.templatetags.poliedro import source_words, spoken_number

TOWNS_DRAWN, TOWNS_LISTED, NICHES_DRAWN = 200, 100, 15


@public
def cover(request: HttpRequest, key: str) -> HttpResponse:
    """How much of its industry a cluster covers: by size, year, activity and province, and where the industry is."""
    asked_for = get_object_or_404(Cluster, key=key)
    asked = Asked(request, asked_for.last_day(timezone.localdate()))
    moment = asked.moment
    (found,) = as_of([asked_for], moment)
    covered = coverage([found], moment).get(found.pk)
    by_class, by_place = gaps(found, moment)
    backed = members_backing(found, moment)
    register = Backing(covered.certainty, covered.source) if covered else Backing()
    both = facts_of(together([backed, register]))
    figures = []
    if covered:
        figures = [
            coverage_figure(cards_at(moment).get("coverage"), covered, moment, **both),
            Figure(
                covered.n,
                label=_("Inside the definition"),
                period=short_day(moment.on),
                definition=_("Member firms whose main activity lies inside the cluster's definition."),
                **facts_of(backed),
            ),
            Figure(
                covered.outside,
                label=_("Members outside"),
                period=short_day(moment.on),
                definition=_("Member firms whose main activity lies outside the definition, or is not known."),
                **facts_of(backed),
            ),
            *(
                [
                    Figure(
                        covered.elsewhere,
                        label=_("Members outside the region"),
                        period=short_day(moment.on),
                        definition=_("Member firms with a seat elsewhere: they count neither above nor below."),
                        **facts_of(backed),
                    )
                ]
                if covered.elsewhere
                else []
            ),
            Figure(
                covered.N or None,
                label=_("Register firms"),
                period=str(covered.year) if covered.N else short_day(moment.on),
                definition=_("Active firms of the business register inside the cluster's definition."),
                null_means=_("No business register of that year or before is loaded."),
                **facts_of(register),
            ),
        ]
    return show(
        request,
        Page(
            _cover_title(found, covered, by_place),
            lead_of(
                _("Member firms over the firms of the business register, inside the cluster's definition."), asked.usual
            ),
            figures,
            _cover_charts(found, asked, by_class, by_place, both, facts_of(register)) if covered else [],
            notes=[
                _("Definition version %(n)d. Members by the main activity and size class that they had on the day.")
                % {"n": covered.version},
                _("Members and register firms outside the region do not count."),
                _("Years compare by the same definition, with the members at each year's end through the lineage."),
                _(
                    "Location quotient: (firms inside the definition / all firms of the province) / the same of all "
                    "provinces. All firms are those of the classes that the loaded register counts."
                ),
                _(
                    "Density of a municipality: register firms inside the definition within %(km)d km of its point, "
                    "over the area of that circle; at the region's border it comes out too low."
                )
                % {"km": RADIUS_KM},
            ]
            if covered
            else [],
            empty=None
            if covered
            else Empty(
                _("No definition is in force on this day"),
                _("Coverage needs the activities that make up the cluster's industry; the region's file lists them."),
                _("Sources"),
                reverse("portal:sources"),
            ),
            colour=found.colour,
        ),
        asked,
        cluster_tabs(found, request.user, "portal:cluster_coverage", asked.query),
        cluster_crumbs(found, _("Coverage")),
    )


def _cover_title(found: Cluster, covered: Any, by_place: list[Gap]) -> str:
    if covered is None or covered.share is None:
        return _("How much of its industry %(cluster)s covers is not known") % {"cluster": found.name}
    said = {"cluster": found.name, "share": round(covered.share * 100)}
    if by_place and by_place[0].share is not None and by_place[0].share < covered.share:
        return _("%(cluster)s covers %(share)d%% of its industry; %(place)s is the gap") % {
            **said,
            "place": by_place[0].label,
        }
    return _("%(cluster)s covers %(share)d%% of its industry") % said


def _percent(share: float | None) -> float | None:
    return None if share is None else round(share * 100, 1)


def _gap_table(first: str, rows: Sequence[tuple[str, Any]]) -> Table:
    return Table(
        [first, _("Inside the definition"), _("Register firms"), _("coverage, %")],
        [[label, g.n, g.N, _percent(g.share)] for label, g in rows],
        numeric=[1, 2, 3],
    )


def _cover_charts(
    found: Cluster,
    asked: Asked,
    by_class: list[Gap],
    by_place: list[Gap],
    both: dict[str, Any],
    register: dict[str, Any],
) -> list[Chart]:
    moment, borders, sizes = asked.moment, region_map(region()), size_words()
    by_size = coverage_by_size([found], moment).get(found.pk, [])
    years = coverage_by_year(found, moment)
    named = [(sizes[g.label], g) for g in by_size]
    best = max((p for p in named if p[1].share is not None), key=lambda p: p[1].share or 0, default=None)
    charts = [
        bars(
            "sizes",
            _("Coverage by size class"),
            _("It covers %(size)s firms best.") % {"size": best[0]}
            if best
            else _("The register counts no size class of this industry."),
            [(label, _percent(g.share), "") for label, g in named],
            y_label=_("coverage, %"),
            height="small",
            table=_gap_table(_("Size"), named),
            **both,
        ),
        bars(
            "gaps",
            _("Coverage by activity, least covered first"),
            _("Members inside the definition over firms of the business register."),
            [(g.label, _percent(g.share), "") for g in by_class],
            y_label=_("coverage, %"),
            height="medium" if len(by_class) > 6 else "small",
            table=_gap_table(_("Activity"), [(g.label, g) for g in by_class]),
            **both,
        ),
        *_niches_chart(niches_of(found, moment), both),
        _places_chart(borders, by_place, both),
        _quotients_chart(found, borders, quotients(found, moment), register),
        *_towns_chart(borders, towns(found, moment)),
    ]
    if years:
        charts.insert(1, _years_chart(found, years, both))
    return charts


def _years_said(years: Sequence[CoverageOfYear]) -> str:
    """How many years the register counts, and which between them are missing."""
    counted, missing = [y for y in years if y.N is not None], [str(y.year) for y in years if y.N is None]
    said = ngettext(
        "The business register counts %(n)d year; each new one adds a point.",
        "The business register counts %(n)d years; each new one adds a point.",
        len(counted),
    ) % {"n": len(counted)}
    if not missing:
        return said
    return f"{said} {_('Not loaded: %(years)s.') % {'years': ', '.join(missing)}}"


def _years_chart(found: Cluster, years: Sequence[CoverageOfYear], both: dict[str, Any]) -> Chart:
    return lines(
        "years",
        _("Coverage by year"),
        _years_said(years),
        [y.year for y in years],
        [(found.name, found.colour, [_percent(y.share) for y in years])],
        x_label=_("Year"),
        y_label=_("coverage, %"),
        height="small",
        decimals=1,
        table=Table(
            [_("Year"), _("Inside the definition"), _("Register firms"), _("coverage, %"), _("Source")],
            [
                [str(y.year), round(y.n, 1), y.N, _percent(y.share), source_words(y.source) or _("not loaded")]
                for y in years
            ],
            numeric=[1, 2, 3],
        ),
        **both,
    )


def _niches_chart(niches: list[Niche], both: dict[str, Any]) -> list[Chart]:
    """The niches without a member, largest first, over the table of all; nothing where the register counts nobody."""
    empty = [niche for niche in niches if niche.N and not niche.n]
    counted = sum(bool(niche.N) for niche in niches)
    if not counted:
        return []
    said = ngettext(
        "%(empty)d of %(n)d niche has no member.", "%(empty)d of %(n)d niches have no member.", counted
    ) % {"empty": len(empty), "n": counted}  # fmt: skip
    if empty:
        said += " " + _("The largest: %(activity)s.") % {"activity": niche_words(empty[0])}
    else:
        said = _("Every niche of the definition has a member.")
    shown = empty[:NICHES_DRAWN] or [niche for niche in niches if niche.N][:NICHES_DRAWN]
    grain = ngettext(
        "A niche is the smallest activity with at least %(n)d firm of the register; smaller ones are told together.",
        "A niche is the smallest activity with at least %(n)d firms of the register; smaller ones are told together.",
        LEAST_FIRMS,
    ) % {"n": LEAST_FIRMS}
    return [
        bars(
            "niches",
            _("Niches without a member, by firms of the register") if empty else _("The least covered niches"),
            f"{said} {grain}",
            [(niche_words(niche), niche.N if empty else _percent(niche.share), "") for niche in shown],
            y_label=_("Register firms") if empty else _("coverage, %"),
            height="medium" if len(shown) > 6 else "small",
            table=niche_table(niches),
            **both,
        )
    ]


def _places_chart(borders: RegionMap, by_place: list[Gap], both: dict[str, Any]) -> Chart:
    shares = {g.label: _percent(g.share) for g in by_place}
    return place_map(
        "places",
        _("Coverage by province"),
        _("%(place)s is covered least.") % {"place": by_place[0].label} if by_place else "",
        borders,
        {p.code: shares.get(p.name) for p in borders.provinces},
        value_label=_("coverage, %"),
        decimals=1,
        table=_gap_table(_("Province"), [(g.label, g) for g in by_place]),
        **both,
    )


def _towns_chart(borders: RegionMap, found: Towns) -> list[Chart]:
    """Nothing where the register names no municipality."""
    if not found.towns:
        return []
    dense, said = found.towns[0], []
    said.append(
        _("It is densest round %(town)s (%(province)s): %(n)s firms for each 100 km².")
        % {"town": dense.name, "province": dense.province, "n": spoken_number(dense.density, 1)}
    )
    if found.seat:
        said.append(_("The seat, %(town)s, comes at place %(n)d of %(all)d.") % {
            "town": found.seat[0], "n": found.seat[1], "all": len(found.towns)
        })  # fmt: skip
    if found.unplaced:
        said.append(
            ngettext(
                "Of %(n)s firm the province alone is known.",
                "Of %(n)s firms the province alone is known.",
                found.unplaced,
            )
            % {"n": spoken_number(found.unplaced)}
        )
    largest = max(t.firms for t in found.towns) or 1
    by_province: dict[str, int] = {}
    for town in found.towns:
        by_province[town.province] = by_province.get(town.province, 0) + town.firms
    return [
        place_map(
            "towns",
            _("Where its firms lie close together: density by municipality"),
            " ".join(said),
            borders,
            {p.code: by_province.get(p.name) for p in borders.provinces},
            value_label=_("register firms"),
            points=[
                {
                    "name": t.name,
                    "x": t.longitude,
                    "y": t.latitude,
                    "size": 4 + 22 * (t.firms / largest) ** 0.5,  # area follows the number
                    "note": ngettext("%(n)s firm", "%(n)s firms", t.firms) % {"n": spoken_number(t.firms)},
                }
                for t in sorted(found.towns, key=lambda t: -t.firms)[:TOWNS_DRAWN]
                if t.latitude is not None and t.firms
            ],
            height="large",
            table=Table(
                [
                    _("Municipality"),
                    _("Province"),
                    _("Firms for each 100 km² within %(km)d km") % {"km": RADIUS_KM},
                    _("Register firms"),
                    _("Member firms"),
                ],
                [[t.name, t.province, t.density, t.firms, t.members] for t in found.towns[:TOWNS_LISTED]],
                numeric=[2, 3, 4],
                decimals={2: 1},
                full=True,
                caption=_("The %(n)d densest of %(all)d")
                % {"n": min(TOWNS_LISTED, len(found.towns)), "all": len(found.towns)},
            ),
            **facts_of(found.backing),
        )
    ]


def _quotients_chart(found: Cluster, borders: RegionMap, rows: list[Quotient], register: dict[str, Any]) -> Chart:
    first = next((q for q in rows if q.lq is not None), None)
    summary = (
        _("%(place)s has %(lq)s times the share of this industry that the provinces have together.")
        % {"place": first.name, "lq": spoken_number(first.lq, 1)}
        if first
        else _("The register counts nobody in this industry.")
    )
    return place_map(
        "quotients",
        _("Where the industry is: location quotient by province"),
        summary,
        borders,
        {q.code: None if q.lq is None else round(q.lq, 2) for q in rows},
        value_label=_("location quotient"),
        decimals=2,
        table=Table(
            [_("Province"), _("Register firms"), _("All firms counted"), _("location quotient")],
            [[q.name, q.inside, q.firms, spoken_number(q.lq, 2)] for q in rows],
            numeric=[1, 2, 3],
        ),
        **register,
    )
