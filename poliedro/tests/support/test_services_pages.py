"""Pages of services: what a firm, a manager, the agency and the region see and may do."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from factories import cluster, delegate_of, manager_of, membership, officer, organisation, user
from services_made import SITE, member_asks, package, service

from poliedro.registry.models import Delivery
from poliedro.support.models import Case, Request, Service
from poliedro.support.services.letters import token_of
from poliedro.support.services.requests import open_case

pytestmark = pytest.mark.django_db
ENGLISH = {"accept-language": "en"}


def text(client: Client, address: str, **data: Any) -> str:
    answer = client.get(address, data, headers=ENGLISH)
    assert answer.status_code == 200, f"{address} answers {answer.status_code}"
    return answer.content.decode()


def post(client: Client, address: str, **data: Any) -> str:
    answer = client.post(address, data, headers=ENGLISH, follow=True)
    assert answer.status_code == 200, f"{address} answers {answer.status_code}"
    return answer.content.decode()


def test_catalogue_is_public_and_narrows_by_what_is_chosen(client: Client) -> None:
    service(name_it="Reparto snello", name_en="Lean floor")
    service(cluster("ict"), name_it="Progetto R&S", name_en="Loom project", kind="project_development", is_rd=True)
    page = text(client, "/services/")
    assert "2 services to ask for, 1 without R&amp;D" in page
    assert "EUR 250" in page
    only = text(client, "/services/", rd="other")
    assert "Lean floor" in only
    assert "Loom project" not in only
    assert "No service matches" in text(client, "/services/", q="zzz")
    assert "1 service, 1 without" in text(client, "/clusters/agrifood/services/")
    assert client.get("/clusters/nowhere/services/").status_code == 404


def test_service_page_says_price_audience_promise_and_checklist(client: Client) -> None:
    held = service(checklist=[{"it": "Raccogliere", "en": "Collect the accounts", "hours": "2"}], answer_days=5)
    page = text(client, f"/services/{held.pk}/")
    assert "within 5 working days" in page
    assert "micro and small firms, medium firms" in page
    assert "Collect the accounts" in page
    assert "about 2 h in all" in page


def test_package_page_names_each_partner(client: Client) -> None:
    page = text(client, f"/services/packages/{package().pk}/")
    assert "given by Politecnico Prova" in page
    assert "EUR 360" in page  # (100 + 300) x .9


def test_plan_begins_with_an_easy_step_and_says_why(client: Client) -> None:
    service(name_en="Lean floor", tier="first_step", members_eur=Decimal(0), others_eur=Decimal(0))
    asked = {"audience": "micro_small", "wants": "process", "capacity": "nobody"}
    page = text(client, "/services/plan/", **asked)
    assert "Begin with: Lean floor" in page
    assert "short and easy to begin with" in page
    assert "No service renews that yet" in text(client, "/services/plan/", **{**asked, "wants": "design"})


def fields(**changes: Any) -> dict[str, Any]:
    return {
        "text": "Help us",
        "firm_name": "Officine Rossi",
        "contact_name": "Ada",
        "email": "ada@firm.test",
        "privacy": "on",
        **changes,
    }


def test_firm_without_account_asks_confirms_and_follows(
    client: Client, django_capture_on_commit_callbacks: Any
) -> None:
    held = service()
    assert "consent" not in post(client, f"/services/{held.pk}/ask/", **fields(privacy=""))
    assert Request.objects.count() == 0
    with django_capture_on_commit_callbacks(execute=True):
        assert "One more step" in post(client, f"/services/{held.pk}/ask/", **fields())
    link = next(w for w in mail.outbox[0].body.split() if "/services/asked/" in w).removeprefix("http://testserver")
    assert "Confirm that it was you" in text(client, link)
    assert Request.objects.get().state == "unconfirmed"  # reading the page confirms nothing
    assert "You have an answer by" in post(client, link, action="confirm")
    assert "withdrawn" in post(client, link, action="withdraw")
    assert client.get("/services/asked/made-up/").status_code == 404


def test_trapped_robot_leaves_nothing(client: Client) -> None:
    post(client, f"/services/{service().pk}/ask/", **fields(website="https://spam.test"))
    assert not Request.objects.exists()


def test_sixth_request_in_an_hour_is_refused_with_words(client: Client) -> None:
    held = service()
    for n in range(5):
        post(client, f"/services/{held.pk}/ask/", **fields(email=f"{n}@firm.test"))
    assert "Too many requests came from here" in post(client, f"/services/{held.pk}/ask/", **fields())
    assert Request.objects.count() == 5


def test_delegate_asks_without_typing_what_the_register_knows(client: Client) -> None:
    held, firm = service(), organisation("Alfa S.r.l.", size_class="small")
    membership(firm, cluster("agrifood"))
    client.force_login(delegate_of(firm))
    page = text(client, f"/services/{held.pk}/ask/")
    assert "Price for you: EUR 100" in page
    assert 'name="email"' not in page
    assert "You have an answer by" in post(client, f"/services/{held.pk}/ask/", text="Help", organisation=firm.pk)
    made = Request.objects.get()
    assert (made.organisation, made.size_class, made.state) == (firm, "small", "waiting")
    assert "Alfa S.r.l." in text(client, "/services/mine/")


def test_need_that_nobody_offers_reaches_the_cluster_or_the_agency(client: Client) -> None:
    cluster("agrifood")
    post(client, "/services/something-else/", **fields(kind="laboratory", cluster="agrifood"))
    post(client, "/services/something-else/", **fields(kind="laboratory", cluster=""))
    assert [r.cluster and r.cluster.key for r in Request.objects.order_by("pk")] == ["agrifood", None]


def opened(held: Service | None = None, **changes: Any) -> Case:
    asked = member_asks(held)
    return open_case(request=asked, text="We come", on=timezone.localdate(), by=None, site=SITE, **changes)


@pytest.mark.parametrize("action", ["", "note/"])
def test_cases_are_for_the_cluster_s_manager_and_the_agency(client: Client, action: str) -> None:
    held = opened()
    for person, status in (
        (manager_of(cluster("agrifood")), 200),
        (manager_of(cluster("ict"), "other@test.example"), 403),
        (officer("agency_staff"), 200),
        (officer("regional_officer"), 403),
        (officer("funding_officer"), 403),
        (delegate_of(held.organisation), 403),  # type: ignore[arg-type]
        (user("nobody@test.example"), 403),
    ):
        client.force_login(person)
        address = f"/services/cases/{held.pk}/{action}"
        data = {"note-text": "A note"}
        answer = client.post(address, data, follow=True) if action else client.get(address)
        assert answer.status_code == status, person


def test_manager_leads_a_case_to_its_close(client: Client) -> None:
    held = service()
    asked = member_asks(held)
    client.force_login(manager_of(cluster("agrifood")))
    assert "1 request waits for an answer" in text(client, "/clusters/agrifood/services/desk/")
    assert "Help us" in text(client, f"/services/requests/{asked.pk}/")
    page = post(client, f"/services/requests/{asked.pk}/open/", **{"open-text": "We come"})
    assert "No service was given: record one" in page
    case = Case.objects.get()
    step, file = case.steps.get(), f"/services/cases/{case.pk}/"
    today = timezone.localdate()
    deliver = {f"deliver-{step.pk}-on": today, f"deliver-{step.pk}-hours": "6", "step": step.pk}
    empty = post(client, f"{file}deliver/", **deliver)
    assert "Something needs correcting" in empty
    assert empty.count("Say in a line what came of it.") == 2, "in the summary and at the field"
    assert "novalidate" in empty, "a browser that keeps the form back would show a bubble that goes by itself"
    page = post(client, f"{file}deliver/", **deliver, **{f"deliver-{step.pk}-result": "Three changes"})
    assert "Three changes" in page
    assert "A service was given" not in page
    later = {"outcome-result": "tried", "outcome-follow_up_on": today + timedelta(days=90)}
    assert "Ask the firm for its feedback" in post(client, f"{file}outcome/", **later)
    assert "has not answered; it has 14 days and is reminded twice" in post(client, f"{file}ask-feedback/")
    assert "has not answered; it has 14 days and is reminded twice" in post(
        client, f"{file}close/"
    )  # refused, with the reason
    asker = Client()
    link = f"/services/asked/{token_of(asked)}/"
    answer = {"action": "feedback", "usefulness": "5", "promptness": "4", "would_return": "yes", "text": "Grazie"}
    assert "Your answer reaches those" in post(asker, link, **answer)
    assert "Grazie" in text(client, file)
    assert "You are reminded on the day" in post(client, f"{file}close/")
    assert Case.objects.get().state == "closed"
    assert Delivery.objects.get().hours == 6


def test_manager_adds_changes_and_ends_a_service(client: Client) -> None:
    client.force_login(manager_of(cluster("agrifood")))
    body = organisation("Ente", kind="management_body")
    from poliedro.registry.models import ManagementOrganisation

    ManagementOrganisation.objects.create(organisation=body)
    data = {
        "kind": "management",
        "name_it": "Riordino",
        "description_it": "Reparto in ordine.",
        "innovation": "process",
        "tier": "first_step",
        "provider": body.pk,
        "members_eur": "0",
        "unit": "once",
        "answer_days": "2",
        "checklist": "Guardare; 1,5\nProvare",
        "priority": "4",
    }
    page = post(client, "/clusters/agrifood/services/keep/new/", **{**data, "checklist": "Guardare; molte"})
    assert "molte are no hours" in page
    assert "Riordino" in post(client, "/clusters/agrifood/services/keep/new/", **data)
    held = Service.objects.get()
    assert [line["hours"] for line in held.checklist] == ["1.5", None]
    assert "Guardare; 1.5" in text(client, f"/services/{held.pk}/edit/")
    assert "Riordino rapido" in post(client, f"/services/{held.pk}/edit/", **{**data, "name_it": "Riordino rapido"})
    assert "No longer offered" in post(client, f"/services/{held.pk}/end/")
    client.force_login(manager_of(cluster("ict"), "other@test.example"))
    assert client.get(f"/services/{held.pk}/edit/").status_code == 403


def delivered(n: int, kind: str = "management") -> None:
    provider = organisation("Ente", kind="management_body")
    for i in range(n):
        Delivery.objects.create(
            provider=provider, client=organisation(f"=Firm {i}", size_class="micro"), cluster=cluster("agrifood"),
            service=kind, delivered_on="2025-05-01", source=provider.source, certainty="reported",
        )  # fmt: skip


def test_use_is_for_manager_agency_and_region_and_its_file_holds_no_formula(client: Client) -> None:
    delivered(3)
    address = "/clusters/agrifood/services/use/"
    for person, status in (
        (officer("agency_staff"), 200),
        (officer("regional_officer"), 200),
        (officer("funding_officer"), 403),
        (manager_of(cluster("ict"), "other@test.example"), 403),
        (manager_of(cluster("agrifood")), 200),
    ):
        client.force_login(person)
        assert client.get(address).status_code == status, person
        assert client.get("/services/use/").status_code == (
            200 if status == 200 and "manager" not in person.email else 403
        )
    assert "3 services to 3 clients in 2025, 100% of them to micro and small ones" in text(client, address)
    rows = client.get(f"{address}?format=csv").content.decode("utf-8-sig").splitlines()
    assert len(rows) == 1 + 3
    assert "'=Firm" in rows[1]


def test_unmet_demand_shows_reasons(client: Client) -> None:
    client.force_login(manager_of(cluster("agrifood")))
    assert "nobody has asked for anything yet" in text(client, "/clusters/agrifood/services/unmet/")
    asked = member_asks()
    form = {"decline-reason": "no_capacity", "decline-text": "Sorry"}
    post(client, f"/services/requests/{asked.pk}/decline/", **form)
    page = text(client, "/clusters/agrifood/services/unmet/")
    assert "1 request of 1 was not met" in page
    assert "no capacity in time" in page


LIMITS = {
    "/services/": 14,
    "/clusters/agrifood/services/": 16,
    "/clusters/agrifood/services/desk/": 16,
    "/clusters/agrifood/services/use/": 20,
    "/clusters/agrifood/services/unmet/": 20,
    "/services/mine/": 12,
}


def test_number_of_queries_does_not_grow_with_services_and_cases(client: Client) -> None:
    client.force_login(manager_of(cluster("agrifood")))

    def grow(n: int) -> None:
        for _ in range(n):
            held = service()
            opened(held)
            member_asks(held)
        delivered(n)

    def asked(address: str) -> int:
        client.get(address)
        with CaptureQueriesContext(connection) as seen:  # fmt: skip
            assert client.get(address).status_code == 200
        return len(seen)

    grow(2)
    small = {address: asked(address) for address in LIMITS}
    grow(6)
    assert {address: asked(address) for address in LIMITS} == small
    assert {a: n for a, n in small.items() if n > LIMITS[a]} == {}


def test_manager_opens_the_case_of_a_firm_that_called(client: Client) -> None:
    agrifood, firm = cluster("agrifood"), organisation("Forno Uno", size_class="micro")
    membership(firm, agrifood)
    held = service(name_en="Lean floor")
    manager = manager_of(agrifood)
    client.force_login(manager)
    assert "Open a case" in text(client, f"/clusters/agrifood/manage/{firm.pk}/")
    address = f"/clusters/agrifood/services/desk/new/{firm.pk}/"
    given = {"service": str(held.pk), "text": "Too much waste", "email": "ada@firm.test", "contact_name": "Ada"}
    assert client.post(address, given, headers=ENGLISH).status_code == 422  # what was the firm told?
    assert not Request.objects.exists()
    page = post(client, address, **given, answer="We come on Monday")
    assert "We come on Monday" in page
    made = Case.objects.get()
    assert (made.organisation, made.assigned_to, made.steps.get().service) == (firm, manager.person, held)
    asked = made.request
    assert (asked.state, asked.size_class, asked.price_eur) == ("accepted", "micro", Decimal("100.00"))
    assert asked.answered_on == timezone.localdate()  # it never waited


def test_call_of_a_firm_sends_one_letter_and_strangers_to_the_desk_are_refused(
    client: Client, django_capture_on_commit_callbacks: Any
) -> None:
    firm = organisation("Forno Uno")
    service()
    address = f"/clusters/agrifood/services/desk/new/{firm.pk}/"
    client.force_login(manager_of(cluster("agrifood")))
    with django_capture_on_commit_callbacks(execute=True):
        post(client, address, text="Too much waste", email="ada@firm.test", answer="We come on Monday")
    assert [m.to for m in mail.outbox] == [["ada@firm.test"]]
    assert "We come on Monday" in mail.outbox[0].body
    for person in (manager_of(cluster("ict"), "ict@test.example"), officer("regional_officer"), delegate_of(firm)):
        client.force_login(person)
        assert client.get(address).status_code == 403
        assert client.get("/clusters/agrifood/services/desk/new/").status_code == 403
