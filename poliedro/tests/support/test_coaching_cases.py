"""A coaching case from its consent to its close: what was agreed to, one case a need and coach, no action left open."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from factories import cluster, manager_of, officer
from support_samples import coaching_case, provider

from poliedro.accounts.models import Consent, Tie, User
from poliedro.audit.models import LogEntry
from poliedro.support.models import CoachingCase, NeedCard, Sealed
from poliedro.support.queries.agency_todos import agency_todos
from poliedro.support.queries.coaching import agreed_by, cases_of, need_of, needs_of
from poliedro.support.rules.agency import CannotMove, CoachingState
from poliedro.support.services.coaching import (
    ask_coaching,
    drop_action,
    erase_case,
    move_case,
    settle_action,
    withdraw_coaching,
)

pytestmark = pytest.mark.django_db
today = timezone.localdate
ENGLISH = {"accept-language": "en"}


@pytest.fixture(autouse=True)
def _keys(settings: Any, tmp_path: Path) -> None:
    settings.VAR = tmp_path


@pytest.fixture
def case() -> CoachingCase:
    """Under way, with feedback given and an action agreed."""
    agrifood = cluster("agrifood")
    return coaching_case(manager_of(agrifood), agrifood, provider(officer("coach").person), "zorgen")


def user_of(case: CoachingCase, *, coach: bool = False) -> User:
    person = case.coaches.get().person if coach else case.manager
    assert person is not None
    assert person.user is not None
    return person.user


def page_of(client: Client, name: str, *args: int) -> str:
    return client.get(reverse(name, args=args), headers=ENGLISH).content.decode()


# --- consent ----------------------------------------------------------------------------------------------------------
def test_coaching_is_asked_with_a_consent_that_is_kept_and_shown_where_it_is_taken_back(client: Client) -> None:
    agrifood = cluster("agrifood")
    manager, coach = manager_of(agrifood), officer("coach")
    helper = provider(coach.person)
    client.force_login(manager)
    need = {"cluster": agrifood.pk, "competence": "finance", "urgency": 3, "text": "x"}
    client.post(reverse("support:confidence"), need)
    card = NeedCard.objects.get()
    ask = reverse("support:need", args=[card.pk])
    asked = {"goal": "y", "provider": helper.pk}
    assert client.post(ask, asked).status_code == 422, "nobody is coached without having agreed"
    client.post(ask, {**asked, "agreed": "on"}, headers=ENGLISH)
    made = CoachingCase.objects.get()
    assert [a.wording.split(",")[0] for a in agreed_by(manager.person)] == [
        "I agree that the coach whom I ask reads this need"
    ]
    mine = page_of(client, "portal:my_data")
    assert f"Coaching asked of {coach.name}" in mine
    assert reverse("support:coaching_withdraw", args=[made.pk]) in mine
    assert "I agree that the coach whom I ask" in page_of(client, "portal:my_data_copy")
    assert "What you agreed to: I agree that" in page_of(client, "portal:my_data_read")
    assert not Consent.objects.exists(), "a row in the open would tell who is coached"
    client.force_login(coach)
    assert "Coaching asked of" not in page_of(client, "portal:my_data")
    assert "kept for each coaching and taken back under My data" in page_of(client, "portal:privacy")


def test_to_take_the_consent_back_erases_every_word_and_ends_the_case_for_its_coach(
    client: Client, case: CoachingCase
) -> None:
    manager, coach = user_of(case), user_of(case, coach=True)
    withdraw = reverse("support:coaching_withdraw", args=[case.pk])
    client.force_login(coach)
    client.post(withdraw)
    assert cases_of(manager.person) == [case], "only the manager takes it back"
    client.force_login(manager)
    answer = client.post(withdraw, follow=True, headers=ENGLISH)
    assert "every word of the case is erased" in answer.content.decode()
    assert (
        Sealed.objects.filter(purpose__in=["goal", "note", "consent", "need", "feedback", "coaching-of"]).count() == 0
    )
    assert agreed_by(manager.person) == []
    assert cases_of(manager.person) == cases_of(coach.person) == []
    assert not [t for t in agency_todos(coach, today()) if t.key.startswith("support.coaching")]
    assert Tie.objects.get().valid_to == today(), "the coach's bar runs on from today"
    assert LogEntry.objects.get(verb="withdraw_coaching").actor is None
    assert client.get(reverse("support:coaching", args=[case.pk])).status_code == 403


def test_what_is_taken_back_before_the_first_meeting_is_stopped() -> None:
    agrifood = cluster("agrifood")
    manager = manager_of(agrifood)
    asked = ask_coaching(
        manager=manager.person, cluster=agrifood, goal="x", provider=provider(officer("coach").person), on=today(),
        consent="yes", by=manager,
    )  # fmt: skip
    withdraw_coaching(case=asked, on=today(), by=manager)
    asked.refresh_from_db()
    assert (asked.state, asked.goal, asked.consent) == ("stopped", None, None)


def test_a_need_that_was_put_to_two_coaches_stays_with_the_other_case(case: CoachingCase) -> None:
    manager, card = user_of(case), case.need
    assert card is not None
    second = ask_coaching(
        manager=manager.person, cluster=cluster("agrifood"), goal="x", on=today(), consent="yes", by=manager, need=card,
        provider=provider(officer("coach", "second@test.example").person),
    )  # fmt: skip
    withdraw_coaching(case=case, on=today(), by=manager)
    assert [n.text for n in needs_of(manager.person)] == [need_of(card).text]
    assert need_of(card).text
    withdraw_coaching(case=second, on=today(), by=manager)
    assert needs_of(manager.person) == []


def test_a_case_of_before_consents_were_kept_says_so(client: Client, case: CoachingCase) -> None:
    CoachingCase.objects.update(consent=None)
    client.force_login(user_of(case))
    assert "the words were not kept yet" in page_of(client, "portal:my_data")
    held = json.loads(page_of(client, "portal:my_data_copy"))["support.agency"]
    assert [row["agreed_to"] for row in held if "coaching" in row] == [""]


# --- one need, one case a coach ---------------------------------------------------------------------------------------
def test_a_need_is_put_to_the_same_coach_once_as_long_as_the_case_goes_on(client: Client, case: CoachingCase) -> None:
    manager, coach, card = user_of(case), case.coaches.get(), case.need
    other = provider(officer("coach", "second@test.example").person)

    def ask(who: Any) -> CoachingCase:
        assert card is not None
        made = cluster("agrifood")
        return ask_coaching(
            manager=manager.person, cluster=made, goal="y", provider=who, on=today(), consent="yes", by=manager,
            need=card,
        )  # fmt: skip

    assert coach.provider is not None
    with pytest.raises(CannotMove, match="was asked about this need already"):
        ask(coach.provider)
    client.force_login(manager)
    assert card is not None
    page = page_of(client, "support:need", card.pk)
    assert reverse("support:coaching", args=[case.pk]) in page
    assert f'name="provider" value="{coach.provider_id}"' not in page, "who was asked is not offered again"
    assert f'name="provider" value="{other.pk}"' in page
    assert "with a coach" in page_of(client, "support:confidence")
    ask(other)
    CoachingCase.objects.filter(pk=case.pk).update(state="unanswered", feedback_on=None, score=None,
        feedback_asked_on=today(), reminders=2, follow_up_on=today(), closed_on=today())  # fmt: skip
    assert ask(coach.provider).state == "asked"


def test_a_coach_is_led_to_the_need_from_the_list_and_from_the_case(client: Client, case: CoachingCase) -> None:
    client.force_login(user_of(case, coach=True))
    need = reverse("support:need", args=[case.need_id or 0])
    listed = page_of(client, "support:confidence")
    assert need in listed
    assert "need zorgen" in listed
    assert need in page_of(client, "support:coaching", case.pk)
    opened = page_of(client, "support:need", case.need_id or 0)
    assert "need zorgen" in opened
    assert reverse("support:coaching", args=[case.pk]) in opened


# --- agreed actions ---------------------------------------------------------------------------------------------------
def test_no_case_closes_while_an_agreed_action_is_open(client: Client, case: CoachingCase) -> None:
    manager, later = user_of(case), today() + timedelta(days=120)
    move_case(case=case, to=CoachingState.FEEDBACK, on=today(), by=manager)
    with pytest.raises(CannotMove, match="agreed action is still open"):
        move_case(case=case, to=CoachingState.CLOSED, on=today(), by=manager, follow_up_on=later)
    with pytest.raises(IntegrityError), transaction.atomic():
        CoachingCase.objects.filter(pk=case.pk).update(state="closed", closed_on=today(), follow_up_on=later)
    client.force_login(manager)
    assert "then the case can close" in page_of(client, "support:coaching", case.pk)
    move = reverse("support:coaching_move", args=[case.pk])
    refused = client.post(move, {"follow_up_on": later}, follow=True, headers=ENGLISH).content.decode()
    assert "an agreed action is still open" in refused
    action = case.entries.get(kind="action")
    client.post(reverse("support:coaching_action_done", args=[action.pk]), {"to": "dropped"})
    assert "dropped on" in page_of(client, "support:coaching", case.pk)
    client.post(move, {"follow_up_on": later})
    case.refresh_from_db()
    assert (case.state, case.follow_up_on) == ("closed", later)


def test_an_action_is_done_or_dropped_and_never_both(case: CoachingCase) -> None:
    action = case.entries.get(kind="action")
    drop_action(entry=action, on=today(), by=None)
    settle_action(entry=action, on=today(), by=None)
    assert (action.done_on, action.dropped_on) == (today(), None)
    drop_action(entry=action, on=today(), by=None)
    assert action.dropped_on is None
    with pytest.raises(IntegrityError), transaction.atomic():
        case.entries.filter(pk=action.pk).update(dropped_on=today())


def test_nobody_reads_that_feedback_was_asked_again_no_times(client: Client, case: CoachingCase) -> None:
    CoachingCase.objects.update(feedback_on=None, score=None)
    case.refresh_from_db()
    coach = user_of(case, coach=True)
    move_case(case=case, to=CoachingState.FEEDBACK, on=today(), by=coach)
    client.force_login(coach)
    assert "not asked again yet" in page_of(client, "support:coaching", case.pk)
    CoachingCase.objects.update(reminders=1)
    assert "asked again 1 time." in page_of(client, "support:coaching", case.pk)


# --- goals ------------------------------------------------------------------------------------------------------------
def test_an_agreed_goal_is_rated_before_the_case_closes_and_its_rating_is_sealed(
    client: Client, case: CoachingCase
) -> None:
    manager, coach = user_of(case), user_of(case, coach=True)
    client.force_login(coach)
    here = reverse("support:coaching", args=[case.pk])
    client.post(here, {"kind": "goal", "text": "Five members pay for it"})
    goal = case.entries.get(kind="goal")
    rate = reverse("support:coaching_goal_rate", args=[goal.pk])
    assert rate not in client.get(here).content.decode(), "asked for when the work is done"
    for action in case.open_actions.all():
        settle_action(entry=action, on=today(), by=coach)
    move_case(case=case, to=CoachingState.FEEDBACK, on=today(), by=coach)
    assert rate in client.get(here).content.decode()
    with pytest.raises(CannotMove, match="goal is not rated"):
        move_case(case=case, to=CoachingState.CLOSED, on=today(), by=coach, follow_up_on=today() + timedelta(days=90))
    with pytest.raises(IntegrityError, match="each agreed goal is rated"), transaction.atomic():
        CoachingCase.objects.filter(pk=case.pk).update(
            state="closed", closed_on=today(), follow_up_on=today() + timedelta(days=90)
        )
    for wrong in ("3", "", "x"):
        client.post(rate, {"level": wrong})
    goal.refresh_from_db()
    assert goal.attainment is None
    client.post(rate, {"level": "-1"})
    client.force_login(manager)
    client.post(rate, {"level": "1"})
    goal.refresh_from_db()
    assert goal.attainment == 1
    assert Sealed.objects.filter(purpose="rating").count() == 1, "what was said before is erased"
    assert "reached: more than agreed (+1)" in client.get(here, headers=ENGLISH).content.decode()
    assert "Five members pay for it: +1" in page_of(client, "portal:my_data_read")
    case.refresh_from_db()
    move_case(case=case, to=CoachingState.CLOSED, on=today(), by=coach, follow_up_on=today() + timedelta(days=90))
    client.post(rate, {"level": "2"})
    goal.refresh_from_db()
    assert goal.attainment == 1, "closed"
    erase_case(case=case, on=today(), by=None)
    assert not Sealed.objects.filter(purpose="rating").exists()
