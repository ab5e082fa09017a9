"""Calls from draft to signed ranking: frozen versions, checked applications, evaluators who stand back."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
import yaml
from calls_made import CRITERIA, RULES, TODAY, firm, handed_in, opened, planned
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from factories import delegate_of, officer, source
from funding_drafts import raw_call

from poliedro.funding.models import AidAward, Application, Call, CallVersion, Measure
from poliedro.funding.models.calls import FrozenVersion
from poliedro.funding.queries.facts import de_minimis_room, dossier_of, register_facts
from poliedro.funding.queries.partners import named_organisation
from poliedro.funding.queries.receipts import checksum_of
from poliedro.funding.rules.aid import OverCeiling
from poliedro.funding.rules.states import NotAllowed
from poliedro.funding.services.applications import (
    CannotSubmit,
    agree_to_take_part,
    save_application,
    set_partner,
    start_application,
    submit_application,
)
from poliedro.funding.services.calls import CannotPublish, create_call, publish_version, save_version
from poliedro.funding.services.grants import record_aid
from poliedro.registry.models import FinancialStatement, GroupLink, Identifier

pytestmark = pytest.mark.django_db


def test_a_published_version_is_frozen_and_a_change_makes_the_next(call: Call) -> None:
    first = publish_version(version=call.versions.get(), by=None, opens_on=TODAY)
    first.document = {**first.document, "title": {"it": "x", "en": "x"}}
    with pytest.raises(FrozenVersion, match="make a new one"):
        first.save()
    changed = raw_call(RULES[0], {"fact": "trl_end", "at_most": 7}, RULES[2], criteria=CRITERIA)
    second = save_version(call=call, document=changed, note="TRL 7", by=None)
    assert (second.number, second.published_at) == (2, None)
    assert [r["since"] for r in second.document["rules"]] == [1, 2, 1]
    publish_version(version=second, by=None, opens_on=TODAY)
    in_force = CallVersion.objects.filter(call=call, published_at__isnull=False, valid_to=None)
    assert [v.number for v in in_force] == [2]


def test_a_call_that_nobody_can_win_is_not_published(measure: Measure) -> None:
    raw = raw_call({"fact": "trl_end", "at_most": 3}, {"fact": "trl_end", "at_least": 5})
    call = create_call(measure=measure, document=raw, source=measure.source, by=None)
    with pytest.raises(CannotPublish, match="Line 1 cannot be won: these rules cannot hold together: r0; r1"):
        publish_version(version=call.versions.get(), by=None, opens_on=TODAY)
    call.refresh_from_db()
    assert call.state == "draft"


def test_the_register_answers_what_it_knows_and_nothing_else() -> None:
    body = firm("Known", founded_on=date(2020, 6, 2))
    for year in (2023, 2024):
        FinancialStatement.objects.create(
            organisation=body, year=year, persons=Decimal(12), source=source(), certainty="reported"
        )
    facts = register_facts(body, TODAY)
    assert (facts["age_years"], facts["years_of_accounts"], facts["size_class"]) == (5, 2, "small")
    assert "nace" not in facts
    assert "site_in_region" not in facts
    assert "years_of_accounts" not in register_facts(firm("Unknown", founded_on=date(2015, 1, 1)), TODAY)


def test_an_application_is_handed_in_when_every_rule_passes_and_every_partner_agreed(call: Call) -> None:
    opened(call)
    lead, partner = firm("Lead"), firm("Partner")
    application = start_application(line=call.lines.get(), organisation=lead, title="T", by=None, today=TODAY)
    with pytest.raises(CannotSubmit, match="rule r1 cannot be told yet"):
        submit_application(application=application, by=None, today=TODAY)
    save_application(application=application, title="T", summary="", facts={"trl_end": 6}, by=None)
    set_partner(application=application, organisation=lead, cost_eur=Decimal(60), facts={}, by=None)
    other = set_partner(application=application, organisation=partner, cost_eur=Decimal(40), facts={}, by=None)
    planned(application, 99)
    with pytest.raises(
        CannotSubmit, match=r"is about is not written, Partner has not agreed to take part, .* differ by 1\.00 EUR"
    ):
        submit_application(application=application, by=None, today=TODAY)
    planned(application, 100)
    save_application(application=application, title="T", summary="New", facts={"trl_end": 6}, by=None)
    agree_to_take_part(partner=other, by=None)
    submit_application(application=application, by=None, today=TODAY)
    assert application.verdict == {"r0": "pass", "r1": "pass", "r2": "pass"}
    with pytest.raises(NotAllowed, match="only a draft is changed"):
        save_application(application=application, title="T", summary="", facts={}, by=None)


def test_applications_come_in_while_the_call_is_open(call: Call) -> None:
    line = call.lines.get()
    with pytest.raises(NotAllowed, match="the call is draft"):
        start_application(line=line, organisation=firm("A"), title="T", by=None, today=TODAY)
    opened(call)
    line.refresh_from_db()
    with pytest.raises(NotAllowed, match="closed on 2026-12-31"):
        start_application(line=line, organisation=firm("B"), title="T", by=None, today=date(2027, 1, 1))


def test_de_minimis_counts_linked_firms_together() -> None:
    mother, child = firm("Mother"), firm("Child")
    GroupLink.objects.create(parent=mother, child=child, share=Decimal("0.6"), source=source(), certainty="reported")
    given = {"regime": "de_minimis", "measure": "V", "source": source(), "by": None}
    record_aid(organisation=mother, amount_eur=Decimal("250000.01"), granted_on=date(2025, 1, 1), **given)
    assert de_minimis_room(child.pk, TODAY) == Decimal("49999.99")
    with pytest.raises(OverCeiling, match=r"49999\.99 EUR are left"):
        record_aid(organisation=child, amount_eur=Decimal(50_000), granted_on=TODAY, **given)
    assert AidAward.objects.count() == 1


def test_a_partner_is_found_by_name_tax_code_or_number() -> None:
    one, other = firm("Alfa Meccanica S.r.l."), firm("Alfa Chimica S.r.l.")
    Identifier.objects.create(
        organisation=one, scheme="vat", value="IT00743110157", source=source(), certainty="reported"
    )
    for text in (str(one.pk), "00743110157", "it00743110157", " alfa  meccanica s.r.l. ", "meccanica"):
        assert named_organisation(text) == one
    with pytest.raises(NotAllowed, match=r"several are called so: Alfa Chimica .*, Alfa Meccanica"):
        named_organisation("alfa")
    with pytest.raises(NotAllowed, match="nobody in the register is called 'Beta'"):
        named_organisation("Beta")
    assert named_organisation("CHIMICA") == other


# --- what people see --------------------------------------------------------------------------------------------------
def test_a_start_up_learns_why_a_line_refuses_it_and_what_would_change_it(
    client: Client, call: Call, in_english: None
) -> None:
    opened(call)
    english = {"accept-language": "en"}
    start = "/calls/test/check/?asked=1"
    answer = client.get(f"{start}&size_class=micro&trl_end=8&cost_eur=500", headers=english).content.decode()
    assert "Every line refuses you" in answer
    assert "change TRL at the end to 6" in answer
    answer = client.get(f"{start}&size_class=micro&trl_end=6&cost_eur=500", headers=english).content.decode()
    assert "You are in" in answer
    assert "EUR 250.00 as a grant" in answer
    assert "Still to be said" in client.get(f"{start}&trl_end=6", headers=english).content.decode()


def test_a_draft_is_seen_at_the_desk_alone(client: Client, call: Call) -> None:
    assert client.get("/calls/test/").status_code == 404
    assert client.get("/desk/calls/test/").status_code == 302
    client.force_login(officer("funding_officer"))
    assert client.get("/desk/calls/test/").status_code == 200
    assert client.get("/calls/").content.decode().count("/calls/test/") == 0


def test_the_editor_refuses_a_contradiction_with_the_reason(client: Client, call: Call, in_english: None) -> None:
    client.force_login(officer("funding_officer"))
    form = {
        "key": "never", "text_it": "mai", "text_en": "never", "reference": "art. 9",
        "0-what": "fact", "0-fact": "trl_end", "0-op": "at_least", "0-value": "8", "save": "",
    }  # fmt: skip
    answer = client.post("/desk/calls/test/rules/new/", form, headers={"accept-language": "en"}).content.decode()
    assert "these rules cannot hold together" in answer
    assert call.versions.get().number == 1
    good = {**form, "key": "young", "0-fact": "age_years", "0-op": "at_most", "0-value": "5"}
    assert client.post("/desk/calls/test/rules/new/", good).status_code == 302
    assert [r["key"] for r in call.versions.get().document["rules"]] == ["r0", "r1", "r2", "young"]


def test_the_whole_document_is_refused_where_it_contradicts_itself_and_kept_only_knowingly(
    client: Client, call: Call
) -> None:
    client.force_login(officer("funding_officer"))
    before = call.versions.get().document
    wrong = {**before, "rules": [*before["rules"], {
        "key": "never", "text": {"it": "Mai.", "en": "Never."}, "reference": "art. 9",
        "check": {"all": [{"fact": "trl_end", "at_most": 3}, {"fact": "trl_end", "at_least": 5}]},
    }]}  # fmt: skip
    page, form = "/desk/calls/test/data/", {"document": yaml.safe_dump(wrong), "note": "prova"}
    answer = client.post(page, form).content.decode()
    assert "La linea 1 non si può vincere" in answer
    assert "Mai. [never]" in answer
    assert call.versions.get().document == before
    kept = client.post(page, {**form, "keep": "on"}, follow=True).content.decode()
    assert "Salvato, ma non regge" in kept
    assert "non regge</strong>" in kept
    assert "Mai. [never]" in client.get("/desk/calls/test/").content.decode()
    refused = client.post("/desk/calls/test/publish/", {"opens_on": "2026-06-01"}, follow=True).content.decode()
    assert "le regole non reggono: La linea 1 non si può vincere" in refused
    call.refresh_from_db()
    assert call.state == "draft"


def test_a_firm_sees_its_calls_begins_an_application_and_no_other_firm_reads_it(client: Client, call: Call) -> None:
    opened(call)
    Call.objects.update(opens_on=timezone.localdate(), closes_on=timezone.localdate() + timedelta(days=30))
    body = firm("Mine")
    client.force_login(delegate_of(body))
    assert "/calls/test/" in client.get(f"/organisations/{body.pk}/calls/").content.decode()
    answer = client.post(f"/organisations/{body.pk}/calls/test/1/start/", {"title": "Idea"})
    application = Application.objects.get()
    assert answer["Location"] == f"/applications/{application.pk}/"
    assert client.get(answer["Location"]).status_code == 200
    client.force_login(delegate_of(firm("Other"), "other@test.example"))
    assert client.get(f"/applications/{application.pk}/").status_code == 403
    client.force_login(officer("funding_officer"))
    assert client.get(f"/applications/{application.pk}/").status_code == 403  # a draft is its applicant's own


def test_whoever_hands_in_gets_a_receipt_with_number_and_day_and_nobody_else_reads_it(
    client: Client, call: Call, django_capture_on_commit_callbacks: Any, mailoutbox: list[Any]
) -> None:
    opened(call)
    Call.objects.update(opens_on=timezone.localdate(), closes_on=timezone.localdate() + timedelta(days=30))
    body = firm("Mine")
    person = delegate_of(body)
    client.force_login(person)
    client.post(f"/organisations/{body.pk}/calls/test/1/start/", {"title": "Idea"})
    application = Application.objects.get()
    receipt = f"/applications/{application.pk}/receipt/"
    assert client.get(receipt).status_code == 404, "a draft has none"
    save_application(application=application, title="Idea", summary="New", facts={"trl_end": 6}, by=None)
    set_partner(application=application, organisation=body, cost_eur=Decimal(400), facts={}, by=None)
    planned(application, 400)
    with django_capture_on_commit_callbacks(execute=True):
        page = client.post(f"/applications/{application.pk}/submit/", follow=True).content.decode()
    number = f"test-{timezone.now().year}-{application.pk:06d}"
    assert f"Consegnata come {number}" in page
    letter = mailoutbox[0]
    assert (letter.to, number in letter.subject) == ([person.email], True)
    assert f"/applications/{application.pk}/" in letter.body
    answer = client.get(receipt)
    assert (answer["Content-Type"], answer.content[:4]) == ("application/pdf", b"%PDF")
    assert number in answer["Content-Disposition"]
    application.refresh_from_db()
    before = checksum_of(application)
    assert before in letter.body, "what was handed in can be told from what was changed since"
    application.title = "Other"
    assert checksum_of(application) != before
    client.force_login(delegate_of(firm("Other"), "other@test.example"))
    assert client.get(receipt).status_code == 403


def test_the_register_counts_a_firm_s_other_applications_and_nobody_states_fewer_or_more_room(call: Call) -> None:
    opened(call)
    body = firm("Busy")
    first = handed_in(call, body)
    second = start_application(line=call.lines.get(), organisation=body, title="Second", by=None, today=TODAY)
    party = second.partners.get()
    for stated, counted in (({}, 1), ({"other_applications": "0"}, 1), ({"other_applications": "4"}, 4)):
        set_partner(application=second, organisation=body, cost_eur=party.cost_eur, facts=stated, by=None)
        assert dossier_of(second, TODAY).applicant.facts["other_applications"] == counted
    assert dossier_of(first, TODAY).applicant.facts["other_applications"] == 0, "a draft was not handed in"
    for room, left in (("400000", 300_000), ("5", 5)):
        set_partner(
            application=second, organisation=body, cost_eur=party.cost_eur, facts={"de_minimis_room_eur": room}, by=None
        )
        assert dossier_of(second, TODAY).applicant.facts["de_minimis_room_eur"] == left


def test_a_call_without_criteria_is_published_only_as_a_window_procedure_with_its_reason(
    client: Client, measure: Measure, call: Call
) -> None:
    client.force_login(officer("funding_officer"))
    raw = {k: v for k, v in call.versions.get().document.items() if k != "criteria"}
    save_version(call=call, document=raw, note="", by=None)
    english: dict[str, Any] = {"headers": {"accept-language": "en"}}
    page, days = reverse("funding:publish", args=[call.key]), {"opens_on": TODAY.isoformat()}
    said = client.post(page, days, follow=True, **english).text
    assert "add criteria, or state why it is a window procedure" in said
    assert "Why it is a window procedure, by order of arrival" in said
    call.refresh_from_db()
    assert call.state == "draft"
    client.post(page, {**days, "window_reason": "Vouchers are alike"}, **english)
    version = call.versions.get()
    assert (version.published_at is not None, version.window_reason) == (True, "Vouchers are alike")
    shown = client.get(reverse("funding:call", args=[call.key]), **english).text
    assert "taken by order of arrival.</strong> Vouchers are alike" in shown


def test_a_call_with_criteria_keeps_no_reason_of_a_window(call: Call) -> None:
    done = publish_version(version=call.versions.get(), by=None, opens_on=TODAY, window_reason="x")
    assert done.window_reason == ""
