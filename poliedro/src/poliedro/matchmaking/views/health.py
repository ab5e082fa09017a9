"""The health of the network of members: over time, by kind of tie, brokers, what breaks, what the silent may hide."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from poliedro.matchmaking.queries.health import Health, layer_label, measure_label, network_health
from poliedro.matchmaking.queries.ties import may_see_results
from poliedro.matchmaking.services.engine import refresh_health
from poliedro.matchmaking.views.base import Action, Part, Shown, page
from poliedro.registry.present import lines
from poliedro.shared.access import signed_in
from poliedro.shared.components import Crumb, Empty, Figure, Table
from poliedro.shared.templatetags.poliedro import day as spoken_day
from poliedro.shared.templatetags.poliedro import spoken_number

BLUE, GREY, ORANGE = "#0066cc", "#5c6f82", "#b35900"


@signed_in
def health(request: HttpRequest) -> HttpResponse:
    """How members hang together; for staff of clusters, the agency, the region and evaluators."""
    user = request.user
    if not may_see_results(user):
        refusal = _("the health of the network is for staff of clusters, the agency, the region, evaluators")
        raise PermissionDenied(refusal)
    found = network_health(user)
    actions = []
    if user.has_perm("matchmaking.run_engine"):
        here = reverse("matchmaking:health")
        actions = [Action("run", _("Compute again now"), lambda: str((refresh_health(by=user) and here) or here))]
    crumb = [Crumb(_("What introductions become"), reverse("matchmaking:results")), Crumb(_("Health of the network"))]
    if found is None:
        nothing = Empty(
            _("Not computed yet"),
            _("Load projects, contracts or memberships; the daily round then computes it."),
        )
        return page(request, Shown(_("Health of the network"), "", [Part(empty=nothing, actions=actions)], crumb))
    h = found.run.headline
    tied = h["members"] - h["isolates"]
    return page(
        request,
        Shown(
            _("%(tied)s of %(all)s members are tied to another member")
            % {"tied": spoken_number(tied), "all": spoken_number(h["members"])},
            _("Joint projects, research contracts, introductions and meetings that went on, computed on %(day)s.")
            % {"day": spoken_day(found.run.asked_at.date())},
            [
                _figures(found, actions),
                _over_time(found),
                _kinds(found),
                _brokers(found),
                _removal(found),
                _silent(found),
            ],
            crumb,
            synthetic=found.run.certainty == "synthetic" or any(o.is_synthetic for o in found.names.values()),
        ),
    )


def _figures(found: Health, actions: list[Action]) -> Part:
    h = found.run.headline
    common: dict[str, Any] = {
        "certainty": "estimated",
        "source": _("Register, interests, meetings"),
        "period": spoken_day(found.run.asked_at.date()),
    }
    return Part(
        figures=[
            Figure(h["ties"], label=_("Ties"), unit=_("pairs of members"), **common),
            Figure(h["isolates"], label=_("Members without a tie"), unit=_("members"), **common),
            Figure(
                round(100 * (h["largest"] or 0), 1),
                label=_("In the largest connected part"),
                unit="%",
                decimals=1,
                **common,
            ),
            Figure(
                round(100 * h["between"], 1) if h["between"] is not None else None,
                label=_("Ties between clusters"),
                unit="%",
                decimals=1,
                null_means=_("there is no tie"),
                **common,
            ),
        ],
        actions=actions,
        links=[
            (_("Missing links, bridges, isolates"), reverse("portal:ties")),
            (_("Who may work together next"), reverse("matchmaking:next_pairs")),
        ],
        notes=[
            _("A project with more than sixty partners ties nobody; a meeting ties only once something came of it."),
        ],
    )


def _over_time(found: Health) -> Part:
    rows = found.rows["windows"]
    years = found.run.headline["years"]
    labels = [f"{int(r['window_from'])}-{int(r['window_from']) + years - 1}" for r in rows]
    table = Table(
        [
            _("Years"),
            _("Ties"),
            _("Members without a tie"),
            _("Share in the largest part"),
            _("Density"),
            _("Mean distance"),
        ],
        [
            [
                label,
                r["ties"],
                r["isolates"],
                round(r["largest_component_share"], 3),
                round(r["density"], 5),
                round(r["mean_distance"], 2) if r["mean_distance"] is not None else None,
            ]
            for label, r in zip(labels, rows, strict=True)
        ],
        numeric=[1, 2, 3, 4, 5],
        decimals={3: 3, 4: 5, 5: 2},
    )
    last = rows[-1]
    return Part(
        _("Over time"),
        chart=lines(
            "windows",
            _("Ties that began, by window of years"),
            (
                _("%(n)s ties began in %(years)s, which are not over yet.")
                if int(last["window_from"]) + years > found.run.asked_at.year
                else _("%(n)s ties began in %(years)s.")
            )
            % {"n": spoken_number(last["ties"]), "years": labels[-1]},
            labels,
            [(_("Ties"), BLUE, [r["ties"] for r in rows])],
            x_label=_("Years"),
            y_label=_("ties"),
            table=table,
            source=_("Register, interests, meetings"),
            certainty="estimated",
        ),
    )


def _kinds(found: Health) -> Part:
    rows = [[layer_label(r["layer"]), r["ties"], r["isolates"], round(r["density"], 5)] for r in found.rows["layers"]]
    overlap = ", ".join(
        _("%(one)s and %(other)s: %(both)s pairs (%(chance)s by chance)")
        % {
            "one": layer_label(r["layer_1"]),
            "other": layer_label(r["layer_2"]),
            "both": spoken_number(r["both"], 0),
            "chance": spoken_number(r["expected"], 1),
        }
        for r in found.rows["overlap"]
        if r["both"]
    )
    return Part(
        _("By kind of tie"),
        overlap,
        table=Table(
            [_("Kind of tie"), _("Ties"), _("Members without a tie"), _("Density")],
            rows,
            numeric=[1, 2, 3],
            decimals={3: 5},
        ),
    )


def _brokers(found: Health) -> Part:
    rows = [r for r in found.rows["brokers"] if r["organisation"] in found.names]
    words = [_("Coordinator"), _("Consultant"), _("Gatekeeper"), _("Representative"), _("Liaison")]
    return Part(
        _("Who stands between others"),
        table=Table(
            [
                _("Organisation"),
                _("Pairs it stands between"),
                *words,
                _("Constraint (Burt)"),
                _("The network falls apart without it"),
            ],
            [
                [
                    str(found.names[r["organisation"]]),
                    r["total"],
                    *(r[role] for role in ("coordinator", "consultant", "gatekeeper", "representative", "liaison")),
                    round(r["constraint"], 3),
                    _("yes") if r["cutpoint"] else _("no"),
                ]
                for r in rows
            ],
            numeric=[1, 2, 3, 4, 5, 6, 7],
            decimals={7: 3},
            links={i: reverse("portal:organisation", args=[r["organisation"]]) for i, r in enumerate(rows)},
        )
        if rows
        else None,
        empty=None if rows else Empty(_("Nobody"), _("No member stands between two others yet.")),
        notes=[
            _(
                "Pairs without a tie of their own that both have one with the member (Gould and Fernandez). By "
                "cluster: a coordinator stands within its own, a consultant within another one, a gatekeeper and a "
                "representative between its own and another one, a liaison between two others. Each pair counts in "
                "both directions."
            ),
            _("Constraint is low where a member's contacts do not know each other (Burt 1992)."),
        ],
    )


def _removal(found: Health) -> Part:
    rows = found.rows["removal"]
    last = rows[-1]
    return Part(
        _("What breaks when members go"),
        chart=lines(
            "removal",
            _("Share of members in the largest connected part"),
            _("Once the %(n)s best connected are gone, %(share)s%% hang together; %(random)s%% if anybody goes.")
            % {
                "n": spoken_number(last["removed"]),
                "share": spoken_number(100 * last["degree"], 0),
                "random": spoken_number(100 * last["random"], 0),
            },
            [r["removed"] for r in rows],
            [
                (_("best connected first"), ORANGE, [round(r["degree"], 3) for r in rows]),
                (_("anybody"), GREY, [round(r["random"], 3) for r in rows]),
            ],
            x_label=_("members gone"),
            y_label=_("share in the largest part"),
            decimals=2,
            source=_("Register, interests, meetings"),
            certainty="estimated",
        ),
    )


def _silent(found: Health) -> Part:
    h, rows = found.run.headline, found.rows["response"]
    return Part(
        _("Who did not answer"),
        _("%(answered)s of %(asked)s members that met others at events told what came of it.")
        % {"answered": spoken_number(h["answered"]), "asked": spoken_number(h["asked"])},
        table=Table(
            [_("Measure"), _("As told"), _("At least"), _("At most")],
            [[measure_label(r["measure"]), *(round(r[c], 3) for c in ("seen", "low", "high"))] for r in rows],
            numeric=[1, 2, 3],
            decimals={1: 3, 2: 3, 3: 3},
        )
        if rows
        else None,
        empty=None
        if rows
        else Empty(_("Nobody was asked yet"), _("After an event each participant says what came of it.")),
        notes=[_("Between two who did not answer nothing is known: the bounds hold whatever they would say.")],
    )
