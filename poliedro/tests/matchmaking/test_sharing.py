"""Questions to laboratories, likely partners, meetings that go on, fields of science, the optional language model."""

from __future__ import annotations

import json
import struct
from datetime import date
from pathlib import Path
from typing import Any

import matchmaking_factories as make
import numpy as np
import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import Client
from factories import cluster, delegate_of, manager_of, membership, officer, organisation, user

from poliedro.matchmaking.models import Interest, Meeting, Plan, Seat, Ticket, TicketSuggestion
from poliedro.matchmaking.queries.concepts import activities, fields_named, label_of, lexicon, sciences, skills
from poliedro.matchmaking.queries.partners import likely_pairs, partners_of
from poliedro.matchmaking.rules.orcid import is_orcid
from poliedro.matchmaking.rules.refusals import Refused
from poliedro.matchmaking.services import events as events_
from poliedro.matchmaking.services import tickets as tickets_
from poliedro.matchmaking.services.engine import refresh_health, refresh_index, refresh_partners
from poliedro.matchmaking.services.search import search
from poliedro.registry.models import FieldVisibility, Organisation, Participation, Project

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_store(settings: Any, tmp_path: Any) -> None:
    settings.VAR = tmp_path
    from poliedro.matchmaking.runs.index import forget

    forget()


def found_for(ticket: Ticket, lab: Any, rank: int, score: float) -> TicketSuggestion:
    return TicketSuggestion.objects.create(
        ticket=ticket,
        document=f"laboratory:{lab.pk}",
        kind="laboratory",
        title=lab.name,
        url="/",
        rank=rank,
        score=score,
    )


def test_questions_go_to_laboratories_within_their_capacity_and_no_pair_blocks(client: Client) -> None:
    agency = officer("agency_staff")
    contact = make.contact(agency)
    wanted, other = make.laboratory(name="Wanted", capacity=1), make.laboratory(name="Other", capacity=1)
    strong, weak, own = (make.ticket(contact) for _n in range(3))
    own.organisation = wanted.organisation
    own.save()
    # Both want the same laboratory most; it takes the better fit, and the other question goes to the second one.
    found_for(strong, wanted, 1, 9.0)
    found_for(weak, wanted, 1, 5.0)
    second = found_for(weak, other, 2, 4.0)
    found_for(own, wanted, 1, 99.0)  # its own organisation: never
    client.force_login(agency)
    page = client.post("/tickets/", {"action": "share_out"}, follow=True).content.decode()
    placed = TicketSuggestion.objects.filter(state="proposed").values_list("ticket", "document")
    assert set(placed) == {(strong.pk, f"laboratory:{wanted.pk}"), (weak.pk, f"laboratory:{other.pk}")}
    assert "2 di 3" in page
    second.refresh_from_db()
    assert second.state == "proposed"
    own.suggestions.all().delete()
    with pytest.raises(Refused, match="too_few"):  # nothing is left to place
        tickets_.share_out(by=agency)


def test_ticket_is_handed_over_with_its_promise(client: Client) -> None:
    one, two = cluster("agrifood"), cluster("mesap")
    manager = manager_of(one)
    ticket = make.ticket(make.contact(manager, one))
    other = make.contact(manager_of(two, "second@test.example"), two)
    client.force_login(manager)
    assert "Passa a un&#x27;altra persona" in client.get(f"/tickets/{ticket.code}/").content.decode()
    client.post(f"/tickets/{ticket.code}/", {"action": "hand_over", "hand_over-owner": other.pk})
    moved = Ticket.objects.get(pk=ticket.pk)
    assert (moved.owner, moved.cluster, moved.promised_on) == (other, two, ticket.promised_on)


def joint(number: str, *bodies: Organisation, year: int = 2018) -> None:
    made = Project.objects.create(scheme="regional", number=number, starts_on=date(year, 3, 1), **make.sourced())
    for body in bodies:
        Participation.objects.create(project=made, organisation=body, role="partner", **make.sourced())


def test_likely_partners_share_partners_and_never_met(client: Client, django_assert_max_num_queries: Any) -> None:
    home = cluster("agrifood")
    member, bridge, bridge2, likely, stranger = (
        organisation(n, size_class=s)
        for n, s in (("Membro", "small"), ("Ponte", "medium"), ("Ponte due", "medium"), ("Grande", "large"),
                     ("Estraneo", "large"))
    )  # fmt: skip
    membership(member, home)
    joint("P1", member, bridge)
    joint("P2", member, bridge2)
    joint("P3", bridge, likely)
    joint("P4", bridge2, likely)
    joint("P5", bridge, stranger)  # who else is within two steps: reasons are against the average of these
    assert refresh_partners() is not None
    login = delegate_of(member)
    rows = partners_of(member, login)
    assert rows[0].partner == likely
    assert (rows[0].common, set(rows[0].through)) == (2, {"Ponte", "Ponte due"})
    assert sum(r.weight for r in rows[0].reasons) == pytest.approx(1.0)
    assert not {r.partner for r in rows} & {bridge, bridge2, member}
    assert {r.partner.size_class for r in likely_pairs(login, home.pk, large=True)} == {"large"}
    assert likely_pairs(login, cluster("mesap").pk) == []
    client.force_login(login)
    with django_assert_max_num_queries(25):
        text = client.get(f"/organisations/{member.pk}/next/").content.decode()
    assert "Membro potrebbe lavorare ora con Grande" in text
    assert "2 partner in comune" in text
    assert "Grande" in client.get("/partners/next/?who=large").content.decode()
    FieldVisibility.objects.create(organisation=likely, field="projects", audience="nobody")
    assert likely not in {r.partner for r in partners_of(member, login)}  # it would tell of projects that it keeps back


def test_without_projects_the_page_of_likely_partners_says_what_is_needed(client: Client) -> None:
    assert refresh_partners() is None
    client.force_login(user())
    assert "Per ora non si può indicare nessuno" in client.get("/partners/next/").content.decode()


def meeting_of(one: Organisation, other: Organisation) -> Meeting:
    event = make.event(days=0)
    made = Meeting.objects.create(
        plan=Plan.objects.create(event=event, version=1, value=1, bound=1, wished=1), slot=1, table=1
    )
    for body in (one, other):
        seat = make.attendee(event, body, str(body))
        Seat.objects.create(meeting=made, plan=made.plan, slot=1, attendee=seat)
    return made


def test_meeting_about_a_card_goes_on_as_an_introduction_and_ends_as_a_tie() -> None:
    one, other = organisation("Una"), organisation("Altra")
    mine, meeting = make.card(one), meeting_of(one, other)
    login = delegate_of(one)
    events_.store_result(meeting=meeting, result="again", card=mine, by=login)
    interest = Interest.objects.get()
    assert (interest.route, interest.state, interest.organisation) == ("event", "introduced", other)
    events_.store_result(meeting=meeting, result="tie", card=mine, tie="project", by=login)
    interest.refresh_from_db()
    assert (interest.state, interest.tie) == ("tied", "project")


def test_meeting_reveals_no_anonymous_card_and_takes_none_of_a_third() -> None:
    one, other = organisation("Una"), organisation("Altra")
    meeting, login = meeting_of(one, other), delegate_of(one)
    for card in (make.card(other), make.card(organisation("Terza"), anonymous=False)):
        with pytest.raises(Refused, match="not_yours"):
            events_.store_result(meeting=meeting, result="again", card=card, by=login)
    events_.store_result(meeting=meeting, result="nothing", card=make.card(one), by=login)
    assert not Interest.objects.exists()


@pytest.mark.parametrize(
    ("text", "right"),
    [("0000-0002-1825-0097", True), ("0000-0001-5109-3700", True), ("0000-0002-1694-233X", True),
     ("0000-0002-1825-0098", False), ("0000-0002-1825-009", False), ("", False)],
)  # fmt: skip
def test_orcid_is_checked_by_its_last_digit(text: str, right: bool) -> None:
    assert is_orcid(text) is right


def test_fields_of_science_are_named_in_both_languages_and_lead_to_broader_ones() -> None:
    key = next(k for k, c in sciences().items() if c.en == ("biosensors",))
    assert key in fields_named("Cerchiamo biosensori per il latte")
    assert key in fields_named("We make biosensors")
    assert label_of(key) == "biosensori"
    for official in (sciences(), skills(), activities()):
        assert all(not c.parent or c.parent in official for c in official.values())
    assert label_of("esco:S2.8") == "sorvegliare, ispezionare e provare"


def test_the_lexicon_has_no_entry_twice_and_a_word_in_each_language() -> None:
    entries = list(lexicon().values())
    assert len(entries) > 1000
    assert all(e.it and e.en and all(e.it) and all(e.en) for e in entries)
    assert len({(e.it, e.en) for e in entries}) == len(entries)


def fake_model(folder: Path, kind: str = "WordPiece") -> Path:
    """Three pieces of two dimensions: cheese and dairy point one way, steel another."""
    folder.mkdir()
    vectors = np.array([[1, 0], [0.9, 0.1], [0, 1], [0.5, 0.5]], dtype="<f4")
    header = json.dumps({"embeddings": {"dtype": "F32", "shape": [4, 2], "data_offsets": [0, 32]}}).encode()
    (folder / "model.safetensors").write_bytes(struct.pack("<Q", len(header)) + header + vectors.tobytes())
    vocabulary = {"robiola": 0, "zzdairy": 1, "zzsteel": 2, "##s": 3}
    (folder / "tokenizer.json").write_text(json.dumps({"model": {"type": kind, "vocab": vocabulary}}))
    return folder


@pytest.mark.one_database
def test_language_model_finds_what_no_word_and_no_concept_ties(settings: Any, tmp_path: Path) -> None:
    from poliedro.matchmaking.runs.index import forget

    make.card(kind="offer", title="Zzdairy", text="zzdairy")
    make.card(kind="offer", title="Zzsteel", text="zzsteel")
    refresh_index()
    assert search("robiola", AnonymousUser(), 5) == []
    settings.EMBEDDING_MODEL = str(fake_model(tmp_path / "tiny"))
    refresh_index()
    forget()
    found = search("robiola", AnonymousUser(), 5)
    assert [f.title for f in found] == ["Zzdairy"]
    assert "modello linguistico" in found[0].reasons[0].words
    settings.EMBEDDING_MODEL = ""  # the index stays, the model is gone: as before
    forget()
    assert search("robiola", AnonymousUser(), 5) == []


def test_language_model_splits_words_as_it_was_taught_and_unknown_ones_say_nothing(tmp_path: Path) -> None:
    from poliedro.matchmaking.runs.embedding import InvalidModel, read_embedding

    model = read_embedding(fake_model(tmp_path / "tiny"))
    whole, split, unknown = model.encode(["Robiola", "robiolas", "xyz"])
    assert whole == pytest.approx([1, 0])
    assert split == pytest.approx(np.array([0.75, 0.25]) / np.hypot(0.75, 0.25))  # mean of (1, 0) and (.5, .5)
    assert unknown == pytest.approx([0, 0])
    with pytest.raises(InvalidModel, match=r"has no model\.safetensors"):
        read_embedding(tmp_path)
    with pytest.raises(InvalidModel, match="'BPE'; only 'WordPiece'"):
        read_embedding(fake_model(tmp_path / "other", "BPE"))


def test_health_of_the_network_counts_what_went_on_and_says_who_kept_silent(client: Client) -> None:
    one, two = cluster("agrifood"), cluster("mesap")
    a, b, c, d, lonely = (organisation(n) for n in ("Alfa", "Beta", "Gamma", "Delta", "Sola"))
    for body, home in ((a, one), (b, one), (c, two), (d, two), (lonely, two)):
        membership(body, home)
    joint("P1", a, b, year=2015)
    joint("P2", b, c, year=2018)
    told, silent = meeting_of(c, d), meeting_of(d, lonely)
    events_.store_result(meeting=told, result="again", by=None)
    assert silent.result == ""  # a meeting of which nobody told ties nobody
    run = refresh_health()
    assert run is not None
    h = run.headline
    assert (h["members"], h["ties"], h["isolates"]) == (5, 3, 1)  # a-b, b-c, c-d; Sola alone
    assert (h["asked"], h["answered"]) == (3, 2)  # c and d told of theirs, Sola of none
    client.force_login(officer("agency_staff"))
    text = client.get("/introductions/network/").content.decode()
    assert "4 di 5 aderenti sono legati a un altro aderente" in text
    assert "2 di 3 aderenti che hanno incontrato altri agli eventi" in text
    client.force_login(delegate_of(a, "delegate.a@test.example"))
    assert client.get("/introductions/network/").status_code == 403
