"""Money of bank foundations beside calls, over all calls."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse
from factories import delegate_of, officer, organisation, source
from funding_drafts import SME, raw_call

from poliedro.funding.models import Call, CoFunding, Measure, Programme
from poliedro.funding.services.calls import create_call

pytestmark = pytest.mark.django_db


def call(key: str, measure: Measure) -> Call:
    raw = {**raw_call(SME), "key": key, "title": {"it": f"Bando {key}", "en": f"Call {key}"}}
    return create_call(measure=measure, document=raw, source=measure.source, by=None)


def test_page_adds_up_by_body_and_shows_where_two_meet() -> None:
    kept = source("region")
    programme = Programme.objects.create(
        key="p", name_it="P", name_en="P", authority="R", source=kept, certainty="reported"
    )
    measure = Measure.objects.create(
        programme=programme, key="m", name_it="M", name_en="M", instrument="grant", valid_from=date(2020, 1, 1),
        source=kept, certainty="reported",
    )  # fmt: skip
    one, two = call("one", measure), call("two", measure)
    crt, sp = organisation("Fondazione Uno"), organisation("Fondazione Due")
    agreed = {"state": "agreed", "agreed_on": date(2026, 1, 1), "for_what": "voucher"}
    CoFunding.objects.create(call=one, organisation=crt, amount_eur=Decimal(100_000), **agreed)
    CoFunding.objects.create(call=two, organisation=crt, amount_eur=Decimal(50_000), for_what="spazi")
    CoFunding.objects.create(call=one, organisation=sp, amount_eur=Decimal(25_000), **agreed)
    client = Client()
    client.force_login(officer("funding_officer"))
    page = client.get(reverse("funding:cofunding")).content.decode()
    assert "2 enti mettono 125.000 EUR accanto ai bandi" in page  # 100 000 + 25 000; 50 000 is only proposed
    meeting = page[page.index("Dove gli enti si incontrano") :]
    assert "Bando one" in meeting
    assert "Bando two" not in meeting
    other = Client()
    other.force_login(delegate_of(organisation("Elsewhere")))
    assert other.get(reverse("funding:cofunding")).status_code == 403


def test_without_money_of_others_the_page_says_where_to_note_it() -> None:
    client = Client()
    client.force_login(officer("funding_officer"))
    assert "scrivania" in client.get(reverse("funding:cofunding")).content.decode()
