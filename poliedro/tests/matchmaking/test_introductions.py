"""Cards, interests and tickets: anonymity, states, reminders, alarms, routing, limits."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import matchmaking_factories as make
import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone, translation
from django.utils.html import strip_tags
from factories import cluster, code, delegate_of, manager_of, membership, officer, organisation, user
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from poliedro.accounts.models import User
from poliedro.matchmaking.models import Card, Interest, Step, Ticket
from poliedro.matchmaking.queries.todos import card_todos
from poliedro.matchmaking.rules.refusals import Refused
from poliedro.matchmaking.rules.routing import Contact, choose_contact, working_days_later
from poliedro.matchmaking.rules.states import CARD, INTEREST, TICKET, MoveRefused, can_move
from poliedro.matchmaking.services import cards as cards_
from poliedro.matchmaking.services import interests as interests_
from poliedro.matchmaking.services import tickets as tickets_
from poliedro.registry.models import Project, ResearchContract
from poliedro.shared.models import SearchEntry

pytestmark = pytest.mark.django_db
SECRET = "Segretissima S.r.l."


@pytest.fixture(autouse=True)
def no_engine(settings: Any) -> None:
    settings.TASKS = {"default": {"BACKEND": "django_tasks.backends.dummy.DummyBackend"}}


def test_who_stands_behind_an_anonymous_card_is_in_no_page_list_file_or_search(client: Client) -> None:
    body = organisation(SECRET, "enterprise", size_class="small")
    card = make.card(body, title="Film wanted")
    cards_.index_card(card)
    reader = user("reader@test.example")
    for address in (f"/cards/{card.code}/", "/cards/", "/cards/cards.csv", "/cards/?q=film"):
        client.logout()
        for login in (None, reader):
            if login:
                client.force_login(login)
            text = client.get(address, headers={"accept-language": "en"}).content.decode()
            assert "Film wanted" in text, address
            assert SECRET not in text, address
            assert f"/organisations/{body.pk}/" not in text, address
    assert not SearchEntry.objects.filter(kind="card", body__contains="Segret").exists()
    assert "enterprise, small" in client.get("/cards/", headers={"accept-language": "en"}).content.decode()


def test_accepted_interest_opens_that_card_and_no_other_of_the_same_owner(client: Client) -> None:
    body, asker = organisation(SECRET), organisation("Asker")
    first, second = make.card(body), make.card(body, title="Another")
    login = delegate_of(asker)
    interest = interests_.express_interest(card=first, organisation=asker, why="w", brings="b", by=login)
    client.force_login(login)
    assert SECRET not in client.get(f"/cards/{first.code}/").content.decode()
    assert SECRET not in client.get(f"/interests/{interest.pk}/").content.decode()
    interests_.answer_interest(interest=interest, accept=True, by=delegate_of(body, "owner@test.example"))
    assert SECRET in client.get(f"/cards/{first.code}/").content.decode()
    assert SECRET not in client.get(f"/cards/{second.code}/").content.decode()


def test_declining_keeps_the_owner_unknown(client: Client) -> None:
    body, asker = organisation(SECRET), organisation("Asker")
    card, login = make.card(body), delegate_of(asker)
    interest = interests_.express_interest(card=card, organisation=asker, why="w", brings="b", by=login)
    interests_.answer_interest(interest=interest, accept=False, by=None)
    client.force_login(login)
    for address in (f"/cards/{card.code}/", f"/interests/{interest.pk}/"):
        assert SECRET not in client.get(address).content.decode()


def test_card_goes_through_review_lives_and_expires() -> None:
    home, body = cluster("agrifood"), organisation("Owner")
    membership(body, home)
    login = delegate_of(body)
    card = cards_.draft_card(
        organisation=body, by=login, kind="need", topic="technology", title="Film", text="A biodegradable film"
    )
    assert (card.code, card.cluster, card.tags) == ("N-0001", home, ["biodegradability", "bioplastics"])
    card = cards_.submit_card(card=card, by=login)
    with pytest.raises(Refused, match="not_yours"):
        cards_.publish_card(card=card, by=login)
    day = date(2026, 1, 10)
    card = cards_.publish_card(card=card, by=manager_of(home), today=day)
    assert card.expires_on == day + timedelta(days=180)
    cards_.expire_cards(day + timedelta(days=179))
    assert Card.objects.get().state == "published"
    cards_.expire_cards(day + timedelta(days=180))
    cards_.expire_cards(day + timedelta(days=180))  # twice on one day does no harm
    card.refresh_from_db()
    assert card.state == "expired"
    assert not SearchEntry.objects.filter(kind="card").exists()
    assert cards_.renew_card(card=card, by=login, today=day).state == "published"


def test_anonymous_card_that_names_its_owner_is_refused() -> None:
    body = organisation("Segretissima")
    with pytest.raises(Refused, match="names_itself"):
        cards_.draft_card(organisation=body, by=None, kind="need", topic="supply", title="x", text="segretissima cerca")


def test_direct_competitors_are_not_introduced_unless_both_allow_it() -> None:
    same = {"nace": code("22.22"), "size_class": "small", "country": "IT"}
    body, rival = organisation("One", **same), organisation("Two", **same)
    card, own = make.card(body, open_to_rivals=True), make.card(rival, open_to_rivals=True)
    with pytest.raises(Refused, match="rival"):
        interests_.express_interest(card=card, organisation=rival, why="w", brings="b", by=None)
    made = interests_.express_interest(card=card, organisation=rival, why="w", brings="b", by=None, own_card=own)
    assert made.state == "sent"


def test_interest_ends_in_a_tie_or_a_reason_and_the_database_insists() -> None:
    interest = make.interest(make.card(), organisation("Asker"), state="introduced")
    for wrong in ({"state": "tied"}, {"state": "ended"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Interest.objects.filter(pk=interest.pk).update(**wrong)
    done = interests_.store_tie(interest=interest, tie="project", outcome="Together", by=None, settles=True)
    assert (done.state, done.card.state) == ("tied", "settled") or Card.objects.get(pk=done.card_id).state == "settled"
    with pytest.raises(MoveRefused):
        interests_.end_interest(interest=done, why_not="no_fit", by=None)


def test_unanswered_interest_is_reminded_once_and_lapses_at_last(django_capture_on_commit_callbacks: Any) -> None:
    owner = user("owner@test.example")
    interest = make.interest(make.card(created_by=owner), organisation("Asker"), answer_by=date(2026, 3, 2))
    with django_capture_on_commit_callbacks(execute=True):
        interests_.remind_interests(date(2026, 3, 3))
        interests_.remind_interests(date(2026, 3, 4))
    assert [m.to for m in mail.outbox] == [["owner@test.example"]]
    interests_.remind_interests(date(2026, 4, 17))
    interest.refresh_from_db()
    assert interest.state == "lapsed"


def question(**fields: Any) -> Ticket:
    given = {"question": "Who tests food?", "email": "a@test.example", "name": "Ada", "found": [], "by": None}
    return tickets_.ask(**{**given, **fields})


def test_question_without_account_is_confirmed_routed_and_promised(django_capture_on_commit_callbacks: Any) -> None:
    full = make.contact(user("full@test.example"), capacity=1, topics=["food"])
    make.ticket(full)
    right = make.contact(user("right@test.example"), topics=["food"])
    make.contact(user("other@test.example"), topics=["energy"])
    with django_capture_on_commit_callbacks(execute=True):
        ticket = question()
    assert (ticket.state, len(mail.outbox)) == ("unconfirmed", 1)
    assert tickets_.key_of(ticket) in mail.outbox[0].body
    assert tickets_.ticket_of(tickets_.key_of(ticket) + "x") is None
    confirmed = tickets_.confirm(ticket=ticket, by=None, today=date(2026, 11, 27))  # a Friday
    assert (confirmed.owner, confirmed.promised_on) == (right, date(2026, 12, 2))
    assert tickets_.confirm(ticket=confirmed, by=None).owner == right  # again: nothing changes


def test_sixth_question_of_a_day_is_refused() -> None:
    for i in range(5):
        question(email=f"{i}@test.example", sender="s")
    with pytest.raises(Refused, match="too_many"):
        question(email="6@test.example", sender="s")
    assert question(email="7@test.example", sender="t")


def test_promise_that_passes_raises_one_alarm_and_unconfirmed_words_are_erased() -> None:
    ticket = make.ticket(make.contact(user("c@test.example")), promised_on=date(2026, 3, 2))
    old = question()
    Ticket.objects.filter(pk=old.pk).update(created_at="2026-01-01T00:00:00Z")
    assert tickets_.raise_alarms(date(2026, 3, 2)).startswith("0 alarms")
    assert tickets_.raise_alarms(date(2026, 3, 3)).startswith("1 alarms")
    assert tickets_.raise_alarms(date(2026, 3, 3)).startswith("0 alarms")
    ticket.refresh_from_db()
    old.refresh_from_db()
    assert ticket.alarmed_on == date(2026, 3, 3)
    assert (old.state, old.question, old.name) == ("dropped", "", "")


def test_ticket_cannot_close_without_outcome_or_be_open_without_owner() -> None:
    ticket = make.ticket(make.contact(user("c@test.example")))
    for wrong in ({"state": "closed"}, {"owner": None}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Ticket.objects.filter(pk=ticket.pk).update(**wrong)
    staff = officer("agency_staff")
    tickets_.write_message(ticket=ticket, text="Hello", by=staff)
    ticket.refresh_from_db()
    assert (ticket.state, ticket.contacted_at is not None) == ("contacted", True)
    assert tickets_.close(ticket=ticket, outcome="answer", by=staff).state == "closed"


contacts = st.lists(
    st.builds(
        Contact,
        key=st.integers(1, 99),
        topics=st.frozensets(st.sampled_from(["food", "energy"])),
        open=st.integers(0, 5),
        capacity=st.integers(1, 5),
    ),
    min_size=1,
    max_size=6,
    unique_by=lambda c: c.key,
)


@examples(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(contacts)
def test_chosen_contact_has_room_if_anyone_has_and_is_the_least_loaded_of_its_fit(pool: list[Contact]) -> None:
    chosen = choose_contact(pool, ["food"])
    assert chosen is not None
    if any(c.load < 1 for c in pool):
        assert chosen.load < 1
    rivals = [c for c in pool if "food" in c.topics and c.load < 1]
    if rivals:
        assert "food" in chosen.topics
        assert chosen.load == min(c.load for c in rivals)


def test_weekends_do_not_count() -> None:
    assert working_days_later(date(2026, 11, 27), 1) == date(2026, 11, 30)


@pytest.mark.parametrize("table", [CARD, INTEREST, TICKET])
def test_every_state_of_the_tables_can_be_reached_and_named(table: Any) -> None:
    assert {then for following in table.values() for then in following} <= set(table)
    assert not any(can_move(table, s, s) for s in table)


def test_a_project_that_both_sides_told_is_a_project_of_both(
    client: Client, django_capture_on_commit_callbacks: Any
) -> None:
    home = cluster("agrifood")
    body, asker = organisation("Owner"), organisation("Asker")
    membership(body, home)
    owner, login = delegate_of(body, "owner@test.example"), delegate_of(asker, "asker@test.example")
    card = make.card(body, created_by=owner, cluster=home)
    interest = make.interest(card, asker, state="introduced", created_by=login)
    told = {"tie": "project", "outcome": "A film that rots", "joint_title": "Film 2030", "starts_on": date(2026, 3, 2)}
    with django_capture_on_commit_callbacks(execute=True):
        interest = interests_.store_tie(interest=interest, by=login, **told)
    assert [m.to for m in mail.outbox] == [["owner@test.example"]]
    assert not Project.objects.exists()  # the other side has not said so yet
    assert not interests_.may_confirm(interest, login)
    with pytest.raises(Refused, match="not_yours"):
        interests_.confirm_tie(interest=interest, by=login)
    assert [t.key for t in card_todos(owner, date(2026, 3, 3))] == [f"matchmaking.interest:{interest.pk}"]
    client.force_login(owner)
    page = f"/interests/{interest.pk}/"
    assert "has not confirmed it yet" in client.get(page, headers={"accept-language": "en"}).content.decode()
    client.post(page, {"action": "confirm"})
    project = Project.objects.get()
    assert (project.title, {p.organisation.name for p in project.participations.all()}) == (
        "Film 2030",
        {"Owner", "Asker"},
    )
    for one in (body, asker):
        assert "Film 2030" in client.get(f"/organisations/{one.pk}/").content.decode()
    with pytest.raises(Refused, match="already"):
        interests_.confirm_tie(interest=interest, by=owner)
    assert not list(card_todos(owner, date(2026, 3, 3)))


def test_an_order_of_research_told_for_both_is_a_research_contract() -> None:
    firm, body = organisation("Firm"), organisation("Institute", "research_body")
    interest = make.interest(make.card(firm), body, state="introduced")
    done = interests_.store_tie(interest=interest, tie="contract", outcome="Tests", by=None, amount_eur=Decimal(9000))
    contract = ResearchContract.objects.get()
    assert (done.contract, contract.firm, contract.research_body) == (contract, firm, body)


def test_after_a_month_both_sides_are_asked_what_came_of_it(django_capture_on_commit_callbacks: Any) -> None:
    owner, asker = user("owner@test.example"), user("asker@test.example")
    make.interest(
        make.card(created_by=owner),
        organisation("Asker"),
        state="introduced",
        created_by=asker,
        introduced_at=datetime(2026, 1, 5, 12, tzinfo=UTC),
    )
    with django_capture_on_commit_callbacks(execute=True):
        interests_.remind_interests(date(2026, 2, 10))
        interests_.remind_interests(date(2026, 2, 11))
    assert sorted(m.to[0] for m in mail.outbox) == ["asker@test.example", "owner@test.example"]


def test_who_asked_takes_a_proposal_and_the_other_side_is_told_who_asks(
    client: Client, django_capture_on_commit_callbacks: Any
) -> None:
    home, lab = cluster("agrifood"), organisation("Institute", "research_body")
    owner, helper = manager_of(home), delegate_of(lab, "lab@test.example")
    ticket = make.ticket(make.contact(owner, home))
    found = ticket.suggestions.create(
        document="laboratory:1",
        kind="laboratory",
        title="Film laboratory",
        url="/x/",
        organisation=lab,
        rank=1,
        score=1,
    )
    page = f"/ask/ticket/{tickets_.key_of(ticket)}/"
    with pytest.raises(Refused, match="not_proposed"):
        tickets_.want_suggestion(suggestion=found, by=None)
    with django_capture_on_commit_callbacks(execute=True):
        tickets_.mark_suggestion(suggestion=found, state="proposed", by=None)
    assert [m.to for m in mail.outbox] == [["asker@test.example"]]  # the laboratory knows nothing yet
    mail.outbox.clear()
    with django_capture_on_commit_callbacks(execute=True):
        client.post(page, {"action": f"want-{found.pk}"})
    told = {m.to[0]: m.body for m in mail.outbox}
    assert set(told) == {helper.email, owner.person.email}
    assert "asker@test.example" in told[helper.email]
    mail.outbox.clear()
    day = make.today() + timedelta(days=30)
    with django_capture_on_commit_callbacks(execute=True):
        assert tickets_.remind_wanted(day) == 1
        assert tickets_.remind_wanted(day + timedelta(days=1)) == 0
    assert {m.to[0] for m in mail.outbox} == {helper.email, owner.person.email}


def test_who_is_in_charge_learns_that_nobody_of_the_laboratory_could_be_written_to(
    django_capture_on_commit_callbacks: Any,
) -> None:
    owner = user("c@test.example")
    ticket, lab = make.ticket(make.contact(owner)), organisation("Institute", "research_body")
    found = ticket.suggestions.create(
        document="laboratory:1", kind="laboratory", title="Film laboratory", organisation=lab, rank=1, score=1
    )
    tickets_.mark_suggestion(suggestion=found, state="proposed", by=None)
    with django_capture_on_commit_callbacks(execute=True), translation.override("en"):
        tickets_.want_suggestion(suggestion=found, by=None)
    assert [m.to for m in mail.outbox] == [[owner.person.email]]
    assert Step.objects.filter(state="suggestion_unreached", note="Film laboratory").exists()


def test_a_question_closed_as_a_project_with_who_took_it_on_is_a_project_of_both(client: Client) -> None:
    staff, firm, lab = officer("agency_staff"), organisation("Firm"), organisation("Institute", "research_body")
    ticket = make.ticket(make.contact(user("c@test.example")), organisation=firm)
    found = ticket.suggestions.create(
        document="laboratory:1", kind="laboratory", title="Film laboratory", organisation=lab, rank=1, score=1
    )
    with pytest.raises(Refused, match="no_partner"):  # it has not taken the question on
        tickets_.close(ticket=ticket, outcome="project", by=staff, partner=found)
    tickets_.mark_suggestion(suggestion=found, state="taken", by=staff)
    client.force_login(staff)
    fields = {"outcome": "project", "partner": found.pk, "joint_title": "Film 2030", "amount_eur": "9000"}
    client.post(f"/tickets/{ticket.code}/", {"action": "close", **{f"close-{k}": v for k, v in fields.items()}})
    project = Project.objects.get()
    assert (project.title, {p.organisation for p in project.participations.all()}) == ("Film 2030", {firm, lab})
    assert f"/projects/{project.pk}/" in client.get(f"/tickets/{ticket.code}/").content.decode()


def test_who_answers_a_card_does_not_close_it(client: Client) -> None:
    body, asker = organisation("Owner"), organisation("Asker")
    login = delegate_of(asker, "asker@test.example")
    interest = make.interest(make.card(body), asker, state="introduced", created_by=login)
    client.force_login(login)
    assert "tie-settles" not in client.get(f"/interests/{interest.pk}/").content.decode()
    interests_.store_tie(interest=interest, tie="hire", outcome="One", by=login, settles=True)
    assert Card.objects.get().state == Card.State.PUBLISHED


def test_own_questions_show_who_has_them_and_by_when_and_nobody_elses(client: Client) -> None:
    home, body = cluster("agrifood"), organisation("Firm")
    point = make.contact(manager_of(home), home)
    ours, theirs = make.ticket(point, organisation=body), make.ticket(point, organisation=organisation("Other"))
    client.force_login(delegate_of(body))
    text = client.get("/ask/mine/", headers={"accept-language": "en"}).content.decode()
    assert ours.code in text
    assert "first answer by" in text
    assert str(point) in text
    assert theirs.code not in text


def test_an_interest_is_told_to_everyone_who_acts_for_the_owner(django_capture_on_commit_callbacks: Any) -> None:
    body, asker = organisation("Owner"), organisation("Asker")
    colleague, login = delegate_of(body, "colleague@test.example"), delegate_of(asker)
    card = make.card(body, created_by=user("left@test.example"))
    with django_capture_on_commit_callbacks(execute=True):
        interests_.express_interest(card=card, organisation=asker, why="w", brings="b", by=login)
    assert sorted(m.to[0] for m in mail.outbox) == [colleague.email, "left@test.example"]
    assert not any("Asker" in m.body for m in mail.outbox)


def test_manager_counts_the_questions_of_the_own_cluster_alone(client: Client) -> None:
    here, there = cluster("here"), cluster("there")
    answered = timezone.now()
    for one, email, in_time in ((here, "a@test.example", True), (there, "b@test.example", False)):
        promised = answered.date() - timedelta(days=0 if in_time else 3)
        contact = make.contact(user(email), one)
        for _n in range(5):  # of fewer no share is given
            make.ticket(contact, state="contacted", contacted_at=answered, promised_on=promised)

    def share(who: User) -> str:
        client.force_login(who)
        text = client.get("/introductions/", headers={"accept-language": "en"}).content.decode()
        return strip_tags(text[text.index("Questions answered in time") :])[:80]

    assert "100" in share(manager_of(here))
    assert "50" in share(officer("agency_staff"))
