"""From request to close: promises, deliveries in the register, refusals kept as unmet demand, what is erased."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from factories import cluster, delegate_of, manager_of, membership, officer, organisation, territory, user
from services_made import AT, DAY, SITE, case, give, member_asks, package, request, service, stranger

from poliedro.audit.models import LogEntry
from poliedro.registry.models import Delivery, ServiceOffer
from poliedro.registry.rules.permissions import NotPermitted
from poliedro.shared.region import region
from poliedro.support.models import Case, CaseEvent, CaseStep, Feedback, Package, Request, Service
from poliedro.support.queries.catalogue import items_on, package_items
from poliedro.support.queries.use import Satisfaction, breadths, satisfaction, unmet_demand, use_of_services
from poliedro.support.rules.cases import CaseState, NotAllowed, RequestState
from poliedro.support.runs.services import run_breadth
from poliedro.support.services.cases import (
    add_step,
    answer_feedback,
    ask_feedback,
    close_case,
    correct_delivery,
    drop_step,
    record_follow_up,
    register_client,
    reopen_case,
    set_outcome,
    stop_case,
    tick_task,
)
from poliedro.support.services.catalogue import change_service, price_on, withdraw_service
from poliedro.support.services.letters import request_of, token_of
from poliedro.support.services.requests import (
    ask_service,
    confirm_request,
    decline_request,
    hand_over_request,
    look_after_requests,
    open_case,
    withdraw_request,
)
from poliedro.support.services.todos import service_todos

pytestmark = pytest.mark.django_db


# --- catalogue --------------------------------------------------------------------------------------------------------
def test_price_holds_from_its_day_and_the_earlier_one_stays_in_its_days() -> None:
    held = service()
    fields = {"unit": "once", "by": None}
    change_service(service=held, on=DAY, members_eur=Decimal(120), others_eur=Decimal(250), **fields)
    assert [price_on(held, d).members_eur for d in (date(2026, 3, 1), DAY)] == [100, 120]  # type: ignore[union-attr]
    change_service(service=held, on=DAY, members_eur=Decimal(130), others_eur=Decimal(250), **fields)
    assert price_on(held, DAY).members_eur == 130  # type: ignore[union-attr]
    assert held.prices.known().count() == 2


def test_offered_service_is_on_the_map_until_it_is_withdrawn_and_adds_nothing_that_was_stated() -> None:
    place = territory(region().code, "Piemonte", "nuts2")
    body = organisation("Ente", kind="management_body")
    stated = ServiceOffer.objects.create(
        organisation=body, service="management", audience="medium", territory=place, source=body.source,
        certainty="reported",
    )  # fmt: skip
    held = service(provider=body)
    shown = ServiceOffer.objects.known().active_on(DAY)
    assert sorted(shown.values_list("audience", flat=True)) == ["medium", "micro_small"]
    withdraw_service(service=held, on=DAY, by=None)
    assert [o.pk for o in ServiceOffer.objects.known().active_on(DAY)] == [stated.pk]
    assert ServiceOffer.objects.known().active_on(date(2026, 2, 1)).count() == 2


def test_package_costs_the_sum_less_the_discount_and_has_room_for_its_scarcest_service() -> None:
    held = package()
    first = held.steps.get(position=1).service
    Service.objects.filter(pk=first.pk).update(yearly_capacity=2)
    member_asks(first)
    found = package_items(DAY)[0]
    assert found.members_eur == (Decimal(100) + Decimal(300)) * Decimal("0.9")
    assert (found.left, found.completed, found.n) == (2 - 1, None, 0)
    assert [provider for _item, provider in found.steps] == ["Politecnico Prova", "Ente Gestore Prova"]


def test_withdrawn_service_takes_its_packages_along() -> None:
    held = package()
    withdraw_service(service=held.steps.get(position=2).service, on=DAY, by=None)
    assert not Package.objects.open_on(DAY).exists()
    assert Package.objects.open_on(date(2026, 2, 1)).count() == 1
    assert len(items_on(DAY)) == 1


def test_only_those_of_the_cluster_keep_its_catalogue() -> None:
    held = service()
    with pytest.raises(NotPermitted):
        withdraw_service(service=held, on=DAY, by=manager_of(cluster("ict")))
    withdraw_service(service=held, on=DAY, by=manager_of(cluster("agrifood"), "own@test.example"))


# --- asking -----------------------------------------------------------------------------------------------------------
def test_stranger_confirms_before_anybody_is_bothered(django_capture_on_commit_callbacks: Any) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        made = ask_service(asker=stranger(), text="Help", at=AT, by=None, site=SITE, service=service())
    assert (made.status, made.promised_on) == (RequestState.UNCONFIRMED, None)
    assert mail.outbox[0].to == ["ada@firm.test"]
    assert f"{SITE}/services/asked/" in mail.outbox[0].body
    assert request_of(token_of(made)) == made
    assert request_of("made-up") is None
    confirmed = confirm_request(request=made, on=DAY, site=SITE)
    assert (confirmed.status, confirmed.promised_on) == (RequestState.WAITING, date(2026, 3, 5))
    with pytest.raises(NotAllowed):
        confirm_request(request=made, on=DAY, site=SITE)


def test_member_pays_the_member_price_and_waits_at_once() -> None:
    held, firm = service(), organisation()
    assert member_asks(held, firm).price_eur == 250
    membership(firm, cluster("agrifood"))
    asked = member_asks(held, firm)
    assert (asked.price_eur, asked.status, asked.promised_on) == (100, RequestState.WAITING, date(2026, 3, 5))


def test_flood_of_requests_is_refused() -> None:
    held = service()
    for n in range(5):
        asker = stranger(email=f"{n}@firm.test")
        ask_service(asker=asker, text="Help", at=AT, by=None, site=SITE, service=held, origin="192.0.2.1")
    with pytest.raises(NotAllowed, match="too_many_requests"):
        ask_service(asker=stranger(), text="Help", at=AT, by=None, site=SITE, service=held, origin="192.0.2.1")
    later = AT + timedelta(hours=2)
    ask_service(asker=stranger(), text="Help", at=later, by=None, site=SITE, service=held, origin="192.0.2.1")
    assert "192.0.2.1" not in set(Request.objects.values_list("origin", flat=True))


def test_what_nobody_confirmed_is_erased_after_a_week_and_where_it_came_from_after_a_day() -> None:
    ask_service(asker=stranger(), text="Help", at=AT, by=None, site=SITE, service=service(), origin="192.0.2.1")
    look_after_requests(DAY + timedelta(days=2))
    left = Request.objects.get()
    assert (left.origin, left.email) == ("", "ada@firm.test")
    look_after_requests(DAY + timedelta(days=8))
    left.refresh_from_db()
    assert (left.status, left.email, left.contact_name, left.text) == (RequestState.EXPIRED, "", "", "")


def test_unanswered_request_reminds_the_managers_once_a_day(django_capture_on_commit_callbacks: Any) -> None:
    manager_of(cluster("agrifood"))
    asked = request()
    day = asked.promised_on
    assert day is not None
    mail.outbox.clear()
    with django_capture_on_commit_callbacks(execute=True):
        assert look_after_requests(day) == "0 never confirmed, 0 unanswered"
        assert look_after_requests(day + timedelta(days=1)) == "0 never confirmed, 1 unanswered"
        assert look_after_requests(day + timedelta(days=1)) == "0 never confirmed, 0 unanswered"
    assert [m.to for m in mail.outbox] == [["manager@test.example"]]


def test_unanswered_request_is_an_alarm_to_the_manager_and_after_five_days_to_the_agency() -> None:
    manager, agency = manager_of(cluster("agrifood")), officer("agency_staff")
    asked = request()
    day = asked.promised_on
    assert day is not None
    for person, at, alarms in (
        (manager, day, [False]),
        (manager, day + timedelta(days=1), [True]),
        (agency, day + timedelta(days=4), []),
        (agency, day + timedelta(days=5), [True]),
        (officer("regional_officer"), day + timedelta(days=9), []),
    ):
        assert [t.alarm for t in service_todos(person, at)] == alarms


def test_handed_over_request_keeps_the_promised_day() -> None:
    asked = request()
    moved = hand_over_request(request=asked, cluster=cluster("ict"), text="Theirs", on=DAY, by=None)
    assert (moved.cluster, moved.promised_on, moved.status) == (cluster("ict"), asked.promised_on, RequestState.WAITING)
    with pytest.raises(NotPermitted):
        decline_request(
            request=moved, reason="other", text="No", on=DAY, by=manager_of(cluster("agrifood")), site=SITE
        )  # fmt: skip


def test_declined_request_counts_as_unmet_and_one_sent_elsewhere_does_not() -> None:
    held = service()
    for reason in ("no_capacity", "other_body", "not_offered"):
        asked = request(held)
        decline_request(request=asked, reason=reason, text="No", on=DAY, by=None, site=SITE)
    late = request(held)
    decline_request(request=late, reason="too_dear", text="No", on=date(2026, 4, 1), by=None, site=SITE)
    withdraw_request(request=request(held), on=DAY)
    found = unmet_demand(cluster("agrifood"), None)
    assert (found.asked, found.n, found.waiting) == (5, 3, 0)
    assert dict(found.by_reason) == {"no_capacity": 1, "not_offered": 1, "too_dear": 1}
    assert found.answered_in_time == 3 / 4
    assert unmet_demand(cluster("ict"), None).asked == 0


def test_declined_without_reason_is_refused_by_the_database() -> None:
    asked = request()
    with pytest.raises(IntegrityError), transaction.atomic():
        Request.objects.filter(pk=asked.pk).update(state="declined")


# --- working ----------------------------------------------------------------------------------------------------------
def test_case_goes_from_request_to_close_and_the_register_gets_the_delivery() -> None:
    held = case()
    step = held.steps.get()
    delivery = give(step)
    assert (delivery.service, delivery.innovation, delivery.is_rd) == ("management", "process", False)
    assert (delivery.hours, delivery.cost_eur, delivery.cluster) == (8, Decimal("336.00"), cluster("agrifood"))
    held.refresh_from_db()
    assert held.status is CaseState.DELIVERED
    with pytest.raises(NotAllowed, match="no_result"):
        ask_feedback(case=held, on=DAY, by=None, site=SITE)
    set_outcome(case=held, result="new_practice", text="", follow_up_on=DAY + timedelta(days=90), by=None)
    feedback = ask_feedback(case=held, on=DAY, by=None, site=SITE)
    with pytest.raises(NotAllowed, match="feedback_awaited"):
        close_case(case=held, on=DAY, by=None)
    answer_feedback(feedback=feedback, usefulness=5, promptness=4, would_return=True, text="Good", on=DAY)
    assert satisfaction(cluster("agrifood"), 2026) == Satisfaction(1, 1, 5.0)
    assert satisfaction(cluster("ict"), 2026).usefulness is None
    closed = close_case(case=held, on=DAY, by=None)
    assert (closed.status, closed.closed_on) == (CaseState.CLOSED, DAY)
    assert list(CaseEvent.objects.values_list("verb", flat=True)) == [
        "asked", "opened", "delivered", "outcome", "feedback_asked", "feedback", "closed",
    ]  # fmt: skip
    assert LogEntry.objects.filter(verb="close_case").count() == 1
    record_follow_up(case=closed, result="new_product", text="", on=DAY + timedelta(days=90), next_on=None, by=None)
    reopened = reopen_case(case=closed, text="", by=None)
    assert reopened.status is CaseState.DELIVERED
    add_step(case=reopened, kind="finance", innovation="", provider=step.provider, by=None)
    assert Case.objects.get().status is CaseState.OPEN


def test_corrected_delivery_keeps_what_was_known_and_the_step_follows() -> None:
    step = case().steps.get()
    give(step)
    correct_delivery(step=step, by=None, hours=Decimal(6))
    step.refresh_from_db()
    assert step.delivery is not None
    assert step.delivery.hours == 6
    assert [d.hours for d in Delivery.objects.known()] == [6]
    assert Delivery.objects.count() == 2


def test_client_that_the_register_lacks_is_added_before_a_service_is_recorded() -> None:
    held = open_case(request=request(asker=stranger(size_class="micro")), text="We come", on=DAY, by=None, site=SITE)
    with pytest.raises(NotAllowed, match="client_not_known"):
        give(held.steps.get())
    known = register_client(case=held, by=None)
    assert known.organisation is not None
    assert (known.organisation.name, known.organisation.size_class) == ("Officine Rossi S.n.c.", "micro")
    assert give(known.steps.get()).client == known.organisation


def test_package_makes_a_step_for_each_partner_and_a_dropped_one_needs_a_reason() -> None:
    held = open_case(request=request(package=package()), text="We come", on=DAY, by=None, site=SITE)
    register_client(case=held, by=None)
    first, second = held.steps.all()
    assert (first.provider.name, second.provider.name) == ("Politecnico Prova", "Ente Gestore Prova")
    give(first)
    held.refresh_from_db()
    assert held.status is CaseState.OPEN
    drop_step(step=second, because="Not needed any more", by=None)
    held.refresh_from_db()
    assert held.status is CaseState.DELIVERED
    with pytest.raises(NotAllowed, match=r"case_is_delivered|step_is_over"):
        give(second)


def test_checklist_becomes_tasks_with_their_hours() -> None:
    lines = [{"it": "Raccogliere", "en": "Collect", "hours": "2.5"}, {"it": "Firmare", "hours": None}]
    held = case(service(checklist=lines))
    assert [(t.text, t.hours) for t in held.tasks.all()] == [("Raccogliere", Decimal("2.50")), ("Firmare", None)]
    task = tick_task(task=held.tasks.all()[0], on=DAY, by=manager_of(cluster("agrifood")))
    assert task.done_on == DAY


def test_stopped_case_counts_as_unmet_and_what_was_given_cannot_be_stopped() -> None:
    held = case()
    stop_case(case=held, reason="no_capacity", text="Sorry", on=DAY, by=None, site=SITE)
    assert unmet_demand(cluster("agrifood"), None).n == 1
    other = case()
    give(other.steps.get())
    with pytest.raises(NotAllowed, match="something_given"):
        stop_case(case=other, reason="no_capacity", text="Sorry", on=DAY, by=None, site=SITE)


def test_request_is_taken_on_once() -> None:
    asked = request()
    open_case(request=asked, text="We come", on=DAY, by=None, site=SITE)
    with pytest.raises(NotAllowed, match="request_is_accepted"):
        open_case(request=asked, text="We come", on=DAY, by=None, site=SITE)


@pytest.mark.parametrize(
    ("model", "change", "name"),
    [
        (Case, {"state": "closed"}, "a case closes with the answer of its client"),
        (Case, {"state": "stopped"}, "closes with feedback"),
        (Case, {"closed_on": date(2020, 1, 1)}, "support_case_days"),
        (Service, {"priority": 6}, "support_service_priority"),
        (Service, {"answer_days": 0}, "support_service_answer_days"),
        (Service, {"closed_on": date(2025, 1, 1)}, "support_service_days"),
        (Request, {"state": "waiting", "promised_on": None}, "support_request_waits_for_a_day"),
        (Feedback, {"usefulness": 6}, "support_feedback_scores"),
        (Feedback, {"answered_on": DAY}, "support_feedback_answer_has_score"),
        (CaseStep, {"dropped_because": "no"}, "support_casestep_given_or_dropped"),
        (Delivery, {"hours": -1}, "registry_delivery_hours_not_negative"),
        (Delivery, {"cost_eur": -1}, "registry_delivery_cost_not_negative"),
    ],
)
def test_database_holds_what_must_always_hold(model: Any, change: dict[str, Any], name: str) -> None:
    held = case()
    give(held.steps.get())
    Feedback.objects.create(case=held, asked_on=DAY)
    with pytest.raises(IntegrityError, match=rf"{name}|CHECK"), transaction.atomic():
        model.objects.update(**change)


# --- figures ----------------------------------------------------------------------------------------------------------
def deliver(client: Any, kind: str, n: int, of: str = "agrifood", **fields: Any) -> None:
    provider = organisation("Ente", kind="management_body")
    for _ in range(n):
        Delivery.objects.create(
            provider=provider, client=client, cluster=cluster(of), service=kind, delivered_on=DAY,
            source=provider.source, certainty="reported", **fields,
        )  # fmt: skip


def test_use_counts_each_delivery_once_in_every_dimension() -> None:
    torino = territory("ITC11", "Torino", parent=territory(region().code, "Piemonte", "nuts2"))
    small = organisation("Small", size_class="small", territory=torino)
    large = organisation("Large", size_class="large")
    deliver(small, "management", 3, innovation="process", is_rd=False, hours=Decimal(2))
    deliver(large, "project_development", 1, innovation="product", is_rd=True)
    deliver(large, "finance", 2, of="ict")
    use = use_of_services(cluster("agrifood"), 2026)
    assert (use.n, use.clients, use.hours, use.hours_known) == (4, 2, 6, 3)
    assert dict(use.by_kind) == {"management": 3, "project_development": 1}
    assert dict(use.by_size) == {"small": 3, "large": 1}
    assert dict(use.by_province) == {"ITC11": 3, "": 1}
    assert dict(use.by_innovation) == {"process": 3, "product": 1}
    assert use.non_rd_share == 3 / 4
    assert use_of_services(None, None).by_year == {2026: 6}
    assert use_of_services(cluster("agrifood"), 2025).n == 0
    for counts in (use.by_kind, use.by_size, use.by_province, use.by_innovation, use.by_size_rd, use.by_cluster):
        assert sum(counts.values()) == use.n


def test_breadth_is_the_entropy_of_the_kinds_and_its_interval_holds_it() -> None:
    firm = organisation()
    deliver(firm, "management", 12)
    deliver(firm, "finance", 12)
    deliver(firm, "finance", 24, of="ict")
    stored = run_breadth()
    assert stored is not None
    found, _run = breadths(2026)
    wide, narrow = found[cluster("agrifood").pk], found[cluster("ict").pk]
    assert wide.entropy == pytest.approx(1.0)  # two kinds, equal shares: one bit
    assert (narrow.entropy, narrow.share, narrow.funding) == (0.0, 1.0, 1.0)
    assert wide.low is not None
    assert wide.high is not None
    assert wide.low <= wide.evenness <= wide.high + 1e-9  # type: ignore[operator]
    assert run_breadth() == stored
    deliver(firm, "training", 1)
    assert run_breadth() != stored


def test_delegate_sees_what_was_asked_for_the_firm_and_judges_it() -> None:
    firm = organisation()
    held = open_case(request=member_asks(client=firm), text="We come", on=DAY, by=None, site=SITE)
    give(held.steps.get())
    set_outcome(case=held, result="tried", text="", follow_up_on=DAY + timedelta(days=90), by=None)
    ask_feedback(case=held, on=DAY, by=None, site=SITE)
    assert [t.action for t in service_todos(delegate_of(firm), DAY)] != []
    assert list(service_todos(user("nobody@test.example"), DAY)) == []
