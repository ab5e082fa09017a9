"""What introductions become, by route; how the engine is set; firms like mine."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from poliedro.matchmaking.forms import EngineForm
from poliedro.matchmaking.models import Booking, EngineSetting, Interest, NotRelevant, Ticket
from poliedro.matchmaking.queries.alike import THINGS, firms_alike, thing_label
from poliedro.matchmaking.queries.cards import own_organisations
from poliedro.matchmaking.queries.engine import engine_weights, run_summary
from poliedro.matchmaking.queries.ties import Route, best_way, by_route, may_see_results
from poliedro.matchmaking.services import engine as engine_
from poliedro.matchmaking.views.base import Action, Item, Part, Shown, choices, page, starting
from poliedro.matchmaking.views.find import managed_or_none, organisation_by_pk
from poliedro.registry.models import MembershipSpell
from poliedro.registry.present import facet
from poliedro.registry.queries.visibility import hidden_from, without_place
from poliedro.shared.access import public, signed_in
from poliedro.shared.components import Chart, Crumb, Empty, Figure, Table
from poliedro.shared.jobs import start_job
from poliedro.shared.templatetags.poliedro import day as spoken_day
from poliedro.shared.templatetags.poliedro import spoken_number
from poliedro.surveys.rules.shares import MINIMUM_CELL, wilson


@signed_in
def results(request: HttpRequest) -> HttpResponse:
    """Of all interests, how many became a tie, by the way they came; and how the engine is set."""
    user = request.user
    every = user.has_perm("matchmaking.view_results")
    cluster = None if every else managed_or_none(user)
    if not may_see_results(user):
        raise PermissionDenied(_("results are for the staff of clusters, the agency, the region and evaluators"))
    rows = Interest.objects.all() if every else Interest.objects.filter(card__cluster=cluster)
    routes = by_route(rows)
    tied, sent = sum(r.tied for r in routes), sum(r.sent for r in routes)
    synthetic = rows.filter(certainty="synthetic").exists()
    certainty: Any = "synthetic" if synthetic else "reported"
    parts = [_figures(rows, cluster, tied, sent, certainty)]
    if routes:
        parts.append(_routes(routes, certainty))
    reasons = choices(Interest, "why_not")
    whys: dict[str, int] = {}
    for why in rows.exclude(why_not="").values_list("why_not", flat=True):
        whys[why] = whys.get(why, 0) + 1
    parts.append(
        Part(
            _("Why introductions led to nothing"),
            table=Table(
                [_("Reason"), _("How often")],
                [[reasons[k], n] for k, n in sorted(whys.items(), key=lambda x: -x[1])],
                numeric=[1],
            )
            if whys
            else None,
            empty=None if whys else Empty(_("None yet"), _("Reasons appear here as introductions end.")),
        )
    )
    parts.append(_engine(user))
    parts.append(
        Part(
            _("The network behind it"),
            _("Who works with whom, brokers, isolates and missing links are on the page of the network."),
            links=[
                (_("Health of the network"), reverse("matchmaking:health")),
                (_("Network"), reverse("portal:network")),
            ],
        )
    )
    return page(
        request,
        Shown(
            _("%(tied)d of %(sent)d interests became a tie") % {"tied": tied, "sent": sent},
            "",
            parts,
            [Crumb(_("Needs and offers"), reverse("matchmaking:cards")), Crumb(_("What introductions become"))],
            synthetic=synthetic,
        ),
    )


def _percent(share: float | None) -> float | None:
    return None if share is None else round(100 * share, 1)


def _between(part: int, whole: int) -> tuple[float | None, float | None]:
    """The 95% interval of a share, in percent; none where the share has none."""
    if whole < MINIMUM_CELL:
        return None, None
    low, high = wilson(part / whole, whole)
    return _percent(low), _percent(high)


def _routes(routes: list[Route], certainty: Any) -> Part:
    """Ties of those that are over, by way, with intervals; no share of fewer than MINIMUM_CELL."""
    labels = choices(Interest, "route")
    head = [_("Way"), _("Interests"), _("Accepted"), _("Introduced"), _("Ties"), _("Ended without"), _("Over")]
    head += [_("Ties of those that are over, %"), _("95% interval from, %"), _("95% interval to, %")]
    rows: list[list[Any]] = []
    for r in routes:
        low, high = r.interval or (None, None)
        counts = [r.sent, r.accepted, r.introduced, r.tied, r.ended, r.over]
        rows.append([labels[r.key], *counts, _percent(r.conversion), _percent(low), _percent(high)])
    table = Table(head, rows, numeric=list(range(1, 10)), decimals={7: 1, 8: 1, 9: 1})
    few = _("Where fewer than %(n)d are over, no share is given: it would say more of chance than of the way.") % {
        "n": MINIMUM_CELL
    }
    best, stands_out = best_way(routes)
    if best is None or best.interval is None:
        return Part(_("Which way leads to results"), few, table=table)
    known = [r for r in routes if r.interval is not None]
    said = {
        "way": labels[best.key],
        "n": best.over,
        "share": spoken_number(_percent(best.conversion), 0),
        "low": spoken_number(100 * best.interval[0], 0),
        "high": spoken_number(100 * best.interval[1], 0),
    }
    summary = (
        _("“%(way)s” leads to a tie most often: %(share)s%% of %(n)d that are over (between %(low)s and %(high)s%%).")
        if stands_out
        else _(
            "No way stands out: “%(way)s” has the highest share, %(share)s%% of %(n)d that are over, but between "
            "%(low)s and %(high)s%%, which other ways reach as well."
        )
        if len(known) > 1
        else _("“%(way)s”: %(share)s%% of %(n)d that are over (between %(low)s and %(high)s%%).")
    ) % said
    names = [f"{labels[r.key]} (n = {r.over})" for r in known]
    points = [
        {
            "name": name,
            "x": _percent(r.conversion),
            "y": i,
            "x_low": _percent((r.interval or (0, 0))[0]),
            "x_high": _percent((r.interval or (0, 0))[1]),
        }
        for i, (name, r) in enumerate(zip(names, known, strict=True))
    ]
    chart = Chart(
        "scatter",
        "routes",
        _("Which way leads to results"),
        summary,
        {
            "points": points,
            "x_label": _("ties of those that are over, %, with the 95% interval"),
            "y_label": "",
            "y_categories": names,
        },
        table,
        source=_("Interests and their outcomes"),
        certainty=certainty,
    )
    return Part(chart=chart, notes=[few, _("The interval is Wilson's (1927), of the ties among those that are over.")])


def _figures(rows: Any, cluster: Any, tied: int, sent: int, certainty: Any) -> Part:
    """cluster: whose questions and bookings alone are counted; None: everybody's."""
    common = {"certainty": certainty, "source": _("Interests, tickets and bookings"), "period": _("so far")}
    tickets = Ticket.objects.exclude(state__in=("unconfirmed", "dropped"))
    bookings = Booking.objects.all()
    if cluster is not None:
        tickets = tickets.filter(cluster=cluster)
        members = MembershipSpell.objects.known().active_on(timezone.localdate()).filter(cluster=cluster)
        bookings = bookings.filter(organisation__in=members.values("organisation"))
    kept = [t for t in tickets if t.contacted_at and t.promised_on]
    on_time = sum(bool(t.contacted_at and t.promised_on and t.contacted_at.date() <= t.promised_on) for t in kept)
    low, high = _between(on_time, len(kept))
    first = bookings.filter(first_with_research=True).count() + tickets.filter(first_with_research=True).count()
    return Part(
        figures=[
            Figure(tied, label=_("Ties"), unit=_("of %(n)d interests") % {"n": sent}, **common),
            Figure(
                round(100 * on_time / len(kept), 1) if len(kept) >= MINIMUM_CELL else None,
                low=low,
                high=high,
                label=_("Questions answered in time"),
                unit="%",
                n=len(kept),
                definition=_("First contact on or before the promised day, over tickets with a first contact."),
                null_means=_("fewer than %(n)d tickets had a first contact yet") % {"n": MINIMUM_CELL},
                **common,
            ),
            Figure(
                first,
                label=_("First contacts with research"),
                unit=_("firms' requests"),
                definition=_("Tickets and bookings of firms that never worked with a university or laboratory."),
                **common,
            ),
            Figure(
                float(sum(i.amount_eur or 0 for i in rows if i.tie)),
                label=_("Worth of the ties"),
                unit="EUR",
                decimals=0,
                **common,
            ),
        ]
    )


def _engine(user: Any) -> Part:
    summary = run_summary()
    facts: list[tuple[str, Any]] = []
    if summary is not None:
        facts = [
            (_("Last run"), spoken_day(summary["at"].date())),
            (
                _("Cards matched"),
                _("%(n)d of %(all)d, %(pairs)d matches")
                % {"n": summary["matched"], "all": summary["cards"], "pairs": summary["pairs"]},
            ),
            (_("Said not to be relevant"), summary["refused"]),
            (_("Share kept for other clusters"), f"{summary['across_percent']}%"),
            (
                _("A card is shown at most"),
                ngettext("%(n)d time", "%(n)d times", summary["exposure"]) % {"n": summary["exposure"]},
            ),
        ]
    said = NotRelevant.objects.count()
    actions = []
    if user.has_perm("matchmaking.run_engine"):
        now = EngineSetting.objects.first() or EngineSetting()
        here = reverse("matchmaking:results")

        def again() -> str:
            return reverse(
                "shared:job",
                args=[start_job(name="matchmaking.refresh", title=_("Search index and matches"), by=user).pk],
            )

        actions = [
            Action(
                "set",
                _("Save"),
                lambda **f: str(engine_.set_engine(by=user, **f) and here),
                starting(EngineForm, {"places": now.places, "exposure": now.exposure, "across": now.across}),
                title=_("How the engine matches"),
                done=_("Saved; the next run uses it."),
                closed=True,
            ),
            Action("run", _("Match again now"), again),
        ]
    return Part(
        _("The engine"),
        facts=facts,
        table=Table(
            [_("Criterion"), _("Weight")],
            [[words, round(w, 2)] for words, w in engine_weights()],
            numeric=[1],
            decimals={1: 2},
        ),
        actions=actions,
        notes=[
            _(
                "A criterion weighs more the more often it made a match none: w = w0 (1 + 2 n / (n + 10)); "
                "%(n)d were said so far."
            )
            % {"n": said},
        ],
    )


@public
def alike(request: HttpRequest, pk: int) -> HttpResponse:
    """Firms comparable with one that already internationalised, digitalised or joined projects; rivals left out."""
    found = organisation_by_pk(pk)
    chosen = request.GET.get("did", "")
    # Whom a firm is like tells its activity, size, age and projects: who keeps one back is compared for itself alone.
    hidden = hidden_from(found, request.user)
    if "place" in hidden:
        without_place(found)
    rows = (
        []
        if {"activities", "size", "founded_on", "projects"} & hidden
        else firms_alike(found, chosen if chosen in THINGS else "")
    )
    words = {
        "field": _("same field"),
        "technology": _("same technologies"),
        "size": _("similar size"),
        "age": _("similar age"),
        "place": _("same province"),
    }
    return page(
        request,
        Shown(
            ngettext(
                "%(n)d firm like %(name)s has already done it",
                "%(n)d firms like %(name)s have already done it",
                len(rows),
            )
            % {"n": len(rows), "name": found}
            if rows
            else _("No firm like %(name)s is known to have done it yet") % {"name": found},
            _(
                "Comparable in field, technology, size, age and place; direct competitors are left out. Ask one for "
                "a visit."
            ),
            [
                Part(
                    items=[
                        Item(
                            str(r.organisation),
                            reverse("portal:organisation", args=[r.organisation.pk]),
                            meta=", ".join(thing_label(d) for d in r.did),
                            tags=[words[c] for c in r.reasons],
                            score=r.likeness,
                        )
                        for r in rows
                    ],
                    empty=Empty(
                        _("Nobody comparable was found"),
                        _("Activity, size and founding day make the comparison; load them, or ask a person."),
                        _("Ask in your own words"),
                        reverse("matchmaking:ask"),
                    ),
                    links=[
                        (_("Ask for a peer visit"), reverse("matchmaking:new_card") + "?kind=need&topic=peer_visit"),
                        (_("Lessons from abroad"), reverse("matchmaking:lessons")),
                    ]
                    if own_organisations(request.user)
                    else [],
                    notes=[
                        _(
                            "Field counts 35% (NACE: four digits 1, three .75, two .5), technologies named in its "
                            "own words and in its projects 15%, size 20%, age 15%, place 15%. Same activity and "
                            "same size class means a competitor, who is not shown."
                        ),
                    ],
                )
            ],
            [
                Crumb(_("Organisations"), reverse("portal:organisations")),
                Crumb(str(found), reverse("portal:organisation", args=[pk])),
                Crumb(_("Firms like this one")),
            ],
            synthetic=found.is_synthetic,
            facets=[facet("did", _("What they did"), [(t, thing_label(t), None) for t in THINGS], request.GET)],
        ),
    )
