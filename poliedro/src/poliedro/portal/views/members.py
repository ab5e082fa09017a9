"""The pages beside a cluster's own: who its members are and where, and how much of its industry they cover."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from poliedro.reference.queries.cards import cards_at
from poliedro.registry.models import Cluster, MembershipSpell, Organisation
from poliedro.registry.present import bars, facts_of, figure, lines, place_map, stacked
from poliedro.registry.queries.backing import Backing, members_backing, together
from poliedro.registry.queries.clusters import Catchment, Distances, catchment, distances
from poliedro.registry.queries.coverage import (
    CoverageOfYear,
    Gap,
    Quotient,
    coverage,
    coverage_by_size,
    coverage_by_year,
    gaps,
    quotients,
)
from poliedro.registry.queries.geography import RegionMap, region_map
from poliedro.registry.queries.memberships import NOBODY, MakeUp, make_up, stock_by
from poliedro.registry.queries.standings import as_of
from poliedro.registry.queries.towns import RADIUS_KM, Towns, towns
from poliedro.registry.shown import Asked, Page, cluster_tabs, show
from poliedro.shared.access import public
from poliedro.shared.components import Chart, Crumb, Empty, Figure, Table
from poliedro.shared.region import region
from poliedro.shared.templatetags.poliedro import spoken_number

TOWNS_DRAWN, TOWNS_LISTED = 200, 100


def category_words() -> dict[str, str]:
    category = MembershipSpell.Category
    return {
        category.ORDINARY: _("ordinary"),
        category.ASSOCIATE: _("associate"),
        category.EXTERNAL: _("external"),
        category.HONORARY: _("honorary"),
    }


def size_words() -> dict[str, str]:
    return {value: str(label) for value, label in Organisation.SizeClass.choices}


def _crumbs(found: Cluster, here: str) -> list[Crumb]:
    return [
        Crumb(_("Clusters"), reverse("portal:clusters")),
        Crumb(found.name, reverse("portal:cluster", args=[found.key])),
        Crumb(here),
    ]


@public
def members(request: HttpRequest, key: str) -> HttpResponse:
    """Who the members are, since when, and how far from the seat."""
    asked = Asked(request)
    moment = asked.moment
    (found,) = as_of([get_object_or_404(Cluster, key=key)], moment)
    made_of = make_up(moment).get(found.pk, NOBODY)
    where, far = catchment(found, moment), distances(found, moment)
    facts = facts_of(members_backing(found, moment))
    day = f"{moment.on:%d.%m.%Y}"
    return show(
        request,
        Page(
            _members_title(found, made_of.organisations, far),
            _("Who they are by category, size and kind, where they are, and how far from the leading body's seat."),
            [
                Figure(
                    made_of.organisations,
                    label=_("Members"),
                    period=day,
                    url=reverse("portal:organisations") + f"?cluster={found.key}",
                    definition=_("Organisations of every kind with a membership in force on the day."),
                    **facts,
                ),
                figure(cards_at(moment).get("firms-per-cluster"), made_of.firms, period=day, **facts),
                Figure(
                    None if where.outside_share is None else where.outside_share * 100,
                    label=_("Outside the seat's province"),
                    unit="%",
                    decimals=0,
                    period=day,
                    n=sum(n for _code, _name, n in where.by_province) or None,
                    definition=_("Share of the members with a province that lie outside that of the seat."),
                    null_means=_("No member has a province, or the leading body has none."),
                    **facts,
                ),
                Figure(
                    far.median_km,
                    label=_("Median distance to the seat"),
                    unit="km",
                    decimals=0,
                    period=day,
                    definition=_("Half of the members lie nearer, in a straight line."),
                    null_means=_("Members or seat have no coordinates."),
                    **facts,
                ),
            ],
            _member_charts(found, asked, made_of, where, far, facts),
            notes=[
                _("Kind and size class are those of each day where known; places are those of today."),
                _("Distances are straight lines from a member's own coordinates, else from the centre of its place."),
                _("Earlier years go back through the clusters that this one continues, each with its part."),
            ],
            empty=None if made_of.organisations else _nobody(found),
            colour=found.colour,
        ),
        asked,
        cluster_tabs(found, request.user, "portal:cluster_members", asked.query),
        _crumbs(found, _("Members")),
    )


def _members_title(found: Cluster, n: int, far: Distances) -> str:
    if far.median_km is None:
        return _("%(cluster)s has %(n)d members") % {"cluster": found.name, "n": n}
    return _("Half of the members of %(cluster)s lie within %(km)d km of %(seat)s") % {
        "cluster": found.name,
        "km": max(1, round(far.median_km)),
        "seat": far.seat,
    }


def _nobody(found: Cluster) -> Empty:
    return Empty(
        _("Nobody is a member on this day"),
        _("The cluster's list of members fills this page. Choose another day, or see the cluster."),
        _("To the cluster"),
        reverse("portal:cluster", args=[found.key]),
    )


def _member_charts(
    found: Cluster, asked: Asked, made_of: MakeUp, where: Catchment, far: Distances, facts: dict[str, Any]
) -> list[Chart]:
    if not made_of.organisations:
        return []
    return [
        bars(
            "distances",
            _("How far members are from the seat"),
            _distance_summary(far),
            [
                (f"{low} - {high} km" if high else _("%(km)d km and more") % {"km": low}, n, "")
                for low, high, n in far.bands
            ],
            y_label=_("members"),
            height="small",
            **facts,
        ),
        place_map(
            "catchment",
            _("Members by province"),
            _where_summary(where),
            region_map(region()),
            {code: n for code, _name, n in where.by_province},
            value_label=_("members"),
            table=Table(
                [_("Province"), _("members")], [[name, n] for _code, name, n in where.by_province], numeric=[1]
            ),
            **facts,
        ),
        *make_up_charts(found, made_of, facts),
        *_over_years(found, asked, facts),
    ]


def make_up_charts(found: Cluster, made_of: MakeUp, facts: dict[str, Any]) -> list[Chart]:
    """Members by kind, by size class and by category."""
    base = reverse("portal:organisations") + f"?cluster={found.key}"
    kinds, sizes, categories = dict(Organisation.Kind.choices), size_words(), category_words()
    charts = []
    for name, title, summary, rows, label in (
        (
            "kinds",
            _("Who the members are"),
            _("Members by kind of organisation."),
            [(str(kinds[value]), n, f"{base}&kind={value}") for value, n in made_of.kind.items()],
            _("members"),
        ),
        (
            "sizes",
            _("Firms by size class"),
            _("Member firms by EU size class, with linked and partner firms counted."),
            [
                (sizes[value], made_of.size_class[value], f"{base}&size={value or 'unknown'}")
                for value in Organisation.SizeClass.values
                if value in made_of.size_class
            ],
            _("member firms"),
        ),
        (
            "categories",
            _("Members by category"),
            _("As the cluster's statutes tell members apart."),
            [(categories[value], n, "") for value, n in made_of.category.items()],
            _("members"),
        ),
    ):
        if rows:
            charts.append(bars(name, title, summary, rows, y_label=label, height="small", **facts))
    return charts


def _where_summary(where: Catchment) -> str:
    said = []
    if where.outside_share is not None:
        share = round(where.outside_share * 100)
        said.append(_("%(share)d%% of the members lie outside the seat's province.") % {"share": share})
    if where.unplaced:
        said.append(
            ngettext("%(n)d member has no province.", "%(n)d members have no province.", where.unplaced)
            % {"n": where.unplaced}
        )
    return " ".join(said)


def _distance_summary(far: Distances) -> str:
    if far.median_km is None:
        return _("No distance is known: %(n)d members or the seat have no coordinates.") % {"n": far.unknown}
    return _(
        "The furthest is %(far)d km from %(seat)s. %(centre)d are placed at the centre of their province, %(unknown)d "
        "have no place."
    ) % {"far": round(far.furthest_km or 0), "seat": far.seat, "centre": far.by_centre, "unknown": far.unknown}


def _over_years(found: Cluster, asked: Asked, facts: dict[str, Any]) -> list[Chart]:
    moment, words = asked.moment, dict(Organisation.Kind.choices)
    days = [date(year, 12, 31) for year in range(moment.on.year - 15, moment.on.year)] + [moment.on]
    series = stock_by(found, days, "kind", moment.known)
    first = next((i for i in range(len(days)) if any(s[i] for s in series.values())), None)
    if first is None:
        return []
    return [
        stacked(
            "kinds-by-year",
            _("Who the members were, year by year"),
            _("Members by kind of organisation at the end of each year, and on the day, through the lineage."),
            [f"{d.year}" for d in days[first:]],
            [(str(words[value]), [round(n, 1) for n in numbers[first:]]) for value, numbers in series.items()],
            y_label=_("members"),
            upright=True,
            **facts,
        )
    ]


@public
def cover(request: HttpRequest, key: str) -> HttpResponse:
    """How much of its industry a cluster covers: by size, year, activity and province, and where the industry is."""
    asked = Asked(request)
    moment = asked.moment
    (found,) = as_of([get_object_or_404(Cluster, key=key)], moment)
    covered = coverage([found], moment).get(found.pk)
    by_class, by_place = gaps(found, moment)
    backed = members_backing(found, moment)
    register = Backing(covered.certainty, covered.source) if covered else Backing()
    both = facts_of(together([backed, register]))
    figures = []
    if covered:
        figures = [
            figure(
                cards_at(moment).get("coverage"),
                covered.share,
                period=str(covered.year),
                n=covered.N,
                decimals=1,
                **both,
            ),
            Figure(
                covered.n,
                label=_("Inside the definition"),
                period=f"{moment.on:%d.%m.%Y}",
                definition=_("Member firms whose main activity lies inside the cluster's definition."),
                **facts_of(backed),
            ),
            Figure(
                covered.outside,
                label=_("Members outside"),
                period=f"{moment.on:%d.%m.%Y}",
                definition=_("Member firms whose main activity lies outside the definition, or is not known."),
                **facts_of(backed),
            ),
            *(
                [
                    Figure(
                        covered.elsewhere,
                        label=_("Members outside the region"),
                        period=f"{moment.on:%d.%m.%Y}",
                        definition=_("Member firms with a seat elsewhere: they count neither above nor below."),
                        **facts_of(backed),
                    )
                ]
                if covered.elsewhere
                else []
            ),
            Figure(
                covered.N,
                label=_("Register firms"),
                period=str(covered.year),
                definition=_("Active firms of the business register inside the cluster's definition."),
                **facts_of(register),
            ),
        ]
    return show(
        request,
        Page(
            _cover_title(found, covered, by_place),
            _("Member firms over the firms of the business register, inside the cluster's definition."),
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
        _crumbs(found, _("Coverage")),
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
            [[str(y.year), round(y.n, 1), y.N, _percent(y.share), y.source or _("not loaded")] for y in years],
            numeric=[1, 2, 3],
        ),
        **both,
    )


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
