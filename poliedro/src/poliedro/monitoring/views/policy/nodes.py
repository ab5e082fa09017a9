"""Focus areas, objectives and actions: their page and the officer's forms."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from poliedro.monitoring.forms.policy import EndForm, NodeForm
from poliedro.monitoring.models import PolicyNode, PolicyTerms
from poliedro.monitoring.queries.policy.logic import (
    Logic,
    logic_at,
    terms_of_node,
    versions_of_node,
)
from poliedro.monitoring.rules.policy.logic import ABOVE, KINDS, LogicRefused
from poliedro.monitoring.services.policy.logic import (
    add_node,
    end_node,
    revise_node,
)
from poliedro.monitoring.views.policy.logic import name_of, title_of
from poliedro.monitoring.views.policy.words import KINDS as KIND_WORDS
from poliedro.monitoring.views.policy.words import (
    ORPHANS,
    STATUS,
    in_language,
    policy_crumbs,
)
from poliedro.shared.access import needs
from poliedro.shared.blocks import Block, WorkingPage, show
from poliedro.shared.components import Crumb, Table
from poliedro.shared.dated import Moment
from poliedro.shared.spoken import short_moment
from poliedro.shared.told import told


def _above(kind: str, logic: Logic, but: str = "") -> list[tuple[str, str]]:
    wanted = ABOVE.get(kind)
    return [(b.key, title_of(b.terms)) for _d, b in logic.branches() if b.kind == wanted and b.key != but]


def _measures(logic: Logic) -> list[tuple[str, str]]:
    return [(m.key, in_language(m.name_it, m.name_en)) for m in logic.measures.values()]


@needs("monitoring.edit_policy")
def new_node(request: HttpRequest, kind: str) -> HttpResponse:
    """Add a focus area, an objective or an action."""
    if kind not in KINDS:
        raise Http404(f"no kind {kind!r}")
    logic = logic_at(Moment.today())
    measure = logic.measures.get(request.GET.get("measure", ""))
    first = {
        "parent": request.GET.get("parent", ""),
        "measure": measure.key if measure else "",
        "title_it": measure.name_it if measure else "",
        "title_en": measure.name_en if measure else "",
    }
    form = NodeForm(
        request.POST if request.method == "POST" else None,
        initial=first,
        kind=kind,
        above=_above(kind, logic),
        measures=_measures(logic),
    )
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            made = add_node(
                kind=kind,
                values=data,
                on=data["on"],
                by=request.user,
                parent=node_of(data.get("parent")),
                measure=logic.measures.get(data.get("measure") or ""),
            )
        except LogicRefused as refused:
            form.add_error(None, told(refused))
        else:
            messages.success(request, _("Added."))
            return redirect("monitoring:policy_node", node=made.node.key)
    title = _("Add: %(kind)s") % {"kind": KIND_WORDS[kind]}
    page = WorkingPage(
        title, _("It holds from the day that you give; history stays."), [Block(form=form, button=_("Add it"))]
    )
    return show(request, page, policy_crumbs(Crumb(title)))


def node_of(key: str | None) -> PolicyNode | None:
    return PolicyNode.objects.filter(key=key).first() if key else None


def node_by_key(node: str) -> PolicyTerms:
    found = terms_of_node(node, Moment.today())
    if found is None:
        raise Http404(f"no node {node!r} holds today")
    return found


@needs("monitoring.view_policy", terms=node_by_key)
def node(request: HttpRequest, terms: PolicyTerms) -> HttpResponse:
    """One node: what it says, what hangs from it, its versions; for the officer its form."""
    may_edit = request.user.has_perm("monitoring.edit_policy")
    logic = logic_at(Moment.today())
    form = NodeForm(
        initial={
            **{k: getattr(terms, k) for k in ("title_it", "title_en", "about_it", "about_en", "owner")},
            "parent": terms.parent.key if terms.parent else "",
            "measure": terms.measure.key if terms.measure else "",
        },
        kind=terms.node.kind,
        above=_above(terms.node.kind, logic, terms.node.key),
        measures=_measures(logic),
    )
    return _node_page(request, terms, logic, form if may_edit else None, EndForm(prefix="end") if may_edit else None)


def _node_page(
    request: HttpRequest, terms: PolicyTerms, logic: Logic, form: NodeForm | None, ending: EndForm | None
) -> HttpResponse:
    key = terms.node.key
    branch = next((b for _d, b in logic.branches() if b.key == key), None)
    loose = [ORPHANS[o.what] for o in logic.orphans if o.key == key and o.kind == terms.node.kind]
    links = []
    if form is not None:
        below = {"area": "objective", "objective": "action"}.get(terms.node.kind)
        if below:
            add = reverse("monitoring:new_policy_node", args=[below])
            links.append((_("Add: %(kind)s") % {"kind": KIND_WORDS[below]}, f"{add}?parent={key}"))
        if terms.node.kind != "area":
            links.append((_("Add an indicator"), f"{reverse('monitoring:new_policy_indicator')}?node={key}"))
    children = (
        [(title_of(b.terms), reverse("monitoring:policy_node", args=[b.key])) for b in branch.children]
        if branch
        else []
    )
    found = [
        (f"{name_of(i)}: {STATUS[i.status]}", reverse("monitoring:policy_indicator", args=[i.key]))
        for i in (branch.indicators if branch else [])
    ]
    versions = Table(
        [_("Title"), _("Belongs to"), _("Owner"), _("From"), _("To"), _("Recorded"), _("Taken back")],
        [
            [
                title_of(v),
                v.parent.key if v.parent else None,
                v.owner,
                v.valid_from,
                v.valid_to,
                short_moment(v.recorded_at),
                short_moment(v.retracted_at) if v.retracted_at else None,
            ]
            for v in versions_of_node(key)
        ],
        caption=_("Everything that was ever said of it"),
        full=True,
    )
    blocks = [
        Block(_("Hangs loose"), "\n".join(str(w) for w in loose)) if loose else None,
        Block("", in_language(terms.about_it, terms.about_en)) if terms.about_it or terms.about_en else None,
        Block(_("What belongs to it"), links=[*children, *found], empty=_("Nothing yet."))
        if children or found
        else Block(_("What belongs to it"), empty=_("Nothing yet.")),
        Block(links=links) if links else None,
        Block(
            _("Change it"),
            form=form,
            button=_("State it anew"),
            action=reverse("monitoring:revise_policy_node", args=[key]),
        )
        if form is not None
        else None,
        Block(table=versions, folded=_("History")),
        Block(
            form=ending,
            button=_("End it"),
            action=reverse("monitoring:end_policy_node", args=[key]),
            folded=_("End it"),
        )
        if ending is not None
        else None,
    ]
    owner = _("Owner: %(owner)s.") % {"owner": terms.owner} if terms.owner else ""
    lead = f"{KIND_WORDS[terms.node.kind]}. {owner}".capitalize()
    page = WorkingPage(title_of(terms), lead, [b for b in blocks if b is not None])
    return show(request, page, policy_crumbs(Crumb(title_of(terms))), synthetic=terms.certainty == "synthetic")


@needs("monitoring.edit_policy", terms=node_by_key)
@require_POST
def revise(request: HttpRequest, terms: PolicyTerms) -> HttpResponse:
    """State a node anew from a day on."""
    logic = logic_at(Moment.today())
    kind = terms.node.kind
    form = NodeForm(request.POST, kind=kind, above=_above(kind, logic, terms.node.key), measures=_measures(logic))
    if form.is_valid():
        data = form.cleaned_data
        try:
            revise_node(
                node=terms.node,
                values=data,
                on=data["on"],
                by=request.user,
                parent=node_of(data.get("parent")),
                measure=logic.measures.get(data.get("measure") or ""),
            )
        except LogicRefused as refused:
            form.add_error("on", told(refused))
        else:
            messages.success(request, _("Stated anew; what was said before stays in the history."))
            return redirect("monitoring:policy_node", node=terms.node.key)
    return _node_page(request, terms, logic, form, EndForm(prefix="end"))


@needs("monitoring.edit_policy", terms=node_by_key)
@require_POST
def end(request: HttpRequest, terms: PolicyTerms) -> HttpResponse:
    """The node holds up to a day."""
    form = EndForm(request.POST, prefix="end")
    if form.is_valid():
        try:
            end_node(node=terms.node, on=form.cleaned_data["on"], by=request.user)
        except LogicRefused as refused:
            form.add_error("on", told(refused))
        else:
            messages.success(request, _("It ends on that day."))
            return redirect("monitoring:policy")
    page = WorkingPage(_("End it"), title_of(terms), [Block(form=form, button=_("End it"))])
    return show(request, page, policy_crumbs(Crumb(title_of(terms))))
