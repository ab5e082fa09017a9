"""Am I in? What a firm says of itself, its partners and its project, judged rule by rule; nothing is stored."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from poliedro.funding.forms import FactsForm, keys_of, money_field, shown_facts
from poliedro.funding.models import Call
from poliedro.funding.queries.calls import open_documents, phase_of, version_in_force
from poliedro.funding.queries.facts import other_applications, register_facts
from poliedro.funding.rules.aid import parts_of
from poliedro.funding.rules.conditions import Dossier, Party, facts_in, mentions
from poliedro.funding.rules.document import VERDICTS, CallDocument, judge, verdict
from poliedro.funding.rules.explain import explain, partner_checks
from poliedro.funding.rules.facts import FACTS, Scope, read_value
from poliedro.funding.rules.states import is_open
from poliedro.funding.views.calls import call_crumbs, language, organisations_of, published_call, title_of
from poliedro.funding.views.limits import room_words
from poliedro.funding.views.words import FACT_WORDS, answer_words, choices_of, fact_word, step_words
from poliedro.registry.models import Organisation
from poliedro.shared.access import public
from poliedro.shared.components import Crumb

MOST_PARTNERS = 7


@public
def check(request: HttpRequest, key: str) -> HttpResponse:
    """Am I in? Each rule answered with what is known, what is missing, and the least that would change a no."""
    found = published_call(key)
    version = version_in_force(found)
    if version is None:
        raise Http404
    document = version.rules
    today = timezone.localdate()
    takes = is_open(found.state, found.opens_on, found.closes_on, today)
    checks = [r.check for r in document.rules]
    asked = document.facts_asked()
    body = _own_organisation(request)
    known = shown_facts(_known(body, found, today)) if body else {}
    keys = [*keys_of(asked | {"kind", "size_class"}, Scope.PARTY), *keys_of(asked, Scope.PROJECT)]
    act = request.GET.get("act", "")
    is_asked = "asked" in request.GET
    form = FactsForm(keys, FACT_WORDS, every_choice(), request.GET if is_asked else None, initial=known)
    form.fields["cost_eur"] = money_field(_("Total cost of the project, EUR"), required=False)
    asks_partners = any(mentions(check) for check in checks)
    partners = _partner_forms(request, checks, act) if asks_partners else []
    results = []
    dossier: Dossier | None = None
    if is_asked and not act and form.is_valid() and all(p.is_valid() for p in partners):
        dossier = _dossier(form, partners)
        if dossier is None:
            form.add_error("cost_eur", _("Your partners bear more than this together; write the cost of all."))
    if dossier is not None:
        alone = asks_partners and not partners
        results = [line_result(document, line.key, dossier, may_join=alone) for line in document.lines]
        for result in results:
            if body is not None:
                result["room"], result["is_over"] = room_words(body, version, result["key"], result["part"], today)
            result["passed"] = [r for r in result["rules"] if r["answer"] == "pass"]
            result["open"] = [r for r in result["rules"] if r["answer"] != "pass"]
        results.sort(key=lambda r: VERDICTS.index(r["verdict"]))
    return render(
        request,
        "funding/check.html",
        {
            "call": found,
            "is_open": takes,
            "phase": phase_of(found, today),
            "title": title_of(found),
            "form": form,
            "organisation": body,
            "own": [] if body else organisations_of(request),
            "results": results,
            "best": results[0] if results else None,
            "others": _others(found, dossier, today) if dossier and results[0]["verdict"] == "fail" else [],
            "asks_partners": asks_partners,
            "partners": partners,
            "can_add": len(partners) < MOST_PARTNERS,
            "synthetic_data": found.is_synthetic or bool(body and body.is_synthetic),
            "crumbs": call_crumbs(
                Crumb(title_of(found), reverse("funding:call", args=[found.key])), Crumb(_("Am I in?"))
            ),
        },
    )


def _known(body: Organisation, call: Call, today: date) -> dict[str, Any]:
    """What the register knows of a firm that asks about a call."""
    return {**register_facts(body, today), "other_applications": other_applications(body.pk, call.pk)}


def every_choice() -> dict[str, list[tuple[str, str]]]:
    return {k: choices_of(k) for k, f in FACTS.items() if f.choices}


def _partner_forms(request: HttpRequest, checks: list[Any], act: str) -> list[FactsForm]:
    """A form for each partner, with what the rules ask of partners; none at first."""
    stated = request.GET.get("partners", "")
    number = (int(stated) if stated.isdecimal() else 0) + {"more": 1, "fewer": -1}.get(act, 0)
    asked = {f for check in partner_checks(checks) for f in facts_in(check)} | {"kind", "size_class"}
    forms = []
    for i in range(1, min(MOST_PARTNERS, number) + 1):
        form = FactsForm(keys_of(asked, Scope.PARTY), FACT_WORDS, every_choice(), request.GET, prefix=f"partner{i}")
        form.fields["cost_eur"] = money_field(_("Its part of the cost, EUR"), required=False)
        forms.append(form)
    return forms


def _own_organisation(request: HttpRequest) -> Organisation | None:
    """The organisation that the person acts for and asks about; nobody else's facts are filled in."""
    number = request.GET.get("organisation", "")
    if not number.isdecimal() or not request.user.is_authenticated:
        return None
    body = Organisation.objects.select_related("nace", "territory").filter(pk=number).first()
    return body if body is not None and request.user.has_perm("funding.apply", body) else None


def _dossier(form: FactsForm, partners: list[FactsForm]) -> Dossier | None:
    """What was said; None where the partners bear more than the whole. What they leave of the cost is the applicant's;
    where a partner's part is not said, nobody's is, and the total is a fact of the project."""
    total: Decimal | None = form.cleaned_data.get("cost_eur")
    costs: list[Decimal | None] = [p.cleaned_data.get("cost_eur") for p in partners]
    facts = {k: read_value(k, v) for k, v in form.facts().items()}
    project = {k: v for k, v in facts.items() if FACTS[k].scope is Scope.PROJECT}
    own: Decimal | None = None
    said = [c for c in costs if c is not None]
    if total is not None and sum(said, Decimal(0)) > total:
        return None
    if total is not None and len(said) == len(costs):
        own = total - sum(said, Decimal(0))
    elif total is not None:
        project["total_cost_eur"] = total
    parties = [Party({k: v for k, v in facts.items() if FACTS[k].scope is Scope.PARTY}, own)]
    for i, (p, cost) in enumerate(zip(partners, costs, strict=True), 1):
        name = _("Partner %(n)s") % {"n": i}
        parties.append(Party({k: read_value(k, v) for k, v in p.facts().items()}, None if own is None else cost, name))
    return Dossier(tuple(parties), project)


def line_result(document: CallDocument, line: str, dossier: Dossier, *, may_join: bool = False) -> dict[str, Any]:
    """A line's answer, ready to be shown. may_join: whether partners are still to be found; then a line that refuses
    the applicant alone, and nobody with a partner, is answered "partner", with the partners that it takes."""
    explained = explain(document, line, dossier)
    answers_now, word = explained.answers, explained.verdict
    if may_join and word == "fail":
        answers_now = judge(document, line, replace(dossier, may_join=True))
        word = verdict(list(answers_now.values()))
    rules = {r.key: r for r in document.rules}
    order = {False: 0, None: 1, True: 2}
    answers = sorted(answers_now.items(), key=lambda item: order[item[1].value])
    waiting = explain(document, line, dossier, waiting=True) if word == "fail" and not explained.steps else None
    parts = parts_of(document, line, dossier) if word != "fail" else []
    return {
        "key": line,
        "title": document.line(line).title.in_language(language()),
        "verdict": word,
        "word": answer_words(word),
        "rules": [
            {
                "text": rules[key].text.in_language(language()),
                "reference": rules[key].reference,
                "answer": {True: "pass", False: "fail", None: "unknown"}[answer.value],
                "word": answer_words({True: "pass", False: "fail", None: "unknown"}[answer.value]),
                "missing": [fact_word(f) for f in sorted(answer.missing)],
            }
            for key, answer in answers
        ],
        "changes": [[step_words(s) for s in steps] for steps in explained.steps],
        "waits": [[step_words(s) for s in steps] for steps in waiting.steps] if waiting else [],
        "searched": explained.searched,
        "part": parts[0] if parts else None,
        "missing": sorted({fact_word(f) for a in answers_now.values() for f in a.missing}),
    }


def _others(call: Call, dossier: Dossier, today: date) -> list[dict[str, Any]]:
    """Lines of other open calls that do not refuse the same applicant, those that pass first; partners that are still
    to be found are no refusal."""
    found = []
    open_to = replace(dossier, may_join=len(dossier.parties) == 1)
    for other, document in open_documents(today):
        if other.pk == call.pk:
            continue
        for line in document.lines:
            word = verdict(list(judge(document, line.key, open_to).values()))
            if word != "fail":
                found.append({"call": other, "title": title_of(other), "line": line.title.in_language(language()),
                              "verdict": word, "word": answer_words(word)})  # fmt: skip
    return sorted(found, key=lambda r: VERDICTS.index(r["verdict"]))
