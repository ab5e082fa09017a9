"""The jury of a challenge: who sits on it, for the organiser, and what a juror sees."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from poliedro.accounts.models import Person
from poliedro.matchmaking.forms import JurorForm, RemoveJurorForm
from poliedro.matchmaking.models import Challenge, Juror
from poliedro.matchmaking.rules.refusals import Refused
from poliedro.matchmaking.services import challenges as challenges_
from poliedro.matchmaking.views.base import Action, Item, Part, Shown, page, starting
from poliedro.matchmaking.views.find import challenge_by_pk
from poliedro.shared.access import signed_in
from poliedro.shared.components import Crumb, Empty


def jurors_part(user: Any, found: Challenge, here: str) -> Part:
    """Who is on the jury and how far each has come; naming one more, taking one off."""
    is_open = found.state in (Challenge.State.DRAFT, Challenge.State.OPEN, Challenge.State.JUDGING)

    def name(email: str) -> str:
        person = Person.objects.filter(user__email=email.lower()).first()
        if person is None:
            raise Refused("no_person", email)
        challenges_.add_juror(challenge=found, person=person, by=user)
        return here

    actions = []
    if is_open:
        judging = found.state == Challenge.State.JUDGING
        actions.append(
            Action(
                "juror",
                _("Name the juror"),
                name,
                JurorForm,
                title=_("Name a juror"),
                closed=True,
                done=_("Named; the juror is told by letter.")
                if judging
                else _("Named; a letter goes out once the jury may read."),
            )
        )
    jurors = found.jurors.select_related("person").annotate(judged=Count("scores__team", distinct=True))
    rows: Iterable[Any] = jurors  # with what was annotated
    return Part(
        _("Jury"),
        _("Who is taken off keeps no say: the points given are kept, do not count, and the result says so."),
        items=[_juror(user, j, j.judged, here, is_open) for j in rows],
        empty=Empty(_("No juror yet"), _("It takes one at least before the jury may read.")),
        actions=actions,
    )


def _juror(user: Any, one: Juror, judged: int, here: str, is_open: bool) -> Item:
    """judged: how many teams the juror scored."""
    said = ngettext("%(n)d team scored", "%(n)d teams scored", judged) % {"n": judged}
    if one.removed_at is not None:
        return Item(
            str(one.person),
            meta=_("taken off: %(why)s; %(said)s, not counted") % {"why": one.get_removed_why_display(), "said": said},
            tags=[_("taken off")],
        )
    remove = Action(
        f"remove-{one.pk}",
        _("Take the juror off"),
        lambda **f: str(challenges_.remove_juror(juror=one, by=user, **f) and here),
        RemoveJurorForm,
        title=_("Take off the jury"),
        under=_("The juror is told by letter. This cannot be undone, as whoever is off may see names."),
        done=_("Taken off; the points given do not count."),
        second=True,
        closed=True,
    )
    return Item(str(one.person), meta=said, actions=[remove] if is_open else [])


@signed_in
def jury(request: HttpRequest, pk: int) -> HttpResponse:
    """What a juror sees: numbers and ideas, no names."""
    found, user = challenge_by_pk(pk), request.user
    me = found.jurors.sitting().filter(person__user__pk=user.pk or 0).first()
    if me is None:
        raise PermissionDenied(_("only jurors"))
    here = reverse("matchmaking:jury", args=[pk])
    given: dict[int, dict[str, int]] = {}
    for s in me.scores.all():
        given.setdefault(s.team_id, {})[s.criterion] = s.points
    items = []
    # Ideas may still change, and a juror may still be taken off and enter a team: they are read once the call is over.
    reads = found.state not in (Challenge.State.DRAFT, Challenge.State.OPEN)
    for t in found.teams.taking_part().order_by("number") if reads else []:
        actions = []
        if found.state == Challenge.State.JUDGING:
            actions.append(
                Action(
                    f"score-{t.pk}",
                    _("Save the points"),
                    lambda t=t, **points: str(
                        challenges_.score_team(challenge=found, team=t, points=points, by=user) and here
                    ),
                    lambda *a, t=t, **m: _score_form(found, given.get(t.pk, {}), *a, **m),
                    title=_("Points of team %(n)d") % {"n": t.number},
                    done=_("Saved."),
                    closed=t.pk in given,
                )
            )
        items.append(
            Item(
                _("Team %(n)d") % {"n": t.number},
                text=t.idea,
                tags=[_("scored")] if t.pk in given else [],
                actions=actions,
            )
        )
    return page(
        request,
        Shown(
            _("Jury of %(title)s: %(done)d of %(all)d scored")
            % {"title": found.title, "done": len(given), "all": len(items)},
            _("You see numbers and ideas; who is behind them is shown after the decision."),
            [Part(items=items, empty=Empty(_("No team"), _("The ideas appear here once the call is over.")))],
            [
                Crumb(_("Challenges"), reverse("matchmaking:challenges")),
                Crumb(found.title, reverse("matchmaking:challenge", args=[pk])),
                Crumb(_("Jury")),
            ],
            synthetic=found.is_synthetic,
        ),
    )


def _score_form(found: Challenge, given: dict[str, int], *args: Any, **more: Any) -> forms.Form:
    form: forms.Form = starting(forms.Form, given)(*args, **more)
    for c in found.criteria:
        form.fields[c["key"]] = forms.IntegerField(
            label=_("%(label)s (0 to 10, counts %(weight)d%%)") % {"label": c["label"], "weight": c["weight"]},
            min_value=0,
            max_value=10,
        )
    return form
