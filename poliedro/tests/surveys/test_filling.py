"""Filling in, private results, campaigns by link, aggregates: through the client."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from factories import cluster, delegate_of, manager_of, membership, officer, organisation

from poliedro.accounts.models import Consent
from poliedro.audit.models import LogEntry
from poliedro.registry.services.relations import add_contact, set_consents
from poliedro.shared.models import OwnTask, SearchEntry
from poliedro.surveys.models import Answer, Invitation, QuestionnaireVersion, Sheet
from poliedro.surveys.queries.campaigns import aggregates_of, campaign_result
from poliedro.surveys.rules.definition import InvalidAnswer
from poliedro.surveys.services.campaigns import open_campaign, publish_aggregates
from poliedro.surveys.services.sheets import SheetRefused, save_answers, start_assessment, start_invited, submit_sheet

pytestmark = pytest.mark.django_db
EN = {"accept-language": "en"}
CAPACITY = {
    "search": 4, "sources": ["cluster"], "graduates": "few", "share": 2, "combine": 3, "prototype": "always",
    "new_products": "no",
}  # fmt: skip


def version(key: str) -> QuestionnaireVersion:
    return QuestionnaireVersion.objects.get(questionnaire__key=key, version=1)


def handed_in(firm: Any, by: Any, *, at: datetime | None = None, **answers: Any) -> Sheet:
    sheet = start_assessment(organisation=firm, version=version("absorptive-capacity"), by=by)
    save_answers(sheet=sheet, given={**CAPACITY, **answers})
    return submit_sheet(sheet=sheet, by=by, at=at)


def test_firm_fills_in_section_by_section_and_sees_its_private_result(client: Client) -> None:
    firm = organisation("Cantina Prova")
    client.force_login(delegate_of(firm))
    page = client.get("/surveys/", headers=EN).content.decode()
    assert "Absorptive capacity" in page
    start = f"/surveys/start/{firm.pk}/{version('absorptive-capacity').pk}/"
    section = client.post(start, headers=EN, follow=True)
    assert "step 1 of 2" in section.content.decode()
    sheet = Sheet.objects.get()
    here = f"/surveys/{sheet.pk}/1/"
    asked = ["search", "sources", "graduates", "share"]
    wrong = client.post(here, {"asked": asked, "search": "4"}, headers=EN)
    assert wrong.status_code == 422
    assert wrong.content.decode().count("Choose an answer.") == 2
    assert Answer.objects.get().value == 4  # saved all the same
    first = {"asked": asked, **{k: CAPACITY[k] for k in asked}}
    assert client.post(here, first, headers=EN).headers["Location"] == f"/surveys/{sheet.pk}/2/"
    # A choice that opens a branch brings its question, without leaving the page.
    part = client.post(
        f"/surveys/{sheet.pk}/2/", {"asked": ["new_products"], "new_products": "market"},
        headers={**EN, "HX-Request": "true"},
    ).content.decode()  # fmt: skip
    assert "Which part of sales comes from them?" in part
    second = ["combine", "prototype", "new_products"]
    there = client.post(f"/surveys/{sheet.pk}/2/", {"asked": second, **{k: CAPACITY[k] for k in second}}, headers=EN)
    assert there.headers["Location"] == f"/surveys/{sheet.pk}/hand-in/"
    said = client.post(f"/surveys/{sheet.pk}/hand-in/", headers=EN, follow=True).content.decode()
    # acquire (75 + 25) / 2, assimilate (50 + 25) / 2, transform (50 + 100) / 2, exploit 0: mean 40.6
    assert "Absorptive capacity: observer (41 of 100)" in said
    assert "Next step, in your weakest field (Exploit)" in said
    client.post(f"/surveys/{sheet.pk}/keep-step/", headers=EN)
    assert "meeting of the cluster" in OwnTask.objects.get().title


def test_result_is_seen_by_those_who_act_for_the_firm_and_by_nobody_else(client: Client) -> None:
    agrifood, firm = cluster("agrifood"), organisation("Cantina Prova")
    membership(firm, agrifood)
    sheet = handed_in(firm, delegate_of(firm))
    addresses = [f"/surveys/{sheet.pk}/result/", f"/surveys/{sheet.pk}/1/", f"/surveys/{sheet.pk}/hand-in/"]
    others = [
        manager_of(agrifood),
        *(
            officer(f)
            for f in ("funding_officer", "regional_officer", "agency_staff", "coach", "evaluator", "data_steward")
        ),
        officer("auditor"),
        delegate_of(organisation("Another"), "another@test.example"),
    ]
    for person in others:
        client.force_login(person)
        for address in addresses:
            assert client.get(address).status_code == 403, (person, address)
    client.logout()
    assert client.get(addresses[0]).status_code == 302
    for entry in LogEntry.objects.all():
        assert "market" not in str(entry.detail)
        assert "score" not in str(entry.detail)
    assert not SearchEntry.objects.filter(url__contains="survey").exists()


def test_before_and_after_stand_side_by_side(client: Client) -> None:
    firm = organisation("Cantina Prova")
    person = delegate_of(firm)
    handed_in(firm, person, at=timezone.now() - timedelta(days=400))
    after = handed_in(firm, person, new_products="market", sales="much")
    client.force_login(person)
    page = client.get(f"/surveys/{after.pk}/result/", headers=EN).content.decode()
    assert "+25 points since" in page  # exploit from 0 to 100 in one of four fields
    assert "Over time" in page


def test_sheet_handed_in_is_shut_and_an_open_one_is_gone_on_with() -> None:
    firm = organisation()
    person = delegate_of(firm)
    sheet = start_assessment(organisation=firm, version=version("circularity"), by=person)
    assert start_assessment(organisation=firm, version=version("circularity"), by=person) == sheet
    with pytest.raises(SheetRefused, match=r"6 required"):
        submit_sheet(sheet=sheet, by=person)
    with pytest.raises(SheetRefused, match="no question"):
        save_answers(sheet=sheet, given={"nothing": 1})
    with pytest.raises(InvalidAnswer):
        save_answers(sheet=sheet, given={"repairable": 9})
    done = handed_in(firm, person)
    with pytest.raises(SheetRefused, match="was handed in"):
        save_answers(sheet=done, given={"search": 1})


# --- campaigns ----------------------------------------------------------------------------------------------------
@pytest.fixture
def manager() -> Any:
    return manager_of(cluster("agrifood", name="Agrifood"))


def survey(manager: Any, opens: date, closes: date, key: str = "member-satisfaction", name: str = "2026") -> Any:
    return open_campaign(
        cluster=cluster("agrifood"), version=version(key), name=name, opens_on=opens, closes_on=closes,
        groups={"member"}, by=manager,
    )  # fmt: skip


def answer(invitation: Invitation, today: date, *, named: bool = False, **changes: Any) -> Sheet:
    sheet = start_invited(invitation=invitation, today=today)
    given = {"overall": 4, "innovate": "decisive", "partners": "helped", "services": 3, "stay": "yes", **changes}
    save_answers(sheet=sheet, given=given)
    return submit_sheet(sheet=sheet, named=named)


def test_survey_is_answered_by_link_without_an_account(client: Client, manager: Any) -> None:
    membership(organisation("Cantina Prova"), cluster("agrifood"))
    today = timezone.localdate()
    campaign = survey(manager, today, today + timedelta(days=10))
    token = campaign.invitations.get().token
    page = client.get(f"/invitations/{token}/", headers=EN).content.decode()
    assert "Cantina Prova" in page
    assert "No account is needed." in page
    assert not Sheet.objects.exists()  # looking writes nothing
    client.post(f"/invitations/{token}/", headers=EN)
    answers = {"overall": "5", "innovate": "helped", "partners": "no", "services": "4", "stay": "yes"}
    done = client.post(f"/invitations/{token}/1/", {"asked": [*answers, "wish"], **answers}, headers=EN)
    assert done.headers["Location"] == f"/invitations/{token}/hand-in/"
    thanks = client.post(f"/invitations/{token}/hand-in/", headers=EN, follow=True).content.decode()
    assert "your answers have arrived" in thanks
    assert client.get(f"/invitations/{token}/1/").status_code == 302
    assert client.get("/invitations/12:forged/").status_code == 404


def test_campaign_shows_response_while_open_and_weighted_shares_once_closed(client: Client, manager: Any) -> None:
    agrifood = cluster("agrifood")
    for i in range(12):
        membership(organisation(f"Micro {i}", size_class="micro"), agrifood)
    for i in range(6):
        membership(organisation(f"Large {i}", size_class="large"), agrifood)
    opened = timezone.localdate() - timedelta(days=40)
    campaign = survey(manager, opened, opened + timedelta(days=30))
    rows = list(campaign.invitations.order_by("pk"))
    micro, large = [r for r in rows if r.stratum == "micro"], [r for r in rows if r.stratum == "large"]
    for row in micro[:6]:
        answer(row, opened)
    for row in large[:5]:
        answer(row, opened, innovate="no")
    answer(large[5], opened, named=True, innovate="no", wish="More meetings")
    client.force_login(manager)
    page = client.get(f"/surveys/campaigns/{campaign.pk}/", headers=EN).content.decode()
    assert "67% answered (12 of 18)" in page
    found = campaign_result(campaign, timezone.localdate())
    innovate = next(q for q in found.groups[0].questions if q.question.key == "innovate")
    decisive = innovate.options[0].share
    assert decisive.plain == 6 / 12
    assert decisive.weighted == (6 * 12 / 6) / (6 * 12 / 6 + 6 * 6 / 6)  # micro stand for 2 each, large for 1
    assert "Signed answers" in page
    assert "Large 5" in page
    assert "Large 4" not in page
    open_one = campaign_result(campaign, opened)
    assert open_one.groups == []
    client.force_login(officer("regional_officer"))
    page = client.get(f"/surveys/campaigns/{campaign.pk}/", headers=EN).content.decode()
    assert "Signed answers" not in page
    client.force_login(officer("funding_officer"))
    assert client.get(f"/surveys/campaigns/{campaign.pk}/").status_code == 403


def test_change_is_held_against_the_campaign_before(manager: Any) -> None:
    agrifood = cluster("agrifood")
    for i in range(10):
        membership(organisation(f"Firm {i}", size_class="micro"), agrifood)
    first = survey(manager, date(2019, 5, 1), date(2019, 6, 1), name="2019")
    second = survey(manager, date(2020, 5, 1), date(2020, 6, 1), name="2020")
    for row in first.invitations.all():
        answer(row, date(2019, 5, 2), innovate="no", overall=3)
    for position, row in enumerate(second.invitations.all()):
        answer(row, date(2020, 5, 2), innovate="decisive" if position < 5 else "no", overall=5)
    found = campaign_result(second, date(2020, 7, 1))
    assert found.before == first
    by_key = {q.question.key: q for q in found.groups[0].questions}
    assert by_key["innovate"].options[0].change == 0.5
    assert by_key["overall"].change == 0.5  # from 3 to 5 on a scale of 5: (1 - 0.5)


def test_an_answer_that_few_gave_is_hidden_in_the_result_and_in_the_change(client: Client, manager: Any) -> None:
    agrifood = cluster("agrifood")
    for i in range(10):
        membership(organisation(f"Firm {i}", size_class="micro"), agrifood)
    first = survey(manager, date(2019, 5, 1), date(2019, 6, 1), name="2019")
    second = survey(manager, date(2020, 5, 1), date(2020, 6, 1), name="2020")
    for position, row in enumerate(first.invitations.order_by("pk")):
        answer(row, date(2019, 5, 2), innovate="decisive" if position < 1 else "no")
    for row in second.invitations.all():
        answer(row, date(2020, 5, 2), innovate="no")

    def innovate(campaign: Any) -> dict[str, Any]:
        (group,) = campaign_result(campaign, date(2020, 7, 1)).groups
        return {o.key: o for q in group.questions if q.question.key == "innovate" for o in q.options}

    assert [innovate(first)[k].share.weighted for k in ("decisive", "no")] == [None, None]
    assert innovate(second)["no"].share.weighted == 1
    assert [innovate(second)[k].change for k in ("decisive", "no")] == [None, None]
    client.force_login(manager)
    page = client.get(f"/surveys/campaigns/{first.pk}/", headers=EN).content.decode()
    assert "Too few gave each answer for a share to be shown." in page


def test_group_hidden_for_another_gives_no_change_either(manager: Any) -> None:
    agrifood = cluster("agrifood")
    for i in range(6):
        membership(organisation(f"Firm {i}", size_class="micro"), agrifood)
    first = survey(manager, date(2019, 5, 1), date(2019, 6, 1), name="2019")
    second = survey(manager, date(2020, 5, 1), date(2020, 6, 1), name="2020")
    for i in range(2):  # a second group of two: the six members would follow from the total
        Invitation.objects.create(
            campaign=first, group=Invitation.Group.NON_MEMBER, stratum="micro",
            organisation=organisation(f"Other {i}"), invited_on=date(2019, 5, 1),
        )  # fmt: skip
    for row in first.invitations.all():
        answer(row, date(2019, 5, 2), overall=3)
    for row in second.invitations.all():
        answer(row, date(2020, 5, 2), overall=5)
    assert all(g.hidden for g in campaign_result(first, date(2020, 7, 1)).groups)
    (members,) = campaign_result(second, date(2020, 7, 1)).groups
    assert not members.hidden
    assert [q.change for q in members.questions if q.mean] == [None, None]


def test_links_name_an_address_only_where_the_contact_consented(client: Client, manager: Any) -> None:
    agrifood = cluster("agrifood")
    for name, agreed in (("Alpha", True), ("Beta", False)):
        firm = organisation(name)
        membership(firm, agrifood)
        contact = add_contact(
            cluster=agrifood, organisation=firm, name=name, email=f"{name.lower()}@x.example", by=manager, is_main=True
        )
        if agreed:
            set_consents(contact=contact, purposes={"surveys"}, wording="surveys", by=manager)
    assert Consent.objects.count() == 1
    campaign = survey(manager, timezone.localdate(), timezone.localdate())
    client.force_login(manager)
    lines = client.get(f"/surveys/campaigns/{campaign.pk}/links.csv").content.decode()
    assert "alpha@x.example" in lines
    assert "beta@x.example" not in lines
    assert lines.count("/invitations/") == 2


def test_aggregate_appears_from_five_firms_on_and_again_only_after_five_more() -> None:
    agrifood = cluster("agrifood")
    firms = [organisation(f"Firm {i}") for i in range(10)]
    people = []
    for i, firm in enumerate(firms):
        membership(firm, agrifood)
        people.append(delegate_of(firm, f"d{i}@test.example"))
    day = timezone.localdate()
    for firm, person in list(zip(firms, people, strict=True))[:4]:
        handed_in(firm, person)
    assert publish_aggregates(cluster=agrifood, today=day) == 0
    handed_in(firms[4], people[4])
    assert publish_aggregates(cluster=agrifood, today=day) == 1
    assert aggregates_of(agrifood)[0].n == 5
    handed_in(firms[5], people[5], new_products="market", sales="much")
    assert publish_aggregates(cluster=agrifood, today=day) == 0  # one more would tell that one
    for firm, person in list(zip(firms, people, strict=True))[6:]:
        handed_in(firm, person)
    assert publish_aggregates(cluster=agrifood, today=day) == 1
    assert aggregates_of(agrifood)[0].n == 10


def test_manager_opens_a_campaign_reminds_and_follows_up(client: Client, manager: Any) -> None:
    membership(organisation("Cantina Prova"), cluster("agrifood"))
    client.force_login(manager)
    today = timezone.localdate()
    form = {
        "version": str(version("cluster-perception").pk), "name": "Perception", "opens_on": today.isoformat(),
        "closes_on": (today + timedelta(days=7)).isoformat(), "groups": ["member", "own"],
    }  # fmt: skip
    page = client.post("/clusters/agrifood/surveys/", form, headers=EN, follow=True).content.decode()
    assert "0% answered (0 of 2)" in page
    assert "Perception closes soon" in client.get("/today/", headers=EN).content.decode()
    campaign = Invitation.objects.filter(group="own").get().campaign
    page = client.post(f"/surveys/campaigns/{campaign.pk}/remind/", headers=EN, follow=True).content.decode()
    assert "2 reminded" in page
    follow = {"text": "Open day", "due_on": today.isoformat()}
    client.post(f"/surveys/campaigns/{campaign.pk}/", follow, headers=EN)
    assert "Open day" in client.get("/today/", headers=EN).content.decode()
    client.post(f"/surveys/follow-ups/{campaign.follow_ups.get().pk}/done/", headers=EN)
    assert "Open day" not in client.get("/today/", headers=EN).content.decode()
