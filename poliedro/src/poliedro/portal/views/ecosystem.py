from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from poliedro.portal.present import certainty_of, facet
from poliedro.reference.queries.results import latest_result
from poliedro.registry.models import Organisation, ServiceOffer
from poliedro.registry.queries.ecosystem import bodies_that_offer, offer_matrix, offers_of
from poliedro.shared.components import Chart, Crumb, Empty, Table
from poliedro.shared.dated import Moment


def ecosystem(request: HttpRequest) -> HttpResponse:
    """Who can help me: services by audience, gaps, and the bodies behind each cell."""
    moment = Moment.today()
    matrix = offer_matrix(moment)
    services, audiences = dict(ServiceOffer.Service.choices), dict(ServiceOffer.Audience.choices)
    service = request.GET.get("service", "") if request.GET.get("service") in services else ""
    audience = request.GET.get("audience", "") if request.GET.get("audience") in audiences else ""
    bodies = list(bodies_that_offer(moment, service, audience)[:200])
    offered = offers_of(bodies, moment)
    kinds = dict(Organisation.Kind.choices)
    cells = [
        {"row": i, "column": j, "value": matrix.counts.get((s, a)), "url": f"?service={s}&audience={a}#bodies"}
        for i, (s, _sl) in enumerate(matrix.services)
        for j, (a, _al) in enumerate(matrix.audiences)
        if (s, a) in matrix.counts
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
    ]
    return render(
        request,
        "portal/ecosystem.html",
        {
            "chart": chart,
            "matrix": matrix,
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


def network(request: HttpRequest) -> HttpResponse:
    """The region's collaboration network, as the last run stored it."""
    kind = request.GET.get("projects", "")
    stored = latest_result("network-official" if kind != "regional" else "network-regional")
    chart = None
    if stored:
        data = stored.payload
        nodes = [{**n, "url": reverse("portal:organisation", args=[n["id"]])} for n in data["nodes"]]
        rows = [
            [n["name"], n["kind_label"], n["place"], n["projects"], n["partners"], n["strength"]] for n in data["nodes"]
        ]
        chart = Chart(
            "graph",
            "network",
            _("Who works with whom"),
            _("%(n)d organisations and %(m)d ties; the most connected is %(name)s.")
            % {"n": len(nodes), "m": len(data["edges"]), "name": data["nodes"][0]["name"] if nodes else "-"},
            {"nodes": nodes, "edges": data["edges"], "groups": data["groups"]},
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
    return render(
        request,
        "portal/network.html",
        {
            "chart": chart,
            "stored": stored,
            "kind": kind,
            "facets": [
                facet(
                    "projects",
                    _("Projects"),
                    [("", _("EU projects (CORDIS)"), None), ("regional", _("Regional projects"), None)],
                    request.GET,
                )
            ],
            "empty": Empty(
                _("No network is stored yet"),
                _(
                    "It is drawn from projects. Load the CORDIS files (poliedro load "
                    "cordis FOLDER), then run: poliedro run network."
                ),
                _("Sources"),
                reverse("portal:sources"),
            ),
            "synthetic_data": bool(stored and stored.certainty == "synthetic"),
            "crumbs": [Crumb(_("Home"), reverse("portal:home")), Crumb(_("Network"))],
        },
    )
