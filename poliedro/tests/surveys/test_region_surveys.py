"""The region asks over all clusters, each organisation once; letters go out and again, to those who said yes alone."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone
from factories import cluster, manager_of, membership, officer, organisation

from poliedro.registry.rules.permissions import NotPermitted
from poliedro.registry.services.relations import add_contact, set_consents
from poliedro.surveys.models import Campaign, Invitation, QuestionnaireVersion
from poliedro.surveys.queries.campaigns import campaign_result
from poliedro.surveys.queries.todos import survey_todos
from poliedro.surveys.services.campaigns import open_campaign, open_region_campaign, remind_unanswered, write_due
from poliedro.surveys.services.sheets import save_answers, start_invited, submit_sheet

pytestmark = pytest.mark.django_db
EN = {"accept-language": "en"}
ANSWERS = {"overall": 4, "innovate": "decisive", "partners": "helped", "services": 3, "stay": "yes"}


def version(key: str = "member-satisfaction") -> QuestionnaireVersion:
    return QuestionnaireVersion.objects.get(questionnaire__key=key, version=1)


def firm_with_address(name: str, *keys: str, agreed: bool = True) -> Any:
    """A member of those clusters, with a main contact in the first of them who said yes to surveys, or did not."""
    firm = organisation(name, size_class="micro")
    for key in keys:
        membership(firm, cluster(key))
    by = manager_of(cluster(keys[0]), f"{name}@manager.example".lower())
    contact = add_contact(
        cluster=cluster(keys[0]), organisation=firm, name=name, email=f"{name}@x.example".lower(), by=by, is_main=True
    )
    if agreed:
        set_consents(contact=contact, purposes={"surveys"}, wording="surveys", by=by)
    return firm


def asked(by: Any, opens: date, closes: date, *groups: str) -> Campaign:
    return open_region_campaign(
        version=version(), name="Region 2026", opens_on=opens, closes_on=closes, groups=set(groups or ("member",)),
        by=by,
    )  # fmt: skip


def test_firm_in_two_clusters_is_asked_once_and_bodies_of_research_apart() -> None:
    firm_with_address("Alpha", "agrifood", "ict")
    membership(organisation("Beta"), cluster("ict"))
    membership(organisation("Ateneo", kind="university"), cluster("ict"))
    day = timezone.localdate()
    campaign = asked(officer("regional_officer"), day, day)
    assert sorted(campaign.invitations.values_list("organisation__name", "group")) == [
        ("Alpha", "member"),
        ("Beta", "member"),
    ]


def test_only_region_and_agency_open_one_and_its_page_shows_no_single_answer(client: Client) -> None:
    for i in range(6):
        membership(organisation(f"Firm {i}", size_class="micro"), cluster("agrifood" if i < 3 else "ict"))
    region, manager = officer("regional_officer"), manager_of(cluster("agrifood"))
    day = timezone.localdate()
    for who in (manager, officer("evaluator"), officer("funding_officer")):
        with pytest.raises(NotPermitted):
            asked(who, day, day)
    campaign = asked(region, day - timedelta(days=20), day - timedelta(days=1))
    for row in campaign.invitations.all():
        sheet = start_invited(invitation=row, today=campaign.opens_on)
        save_answers(sheet=sheet, given={**ANSWERS, "wish": "More meetings"})
        submit_sheet(sheet=sheet, named=True)
    address = f"/cockpit/surveys/{campaign.pk}/"
    client.force_login(region)
    page = client.get(address, headers=EN).content.decode()
    assert "100% answered (6 of 6)" in page
    assert "Signed answers" not in page
    assert "Firm 0" not in page
    assert client.get(f"/surveys/campaigns/{campaign.pk}/links.csv").status_code == 404
    found = campaign_result(campaign, day)
    innovate = next(q for q in found.groups[0].questions if q.question.key == "innovate")
    assert innovate.options[0].share.weighted == 1
    client.force_login(manager)
    assert client.get(address).status_code == 403
    assert client.get("/cockpit/surveys/").status_code == 403


def test_answer_by_link_cannot_be_signed_where_no_cluster_asks(client: Client) -> None:
    membership(organisation("Firm"), cluster("agrifood"))
    day = timezone.localdate()
    token = asked(officer("regional_officer"), day, day).invitations.get().token
    page = client.get(f"/invitations/{token}/", headers=EN).content.decode()
    assert "Nobody reads single answers." in page
    client.post(f"/invitations/{token}/", headers=EN)
    given = {k: str(v) for k, v in ANSWERS.items()}
    client.post(f"/invitations/{token}/1/", {"asked": [*given, "wish"], **given}, headers=EN)
    page = client.get(f"/invitations/{token}/hand-in/", headers=EN).content.decode()
    assert 'name="named"' not in page


def test_letters_go_to_those_who_said_yes_once_at_opening_and_once_a_week_before_the_end(
    django_capture_on_commit_callbacks: Any,
) -> None:
    firm_with_address("Alpha", "agrifood")
    firm_with_address("Beta", "agrifood", agreed=False)
    manager = manager_of(cluster("agrifood"))
    today = timezone.localdate()
    with django_capture_on_commit_callbacks(execute=True):
        campaign = open_campaign(
            cluster=cluster("agrifood"), version=version(), name="2026", opens_on=today,
            closes_on=today + timedelta(days=20), groups={"member"}, by=manager,
        )  # fmt: skip
    assert [m.to for m in mail.outbox] == [["alpha@x.example"]]
    invitation = Invitation.objects.exclude(email="").get()
    assert f"/invitations/{invitation.token}/" in mail.outbox[0].body
    with django_capture_on_commit_callbacks(execute=True):
        assert write_due(today + timedelta(days=5)) == "0 invitations and 0 reminders written"
        assert write_due(today + timedelta(days=13)) == "0 invitations and 1 reminders written"
        assert write_due(today + timedelta(days=14)) == "0 invitations and 0 reminders written"
    assert len(mail.outbox) == 2
    sheet = start_invited(invitation=invitation, today=today)
    save_answers(sheet=sheet, given=ANSWERS)
    submit_sheet(sheet=sheet)
    with django_capture_on_commit_callbacks(execute=True):
        assert remind_unanswered(campaign=campaign, on=today, by=manager) == 1  # Beta, who has no address here
    assert len(mail.outbox) == 2


def test_letters_of_a_campaign_to_come_wait_for_its_first_day(django_capture_on_commit_callbacks: Any) -> None:
    firm_with_address("Alpha", "agrifood")
    today = timezone.localdate()
    with django_capture_on_commit_callbacks(execute=True):
        asked(officer("regional_officer"), today + timedelta(days=3), today + timedelta(days=30))
    assert mail.outbox == []
    with django_capture_on_commit_callbacks(execute=True):
        assert write_due(today + timedelta(days=3)) == "1 invitations and 0 reminders written"
    assert [m.to for m in mail.outbox] == [["alpha@x.example"]]


def test_officer_opens_one_reminds_and_follows_up(client: Client) -> None:
    membership(organisation("Cantina Prova"), cluster("agrifood"))
    region, today = officer("regional_officer"), timezone.localdate()
    client.force_login(region)
    assert "/cockpit/surveys/" in client.get("/today/", headers=EN).content.decode()
    form = {
        "version": str(version().pk), "name": "All firms", "opens_on": today.isoformat(),
        "closes_on": (today + timedelta(days=7)).isoformat(), "groups": ["member"],
    }  # fmt: skip
    page = client.post("/cockpit/surveys/", form, headers=EN, follow=True).content.decode()
    assert "0% answered (0 of 1)" in page
    campaign = Campaign.objects.get()
    page = client.post(f"/cockpit/surveys/{campaign.pk}/remind/", headers=EN, follow=True).content.decode()
    assert "1 reminded" in page
    client.post(f"/cockpit/surveys/{campaign.pk}/", {"text": "Talk to them", "due_on": today.isoformat()}, headers=EN)
    keys = {t.key.split(":")[0] for t in survey_todos(region, today)}
    assert keys == {"surveys.campaign", "surveys.follow_up"}
    client.post(f"/cockpit/surveys/follow-ups/{campaign.follow_ups.get().pk}/done/")
    assert "surveys.follow_up" not in {t.key.split(":")[0] for t in survey_todos(region, today)}
