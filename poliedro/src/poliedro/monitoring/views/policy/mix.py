"""The policy mix: whom measures reach, where they overlap, what none reaches, what a draft would change (R023)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from poliedro.funding.models import Measure
from poliedro.funding.rules.states import NotAllowed
from poliedro.funding.services.measures import adopt_measure, drop_proposal, propose_measure
from poliedro.monitoring.forms.policy import AdoptForm, DraftForm, ProposeForm
from poliedro.monitoring.queries.policy.mix import InMix, mix_on
from poliedro.monitoring.rules.policy.mix import (
    ALL_CELLS,
    BODY,
    GROUPS,
    LEVELS,
    Cell,
    Effect,
    Pair,
    Reach,
    counts,
    effect_of,
    empty_cells,
    pairs,
    stages_of,
    stated_cells,
)
from poliedro.monitoring.views.policy.words import GROUPS as GROUP_WORDS
from poliedro.monitoring.views.policy.words import STAGES as STAGE_WORDS
from poliedro.monitoring.views.policy.words import in_language, policy_crumbs, policy_tabs
from poliedro.reference.rules import weakest
from poliedro.registry.present import certainty_of, facet
from poliedro.registry.services.region_setup import ensure_source
from poliedro.registry.shown import Asked, as_file
from poliedro.shared.access import needs
from poliedro.shared.blocks import Block, Button, Item, WorkingPage, show
from poliedro.shared.components import Chart, Crumb, Figure, Table
from poliedro.shared.spoken import short_day
from poliedro.shared.told import told

ROWS = [(g, s) for g in GROUPS for s in stages_of(g)]


def _row_word(group: str, stage: str) -> str:
    return str(GROUP_WORDS[group]) if stage == BODY else f"{GROUP_WORDS[group]}, {STAGE_WORDS[stage]}"


def _name(measure: Measure) -> str:
    return in_language(measure.name_it, measure.name_en)


@needs("monitoring.view_policy")
@require_safe
def mix(request: HttpRequest) -> HttpResponse:
    """The matrix of the measures in force; with a draft, the matrix before and after it."""
    asked = Asked(request)
    adopted, proposed = mix_on(asked.moment.on)
    names = {m.measure.key: _name(m.measure) for m in [*adopted, *proposed]}
    instrument = request.GET.get("show", "")
    if instrument not in Measure.Instrument.values:
        instrument = ""
    reaches = [m.reach for m in adopted]
    chosen = [r for r in reaches if not instrument or r.instrument == instrument]
    table = _matrix_table(chosen, names)
    if asked.wants_file:
        return as_file(table, "policy-mix")
    draft, draft_name, form = _draft(request, proposed)
    if draft is not None:
        names[draft.key] = draft_name
    backed: dict[str, Any] = {
        "certainty": certainty_of(weakest([m.measure.certainty for m in adopted])),
        "source": ", ".join(sorted({str(m.measure.programme) for m in adopted})) or _("Measures"),
    }
    effect = effect_of(reaches, draft) if draft is not None else None
    may_propose = request.user.has_perm("funding.design_calls")
    blocks = [
        Block(figures=_figures(reaches, chosen, instrument, backed, short_day(asked.moment.on))),
        Block(links=[(str(o.label), o.url) for o in _instruments(request)]),
    ]
    if effect is not None and draft is not None:
        blocks += _effect_blocks(effect, draft, draft_name, reaches, names, backed)
    blocks += [
        *([] if effect else [Block(chart=_matrix("mix", _title(reaches), chosen, table, backed))]),
        Block(_("Blind spots"), _("Cells that no measure reaches, joined where readiness levels follow each other."),
              table=_empty_table(empty_cells(reaches, instrument))),
        Block(_("Where measures overlap"), _("Same cells and same instrument: an overlap. Same cells and another "
              "instrument: they complement each other."), table=_pairs_table(pairs(reaches), names)),
        Block(_("The measures"), table=_measures_table(adopted)),
        Block(
            _("Proposed, not adopted"),
            items=[
                Item(
                    names[m.measure.key],
                    _reach_words(m.reach),
                    f"?draft={m.measure.key}",
                    tag=str(_("proposed")),
                    buttons=[
                        Button(_("Adopt it today"), reverse("monitoring:adopt_measure", args=[m.measure.key]),
                               {"on": asked.moment.on.isoformat()}, of=names[m.measure.key]),
                        Button(_("Take it back"), reverse("monitoring:drop_measure", args=[m.measure.key]), second=True,
                               of=names[m.measure.key]),
                    ]
                    if may_propose
                    else (),
                )
                for m in proposed
            ],
            empty=_("No measure is proposed."),
        ),
        Block(_("Try a measure before it is adopted"), _("Nothing is stored: the address of the page keeps the draft."),
              form=form, button=_("Show what it would change"), method="get"),
    ]  # fmt: skip
    if may_propose:
        blocks.append(Block(links=[(_("Propose a measure"), reverse("monitoring:propose_measure"))]))
    page = WorkingPage(
        _title(reaches),
        _("Target group and stage by technology readiness: how many measures reach each cell on the day. Where a "
          "measure has "
          "calls, its cells come from their rules; else from what the measure states."),
        blocks,
        tabs=policy_tabs("monitoring:policy_mix"),
    )  # fmt: skip
    synthetic = any(m.measure.certainty == "synthetic" for m in [*adopted, *proposed])
    return show(request, page, policy_crumbs(Crumb(_("Policy mix"))), synthetic=synthetic)


def _draft(request: HttpRequest, proposed: Sequence[InMix]) -> tuple[Reach | None, str, DraftForm]:
    """The draft that the address names: a proposal, or values of the form; None where there is none."""
    asked = bool({"groups", "trl_from"} & set(request.GET))
    form = DraftForm(request.GET if asked else None, groups=GROUP_WORDS, stages=STAGE_WORDS)
    key = request.GET.get("draft", "")
    held = next((m for m in proposed if m.measure.key == key), None)
    if held is not None:
        return held.reach, _name(held.measure), form
    if not asked or not form.is_valid():
        return None, "", form
    data = form.cleaned_data
    cells = stated_cells(data["groups"], data["stages"], data["trl_from"], data["trl_to"])
    return Reach(":draft", data["instrument"], cells, is_proposed=True), data["name"] or str(_("The draft")), form


def _title(reaches: Sequence[Reach]) -> str:
    if not reaches:
        return _("No measure is in force")
    empty = len(empty_cells(reaches))
    if not empty:
        return _("The measures reach every group, stage and readiness level")
    return ngettext(
        "%(n)d measure leaves %(empty)d of %(all)d cells empty",
        "%(n)d measures leave %(empty)d of %(all)d cells empty",
        len(reaches),
    ) % {"n": len(reaches), "empty": empty, "all": len(ALL_CELLS)}


def _figures(
    reaches: Sequence[Reach], chosen: Sequence[Reach], instrument: str, backed: Mapping[str, Any], day: str
) -> list[Figure]:
    stated: dict[str, Any] = {**backed, "period": day}
    close = [p for p in pairs(list(reaches)) if (p.jaccard or 0) >= 0.5 and p.same_instrument]
    return [
        Figure(len(chosen), _("measures in force"), **stated),
        Figure(
            len(empty_cells(reaches, instrument)), _("empty cells"), n=len(ALL_CELLS),
            definition=_("A cell is a target group at a stage, at one technology readiness level."), **stated,
        ),
        Figure(
            len(close), _("pairs that overlap by half or more"),
            definition=_("Jaccard index of at least 0.5, with the same instrument."), **stated,
        ),
    ]  # fmt: skip


def _instruments(request: HttpRequest) -> Sequence[Any]:
    values = [(str(v), str(label), None) for v, label in Measure.Instrument.choices]
    return facet("show", _("Instrument"), values, request.GET).options


def _matrix(
    name: str, title: str, reaches: Sequence[Reach], table: Table, backed: Mapping[str, Any], heading: Any = 2
) -> Chart:
    found = counts(reaches)
    cells = [
        {"row": i, "column": j, "value": found[g, s, level]}
        for i, (g, s) in enumerate(ROWS)
        for j, level in enumerate(LEVELS)
    ]
    return Chart(
        "heatmap",
        name,
        title,
        _("Measures by target group and stage (rows) and technology readiness level (columns); pale cells are empty."),
        {
            "rows": [_row_word(g, s) for g, s in ROWS],
            "columns": [f"TRL {level}" for level in LEVELS],
            "cells": cells,
            "decimals": 0,
        },
        table,
        height="large",
        heading=heading,
        **backed,
    )


def _matrix_table(reaches: Sequence[Reach], names: Mapping[str, str]) -> Table:
    rows: list[list[Any]] = []
    for g, s in ROWS:
        line: list[Any] = [_row_word(g, s)]
        for level in LEVELS:
            line.append(sum((g, s, level) in r.cells for r in reaches))
        here = [r for r in reaches if any((g, s, level) in r.cells for level in LEVELS)]
        rows.append([*line, ", ".join(names[r.key] for r in here)])
    return Table(
        [_("Target group, stage"), *(f"TRL {level}" for level in LEVELS), _("Measures")],
        rows,
        numeric=range(1, 10),
        full=True,
        caption=_("Measures that reach each cell"),
    )


def spans(levels: Sequence[int]) -> str:
    """Levels that follow each other, joined: [1, 2, 3, 7] gives "1-3, 7"."""
    parts: list[list[int]] = []
    for level in sorted(levels):
        if parts and level == parts[-1][1] + 1:
            parts[-1][1] = level
        else:
            parts.append([level, level])
    return ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in parts)


def _empty_table(cells: frozenset[Cell]) -> Table:
    rows = []
    for g, s in ROWS:
        levels = [level for level in LEVELS if (g, s, level) in cells]
        if levels:
            rows.append([_row_word(g, s), spans(levels), len(levels)])
    return Table(
        [_("Target group, stage"), _("Technology readiness"), _("Cells")],
        rows, numeric=[2], total=[_("Together"), "", len(cells)], caption=_("Empty cells"),
    )  # fmt: skip


def _pairs_table(found: Sequence[Pair], names: Mapping[str, str]) -> Table:
    return Table(
        [_("Measure"), _("Measure"), "Jaccard", _("Shared cells"), _("What it is")],
        [
            [names[p.one], names[p.other], p.jaccard, p.shared,
             str(_("overlap")) if p.same_instrument else str(_("complement, by another instrument"))]
            for p in found
            if p.shared
        ],
        numeric=[2, 3], decimals={2: 2}, caption=_("Pairs of measures that share cells"), full=True,
    )  # fmt: skip


def _reach_words(reach: Reach) -> str:
    kind = dict(Measure.Instrument.choices).get(reach.instrument, reach.instrument)
    basis = _("by the rules of its calls") if reach.by_rules else _("as it states")
    return _("%(instrument)s, %(n)d cells, %(basis)s") % {
        "instrument": kind, "n": len(reach.cells), "basis": basis,
    }  # fmt: skip


def _measures_table(held: Sequence[InMix]) -> Table:
    instruments, objectives = dict(Measure.Instrument.choices), dict(Measure.Objective.choices)
    rows = [
        [
            _name(m.measure), str(instruments[m.measure.instrument]),
            ", ".join(str(objectives.get(o, o)) for o in m.measure.objectives) or None,
            None if m.measure.budget_eur is None else float(m.measure.budget_eur), len(m.reach.cells),
            str(_("rules of its calls")) if m.reach.by_rules else str(_("its own statement")), len(m.reach.shut_out),
        ]
        for m in held
    ]  # fmt: skip
    return Table(
        [
            _("Measure"), _("Instrument"), _("Objectives"), _("Budget, EUR"), _("Cells"), _("Cells from"),
            _("Stated, but refused by the rules"),
        ],
        rows, numeric=[3, 4, 6], caption=_("Measures in force"), full=True,
    )  # fmt: skip


def _effect_blocks(
    effect: Effect,
    draft: Reach,
    name: str,
    reaches: Sequence[Reach],
    names: Mapping[str, str],
    backed: Mapping[str, Any],
) -> list[Block]:
    after = [*reaches, draft]
    estimated = {**backed, "certainty": "estimated"}
    both = Table(
        [_("Side by side"), _("before"), _("with it")],
        [
            [_("Measures"), len(reaches), len(after)],
            [_("Empty cells"), effect.empty_before, effect.empty_after],
            [_("Empty cells for this instrument"), len(empty_cells(reaches, draft.instrument)),
             len(empty_cells(after, draft.instrument))],
            [_("Pairs that share cells"), sum(bool(p.shared) for p in pairs(list(reaches))),
             sum(bool(p.shared) for p in pairs(after))],
        ],
        numeric=[1, 2], caption=_("The mix before and with it"),
    )  # fmt: skip
    words = {"name": name, "fills": len(effect.fills), "n": len(effect.overlaps)}
    return [
        Block(
            _("%(name)s would fill %(fills)d empty cells and share cells with %(n)d measures") % words,
            _("It would bring its instrument to %(n)d cells that other instruments reach.") % {"n": len(effect.brings)},
            table=both,
        ),
        Block(_("What it would fill"), table=_empty_table(effect.fills)),
        Block(_("What it would overlap with"), table=_pairs_table(effect.overlaps, names)),
        Block(chart=_matrix("mix-before", _("Before"), reaches, _matrix_table(reaches, names), backed, 3)),
        Block(chart=_matrix("mix-after", _("With it"), after, _matrix_table(after, names), estimated, 3)),
    ]


# --- proposals --------------------------------------------------------------------------------------------------------
@needs("funding.design_calls")
def propose(request: HttpRequest) -> HttpResponse:
    """Keep a draft as a proposal."""
    form = ProposeForm(request.POST if request.method == "POST" else None, groups=GROUP_WORDS, stages=STAGE_WORDS)
    if request.method == "POST" and form.is_valid():
        data = dict(form.cleaned_data)
        programme = data.pop("programme")
        made = propose_measure(
            programme=programme, values=data, on=timezone.localdate(), source=ensure_source("policy-entries"),
            by=request.user,
        )  # fmt: skip
        messages.success(request, _("Proposed: it is shown apart until it is adopted."))
        return redirect(f"{reverse('monitoring:policy_mix')}?draft={made.key}")
    page = WorkingPage(
        _("Propose a measure"),
        _("It is not in force: the policy mix shows what it would change."),
        [Block(form=form, button=_("Propose it"))],
    )
    return show(
        request, page, policy_crumbs(Crumb(_("Policy mix"), reverse("monitoring:policy_mix")), Crumb(page.title))
    )


def measure_by_key(measure: str) -> Measure:
    found = Measure.objects.filter(key=measure).first()
    if found is None:
        raise Http404(f"no measure {measure!r}")
    return found


@needs("funding.design_calls", measure=measure_by_key)
@require_POST
def adopt(request: HttpRequest, measure: Measure) -> HttpResponse:
    """A proposal comes into force."""
    form = AdoptForm(request.POST)
    if form.is_valid():
        try:
            adopt_measure(measure=measure, on=form.cleaned_data["on"], by=request.user)
            messages.success(request, _("Adopted. Link it to the action that it carries out."))
        except NotAllowed as refused:
            messages.error(request, told(refused))
    return redirect("monitoring:policy_mix")


@needs("funding.design_calls", measure=measure_by_key)
@require_POST
def drop(request: HttpRequest, measure: Measure) -> HttpResponse:
    """A proposal is taken back."""
    try:
        drop_proposal(measure=measure, by=request.user)
        messages.success(request, _("Taken back."))
    except NotAllowed as refused:
        messages.error(request, told(refused))
    return redirect("monitoring:policy_mix")
