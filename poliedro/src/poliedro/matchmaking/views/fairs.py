"""Fairs and missions: calendar, applications, joint stand, leads, and what they were worth."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from poliedro.matchmaking.forms import FairApplicationForm, FairForm, LeadForm, LeadResultForm, StandForm
from poliedro.matchmaking.models import Fair, FairApplication, Lead
from poliedro.matchmaking.queries.cards import own_organisations
from poliedro.matchmaking.rules.fairs import POINTS, Worth, subsidy
from poliedro.matchmaking.services import fairs as fairs_
from poliedro.matchmaking.views.base import Action, Item, Part, Shown, choices, page, sign_in_to, steps_of
from poliedro.matchmaking.views.find import fair_by_pk, managed_or_none, one
from poliedro.shared.access import public, signed_in
from poliedro.shared.components import Crumb, Empty, Figure
from poliedro.shared.templatetags.poliedro import day as spoken_day
from poliedro.shared.templatetags.poliedro import spoken_number


def crumbs(*more: Crumb) -> list[Crumb]:
    return [Crumb(_("Fairs and missions"), reverse("matchmaking:fairs")), *more]


def point_words(code: str) -> str:
    return {
        "first_time": _("first time in that market"),
        "small": _("micro or small"),
        "member": _("member of the cluster"),
        "fits": _("works in the field"),
    }.get(code, code)


def worth_of(fair: Fair) -> Worth:
    """What the fair cost, subsidies of participants among it, and what it brought. Two queries."""
    rows = list(fair.applications.filter(state__in=("accepted", "took_part")))
    paid = sum((subsidy(a.own_cost_eur, fair.subsidy_share) for a in rows), Decimal(0))
    leads = list(Lead.objects.filter(application__fair=fair))
    orders = [lead for lead in leads if lead.result == Lead.Result.ORDER]
    return Worth(
        fair.cost_eur + paid,
        len(leads),
        sum(lead.followed_up_on is not None for lead in leads),
        len(orders),
        sum((lead.value_eur or Decimal(0) for lead in orders), Decimal(0)),
    )


@public
def fairs(request: HttpRequest) -> HttpResponse:
    """The calendar of fairs and missions."""
    rows = list(Fair.objects.select_related("cluster"))
    today = timezone.localdate()
    user = request.user
    runs = user.is_authenticated and (user.has_perm("matchmaking.run_fairs") or managed_or_none(user))

    def item(f: Fair) -> Item:
        open_ = f.apply_by >= today
        return Item(
            f.title,
            reverse("matchmaking:fair", args=[f.pk]),
            meta=f"{f.get_kind_display()} · {f.place} ({f.country}) · {spoken_day(f.starts_on)}",
            text=f.text,
            tags=[_("apply by %(day)s") % {"day": spoken_day(f.apply_by)}] if open_ else [],
        )

    coming = [f for f in rows if f.ends_on >= today]
    return page(
        request,
        Shown(
            ngettext(
                "%(n)d fair or mission is coming, %(open)d take applications",
                "%(n)d fairs and missions are coming, %(open)d take applications",
                len(coming),
            )
            % {"n": len(coming), "open": sum(f.apply_by >= today for f in coming)},
            _("Go together: a joint stand, a part of your cost paid back, and your contacts followed up."),
            [
                Part(
                    links=[(_("New fair or mission"), reverse("matchmaking:new_fair"))] if runs else [],
                    items=[item(f) for f in sorted(coming, key=lambda f: f.starts_on)],
                    empty=Empty(_("None is planned"), _("Fairs and missions of the clusters appear here.")),
                ),
                Part(
                    _("Earlier ones"),
                    items=[item(f) for f in rows if f.ends_on < today],
                    empty=Empty(_("None yet"), _("What they cost and brought stays here.")),
                ),
            ],
            [Crumb(_("Fairs and missions"))],
            synthetic=any(f.is_synthetic for f in rows),
        ),
    )


@signed_in
def new_fair(request: HttpRequest) -> HttpResponse:
    user = request.user
    cluster = None if user.has_perm("matchmaking.run_fairs") else managed_or_none(user)
    if cluster is None and not user.has_perm("matchmaking.run_fairs"):
        raise PermissionDenied(_("fairs are run by clusters, the agency and the inward-investment desk"))
    return page(
        request,
        Shown(
            _("New fair or mission"),
            "",
            [
                Part(
                    actions=[
                        Action(
                            "save",
                            _("Announce"),
                            lambda **f: reverse(
                                "matchmaking:fair", args=[fairs_.plan_fair(by=user, cluster=cluster, **f).pk]
                            ),
                            FairForm,
                            title=_("When, where, how many"),
                            done=_("Announced; firms can apply."),
                        )
                    ]
                )
            ],
            crumbs(Crumb(_("New fair or mission"))),
        ),
    )


@public
def fair(request: HttpRequest, pk: int) -> HttpResponse:
    """A fair: how to apply, the joint stand and who is on it, and what came of it."""
    found, user = fair_by_pk(pk), request.user
    runs = user.is_authenticated and user.has_perm("matchmaking.run_fairs", found)
    own = own_organisations(user)
    here = reverse("matchmaking:fair", args=[pk])
    today = timezone.localdate()
    rows = list(found.applications.select_related("organisation"))
    going = [a for a in rows if a.state in ("accepted", "took_part")]
    stand = getattr(found, "stand", None)
    facts: list[tuple[str, Any]] = [
        (_("When"), f"{spoken_day(found.starts_on)} – {spoken_day(found.ends_on)}"),
        (_("Where"), f"{found.place} ({found.country})"),
        (_("Apply by"), spoken_day(found.apply_by)),
        (_("Places"), _("%(n)d of %(all)d taken") % {"n": len(going), "all": found.places}),
        (_("Paid back"), _("%(n)s%% of own costs") % {"n": spoken_number(found.subsidy_share * 100, 0)}),
        (_("Organised by"), found.cluster or _("cluster agency")),
    ]
    if stand is not None:
        facts.append((_("Joint stand"), f"{stand.hall}, {spoken_number(stand.area_m2, 0)} m²"))
    actions = []
    if own and today <= found.apply_by and not any(a.organisation_id in own for a in rows):
        actions.append(
            Action(
                "apply",
                _("Apply"),
                lambda **f: reverse("matchmaking:fair_application", args=[fairs_.apply(fair=found, by=user, **f).pk]),
                lambda *a, **m: FairApplicationForm(*a, own=own, **m),
                title=_("Apply with our organisation"),
                done=_("You have applied; the organiser decides after the last day."),
            )
        )
    links = sign_in_to(user, _("Sign in to apply"), here) if today <= found.apply_by else []
    parts = [Part(text=found.text, facts=facts, links=links, actions=actions)]
    on_stand = [a for a in going if a.wants_stand]
    if stand is not None or on_stand:
        parts.append(
            Part(
                _("On the joint stand"),
                items=[
                    Item(str(a.organisation), reverse("portal:organisation", args=[a.organisation_id]))
                    for a in on_stand
                ],
                empty=Empty(_("Nobody yet"), _("Who is accepted appears here.")),
            )
        )
    mine = [a for a in rows if a.organisation_id in own]
    if mine:
        parts.append(
            Part(
                _("Our application"),
                items=[
                    Item(
                        str(a.organisation),
                        reverse("matchmaking:fair_application", args=[a.pk]),
                        meta=str(a.get_state_display()),
                    )
                    for a in mine
                ],
            )
        )
    if runs:
        parts.append(_run_part(user, found, rows, here))
    if found.ends_on < today or Lead.objects.filter(application__fair=found).exists():
        parts.append(_worth_part(found))
    return page(
        request,
        Shown(
            found.title,
            "",
            parts,
            crumbs(Crumb(found.title)),
            synthetic=found.is_synthetic,
            tags=[str(found.get_kind_display())],
        ),
    )


def _worth_part(found: Fair) -> Part:
    worth = worth_of(found)
    certainty: Any = "synthetic" if found.is_synthetic else "reported"
    period = str(found.starts_on.year)
    common = {"period": period, "certainty": certainty, "source": _("Leads of the participants")}
    return Part(
        _("What it brought"),
        figures=[
            Figure(worth.leads, label=_("Leads"), unit=_("contacts"), **common),
            Figure(
                float(worth.cost_per_lead_eur) if worth.cost_per_lead_eur is not None else None,
                label=_("Cost per lead"),
                unit="EUR",
                decimals=2,
                definition=_("Joint cost and subsidies paid back, over all leads."),
                null_means=_("no lead was noted yet"),
                **common,
            ),
            Figure(
                round(100 * worth.follow_up_rate, 1) if worth.follow_up_rate is not None else None,
                label=_("Followed up"),
                unit="%",
                definition=_("Leads with a day of follow-up, over all leads."),
                null_means=_("no lead was noted yet"),
                **common,
            ),
            Figure(float(worth.orders_eur), label=_("Orders"), unit="EUR", decimals=0, n=worth.orders, **common),
        ],
    )


def _run_part(user: Any, found: Fair, rows: list[FairApplication], here: str) -> Part:
    items = []
    for a in rows:
        actions = []
        if a.state == FairApplication.State.SENT:
            actions = [
                Action(
                    f"accept-{a.pk}",
                    _("Accept"),
                    lambda a=a: str(fairs_.decide_application(application=a, accept=True, by=user) and here),
                ),
                Action(
                    f"refuse-{a.pk}",
                    _("Refuse"),
                    lambda a=a: str(fairs_.decide_application(application=a, accept=False, by=user) and here),
                    second=True,
                ),
            ]
        elif a.state == FairApplication.State.ACCEPTED and found.starts_on <= timezone.localdate():
            actions = [
                Action(
                    f"went-{a.pk}",
                    _("It took part"),
                    lambda a=a: str(fairs_.took_part(application=a, by=user) and here),
                )
            ]
        items.append(
            Item(
                str(a.organisation),
                reverse("matchmaking:fair_application", args=[a.pk]),
                meta=f"{a.get_state_display()} · "
                + ngettext("%(n)d point", "%(n)d points", a.points) % {"n": a.points},
                text=a.motive,
                tags=[f"{point_words(r)} {POINTS[r]}" for r in a.reasons],
                actions=actions,
            )
        )
    return Part(
        _("Applications, by points"),
        items=items,
        empty=Empty(_("None yet"), _("Firms that apply appear here, ranked by the points below.")),
        actions=[
            Action(
                "stand",
                _("Save"),
                lambda **f: str(fairs_.set_stand(fair=found, by=user, **f) and here),
                StandForm,
                title=_("Joint stand"),
                closed=True,
            )
        ],
        notes=[f"{point_words(k)}: {n}" for k, n in POINTS.items()],
    )


@signed_in
def fair_application(request: HttpRequest, pk: int) -> HttpResponse:
    """One organisation at a fair: its state, its leads and their follow-up."""
    found = one(FairApplication.objects.select_related("fair__cluster", "organisation"), pk)
    user = request.user
    runs = user.has_perm("matchmaking.run_fairs", found)
    own = user.has_perm("matchmaking.act_for", found.organisation)
    if not (runs or own):
        raise PermissionDenied(str(pk))
    here = reverse("matchmaking:fair_application", args=[pk])
    actions = []
    if own and found.state in ("sent", "accepted"):
        actions.append(
            Action(
                "withdraw",
                _("Withdraw"),
                lambda: str(fairs_.withdraw_application(application=found, by=user) and here),
                second=True,
            )
        )
    if found.state in ("accepted", "took_part"):
        actions.append(
            Action(
                "lead",
                _("Note the contact"),
                lambda **f: str(fairs_.add_lead(application=found, by=user, **f) and here),
                LeadForm,
                title=_("A contact from the fair"),
                done=_("Noted; follow it up within a month."),
            )
        )
    items = []
    for lead in found.leads.all():
        act = [
            Action(
                f"lead-{lead.pk}",
                _("Store"),
                lambda lead=lead, **f: str(fairs_.follow_lead(lead=lead, by=user, **f) and here),
                LeadResultForm,
                title=_("What came of it"),
                second=True,
                closed=True,
            )
        ]
        items.append(
            Item(
                lead.company,
                meta=f"{lead.country} · {lead.get_result_display()}"
                + (f" · {spoken_number(lead.value_eur, 0)} EUR" if lead.value_eur else ""),
                text=lead.note,
                actions=act,
            )
        )
    back = subsidy(found.own_cost_eur, found.fair.subsidy_share)
    words = {**choices(FairApplication, "state"), "lead": _("a contact was noted"), "lead_followed": _("followed up")}
    return page(
        request,
        Shown(
            f"{found.organisation}: {found.fair}",
            found.motive,
            [
                Part(
                    facts=[
                        (_("Where it stands"), found.get_state_display()),
                        (_("Points"), f"{found.points} ({', '.join(point_words(r) for r in found.reasons) or '–'})"),
                        (_("Own costs"), f"{spoken_number(found.own_cost_eur, 2)} EUR"),
                        (_("Paid back"), f"{spoken_number(back, 2)} EUR"),
                    ],
                    actions=actions,
                ),
                Part(
                    _("Leads"),
                    items=items,
                    empty=Empty(_("No contact yet"), _("Contacts brought home are noted here and followed up.")),
                ),
                Part(_("Steps"), events=steps_of(f"fairapplication:{found.pk}", words)),
            ],
            crumbs(Crumb(str(found.fair), reverse("matchmaking:fair", args=[found.fair_id])), Crumb(_("Application"))),
            synthetic=found.is_synthetic,
        ),
    )
