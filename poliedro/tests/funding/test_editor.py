"""A call is written in forms alone: groups of conditions, lines, intensities, criteria and worked cases."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
import yaml
from django.http import QueryDict
from django.test import Client
from django.utils import timezone, translation
from factories import officer, organisation, source
from funding_drafts import SME, raw_call

from poliedro.funding.forms import DemandForm
from poliedro.funding.forms.conditions import DEEPEST, MOST_PARTS, Part, changed, condition_of, part_of, read_part
from poliedro.funding.models import Call, Measure, Programme, Simulation
from poliedro.funding.rules.facts import FACTS, Kind
from poliedro.funding.services.calls import CannotPublish, create_call, publish_version, save_version
from poliedro.funding.views.trial import GROUPS
from poliedro.shared.models import Job
from poliedro.shared.region import SHIPPED

YOUNG = {"fact": "age_years", "at_most": 5}
PLAN = {"fact": "business_plan", "is": True}
NESTED = {"any": [{"not": YOUNG}, {"all": [SME, {"partners": {}, "at_least": 2}, {"not": {"all": [PLAN, YOUNG]}}]}]}


def sent(part: Part, path: str = "0") -> dict[str, list[str]]:
    """What a browser sends for the form of a part."""
    found = {f"{path}-what": [part.what]}
    if part.what == "fact":
        many = part.comparison == "in" and FACTS[part.fact].kind is Kind.CHOICE  # boxes to tick
        found |= {f"{path}-fact": [part.fact], f"{path}-op": [part.comparison]}
        found[f"{path}-value"] = part.value.split(", ") if many else [part.value]
    if part.what in ("partners", "cost_share"):
        found |= {f"{path}-least": [part.least], f"{path}-most": [part.most]}
    for i, inner in enumerate(part.parts):
        found |= sent(inner, f"{path}.{i}")
    return found


def query(fields: dict[str, Any]) -> QueryDict:
    data = QueryDict(mutable=True)
    for name, values in fields.items():
        data.setlist(name, values)
    return data


def test_every_condition_of_the_examples_is_shown_part_by_part_and_comes_back_as_it_was() -> None:
    conditions = [NESTED]
    for path in sorted((SHIPPED / "calls").rglob("*.yaml")):
        document = yaml.safe_load(path.read_text(encoding="utf-8"))["document"]
        conditions += [rule["check"] for rule in document["rules"]]
        conditions += [i["who"] for i in document["intensities"] if i.get("who")]
    assert len(conditions) > 40
    for condition in conditions:
        assert condition_of(read_part(query(sent(part_of(condition))))) == condition


def test_a_comparison_becomes_a_group_and_grows_by_buttons() -> None:
    young = part_of(YOUNG)
    group = read_part(query(sent(young) | {"0-what": ["any"]}))
    assert group.parts == (young,), "what was said stays, inside the group"
    group, focus = changed(group, "group:0")
    assert focus == "0.1"
    group, _focus = changed(group, "add:0.1")
    assert [len(p.parts) for p in group.parts] == [0, 2]
    group, _focus = changed(group, "drop:0.1.0")
    assert len(group.parts[1].parts) == 1
    for act in ("drop:0", "add:0.0", "add:0.9.9", "x", "", "add:0.-1"):
        assert changed(group, act)[0] == group, act


def test_a_condition_that_is_wider_than_a_form_offers_keeps_all_its_parts() -> None:
    wide = {"any": [YOUNG] * (MOST_PARTS + 2)}
    deep: dict[str, Any] = YOUNG
    for _n in range(DEEPEST + 2):
        deep = {"not": deep}
    for condition in (wide, deep):
        assert condition_of(read_part(query(sent(part_of(condition))))) == condition
    assert changed(part_of(wide), "add:0")[0] == part_of(wide), "but it grows no more"


@pytest.mark.parametrize("language", ["it", "en"])
def test_a_number_of_three_decimals_comes_back_as_it_was_shown(language: str) -> None:
    with translation.override(language):
        for number in (12.345, 0.125, 1234, 400_000):
            condition = {"fact": "age_years", "at_most": number}
            assert condition_of(read_part(query(sent(part_of(condition))))) == condition


@pytest.fixture
def call(db: None) -> Call:
    kept = source("region")
    programme = Programme.objects.create(
        key="p", name_it="P", name_en="P", authority="R", source=kept, certainty="reported"
    )
    measure = Measure.objects.create(
        programme=programme, key="m", name_it="M", name_en="M", instrument="grant", valid_from=date(2020, 1, 1),
        source=kept, certainty="reported",
    )  # fmt: skip
    raw = raw_call(SME, {"fact": "trl_end", "at_most": 6})
    return create_call(measure=measure, document=raw, source=kept, by=None)


@pytest.fixture
def desk(client: Client, call: Call) -> Client:
    client.force_login(officer("funding_officer"))
    return client


def document(call: Call) -> dict[str, Any]:
    return dict(call.versions.get().document)


RULE = {"key": "nested", "text_it": "Regola", "text_en": "Rule", "reference": "art. 7"}


def test_a_rule_with_groups_in_groups_is_written_in_the_form(desk: Client, call: Call) -> None:
    page = "/desk/calls/test/rules/new/"
    fields = {k: [v] for k, v in RULE.items()} | sent(part_of(NESTED))
    grown = desk.post(page, fields | {"act": ["add:0.1"]}).content.decode()
    assert 'id="part-0.1.3"' in grown
    assert 'value="nested"' in grown, "the rest of the form stays as it was typed"
    assert desk.post(page, fields | {"save": [""]}).status_code == 302
    assert document(call)["rules"][-1]["check"] == NESTED


def test_the_bench_answers_as_one_chooses_and_a_part_that_says_nothing_is_told(desk: Client, call: Call) -> None:
    page = "/desk/calls/test/rules/new/"
    live = desk.post(page, sent(part_of(YOUNG)), headers={"hx-request": "true"}).content.decode()
    assert "<h1>" not in live
    assert "età in anni al più 5" in live
    empty = {k: [v] for k, v in RULE.items()} | sent(Part("all", parts=(part_of(YOUNG), Part()))) | {"save": [""]}
    assert "2: scegli il fatto, il confronto e il valore" in desk.post(page, empty).content.decode()
    inside = {k: [v] for k, v in RULE.items()} | sent(part_of({"some_partner": {"every_partner": YOUNG}}))
    assert "dentro un" in desk.post(page, inside | {"save": [""]}).content.decode()
    assert len(document(call)["rules"]) == 2


TITLED = {"title_it": "Titolo nuovo", "title_en": "New title", "about_it": "Di che tratta", "about_en": "About it"}


def test_title_and_text_change_at_once_in_a_draft_and_with_the_next_version_once_published(
    desk: Client, call: Call
) -> None:
    page = "/desk/calls/test/lines/"
    rows = TITLED | {
        "regime": "gber", "effort_hours": "40", "form-TOTAL_FORMS": "1", "form-INITIAL_FORMS": "1",
        "form-0-key": "1", "form-0-title_it": "Una", "form-0-title_en": "One", "form-0-budget_eur": "1000",
    }  # fmt: skip
    assert desk.post(page, rows).status_code == 302
    call.refresh_from_db()
    assert (call.title_it, call.about_en) == ("Titolo nuovo", "About it")
    publish_version(version=call.versions.get(), by=None, opens_on=timezone.localdate(), window_reason="By arrival")
    assert desk.post(page, rows | {"title_it": "Altro titolo", "form-0-about_it": "Per tutti"}).status_code == 302
    assert "Titolo nuovo" in desk.get("/calls/test/").content.decode(), "what is published stays until the next is"
    publish_version(
        version=call.versions.get(number=2), by=None, opens_on=timezone.localdate(), window_reason="By arrival"
    )
    page_now = desk.get("/calls/test/").content.decode()
    assert ("Altro titolo" in page_now, "Di che tratta" in page_now, "Per tutti" in page_now) == (True, True, True)


def test_lines_that_wait_for_their_rules_get_them_one_by_one(desk: Client, call: Call) -> None:
    page = "/desk/calls/test/lines/"
    rows = TITLED | {"regime": "gber", "effort_hours": "0", "form-TOTAL_FORMS": "3", "form-INITIAL_FORMS": "1"}
    for i in range(3):
        rows |= {f"form-{i}-key": str(i + 1), f"form-{i}-title_it": "L", f"form-{i}-title_en": "L",
                 f"form-{i}-budget_eur": "10"}  # fmt: skip
    raw = dict(call.versions.get().document)
    raw["rules"] = [{**r, "lines": ["1"]} for r in raw["rules"]]
    save_version(call=call, document=raw, note="", by=None)
    assert desk.post(page, rows).status_code == 302
    made = {k: [v] for k, v in RULE.items()} | sent(part_of(YOUNG)) | {"lines": ["2"], "save": [""]}
    said = desk.post("/desk/calls/test/rules/new/", made, follow=True).content.decode()
    assert document(call)["rules"][-1]["lines"] == ["2"]
    assert "Non si può ancora pubblicare" in said


def test_a_rule_of_one_line_does_not_contradict_that_of_another(desk: Client, call: Call) -> None:
    raw = dict(call.versions.get().document)
    raw["lines"] = [*raw["lines"], {**raw["lines"][0], "key": "2"}]
    raw["rules"] = [{**raw["rules"][0]}, {**raw["rules"][1], "lines": ["1"]}]  # TRL at most 6 on line 1
    save_version(call=call, document=raw, note="", by=None)
    page, late = "/desk/calls/test/rules/new/", {"fact": "trl_end", "at_least": 8}
    made = {k: [v] for k, v in RULE.items()} | sent(part_of(late)) | {"save": [""]}
    said = desk.post(page, made | {"lines": ["1"]}).content.decode()
    assert "[nested]" in said, "on line 1 the two cannot both hold, and the new one is called by its name"
    assert desk.post(page, made | {"lines": ["2"]}).status_code == 302
    assert document(call)["rules"][-1]["lines"] == ["2"]


def test_a_line_is_added_renamed_with_its_rules_and_not_taken_from_under_them(desk: Client, call: Call) -> None:
    page = "/desk/calls/test/lines/"
    rows = TITLED | {
        "regime": "de_minimis", "effort_hours": "40", "form-TOTAL_FORMS": "2", "form-INITIAL_FORMS": "1",
        "form-0-key": "1", "form-0-title_it": "Una", "form-0-title_en": "One", "form-0-budget_eur": "1000",
        "form-1-key": "2", "form-1-title_it": "Due", "form-1-title_en": "Two", "form-1-budget_eur": "500",
    }  # fmt: skip
    assert desk.post(page, rows).status_code == 302
    assert [(line["key"], line["budget_eur"]) for line in document(call)["lines"]] == [("1", 1000), ("2", 500)]
    assert document(call)["regime"] == "de_minimis"
    desk.post("/desk/calls/test/rules/new/", {k: [v] for k, v in RULE.items()} | sent(part_of(YOUNG))
              | {"lines": ["2"], "save": [""]})  # fmt: skip
    renamed = rows | {"form-INITIAL_FORMS": "2", "form-1-key": "2b"}
    assert desk.post(page, renamed).status_code == 302
    assert document(call)["rules"][-1]["lines"] == ["2b"]
    refused = desk.post(page, renamed | {"form-1-DELETE": "on"}).content.decode()
    assert "2b" in refused
    assert "qualcosa da correggere" in refused
    assert len(document(call)["lines"]) == 2


def test_criteria_are_edited_together_because_their_weights_add_up(desk: Client, call: Call) -> None:
    page = "/desk/calls/test/criteria/"
    rows = {"form-TOTAL_FORMS": "2", "form-INITIAL_FORMS": "0"}
    for i, (key, weight) in enumerate((("quality", "60"), ("impact", "30"))):
        rows |= {f"form-{i}-key": key, f"form-{i}-text_it": key, f"form-{i}-text_en": key,
                 f"form-{i}-weight": weight, f"form-{i}-most": "10"}  # fmt: skip
    assert "90" in desk.post(page, rows).content.decode()
    assert "criteria" not in document(call)
    assert desk.post(page, rows | {"form-1-weight": "40"}).status_code == 302
    assert [c["weight"] for c in document(call)["criteria"]] == [60, 40]


def test_an_intensity_has_a_condition_of_its_own(desk: Client, call: Call) -> None:
    fields = {"grant": ["62.5"], "loan": ["0"], "reference": ["art. 8"], **sent(part_of(SME)), "save": [""]}
    assert desk.post("/desk/calls/test/intensities/new/", fields).status_code == 302
    assert document(call)["intensities"] == [{"who": SME, "grant": 0.625, "loan": 0, "reference": "art. 8"}]
    everybody = fields | {"0-what": ["everybody"], "lines": ["1"]}
    assert desk.post("/desk/calls/test/intensities/1/", everybody).status_code == 302
    assert (document(call)["intensities"][0]["who"], document(call)["intensities"][0]["lines"]) == ({}, ["1"])
    assert "62" in desk.get("/desk/calls/test/").content.decode()
    desk.post("/desk/calls/test/intensities/1/drop/")
    assert document(call)["intensities"] == []


def test_a_worked_case_is_tried_before_it_is_kept(desk: Client, call: Call) -> None:
    page = "/desk/calls/test/cases/new/"
    case = {
        "name_it": "TRL 7", "name_en": "TRL 7", "line": "1", "tests": "r1", "expects": "fail", "parties": "2",
        "party0-size_class": "small", "party0-cost_eur": "100.50", "party1-size_class": "large",
        "project-trl_end": "7",
    }  # fmt: skip
    tried = desk.post(page, case | {"try": ""}).content.decode()
    assert "Risposta ora: esclude; attesa: esclude." in tried
    assert 'name="party2-size_class"' in desk.post(page, case | {"act": "more"}).content.decode()
    assert desk.post(page, case | {"save": ""}).status_code == 302
    kept = document(call)["cases"][0]
    assert kept["parties"] == [{"size_class": "small", "cost_eur": 100.5}, {"size_class": "large"}]
    assert kept["project"] == {"trl_end": 7}
    assert "Atteso: esclude; risposta ora: esclude." in desk.get("/desk/calls/test/").content.decode()
    raw = document(call)
    raw["cases"][0]["parties"][1]["name"] = "Beta"
    save_version(call=call, document=raw, note="", by=None)
    assert desk.post("/desk/calls/test/cases/1/", case | {"save": ""}).status_code == 302
    assert document(call)["cases"][0]["parties"][1] == {"name": "Beta", "size_class": "large"}
    assert desk.post("/desk/calls/test/cases/1/", case | {"expects": "pass", "save": ""}).status_code == 302
    assert "diversa" in desk.get("/desk/calls/test/").content.decode()
    with pytest.raises(CannotPublish, match=r"worked cases come out otherwise than they say: TRL 7; change the rule"):
        publish_version(version=call.versions.get(), by=None, window_reason="By arrival", opens_on=date(2026, 1, 1))
    desk.post("/desk/calls/test/cases/1/drop/")
    assert document(call)["cases"] == []


# --- the published version beside the draft; money of others; partners ------------------------------------------------
def test_the_published_version_is_tried_beside_its_draft_and_both_stand_side_by_side(
    desk: Client, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[int] = []
    monkeypatch.setattr(
        "poliedro.funding.views.trial.start_job", lambda **asked: begun.append(asked["version"]) or Job(pk=1)
    )
    first = publish_version(version=call.versions.get(), by=None, window_reason="By arrival", opens_on=date(2026, 1, 1))
    draft = save_version(call=call, document=raw_call(SME), note="", by=None)
    assumed = {name: field.initial for name, field in DemandForm().fields.items()}
    page = "/desk/calls/test/simulate/"
    desk.post(page, assumed)
    desk.post(page, assumed | {"both": ""})
    assert begun == [draft.pk, first.pk, draft.pk]
    assert "versione 1, che è pubblicata" in desk.get("/desk/calls/test/").content.decode()
    for version, sure in ((first, 3), (draft, 7)):
        line = {"sure": sure, "possible": sure, "by": {by: [] for by in GROUPS}}
        Simulation.objects.create(
            version=version, key=str(version.pk), result={"lines": {"1": line}}, inputs={"document": version.document},
            seconds=0, seed=1, certainty="estimated",
        )  # fmt: skip
    shown = desk.get("/desk/calls/test/compare/").content.decode()
    assert "v1 (pubblicato)" in shown
    assert "v2 (bozza)" in shown
    assert ">3<" in shown
    assert ">7<" in shown, "published and draft are compared before anything was chosen"


def test_money_of_a_foundation_is_noted_by_its_name(desk: Client, call: Call) -> None:
    body = organisation("Fondazione Prova", kind="bank_foundation")
    page = "/desk/calls/test/cofunding/"
    assert '<option value="Fondazione Prova">' in desk.get("/desk/calls/test/").content.decode()
    money = {"amount_eur": "500", "for_what": "spazi"}
    desk.post(page, money | {"organisation": "fondazione prova"})
    assert call.cofunding.get().organisation == body
    refused = desk.post(page, money | {"organisation": "Nessuna"}, follow=True).content.decode()
    assert "Nessuna" in refused
    assert call.cofunding.count() == 1


def test_partners_are_asked_for_where_a_rule_speaks_of_them(client: Client, call: Call) -> None:
    page = "/calls/test/check/"
    publish_version(version=call.versions.get(), by=None, window_reason="By arrival", opens_on=date(2026, 1, 1))
    assert "I tuoi partner" not in client.get(page).content.decode()
    university = {"some_partner": {"fact": "kind", "is": "university"}}
    tenth = {"cost_share": {"fact": "kind", "is": "university"}, "at_most": 0.25}
    draft = save_version(call=call, document=raw_call(SME, university, tenth), note="", by=None)
    publish_version(version=draft, by=None, window_reason="By arrival", opens_on=date(2026, 1, 1))
    assert "I tuoi partner" in client.get(page).content.decode()
    said = {"asked": "1", "kind": "enterprise", "size_class": "small", "cost_eur": "1000"}
    alone = client.get(page, said).content.decode()
    assert "Con un partner" in alone, "what only a partner can bring is no refusal while none was named"
    assert "coinvolgi un partner" in alone
    assert 'name="partner1-kind"' in client.get(page, said | {"partners": "0", "act": "more"}).content.decode()
    joined = said | {"partners": "1", "partner1-kind": "university"}
    assert "Puoi partecipare" in client.get(page, joined | {"partner1-cost_eur": "250"}).content.decode()
    assert "ogni linea ti esclude" in client.get(page, joined | {"partner1-cost_eur": "250.01"}).content.decode()
    assert "Per ora nulla ti esclude" in client.get(page, joined).content.decode(), "its part of the cost was not said"
    assert "sostengono più di questo" in client.get(page, joined | {"partner1-cost_eur": "1001"}).content.decode()


def test_a_draft_says_what_applications_would_lack_for_good(desk: Client, call: Call) -> None:
    raw = dict(call.versions.get().document)
    for empty, says in (("intensities", "Nessuna intensità è indicata"), ("criteria", "Nessun criterio è indicato")):
        save_version(call=call, document={**raw, empty: []}, note="", by=None)
        said = desk.get("/desk/calls/test/").content.decode()
        assert says in said
        assert "Da guardare" in said
        assert "Questa bozza non può essere pubblicata" not in said


def test_a_draft_that_is_blocked_by_a_case_says_so_beside_what_is_worth_a_look(desk: Client, call: Call) -> None:
    raw = dict(call.versions.get().document)
    case = {
        "name": {"it": "Caso", "en": "Case"}, "tests": raw["rules"][0]["key"], "line": raw["lines"][0]["key"],
        "expects": "pass", "parties": [{"size_class": "large"}], "project": {},
    }  # fmt: skip
    save_version(call=call, document={**raw, "criteria": [], "cases": [case]}, note="", by=None)
    said = desk.get("/desk/calls/test/").content.decode()
    assert "Alcuni casi svolti danno un esito diverso" in said
    assert "Nessun criterio è indicato" in said
