"""Who orders research from whom."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from poliedro.portal.views.activity.frame import crumbs
from poliedro.portal.views.shown import figures_tabs
from poliedro.reference.queries.cards import cards_at
from poliedro.registry.models import Cluster
from poliedro.registry.present import certainty_of, facts_of, figure, flow
from poliedro.registry.queries.clusters import clusters_on
from poliedro.registry.queries.contracts import ContractFlow, by_cluster, contracts, contracts_backing, drawn, flows
from poliedro.registry.queries.projects import activity_by_cluster, last_project_years
from poliedro.registry.shown import Asked, Page, show
from poliedro.shared.access import public
from poliedro.shared.components import Chart, Empty, Figure, Table
from poliedro.shared.templatetags.poliedro import spoken_number

CONTRACTS_LISTED = 100


FIRMS_DRAWN = 12


@public
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
        crumbs(_("Research contracts")),
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
