"""Letters of mentoring pairs, reminders, and what a cohort does together."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import matchmaking_factories as make
import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override
from factories import delegate_of, officer, organisation, user

from poliedro.matchmaking.models import CohortFeedback, CohortMeeting, CohortMentor, Pair
from poliedro.matchmaking.queries.todos import pair_todos
from poliedro.matchmaking.rules.refusals import Refused
from poliedro.matchmaking.services import cohorts as cohorts_
from poliedro.matchmaking.services import mentoring as mentoring_
from poliedro.matchmaking.services.pair_letters import remind_pairs
from poliedro.shared.templatetags.poliedro import day as spoken_day

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_store(settings: Any, tmp_path: Any) -> None:
    settings.VAR = tmp_path


def addresses(outbox: list[Any]) -> list[str]:
    return sorted(m.to[0] for m in outbox)


def test_both_sides_of_a_proposed_pair_are_written_to_and_again_when_it_begins(
    mailoutbox: list[Any], django_capture_on_commit_callbacks: Any
) -> None:
    body, login = organisation("Mentee"), user("m@test.example")
    make.mentor(login)
    make.mentee(body)
    firm = delegate_of(body)
    with django_capture_on_commit_callbacks(execute=True):
        mentoring_.allocate_mentors(by=officer("agency_staff"))
    both = sorted(["m@test.example", firm.email])
    assert addresses(mailoutbox) == both
    pair = Pair.objects.get()
    assert all(f"/mentors/pairs/{pair.pk}/" in m.body for m in mailoutbox)
    mailoutbox.clear()
    with django_capture_on_commit_callbacks(execute=True):
        mentoring_.agree(pair=pair, side="mentor", by=login)
    assert mailoutbox == []  # the other side has been asked already
    with django_capture_on_commit_callbacks(execute=True):
        mentoring_.agree(pair=pair, side="mentee", by=firm)
    assert addresses(mailoutbox) == both


def test_who_has_not_answered_is_reminded_once_then_the_proposal_falls_away(
    mailoutbox: list[Any], django_capture_on_commit_callbacks: Any
) -> None:
    body, login = organisation("Mentee"), user("m@test.example")
    firm = delegate_of(body)
    pair = Pair.objects.create(mentor=make.mentor(login), mentee=make.mentee(body))
    day = timezone.localdate(pair.created_at)

    def on(days: int) -> list[str]:
        mailoutbox.clear()
        with django_capture_on_commit_callbacks(execute=True):
            remind_pairs(day + timedelta(days=days))
        return addresses(mailoutbox)

    mentoring_.agree(pair=pair, side="mentor", by=login)
    assert on(6) == []
    assert on(7) == [firm.email]  # whoever agreed is left in peace
    assert on(8) == []
    assert on(21) == sorted([firm.email, "m@test.example"])
    pair.refresh_from_db()
    assert pair.state == "lapsed"
    assert on(30) == []
    mentoring_.allocate_mentors(by=officer("agency_staff"))  # silence is no refusal: the next round may pair them again
    assert Pair.objects.filter(state="proposed").count() == 1


def test_an_old_proposal_is_reminded_first_and_falls_away_two_weeks_later(
    client: Client, mailoutbox: list[Any], django_capture_on_commit_callbacks: Any
) -> None:
    body = organisation("Mentee")
    firm = delegate_of(body)
    pair = Pair.objects.create(mentor=make.mentor(user("m@test.example")), mentee=make.mentee(body))
    day = timezone.localdate(pair.created_at)
    for days, state, written in ((60, "proposed", 2), (73, "proposed", 2), (74, "lapsed", 4)):
        with django_capture_on_commit_callbacks(execute=True):
            remind_pairs(day + timedelta(days=days))
        if state == "proposed":
            client.force_login(firm)
            page = client.get(f"/mentors/pairs/{pair.pk}/", headers={"accept-language": "en"}).content.decode()
            with override("en"):
                assert spoken_day(day + timedelta(days=74)) in page
        pair.refresh_from_db()
        assert (pair.state, len(mailoutbox)) == (state, written)
    with override("it"):
        assert spoken_day(day + timedelta(days=74)) in mailoutbox[0].body
    assert firm.email in addresses(mailoutbox)


def test_a_no_is_told_to_the_other_side_alone(mailoutbox: list[Any], django_capture_on_commit_callbacks: Any) -> None:
    body, login = organisation("Mentee"), user("m@test.example")
    firm = delegate_of(body)
    pair = Pair.objects.create(mentor=make.mentor(login), mentee=make.mentee(body))
    with django_capture_on_commit_callbacks(execute=True):
        mentoring_.decline(pair=pair, side="mentee", by=firm)
    assert addresses(mailoutbox) == ["m@test.example"]


def a_cohort(**fields: Any) -> tuple[Any, Any, Any, Any]:
    """A cohort with a firm and its delegate, and a mentor who agreed."""
    firm = organisation("Start-up")
    found = make.cohort(make.accelerator(organisation("Runs it")), **fields)
    make.cohort_application(found, firm)
    mentor = make.mentor(user("m@test.example"))
    CohortMentor.objects.create(cohort=found, mentor=mentor, agreed_at=timezone.now())
    return found, mentor, firm, delegate_of(firm)


def test_mentor_notes_who_was_there_what_was_agreed_and_the_next_day(client: Client) -> None:
    found, mentor, firm, delegate = a_cohort()
    address = reverse("matchmaking:cohort", args=[found.pk])
    client.force_login(mentor.person.user)
    today = make.today()
    told = {
        "on": today.isoformat(), "mentors": [mentor.pk], "firms": [firm.pk], "agreed": "Each brings a price list",
        "next_on": (today + timedelta(days=14)).isoformat(),
    }  # fmt: skip
    client.post(address, {"action": "met", **{f"met-{k}": v for k, v in told.items()}})
    meeting = CohortMeeting.objects.get()
    assert (list(meeting.mentors.all()), list(meeting.firms.all())) == ([mentor], [firm])
    client.force_login(delegate)
    text = client.get(address).content.decode()
    assert "Each brings a price list" in text
    assert 'name="met-agreed"' not in text
    client.force_login(delegate_of(organisation("Stranger"), "s@test.example"))
    assert client.get(address).status_code == 403
    bad = {"cohort": found, "on": today, "agreed": "x", "mentors": [mentor], "firms": [firm], "by": None}
    for change, why in (
        ({"firms": []}, "nobody_there"),
        ({"firms": [organisation("Other")]}, "not_of_cohort"),
        ({"next_on": today}, "next_day"),
        ({"on": today + timedelta(days=1)}, "not_begun"),
        ({"by": delegate}, "not_yours"),
    ):
        with pytest.raises(Refused, match=why):
            cohorts_.log_cohort_meeting(**{**bad, **change})


def test_mentor_and_firm_rate_each_other_at_the_end_and_read_it_once_both_have_spoken(client: Client) -> None:
    day = make.today()
    found, mentor, firm, delegate = a_cohort(
        apply_by=day - timedelta(days=90), starts_on=day - timedelta(days=80), demo_day_on=day
    )
    address = reverse("matchmaking:cohort", args=[found.pk])
    for login in (mentor.person.user, delegate):
        assert address in [t.url for t in pair_todos(login, day)]
        assert address not in [t.url for t in pair_todos(login, day - timedelta(days=1))]

    def rates(login: Any, side: str, words: str) -> None:
        client.force_login(login)
        form = f"rate-{side}-{mentor.pk}-{firm.pk}"
        client.post(address, {"action": form, f"{form}-rating": "4", f"{form}-text": words})

    rates(delegate, "mentee", "She listened")
    client.force_login(mentor.person.user)
    assert "She listened" not in client.get(address).content.decode()
    rates(mentor.person.user, "mentor", "They tried")
    text = client.get(address).content.decode()
    assert "She listened" in text
    assert "They tried" in text
    assert CohortFeedback.objects.count() == 2
    assert address not in [t.url for t in pair_todos(delegate, day)]
    common = {"cohort": found, "mentor": mentor, "organisation": firm, "rating": 5}
    with pytest.raises(Refused, match="already"):
        cohorts_.rate_in_cohort(side="mentee", by=delegate, **common)
    with pytest.raises(Refused, match="not_yours"):
        cohorts_.rate_in_cohort(side="mentor", by=delegate, **common)
    CohortFeedback.objects.all().delete()
    with pytest.raises(Refused, match="not_over"):
        cohorts_.rate_in_cohort(side="mentee", by=delegate, today=day - timedelta(days=1), **common)
