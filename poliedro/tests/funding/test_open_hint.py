"""A hint whether a firm can take part in an open EU call."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation
from factories import delegate_of, organisation, source

from poliedro.funding.models.open_calls import OpenCall
from poliedro.funding.queries.open_calls import countries_worked_with
from poliedro.funding.rules.open_hint import With, ask_of, hint
from poliedro.funding.sources.eu_calls import read_open_calls
from poliedro.funding.views.open_calls import _paragraphs, _short
from poliedro.registry.models import Participation, Project


@pytest.mark.parametrize(
    ("kind", "who", "countries"),
    [
        ("HORIZON Research and Innovation Actions", With.PARTNERS, 3),
        ("HORIZON JU Innovation Actions", With.PARTNERS, 3),
        ("HORIZON Coordination and Support Actions", With.ALONE, 1),
        ("HORIZON ERC Proof of Concept Grants", With.NOT_FIRMS, 1),
        ("HORIZON Pre-commercial Procurement", With.NOT_FIRMS, 1),
        ("EDF Lump Sum Grants", With.PARTNERS, 3),
        ("LIFE Project Grants", With.ALONE, 1),
        ("CERV Project Grants", With.UNKNOWN, 1),
        ("", With.UNKNOWN, 1),
    ],
)
def test_type_of_action_says_with_whom(kind: str, who: With, countries: int) -> None:
    ask = ask_of(kind)
    assert (ask.who, ask.countries) == (who, countries)
    assert ask.source or who is With.UNKNOWN, "each answer names its rule"


def test_partners_of_its_own_country_do_not_count_and_own_money_is_what_the_rate_leaves() -> None:
    found = hint("HORIZON Innovation Actions", home="IT", partners={"IT", "DE", ""}, least_eur=Decimal(7_000_000))
    assert (found.known, found.missing) == (1, 1)  # three countries: Italy, Germany, one more
    assert found.own_eur == Decimal("3000000.00")  # 7 / 0.7 - 7
    enough = hint("HORIZON Research and Innovation Actions", home="IT", partners={"DE", "FR"}, least_eur=None)
    assert (enough.missing, enough.own_eur) == (0, None)
    assert hint("LIFE Project Grants", home="IT", partners=set(), least_eur=None).missing == 0


@pytest.mark.django_db
def test_page_tells_a_firm_whom_it_lacks() -> None:
    firm, german = organisation("Mia S.r.l.", country="IT"), organisation("Deine GmbH", country="DE")
    project = Project.objects.create(scheme="regional", number="1", title="P", source=source(), certainty="reported")
    for body in (firm, german):
        Participation.objects.create(
            project=project, organisation=body, role="participant", valid_from=date(2020, 1, 1), source=source(),
            certainty="reported",
        )  # fmt: skip
    assert countries_worked_with(firm.pk) == {"DE": 1}
    call = OpenCall.objects.create(
        topic="T-1", title="A topic", programme="Horizon Europe", kind="HORIZON Innovation Actions", status="open",
        deadline=timezone.localdate(), least_eur=Decimal(7_000_000), most_eur=Decimal(8_000_000), source=source(),
    )  # fmt: skip
    address = reverse("funding:open_call", args=[call.pk])
    client = Client()
    assert "almeno 3 paesi" in client.get(address).content.decode()
    client.force_login(delegate_of(firm))
    page = client.get(address).content.decode()
    assert "Servono partner di altri 1 paesi" in page
    assert "DE (1)" in page
    assert "3.000.000" in page


def test_most_of_the_real_open_calls_have_an_answer(real_data: Path) -> None:
    calls = list(read_open_calls(real_data / "cordis" / "eu_open_calls_2026_open.jsonl.gz"))
    told = sum(ask_of(c.kind).who is not With.UNKNOWN for c in calls)
    assert told / len(calls) > 0.75


def test_glued_headings_of_a_call_s_text_stand_in_paragraphs_of_their_own() -> None:
    text = "Expected Outcome:Projects show it.Scope:An exceptional one."
    assert _paragraphs(text) == "Expected Outcome:\nProjects show it.\n\nScope:\nAn exceptional one."
    assert _paragraphs("A telescope: none") == "A telescope: none"


@pytest.mark.parametrize(
    ("kind", "says"),
    [
        ("HORIZON Innovation Actions", "for firms, with partners from 3 countries together"),
        ("LIFE Project Grants", "for firms, also alone"),
        ("HORIZON ERC Grants", "firms are no applicants"),
        ("Something else", ""),
    ],
)
def test_the_list_says_in_a_few_words_whether_a_firm_can_take_part(kind: str, says: str) -> None:
    with translation.override("en"):
        assert _short(ask_of(kind)) == says
