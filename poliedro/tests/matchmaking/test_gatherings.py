"""Mentors, investors, laboratories, events, juries, fairs: capacity, consent, nobody twice, money to the cent."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import matchmaking_factories as make
import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils.translation import override
from factories import code, delegate_of, officer, organisation, territory, user
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from poliedro.matchmaking.models import Booking, Deal, Meeting, MentorConflict, Pair, Seat, Wish
from poliedro.matchmaking.queries.wishes import worth_meeting
from poliedro.matchmaking.rules.alike import Firm, likeness
from poliedro.matchmaking.rules.fairs import Worth, subsidy
from poliedro.matchmaking.rules.jury import check_criteria, standings
from poliedro.matchmaking.rules.order import natural
from poliedro.matchmaking.rules.readiness import passes_gate, thesis_fit
from poliedro.matchmaking.rules.refusals import Refused
from poliedro.matchmaking.services import challenges as challenges_
from poliedro.matchmaking.services import events as events_
from poliedro.matchmaking.services import fairs as fairs_
from poliedro.matchmaking.services import investment as investment_
from poliedro.matchmaking.services import laboratories as labs_
from poliedro.matchmaking.services import mentoring as mentoring_
from poliedro.registry.models import FieldVisibility

pytestmark = pytest.mark.django_db
QUICK = examples(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@pytest.fixture(autouse=True)
def own_store(settings: Any, tmp_path: Any) -> None:
    settings.VAR = tmp_path


def test_pairs_keep_capacity_conflicts_and_training_and_none_blocks() -> None:
    trained = make.mentor(user("m1@test.example"), capacity=1)
    make.mentor(user("m2@test.example"), trained=False)
    barred, wanted, third = (make.mentee(organisation(n)) for n in ("Barred", "Wanted", "Third"))
    MentorConflict.objects.create(mentor=trained, organisation=barred.organisation, reason="shareholder")
    mentoring_.prefer(side="mentor", mentor=trained, mentee=wanted, rank=1, by=None)
    run = mentoring_.allocate_mentors(by=officer("agency_staff"))
    assert [(p.mentor, p.mentee) for p in Pair.objects.all()] == [(trained, wanted)]
    assert (run.headline["blocking"], run.headline["without"]) == (0, 2)
    assert third not in {p.mentee for p in Pair.objects.all()}


def test_who_said_no_is_not_proposed_again_and_all_may_step_back(client: Client) -> None:
    login, staff, body = user("m@test.example"), officer("agency_staff"), organisation("Mentee")
    mentor, mentee, firm = make.mentor(login), make.mentee(body), delegate_of(body)

    def proposed() -> list[Pair]:
        with transaction.atomic():
            mentoring_.allocate_mentors(by=staff)
        return list(Pair.objects.filter(state="proposed"))

    (pair,) = proposed()
    mentoring_.decline(pair=pair, side="mentee", by=firm)
    assert proposed() == []
    other = make.mentor(user("o@test.example"))
    (pair,) = proposed()
    assert pair.mentor == other
    assert mentoring_.drop_proposal(pair=pair, by=staff).state == "declined"
    with pytest.raises(Refused, match="not_yours"):
        mentoring_.drop_proposal(pair=pair, by=firm)
    client.force_login(login)
    own = reverse("matchmaking:mentor", args=[mentor.pk])
    barred = {"bar-organisation": body.pk, "bar-reason": "shares"}
    assert client.post(own, {"action": "bar", **barred}).status_code == 302
    assert "Mentee (shares)" in client.get(own).content.decode()
    client.force_login(firm)
    assert "Mentee (shares)" not in client.get(own).content.decode()
    with pytest.raises(Refused, match="not_yours"):
        mentoring_.bar_pair(mentor=mentor, organisation=body, reason="r", by=firm)
    client.force_login(login)
    changed = {"change-text": "I help with sales", "change-capacity": "3"}
    client.post(own, {"action": "change", **changed})
    mentor.refresh_from_db()
    assert (mentor.text, mentor.capacity) == ("I help with sales", 3)
    client.post(own, {"action": "leave"})
    mentor.refresh_from_db()
    assert not mentor.is_active
    client.force_login(firm)
    assert client.post(reverse("matchmaking:mentors"), {"action": f"stop-{mentee.pk}"}).status_code == 302
    mentee.refresh_from_db()
    assert not mentee.is_open


def test_own_pair_is_shown_however_many_there_are(client: Client) -> None:
    login = user("m@test.example")
    mine = Pair.objects.create(mentor=make.mentor(login), mentee=make.mentee(organisation("Oldest")))
    other = make.mentor(user("o@test.example"))
    for n in range(101):
        Pair.objects.create(mentor=other, mentee=make.mentee(organisation(f"Firm {n}")))
    client.force_login(login)
    assert reverse("matchmaking:pair", args=[mine.pk]) in client.get("/mentors/").content.decode()


def test_pair_begins_when_both_agree_and_ends_with_a_result() -> None:
    login, body = user("m@test.example"), organisation("Mentee")
    pair = Pair.objects.create(mentor=make.mentor(login), mentee=make.mentee(body))
    delegate = delegate_of(body)
    assert mentoring_.agree(pair=pair, side="mentor", by=login).state == "proposed"
    with pytest.raises(Refused, match="not_yours"):
        mentoring_.agree(pair=pair, side="mentee", by=login)
    pair = mentoring_.agree(pair=pair, side="mentee", by=delegate)
    assert pair.state == "active"
    mentoring_.log_meeting(pair=pair, side="mentee", by=delegate, on=make.today(), minutes=30, notes="x", next_step="")
    mentoring_.give_feedback(pair=pair, side="mentor", rating=4, by=login)
    with pytest.raises(IntegrityError), transaction.atomic():
        Pair.objects.filter(pk=pair.pk).update(state="ended")
    ended = mentoring_.end_pair(pair=pair, result="reached", by=delegate)
    assert (ended.state, ended.mentee.__class__.objects.get(pk=ended.mentee_id).is_open) == ("ended", False)


def test_round_is_suggested_once_ready_and_shown_by_consent() -> None:
    body = organisation("Start-up", "start_up")
    one = make.funding_round(body, readiness={"team": True})
    thesis = make.thesis()
    assert investment_.suggest_deals() == 0
    investment_.change_readiness(funding_round=one, readiness=make.READY, by=None)
    deal = Deal.objects.get()
    assert investment_.suggest_deals() == 0  # again: nothing new
    investor = delegate_of(thesis.organisation)
    with pytest.raises(Refused, match="not_yours"):
        investment_.offer(deal=deal, by=investor)
    deal = investment_.offer(deal=deal, by=delegate_of(body, "s@test.example"))
    deal = investment_.accept(deal=deal, by=investor)
    deal = investment_.store_investment(deal=deal, invested_eur=Decimal(300_000), by=investor)
    one.refresh_from_db()
    assert (deal.state, one.is_open) == ("invested", False)


def test_gate_needs_five_of_six_plan_and_finances_always() -> None:
    assert passes_gate(make.READY)
    assert not passes_gate({**make.READY, "plan": False, "shareholders": True})
    assert not passes_gate(dict.fromkeys(("plan", "finances", "team", "product"), True))


@pytest.mark.parametrize(
    ("change", "why"),
    [({"stage": "idea"}, "stage"), ({"amount": Decimal(1)}, "amount"), ({"place": "ITF1"}, "place"),
     ({"round_fields": ["wine"]}, "field")],
)  # fmt: skip
def test_thesis_that_is_not_met_makes_no_deal(change: dict[str, Any], why: str) -> None:
    fits: dict[str, Any] = {
        "stages": ["start_up"], "fields": ["software"], "places": ["ITC1"], "least": Decimal(100), "most": Decimal(300),
        "stage": "start_up", "round_fields": ["software"], "place": "ITC11", "amount": Decimal(200),
    }  # fmt: skip
    assert thesis_fit(**fits).score == 1.0  # .5 field + .2 place + .3 the middle of the range
    refused = thesis_fit(**{**fits, **change})
    assert (refused.score, refused.reasons[0][0]) == (None, why)


def test_slot_is_booked_once_and_the_reduced_price_is_aid() -> None:
    slot, one, two = make.slot(make.equipment(), hours=4), organisation("One"), organisation("Two")
    first = labs_.book(slot=slot, organisation=one, purpose="p", at_member_price=True, by=delegate_of(one))
    assert (first.price_eur, first.aid_eur) == (Decimal("200.00"), Decimal("120.00"))  # 4 x 50; 4 x 80 - 200
    assert first.first_with_research
    with pytest.raises(Refused, match="taken"):
        labs_.book(slot=slot, organisation=two, purpose="p", by=None)
    labs_.cancel_booking(booking=first, by=None)
    assert labs_.book(slot=slot, organisation=two, purpose="p", by=None).state == "asked"
    assert Booking.objects.filter(slot=slot).count() == 2


def test_nobody_is_in_two_meetings_and_a_mended_plan_keeps_what_it_can() -> None:
    event = make.event(slots=3, tables=2)
    people = [make.attendee(event, organisation(f"O{i}"), f"P{i}") for i in range(6)]
    Wish.objects.bulk_create(Wish(of=a, to=b) for a in people for b in people if a.pk < b.pk)
    plan = events_.make_plan(event=event, by=None)
    assert plan.meetings.count() == 6  # 3 slots x 2 tables
    assert plan.share >= 0.99
    seat = Seat.objects.filter(plan=plan).first()
    assert seat is not None
    other = Meeting.objects.filter(plan=plan, slot=seat.slot).exclude(pk=seat.meeting_id).first()
    with pytest.raises(IntegrityError), transaction.atomic():
        Seat.objects.create(meeting=other, plan=plan, slot=seat.slot, attendee=seat.attendee)
    events_.cancel(attendee=people[0], by=None)
    still = plan.meetings.exclude(seats__attendee=people[0]).count()
    mended = events_.make_plan(event=event, by=None, why="one cancelled")
    assert (mended.version, mended.kept, mended.dropped) == (2, still, 6 - still)
    assert not Seat.objects.filter(plan=mended, attendee=people[0]).exists()


def test_jury_is_blind_weighted_and_ties_share_a_place() -> None:
    weights = {"idea": 60, "impact": 40}
    found = standings(
        weights,
        {
            1: {7: {"idea": 10, "impact": 5}, 8: {"idea": 8, "impact": 5}},  # (80 + 68) / 2 = 74
            2: {7: {"idea": 6, "impact": 6}, 8: {"idea": 9}},  # the second juror left one out: 60
            3: {7: {"idea": 6, "impact": 6}},
            4: {},
        },
    )
    assert [(s.team, s.points, s.place) for s in found] == [(1, 74.0, 1), (2, 60.0, 2), (3, 60.0, 2), (4, 0.0, 4)]
    with pytest.raises(ValueError, match="add up to 100"):
        check_criteria([{"weight": 60}, {"weight": 50}])


@QUICK
@given(st.lists(st.integers(0, 10), min_size=2, max_size=5))
def test_more_points_of_a_juror_never_cost_a_place(points: list[int]) -> None:
    before = standings({"x": 100}, {i: {1: {"x": p}} for i, p in enumerate(points)})
    better = standings({"x": 100}, {i: {1: {"x": min(10, p + (i == 0))}} for i, p in enumerate(points)})
    assert next(s.place for s in better if s.team == 0) <= next(s.place for s in before if s.team == 0)


def test_full_and_late_teams_are_refused_and_a_team_s_maker_is_no_juror() -> None:
    challenge = make.challenge(organisation("Host"), places=1)
    maker = user("maker@test.example")
    challenges_.enter_team(challenge=challenge, name="A", email="a@test.example", members=["Ada"], idea="x", by=maker)
    with pytest.raises(Refused, match="full"):
        challenges_.enter_team(
            challenge=challenge, name="B", email="b@test.example", members=["Ada"], idea="x", by=None
        )
    with pytest.raises(Refused, match="conflict"):
        challenges_.add_juror(challenge=challenge, person=maker.person, by=None)


def test_fair_keeps_its_places_and_its_worth_is_to_the_cent() -> None:
    fair = make.fair(places=1)
    one, two = (fairs_.apply(fair=fair, organisation=organisation(n), by=None, motive="m") for n in ("A", "B"))
    fairs_.decide_application(application=one, accept=True, by=None)
    with pytest.raises(Refused, match="full"):
        fairs_.decide_application(application=two, accept=True, by=None)
    assert subsidy(Decimal("333.33"), Decimal("0.5")) == Decimal("166.67")  # 166.665, half up
    worth = Worth(Decimal("100.00"), 3, 2, 1, Decimal(50))
    assert (worth.cost_per_lead_eur, worth.follow_up_rate) == (Decimal("33.33"), 2 / 3)
    assert Worth(Decimal(1), 0, 0, 0, Decimal(0)).cost_per_lead_eur is None


firms = st.builds(
    Firm,
    nace=st.sampled_from(["", "22.21", "22.22", "22.31", "62.01"]),
    size=st.sampled_from(["", "micro", "small", "medium", "large"]),
    years=st.none() | st.integers(0, 80),
    province=st.sampled_from(["", "1", "2"]),
)


@QUICK
@given(firms, firms)
def test_likeness_is_symmetric_and_between_nothing_and_one(a: Firm, b: Firm) -> None:
    score, reasons = likeness(a, b)
    assert (score, set(reasons)) == (likeness(b, a)[0], set(likeness(b, a)[1]))
    assert 0 <= score <= 1


def test_rival_is_not_shown_among_firms_alike(client: Any) -> None:
    same = {"size_class": "small", "country": "IT"}
    mine = organisation("Mine", nace=code("22.22"), **same)
    rival = organisation("Rival", nace=code("22.22"), **same)
    peer = organisation("Peer", nace=code("22.21"), **same)
    fair = make.fair()
    for body in (rival, peer):
        make.fair_application(fair, body, state="took_part")
    text = client.get(f"/organisations/{mine.pk}/alike/", headers={"accept-language": "en"}).content.decode()
    assert "Peer" in text
    assert "Rival" not in text


def test_province_that_a_firm_keeps_back_is_not_told_by_firms_alike(client: Client) -> None:
    town = territory()
    mine, peer = (organisation(n, nace=code(c), size_class="small", country="IT", territory=town)
                  for n, c in (("Mine", "22.22"), ("Peer", "22.21")))  # fmt: skip
    make.fair_application(make.fair(), peer, state="took_part")
    address = f"/organisations/{mine.pk}/alike/"
    assert "stessa provincia" in client.get(address).content.decode()
    FieldVisibility.objects.create(organisation=mine, field="place", audience="nobody")
    text = client.get(address).content.decode()
    assert "Peer" in text
    assert "stessa provincia" not in text
    FieldVisibility.objects.create(organisation=mine, field="projects", audience="nobody")
    assert "Peer" not in client.get(address).content.decode()


def test_nobody_took_part_in_a_fair_that_has_not_begun() -> None:
    fair, manager = make.fair(), Client()
    manager.force_login(officer("agency_staff"))
    waiting = make.fair_application(fair, organisation("Early"), state="accepted")
    here = f"/fairs/{fair.pk}/"
    assert "Ha partecipato" not in manager.get(here).content.decode()
    with pytest.raises(Refused, match="not_begun"):
        fairs_.took_part(application=waiting, by=None)
    begun = make.fair_application(make.fair(days=-1), organisation("There"), state="accepted")
    assert "Ha partecipato" in manager.get(f"/fairs/{begun.fair_id}/").content.decode()
    assert fairs_.took_part(application=begun, by=None).state == "took_part"


def test_people_of_an_event_stand_in_the_order_that_numbers_have(client: Client) -> None:
    event = make.event()
    for name in ("Guest 10", "Guest 2", "guest 1"):
        make.attendee(event, organisation(name), name=name)
    names = [a.name for a in sorted(event.attendees.order_by("pk"), key=lambda a: natural(a.name))]
    assert names == ["guest 1", "Guest 2", "Guest 10"]
    client.force_login(officer("agency_staff"))
    page = client.get(reverse("matchmaking:event", args=[event.pk])).content.decode()
    places = [page.index(name) for name in names]
    assert places == sorted(places)


def test_who_runs_an_event_notes_who_called_to_cancel_and_a_first_plan_kept_nothing(client: Client) -> None:
    event = make.event()
    people = [make.attendee(event, organisation(n), n) for n in ("Ada", "Bea", "Cleo")]
    for other in people[1:]:
        Wish.objects.create(of=people[0], to=other)
    events_.make_plan(event=event, by=None)
    address = reverse("matchmaking:event", args=[event.pk])
    client.force_login(officer("agency_staff"))
    english = {"accept-language": "en"}
    assert "Kept from the plan before" not in client.get(address, headers=english).content.decode()
    assert client.post(address, {"action": "gone", "gone-attendee": people[1].pk}).status_code == 302
    people[1].refresh_from_db()
    assert people[1].cancelled_at is not None
    events_.make_plan(event=event, by=None)
    assert "Kept from the plan before" in client.get(address, headers=english).content.decode()


def test_wishes_come_with_reasons_and_the_best_first() -> None:
    event, me, fits, other = make.event(), organisation("Me"), organisation("Fits"), organisation("Other")
    make.card(me, kind="need", tags=["bioplastics"])
    make.card(fits, kind="offer", title="We make film", tags=["bioplastics"], anonymous=False)
    make.card(other, kind="offer", title="A secret", tags=["bioplastics"], anonymous=True)
    mine, first, second = (
        make.attendee(event, body, looks_for=text)
        for body, text in ((me, "Biodegradable film"), (fits, "Food firms"), (other, "Anybody"))
    )
    with override("en"):
        ranked = worth_meeting(mine, [second, first])
    assert [w.attendee for w in ranked] == [first, second]
    assert "offers what we need: We make film" in ranked[0].reasons
    assert not ranked[1].reasons  # an anonymous card tells nobody whose it is


def test_who_has_not_signed_in_is_led_to_registration_and_back_until_its_last_day(client: Client) -> None:
    fair, event, past = make.fair(), make.event(), make.event(days=1)
    for page in (f"/fairs/{fair.pk}/", f"/meetings/{event.pk}/"):
        assert f"/accounts/login/?next={page}" in client.get(page).content.decode()
    assert "/accounts/login/?next=/meetings/" not in client.get(f"/meetings/{past.pk}/").content.decode()
