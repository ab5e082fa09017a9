"""The desk of those who design calls: drafts, rules in forms with a test bench, publication. Simulation: `trial.py`."""

from __future__ import annotations

import json
from typing import Any

import yaml
from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from poliedro.funding.forms import CoFundingForm, DemandForm, PublishForm
from poliedro.funding.models import Call, Measure, Simulation
from poliedro.funding.queries.calls import calls, newest_version, version_in_force
from poliedro.funding.queries.partners import bank_foundations, named_organisation
from poliedro.funding.rules.document import CallDocument, InvalidCall, read_call, tried_cases
from poliedro.funding.rules.soundness import Fault, faults_of, said_of
from poliedro.funding.rules.states import NotAllowed
from poliedro.funding.services.calls import CannotPublish, close_call, create_call, publish_version, save_version
from poliedro.funding.services.grants import record_cofunding
from poliedro.funding.views.calls import call_crumbs, language, phase_words, title_of
from poliedro.funding.views.words import answer_words, condition_words, first_wrong, refusal_words
from poliedro.registry.services.region_setup import ensure_source
from poliedro.shared.access import needs
from poliedro.shared.components import Crumb
from poliedro.shared.told import told

DESIGN = "funding.design_calls"


def call_by_key(key: str) -> Call:
    return get_object_or_404(Call.objects.select_related("measure__programme"), key=key)


def desk_crumbs(call: Call | None = None, *more: Crumb) -> list[Crumb]:
    own = [Crumb(_("Desk"), reverse("funding:desk"))]
    if call is not None:
        own.append(Crumb(title_of(call), reverse("funding:draft", args=[call.key])))
    return call_crumbs(*own, *more)


class NewCallForm(forms.Form):
    measure = forms.ModelChoiceField(queryset=Measure.objects.select_related("programme").order_by("key"))
    key = forms.SlugField(max_length=60)
    title_it = forms.CharField(max_length=300)
    title_en = forms.CharField(max_length=300)
    copy_of = forms.ModelChoiceField(queryset=Call.objects.order_by("key"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["measure"].label = _("Measure")
        self.fields["key"].label = _("Short name")
        self.fields["title_it"].label = _("Title in Italian")
        self.fields["title_en"].label = _("Title in English")
        self.fields["copy_of"].label = _("Begin with the rules of")


@needs(DESIGN)
def desk(request: HttpRequest) -> HttpResponse:
    """Every call with what it needs next; a new one begins here."""
    form = NewCallForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        copied = newest_version(data["copy_of"]) if data["copy_of"] else None
        document = dict(copied.document) if copied else _first_document()
        document |= {"key": data["key"], "title": {"it": data["title_it"], "en": data["title_en"]}}
        try:
            made = create_call(
                measure=data["measure"], document=document, source=ensure_source("region-file"), by=request.user
            )
            return redirect("funding:draft", made.key)
        except InvalidCall as refused:
            form.add_error("key", refusal_words(refused))
    today = timezone.localdate()
    rows = calls(today, drafts=True)
    return render(
        request,
        "funding/desk.html",
        {
            "rows": [
                {"call": r.call, "title": title_of(r.call), "phase": phase_words(r.phase), "budget": r.budget_eur,
                 "applications": r.call.lines.filter(applications__isnull=False).count()}
                for r in rows
            ],
            "form": form,
            "synthetic_data": any(r.call.is_synthetic for r in rows),
            "crumbs": call_crumbs(Crumb(_("Desk"))),
        },
    )  # fmt: skip


def _first_document() -> dict[str, Any]:
    """A call must say something: one line, one rule."""
    return {
        "lines": [{"key": "1", "title": {"it": "Linea 1", "en": "Line 1"}, "budget_eur": 1_000_000}],
        "rules": [
            {
                "key": "site",
                "text": {
                    "it": "Il richiedente ha un'unità locale nella regione.",
                    "en": "The applicant has a site in the region.",
                },
                "reference": "art. 1",
                "check": {"fact": "site_in_region", "is": True},
            }
        ],
    }


def fault_words(fault: Fault, texts: dict[str, str]) -> str:
    return told(said_of(fault, texts))


def reasons_against(document: CallDocument, *, but: str = "", before: CallDocument | None = None) -> list[str]:
    """Why the document may not be published, in the reader's language. Faults of the kind `but` are let pass, and
    those that the draft had before: one part is mended after the other, and until then it cannot be published."""
    texts = {r.key: r.text.in_language(language()) for r in document.rules}
    found = [f for f in faults_of(document) if f.blocks and f.kind != but]
    held = faults_of(before) if found and before is not None else []
    return [fault_words(f, texts) for f in found if f not in held]


def keep_draft(request: HttpRequest, call: Call, document: dict[str, Any]) -> None:
    """Save the document as the draft, and say what still keeps it from being published. Raises InvalidCall."""
    save_version(call=call, document=document, note="", by=request.user)
    read = read_call(document)
    otherwise = [t.case.name.in_language(language()) for t in tried_cases(read) if t.differs]
    reasons = reasons_against(read)
    if otherwise:
        reasons.append(_("worked cases come out otherwise: %(cases)s") % {"cases": ", ".join(otherwise)})
    said = _("Saved as a draft.") if reasons else _("Saved as a draft; publish it when it is ready.")
    messages.success(request, said)
    for reason in reasons:
        messages.warning(request, _("It cannot be published yet: %(why)s") % {"why": reason})


def _intensities(raw: dict[str, Any]) -> list[dict[str, Any]]:
    """The intensities as the draft's page lists them."""
    return [
        {
            "number": i,
            "who": condition_words(part.get("who") or {}),
            "grant": 100 * float(part.get("grant", 0)),
            "loan": 100 * float(part.get("loan", 0)),
            "lines": ", ".join(str(k) for k in part.get("lines") or ()),
        }
        for i, part in enumerate(raw.get("intensities") or [], 1)
    ]


@needs(DESIGN, call=call_by_key)
def draft(request: HttpRequest, call: Call) -> HttpResponse:
    """The newest version of a call: its rules, what is wrong with them, worked cases, simulations."""
    version = newest_version(call)
    if version is None:
        raise Http404
    document = version.rules
    faults = faults_of(document)
    texts = {r.key: r.text.in_language(language()) for r in document.rules}
    return render(
        request,
        "funding/draft.html",
        {
            "call": call,
            "title": title_of(call),
            "version": version,
            "is_draft": version.published_at is None,
            "published": version_in_force(call) if version.published_at is None else None,
            "rules": [
                {"rule": r, "text": texts[r.key], "data": condition_words(r.check), "lines": ", ".join(r.lines),
                 }
                for r in document.rules
            ],
            "about": document.about.in_language(language()),
            "lines": [(line.key, line.title.in_language(language()), line.budget_eur) for line in document.lines],
            "intensities": _intensities(version.document),
            "criteria": [(c.text.in_language(language()), c.weight, c.most, c.least) for c in document.criteria],
            "blocking": [*(fault_words(f, texts) for f in faults if f.blocks), *_cases_against(document)],
            "worth": [*(fault_words(f, texts) for f in faults if not f.blocks), *_still_empty(document)],
            "cases": _cases(document),
            "versions": list(call.versions.all()),
            "simulations": list(Simulation.objects.filter(version__call=call).select_related("version")[:10]),
            "publish_form": PublishForm(
                initial={"opens_on": call.opens_on, "closes_on": call.closes_on}, has_criteria=bool(document.criteria)
            ),
            "demand_form": DemandForm(),
            "cofunding_form": CoFundingForm(),
            "foundations": bank_foundations(),
            "cofunding": list(call.cofunding.select_related("organisation")),
            "synthetic_data": call.is_synthetic,
            "crumbs": desk_crumbs(None, Crumb(title_of(call))),
        },
    )  # fmt: skip


def _cases_against(document: CallDocument) -> list[str]:
    if not any(t.differs for t in tried_cases(document)):
        return []
    return [_("Worked cases come out otherwise than they say: change the rule or the case.")]


def _still_empty(document: CallDocument) -> list[str]:
    """What a published version would be bound to lack: applications keep to the version they were made under."""
    found = []
    if not document.intensities:
        found.append(_("No intensity is stated: whoever applies under this version can be granted nothing."))
    if document.loan_terms is None and any(i.loan for i in document.intensities):
        found.append(_("It lends, and does not say on which terms: the aid in its loans is not known, nor counted."))
    if not document.criteria:
        found.append(
            _("No criterion is stated: applications under this version cannot be scored nor ranked. To publish it, "
              "state why it is a window procedure.")
        )  # fmt: skip
    return found


def _cases(document: CallDocument) -> list[dict[str, Any]]:
    """The worked cases, each with the answer that it gets now; those that come out otherwise first."""
    texts = {r.key: r.text.in_language(language()) for r in document.rules}
    rows = [
        {
            "number": i,
            "name": t.case.name.in_language(language()),
            "line": t.case.line,
            "rule": texts[t.case.tests],
            "expected": answer_words(t.case.expects),
            "came": answer_words(t.came),
            "differs": t.differs,
        }
        for i, t in enumerate(tried_cases(document), 1)
    ]
    return sorted(rows, key=lambda row: not row["differs"])


class DataForm(forms.Form):
    document = forms.CharField(widget=forms.Textarea(attrs={"rows": 30, "spellcheck": "false"}))
    note = forms.CharField(max_length=300, required=False)
    keep = forms.BooleanField(required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["document"].label = _("The call as data (YAML)")
        self.fields["keep"].label = _("Keep it even where its rules are not sound: such a draft cannot be published")
        self.fields["note"].label = _("What changed")


@needs(DESIGN, call=call_by_key)
def edit_data(request: HttpRequest, call: Call) -> HttpResponse:
    """The whole document at once, for those who write a call as a file."""
    version = newest_version(call)
    if version is None:
        raise Http404
    shown = yaml.safe_dump(json.loads(json.dumps(version.document)), allow_unicode=True, sort_keys=False, width=110)
    form = DataForm(request.POST or None, initial={"document": shown, "note": version.note})
    if request.method == "POST" and form.is_valid():
        try:
            document = yaml.safe_load(form.cleaned_data["document"])
            if _is_kept(request, call, document, form):
                return redirect("funding:draft", call.key)
        except yaml.YAMLError as error:
            form.add_error("document", _("This cannot be read: %(problem)s") % {"problem": error})
        except InvalidCall as refused:
            form.add_error("document", refusal_words(refused))
    return render(
        request,
        "funding/edit_data.html",
        {"call": call, "title": title_of(call), "form": form, "synthetic_data": call.is_synthetic,
         "crumbs": desk_crumbs(call, Crumb(_("As data")))},
    )  # fmt: skip


def _is_kept(request: HttpRequest, call: Call, document: Any, form: DataForm) -> bool:
    """Whether the document became the draft: rules that are not sound are refused, each with its reason, unless the
    author keeps them knowingly. Raises InvalidCall."""
    wrong = reasons_against(read_call(document))
    if wrong and not form.cleaned_data["keep"]:
        for reason in wrong:
            form.add_error("document", reason)
        return False
    save_version(call=call, document=document, note=form.cleaned_data["note"], by=request.user)
    if wrong:
        messages.warning(
            request, _("Saved, but not sound: it cannot be published. %(why)s") % {"why": "; ".join(wrong)}
        )
    else:
        messages.success(request, _("Saved as a draft; publish it when it is ready."))
    return True


@needs(DESIGN, call=call_by_key)
def drop_rule(request: HttpRequest, call: Call, rule: str) -> HttpResponse:
    version = newest_version(call)
    if request.method == "POST" and version is not None:
        raw = dict(version.document)
        raw["rules"] = [r for r in raw["rules"] if r["key"] != rule]
        raw["cases"] = [c for c in raw.get("cases", []) if c.get("tests") != rule]
        try:
            save_version(call=call, document=raw, note="", by=request.user)
            messages.success(request, _("The rule is out of the draft."))
        except InvalidCall as refused:
            messages.error(request, refusal_words(refused))
    return redirect("funding:draft", call.key)


@needs("funding.publish_calls", call=call_by_key)
def publish(request: HttpRequest, call: Call) -> HttpResponse:
    version = newest_version(call)
    has_criteria = version is not None and bool(version.rules.criteria)
    form = PublishForm(request.POST if request.method == "POST" else None, has_criteria=has_criteria)
    if request.method == "POST" and version is not None and form.is_valid():
        try:
            publish_version(version=version, by=request.user, **form.cleaned_data)
            messages.success(request, _("Published. From now on this version is not changed."))
        except (CannotPublish, NotAllowed) as refused:
            messages.error(request, refusal_words(refused))
    elif request.method == "POST":
        messages.error(request, ": ".join(w for w in first_wrong(form) if w))
    return redirect("funding:draft", call.key)


@needs("funding.publish_calls", call=call_by_key)
def close(request: HttpRequest, call: Call) -> HttpResponse:
    if request.method == "POST":
        try:
            close_call(call=call, by=request.user)
            messages.success(request, _("Closed. The evaluation can begin."))
        except NotAllowed as refused:
            messages.error(request, refusal_words(refused))
    return redirect("funding:draft", call.key)


@needs("funding.record_cofunding", call=call_by_key)
def cofund(request: HttpRequest, call: Call) -> HttpResponse:
    """What a bank foundation puts beside the call."""
    form = CoFundingForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        data = dict(form.cleaned_data)
        try:
            body = named_organisation(data.pop("organisation"))
            record_cofunding(call=call, organisation=body, by=request.user, **data)
            messages.success(request, _("Noted: %(who)s.") % {"who": body})
        except NotAllowed as refused:
            messages.error(request, refusal_words(refused))
    elif request.method == "POST":
        messages.error(request, ": ".join(w for w in first_wrong(form) if w))
    return redirect("funding:draft", call.key)
