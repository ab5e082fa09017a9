"""The intervention logic as a picture, a tree and a table, with what hangs loose (R020)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from poliedro.monitoring.models import PolicyTerms
from poliedro.monitoring.queries.policy.logic import (
    Branch,
    Logic,
    Measured,
    logic_at,
)
from poliedro.monitoring.rules.policy.logic import KINDS, elements_of
from poliedro.monitoring.views.policy.words import KINDS as KIND_WORDS
from poliedro.monitoring.views.policy.words import (
    ORPHANS,
    ROLES,
    STATUS,
    STATUS_MARKS,
    in_language,
    policy_tabs,
)
from poliedro.registry.present import facts_of, figure
from poliedro.registry.shown import Asked, as_file
from poliedro.shared.access import needs
from poliedro.shared.components import Chart, Crumb, Empty, Figure, Table
from poliedro.shared.spoken import short_day

COLOURS = {"area": "#0066cc", "objective": "#00796b", "action": "#5b4fc4", "indicator": "#7a5c00"}
UNTOLD = ("unknown", "unlike")
"""Statuses of indicators whose way cannot be told."""
LONGEST = 34
"""Letters of a label in the picture; the whole title is in the tooltip, the table and the tree."""


def title_of(terms: PolicyTerms) -> str:
    return in_language(terms.title_it, terms.title_en)


def name_of(measured: Measured) -> str:
    return measured.card.name if measured.card else measured.key


# --- the tree ---------------------------------------------------------------------------------------------------------
@needs("monitoring.view_policy")
@require_safe
def policy(request: HttpRequest) -> HttpResponse:
    """The whole logic as a picture, a tree and a table; what hangs loose first."""
    asked = Asked(request)
    logic = logic_at(asked.moment)
    table = _table(logic)
    if asked.wants_file:
        return as_file(table, "intervention-logic")
    may_edit = request.user.has_perm("monitoring.edit_policy")
    return render(
        request,
        "monitoring/policy/logic.html",
        {
            "title": _title(logic),
            "form": asked.form,
            "moment": asked.moment,
            "tabs": policy_tabs("monitoring:policy"),
            "crumbs": [Crumb(_("My work"), reverse("portal:work")), Crumb(_("Intervention logic"))],
            "figures": _figures(logic),
            "orphans": [
                _orphan(logic, kind, key, what, may_edit) for (kind, key), what in elements_of(logic.orphans).items()
            ],
            "branches": [_branch(b, may_edit) for b in [*logic.areas, *logic.loose]],
            "unplaced": [_leaf(i) for i in logic.unplaced],
            "chart": _picture(logic, table) if logic.areas or logic.loose else None,
            "table": table,
            "may_edit": may_edit,
            "new_kinds": [(KIND_WORDS[k], reverse("monitoring:new_policy_node", args=[k])) for k in KINDS],
            "synthetic_data": logic.is_synthetic,
            "empty": None if logic.areas or logic.loose else _nothing(may_edit),
        },
    )


def _nothing(may_edit: bool) -> Empty:
    return Empty(
        _("No policy is described yet"),
        _(
            "Begin with the focus areas of the region's policy, then say what each wants to change, by which actions, "
            "and "
            "how it will be seen."
        ),
        _("Add a focus area") if may_edit else "",
        reverse("monitoring:new_policy_node", args=["area"]) if may_edit else "",
    )


def _title(logic: Logic) -> str:
    if not logic.areas and not logic.loose:
        return _("Intervention logic")
    found = logic.indicators()
    good = sum(i.status in ("reached", "on_track") for i in found)
    told = sum(i.status not in UNTOLD for i in found)
    loose = len(elements_of(logic.orphans))
    first = _("%(good)d of %(told)d indicators are on their way") % {"good": good, "told": told}
    if not loose:
        return _("%(first)s; nothing hangs loose") % {"first": first}
    return ngettext("%(first)s; %(n)d thing hangs loose", "%(first)s; %(n)d things hang loose", loose) % {
        "first": first,
        "n": loose,
    }


def _figures(logic: Logic) -> list[Figure]:
    found = logic.indicators()
    day = short_day(logic.moment.on)
    kinds = [b.kind for _d, b in logic.branches()]
    certainty: Any = "synthetic" if logic.is_synthetic else "reported"

    def count(label: str, n: int) -> Figure:
        return Figure(n, label, period=day, certainty=certainty, source=_("Intervention logic"))

    return [
        count(_("objectives"), kinds.count("objective")),
        count(_("actions"), kinds.count("action")),
        count(_("indicators"), len(found)),
        count(_("computed from the register"), sum(i.is_computed for i in found)),
        count(_("behind or missed"), sum(i.status in ("behind", "missed") for i in found)),
    ]


def _orphan(logic: Logic, kind: str, key: str, what: list[str], may_edit: bool) -> dict[str, Any]:
    """One thing that hangs loose, with everything that is wrong with it."""
    titles = {(b.kind, b.key): title_of(b.terms) for _d, b in logic.branches()}
    names = {i.key: name_of(i) for i in logic.indicators()}
    if kind == "measure":
        measure = logic.measures[key]
        title = in_language(measure.name_it, measure.name_en)
        url = f"{reverse('monitoring:new_policy_node', args=['action'])}?measure={key}" if may_edit else ""
    elif kind == "indicator":
        title, url = names[key], reverse("monitoring:policy_indicator", args=[key])
    else:
        title = titles[kind, key]
        url = reverse("monitoring:policy_node", args=[key])
    return {"title": title, "url": url, "kind": KIND_WORDS[kind], "what": [ORPHANS[w] for w in what]}


def _branch(branch: Branch, may_edit: bool) -> dict[str, Any]:
    below = {"area": "objective", "objective": "action"}.get(branch.kind, "")
    return {
        "title": title_of(branch.terms),
        "about": in_language(branch.terms.about_it, branch.terms.about_en),
        "kind": KIND_WORDS[branch.kind],
        "owner": branch.terms.owner,
        "measure": in_language(branch.terms.measure.name_it, branch.terms.measure.name_en)
        if branch.terms.measure
        else "",
        "url": reverse("monitoring:policy_node", args=[branch.key]),
        "add": [
            *(
                [(KIND_WORDS[below], f"{reverse('monitoring:new_policy_node', args=[below])}?parent={branch.key}")]
                if below and may_edit
                else []
            ),
            *(
                [(KIND_WORDS["indicator"], f"{reverse('monitoring:new_policy_indicator')}?node={branch.key}")]
                if branch.kind != "area" and may_edit
                else []
            ),
        ],
        "indicators": [_leaf(i) for i in branch.indicators],
        "children": [_branch(b, may_edit) for b in branch.children],
    }


def _leaf(measured: Measured) -> dict[str, Any]:
    return {
        "name": name_of(measured),
        "url": reverse("monitoring:policy_indicator", args=[measured.key]),
        "role": ROLES[measured.terms.role],
        "value": value_figure(measured),
        "target": figure(measured.card, measured.terms.target).value if measured.terms.target is not None else None,
        "target_on": measured.terms.target_on,
        "status": STATUS[measured.status],
        "state": measured.status,
        "mark": STATUS_MARKS[measured.status],
        "progress": None if measured.progress is None else round(100 * measured.progress),
    }


def value_figure(measured: Measured, **fields: Any) -> Figure:
    """The value of the day with its definition, period, source and certainty."""
    backed = measured.value.backing
    return figure(
        measured.card,
        measured.value.value,
        period=measured.value.period,
        n=measured.value.n,
        **facts_of(backed),
        **fields,
    )


def _table(logic: Logic) -> Table:
    rows: list[list[Any]] = []
    links: dict[int, str] = {}

    def add(area: str, objective: str, action: str, terms: PolicyTerms | None, found: list[Measured]) -> None:
        owner = terms.owner if terms else ""
        if not found:
            rows.append([area, objective, action, "", owner, None, None, None, None, None, ""])
        for i in found:
            links[len(rows)] = reverse("monitoring:policy_indicator", args=[i.key])
            rows.append(
                [
                    area,
                    objective,
                    action,
                    f"{name_of(i)} ({ROLES[i.terms.role]})",
                    i.terms.owner or owner,
                    _shown(i, i.terms.baseline),
                    _shown(i, i.terms.target),
                    i.terms.target_on,
                    value_figure(i),
                    None if i.progress is None else round(100 * i.progress, 1),
                    str(STATUS[i.status]),
                ]
            )

    path: dict[int, str] = {}
    for depth, b in logic.branches():
        path[KINDS.index(b.kind)] = title_of(b.terms)
        for deeper in range(KINDS.index(b.kind) + 1, len(KINDS)):
            path.pop(deeper, None)
        if depth == 0:
            for higher in range(KINDS.index(b.kind)):
                path.pop(higher, None)
        add(path.get(0, ""), path.get(1, ""), path.get(2, ""), b.terms, b.indicators)
    add("", "", "", None, logic.unplaced) if logic.unplaced else None
    return Table(
        [
            _("Focus area"),
            _("Objective"),
            _("Action"),
            _("Indicator"),
            _("Owner"),
            _("Baseline"),
            _("Target"),
            _("by"),
            _("Value"),
            _("Progress, %"),
            _("Status"),
        ],
        rows,
        numeric=[5, 6, 8, 9],
        full=True,
        caption=_("The intervention logic, row by row"),
    )


def _shown(measured: Measured, value: float | None) -> float | int | None:
    return figure(measured.card, value).value


def _picture(logic: Logic, table: Table) -> Chart:
    """Placed by hand: depth from left to right, leaves from top to bottom. The table is its twin."""
    nodes: list[dict[str, Any]] = []
    edges: list[dict[str, Any]] = []
    leaves = 0
    groups = [(k, str(KIND_WORDS[k]), COLOURS[k]) for k in ("area", "objective", "action", "indicator")]
    at = {k: i for i, (k, _w, _c) in enumerate(groups)}

    def place(branch: Branch) -> float:
        nonlocal leaves
        own = f"{branch.kind}:{branch.key}"
        heights: list[float] = []
        for child in branch.children:
            heights.append(place(child))
            edges.append({"source": own, "target": f"{child.kind}:{child.key}"})
        for i in branch.indicators:
            leaves += 1
            heights.append(float(leaves))
            nodes.append(_dot(f"indicator:{i.key}", name_of(i), "indicator", float(leaves), _note(i), i))
            edges.append({"source": own, "target": f"indicator:{i.key}"})
        if not heights:
            leaves += 1
            heights.append(float(leaves))
        y = sum(heights) / len(heights)
        nodes.append(_dot(own, title_of(branch.terms), branch.kind, y, branch.terms.owner, None))
        return y

    def _dot(own: str, name: str, kind: str, y: float, note: str, i: Measured | None) -> dict[str, Any]:
        key = own.split(":", 1)[1]
        short = name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…"
        mark = f"{STATUS_MARKS[i.status]} " if i else ""
        page = "monitoring:policy_indicator" if i else "monitoring:policy_node"
        return {
            "id": own,
            "name": name,
            "note": note,
            "label": mark + short,
            "short": mark.strip() or (short if kind == "area" else ""),
            "group": at[kind],
            "x": at[kind],
            "y": y,
            "size": 9 if i else 14,
            "url": reverse(page, args=[key]),
        }

    for branch in [*logic.areas, *logic.loose]:
        place(branch)
    width = max(1.0, leaves * 0.5)
    for node in nodes:
        node["x"] *= width
    return Chart(
        "graph",
        "intervention-logic",
        _("From focus areas to indicators"),
        _(
            "Marks before indicators: ✓ target reached, ● on track, ▲ behind, ✕ missed, ? cannot be told, ≠ not "
            "compared."
        ),
        {"nodes": nodes, "edges": edges, "layered": True, "groups": [{"name": w, "color": c} for _k, w, c in groups]},
        table,
        height="large",
        certainty="synthetic" if logic.is_synthetic else "reported",
        source=_("Intervention logic of the region"),
        download_url="?format=csv",
    )


def _note(measured: Measured) -> str:
    return f"{STATUS[measured.status]}" + ("" if measured.progress is None else f", {round(100 * measured.progress)}%")
