from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from poliedro.portal.views.ties import network_tabs
from poliedro.reference.models import StoredResult
from poliedro.reference.queries.results import latest_result
from poliedro.registry.models import Organisation, ServiceOffer
from poliedro.registry.present import certainty_of, facet, link
from poliedro.registry.queries.ecosystem import bodies_by_province, bodies_that_offer, offer_matrix, offers_of, overlaps
from poliedro.registry.queries.geography import region_map
from poliedro.registry.queries.network import FACETS, TIES, Narrowed, Node, narrowed, nodes_of
from poliedro.registry.queries.visibility import keep_places
from poliedro.shared.access import public
from poliedro.shared.components import Chart, Crumb, Empty, Facet, Option, Table
from poliedro.shared.dated import Moment
from poliedro.shared.region import region

OVERLAPS = 12
"""Overlaps named on the page, those of most bodies."""
LABELLED = 40
"""A picture with so few organisations names each of them."""


@public
def ecosystem(request: HttpRequest) -> HttpResponse:
    """Who can help me: services by audience, gaps, and the bodies behind each cell."""
    moment = Moment.today()
    places = {p.code: p.name for p in region_map(region()).provinces}
    province = request.GET.get("province", "") if request.GET.get("province") in places else ""
    matrix = offer_matrix(moment, province)
    services, audiences = dict(ServiceOffer.Service.choices), dict(ServiceOffer.Audience.choices)
    service = request.GET.get("service", "") if request.GET.get("service") in services else ""
    audience = request.GET.get("audience", "") if request.GET.get("audience") in audiences else ""
    bodies = list(bodies_that_offer(moment, service, audience, province)[:200])
    keep_places(bodies, request.user)
    offered = offers_of(bodies, moment)
    kinds = dict(Organisation.Kind.choices)
    cells = [
        {
            "row": i,
            "column": j,
            "value": matrix.counts.get((s, a), 0),
            "url": link(request.GET, service=s, audience=a) + "#bodies",
        }
        for i, (s, _sl) in enumerate(matrix.services)
        for j, (a, _al) in enumerate(matrix.audiences)
    ]
    rows = [
        [str(label), *(matrix.counts.get((s, a), 0) for a, _al in matrix.audiences)] for s, label in matrix.services
    ]
    chart = Chart(
        "heatmap",
        "offers",
        _("Who is helped with what"),
        _("Bodies that offer a service to an audience. %(n)d of the combinations are offered by nobody.")
        % {"n": len(matrix.gaps) + len(matrix.never_offered) * len(matrix.audiences)},
        {
            "rows": [str(label) for _s, label in matrix.services],
            "columns": [str(label) for _a, label in matrix.audiences],
            "cells": cells,
            "x_label": _("audience"),
            "decimals": 0,
        },
        Table(
            [_("Service"), *(str(label) for _a, label in matrix.audiences)],
            rows,
            numeric=range(1, len(matrix.audiences) + 1),
        ),
        height="large",
        certainty="reported",
        source=_("Region's configuration file"),
    )
    facets = [
        facet("service", _("Service"), [(v, str(label), None) for v, label in services.items()], request.GET),
        facet("audience", _("For whom"), [(v, str(label), None) for v, label in audiences.items()], request.GET),
        facet("province", _("Where"), [(code, name, None) for code, name in places.items()], request.GET),
    ]
    return render(
        request,
        "portal/ecosystem.html",
        {
            "charts": [chart, *_by_province(moment, places)],
            "matrix": matrix,
            "overlaps": overlaps(moment, province)[:OVERLAPS],
            "facets": facets,
            "synthetic_data": False,
            "bodies": [{"organisation": b, "kind": kinds[b.kind], "services": offered.get(b.pk, [])} for b in bodies],
            "clear_url": reverse("portal:ecosystem"),
            "empty": Empty(
                _("Nobody offers this yet"),
                _("This is a gap in the region's support: nobody helps this audience with this service."),
                _("All services"),
                reverse("portal:ecosystem"),
            ),
            "crumbs": [Crumb(_("Home"), reverse("portal:home")), Crumb(_("Who helps whom"))],
        },
    )


def _by_province(moment: Moment, places: dict[str, str]) -> list[Chart]:
    """How many bodies reach each province with each service; an offer for the whole region reaches all."""
    counts = bodies_by_province(moment, places)
    if not counts:
        return []
    services = [(s, str(label)) for s, label in ServiceOffer.Service.choices]
    reached = {code: sum(1 for s, _l in services if (s, code) in counts) for code in places}
    least = min(places, key=lambda code: (reached[code], sum(n for (_s, c), n in counts.items() if c == code)))
    return [
        Chart(
            "heatmap",
            "provinces",
            _("What reaches each province"),
            _("Every province is reached by %(n)d of %(all)d services.") % {"n": reached[least], "all": len(services)}
            if len(set(reached.values())) == 1
            else _("Fewest services reach %(place)s: %(n)d of %(all)d.")
            % {"place": places[least], "n": reached[least], "all": len(services)},
            {
                "rows": [label for _s, label in services],
                "columns": list(places.values()),
                "cells": [
                    {"row": i, "column": j, "value": counts[s, code], "url": f"?service={s}&province={code}#bodies"}
                    for i, (s, _l) in enumerate(services)
                    for j, code in enumerate(places)
                    if (s, code) in counts
                ],
                "x_label": _("province"),
                "decimals": 0,
            },
            Table(
                [_("Service"), *places.values()],
                [[label, *(counts.get((s, code), 0) for code in places)] for s, label in services],
                numeric=range(1, len(places) + 1),
            ),
            height="large",
            certainty="reported",
            source=_("Region's configuration file"),
        )
    ]


@public
def network(request: HttpRequest) -> HttpResponse:
    """The region's collaboration network as the last run stored it: of EU projects, else of regional ones."""
    stored = {kind: run for kind in ("official", "regional") if (run := latest_result(f"network-{kind}"))}
    kind = request.GET.get("projects", "")
    kind = kind if kind in stored else next(iter(stored), "")
    choice = {name: request.GET.get(name, "") for name in FACETS}
    choice["ties"] = choice["ties"] if choice["ties"] in {str(n) for n in TIES} else ""
    chart, facets, nodes = None, [], []
    if kind:
        payload = stored[kind].payload
        now = nodes_of([n["id"] for n in payload["nodes"]], Moment.today())
        found = narrowed(payload, now, choice)
        facets, nodes = _network_facets(request, list(stored), kind, now, found), found.nodes
        chart = _network_chart(stored[kind], now, found) if nodes else None
    return render(
        request,
        "portal/network.html",
        {
            "chart": chart,
            "tabs": network_tabs("network"),
            "stored": stored.get(kind),
            "drawn": len(stored[kind].payload["nodes"]) if kind else 0,
            "facets": facets,
            "narrowing": facets[1:],
            "clear_url": link(QueryDict(), projects=kind) if kind else "",
            "empty": Empty(
                _("No organisation matches"),
                _("Take a choice away: the picture holds the organisations with most ties."),
                _("The whole network"),
                reverse("portal:network"),
            )
            if kind
            else Empty(
                _("No network is stored yet"),
                _(
                    "It is drawn from projects. Load the CORDIS files (poliedro load "
                    "cordis FOLDER), then run: poliedro run network."
                ),
                _("Sources"),
                reverse("portal:sources"),
            ),
            "synthetic_data": bool(kind and stored[kind].certainty == "synthetic"),
            "crumbs": [Crumb(_("Home"), reverse("portal:home")), Crumb(_("Network"))],
        },
    )


def _network_facets(
    request: HttpRequest, stored: list[str], kind: str, now: dict[int, Node], found: Narrowed
) -> list[Facet]:
    projects = {"official": _("EU projects (CORDIS)"), "regional": _("Regional projects")}
    kinds = dict(Organisation.Kind.choices)
    places = {node.province[0]: node.province[1] for node in now.values()}
    clusters = {c.key: c for node in now.values() for c in node.clusters}
    by_count = {f: sorted(c.items(), key=lambda p: (-p[1], p[0])) for f, c in found.counts.items()}
    first = Facet(
        "projects",
        _("Projects"),
        [Option(name, projects[name], None, name == kind, link(request.GET, projects=name)) for name in stored],
    )
    return [
        first,
        facet("kind", _("Kind"), [(v, str(kinds.get(v, v)), n) for v, n in by_count["kind"]], request.GET),
        facet(
            "cluster",
            _("Cluster"),
            [
                (c.key, c.name, found.counts["cluster"][c.key])
                for c in sorted(clusters.values(), key=lambda c: c.position)
                if c.key in found.counts["cluster"]
            ],
            request.GET,
        ),
        facet("province", _("Province"), [(v, places.get(v, v), n) for v, n in by_count["province"]], request.GET),
        facet(
            "ties",
            _("Ties of"),
            [
                (
                    str(n),
                    ngettext("%(n)d joint project or more", "%(n)d joint projects or more", n) % {"n": n},
                    found.counts["ties"][str(n)],
                )
                for n in TIES
            ],
            request.GET,
        ),
    ]


def _place(node: dict[str, Any], now: dict[int, Node]) -> str:
    """The place of the run, unless it is kept back by now."""
    return str(node["place"]) if now[node["id"]].place_shown else ""


def _network_chart(stored: StoredResult, now: dict[int, Node], found: Narrowed) -> Chart:
    """Kinds in the reader's language and of today; the places of the picture are those of the run."""
    words = dict(Organisation.Kind.choices)
    groups = sorted({now[n["id"]].kind for n in found.nodes})
    nodes = [
        {
            **n,
            "place": _place(n, now),
            "group": groups.index(now[n["id"]].kind),
            "url": reverse("portal:organisation", args=[n["id"]]),
            "label": n["label"] or (Truncator(n["name"]).chars(30) if len(found.nodes) <= LABELLED else ""),
        }
        for n in found.nodes
    ]
    rows = [
        [n["name"], str(words[now[n["id"]].kind]), _place(n, now), n["projects"], n["partners"], n["strength"]]
        for n in found.nodes
    ]
    return Chart(
        "graph",
        "network",
        _("Who works with whom"),
        _("%(n)d organisations and %(m)d ties; the most connected is %(name)s.")
        % {"n": len(nodes), "m": len(found.edges), "name": found.nodes[0]["name"]},
        {"nodes": nodes, "edges": found.edges, "groups": [{"name": str(words[g])} for g in groups]},
        Table(
            [_("Organisation"), _("Kind"), _("Place"), _("Projects"), _("Partners"), _("Strength of ties")],
            rows,
            numeric=[3, 4, 5],
            links={i: n["url"] for i, n in enumerate(nodes)},
        ),
        height="large",
        certainty=certainty_of(stored.certainty),
        source=stored.source_names,
    )
