"""Firms ask to join; the cluster answers with a reason; what is accepted is a member like any other."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone
from factories import cluster, delegate_of, manager_of, membership, officer, organisation

from poliedro.audit.models import LogEntry
from poliedro.registry.models import MembershipApplication, MembershipSpell
from poliedro.registry.queries.memberships import members_of
from poliedro.registry.queries.todos import member_todos
from poliedro.registry.rules.applications import ANSWER_DAYS, ApplicationRefused
from poliedro.registry.rules.permissions import NotPermitted
from poliedro.registry.services.applications import (
    accept_application,
    apply_for_membership,
    refuse_application,
    withdraw_application,
)
from poliedro.shared.dated import Moment

pytestmark = pytest.mark.django_db
DAY = date(2021, 3, 1)
EN = {"accept-language": "en"}


def asked(**fields: Any) -> tuple[MembershipApplication, Any, Any]:
    """An application of a firm to Agrifood, with its delegate and the cluster's manager."""
    firm, agrifood = organisation("Forno Uno"), cluster("agrifood", name="Agrifood")
    delegate, manager = delegate_of(firm), manager_of(agrifood)
    made = apply_for_membership(
        organisation=firm, cluster=agrifood, category="ordinary", motive="We look for a partner", by=delegate,
        **{"on": DAY, **fields},
    )  # fmt: skip
    return made, delegate, manager


def test_what_is_accepted_is_a_member_from_the_day_chosen_and_leads_back_to_its_application() -> None:
    made, _delegate, manager = asked()
    spell = accept_application(
        application=made, on=date(2021, 4, 1), category="associate", fee_class="B", reason="", today=DAY, by=manager
    )
    assert list(members_of(made.cluster, Moment(date(2021, 4, 1)))) == [made.organisation]
    assert not members_of(made.cluster, Moment(date(2021, 3, 31))).exists()
    made.refresh_from_db()
    assert (made.state, made.spell, made.decided_on) == ("accepted", spell, DAY)
    verbs = LogEntry.objects.filter(subject_kind="MembershipApplication").values_list("verb", flat=True)
    assert set(verbs) == {"apply_for_membership", "application_accepted"}


def test_refusal_needs_a_reason_and_leaves_no_member() -> None:
    made, _delegate, manager = asked()
    with pytest.raises(ApplicationRefused, match="say in 10 letters or more why"):
        refuse_application(application=made, reason="  no ", today=DAY, by=manager)
    refuse_application(application=made, reason="Come back with a project", today=DAY, by=manager)
    made.refresh_from_db()
    assert (made.state, made.reason) == ("refused", "Come back with a project")
    assert not MembershipSpell.objects.exists()
    with transaction.atomic(), pytest.raises(IntegrityError, match="refused_why"):
        MembershipApplication.objects.filter(pk=made.pk).update(reason="")


def test_nobody_asks_twice_and_no_member_asks() -> None:
    made, delegate, manager = asked()
    firm, agrifood = made.organisation, made.cluster
    again = {"organisation": firm, "cluster": agrifood, "category": "ordinary", "motive": "x", "on": DAY}
    with pytest.raises(ApplicationRefused, match="waits for the answer"):
        apply_for_membership(**again, by=delegate)
    withdraw_application(application=made, today=DAY, by=delegate)
    second = apply_for_membership(**again, by=delegate)
    with pytest.raises(ApplicationRefused, match="withdrawn"):
        refuse_application(application=made, reason="too late for that", today=DAY, by=manager)
    accept_application(
        application=second, on=DAY, category="ordinary", fee_class="", reason="", today=DAY, by=manager
    )  # fmt: skip
    with pytest.raises(ApplicationRefused, match="is a member"):
        apply_for_membership(**again, by=delegate)


def test_only_representatives_ask_and_only_managers_of_the_cluster_answer() -> None:
    made, delegate, _manager = asked()
    other = manager_of(cluster("ict"), "ict@test.example")
    for who in (delegate, other, officer("regional_officer")):
        with pytest.raises(NotPermitted):
            refuse_application(application=made, reason="not for you to say", today=DAY, by=who)
    stranger = delegate_of(organisation("Altra"), "altra@test.example")
    for who in (other, stranger):
        with pytest.raises(NotPermitted):
            apply_for_membership(
                organisation=made.organisation, cluster=made.cluster, category="ordinary", motive="x", on=DAY, by=who
            )


def test_managers_and_applicant_are_written_to_once_each(django_capture_on_commit_callbacks: Any) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        made, delegate, manager = asked()
    assert [m.to for m in mail.outbox] == [[manager.email]]
    assert f"/membership-applications/{made.pk}/" in mail.outbox[0].body
    with django_capture_on_commit_callbacks(execute=True):
        refuse_application(application=made, reason="Come back with a project", today=DAY, by=manager)
    assert [m.to for m in mail.outbox[1:]] == [[delegate.email]]
    assert "Come back with a project" in mail.outbox[1].body


def test_unanswered_application_is_an_alarm_from_the_day_after_the_promise() -> None:
    made, _delegate, manager = asked()
    promised = DAY + timedelta(days=ANSWER_DAYS)
    [todo] = [t for t in member_todos(manager, promised) if t.key == f"registry.application:{made.pk}"]
    assert (todo.due_on, todo.alarm) == (promised, False)
    [late] = [t for t in member_todos(manager, promised + timedelta(days=1)) if "application" in t.key]
    assert late.alarm


def test_representative_asks_and_the_manager_accepts_on_their_pages(client: Client) -> None:
    firm, agrifood = organisation("Forno Uno"), cluster("agrifood", name="Agrifood")
    membership(firm, cluster("ict", name="ICT"))
    delegate, manager = delegate_of(firm), manager_of(agrifood)
    client.force_login(delegate)
    arrived = client.get("/clusters/agrifood/apply/", headers=EN, follow=True)
    assert arrived.redirect_chain[-1][0] == f"/organisations/{firm.pk}/memberships/?cluster=agrifood#apply"
    page = arrived.content.decode()
    assert 'value="agrifood" selected' in page
    assert 'value="ict"' not in page  # a member already
    answer = client.post(
        f"/organisations/{firm.pk}/memberships/",
        {"cluster": "agrifood", "category": "ordinary", "motive": "We bake and look for a laboratory"},
        headers=EN,
        follow=True,
    )
    assert "answers by" in answer.content.decode()
    made = MembershipApplication.objects.get()
    client.force_login(manager)
    board = client.get("/clusters/agrifood/applications/", headers=EN).content.decode()
    assert "1 organisation asks to join Agrifood" in board
    page = client.get(f"/membership-applications/{made.pk}/", headers=EN).content.decode()
    assert "We bake and look for a laboratory" in page
    wrong = client.post(f"/membership-applications/{made.pk}/", {"act": "refuse", "refuse-reason": "no"}, headers=EN)
    assert wrong.status_code == 422
    today = f"{timezone.localdate():%Y-%m-%d}"
    done = client.post(
        f"/membership-applications/{made.pk}/",
        {"act": "accept", "accept-on": today, "accept-category": "ordinary"},
        headers=EN,
        follow=True,
    )
    assert done.redirect_chain[-1][0] == f"/clusters/agrifood/manage/{firm.pk}/"
    assert MembershipSpell.objects.filter(organisation=firm, cluster=agrifood).count() == 1
    client.force_login(delegate)
    assert "accepted" in client.get(f"/organisations/{firm.pk}/memberships/", headers=EN).content.decode()


def test_who_acts_for_nobody_is_told_how_to(client: Client) -> None:
    from factories import user

    cluster("agrifood", name="Agrifood")
    client.force_login(user())
    assert "You act for no organisation yet" in client.get("/clusters/agrifood/apply/", headers=EN).content.decode()


def test_only_the_applicant_withdraws_it(client: Client) -> None:
    made, delegate, manager = asked()
    address = f"/membership-applications/{made.pk}/withdraw/"
    client.force_login(manager)
    assert client.post(address).status_code == 403
    client.force_login(delegate)
    client.post(address)
    made.refresh_from_db()
    assert made.state == "withdrawn"
