"""Inside the wall: a manager's needs and grid, the shortlist of providers, the coaching case. No words leave it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from poliedro.accounts.models import Person
from poliedro.accounts.queries import person_of
from poliedro.registry.queries.roles import managed_clusters
from poliedro.registry.queries.ties import funding_people
from poliedro.registry.rules.permissions import Form
from poliedro.shared.access import needs
from poliedro.shared.blocks import Block, Button, Item, WorkingPage, show
from poliedro.shared.components import Crumb, Table
from poliedro.shared.region import region
from poliedro.shared.spoken import short_day
from poliedro.shared.told import told
from poliedro.support.forms.agency import (
    COACHING_CONSENT,
    LEVEL_LABELS,
    AskForm,
    GridForm,
    NeedForm,
)
from poliedro.support.models import CoachingCase, NeedCard, Provider
from poliedro.support.models.agency import COMPETENCE_LABELS, SUPPORT_LABELS, TIER_LABELS, URGENCY_LABELS
from poliedro.support.queries.coaching import (
    asked_with,
    cases_of,
    need_of,
    needs_of,
    peer_levels_of,
    peers_for,
    profile_of,
    shared_needs,
    suited,
)
from poliedro.support.rules.agency import OVER, CannotMove, SupportType, Tier, types_for
from poliedro.support.services.coaching import (
    WallRefused,
    ask_coaching,
    remove_need,
    write_need,
    write_profile,
)
from poliedro.support.views.found import inside


def need_by_pk(pk: int) -> NeedCard:
    found: NeedCard = inside(NeedCard.objects.select_related("content", "who"), pk)
    return found


def privacy_words(*, of_coach: bool = False) -> str:
    """Who reads the page. of_coach: told to the coach of a case."""
    if of_coach:
        return _(
            "What is written here is kept encrypted. The manager and you read it, and nobody else; the manager sees "
            "when you opened it. It enters no score and no formula."
        )
    return _(
        "What you write here is kept encrypted. You read it, and the coach whom you choose; nobody else: not your own "
        "body, not the agency, not the region, and never anyone who decides on funding. It enters no score and no "
        "formula."
    )


def home_crumb() -> Crumb:
    return Crumb(_("In confidence"), reverse("support:confidence"))


@needs("support.confide")
@never_cache
@sensitive_post_parameters()
def confidence(request: HttpRequest) -> HttpResponse:
    """A manager's needs and cases; a coach's cases."""
    person = person_of(request)
    clusters = list(managed_clusters(request.user))
    form = NeedForm(request.POST or None, clusters=clusters) if clusters else None
    if form is not None and request.method == "POST" and form.is_valid():
        card = write_need(
            person=person,
            cluster=form.cleaned_data["cluster"],
            competence=form.cleaned_data["competence"],
            urgency=form.cleaned_data["urgency"],
            text=form.cleaned_data["text"],
            by=request.user,
        )
        return redirect("support:need", card.pk)
    cases = cases_of(person)
    blocks = [
        Block(
            _("Cases"),
            items=[
                Item(
                    _("%(cluster)s with %(who)s")
                    % {"cluster": c.cluster_name or _("erased"), "who": others_in(c, person.pk)},
                    url=reverse("support:coaching", args=[c.pk]),
                    tag=c.get_state_display(),
                    meta=_("asked for on %(day)s") % {"day": short_day(c.asked_on)},
                )
                for c in cases
            ],
            empty=_("No case yet. Write down a need, look at who could help, and ask."),
        )
    ]
    put_to_me = [c for c in cases if c.need is not None and c.status not in OVER and c.whose != person.pk]
    if put_to_me:
        blocks.append(_needs_of_others(put_to_me, person))
    if clusters:
        with_coach = {c.need_id for c in cases if c.status not in OVER}
        blocks.insert(
            0,
            Block(
                _("What you want to get better at"),
                items=[
                    Item(
                        str(COMPETENCE_LABELS.get(n.competence, _("erased"))),
                        url=reverse("support:need", args=[n.pk]),
                        text=n.text,
                        meta=f"{n.cluster}, {URGENCY_LABELS.get(n.urgency, '')}",
                        tag=_("with a coach") if n.pk in with_coach else "",
                        buttons=[
                            Button(
                                _("Remove"),
                                reverse("support:need_remove", args=[n.pk]),
                                second=True,
                                of=str(COMPETENCE_LABELS.get(n.competence, "")),
                            )
                        ],
                    )
                    for n in needs_of(person)
                ],
                empty=_("Nothing yet. To ask for training is a step forward, never a failure."),
            ),
        )
        blocks += [
            Block(_("Write down a need"), form=form, button=_("Keep it and see who could help")),
            Block(links=[(_("My competence grid"), reverse("support:profile"))]),
        ]
    page = WorkingPage(
        _("In confidence"),
        _("Needs, coaching and what comes of it, between you and your coach."),
        blocks,
        note=privacy_words(),
    )
    return show(request, page, [Crumb(_("In confidence"))])


def _needs_of_others(cases: list[CoachingCase], coach: Person) -> Block:
    """For a coach: what the managers wrote who asked them."""
    items = []
    for case in cases:
        assert case.need is not None
        opened = need_of(case.need)
        items.append(
            Item(
                str(COMPETENCE_LABELS.get(opened.competence, _("erased"))),
                url=reverse("support:need", args=[opened.pk]),
                text=opened.text,
                meta=f"{others_in(case, coach.pk)}, {URGENCY_LABELS.get(opened.urgency, '')}",
            )
        )
    return Block(_("Needs that were put to you"), items=items)


def others_in(case: CoachingCase, mine: int) -> str:
    """Who else is in the case: the coaches for its manager, the manager for a coach."""
    if case.whose != mine:
        return str(case.opened_who.get("name") or _("erased"))
    names = case.coaches.filter(valid_to=None).values_list("person__name", flat=True)
    return ", ".join(names) or _("nobody yet")


@needs("support.confide")
@never_cache
@sensitive_post_parameters()
def profile(request: HttpRequest) -> HttpResponse:
    """One's own competence grid, with peers who can show what is missing."""
    person = person_of(request)
    levels = profile_of(person)
    form = GridForm(request.POST or None, initial=levels)
    if request.method == "POST" and form.is_valid():
        write_profile(person=person, levels=form.levels(), by=request.user)
        messages.success(request, _("Kept. Only you read it."))
        return redirect("support:profile")
    weak = sorted((n, key) for key, n in levels.items() if n <= 2 and key in COMPETENCE_LABELS)
    blocks = [
        Block(
            _("Where you could grow, and who could show you"),
            items=[
                Item(
                    str(COMPETENCE_LABELS[key]),
                    meta=", ".join(f"{o.person.name} ({o.cluster.name})" for o in peers_for(person, key))
                    or _("no colleague has offered this yet"),
                    tag=str(LEVEL_LABELS[n]),
                )
                for n, key in weak
            ],
            empty=_("Fill in the grid below."),
            links=[(_("Exchange with colleagues"), reverse("support:peers"))],
        ),
        *_from_peers(person),
        Block(_("My grid"), form=form, button=_("Keep")),
    ]
    page = WorkingPage(
        _("My competence grid"),
        _("How well you command what managing a cluster takes. No ranking is made of it."),
        blocks,
        note=privacy_words(),
    )
    return show(request, page, [home_crumb(), Crumb(_("My competence grid"))])


def _from_peers(person: Person) -> list[Block]:
    """What colleagues who showed something say, beside what one says oneself."""
    items = [
        Item(
            str(COMPETENCE_LABELS.get(said.competence, said.competence)),
            tag=str(LEVEL_LABELS[said.level]),
            meta=short_day(said.on),
        )
        for said in peer_levels_of(person)
    ]
    return [Block(_("What colleagues say who showed it to you"), items=items)] if items else []


@needs("support.open_coaching", card=need_by_pk)
@never_cache
@sensitive_post_parameters()
def need(request: HttpRequest, card: NeedCard) -> HttpResponse:
    """From a need to types of service to providers with the right competences; ask one of them."""
    person = person_of(request)
    own, cluster = card.whose == person.pk, card.cluster
    writer = person if own else card.person_of()
    opened = need_of(card)
    today = timezone.localdate()
    types = types_for(opened.competence, clusters_with_it=shared_needs().get(opened.competence, 0))
    barred = set(funding_people(Form(region().form), today))
    found = suited(
        [opened.competence] if opened.competence else [],
        field_key=cluster.key if cluster else "",
        days=types[0].days if types else 1,
        barred=barred,
        year=today.year,
    )
    form = AskForm(request.POST or None)
    if own and cluster and request.method == "POST" and form.is_valid():
        provider = get_object_or_404(Provider, pk=request.POST.get("provider"))
        if provider.pk in {s.candidate.key for s in found}:
            try:
                case = ask_coaching(
                    manager=person,
                    cluster=cluster,
                    goal=form.cleaned_data["goal"],
                    provider=provider,
                    on=today,
                    by=request.user,
                    consent=str(COACHING_CONSENT),
                    need=card,
                )
                return redirect("support:coaching", case.pk)
            except WallRefused:
                form.add_error(None, _("This coach cannot be asked; choose another one."))
            except CannotMove as refused:
                form.add_error(None, told(refused))
        else:
            form.add_error(None, _("This coach cannot be asked; choose another one."))
    reasons = {
        "able": _("commands it"),
        "teaches": _("could teach it"),
        "field": _("knows your industry"),
        "rating": _("rated by managers"),
        "free": _("free of charge"),
    }
    blocks = [Block(text=opened.text)] if opened.text else []
    blocks += [
        Block(
            _("Which kind of support fits"),
            items=[
                Item(
                    str(SUPPORT_LABELS[t.key]),
                    meta=str(TIER_LABELS[t.tier]),
                    url=_way_to(t, opened.competence),
                    tag=_("fits best") if i == 0 else "",
                )
                for i, t in enumerate(types[:4])
            ],
        ),
        Block(
            _("Who could help, and why"),
            table=Table(
                [_("Provider"), _("Points"), _("Why"), _("Price of a day, EUR")],
                [
                    [
                        s.candidate.name,
                        s.points,
                        "; ".join(f"{reasons[r]} ({p})" for r, p in s.reasons),
                        s.candidate.price_eur,
                    ]
                    for s in found
                ],
                numeric=(1, 3),
                full=True,
            )
            if found
            else None,
            text=""
            if found
            else _("Nobody commands this well enough and has time. The gap shows on the agency's own page."),
        ),
        Block(
            _("Colleagues who offered to show it"),
            items=[
                Item(o.person.name, meta=o.cluster.name, text=o.text)
                for o in peers_for(writer or person, opened.competence)
            ],
            empty=_("None so far."),
        ),
    ]
    going_on = asked_with(card)
    if going_on:
        blocks.insert(0, _asked(going_on, person))
    asked = set(Provider.objects.filter(person__in=going_on).values_list("pk", flat=True))
    if own and found:
        for s in [s for s in found if s.candidate.key not in asked][:3]:
            blocks.append(
                Block(
                    folded=_("Ask %(who)s") % {"who": s.candidate.name},
                    form=_with_provider(form, s.candidate.key, request),
                    button=_("Ask for coaching"),
                )
            )
    page = WorkingPage(
        _("Need: %(what)s") % {"what": COMPETENCE_LABELS.get(opened.competence, _("erased"))},
        _("Those who stand on the funding side, or did in the last three years, are not listed."),
        blocks,
        note=privacy_words(),
    )
    return show(request, page, [home_crumb(), Crumb(_("Need"))])


def _asked(going_on: dict[int, CoachingCase], reader: Person) -> Block:
    """The cases in which a need is being worked on, for its writer and for each of their coaches."""
    own = {c.pk for c in cases_of(reader)}
    return Block(
        _("Coaching about this need"),
        items=[
            Item(
                others_in(case, reader.pk),
                url=reverse("support:coaching", args=[case.pk]),
                tag=case.get_state_display(),
                meta=_("asked for on %(day)s") % {"day": short_day(case.asked_on)},
            )
            for case in going_on.values()
            if case.pk in own
        ],
    )


def _way_to(kind: SupportType, competence: str) -> str:
    """Where a type of support is to be had; coaching is asked for below on the same page."""
    if kind.tier is Tier.INDIVIDUAL:
        return ""
    if kind.key == "course":
        return f"{reverse('support:training')}?competence={competence}"
    return reverse("support:peers") if kind.key == "peer_exchange" else reverse("support:agency")


def _with_provider(form: AskForm, key: int, request: HttpRequest) -> AskForm:
    """The form for one provider: with the others' errors left out."""
    mine = request.method == "POST" and request.POST.get("provider") == str(key)
    asked = form if mine else AskForm(auto_id=f"id_{key}_%s")
    asked.fields["provider"] = _hidden(key)
    return asked


def _hidden(key: int) -> Any:
    from django import forms

    return forms.IntegerField(widget=forms.HiddenInput(), initial=key)


@needs("support.open_coaching", card=need_by_pk)
@require_POST
def need_remove(request: HttpRequest, card: NeedCard) -> HttpResponse:
    """Take a need back: its words are erased. Only its writer may."""
    if card.whose == person_of(request).pk:
        remove_need(card=card, by=request.user)
        messages.success(request, _("Erased."))
    else:
        messages.error(request, _("Only who wrote a need takes it back."))
    return redirect("support:confidence")
