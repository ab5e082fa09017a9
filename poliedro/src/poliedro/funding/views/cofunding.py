"""Money that bank foundations and others put beside calls, over all calls (R064)."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from poliedro.funding.models import CoFunding
from poliedro.funding.views.calls import call_crumbs, in_words, title_of
from poliedro.shared.access import needs
from poliedro.shared.blocks import Block, WorkingPage, show
from poliedro.shared.components import Crumb, Table
from poliedro.shared.templatetags.poliedro import spoken_number


@needs("funding.record_cofunding")
def cofunding(request: HttpRequest) -> HttpResponse:
    """Who puts money beside which call, how far each promise is, and where several bodies meet."""
    rows = list(
        CoFunding.objects.select_related("call__measure", "organisation").order_by(
            "organisation__name", "call__key", "pk"
        )
    )
    live = [r for r in rows if r.state != CoFunding.State.ENDED]
    total = sum((r.amount_eur for r in live if r.state != CoFunding.State.PROPOSED), Decimal(0))
    blocks = [
        Block(_("By body"), table=_by_body(rows)),
        Block(_("By call"), table=_by_call(rows)),
        Block(
            _("Where bodies meet"),
            table=_meeting(live),
            text=_("Calls, or calls for the same group at the same stage, beside which more than one body puts money."),
        ),
    ]
    page = WorkingPage(
        _title(live, total),
        _("Agreed or paid; what is proposed stands apart. A promise is noted on the call's own page at the desk."),
        blocks if rows else [Block(text=_("No body has joined a call yet. Note it on the call's page at the desk."))],
    )
    return show(
        request, page, call_crumbs(Crumb(_("Design calls"), reverse("funding:desk")), Crumb(_("Money of others")))[1:]
    )


def _title(rows: list[CoFunding], total: Decimal) -> str:
    """Who puts how much; where all of it is still proposed, that."""
    held = [r for r in rows if r.state in (CoFunding.State.AGREED, CoFunding.State.PAID)]
    n = len({r.organisation_id for r in (held or rows)})
    if rows and not held:
        proposed = sum((r.amount_eur for r in rows if r.state == CoFunding.State.PROPOSED), Decimal(0))
        return ngettext(
            "%(n)d body proposes EUR %(eur)s beside calls; nothing is agreed yet",
            "%(n)d bodies propose EUR %(eur)s beside calls; nothing is agreed yet",
            n,
        ) % {"n": n, "eur": spoken_number(proposed, 0)}
    return ngettext("%(n)d body puts EUR %(eur)s beside calls", "%(n)d bodies put EUR %(eur)s beside calls", n) % {
        "n": n,
        "eur": spoken_number(total, 0),
    }


def _by_body(rows: list[CoFunding]) -> Table:
    sums: dict[str, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for r in rows:
        sums[str(r.organisation)][r.state] += r.amount_eur
    return Table(
        [_("Body"), *(str(s.label) for s in CoFunding.State)],
        [[name, *(own.get(s.value, Decimal(0)) for s in CoFunding.State)] for name, own in sorted(sums.items())],
        numeric=range(1, 5),
        decimals=dict.fromkeys(range(1, 5), 0),
        full=True,
    )


def _by_call(rows: list[CoFunding]) -> Table:
    ordered = sorted(rows, key=lambda r: (title_of(r.call), str(r.organisation)))
    return Table(
        [_("Call"), _("Measure"), _("Body"), _("For what"), "EUR", pgettext("noun", "State"), _("Agreed on")],
        [
            [
                title_of(r.call), in_words(r.call.measure.name_it, r.call.measure.name_en), str(r.organisation),
                r.for_what, r.amount_eur, str(r.get_state_display()),
                r.agreed_on,
            ]
            for r in ordered
        ],
        numeric=[4],
        decimals={4: 0},
        full=True,
        links={i: reverse("funding:draft", args=[r.call.key]) for i, r in enumerate(ordered)},
    )  # fmt: skip


def _meeting(rows: list[CoFunding]) -> Table | None:
    """Places where money of two bodies or more goes to the same thing: one call, or one group at one stage."""
    places: dict[tuple[str, str], set[str]] = defaultdict(set)
    eur: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for r in rows:
        measure = r.call.measure
        found = [(_("call"), title_of(r.call))]
        found += [(_("group and stage"), f"{g}, {s}") for g in measure.groups for s in measure.stages]
        for place in found:
            places[place].add(str(r.organisation))
            eur[place] += r.amount_eur
    shared = [(place, bodies) for place, bodies in sorted(places.items()) if len(bodies) > 1]
    if not shared:
        return None
    return Table(
        [_("What"), _("Which"), _("Bodies"), "EUR"],
        [[place[0], place[1], ", ".join(sorted(bodies)), eur[place]] for place, bodies in shared],
        numeric=[3],
        decimals={3: 0},
        full=True,
    )
