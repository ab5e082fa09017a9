"""Lines, criteria and worked cases of a draft in forms; rules and intensities: `editor.py`."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from poliedro.funding.forms.call_parts import (
    MOST_PARTIES,
    CaseFacts,
    CaseForm,
    CriterionRows,
    FrameForm,
    LineRows,
    LoanTermsForm,
    criterion_initial,
    frame_initial,
    line_initial,
    stated_rows,
)
from poliedro.funding.models import Call
from poliedro.funding.rules.conditions import facts_in
from poliedro.funding.rules.document import WORDS, InvalidCall, judge, read_call, read_dossier, verdict
from poliedro.funding.rules.facts import FACTS
from poliedro.funding.services.calls import save_version
from poliedro.funding.views.calls import language
from poliedro.funding.views.desk import DESIGN, call_by_key, desk_crumbs, keep_draft, reasons_against
from poliedro.funding.views.editor import as_typed, draft_version, line_choices
from poliedro.funding.views.limits import CATEGORY_WORDS
from poliedro.funding.views.words import FACT_WORDS, answer_words, choices_of, fact_word, refusal_words
from poliedro.shared.access import needs
from poliedro.shared.blocks import Block, WorkingPage, show
from poliedro.shared.components import Crumb, Table


def _kept(request: HttpRequest, call: Call, document: dict[str, Any], *, but: str = "") -> list[str]:
    """Save the document as the draft; or why not."""
    try:
        reasons = reasons_against(read_call(document), but=but, before=draft_version(call).rules)
        if not reasons:
            keep_draft(request, call, document)
    except InvalidCall as refused:
        return [refusal_words(refused)]
    return reasons


@needs(DESIGN, call=call_by_key)
def lines(request: HttpRequest, call: Call) -> HttpResponse:
    """What the call is about, its regime and effort, and its lines. A new line may still wait for its rules."""
    raw = dict(draft_version(call).document)
    rows = LineRows(
        request.POST or None, initial=[line_initial(line) for line in raw["lines"]],
        form_kwargs={"words": CATEGORY_WORDS},
    )  # fmt: skip
    frame = FrameForm(CATEGORY_WORDS, request.POST or None, initial=frame_initial(raw))
    reasons: list[str] = []
    if request.method == "POST" and rows.is_valid() and frame.is_valid():
        stated, renamed = stated_rows(rows, raw["lines"])
        document = {**renamed_lines(raw, renamed), **frame.stated(), "lines": stated}
        reasons = _kept(request, call, document, but="no_rules")
        if not reasons:
            return redirect("funding:draft", call.key)
    return _rows_page(
        request, call, rows, reasons, _("The call and its lines"), frame=frame,
        lead=_("Each line has its own budget and its own rules. Take a line out only when no rule belongs to it."),
    )  # fmt: skip


def renamed_lines(raw: dict[str, Any], renamed: dict[str, str]) -> dict[str, Any]:
    """The document with other names for lines wherever a rule, an intensity or a case belongs to one."""
    found = dict(raw)
    for name in ("rules", "intensities"):
        if found.get(name):
            found[name] = [
                {**p, "lines": [renamed.get(str(k), k) for k in p["lines"]]} if p.get("lines") else p
                for p in found[name]
            ]
    found["cases"] = [{**c, "line": renamed.get(str(c["line"]), c["line"])} for c in raw.get("cases") or []]
    return found


@needs(DESIGN, call=call_by_key)
def criteria(request: HttpRequest, call: Call) -> HttpResponse:
    """What evaluators score: all criteria at once, since their weights add up to 100."""
    raw = dict(draft_version(call).document)
    known = list(raw.get("criteria") or [])
    rows = CriterionRows(request.POST or None, initial=[criterion_initial(c) for c in known])
    reasons: list[str] = []
    if request.method == "POST" and rows.is_valid():
        stated, _renamed = stated_rows(rows, known)
        reasons = _kept(request, call, {**raw, "criteria": stated})
        if not reasons:
            return redirect("funding:draft", call.key)
    return _rows_page(
        request, call, rows, reasons, _("Criteria"), frame=None,
        lead=_("The weights add up to 100. An application with fewer points than the lowest score fails."),
    )  # fmt: skip


@needs(DESIGN, call=call_by_key)
def loans(request: HttpRequest, call: Call) -> HttpResponse:
    """On which terms the call lends: without them the aid in its loans is not known, nor counted."""
    raw = dict(draft_version(call).document)
    form = LoanTermsForm(request.POST or None, initial=raw.get("loan_terms") or None)
    if request.method == "POST" and form.is_valid():
        for reason in (reasons := _kept(request, call, {**raw, "loan_terms": form.stated()})):
            form.add_error(None, reason)
        if not reasons:
            return redirect("funding:draft", call.key)
    title = _("Terms of its loans")
    lead = _(
        "A loan counts under the ceilings with what it is worth as a grant: the market's interest less what the firm "
        "pays, by the rates of the day of the contract."
    )
    links = [(_("Rates of state aid"), reverse("funding:aid_rates"))]
    page = WorkingPage(title, lead, [Block(form=form, button=_("Save in the draft"), links=links)])
    return show(request, page, desk_crumbs(call, Crumb(title)), synthetic=call.is_synthetic)


def _rows_page(
    request: HttpRequest, call: Call, rows: Any, reasons: list[str], title: str, *, frame: FrameForm | None, lead: str
) -> HttpResponse:
    return render(
        request,
        "funding/call_rows.html",
        {
            "call": call, "heading": title, "lead": lead, "rows": rows, "frame": frame, "reasons": reasons,
            "synthetic_data": call.is_synthetic, "crumbs": desk_crumbs(call, Crumb(title)),
        },
    )  # fmt: skip


@needs(DESIGN, call=call_by_key)
def case(request: HttpRequest, call: Call, number: int = 0) -> HttpResponse:
    """A worked case: facts, the answer that must come out, what comes out now. number: its place, from 1; 0: new."""
    version = draft_version(call)
    raw, document = dict(version.document), version.rules
    cases = list(raw.get("cases") or [])
    if number > len(cases):
        raise Http404
    known = dict(cases[number - 1]) if number else {}
    parties = _parties(request, known)
    rules = [(r.key, r.text.in_language(language())) for r in document.rules]
    answers = [(word, answer_words(word)) for word in WORDS.values()]
    data = request.POST or None
    form = CaseForm(line_choices(raw), rules, answers, data, initial=_case_initial(known))
    asked = {f for r in document.rules for f in facts_in(r.check)}
    choices = {k: choices_of(k) for k, f in FACTS.items() if f.choices}
    facts = CaseFacts(asked, FACT_WORDS, choices, data, known, parties)
    reasons: list[str] = []
    bench: Table | None = None
    came = ""
    if request.method == "POST" and facts.is_valid():
        line = request.POST.get("line", "")
        if line in {key for key, _title in line_choices(raw)}:
            came, bench = _answers(document, line, facts.stated())
        if form.is_valid() and "save" in request.POST:
            made = {**known, **form_stated(form), **facts.stated()}
            places = [made if i == number else old for i, old in enumerate(cases, 1)] if number else [*cases, made]
            reasons = _kept(request, call, {**raw, "cases": places})
            if not reasons:
                return redirect("funding:draft", call.key)
    if request.POST.get("act"):  # a partner more or fewer: what was typed stays, and is not judged yet
        form = CaseForm(line_choices(raw), rules, answers, initial=as_typed(form))
    title = _("Worked case %(n)s") % {"n": number} if number else _("New worked case")
    return render(
        request,
        "funding/case.html",
        {
            "call": call, "heading": title, "form": form, "facts": facts, "parties": parties,
            "can_add": parties < MOST_PARTIES, "reasons": reasons, "bench": bench, "came": came,
            "expected": answer_words(form["expects"].value()) if came and form["expects"].value() else "",
            "synthetic_data": call.is_synthetic, "crumbs": desk_crumbs(call, Crumb(title)),
        },
    )  # fmt: skip


def _parties(request: HttpRequest, known: dict[str, Any]) -> int:
    stated = len(known.get("parties") or [{}])
    sent = request.POST.get("parties", "")
    number = int(sent) if sent.isdecimal() else stated
    number += {"more": 1, "fewer": -1}.get(request.POST.get("act", ""), 0)
    return max(1, min(MOST_PARTIES, number))


def _case_initial(known: dict[str, Any]) -> dict[str, Any]:
    name = known.get("name", "")
    words = name if isinstance(name, dict) else {"it": str(name), "en": str(name)}
    return {
        "name_it": words["it"], "name_en": words["en"], "line": known.get("line"), "tests": known.get("tests"),
        "expects": known.get("expects"),
    }  # fmt: skip


def form_stated(form: CaseForm) -> dict[str, Any]:
    data = form.cleaned_data
    name = {"it": data["name_it"], "en": data["name_en"]}
    return {"name": name, "line": data["line"], "tests": data["tests"], "expects": data["expects"]}


def _answers(document: Any, line: str, stated: dict[str, Any]) -> tuple[str, Table]:
    """What comes out now, and each rule's answer."""
    answers = judge(document, line, read_dossier(stated))
    texts = {r.key: r.text.in_language(language()) for r in document.rules}
    rows = [
        [texts[key], answer_words(WORDS[a.value]), ", ".join(fact_word(f) for f in sorted(a.missing))]
        for key, a in sorted(answers.items(), key=lambda item: (False, None, True).index(item[1].value))
    ]
    return answer_words(verdict(list(answers.values()))), Table(
        [_("Rule"), _("Answer now"), _("Not known")], rows, full=True
    )


@needs(DESIGN, call=call_by_key)
def drop_case(request: HttpRequest, call: Call, number: int) -> HttpResponse:
    if request.method == "POST":
        raw = dict(draft_version(call).document)
        raw["cases"] = [old for i, old in enumerate(raw.get("cases") or [], 1) if i != number]
        save_version(call=call, document=raw, note="", by=request.user)
        messages.success(request, _("The case is out of the draft."))
    return redirect("funding:draft", call.key)
