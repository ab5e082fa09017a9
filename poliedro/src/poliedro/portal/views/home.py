from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from poliedro.reference.queries.cards import cards_at
from poliedro.reference.queries.sources import news
from poliedro.registry.present import facts_of, figure, place_map
from poliedro.registry.queries.backing import backing_of_clusters, together
from poliedro.registry.queries.clusters import clusters_on, members_by_province
from poliedro.registry.queries.geography import region_map
from poliedro.registry.queries.memberships import distinct_members
from poliedro.registry.queries.projects import activity_by_cluster, last_project_years
from poliedro.registry.queries.quality import open_findings
from poliedro.registry.queries.totals import official_totals
from poliedro.registry.shown import Asked
from poliedro.shared.access import public
from poliedro.shared.components import Figure
from poliedro.shared.region import region
from poliedro.shared.spoken import short_day
from poliedro.shared.templatetags.poliedro import spoken_number


@public
def home(request: HttpRequest) -> HttpResponse:
    asked = Asked(request)
    moment = asked.moment
    on = short_day(moment.on) if asked.form.is_bound else _("today")
    clusters, cards = clusters_on(moment), cards_at(moment)
    members = members_by_province(moment)
    by_place = {code: sum(counts.values()) for code, counts in members.items()}
    years = last_project_years(moment)
    _by, total = activity_by_cluster(clusters, *years, moment.known)
    official = official_totals(region(), moment.known)
    behind = backing_of_clusters(clusters, moment, *years)
    joined = facts_of(together(list(behind.members.values())))
    work = facts_of(together(list(behind.activity.values())))
    figures = [
        Figure(
            len(clusters),
            label=_("Clusters"),
            period=on,
            source=_("Region's configuration file"),
            url=reverse("portal:clusters"),
            definition=_("Clusters that exist on the day."),
        ),
        figure(
            cards.get("firms-per-cluster"),
            distinct_members(moment, firms_only=True),
            label=_("Member firms"),
            period=_("%(day)s, each counted once") % {"day": on},
            **joined,
            url=reverse("portal:organisations") + "?kind=firms&cluster=any",
        ),
        figure(
            cards.get("rd-investment"),
            total.invested_eur,
            label=_("R&D investment"),
            period=f"{years[0]}-{years[1]}",
            **work,
            decimals=0,
            url=reverse("portal:tables"),
        ),
        Figure(
            official.organisations,
            label=_("Organisations in EU projects"),
            period=official.period,
            certainty="official",
            source="CORDIS",
            url=reverse("portal:organisations") + "?where=here&projects=eu",
            definition=_("Organisations of the region with a participation in the loaded EU projects."),
            null_means=_("No CORDIS file is loaded; see Sources."),
        ),
        Figure(
            len(open_findings(moment.known)),
            label=_("Open data-quality findings"),
            period=on,
            source=_("Register"),
            url=reverse("portal:quality"),
            definition=_("Places where two sources cannot both be right."),
        ),
    ]
    seats = [
        {
            "name": f"{c.name}",
            "x": p[1],
            "y": p[0],
            "color": c.colour,
            "size": 13,
            "url": reverse("portal:cluster", args=[c.key]),
        }
        for c, p in official.seats(clusters, moment)
    ]
    best = max(by_place, key=lambda k: by_place[k]) if by_place else ""
    borders = region_map(region())
    names = {p.code: p.name for p in borders.provinces}
    picture = place_map(
        "members",
        _("Where the members are"),
        _("%(place)s has most memberships, %(n)s of %(all)s; a member of two clusters counts in both.")
        % {
            "place": names.get(best, best),
            "n": spoken_number(by_place[best]),
            "all": spoken_number(sum(by_place.values())),
        }
        if best
        else _("No member with a province is recorded on this day."),
        borders,
        {k: v for k, v in by_place.items() if k in names},
        value_label=_("memberships"),
        points=seats,
        points_label=_("Seat of a cluster, in its colour; seats in one place stand round it"),
        **joined,
        height="large",
        urls={code: reverse("portal:organisations") + f"?province={code}" for code in names},
    )
    return render(
        request,
        "portal/home.html",
        {
            "figures": figures,
            "map": picture,
            "clusters": clusters,
            "news": news(6, moment.known),
            "form": asked.form,
            "moment": moment,
            "synthetic_data": any(c.is_synthetic for c in clusters),
        },
    )
