"""What the desk and the application say when something does not fit."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
import yaml
from calls_made import TODAY, firm, opened
from django.test import Client
from django.utils import timezone
from factories import delegate_of, officer
from funding_drafts import SME, raw_call

from poliedro.funding.forms.call_parts import CaseFacts
from poliedro.funding.models import Application, Call, CostClaim
from poliedro.funding.rules.conditions import facts_in
from poliedro.funding.rules.document import judge, read_call, read_dossier, verdict
from poliedro.funding.rules.facts import FACTS
from poliedro.funding.rules.states import NotAllowed
from poliedro.funding.services.calls import save_version
from poliedro.funding.services.grants import reach_milestone, report_output, set_milestone, settle_claim
from poliedro.funding.views.words import FACT_WORDS, choices_of
from poliedro.shared.region import SHIPPED

ENGLISH: dict[str, Any] = {"headers": {"accept-language": "en"}}


def running(call: Call) -> Application:
    body = firm("Beta")
    made = Application.objects.create(
        line=opened(call).lines.get(), version=call.versions.get(), organisation=body, title="Pilot", state="granted",
        submitted_at=timezone.now(),
    )  # fmt: skip
    made.partners.create(organisation=body, is_lead=True, cost_eur=Decimal(100))
    return made


def test_a_last_day_before_the_first_is_named_as_what_is_wrong(client: Client, call: Call) -> None:
    client.force_login(officer("funding_officer"))
    days = {"opens_on": "2026-05-02", "closes_on": "2026-05-01"}
    page = client.post("/desk/calls/test/publish/", days, follow=True, **ENGLISH).text
    assert "Last day: It closes before it opens; write a later day." in page
    assert (
        "Opens on: This field is required." in client.post("/desk/calls/test/publish/", {}, follow=True, **ENGLISH).text
    )


def test_more_than_was_claimed_is_not_accepted_and_it_is_said_in_words(client: Client, call: Call) -> None:
    made = running(call)
    claim = CostClaim.objects.create(application=made, partner=made.partners.get(), period="2026", cost_eur=Decimal(60))
    with pytest.raises(NotAllowed, match=r"60 EUR were claimed; at most that is accepted, not 60\.01 EUR"):
        settle_claim(claim=claim, accepted_eur=Decimal("60.01"), note="", by=None)
    client.force_login(officer("funding_officer"))
    page = client.post(f"/applications/{made.pk}/claims/{claim.pk}/", {"accepted_eur": "61"}, follow=True, **ENGLISH)
    assert "constraint" not in page.text.lower()


def test_a_milestone_lies_ahead_and_is_reached_by_today(call: Call) -> None:
    made = running(call)
    yesterday, tomorrow = TODAY - timedelta(days=1), TODAY + timedelta(days=1)
    with pytest.raises(NotAllowed, match="2026-05-31 is over; plan the milestone for today or later"):
        set_milestone(application=made, title="M", due_on=yesterday, by=None, today=TODAY)
    stone = set_milestone(application=made, title="M", due_on=TODAY, by=None, today=TODAY)
    with pytest.raises(NotAllowed, match="2026-06-02 is still to come"):
        reach_milestone(milestone=stone, on=tomorrow, evidence="a film", by=None, today=TODAY)
    with pytest.raises(NotAllowed, match="still to come"):
        report_output(application=made, kind="patent", amount=Decimal(1), reached_on=tomorrow, evidence="", by=None,
                      today=TODAY)  # fmt: skip


def test_the_comparison_says_what_to_do_while_nothing_was_tried(client: Client, call: Call) -> None:
    client.force_login(officer("funding_officer"))
    page = client.get("/desk/calls/test/compare/", **ENGLISH).text
    assert "No version was tried on the register yet" in page
    assert "<select" not in page.split("<main")[1]


def test_the_check_of_a_closed_call_says_that_it_is_closed(client: Client, call: Call) -> None:
    opened(call)
    Call.objects.filter(pk=call.pk).update(closes_on=date(2026, 2, 1), state="closed")
    page = client.get("/calls/test/check/?asked=1&size_class=small", **ENGLISH).text
    assert "This call is closed (its last day was 1 February 2026): nobody can apply any more." in page
    Call.objects.filter(pk=call.pk).update(opens_on=timezone.localdate() + timedelta(days=9), closes_on=None,
                                           state="published")  # fmt: skip
    assert "This call opens on" in client.get("/calls/test/check/", **ENGLISH).text


def test_a_line_that_needs_a_partner_is_not_refused_and_can_be_begun(client: Client, call: Call) -> None:
    university = {"some_partner": {"fact": "kind", "is": "university"}}
    save_version(call=call, document=raw_call(SME, university), note="", by=None)
    opened(call)
    Call.objects.filter(pk=call.pk).update(closes_on=None)
    body = firm("Beta")
    client.force_login(delegate_of(body))
    fitting = client.get(f"/organisations/{body.pk}/calls/", **ENGLISH).text
    assert "with a partner" in fitting
    assert "It needs a partner: begin, and name the partner later." in fitting
    said = f"/calls/test/check/?asked=1&organisation={body.pk}&size_class=small&kind=enterprise"
    asked = client.get(said, **ENGLISH).text
    assert "With a partner: rule" in asked
    assert f"/organisations/{body.pk}/calls/test/1/start/" in asked, "it can be begun from the answer"
    assert "bring in a partner (kind of organisation: university)" in asked


def test_every_worked_case_of_the_examples_can_be_edited_and_keeps_its_answer() -> None:
    for path in sorted((SHIPPED / "calls").rglob("*.yaml")):
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))["document"]
        document = read_call(raw)
        asked = {f for r in document.rules for f in facts_in(r.check)}
        choices = {k: choices_of(k) for k, f in FACTS.items() if f.choices}
        for case in raw["cases"]:
            parties = len(case["parties"])
            shown = CaseFacts(asked, FACT_WORDS, choices, None, case, parties)
            sent: dict[str, Any] = {}
            for form in (*shown.parties, shown.project):
                sent |= {form.add_prefix(n): form[n].value() for n in form.fields if form[n].value() is not None}
            again = CaseFacts(asked, FACT_WORDS, choices, sent, case, parties)
            assert again.is_valid(), (path.stem, case["name"])
            answers = judge(document, str(case["line"]), read_dossier(again.stated()))
            assert verdict(list(answers.values())) == case["expects"], (path.stem, case["name"])


def test_a_worked_case_that_comes_out_otherwise_is_shown_first_and_can_be_mended_or_taken_out(
    client: Client, call: Call
) -> None:
    case = {"name": {"it": "Grande", "en": "Large"}, "line": "1", "tests": "r0", "expects": "pass",
            "parties": [{"size_class": "large"}]}  # fmt: skip
    good = {
        **case,
        "name": {"it": "Piccola", "en": "Small"},
        "expects": "unknown",
        "parties": [{"size_class": "small"}],
    }
    save_version(call=call, document={**call.versions.get().document, "cases": [good, case]}, note="", by=None)
    client.force_login(officer("funding_officer"))
    page = client.get("/desk/calls/test/", **ENGLISH).text
    assert "Worked cases come out otherwise than they say" in page
    assert page.index("Large") < page.index("Small"), "the one to mend first"
    assert "/desk/calls/test/cases/2/drop/" in page
    assert "It is not ready" not in client.get("/desk/calls/test/cases/2/", **ENGLISH).text
    client.post("/desk/calls/test/cases/2/drop/")
    assert "come out otherwise" not in client.get("/desk/calls/test/", **ENGLISH).text


def test_an_intensity_by_size_and_activity_asks_for_what_it_rests_on(client: Client, call: Call) -> None:
    industrial = {"all": [SME, {"fact": "research_kind", "is": "industrial"}]}
    by_activity = [{"who": industrial, "grant": 0.7}, {"who": SME, "grant": 0.45}]
    save_version(call=call, document=raw_call(SME, intensities=by_activity), note="", by=None)
    opened(call)
    Call.objects.filter(pk=call.pk).update(closes_on=None)
    said = "/calls/test/check/?asked=1&size_class=small&kind=enterprise&cost_eur=1000&research_kind="
    assert 'name="research_kind"' in client.get("/calls/test/check/", **ENGLISH).text
    for kind, grant in (("industrial", "700.00"), ("experimental", "450.00")):
        assert f"You would get EUR {grant} as a grant" in client.get(said + kind, **ENGLISH).text
    body = firm("Beta")
    client.force_login(delegate_of(body))
    client.post(f"/organisations/{body.pk}/calls/test/1/start/", {"title": "Pilot"})
    draft = Application.objects.get()
    page = f"/applications/{draft.pk}/"
    assert 'name="research_kind"' in client.get(page, **ENGLISH).text
    client.post(f"{page}save/", {"title": "Pilot", "summary": "x", "research_kind": "experimental"})
    draft.refresh_from_db()
    assert draft.facts == {"research_kind": "experimental"}
