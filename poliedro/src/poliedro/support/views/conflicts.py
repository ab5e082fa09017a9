"""Conflicts of interest: own declarations, and overrides by two people that both sides see."""

from __future__ import annotations

from collections.abc import Mapping

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from poliedro.accounts.models import ConflictDeclaration, ConflictOverride, Person
from poliedro.accounts.queries import is_second, matters_told, overrides_about, overrides_in_force, ties_of
from poliedro.accounts.rules import OverrideRefused, Side, Through, bars
from poliedro.accounts.services import (
    UnknownSubject,
    agree_override,
    ask_override,
    declare_conflict,
    refuse_override,
    withdraw_declaration,
)
from poliedro.registry.models import Cluster, Office, Organisation
from poliedro.registry.queries.roles import subjects_acted_for
from poliedro.registry.queries.ties import held_funding_role
from poliedro.registry.rules.permissions import Form
from poliedro.shared.access import needs, signed_in
from poliedro.shared.blocks import Block, Button, Item, WorkingPage, show
from poliedro.shared.components import Crumb
from poliedro.shared.region import region
from poliedro.shared.spoken import short_day
from poliedro.shared.told import told
from poliedro.support.forms.agency import DeclareForm, OverrideForm
from poliedro.support.views.found import inside

KIND_WORDS = {
    "coaches": lambda: _("coaches it"),
    "manages": lambda: _("manages it"),
    "works_for": lambda: _("works for it"),
    "acts_for": lambda: _("acts for it"),
    "declared": lambda: _("declared"),
    "funds": lambda: _("decides on its funding"),
}


def names_of(keys: set[str]) -> dict[str, str]:
    """Subject key -> name."""
    clusters = {f"cluster:{c.key}": c.name for c in Cluster.objects.all()}
    bodies = [int(k.split(":")[1]) for k in keys if k.startswith("organisation:") and k.split(":")[1].isdigit()]
    found = {f"organisation:{o.pk}": o.name for o in Organisation.objects.filter(pk__in=bodies)}
    return {k: clusters.get(k) or found.get(k) or k for k in keys}


def side_of(request: HttpRequest) -> Side:
    """On which side of the wall the reader stands: who decided on money within the look-back is of funding still."""
    funds = held_funding_role(request.user, Form(region().form), timezone.localdate())
    return Side.FUNDING if funds else Side.COACHING


@signed_in
@never_cache
def my_conflicts(request: HttpRequest) -> HttpResponse:
    """What ties me to whom: found from the register and declared by me."""
    person = getattr(request.user, "person", None)
    today = timezone.localdate()
    form = DeclareForm(request.POST or None)
    if person is not None and request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            declare_conflict(
                person=person,
                subject_key=data["subject"],
                reason=data["reason"],
                valid_from=data["valid_from"],
                valid_to=data["valid_to"],
                by=request.user,
            )
            return redirect("support:my_conflicts")
        except UnknownSubject as unknown:
            form.add_error("subject", told(unknown))
    # A colleague's tie bars, too, but tells whom the colleague coaches: it is looked at, and not listed.
    every = ties_of(person, today) if person is not None else []
    ties = [t for t in every if t.through is not Through.UNIT and bars(t, today)]
    names = names_of({t.subject_key for t in ties})
    declared = list(ConflictDeclaration.objects.filter(person=person, withdrawn_at=None)) if person else []
    through = {Through.EMPLOYER: _("through your employer"), Through.PERSON: ""}
    blocks = [
        Block(
            _("What bars you from deciding, today"),
            items=[
                Item(names[t.subject_key], meta=" ".join([KIND_WORDS[t.kind.value](), through[t.through]]).strip())
                for t in sorted(ties, key=lambda t: (t.subject_key, t.kind))
            ],
            empty=_("Nothing."),
            text=_("What colleagues of your unit are tied to bars you, too; it is theirs, and not listed here."),
        ),
        Block(
            _("What you declared"),
            items=[
                Item(
                    names_of({d.subject_key})[d.subject_key],
                    text=d.reason,
                    meta=f"{short_day(d.valid_from)} - {short_day(d.valid_to)}"
                    if d.valid_to
                    else f"{short_day(d.valid_from)} -",
                    buttons=[
                        Button(
                            _("Declared by mistake"),
                            reverse("support:conflict_withdraw", args=[d.pk]),
                            second=True,
                            of=d.reason,
                        )
                    ],
                )
                for d in declared
            ],
            empty=_("Nothing."),
        ),
        Block(_("Declare a tie"), form=form, button=_("Declare")),
    ]
    if about_mine := overrides_about(subjects_acted_for(request.user), person):
        blocks.insert(
            0,
            Block(
                _("Overrides that concern you"),
                items=_override_items(about_mine),
                text=_(
                    "Somebody may decide in a call in spite of a tie with you or with whom you act for. It took two "
                    "people, one of each side."
                ),
            ),
        )
    page = WorkingPage(
        _("My conflicts of interest"),
        _("Ties that end go on barring for up to three years."),
        blocks,
    )
    return show(request, page, [Crumb(_("My conflicts of interest"))])


@signed_in
@require_POST
def conflict_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    person = getattr(request.user, "person", None)
    declaration: ConflictDeclaration = inside(ConflictDeclaration.objects.filter(person=person or 0), pk)
    withdraw_declaration(declaration=declaration, by=request.user)
    return redirect("support:my_conflicts")


@needs("support.see_conflicts")
def overrides(request: HttpRequest) -> HttpResponse:
    """Every override asked for, agreed or refused: both sides see all of them."""
    may = request.user.has_perm("support.lift_conflicts")
    offices = Office.objects.known().active_on(timezone.localdate())
    people = Person.objects.filter(pk__in=offices.values("person")).exclude(user=request.user.pk).order_by("name")
    form = OverrideForm(request.POST or None, people=people) if may else None
    if form is not None and request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:  # whether a bar exists is not looked up: the answer would tell the funding side whom a coach helps
            ask_override(
                person=data["person"],
                subject_key=data["subject"],
                matter_key=data["matter"],
                reason=data["reason"],
                side=side_of(request),
                by=request.user,
            )
            return redirect("support:overrides")
        except UnknownSubject as unknown:
            form.add_error("subject", told(unknown))
        except OverrideRefused as refused:
            form.add_error(None, told(refused))
    rows = overrides_in_force()
    side = side_of(request)
    settled = {m.key for m in matters_told() if m.is_settled}
    reader = getattr(request.user, "person", None) if may else None
    buttons = {o.pk: _buttons(o, reader, side) for o in rows if o.matter_key not in settled} if reader else {}
    blocks = [Block(items=_override_items(rows, buttons), empty=_("None. Whoever is barred stays barred."))]
    if form is not None:
        blocks.append(Block(_("Ask for an override"), form=form, button=_("Ask")))
    page = WorkingPage(
        _("Overrides of conflicts of interest"),
        _(
            "It takes two people, one who decides on funding and one of the agency, neither the one concerned; it "
            "holds for one call alone. Both sides, the region and the auditors read this page; whom it concerns reads "
            "it under My conflicts of interest."
        ),
        blocks,
    )
    return show(request, page, [Crumb(_("Conflicts of interest"))])


def _override_items(rows: list[ConflictOverride], buttons: Mapping[int, list[Button]] | None = None) -> list[Item]:
    """Who decides on what in spite of which tie, why, who asked and agreed, and how it stands."""
    told_of = matters_told()
    names, matters = names_of({o.subject_key for o in rows}), {m.key: m.name for m in told_of}
    settled = {m.key for m in told_of if m.is_settled}
    sides = {"funding": _("for funding"), "coaching": _("for the agency")}
    return [
        Item(
            _("%(who)s decides on %(matter)s in spite of %(subject)s")
            % {
                "who": o.person.name,
                "matter": matters.get(o.matter_key, o.matter_key),
                "subject": names[o.subject_key],
            },
            text=o.reason,
            meta=f"{o.first_by.name} ({sides[o.first_side]})"
            + (f", {o.second_by.name} ({sides[o.second_side]})" if o.second_by else ""),
            tag=_standing(o, settled),
            buttons=(buttons or {}).get(o.pk, []),
        )
        for o in rows
    ]


def _standing(override: ConflictOverride, settled: set[str]) -> str:
    if override.refused_at:
        return _("refused")
    if override.holds:
        return _("in force")
    return _("the call was decided first") if override.matter_key in settled else _("one more has to agree")


def _buttons(override: ConflictOverride, reader: Person, side: Side) -> list[Button]:
    """What the reader can do: agree only as a second person, of the other side."""
    if override.refused_at:
        return []
    of, url = override.person.name, reverse("support:override_refuse", args=[override.pk])
    if override.holds:
        return [Button(_("Take back"), url, second=True, of=of)]
    refuse = Button(_("Refuse"), url, second=True, of=of)
    if not is_second(override, reader, side):
        return [refuse]
    return [Button(_("Agree to it"), reverse("support:override_agree", args=[override.pk]), of=of), refuse]


@needs("support.lift_conflicts")
@require_POST
def override_agree(request: HttpRequest, pk: int) -> HttpResponse:
    override = get_object_or_404(ConflictOverride, pk=pk)
    try:
        agree_override(override=override, side=side_of(request), by=request.user)
        messages.success(request, _("Agreed. It is logged, and both sides see it."))
    except OverrideRefused as refused:
        messages.error(request, told(refused))
    return redirect("support:overrides")


@needs("support.lift_conflicts")
@require_POST
def override_refuse(request: HttpRequest, pk: int) -> HttpResponse:
    try:
        refuse_override(override=get_object_or_404(ConflictOverride, pk=pk), by=request.user)
    except OverrideRefused as refused:
        messages.error(request, told(refused))
    return redirect("support:overrides")
