"""Whoever helped or mentored a firm is barred from evaluating where that firm applies."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import matchmaking_factories as make
import pytest
from django.utils import timezone
from factories import organisation, user
from services_made import case

from poliedro.accounts.queries import conflicts_of
from poliedro.accounts.rules import LOOK_BACK_DAYS
from poliedro.matchmaking.models import Pair
from poliedro.support.models import Case
from poliedro.support.services.cases import assign_case

pytestmark = pytest.mark.django_db


def test_who_is_in_charge_of_a_firm_s_case_is_barred_while_it_runs_and_three_years_longer() -> None:
    helper, opened = user("helper@test.example").person, case()
    Case.objects.filter(pk=opened.pk).update(assigned_to=helper)
    firm, began = f"organisation:{opened.organisation_id}", opened.opened_on
    assert opened.organisation_id is not None
    assert len(conflicts_of(helper, [firm], began + timedelta(days=4000))) == 1
    assert conflicts_of(helper, [firm], began - timedelta(days=1)) == []
    ended = began + timedelta(days=30)
    Case.objects.filter(pk=opened.pk).update(state="stopped", stop_reason="x", closed_on=ended)
    last = ended + timedelta(days=LOOK_BACK_DAYS - 1)
    assert len(conflicts_of(helper, [firm], last)) == 1
    assert conflicts_of(helper, [firm], last + timedelta(days=1)) == []
    assert conflicts_of(user("other@test.example").person, [firm], began) == []


def test_whoever_hands_a_case_over_stays_barred_for_the_look_back() -> None:
    helper, heir, opened = user("helper@test.example").person, user("heir@test.example").person, case()
    Case.objects.filter(pk=opened.pk).update(assigned_to=helper)
    firm, today = f"organisation:{opened.organisation_id}", timezone.localdate()
    assign_case(case=Case.objects.get(pk=opened.pk), to=heir, text="", by=None)
    last = today + timedelta(days=LOOK_BACK_DAYS - 1)
    assert len(conflicts_of(helper, [firm], last)) == 1
    assert conflicts_of(helper, [firm], last + timedelta(days=1)) == []
    assert len(conflicts_of(heir, [firm], today)) == 1


def test_a_mentor_is_barred_where_the_firm_applies() -> None:
    login, body = user("mentor@test.example"), organisation("Mentee S.r.l.")
    pair: Any = Pair.objects.create(mentor=make.mentor(login), mentee=make.mentee(body))
    subject, today = f"organisation:{body.pk}", make.today()
    assert conflicts_of(login.person, [subject], today) == []
    Pair.objects.filter(pk=pair.pk).update(started_on=today)
    assert len(conflicts_of(login.person, [subject], today)) == 1
