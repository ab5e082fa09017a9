"""Data campaigns from the region's question to the published figure."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone, translation
from factories import cluster, manager_of, membership, officer, organisation
from hypothesis import given
from hypothesis import strategies as st

from poliedro.monitoring.models import CampaignAnswer, CampaignReply, DataCampaign
from poliedro.monitoring.queries.campaigns import progress, register_values
from poliedro.monitoring.rules.campaigns import CampaignRefused, change, check_answer, disagrees, read_number
from poliedro.monitoring.services.campaigns import (
    chase,
    chase_due,
    close_campaign,
    create_campaign,
    open_campaign,
    return_reply,
    save_answers,
    sign_reply,
)
from poliedro.registry.models import DataQualityFinding, ReportedFigure
from poliedro.shared.templatetags.poliedro import source_words

ENGLISH = {"accept-language": "en"}


def asked(
    *clusters: Any, by: Any, figures: tuple[str, ...] = ("firms-per-cluster", "revenue"), **fields: Any
) -> DataCampaign:
    made = create_campaign(
        title={"en": "Yearly figures"},
        year=2020,
        figures=figures,
        clusters=list(clusters),
        opens_on=date(2021, 1, 10),
        due_on=fields.pop("due_on", date(2021, 2, 28)),
        by=by,
        **fields,
    )
    return open_campaign(campaign=made, by=by)


@pytest.fixture
def scene(db: None) -> Any:
    """A cluster with twelve firms, its manager, the region."""
    found = cluster("agrifood")
    for i in range(12):
        membership(organisation(f"Alfa {i} S.r.l."), found)
    return found, manager_of(found), officer("regional_officer")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1.234,5", "1234.5"),
        ("1,234.5", "1234.5"),
        ("1 234", "1234"),
        ("12,5", "12.5"),
        ("1.234.567", "1234567"),
        ("-3", "-3"),
    ],
)
def test_numbers_are_read_as_people_write_them(text: str, value: str) -> None:
    assert read_number(text) == Decimal(value)


@given(st.decimals(min_value=0, max_value=10**9, places=2))
def test_a_number_written_in_italian_or_english_reads_as_itself(value: Decimal) -> None:
    english = f"{value:,.2f}"
    assert read_number(english) == value
    assert read_number(english.replace(",", " ").replace(".", ",")) == value


def test_each_problem_names_row_value_and_remedy() -> None:
    given: dict[str, Any] = {"before": Decimal(100), "threshold": 0.25, "explanation": "", "required": True}
    assert [p.problem for p in check_answer("members", "many", **given)[1]] == ["no_number"]
    assert [p.problem for p in check_answer("members", "", **given)[1]] == ["missing"]
    assert [p.problem for p in check_answer("members", "100,5", **given)[1]] == ["not_whole"]
    assert [p.problem for p in check_answer("erdf-share", "120", **given)[1]] == ["too_large"]
    (jump,) = check_answer("members", "130", **given)[1]
    assert (jump.problem, jump.value, jump.remedy, jump.detail) == ("unexplained", "130", "explain", "+30%")
    assert check_answer("members", "130", **{**given, "explanation": "Two poles merged into it."})[1] == []
    assert check_answer("members", "125", **given)[1] == []  # exactly the threshold
    assert change(Decimal(5), Decimal(0)) is None
    assert disagrees(Decimal(12), Decimal(11), whole=True)
    assert not disagrees(Decimal("100.5"), Decimal(100), whole=False)


@pytest.mark.django_db
def test_the_register_says_what_it_holds_and_what_it_does_not(scene: Any) -> None:
    found, _manager, _region = scene
    held = register_values([found], 2020)[found.pk]
    assert held["firms-per-cluster"] == 12
    assert held["entries"] == 0
    assert held["revenue"] is None


@pytest.mark.django_db(transaction=True)
def test_from_question_to_signed_fact_with_a_finding_where_the_register_disagrees() -> None:
    found = cluster("agrifood")
    for i in range(12):
        membership(organisation(f"Alfa {i} S.r.l."), found)
    manager, region = manager_of(found), officer("regional_officer")
    campaign = asked(found, by=region)
    assert [m.to for m in mail.outbox] == [["manager@test.example"]]
    reply = campaign.replies.get()
    prefilled = {a.figure.indicator: a for a in reply.answers.all()}
    assert prefilled["firms-per-cluster"].register == 12
    assert prefilled["firms-per-cluster"].last_year == 12

    wrong = save_answers(
        reply=reply, given={"firms-per-cluster": ("20", ""), "revenue": ("abc", "")}, submit=True, by=manager
    )
    assert [(p.figure, p.problem) for p in wrong] == [("firms-per-cluster", "unexplained"), ("revenue", "no_number")]
    assert reply.state == "started"
    good = {"firms-per-cluster": ("14", ""), "revenue": ("520.000,00", "")}
    assert save_answers(reply=reply, given=good, submit=True, by=manager) == []
    with pytest.raises(CampaignRefused, match="stays as it is"):
        save_answers(reply=reply, given=good, submit=False, by=manager)
    with pytest.raises(CampaignRefused, match="sign or return them first"):
        close_campaign(campaign=campaign, by=region)
    return_reply(reply=reply, note="Count the two that left.", by=region)
    assert save_answers(reply=reply, given=good, submit=True, by=manager) == []

    facts = sign_reply(reply=reply, by=region)
    assert {(f.indicator, f.value, f.period, f.source.name) for f in facts} == {
        ("firms-per-cluster", 14.0, "2020", "Yearly figures, 2020"),
        ("revenue", 520_000.0, "2020", "Yearly figures, 2020"),
    }
    finding = DataQualityFinding.objects.get(kind="campaign-disagrees")
    assert [s["value"] for s in finding.sides] == [14.0, 12.0]
    assert CampaignAnswer.objects.get(figure__indicator="revenue").fact == facts[1]
    assert progress(campaign).rate == 1.0
    close_campaign(campaign=campaign, by=region)

    # the year after, last year is what both signed
    later = create_campaign(
        title={"en": "Yearly figures"}, year=2021, figures=["firms-per-cluster"], clusters=[found],
        opens_on=date(2022, 1, 1), due_on=date(2022, 2, 1), by=region,
    )  # fmt: skip
    open_campaign(campaign=later, by=region)
    assert later.replies.get().answers.get().last_year == 14


@pytest.mark.django_db(transaction=True)
def test_who_has_not_answered_is_chased_a_week_before_on_the_day_and_every_week_after() -> None:
    found = cluster("agrifood")
    manager_of(found)
    region = officer("regional_officer")
    campaign = asked(found, by=region, due_on=date(2021, 2, 28))
    mail.outbox.clear()
    due = date(2021, 2, 28)
    assert chase_due(due - timedelta(days=8)) == "0 reminders"
    assert chase_due(due - timedelta(days=7)) == "1 reminders"
    assert chase_due(due - timedelta(days=7)) == "0 reminders"  # twice on one day does no harm
    assert chase_due(due) == "1 reminders"
    assert chase_due(due + timedelta(days=3)) == "0 reminders"
    assert chase_due(due + timedelta(days=7)) == "1 reminders"
    assert len(mail.outbox) == 3
    assert chase(campaign=campaign, by=region) == 1


@pytest.mark.django_db
def test_a_draft_is_not_answered_chased_or_closed(scene: Any) -> None:
    found, manager, region = scene
    draft = create_campaign(
        title={"en": "Draft"}, year=2020, figures=["members"], clusters=[found], opens_on=date(2021, 1, 1),
        due_on=date(2021, 2, 1), by=region,
    )  # fmt: skip
    with pytest.raises(CampaignRefused):
        save_answers(reply=draft.replies.get(), given={}, submit=False, by=manager)
    with pytest.raises(CampaignRefused):
        chase(campaign=draft, by=region)
    with pytest.raises(CampaignRefused):
        close_campaign(campaign=draft, by=region)
    with pytest.raises(CampaignRefused, match="choose one or more"):
        create_campaign(
            title={"en": "None"}, year=2020, figures=[], clusters=[found], opens_on=date(2021, 1, 1),
            due_on=date(2021, 2, 1), by=region,
        )  # fmt: skip


@pytest.mark.django_db
def test_pages_of_region_and_manager_and_the_public_way_to_the_answer(client: Client, scene: Any) -> None:
    _found, manager, region = scene
    other = manager_of(cluster("mesap"), "other@test.example")
    client.force_login(region)
    answer = client.post(
        "/cockpit/campaigns/new/",
        {
            "title_en": "Figures of 2020",
            "year": 2020,
            "opens_on": "2021-01-10",
            "due_on": "2021-02-28",
            "threshold": 25,
            "figures": ["firms-per-cluster"],
            "clusters": ["agrifood"],
        },
    )
    assert answer.status_code == 302
    board = answer["Location"]
    client.post(f"{board}open/")
    client.force_login(other)
    form = "/clusters/agrifood/campaigns/2020-figures-of-2020/"
    assert client.get(form).status_code == 403
    client.force_login(manager)
    assert "Figures of 2020" in client.get("/today/", headers=ENGLISH).content.decode()
    page = client.get(form, headers=ENGLISH).content.decode()
    assert "Last year: 12. The register holds: 12." in page
    refused = client.post(form, {"value_firms-per-cluster": "40", "submit": "1"}, headers=ENGLISH)
    assert refused.status_code == 422
    assert "Say in a sentence why it changed (+233%)." in refused.content.decode()
    assert client.post(form, {"value_firms-per-cluster": "13", "submit": "1"}).status_code == 302
    client.force_login(region)
    assert "Check and sign" in client.get(board, headers=ENGLISH).content.decode()
    assert client.post(f"{board}agrifood/", {"sign": "1"}).status_code == 302
    figure = ReportedFigure.objects.get(indicator="firms-per-cluster")
    client.logout()
    public = client.get(f"/answers/{figure.campaign_answer.pk}/", headers=ENGLISH).content.decode()
    assert "signed by the cluster" in public
    assert f"/answers/{figure.campaign_answer.pk}/" in client.get("/tables/", headers=ENGLISH).content.decode()


@pytest.mark.django_db
def test_an_answer_that_is_not_signed_is_not_public(client: Client, scene: Any) -> None:
    found, _manager, region = scene
    campaign = asked(found, by=region)
    pk = campaign.replies.get().answers.first().pk
    assert client.get(f"/answers/{pk}/").status_code == 404
    assert CampaignReply.objects.filter(state="asked", submitted_at=None).exists()
    assert timezone.now() > campaign.created_at


def test_questions_in_words_are_prefilled_with_last_year_and_no_reply_goes_in_without_them(
    scene: Any, client: Client
) -> None:
    found, manager, region = scene
    question = "What do small firms ask for?"
    first = asked(found, by=region, figures=("members",), questions=[question, " ", question])
    reply = CampaignReply.objects.get(campaign=first)
    [row] = reply.texts.all()
    save_answers(
        reply=reply, given={"members": ("12", "as in the register")}, submit=True, by=manager,
        texts={row.question_id: "A first project"},
    )  # fmt: skip
    sign_reply(reply=reply, by=region)
    second = create_campaign(
        title={"en": "Next"}, year=2021, figures=["members"], clusters=[found], opens_on=date(2022, 1, 1),
        due_on=date(2022, 2, 1), by=region, questions=[question, "And what else?"],
    )  # fmt: skip
    open_campaign(campaign=second, by=region)
    client.force_login(manager)
    address = f"/clusters/agrifood/campaigns/{second.key}/"
    page = client.get(address, headers=ENGLISH).content.decode()
    assert "A first project</textarea>" in page
    old, new = CampaignReply.objects.get(campaign=second).texts.order_by("question__position")
    given = {"value_members": "12", "why_members": "", f"text_{old.question_id}": "Money", "submit": "1"}
    wrong = client.post(address, {**given, f"text_{new.question_id}": " "}, headers=ENGLISH)
    assert wrong.status_code == 422
    assert "Answer in a sentence or two." in wrong.content.decode()
    client.post(address, {**given, f"text_{new.question_id}": "Time"}, headers=ENGLISH)
    assert CampaignReply.objects.get(campaign=second).state == "submitted"
    client.force_login(region)
    for where in (f"/cockpit/campaigns/{second.key}/", f"/cockpit/campaigns/{second.key}/agrifood/"):
        page = client.get(where, headers=ENGLISH).content.decode()
        assert "Money" in page
        assert "Time" in page


def test_campaign_form_takes_one_question_a_line(client: Client, scene: Any) -> None:
    _found, _manager, region = scene
    client.force_login(region)
    form = {
        "title_it": "Words", "year": "2020", "opens_on": "2021-01-01", "due_on": "2021-02-01", "threshold": "25",
        "figures": ["members"], "clusters": ["agrifood"], "questions": "First?\r\n\r\nSecond?",
    }  # fmt: skip
    client.post("/cockpit/campaigns/new/", form, headers=ENGLISH)
    assert list(DataCampaign.objects.get().questions.values_list("text", flat=True)) == ["First?", "Second?"]
    long = client.post("/cockpit/campaigns/new/", {**form, "questions": "x" * 301}, headers=ENGLISH)
    assert long.status_code == 422


@pytest.mark.django_db
def test_title_in_two_languages_is_told_in_the_readers_and_so_is_the_source(client: Client, scene: Any) -> None:
    found, manager, region = scene
    client.force_login(region)
    client.post(
        "/cockpit/campaigns/new/",
        {
            "title_it": "Dati; dei poli", "title_en": "Figures, of the clusters", "year": 2020,
            "opens_on": "2021-01-01", "due_on": "2021-02-01", "threshold": 25, "figures": ["members"],
            "clusters": ["agrifood"], "instructions_en": "As of December.",
        },
    )  # fmt: skip
    made = DataCampaign.objects.get()
    assert made.key == "2020-dati-dei-poli"
    open_campaign(campaign=made, by=region)
    client.force_login(manager)
    form = f"/clusters/{found.key}/campaigns/{made.key}/"
    page = {code: client.get(form, headers={"accept-language": code}).content.decode() for code in ("it", "en")}
    assert "Dati; dei poli" in page["it"]
    assert "Figures, of the clusters" in page["en"]
    assert "As of December." in page["it"], "nobody wrote it in Italian"
    sources = {code: client.get("/sources/", headers={"accept-language": code}).content.decode() for code in page}
    assert "Dati, dei poli, 2020<" in sources["it"]
    assert ">Figures, of the clusters, 2020<" in sources["en"]
    assert made.source is not None
    with translation.override("en"):
        several = f"{made.source.name}; ISTAT"
        assert source_words(several) == "Figures, of the clusters, 2020; ISTAT"
    assert made.source.name == "Dati, dei poli, 2020 | Figures, of the clusters, 2020"


@pytest.mark.django_db
def test_title_in_one_language_is_enough_and_none_is_refused(client: Client, scene: Any) -> None:
    _found, _manager, region = scene
    client.force_login(region)
    form = {
        "year": "2020", "opens_on": "2021-01-01", "due_on": "2021-02-01", "threshold": "25", "figures": ["members"],
        "clusters": ["agrifood"],
    }  # fmt: skip
    refused = client.post("/cockpit/campaigns/new/", form, headers=ENGLISH)
    assert refused.status_code == 422
    assert "Write a title, in Italian, English or both." in refused.content.decode()
    client.post("/cockpit/campaigns/new/", {**form, "title_en": "Only English"})
    made = DataCampaign.objects.get()
    for code in ("it", "en"):
        with translation.override(code):
            assert made.called == "Only English"


@pytest.mark.django_db
def test_closing_stands_after_who_answered_and_says_what_it_leaves_out(client: Client, scene: Any) -> None:
    found, _manager, region = scene
    made = asked(found, by=region)
    client.force_login(region)
    page = client.get(f"/cockpit/campaigns/{made.key}/", headers=ENGLISH).content.decode()
    said = "Closing it leaves out 1 cluster whose answer is not signed (see above)."
    assert page.index("Who answered") < page.index(said) < page.index(">Close it<")
