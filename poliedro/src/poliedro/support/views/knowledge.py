"""The library: good practices with a transfer checklist, templates, questions; "similar to my problem"."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.debug import sensitive_post_parameters

from poliedro.registry.queries.roles import managed_clusters
from poliedro.shared.access import needs, public
from poliedro.shared.blocks import Block, Item, WorkingPage, show
from poliedro.shared.components import Crumb, Figure
from poliedro.shared.spoken import short_day
from poliedro.support.forms.joint import CommentForm, KnowledgeForm, ProblemForm, ReuseForm
from poliedro.support.models import KnowledgeItem
from poliedro.support.queries.joint import knowledge, like_my_problem
from poliedro.support.services.joint import answer_item, reuse_item, write_item

MANAGERS = "support.share_knowledge"


@public
@sensitive_post_parameters("problem")
def library(request: HttpRequest) -> HttpResponse:
    """Every piece that the reader may see; those most like a problem on top.

    A manager's problem is posted: in an address it would stand in the server's log beside who asked.
    """
    managers = request.user.has_perm(MANAGERS)
    items = knowledge(managers=managers)
    known = request.user.is_authenticated
    told = request.POST if request.method == "POST" or known else request.GET
    form = ProblemForm(told or None)
    problem = told.get("problem", "").strip()[:2000]
    blocks = [Block(form=form, button=_("Find what is similar"), method="post" if known else "get")]
    if problem:
        blocks.append(
            Block(
                _("Similar to your problem"),
                items=[
                    Item(
                        i.title,
                        url=reverse("support:knowledge_item", args=[i.pk]),
                        text=i.problem,
                        meta=_("%(p)d%% alike; in common: %(words)s")
                        % {"p": round(100 * likeness), "words": ", ".join(words)},
                    )
                    for i, likeness, words in like_my_problem(problem, items)
                ],
                empty=_("Nothing similar. Ask the question yourself, or look through the list."),
            )
        )
    blocks.append(
        Block(
            _("The library"),
            items=[
                Item(
                    i.title,
                    url=reverse("support:knowledge_item", args=[i.pk]),
                    text=i.problem,
                    tag=str(i.get_kind_display()),
                    meta=ngettext("taken up %(n)d time", "taken up %(n)d times", i.times) % {"n": i.times},  # type: ignore[attr-defined]
                )
                for i in items
            ],
            empty=_(
                "Nothing yet. A practice tells the problem, the steps, the cost and how it is known that it works."
            ),
            links=[(_("Write a piece"), reverse("support:knowledge_new"))] if managers else [],
        )
    )
    page = WorkingPage(
        ngettext("%(n)d practice or answer of clusters", "%(n)d practices and answers of clusters", len(items))
        % {"n": len(items)},
        _("What worked elsewhere, what it took, and what has to be in place to do it here."),
        blocks,
    )
    return show(request, page, [Crumb(_("Library"))], synthetic=any(i.is_synthetic for i in items))


@public
def knowledge_item(request: HttpRequest, pk: int) -> HttpResponse:
    """One piece: problem, context, steps, cost, evidence, transfer checklist, who took it up, answers."""
    found = get_object_or_404(KnowledgeItem.objects.select_related("cluster", "supersedes", "superseded_by"), pk=pk)
    may = request.user.has_perm(MANAGERS)
    if found.audience != KnowledgeItem.Audience.PUBLIC and not may:
        raise PermissionDenied
    clusters = list(managed_clusters(request.user)) if may else []
    comment = CommentForm(request.POST if request.POST.get("do") == "answer" else None) if may else None
    reuse = (
        ReuseForm(
            request.POST if request.POST.get("do") == "reuse" else None, clusters=clusters, checklist=found.checklist
        )
        if clusters
        else None
    )
    if request.method == "POST":
        if comment is not None and comment.is_valid():
            answer_item(item=found, text=comment.cleaned_data["text"], by=request.user)
            return redirect("support:knowledge_item", pk)
        if reuse is not None and reuse.is_valid():
            data = reuse.cleaned_data
            reuse_item(
                item=found,
                cluster=data["cluster"],
                fulfilled=[int(k) for k in data["fulfilled"]],
                result=data["result"],
                on=timezone.localdate(),
                by=request.user,
            )
            return redirect("support:knowledge_item", pk)
    blocks = [Block(_("Where it worked"), text=found.context)] if found.context else []
    if found.steps:
        blocks.append(Block(_("Steps"), items=[Item(f"{i}. {s}") for i, s in enumerate(found.steps, 1)]))
    if found.checklist:
        blocks.append(Block(_("What has to be in place elsewhere"), items=[Item(line) for line in found.checklist]))
    if found.cost_eur is not None or found.evidence:
        figures = (
            [
                Figure(
                    float(found.cost_eur),
                    _("Cost"),
                    unit="EUR",
                    decimals=0,
                    certainty="synthetic" if found.is_synthetic else "reported",
                    source=found.source_url,
                )
            ]
            if found.cost_eur is not None
            else []
        )
        blocks.append(Block(_("Cost and evidence"), text=found.evidence, figures=figures))
    if found.source_url:
        blocks.append(Block(links=[(_("Source"), found.source_url)]))
    blocks.append(
        Block(
            _("Who took it up"),
            items=[
                Item(
                    r.cluster.name,
                    text=r.result,
                    meta=_("%(n)d of %(m)d lines in place; %(day)s")
                    % {"n": len(r.fulfilled), "m": len(found.checklist), "day": short_day(r.on)},
                )
                for r in found.reuses.select_related("cluster")
            ],
            empty=_("Nobody yet."),
        )
    )
    if may:
        blocks.append(
            Block(
                _("Answers and comments"),
                items=[
                    Item(a.text, meta=f"{a.by.name if a.by else ''}, {short_day(timezone.localtime(a.at))}")
                    for a in found.answers.select_related("by")
                ],
                form=comment,
                button=_("Answer"),
                do="answer",
            )
        )
    if reuse is not None:
        blocks.append(Block(_("Take it up"), form=reuse, button=_("Keep"), do="reuse"))
    links = []
    if may:
        links.append((_("Write a new version"), reverse("support:knowledge_new") + f"?of={found.pk}"))
    if found.supersedes_id:
        links.append((_("The version before"), reverse("support:knowledge_item", args=[found.supersedes_id])))
    newer = getattr(found, "superseded_by", None)
    if newer is not None:
        links.append((_("The present version"), reverse("support:knowledge_item", args=[newer.pk])))
    if links:
        blocks.append(Block(links=links))
    page = WorkingPage(found.title, found.problem, blocks)
    crumbs = [Crumb(_("Library"), reverse("support:library")), Crumb(found.title)]
    return show(request, page, crumbs, synthetic=found.is_synthetic)


@needs(MANAGERS)
def knowledge_new(request: HttpRequest) -> HttpResponse:
    """A new piece, or a new version of one."""
    of = request.GET.get("of", "")
    old = KnowledgeItem.objects.filter(pk=of, superseded_by=None).first() if of.isdigit() else None
    initial = {}
    if old is not None:
        initial = {
            **{
                name: getattr(old, name)
                for name in ("kind", "audience", "title", "problem", "context", "cost_eur", "evidence", "source_url")
            },
            "steps": "\n".join(old.steps),
            "checklist": "\n".join(old.checklist),
        }
    form = KnowledgeForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        made = write_item(values=form.values(), supersedes=old, by=request.user)
        return redirect("support:knowledge_item", made.pk)
    page = WorkingPage(
        _("Write a new version") if old else _("Write a piece"),
        _("Tell the problem first: others find your piece by it."),
        [Block(form=form, button=_("Keep"))],
    )
    return show(request, page, [Crumb(_("Library"), reverse("support:library")), Crumb(page.title)])
