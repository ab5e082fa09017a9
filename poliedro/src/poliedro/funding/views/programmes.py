"""Programmes and measures: who pays for what, for whom; a call belongs to a measure."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from poliedro.funding.forms.measures import GROUPS, MeasureForm, ProgrammeForm, initial_of
from poliedro.funding.models import Measure, Programme
from poliedro.funding.rules.facts import SIZES
from poliedro.funding.services.measures import save_measure, save_programme
from poliedro.funding.views.calls import in_words
from poliedro.funding.views.desk import DESIGN, desk_crumbs
from poliedro.funding.views.words import INNOVATION_WORDS, value_word
from poliedro.registry.services.region_setup import ensure_source
from poliedro.shared.access import needs
from poliedro.shared.blocks import Block, Item, WorkingPage, show
from poliedro.shared.components import Crumb
from poliedro.shared.templatetags.poliedro import day, spoken_number


def programme_by_key(key: str) -> Programme:
    return get_object_or_404(Programme, key=key)


def measure_by_key(key: str) -> Measure:
    return get_object_or_404(Measure, key=key)


def _crumbs(title: str = "") -> list[Crumb]:
    own = Crumb(_("Programmes and measures"), reverse("funding:programmes"))
    return desk_crumbs(None, own, Crumb(title)) if title else desk_crumbs(None, Crumb(own.label))


@needs(DESIGN)
def programmes(request: HttpRequest) -> HttpResponse:
    """Every programme with its measures; one of each is made here."""
    rows = list(Programme.objects.prefetch_related("measures").order_by("key"))
    blocks = [
        Block(
            in_words(p.name_it, p.name_en),
            _programme_words(p),
            items=[
                Item(in_words(m.name_it, m.name_en), _measure_words(m), reverse("funding:measure", args=[m.key]))
                for m in p.measures.all()
            ],
            empty=_("It has no measure yet."),
            links=[
                (_("Edit the programme"), reverse("funding:programme", args=[p.key])),
                (_("Add a measure"), f"{reverse('funding:new_measure')}?programme={p.key}"),
            ],
        )
        for p in rows
    ]
    page = WorkingPage(
        _("Programmes and measures"),
        _("A programme pays for measures, a measure has calls. What a measure is for shows in the policy mix."),
        [*blocks, Block(links=[(_("Add a programme"), reverse("funding:new_programme"))])],
    )
    return show(request, page, _crumbs(), synthetic=any(p.certainty == "synthetic" for p in rows))


def _programme_words(programme: Programme) -> str:
    said = [programme.authority, str(programme.period or "")]
    if programme.budget_eur is not None:
        said.append(f"EUR {spoken_number(programme.budget_eur, 0)}")
    return ", ".join(w for w in said if w)


def _measure_words(measure: Measure) -> str:
    since = _("in force from %(day)s") % {"day": day(measure.valid_from)}
    said = [str(Measure.Instrument(measure.instrument).label), _("proposed") if measure.is_proposed else since]
    if measure.valid_to is not None:
        said.append(_("until %(day)s") % {"day": day(measure.valid_to)})
    return ", ".join(said)


def _post(request: HttpRequest) -> Any:
    return request.POST if request.method == "POST" else None


@needs(DESIGN)
def new_programme(request: HttpRequest) -> HttpResponse:
    return _programme_page(request, None, ProgrammeForm(_post(request)), _("A new programme"))


@needs(DESIGN, programme=programme_by_key)
def programme(request: HttpRequest, programme: Programme) -> HttpResponse:
    form = ProgrammeForm(_post(request), initial=initial_of(programme, ProgrammeForm))
    form.keep_key()
    return _programme_page(request, programme, form, in_words(programme.name_it, programme.name_en))


def _measure_form(data: Any, initial: dict[str, Any]) -> MeasureForm:
    groups = {g: value_word("size_class" if g in SIZES else "kind", g) for g in GROUPS}
    return MeasureForm(groups, INNOVATION_WORDS, data, initial=initial)


@needs(DESIGN)
def new_measure(request: HttpRequest) -> HttpResponse:
    programme = Programme.objects.filter(key=request.GET.get("programme", "")).first()
    return _measure_page(request, None, _measure_form(_post(request), {"programme": programme}), _("A new measure"))


@needs(DESIGN, measure=measure_by_key)
def measure(request: HttpRequest, measure: Measure) -> HttpResponse:
    form = _measure_form(_post(request), initial_of(measure, MeasureForm))
    form.keep_key()
    return _measure_page(request, measure, form, in_words(measure.name_it, measure.name_en))


def _programme_page(request: HttpRequest, held: Programme | None, form: ProgrammeForm, title: str) -> HttpResponse:
    lead = _("Who pays, in which programming period, and how much.")
    saved = _("Saved. Add what it pays for: its measures.")
    return _form_page(request, form, title, lead, saved, partial(save_programme, programme=held))


def _measure_page(request: HttpRequest, held: Measure | None, form: MeasureForm, title: str) -> HttpResponse:
    lead = _("For whom, at which stage and readiness, with which instrument, and from when.")
    saved = _("Saved. A call can now belong to it.")
    return _form_page(request, form, title, lead, saved, partial(save_measure, measure=held))


def _form_page(
    request: HttpRequest, form: forms.Form, title: str, lead: str, saved: str, save: Callable[..., object]
) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        try:
            save(values=form.cleaned_data, source=ensure_source("policy-entries"), by=request.user)
        except ValidationError as refused:
            _add_errors(form, refused)
        else:
            messages.success(request, saved)
            return redirect("funding:programmes")
    return show(request, WorkingPage(title, lead, [Block(form=form, button=_("Save"))]), _crumbs(title))


def _add_errors(form: forms.Form, refused: ValidationError) -> None:
    for name, wrong in refused.message_dict.items():
        form.add_error(name if name in form.fields else None, wrong)
