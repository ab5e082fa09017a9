"""Pages of one question each, of all clusters: what managers carry, who takes part in R&D, who orders research from
whom, what went into what."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from poliedro.portal.present import bars, certainty_of, colours_of, facts_of, figure, flow, stacked
from poliedro.portal.views.shown import Asked, Page, figures_tabs, show
from poliedro.reference.queries.cards import cards_at
from poliedro.registry.models import Cluster, StaffAssignment
from poliedro.registry.queries.backing import Backing, backing_of_clusters, together
from poliedro.registry.queries.capacity import Capacity, capacities, last_services_year
from poliedro.registry.queries.clusters import LineageStep, clusters_on, eve_backing, lineage
from poliedro.registry.queries.contracts import ContractFlow, by_cluster, contracts, contracts_backing, drawn, flows
from poliedro.registry.queries.participation import TOP, Participants, participants
from poliedro.registry.queries.projects import Activity, activity_by_cluster, last_project_years
from poliedro.shared.components import Chart, Crumb, Empty, Figure, Table
from poliedro.shared.templatetags.poliedro import spoken_number

FIRMS_DRAWN = 12
CONTRACTS_LISTED = 100
HAIR = 0.2
"""Firms: the width of a band without any."""


def _crumbs(here: str) -> list[Crumb]:
    return [Crumb(_("Figures"), reverse("portal:tables")), Crumb(here)]


def _links(clusters: Sequence[Cluster]) -> dict[int, str]:
    return {i: reverse("portal:cluster", args=[c.key]) for i, c in enumerate(clusters)}


# --- capacity ---------------------------------------------------------------------------------------------------------
def role_words() -> dict[str, str]:
    role = StaffAssignment.Role
    return {
        role.MANAGER: _("management"),
        role.OFFICER: _("cluster officers"),
        role.PROJECT: _("projects"),
        role.COMMUNICATION: _("communication"),
        role.ADMINISTRATION: _("administration"),
    }


def capacity(request: HttpRequest) -> HttpResponse:
    """Staff of each cluster's management by role, and the members and services that each full-time person carries."""
    asked = Asked(request)
    moment = asked.moment
    clusters, year = clusters_on(moment), last_services_year(moment)
    found = capacities(clusters, moment, year)
    years = last_project_years(moment)
    research, _region = activity_by_cluster(clusters, *years, moment.known)
    behind = backing_of_clusters(clusters, moment, *years)
    staffed = [c for c in found if c.persons]
    joined = facts_of(together([c.staff_backing for c in staffed]))
    persons, fte = sum(c.persons for c in found), sum(float(c.fte) for c in found)
    day = f"{moment.on:%d.%m.%Y}"
    cards = cards_at(moment)
    return show(
        request,
        Page(
            _capacity_title(clusters, staffed),
            _("People who work for the clusters' management, and what each full-time person has to carry."),
            [
                Figure(
                    persons if staffed else None,
                    label=_("Persons in all clusters"),
                    period=day,
                    definition=_("Persons with an assignment in force; one who works for two clusters counts in each."),
                    null_means=_("No assignment recorded."),
                    **joined,
                ),
                Figure(
                    fte if staffed else None,
                    label=_("Full-time equivalents"),
                    unit="FTE",
                    decimals=1,
                    period=day,
                    definition=_("Sum of the full-time shares of the dedicated staff."),
                    null_means=_("No assignment recorded."),
                    **joined,
                ),
            ],
            _capacity_charts(clusters, found, joined) if staffed else [],
            _capacity_table(clusters, found, research, behind, cards, day, years, year) if clusters else None,
            notes=[
                _("Names of persons are not shown here."),
                _("FTE of management and of R&D are two things: the first runs the cluster, the second does projects."),
                _("R&D work: research hours on projects starting in %(years)s, over 1 720 hours a full-time year.")
                % {"years": f"{years[0]}-{years[1]}"},
            ],
            empty=None
            if staffed
            else Empty(
                _("No staff is recorded on this day"),
                _("Assignments of persons to clusters, with role and share of a full-time year, fill this page."),
            ),
        ),
        asked,
        figures_tabs("capacity", asked.query),
        _crumbs(_("Capacity")),
    )


def _capacity_title(clusters: Sequence[Cluster], staffed: Sequence[Capacity]) -> str:
    if not staffed:
        return _("What the clusters' managers can carry")
    most = max(staffed, key=lambda c: c.members_per_fte or 0)
    return _("A full-time person serves up to %(n)d members, most in %(cluster)s") % {
        "n": round(most.members_per_fte or 0),
        "cluster": next(c.name for c in clusters if c.pk == most.cluster_id),
    }


def _capacity_charts(clusters: list[Cluster], found: list[Capacity], joined: dict[str, Any]) -> list[Chart]:
    words = role_words()
    used = [role for role in words if any(role in c.by_role for c in found)]
    return [
        stacked(
            "roles",
            _("Staff by role"),
            _("Full-time equivalents of each cluster's management on the day."),
            [c.name for c in clusters],
            [(words[role], [float(c.by_role.get(role, 0)) for c in found]) for role in used],
            y_label="FTE",
            **joined,
        ),
        bars(
            "members-per-fte",
            _("Members for each full-time person"),
            _("Organisations with a membership in force, over full-time equivalents."),
            [
                (c.name, None if own.members_per_fte is None else round(own.members_per_fte, 1), link)
                for c, own, link in zip(clusters, found, _links(clusters).values(), strict=True)
            ],
            y_label=_("members per FTE"),
            colours=colours_of(clusters),
            height="small",
            **joined,
        ),
    ]


def _capacity_table(
    clusters: list[Cluster],
    found: list[Capacity],
    research: dict[int, Activity],
    behind: Any,
    cards: Any,
    day: str,
    years: tuple[int, int],
    year: int | None,
) -> Table:
    rows = []
    for cluster, own in zip(clusters, found, strict=True):
        staff, services = facts_of(own.staff_backing), facts_of(own.services_backing)
        both = facts_of(together([own.staff_backing, own.services_backing]))
        work = facts_of(behind.activity.get(cluster.pk, Backing()))
        rows.append(
            [
                cluster.name,
                figure(cards.get("staff"), own.persons or None, period=day, **staff),
                figure(cards.get("staff-fte"), own.fte or None, period=day, decimals=1, **staff),
                Figure(own.members_per_fte, label=_("Members per FTE"), period=day, decimals=1, **staff),
                Figure(own.services, label=_("Services delivered"), period=str(year or ""), **services),
                Figure(own.services_per_fte, label=_("Services per FTE"), period=str(year or ""), decimals=1, **both),
                figure(
                    cards.get("rd-fte"), research[cluster.pk].fte, period=f"{years[0]}-{years[1]}", decimals=0, **work
                ),
            ]
        )
    return Table(
        [
            _("Cluster"),
            _("Staff"),
            _("FTE of management"),
            _("Members per FTE"),
            _("Services delivered"),
            _("Services per FTE"),
            _("FTE of R&D"),
        ],
        rows,
        numeric=range(1, 7),
        links=_links(clusters),
        full=True,
        caption=_("Staff of the management, what it carries, and the R&D work of members beside it"),
    )


# --- who takes part ---------------------------------------------------------------------------------------------------
def participation(request: HttpRequest) -> HttpResponse:
    """Firms in the clusters' R&D projects: new and returning ones, and how much the first ten take."""
    asked = Asked(request)
    moment = asked.moment
    clusters, years = clusters_on(moment), last_project_years(moment)
    chosen = asked.cluster(clusters)
    found = participants(*years, moment.known, chosen)
    facts, period = facts_of(found.backing), f"{years[0]}-{years[1]}"
    return show(
        request,
        Page(
            _participation_title(found, chosen, period),
            _("Firms in projects with a share of a cluster, by the year in which the project starts."),
            _participation_figures(found, asked, facts, period),
            _participation_charts(found, facts, period) if found.firms else [],
            notes=[
                _("New: the firm's first project of any cluster, since records began. Returning: it had one before."),
                _("A firm counts once a project, whatever its roles; each cluster of a shared project counts it."),
                _("Money: public contributions to firms where a file gives them; %(n)d places have none.")
                % {"n": found.unknown},
            ],
            facets=[asked.cluster_facet(clusters)],
            empty=None
            if found.firms
            else Empty(
                _("No firm takes part in the years %(period)s") % {"period": period},
                _("Projects with their partners, from a cluster's own list or an official file, fill this page."),
                _("Sources"),
                reverse("portal:sources"),
            ),
            colour=chosen.colour if chosen else "",
        ),
        asked,
        figures_tabs("participation", asked.query),
        _crumbs(_("Who takes part")),
    )


def _participation_title(found: Participants, chosen: Cluster | None, period: str) -> str:
    said = {
        "n": spoken_number(found.firms),
        "period": period,
        "top": len(found.top),
        "cluster": chosen.name if chosen else "",
    }
    if found.top_share is None:
        if chosen:
            return _("%(n)s firms took part in R&D projects of %(cluster)s in %(period)s") % said
        return _("%(n)s firms took part in R&D projects of the clusters in %(period)s") % said
    said["share"] = round(found.top_share * 100)
    if chosen:
        return _("%(n)s firms took part with %(cluster)s; %(top)d of them take %(share)d%% of the money") % said
    return _("%(n)s firms took part in R&D; %(top)d of them take %(share)d%% of the money") % said


def _participation_figures(found: Participants, asked: Asked, facts: dict[str, Any], period: str) -> list[Figure]:
    def percent(share: float | None) -> float | None:
        return None if share is None else share * 100

    return [
        figure(cards_at(asked.moment).get("rd-firms"), found.firms, period=period, **facts),
        Figure(
            percent(found.repeating / found.firms if found.firms else None),
            label=_("In two projects or more"),
            unit="%",
            decimals=0,
            n=found.firms,
            period=period,
            definition=_("Share of the firms with at least two projects that start in the years."),
            **facts,
        ),
        Figure(
            percent(found.top_share),
            label=_("Money of the first %(n)d firms") % {"n": TOP},
            unit="%",
            decimals=0,
            period=period,
            definition=_("Part of the public contributions to firms that goes to the firms with most of it."),
            null_means=_("No file gives contributions."),
            **facts,
        ),
        Figure(
            percent(found.top_places_share),
            label=_("Places of the first %(n)d firms") % {"n": TOP},
            unit="%",
            decimals=0,
            n=found.places,
            period=period,
            definition=_("Part of all places in projects that the firms with most places hold."),
            **facts,
        ),
    ]


def _participation_charts(found: Participants, facts: dict[str, Any], period: str) -> list[Chart]:
    last = found.years[-1]
    links = {i: reverse("portal:organisation", args=[t.organisation_id]) for i, t in enumerate(found.top)}
    return [
        stacked(
            "years",
            _("New and returning firms"),
            _("In %(year)d, %(new)d firms came for the first time and %(old)d came back.")
            % {"year": last.year, "new": last.new, "old": last.returning},
            [str(y.year) for y in found.years],
            [(_("new"), [y.new for y in found.years]), (_("returning"), [y.returning for y in found.years])],
            y_label=_("firms"),
            upright=True,
            **facts,
        ),
        bars(
            "top",
            _("The %(n)d firms with most public money") % {"n": len(found.top)},
            _("Public contributions in projects that start in %(period)s.") % {"period": period},
            [
                (t.name, None if t.contribution_eur is None else round(t.contribution_eur), links[i])
                for i, t in enumerate(found.top)
            ],
            y_label="EUR",
            table=Table(
                [_("Firm"), _("Projects"), _("Public contribution, EUR")],
                [
                    [t.name, t.projects, None if t.contribution_eur is None else float(t.contribution_eur)]
                    for t in found.top
                ],
                numeric=[1, 2],
                links=links,
            ),
            **facts,
        ),
    ]


# --- research contracts -----------------------------------------------------------------------------------------------
def research(request: HttpRequest) -> HttpResponse:
    """Who orders research from whom, as flows and as a register of contracts."""
    asked = Asked(request)
    moment = asked.moment
    clusters, years = clusters_on(moment), last_project_years(moment)
    chosen = asked.cluster(clusters)
    rows = contracts(*years, moment.known, chosen)
    found, backed = flows(rows), contracts_backing(rows)
    facts, period = facts_of(backed), f"{years[0]}-{years[1]}"
    total = float(sum(f.eur for f in found))
    number = sum(f.contracts for f in found)
    by_key, everybody = activity_by_cluster(clusters, *years, moment.known)
    cost = float((by_key[chosen.pk] if chosen else everybody).invested_eur)
    return show(
        request,
        Page(
            _research_title(found, total, chosen),
            _("Research contracts between firms and research bodies, signed in %(period)s.") % {"period": period},
            [
                figure(
                    cards_at(moment).get("research-contracts"),
                    total if found else None,
                    period=period,
                    decimals=0,
                    n=number,
                    **facts,
                ),
                Figure(number, label=_("Contracts"), period=period, **facts),
                Figure(
                    len({f.firm_id for f in found}),
                    label=_("Firms that order"),
                    period=period,
                    definition=_("Distinct firms with a contract."),
                    **facts,
                ),
                Figure(
                    total / cost * 100 if cost and found else None,
                    label=_("Against R&D investment"),
                    unit="%",
                    decimals=1,
                    period=period,
                    definition=_("Value of the contracts over the cost of the R&D projects of the same years."),
                    null_means=_("No project or no contract in the years."),
                    **facts,
                ),
            ],
            _research_charts(found, rows, clusters, chosen, facts) if found else [],
            _register(rows, number, period, CONTRACTS_LISTED if not asked.wants_file else number) if found else None,
            notes=[
                _("The picture shows the %(n)d firms that order most; the others are one box.") % {"n": FIRMS_DRAWN},
                _("A contract counts for the cluster that reported it; of none where no cluster did."),
            ],
            facets=[asked.cluster_facet(clusters)],
            empty=None
            if found
            else Empty(
                _("No research contract is recorded in %(period)s") % {"period": period},
                _("Contracts of firms with universities and laboratories fill this page: who, with whom, how much."),
            ),
            colour=chosen.colour if chosen else "",
        ),
        asked,
        figures_tabs("contracts", asked.query),
        _crumbs(_("Research contracts")),
    )


def _research_title(found: Sequence[ContractFlow], total: float, chosen: Cluster | None) -> str:
    if not found:
        return _("Research contracts")
    bodies: dict[str, float] = {}
    for f in found:
        bodies[f.body] = bodies.get(f.body, 0.0) + float(f.eur)
    first = max(bodies, key=lambda b: bodies[b])
    said = {"body": first, "share": round(bodies[first] / total * 100), "cluster": chosen.name if chosen else ""}
    if chosen:
        return _("%(body)s does %(share)d%% of the research that firms of %(cluster)s order") % said
    return _("%(body)s does %(share)d%% of the research that firms order") % said


def _research_charts(
    found: list[ContractFlow], rows: Any, clusters: list[Cluster], chosen: Cluster | None, facts: dict[str, Any]
) -> list[Chart]:
    shown = drawn(found, FIRMS_DRAWN)
    firms, bodies = _boxes(shown)
    links = [(firms[f.firm_id], bodies[f.body_id], float(f.eur)) for f in shown]
    urls = {name: reverse("portal:organisation", args=[pk]) for pk, name in bodies.items()}
    urls |= {name: reverse("portal:organisation", args=[pk]) for pk, name in firms.items() if pk is not None}
    charts = [
        flow(
            "contracts",
            _("From firms to laboratories"),
            _("The largest flow is from %(firm)s to %(body)s: %(eur)s EUR.")
            % {"firm": found[0].firm, "body": found[0].body, "eur": spoken_number(float(found[0].eur), 0)},
            links,
            table=Table(
                [_("Firm"), _("Research body"), "EUR", _("Contracts")],
                [[f.firm, f.body, float(f.eur), f.contracts] for f in found],
                numeric=[2, 3],
                links={i: reverse("portal:organisation", args=[f.firm_id]) for i, f in enumerate(found)},
            ),
            urls=urls,
            height="large",
            **facts,
        )
    ]
    if chosen is None:
        charts.append(_by_cluster_chart(by_cluster(rows), clusters, bodies, facts))
    return charts


def _boxes(shown: Sequence[ContractFlow]) -> tuple[dict[int | None, str], dict[int, str]]:
    """A name for each box, none of them twice: a firm or body of the same name gets its number."""
    taken: set[str] = set()

    def named(name: str, pk: int) -> str:
        chosen = name if name and name not in taken else f"{name} #{pk}".strip()
        taken.add(chosen)
        return chosen

    bodies = {f.body_id: "" for f in shown}
    for f in shown:
        bodies[f.body_id] = bodies[f.body_id] or named(f.body, f.body_id)
    firms: dict[int | None, str] = {}
    for f in shown:
        if f.firm_id not in firms:
            firms[f.firm_id] = named(f.firm, f.firm_id) if f.firm_id is not None else _("other firms")
    return firms, bodies


def _by_cluster_chart(
    counted: dict[tuple[int | None, int], Any], clusters: list[Cluster], bodies: dict[int, str], facts: dict[str, Any]
) -> Chart:
    names = {c.pk: c.name for c in clusters}
    rows = sorted(
        (
            (names.get(cluster or 0, _("no cluster of today")), bodies[body], float(eur))
            for (cluster, body), eur in counted.items()
        ),
        key=lambda r: (-r[2], r[0], r[1]),
    )
    return flow(
        "clusters",
        _("From clusters to laboratories"),
        _("Most comes from %(cluster)s: %(eur)s EUR to %(body)s.")
        % {"cluster": rows[0][0], "eur": spoken_number(rows[0][2], 0), "body": rows[0][1]},
        rows,
        table=Table([_("Cluster"), _("Research body"), "EUR"], rows, numeric=[2]),
        colours={c.name: c.colour for c in clusters},
        urls={c.name: reverse("portal:cluster", args=[c.key]) for c in clusters},
        **facts,
    )


def _register(rows: Any, number: int, period: str, most: int) -> Table:
    listed = list(rows.select_related("firm", "research_body", "cluster", "source")[:most])
    title = (
        _("Register of contracts, %(period)s") % {"period": period}
        if number <= most
        else _("The %(k)d largest of %(n)d contracts, %(period)s") % {"k": most, "n": number, "period": period}
    )
    return Table(
        [_("Firm"), _("Research body"), _("Cluster"), _("Signed on"), "EUR"],
        [
            [
                str(c.firm),
                str(c.research_body),
                c.cluster.name if c.cluster else None,
                f"{c.signed_on:%d.%m.%Y}",
                Figure(
                    float(c.amount_eur),
                    label=_("Amount"),
                    decimals=0,
                    certainty=certainty_of(c.certainty),
                    source=c.source.name,
                ),
            ]
            for c in listed
        ],
        numeric=[4],
        links={i: reverse("portal:organisation", args=[c.firm_id]) for i, c in enumerate(listed)},
        caption=title,
    )


# --- lineage ----------------------------------------------------------------------------------------------------------
def descent(request: HttpRequest) -> HttpResponse:
    """What went into what: the clusters of today and those that they continue."""
    asked = Asked(request)
    steps = lineage(asked.moment)
    before, after = {s.predecessor for s in steps}, {s.successor for s in steps}
    roots, ends = before - after, after - before
    title = (
        ngettext(
            "%(old)d cluster went into %(new)d",
            "%(old)d clusters went into %(new)d",
            len(roots),
        )
        % {"old": len(roots), "new": len(ends)}
        if steps
        else _("Where the clusters come from")
    )
    facts: dict[str, Any] = {}
    if steps:
        firms = eve_backing(steps, asked.moment)
        facts = facts_of(together([firms, *(Backing(s.certainty, s.source) for s in steps)]))
    return show(
        request,
        Page(
            title,
            _("Which clusters were merged or split, when, and how many member firms went along."),
            charts=[_descent_chart(steps, facts)] if steps else [],
            notes=[
                _("Firms: member firms on the eve, times the part of the cluster that went this way."),
                _("A band without firms is drawn a hair wide, so that its cluster is seen; the table says 0."),
                _("A series of a cluster sums those of its ancestors before the day, each with its part."),
            ],
            empty=None
            if steps
            else Empty(
                _("No cluster continues another on this day"),
                _("The region's file names the clusters that were merged; they fill this page."),
                _("Clusters"),
                reverse("portal:clusters"),
            ),
        ),
        asked,
        figures_tabs("lineage", asked.query),
        _crumbs(_("Lineage")),
    )


def _descent_chart(steps: list[LineageStep], facts: dict[str, Any]) -> Chart:
    by_firms = any(s.firms for s in steps)
    names = {c.pk: _years_of(c) for s in steps for c in (s.predecessor, s.successor)}
    clusters = {c.pk: c for s in steps for c in (s.predecessor, s.successor)}
    days = sorted({s.on for s in steps})
    summary = (
        _("The wider a band, the more member firms went along.")
        if by_firms
        else _("No member firm is recorded on the eve, so every band is as wide as the part that went along.")
    )
    period = " - ".join(f"{d:%d.%m.%Y}" for d in ([days[0], days[-1]] if len(days) > 1 else days))
    return flow(
        "lineage",
        _("What went into what, %(period)s") % {"period": period},
        summary,
        [
            (
                names[s.predecessor.pk],
                names[s.successor.pk],
                (max(s.firms, HAIR) if by_firms else s.share),
            )
            for s in steps
        ],
        table=Table(
            [_("Cluster"), _("went into"), _("Day"), _("Part, %"), _("Member firms"), _("Source")],
            [
                [
                    s.predecessor.name,
                    s.successor.name,
                    f"{s.on:%d.%m.%Y}",
                    s.share * 100,
                    s.firms,
                    s.source,
                ]
                for s in steps
            ],
            numeric=[3, 4],
            links={i: reverse("portal:cluster", args=[s.predecessor.key]) for i, s in enumerate(steps)},
        ),
        colours={names[pk]: c.colour for pk, c in clusters.items()},
        urls={names[pk]: reverse("portal:cluster", args=[c.key]) for pk, c in clusters.items()},
        height="large",
        **facts,
    )


def _years_of(cluster: Cluster) -> str:
    """The name with the years in which it bore it: a cluster may have been called as its predecessor was."""
    last = f"{cluster.closed_on:%Y}" if cluster.closed_on else ""
    return f"{cluster.name} ({cluster.founded_on:%Y}-{last})"
