"""A cluster's page Members: who they are, since when, and how far from the seat."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from poliedro.portal.views.shown import cluster_crumbs, lead_of, size_words
from poliedro.reference.queries.cards import cards_at
from poliedro.registry.models import Cluster, Organisation
from poliedro.registry.present import bars, facts_of, figure, place_map, stacked
from poliedro.registry.queries.backing import members_backing
from poliedro.registry.queries.clusters import Catchment, Distances, catchment, distances
from poliedro.registry.queries.geography import region_map
from poliedro.registry.queries.memberships import NOBODY, MakeUp, make_up, stock_by
from poliedro.registry.queries.standings import as_of
from poliedro.registry.shown import Asked, Page, cluster_tabs, show
from poliedro.registry.words import category_words
from poliedro.shared.access import public
from poliedro.shared.components import Chart, Empty, Figure, Table
from poliedro.shared.region import region
from poliedro.shared.spoken import short_day


@public
def members(request: HttpRequest, key: str) -> HttpResponse:
    """Who the members are, since when, and how far from the seat."""
    asked_for = get_object_or_404(Cluster, key=key)
    asked = Asked(request, asked_for.last_day(timezone.localdate()))
    moment = asked.moment
    (found,) = as_of([asked_for], moment)
    made_of = make_up(moment).get(found.pk, NOBODY)
    where, far = catchment(found, moment), distances(found, moment)
    facts = facts_of(members_backing(found, moment))
    day = short_day(moment.on)
    return show(
        request,
        Page(
            _members_title(found, made_of.organisations, far),
            lead_of(
                _("Who they are by category, size and kind, where they are, and how far from the leading body's seat."),
                asked.usual,
            ),
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
        cluster_crumbs(found, _("Members")),
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
    how_far = bars(
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
    )
    return [
        *([how_far] if far.median_km is not None else []),
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
