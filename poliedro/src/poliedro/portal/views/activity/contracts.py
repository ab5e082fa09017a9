"""Who orders research from whom."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from poliedro.audit.models import LogEntry
from poliedro.audit.services import record
from poliedro.portal.views.activity.frame import crumbs
from poliedro.portal.views.shown import figures_tabs
from poliedro.reference.queries.cards import cards_at
from poliedro.registry.models import Cluster, Organisation
from poliedro.registry.present import bars, certainty_of, facts_of, flow, published_sum
from poliedro.registry.queries.backing import Backing
from poliedro.registry.queries.clusters import clusters_on
from poliedro.registry.queries.contracts import (
    BODIES,
    CLUSTERS,
    ContractFlow,
    Counts,
    PublishedContracts,
    PublishedSum,
    contracts,
    contracts_backing,
    counts,
    drawn,
    flows,
    published_contracts,
    readable,
)
from poliedro.registry.queries.projects import activity_by_cluster, last_project_years
from poliedro.registry.shown import Asked, Page, show
from poliedro.shared.access import public
from poliedro.shared.components import Chart, Empty, Figure, Table
from poliedro.shared.dated import Moment
from poliedro.shared.disclosure import TOTAL
from poliedro.shared.spoken import short_day
from poliedro.shared.templatetags.poliedro import spoken_number

CONTRACTS_LISTED = 100
FIRMS_DRAWN = 12


@public
def research(request: HttpRequest) -> HttpResponse:
    """Published sums for everybody; who orders from whom, contract by contract, for those whom Note [Whose amounts]
    names. Every look at single contracts is recorded."""
    asked = Asked(request)
    moment = asked.moment
    clusters, years = clusters_on(moment), last_project_years(moment)
    chosen = asked.cluster(clusters)
    rows = contracts(*years, moment.known, chosen)
    counted, told = counts(rows), published_contracts(moment.known)
    total = told.sum(*years, chosen.key if chosen else TOTAL)
    facts, period = facts_of(contracts_backing(rows)), f"{years[0]}-{years[1]}"
    mine = readable(rows, request.user)
    own = flows(mine) if request.user.is_authenticated else []
    if own:
        record(
            by=request.user, act=LogEntry.Act.READ, verb="view_contracts", subject_kind="contracts",
            subject_key=chosen.key if chosen else "all", contracts=sum(f.contracts for f in own),
        )  # fmt: skip
    charts = [*_published_charts(told, years, clusters), *([_flow_chart(own, facts)] if own else [])]
    number = sum(f.contracts for f in own)
    listed = _register(mine, number, period, CONTRACTS_LISTED if not asked.wants_file else number) if own else None
    return show(
        request,
        Page(
            _research_title(told, years, total, chosen),
            _("Research contracts between firms and research bodies, signed in %(period)s.") % {"period": period},
            _research_figures(counted, total, told.backing(*years), moment, chosen, clusters, period, facts),
            [] if chosen and not own else charts if not chosen else charts[-1:],
            (listed or _years_table(told, years, clusters, chosen)) if counted.contracts else None,
            notes=[
                _("The amount of a single contract is read by its firm and laboratory, the cluster and the region."),
                _("Sums are those of finished years as they were published; small ones are hidden."),
                _("A contract counts for the cluster that reported it; of none where no cluster did."),
            ],
            facets=[asked.cluster_facet(clusters)],
            empty=None
            if counted.contracts
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


def _research_figures(
    counted: Counts,
    total: PublishedSum,
    backed: Backing,
    moment: Moment,
    chosen: Cluster | None,
    clusters: list[Cluster],
    period: str,
    facts: dict[str, Any],
) -> list[Figure]:
    share = None
    if total.eur is not None and counted.contracts:
        by_key, everybody = activity_by_cluster(clusters, total.first, total.last, moment.known)
        cost = float((by_key[chosen.pk] if chosen else everybody).invested_eur)
        share = total.eur / cost * 100 if cost else None
    return [
        published_sum(
            cards_at(moment).get("research-contracts"),
            total if counted.contracts else PublishedSum(None),
            **facts_of(backed),
        ),
        Figure(counted.contracts, label=_("Contracts"), period=period, **facts),
        Figure(
            counted.firms, label=_("Firms that order"), period=period,
            definition=_("Distinct firms with a contract."), **facts,
        ),
        Figure(
            share, label=_("Against R&D investment"), unit="%", decimals=1, period=total.period,
            definition=_("Value of the contracts over the cost of the R&D projects of the same years."),
            null_means=_("No project or no contract in the years, or the value is hidden."), **facts,
        ),
    ]  # fmt: skip


def _research_title(
    told: PublishedContracts, years: tuple[int, int], total: PublishedSum, chosen: Cluster | None
) -> str:
    if chosen:
        if not total.eur:
            return _("Research that firms of %(cluster)s order") % {"cluster": chosen.name}
        said = {"cluster": chosen.name, "m": spoken_number(total.eur / 1e6, 1), "period": total.period}
        return _("Firms of %(cluster)s ordered research for %(m)s million EUR, %(period)s") % said
    bodies = [(s.eur, body) for body in told.rows(*years, BODIES) if (s := told.sum(*years, body, BODIES)).eur]
    if not bodies or not total.eur:
        return _("Research contracts")
    eur, body = max(bodies)
    name = Organisation.objects.get(pk=int(body)).name
    return _("%(body)s does %(share)d%% of the research that firms order") % {
        "body": name,
        "share": round((eur or 0) / total.eur * 100),
    }


def _published_charts(told: PublishedContracts, years: tuple[int, int], clusters: list[Cluster]) -> list[Chart]:
    """What is published, by cluster and by research body."""
    facts, known = facts_of(told.backing(*years)), {c.key: c for c in clusters}
    names = Organisation.objects.in_bulk([int(b) for b in told.rows(*years, BODIES)])
    lists = {
        CLUSTERS: [
            (known[k].name if k in known else _("no cluster of today"), told.sum(*years, k), _address(known.get(k)))
            for k in told.rows(*years, CLUSTERS)
        ],
        BODIES: [
            (names[int(b)].name, told.sum(*years, b, BODIES), reverse("portal:organisation", args=[b]))
            for b in told.rows(*years, BODIES)
        ],
    }
    titles = {CLUSTERS: _("By cluster"), BODIES: _("By research body")}
    charts = []
    for by, held in lists.items():
        held.sort(key=lambda r: (-(r[1].eur or 0), r[0]))
        shown = [(name, s.eur, url) for name, s, url in held if s.eur is not None]
        if not shown:
            continue
        charts.append(
            bars(
                by,
                titles[by],
                _("Most: %(name)s, %(eur)s EUR. Hidden: %(n)d.")
                % {"name": shown[0][0], "eur": spoken_number(shown[0][1], 0), "n": len(held) - len(shown)},
                shown,
                y_label="EUR",
                table=Table(
                    [titles[by], "EUR"],
                    [[name, published_sum(None, s, label=name, **facts)] for name, s, _url in held],
                    numeric=[1],
                ),
                **facts,
            )
        )
    return charts


def _address(found: Cluster | None) -> str:
    return reverse("portal:cluster", args=[found.key]) if found else ""


def _years_table(
    told: PublishedContracts, years: tuple[int, int], clusters: list[Cluster], chosen: Cluster | None
) -> Table:
    """Published sums by cluster and year."""
    within = told.within(*years)
    rows = [(c.name, c.key) for c in ([chosen] if chosen else clusters)]
    rows += [] if chosen else [(_("Region"), TOTAL)]
    return Table(
        [_("Cluster"), *(str(y) for y in within), _("Total")],
        [
            [
                name,
                *(
                    published_sum(None, told.sum(first, last, key), label=name, **facts_of(told.backing(first, last)))
                    for first, last in [*((y, y) for y in within), years]
                ),
            ]
            for name, key in rows
        ],
        numeric=range(1, len(within) + 2),
        caption=_("Value of research contracts by cluster and year, EUR"),
    )


def _flow_chart(found: list[ContractFlow], facts: dict[str, Any]) -> Chart:
    """From firm to laboratory, of those contracts that the reader may read one by one."""
    shown = drawn(found, FIRMS_DRAWN)
    firms, bodies = _boxes(shown)
    links = [(firms[f.firm_id], bodies[f.body_id], float(f.eur)) for f in shown]
    urls = {name: reverse("portal:organisation", args=[pk]) for pk, name in bodies.items()}
    urls |= {name: reverse("portal:organisation", args=[pk]) for pk, name in firms.items() if pk is not None}
    return flow(
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
                short_day(c.signed_on),
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
