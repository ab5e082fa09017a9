"""What the room's pages are made of: parts one under another, and actions that end in a service.

A view gathers parts and actions and calls `page`: on POST the named action is checked, done and answered by a redirect;
what is refused is said beside the form.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from poliedro.matchmaking.models import Step
from poliedro.matchmaking.queries.found import Reason
from poliedro.matchmaking.rules.refusals import Refused
from poliedro.matchmaking.rules.states import MoveRefused
from poliedro.shared.components import Chart, Crumb, Empty, Event, Facet, Figure, Pages, Tab, Table


class NoFields(forms.Form):
    """An action that asks nothing."""


@dataclass
class Action:
    """Something that the person may do here.

    name: unique on the page. do: called with the form's cleaned data; gives an address to go to, or None to stay. form:
    made with (data, prefix). done: what is said afterwards. under: explains what happens next.
    """

    name: str
    label: str
    do: Callable[..., str | None]
    make: Callable[..., Any] = NoFields
    done: str = ""
    title: str = ""
    under: str = ""
    second: bool = False
    danger: bool = False
    closed: bool = False
    form: Any = None


@dataclass
class Item:
    """A row of a list: what it is, why, and what one may do with it.

    whole: its text is read here and nowhere else, though it leads to a page.
    """

    title: str
    url: str = ""
    meta: str = ""
    text: str = ""
    tags: Sequence[str] = ()
    reasons: Sequence[Reason] = ()
    score: float | None = None
    actions: Sequence[Action] = ()
    whole: bool = False

    @property
    def is_short(self) -> bool:
        """Whether the beginning of its text is enough, as its page has all of it."""
        return bool(self.url) and not self.whole

    @property
    def percent(self) -> int:
        return round(100 * (self.score or 0))


@dataclass
class Part:
    """A piece of a page under a heading; whatever is given is shown, in this order."""

    heading: str = ""
    text: str = ""
    facts: Sequence[tuple[str, Any]] = ()
    figures: Sequence[Figure] = ()
    chart: Chart | None = None
    items: Sequence[Item] | None = None
    table: Table | None = None
    events: Sequence[Event] = ()
    empty: Empty | None = None
    actions: Sequence[Action] = ()
    notes: Sequence[str] = ()
    links: Sequence[tuple[str, str]] = ()
    csv: str = ""

    @property
    def level(self) -> int:
        """Of the headings of its items: below its own heading, or below the page's where it has none."""
        return 3 if self.heading else 2

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to show under its heading."""
        filled = (self.text, self.facts, self.figures, self.chart, self.items, self.table, self.events)
        return not any((*filled, self.empty, self.actions, self.notes, self.links, self.csv))

    @property
    def has_buttons(self) -> bool:
        return any(a.form is not None and not a.form.fields for a in self.actions)


@dataclass
class Shown:
    """A page: its title is the answer in words."""

    title: str
    lead: str
    parts: Sequence[Part]
    crumbs: Sequence[Crumb]
    synthetic: bool = False
    tabs: Sequence[Tab] = ()
    facets: Sequence[Facet] = ()
    pages: Pages | None = None
    tags: Sequence[str] = field(default_factory=list)
    ask: str | None = None
    """Where given, the search box of the single access point, with this text in it."""


def refusal_words(code: str) -> str:
    return {
        "not_yours": _("You may not do this; only those who act for the organisation, or the staff in charge, may."),
        "jury_open": _("You are on the jury: the result waits until every juror has judged every team."),
        "own_card": _("It is your organisation's own card."),
        "not_published": _("The card is not published any more."),
        "rival": _(
            "You are direct competitors (same activity, country and size), so no introduction is made unless both "
            "sides allow it on their cards."
        ),
        "not_agreed": _("The mentor has not agreed yet."),
        "not_proposed": _("This proposal was settled already."),
        "no_partner": _("Who is named as partner has not taken the question on."),
        "interested": _("Your organisation has an open interest in this card already."),
        "already": _("This was done already; once is enough."),
        "name_taken": _("Another team has this name; choose a different one."),
        "no_jury": _("It takes a team and a juror at least."),
        "removed": _("This person was taken off this jury; name someone else."),
        "one_party": _("A joint project takes two organisations of the register at least; say who takes part."),
        "not_theirs": _("Neither the team's organisation nor whoever asked takes part in that project."),
        "nobody_there": _("Say which mentor and which firm were there."),
        "not_of_cohort": _("Only mentors and firms of this cohort."),
        "next_day": _("The next meeting has to come after this one."),
        "not_over": _("Feedback is asked from the demo day on."),
        "before_teams": _("A team entered in time after that day; it would be late."),
        "before_opening": _("That day lies before the one on which it opens."),
        "no_person": _("Nobody signs in with this e-mail address; ask the person to register first."),
        "names_itself": _("The text names your organisation; take the name out, or let everyone see who you are."),
        "too_many": _("Too many questions were sent from here today; please try again tomorrow or call the agency."),
        "too_often": _("Too many teams or changes came from here today; please try again tomorrow."),
        "too_early": _("Teams may change their ideas until the last day; move that day to begin earlier."),
        "nobody": _("Nobody is set up to answer questions yet; the cluster agency has to name a contact."),
        "not_answered": _("It can be rated once it has been answered."),
        "taken": _("That slot has just been taken; choose another."),
        "past": _("The day for this has passed."),
        "not_begun": _("It has not begun yet."),
        "full": _("No place is left."),
        "gate": _("The list of what investors ask for is not complete enough yet."),
        "too_few": _("There is too little to compute from; at least two must take part."),
        "not_trained": _("The mentor has not done all parts of the training yet."),
        "conflict": _("A conflict of interest is on record."),
        "weights": _("The weights of the criteria must be whole numbers that add up to 100."),
        "not_juror": _("You are not on the jury, or the jury is not open."),
        "no_scores": _("No juror has given all scores yet."),
        "no_mentor": _("The course counts for those who offered to mentor; do that first."),
        "wrong": _("Not every answer is right; read the part once more and try again."),
        "not_abroad": _("Only a firm that took part in a fair, a mission or a service abroad can tell of it."),
        "own_lesson": _("It is your organisation's own lesson."),
        "not_member": _("The organisation is not a member of the cluster today."),
        "no_plan": _("There is no plan yet."),
    }.get(code, code)


def starting(form: Any, initial: dict[str, Any], **fixed: Any) -> Callable[..., Any]:
    """Makes the form with what stands in it at first. fixed: further arguments."""

    def make(*args: Any, **more: Any) -> Any:
        return form(*args, **{"initial": initial, **fixed, **more})

    return make


def room_tabs(here: str) -> list[Tab]:
    """The room's lists, on each of them."""
    lists = [
        ("cards", _("Needs and offers")),
        ("experts", _("Experts and laboratories")),
        ("events", _("Meeting events")),
        ("mentors", _("Mentors")),
        ("investors", _("Investors")),
        ("challenges", _("Challenges")),
        ("fairs", _("Fairs and missions")),
        ("lessons", _("Lessons from abroad")),
        ("accelerators", _("Accelerators")),
    ]
    if here not in dict(lists):
        return []
    return [Tab(label, reverse(f"matchmaking:{name}"), name == here) for name, label in lists]


def page(request: HttpRequest, shown: Shown) -> HttpResponse:
    """The page, or what an action of it leads to."""
    if request.method == "POST":
        answer = _act(request, shown)
        if answer is not None:
            return answer
    for action in _actions(shown):
        if action.form is None:
            action.form = action.make(prefix=action.name)
    here = request.resolver_match.url_name if request.resolver_match else ""
    return render(
        request,
        "matchmaking/page.html",
        {
            "page": shown,
            "crumbs": [Crumb(_("Home"), reverse("portal:home")), *shown.crumbs],
            "synthetic_data": shown.synthetic,
            "tabs": shown.tabs or room_tabs(here or ""),
        },
    )


def _actions(shown: Shown) -> list[Action]:
    found: list[Action] = []
    for part in shown.parts:
        found += part.actions
        for item in part.items or ():
            found += item.actions
    return found


def _act(request: HttpRequest, shown: Shown) -> HttpResponse | None:
    action = next((a for a in _actions(shown) if a.name == request.POST.get("action")), None)
    if action is None:
        messages.error(request, _("This is no longer possible; the page was changed in the meantime."))
        return redirect(request.get_full_path())
    form = action.make(request.POST, prefix=action.name)
    action.form = form
    action.closed = False
    if not form.is_valid():
        return None
    try:
        leads_to = action.do(**form.cleaned_data)
    except Refused as refused:
        form.add_error(None, refusal_words(refused.code))
        return None
    except MoveRefused:
        form.add_error(None, _("This is no longer possible; the page was changed in the meantime."))
        return None
    except ValidationError as wrong:
        form.add_error(None, wrong.messages)
        return None
    if action.done:
        messages.success(request, action.done)
    return redirect(leads_to or request.get_full_path())


def steps_of(key: str, words: dict[str, str], with_notes: bool = True) -> list[Event]:
    """The steps of a thing as a list by time. key: "interest:12"; words: state -> what is shown."""
    rows = Step.objects.filter(subject=key)
    return [
        Event(s.at.date(), words.get(s.state, s.state.replace("_", " ")), s.note if with_notes else "") for s in rows
    ]


def sign_in_to(user: Any, label: str, here: str) -> list[tuple[str, str]]:
    """The way to sign in and back to the page, for who has not; nothing for others."""
    return [] if user.is_authenticated else [(label, f"{reverse('account_login')}?next={here}")]


def choices(model: Any, field_name: str) -> dict[str, str]:
    return {k: str(v) for k, v in model._meta.get_field(field_name).flatchoices}
