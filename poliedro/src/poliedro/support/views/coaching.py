"""One coaching case inside the wall: what was noted and agreed, feedback, its close and the look afterwards."""

from __future__ import annotations

from datetime import timedelta

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from poliedro.accounts.queries import person_of
from poliedro.shared.access import needs
from poliedro.shared.blocks import Block, Button, Item, WorkingPage, show
from poliedro.shared.components import Crumb
from poliedro.shared.spoken import short_day, short_moment
from poliedro.shared.told import told
from poliedro.support.forms.agency import (
    ATTAINMENT_LABELS,
    DeclineForm,
    EntryForm,
    FeedbackForm,
    FollowUpForm,
    RateGoalForm,
)
from poliedro.support.models import CoachingCase, CoachingEntry
from poliedro.support.models.coaching import COACHING_STATES
from poliedro.support.queries.coaching import readers_of, tries_of
from poliedro.support.rules.agency import ANSWER_WITHIN, OVER, PATIENCE_DAYS, CannotMove, CoachingState
from poliedro.support.services.coaching import (
    FOLLOW_UP_AFTER,
    add_entry,
    decline_case,
    drop_action,
    follow_up,
    give_feedback,
    move_case,
    rate_goal,
    read_case,
    settle_action,
    withdraw_coaching,
)
from poliedro.support.services.sealed import open_text
from poliedro.support.views.confidence import home_crumb, others_in, privacy_words
from poliedro.support.views.found import inside


def case_by_pk(pk: int) -> CoachingCase:
    rows = CoachingCase.objects.select_related("who", "goal", "feedback", "score", "need__content")
    found: CoachingCase = inside(rows, pk)
    return found


def entry_by_pk(pk: int) -> CoachingEntry:
    found: CoachingEntry = inside(CoachingEntry.objects.select_related("case__who", "content", "name"), pk)
    return found


@needs("support.open_coaching", case=case_by_pk)
@never_cache
@sensitive_post_parameters()
def coaching(request: HttpRequest, case: CoachingCase) -> HttpResponse:
    """A case: goal, what was noted, agreed actions, documents, who opened it."""
    form = EntryForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        file = data.get("file")
        document = file is not None and data["kind"] == CoachingEntry.Kind.DOCUMENT
        try:
            add_entry(
                case=case,
                kind=data["kind"],
                text=file.read() if document and file else data["text"],
                name=file.name if document and file else "",
                met_on=data["on"] if data["kind"] == CoachingEntry.Kind.MEETING else None,
                due_on=data["on"] if data["kind"] == CoachingEntry.Kind.ACTION else None,
                by=request.user,
            )
            return redirect("support:coaching", case.pk)
        except CannotMove as refused:
            form.add_error(None, told(refused))
    read_case(case=case, by=request.user)
    mine = case.whose == person_of(request).pk
    need = [(_("The need that it answers"), reverse("support:need", args=[case.need_id]))] if case.need_id else []
    blocks = [
        Block(_("Goal"), text=open_text(case.goal) or _("erased"), links=need),
        Block(
            _("What was noted and agreed"),
            items=[_entry(e, case) for e in case.entries.select_related("content", "name", "rating", "coach")],
            empty=_("Nothing yet. Agree on a first meeting."),
        ),
    ]
    if case.feedback_on:
        blocks.append(
            Block(
                _("Feedback"),
                text=_("%(score)d of 5. %(text)s") % {"score": case.feedback_score, "text": open_text(case.feedback)},
            )
        )
    if case.status not in OVER:
        blocks.append(Block(_("Add"), form=form, button=_("Add"), multipart=True))
    blocks += _next_steps(case, mine)
    if mine:
        blocks.append(
            Block(
                folded=_("Who opened this case"),
                items=[Item(r.name, meta=short_moment(timezone.localtime(r.at))) for r in readers_of(case)],
            )
        )
        if tries := tries_of(case):
            blocks.append(
                Block(
                    _("Who tried to open it and was refused"),
                    items=[
                        Item(
                            r.name or _("erased"),
                            meta=short_moment(timezone.localtime(r.at)),
                            bad=True,
                        )
                        for r in tries
                    ],
                )
            )
    page = WorkingPage(
        _("Coaching of %(cluster)s with %(who)s")
        % {"cluster": case.cluster_name or _("erased"), "who": others_in(case, person_of(request).pk)},
        _("State: %(state)s.") % {"state": case.get_state_display()},
        blocks,
        note=privacy_words(of_coach=not mine),
    )
    return show(request, page, [home_crumb(), Crumb(_("Case"))])


def _entry(entry: CoachingEntry, case: CoachingCase) -> Item:
    kind, day = str(entry.get_kind_display()), timezone.localtime(entry.at)
    writer = entry.coach.name if entry.coach else case.opened_who.get("name") or _("erased")
    meta = f"{writer}, {short_day(day)}"
    if entry.kind == CoachingEntry.Kind.DOCUMENT:
        url = reverse("support:coaching_document", args=[entry.pk]) if entry.content_id else ""
        return Item(open_text(entry.name) or _("erased"), meta=meta, tag=kind, url=url)
    buttons = []
    if entry.kind == CoachingEntry.Kind.ACTION:
        if entry.done_on:
            meta += ", " + _("done on %(day)s") % {"day": short_day(entry.done_on)}
        elif entry.dropped_on:
            meta += ", " + _("dropped on %(day)s") % {"day": short_day(entry.dropped_on)}
        else:
            meta += ", " + _("by %(d)s") % {"d": short_day(entry.due_on)}
            url, of = reverse("support:coaching_action_done", args=[entry.pk]), open_text(entry.content)
            buttons = [
                Button(_("Done"), url, second=True, of=of),
                Button(_("Not needed any more"), url, {"to": "dropped"}, second=True, of=of),
            ]
    if entry.kind == CoachingEntry.Kind.GOAL:
        meta += _reached(entry)
        buttons = _rate_buttons(entry, case)
    if entry.met_on:
        meta += ", " + _("met on %(day)s") % {"day": short_day(entry.met_on)}
    return Item(open_text(entry.content) or _("erased"), meta=meta, tag=kind, buttons=buttons)


def _reached(entry: CoachingEntry) -> str:
    level = entry.attainment
    return ", " + _("reached: %(how)s") % {"how": ATTAINMENT_LABELS[level]} if level is not None else ""


def _rate_buttons(entry: CoachingEntry, case: CoachingCase) -> list[Button]:
    """Asked for when the work is done: how far the goal was reached."""
    if case.status is not CoachingState.FEEDBACK:
        return []
    url, of, said = reverse("support:coaching_goal_rate", args=[entry.pk]), open_text(entry.content), entry.attainment
    return [
        Button(str(words), url, {"level": level}, second=True, of=of)
        for level, words in ATTAINMENT_LABELS.items()
        if level != said
    ]


def _next_steps(case: CoachingCase, mine: bool) -> list[Block]:
    """The buttons and forms that lead on from the present state."""
    move, today = reverse("support:coaching_move", args=[case.pk]), timezone.localdate()
    if case.status is CoachingState.ASKED:
        return [_not_begun(case, move, mine)]
    if case.status is CoachingState.RUNNING:
        asks = Button(_("Give feedback") if mine else _("Ask for feedback"), fields={"to": "feedback"}, url=move)
        text = _("The work is done: say how it was.") if mine else _("The work is done: ask the manager for feedback.")
        return [Block(_("Next step"), items=[Item(text, buttons=[asks])])]
    if case.status in (CoachingState.FEEDBACK, CoachingState.UNANSWERED) and not case.feedback_on:
        blocks = _your_feedback(case) if mine else []
        if case.status is CoachingState.FEEDBACK and not mine:
            blocks.append(_no_answer(case, move))
        return blocks + _look_again(case, move)
    if case.status is CoachingState.FEEDBACK and case.open_actions.exists():
        text = _("An agreed action is still open: mark it as done, or drop it; then the case can close.")
        return [Block(_("Close the case"), text=text)]
    if case.status is CoachingState.FEEDBACK and case.unrated_goals.exists():
        text = _("An agreed goal is not rated yet: say above how far it was reached; then the case can close.")
        return [Block(_("Close the case"), text=text)]
    if case.status is CoachingState.FEEDBACK:
        form = FollowUpForm(initial={"follow_up_on": today + FOLLOW_UP_AFTER})
        return [Block(_("Close the case"), form=form, button=_("Close"), action=move)]
    return _look_again(case, move)


def _not_begun(case: CoachingCase, move: str, mine: bool) -> Block:
    """Before the first meeting: the manager takes the question back, or the coach says no."""
    day = short_day(case.asked_on + ANSWER_WITHIN)
    if mine:
        back = Button(_("Take the request back"), fields={"to": "stopped"}, url=move, second=True)
        text = _("Your coach answers by %(day)s: with a meeting, or with a no.") % {"day": day}
        return Block(_("Next step"), items=[Item(text, buttons=[back])])
    return Block(
        folded=_("You cannot take it on?"),
        text=_("A meeting takes it on. The manager was promised an answer by %(day)s.") % {"day": day},
        form=DeclineForm(auto_id="id_decline_%s"),
        button=_("Say no"),
        action=f"{move}?to=stopped",
    )


def _your_feedback(case: CoachingCase) -> list[Block]:
    url, form = reverse("support:coaching_feedback", args=[case.pk]), FeedbackForm(auto_id="id_feedback_%s")
    return [Block(_("Your feedback"), form=form, button=_("Give feedback"), action=url)]


def _no_answer(case: CoachingCase, move: str) -> Block:
    """How long the manager has to answer; then the way to end it without. See Note [Closed without an answer]."""
    asked, today = case.asked, timezone.localdate()
    text = (
        ngettext(
            "Feedback was asked and, so far, asked again %(n)d time.",
            "Feedback was asked and, so far, asked again %(n)d times.",
            asked.reminders,
        )
        % {"n": asked.reminders}
        if asked.reminders
        else _("Feedback was asked, and not asked again yet.")
    )
    if asked.was_long_enough(today) and case.open_actions.exists():
        text += " " + _("An agreed action is still open: mark it as done, or drop it; then the case can close.")
    elif asked.was_long_enough(today):
        form = FollowUpForm(initial={"follow_up_on": today + FOLLOW_UP_AFTER})
        return Block(_("No answer came"), text=text, form=form, button=_("Close without an answer"), action=move)
    elif asked.on is not None:
        ends = asked.on + timedelta(days=PATIENCE_DAYS)
        text += " " + _("From %(day)s on the case may close without an answer.") % {"day": short_day(ends)}
    return Block(_("No answer came"), text=text)


def _look_again(case: CoachingCase, move: str) -> list[Block]:
    """The day for the follow-up of a case that ended, until somebody looked."""
    if case.status not in (CoachingState.CLOSED, CoachingState.UNANSWERED) or case.followed_up_on:
        return []
    if case.follow_up_on is None:
        return []
    done = Button(_("Followed up today"), fields={"to": "followed_up"}, url=move)
    text = _("To be looked at again on %(day)s.") % {"day": short_day(case.follow_up_on)}
    return [Block(_("Next step"), items=[Item(text, buttons=[done])])]


@needs("support.open_coaching", case=case_by_pk)
@require_POST
def coaching_move(request: HttpRequest, case: CoachingCase) -> HttpResponse:
    """Ask for feedback, close with a follow-up day, or note that the follow-up was done."""
    today = timezone.localdate()
    to = request.POST.get("to") or request.GET.get("to", "closed")
    form = FollowUpForm(request.POST)
    try:
        if to == "followed_up":
            follow_up(case=case, on=today, by=request.user)
        elif to == "stopped":
            why = DeclineForm(request.POST)
            if case.whose != person_of(request).pk:
                if not why.is_valid():
                    messages.error(request, _("Say in a line why you cannot take it on."))
                    return redirect("support:coaching", case.pk)
                decline_case(case=case, why=why.cleaned_data["why"], on=today, by=request.user)
            else:
                move_case(case=case, to=CoachingState.STOPPED, on=today, by=request.user)
        elif to == "feedback":
            move_case(case=case, to=CoachingState.FEEDBACK, on=today, by=request.user)
        else:
            day = form.cleaned_data["follow_up_on"] if form.is_valid() else None
            end = CoachingState.CLOSED if case.feedback_on else CoachingState.UNANSWERED
            move_case(case=case, to=end, on=today, by=request.user, follow_up_on=day)
    except CannotMove as refused:
        words = dict(COACHING_STATES)
        messages.error(request, told(refused, {"state": words, "to": words}))
    return redirect("support:coaching", case.pk)


@needs("support.open_coaching", case=case_by_pk)
@require_POST
@sensitive_post_parameters()
def coaching_feedback(request: HttpRequest, case: CoachingCase) -> HttpResponse:
    """The manager's feedback; a suggestion goes on to the agency without a name."""
    form = FeedbackForm(request.POST)
    if case.whose != person_of(request).pk:
        messages.error(request, _("The manager gives feedback, not the coach."))
    elif form.is_valid():
        give_feedback(case=case, on=timezone.localdate(), by=request.user, **form.cleaned_data)
        messages.success(
            request, _("Thank you. What the agency changes because of it appears under 'You said, we did'.")
        )
    else:
        messages.error(request, _("Choose a score from 1 to 5."))
    return redirect("support:coaching", case.pk)


@needs("support.open_coaching", case=case_by_pk)
@require_POST
def coaching_withdraw(request: HttpRequest, case: CoachingCase) -> HttpResponse:
    """The manager takes back the consent that was given when asking: the words of the case are erased."""
    if case.whose != person_of(request).pk:
        messages.error(request, _("Only whose case it is takes the consent back."))
        return redirect("support:coaching", case.pk)
    withdraw_coaching(case=case, on=timezone.localdate(), by=request.user)
    messages.success(request, _("Taken back: every word of the case is erased."))
    return redirect("portal:my_data")


@needs("support.open_coaching", entry=entry_by_pk)
@require_POST
def coaching_action_done(request: HttpRequest, entry: CoachingEntry) -> HttpResponse:
    """An agreed action is done, or they agree to drop it."""
    settle = drop_action if request.POST.get("to") == "dropped" else settle_action
    settle(entry=entry, on=timezone.localdate(), by=request.user)
    return redirect("support:coaching", entry.case_id)


@needs("support.open_coaching", entry=entry_by_pk)
@require_POST
def coaching_goal_rate(request: HttpRequest, entry: CoachingEntry) -> HttpResponse:
    """How far an agreed goal was reached, said by the manager or the coach until the case closes."""
    form = RateGoalForm(request.POST)
    if form.is_valid():
        try:
            rate_goal(entry=entry, level=form.cleaned_data["level"], by=request.user)
        except CannotMove as refused:
            messages.error(request, told(refused))
    else:
        messages.error(request, _("Say how far the goal was reached."))
    return redirect("support:coaching", entry.case_id)


@needs("support.open_coaching", entry=entry_by_pk)
@never_cache
def coaching_document(request: HttpRequest, entry: CoachingEntry) -> HttpResponse:
    """A document of a case, opened for this answer alone."""
    content = b"" if entry.content is None else entry.content.content()
    response = HttpResponse(content, content_type="application/octet-stream")
    response["Content-Disposition"] = content_disposition_header(True, open_text(entry.name) or "document")
    read_case(case=entry.case, by=request.user)
    return response
