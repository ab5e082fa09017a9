"""A rule, or an intensity of aid, in a form that shows its condition part by part, with the worked cases beside it."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from poliedro.funding.forms.conditions import (
    AMOUNTS,
    EVERYBODY,
    FACT,
    GROUPS,
    ROOT,
    WHEN,
    IncompletePart,
    Part,
    can_grow,
    changed,
    condition_of,
    numbered,
    part_of,
    read_part,
)
from poliedro.funding.forms.rules import IntensityForm, RuleForm, intensity_initial, rule_initial
from poliedro.funding.models import Call, CallVersion
from poliedro.funding.queries.calls import newest_version
from poliedro.funding.rules.conditions import TAKES
from poliedro.funding.rules.document import InvalidCall, judge, read_call, verdict
from poliedro.funding.rules.facts import FACTS, Kind
from poliedro.funding.services.calls import save_version
from poliedro.funding.views.calls import in_words, language
from poliedro.funding.views.desk import DESIGN, call_by_key, desk_crumbs, keep_draft, reasons_against
from poliedro.funding.views.words import FACT_WORDS, answer_words, choices_of, condition_words, refusal_words
from poliedro.shared.access import needs
from poliedro.shared.components import Crumb, Table

COMPARISONS = {
    "is": gettext_lazy("is"),
    "in": gettext_lazy("is one of"),
    "at_least": gettext_lazy("is at least"),
    "at_most": gettext_lazy("is at most"),
    "under": gettext_lazy("lies under"),
}
WHATS = {
    FACT: gettext_lazy("a comparison"),
    "all": gettext_lazy("all of these"),
    "any": gettext_lazy("at least one of these"),
    "not": gettext_lazy("it is not so that all of these hold"),
    WHEN: gettext_lazy("if ... then ..."),
    "every_partner": gettext_lazy("every partner"),
    "some_partner": gettext_lazy("at least one partner"),
    "partners": gettext_lazy("the number of partners for whom it holds"),
    "cost_share": gettext_lazy("the part of the cost borne by those for whom it holds"),
    EVERYBODY: gettext_lazy("everybody"),
}
SLUG = re.compile(r"[-a-zA-Z0-9_]{1,60}")
START = {"rule": Part(), "intensity": Part(FACT, "size_class", "in", "")}


def draft_version(call: Call) -> CallVersion:
    version = newest_version(call)
    if version is None:
        raise Http404
    return version


def line_choices(raw: dict[str, Any]) -> list[tuple[str, str]]:
    return [(line["key"], in_words(line["title"]["it"], line["title"]["en"])) for line in raw["lines"]]


@needs(DESIGN, call=call_by_key)
def rule(request: HttpRequest, call: Call, rule: str = "") -> HttpResponse:
    """One rule: its sentence, and its condition part by part."""
    raw = dict(draft_version(call).document)
    known = next((r for r in raw["rules"] if r["key"] == rule), None)
    if rule and known is None:
        raise Http404
    form = RuleForm(line_choices(raw), request.POST or None, initial=rule_initial(known) if known else {})

    def trial(check: dict[str, Any], *, finished: bool) -> dict[str, Any]:
        made = form.rule(known, check) if finished else {**_so_far(form, known, raw), "check": check}
        rules = [made if r["key"] == rule else r for r in raw["rules"]] if known else [*raw["rules"], made]
        cases = [{**c, "tests": made["key"]} if known and c.get("tests") == rule else c for c in raw.get("cases") or []]
        return {**raw, "rules": rules, "cases": cases}

    start = part_of(known["check"]) if known else START["rule"]
    title = _("Rule %(key)s") % {"key": rule} if rule else _("New rule")
    return _edited(request, call, form, start, trial, title, with_everybody=False)


def _so_far(form: forms.Form, known: dict[str, Any] | None, raw: dict[str, Any]) -> dict[str, Any]:
    """The rule but for its condition, with what was typed and ticked so far: the bench and the search for
    contradictions judge it on its own lines and call it by its own name."""
    so_far = known or {"key": "-", "text": {"it": "-", "en": "-"}, "reference": "-"}
    if not form.is_bound:
        return so_far
    typed = as_typed(form)
    rest = {k: v for k, v in so_far.items() if k != "lines"}
    lines = [key for key in typed["lines"] or () if key in {line["key"] for line in raw["lines"]}]
    words = {of: typed[f"text_{of}"] or so_far["text"][of] for of in ("it", "en")}
    others = {r["key"] for r in raw["rules"]} - {so_far["key"]}
    key = typed["key"] if SLUG.fullmatch(typed["key"] or "") and typed["key"] not in others else so_far["key"]
    return {**rest, "key": key, "text": words} | ({"lines": lines} if lines else {})


@needs(DESIGN, call=call_by_key)
def intensity(request: HttpRequest, call: Call, number: int = 0) -> HttpResponse:
    """What part of its cost a party of some kind gets. number: its place in the list, from 1; 0: a new one, at the
    end."""
    raw = dict(draft_version(call).document)
    stated = list(raw.get("intensities") or [])
    if number > len(stated):
        raise Http404
    known = stated[number - 1] if number else None
    form = IntensityForm(line_choices(raw), request.POST or None, initial=intensity_initial(known) if known else {})

    def trial(who: dict[str, Any], *, finished: bool) -> dict[str, Any]:
        made = form.intensity(who) if finished else {**(known or {"grant": 0}), "who": who}
        places = [made if i == number else old for i, old in enumerate(stated, 1)]
        return {**raw, "intensities": places if number else [*stated, made]}

    start = part_of(known.get("who") or {}) if known else START["intensity"]
    title = _("Intensity %(n)s") % {"n": number} if number else _("New intensity")
    return _edited(request, call, form, start, trial, title, with_everybody=True)


@needs(DESIGN, call=call_by_key)
def drop_intensity(request: HttpRequest, call: Call, number: int) -> HttpResponse:
    if request.method == "POST":
        raw = dict(draft_version(call).document)
        raw["intensities"] = [old for i, old in enumerate(raw.get("intensities") or [], 1) if i != number]
        save_version(call=call, document=raw, note="", by=request.user)
        messages.success(request, _("The intensity is out of the draft."))
    return redirect("funding:draft", call.key)


def _edited(
    request: HttpRequest, call: Call, form: forms.Form, start: Part, trial: Any, title: str, *, with_everybody: bool
) -> HttpResponse:
    """The form with its condition; with htmx only what a choice changes comes back: the parts and the test bench."""
    part, focus = start, ""
    if request.method == "POST":
        part, focus = changed(read_part(request.POST), request.POST.get("act", ""))
    live = bool(getattr(request, "htmx", False))
    asks = {"try", "save"} & set(request.POST) and not live
    bench: Table | None = None
    words, reasons, condition = "", [], {}
    try:
        condition = condition_of(part)
        read = read_call(trial(condition, finished=False))
        words = condition_words(condition)
        bench = bench_table(draft_version(call), read) if request.method == "POST" else None
        reasons = reasons_against(read, before=draft_version(call).rules) if asks else []
    except (IncompletePart, InvalidCall) as refused:
        reasons = [refusal_words(refused)] if asks or (live and isinstance(refused, InvalidCall)) else []
    if asks and form.is_valid() and not reasons:
        try:
            document = trial(condition, finished=True)
            read_call(document)
        except InvalidCall as refused:
            reasons = [refusal_words(refused)]
        else:
            if "save" in request.POST:
                keep_draft(request, call, document)
                return redirect("funding:draft", call.key)
    if not asks and request.method == "POST":
        form = type(form)(form.fields["lines"].choices, initial=as_typed(form))  # type: ignore[attr-defined]
    context = {
        "part": shown_part(part, focus=focus, with_everybody=with_everybody),
        "words": words,
        "reasons": reasons,
        "bench": bench,
    }
    if live:
        return render(request, "funding/condition_live.html", context)
    return render(
        request,
        "funding/rule.html",
        {
            **context,
            "call": call,
            "refused": reasons if "save" in request.POST else [],
            "heading": title,
            "form": form,
            "synthetic_data": call.is_synthetic,
            "crumbs": desk_crumbs(call, Crumb(title)),
        },
    )


def as_typed(form: forms.Form) -> dict[str, Any]:
    """What was typed so far, not yet judged: a part was added, and the rest of the form may still be empty."""
    return {
        name: field.widget.value_from_datadict(form.data, form.files, form.add_prefix(name))
        for name, field in form.fields.items()
    }


def shown_part(
    part: Part, path: str = ROOT, name: str = "", *, focus: str = "", with_everybody: bool = False
) -> dict[str, Any]:
    """A part and those in it, ready to be drawn."""
    facts = sorted(((k, str(w)) for k, w in FACT_WORDS.items()), key=lambda pair: pair[1])
    kind = FACTS[part.fact].kind if part.fact in FACTS else None
    options = _options(part.fact, kind)
    chosen = [v.strip() for v in part.value.split(",")]
    label = name or _("The condition")
    return {
        "path": path,
        "label": label,
        "focus": path == focus,
        "whats": [(k, str(w), k == part.what) for k, w in WHATS.items() if k != EVERYBODY or with_everybody],
        "is_fact": part.what == FACT,
        "is_group": part.what in GROUPS,
        "facts": [(k, w, k == part.fact) for k, w in facts],
        "comparisons": [
            (k, str(COMPARISONS[k]), k == part.comparison) for k in (TAKES[kind] if kind else tuple(COMPARISONS))
        ],
        "value": part.value,
        "options": [(k, w, k in chosen) for k, w in options],
        "is_many": part.comparison == "in",
        "help": _values_help(part),
        "is_amount": part.what in AMOUNTS,
        "unit": _("how many") if part.what == "partners" else _("0 to 1"),
        "least": part.least,
        "most": part.most,
        "can_add": can_grow(part, path),
        "can_drop": path != ROOT,
        "parts": [
            shown_part(p, f"{path}.{i}", _part_name(part, name, i), focus=focus) for i, p in enumerate(part.parts)
        ],
    }


def _part_name(part: Part, name: str, i: int) -> str:
    number = numbered(name.split(" ")[0], i)
    if part.what == WHEN:
        return f"{number} {(_('if'), _('then'))[i]}"
    return number


def _options(fact: str, kind: Kind | None) -> list[tuple[str, str]]:
    if kind is Kind.FLAG:
        return [("yes", _("yes")), ("no", _("no"))]
    return choices_of(fact) if kind is Kind.CHOICE else []


def _values_help(part: Part) -> str:
    if part.comparison == "under":
        return _("NACE codes with commas, for example 10, 26.1")
    return _("shares from 0 to 1") if part.fact in FACTS and FACTS[part.fact].unit == "share" else ""


def bench_table(version: CallVersion, after: Any) -> Table | None:
    """Each worked case before and after the change, those that change first."""
    before = version.rules
    if not before.cases:
        return None
    rows = []
    for old, new in zip(before.cases, after.cases, strict=True):
        was = verdict(list(judge(before, old.line, old.dossier).values()))
        now = verdict(list(judge(after, new.line, new.dossier).values()))
        name = new.name.in_language(language())
        rows.append([name, new.line, answer_words(was), answer_words(now), _("changes") if was != now else ""])
    rows.sort(key=lambda r: r[4] == "")
    return Table([_("Worked case"), _("Line"), _("Before"), _("After"), ""], rows, full=True)
