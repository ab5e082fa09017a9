"""Data campaigns: the region's board, the managers' form, and the public way from a figure to its answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext
from django.views.decorators.http import require_POST, require_safe

from poliedro.monitoring.forms.campaigns import AnswerForm, CampaignForm, ReturnForm
from poliedro.monitoring.models import CampaignAnswer, CampaignReply, DataCampaign
from poliedro.monitoring.queries.campaigns import campaigns, progress, replies_of, replies_of_cluster, texts_of
from poliedro.monitoring.rules.campaigns import (
    ASKABLE,
    OPEN,
    SIGNED,
    TEXT,
    WAITING,
    CampaignRefused,
    Problem,
    can_move,
    change,
)
from poliedro.monitoring.services.campaigns import (
    chase,
    close_campaign,
    create_campaign,
    open_campaign,
    return_reply,
    save_answers,
    sign_reply,
)
from poliedro.monitoring.views.found import cluster_by_key
from poliedro.monitoring.views.words import campaign_words, figure_words, problem_words, remedy_words, reply_words
from poliedro.registry.models import Cluster
from poliedro.registry.present import certainty_of
from poliedro.registry.queries.clusters import clusters_on
from poliedro.registry.shown import cluster_tabs
from poliedro.shared.access import needs, public
from poliedro.shared.components import Crumb, Empty, Figure, Table
from poliedro.shared.dated import Moment
from poliedro.shared.templatetags.poliedro import day as written
from poliedro.shared.templatetags.poliedro import signed_number, spoken_number


def campaign_by_key(campaign: str) -> DataCampaign:
    return get_object_or_404(DataCampaign.objects.select_related("source"), key=campaign)


def reply_by_keys(key: str, campaign: str) -> CampaignReply:
    """The cluster's reply to a campaign that was opened."""
    return get_object_or_404(
        CampaignReply.objects.exclude(campaign__state="draft").select_related("campaign__source", "cluster"),
        cluster__key=key,
        campaign__key=campaign,
    )


def _crumbs(*more: Crumb) -> list[Crumb]:
    return [
        Crumb(_("Home"), reverse("portal:home")),
        Crumb(_("Policy cockpit"), reverse("monitoring:cockpit")),
        *(
            [Crumb(_("Data campaigns"), reverse("monitoring:campaigns")), *more]
            if more
            else [Crumb(_("Data campaigns"))]
        ),
    ]


def _missing_words(missing: int, campaigns_open: int) -> str:
    answers = ngettext("%(n)d answer is missing", "%(n)d answers are missing", missing) % {"n": missing}
    return ngettext(
        "%(missing)s in %(open)d open campaign", "%(missing)s in %(open)d open campaigns", campaigns_open
    ) % {"missing": answers, "open": campaigns_open}


@needs("monitoring.view_cockpit")
@require_safe
def board(request: HttpRequest) -> HttpResponse:
    """Every campaign with its response."""
    found, words = campaigns(), campaign_words()
    rows = [
        [
            c.called,
            str(c.year),
            words[c.state],
            written(c.due_on),
            p.asked,
            p.answered,
            None if p.rate is None else round(100 * p.rate),
            p.signed,
        ]
        for c, p in found
    ]
    open_ones = [(c, p) for c, p in found if c.state == OPEN]
    missing = sum(p.asked - p.answered for _c, p in open_ones)
    title = _missing_words(missing, len(open_ones)) if open_ones else _("Data campaigns")
    return render(
        request,
        "monitoring/campaigns.html",
        {
            "title": title,
            "table": Table(
                [
                    _("Campaign"),
                    _("Year"),
                    pgettext("noun", "State"),
                    _("Answer by"),
                    _("Asked"),
                    _("Answered"),
                    _("Response, %"),
                    _("Signed"),
                ],
                rows,
                numeric=[4, 5, 6, 7],
                links={i: reverse("monitoring:campaign", args=[c.key]) for i, (c, _p) in enumerate(found)},
                full=True,
            )
            if found
            else None,
            "empty": Empty(
                _("No campaign yet"),
                _("Ask the clusters for figures; their forms come filled in from the register and last year."),
            ),
            "may_ask": request.user.has_perm("monitoring.run_campaigns"),
            "synthetic_data": any(c.is_synthetic for c, _p in found),
            "crumbs": _crumbs(),
        },
    )


@needs("monitoring.run_campaigns")
def create(request: HttpRequest) -> HttpResponse:
    """The region asks."""
    clusters = clusters_on(Moment.today())
    form = CampaignForm(request.POST or None, clusters=clusters, words=figure_words())
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        made = create_campaign(
            title={"it": values["title_it"], "en": values["title_en"]},
            year=values["year"],
            figures=values["figures"],
            clusters=[c for c in clusters if c.key in values["clusters"]],
            opens_on=values["opens_on"],
            due_on=values["due_on"],
            threshold=values["threshold"] / 100,
            instructions={"it": values["instructions_it"], "en": values["instructions_en"]},
            questions=values["questions"],
            by=request.user,
        )
        messages.success(request, _("The campaign is a draft: look at it, then open it."))
        return redirect("monitoring:campaign", made.key)
    return render(
        request,
        "monitoring/campaign_form.html",
        {"form": form, "crumbs": _crumbs(Crumb(_("New campaign"))), "synthetic_data": False},
        status=422 if form.is_bound else 200,
    )


@needs("monitoring.view_cockpit", campaign=campaign_by_key)
@require_safe
def campaign(request: HttpRequest, campaign: DataCampaign) -> HttpResponse:
    """One campaign: who answered, what they answered, how it changed."""
    replies, done = list(replies_of(campaign)), progress(campaign)
    words = reply_words()
    said = {"n": done.answered, "all": done.asked, "signed": done.signed, "title": campaign.called}
    return render(
        request,
        "monitoring/campaign.html",
        {
            "campaign": campaign,
            "title": _("%(title)s: %(n)d of %(all)d answered, %(signed)d signed") % said,
            "state": campaign_words()[campaign.state],
            "figures": [figure_words()[f.indicator] for f in campaign.figures.all()],
            "questions": [
                (
                    q.text,
                    [(r.cluster, t.text) for r in replies for t in r.texts.all() if t.question_id == q.pk and t.text],
                )
                for q in campaign.questions.all()
            ],
            "replies": [
                (r, words[r.state], reverse("monitoring:reply", args=[campaign.key, r.cluster.key])) for r in replies
            ],
            "table": _matrix(campaign, replies) if campaign.state != "draft" else None,
            "waiting": sum(r.state in WAITING for r in replies),
            "unsigned": sum(r.state != SIGNED for r in replies),
            "may_ask": request.user.has_perm("monitoring.run_campaigns"),
            "synthetic_data": campaign.is_synthetic,
            "crumbs": _crumbs(Crumb(campaign.called)),
        },
    )


def _matrix(campaign: DataCampaign, replies: Sequence[CampaignReply]) -> Table:
    """Figures across, clusters down; each with its change against last year as an interval-free note."""
    figures, words = list(campaign.figures.all()), figure_words()
    rows = []
    for r in replies:
        held = {a.figure.indicator: a for a in r.answers.all()}
        rows.append([r.cluster.name, *(_answer_figure(held[f.indicator], campaign) for f in figures)])
    return Table(
        [_("Cluster"), *(words[f.indicator] for f in figures)],
        rows,
        numeric=range(1, len(figures) + 1),
        links={i: reverse("monitoring:reply", args=[campaign.key, r.cluster.key]) for i, r in enumerate(replies)},
        caption=_("Answers of %(year)d") % {"year": campaign.year},
        full=True,
    )


def _moved(answer: CampaignAnswer) -> str:
    """The change against last year in words: percent, or points where the figure itself is in percent."""
    moved = change(answer.value, answer.last_year)
    if moved is None:
        return ""
    if ASKABLE[answer.figure.indicator].unit == "%":
        assert answer.value is not None
        assert answer.last_year is not None
        return _("%(n)s points") % {"n": signed_number(float(answer.value - answer.last_year))}
    return f"{signed_number(100 * moved, 0)}%"


def _answer_figure(answer: CampaignAnswer, campaign: DataCampaign, **fields: Any) -> Figure:
    moved = _moved(answer)
    note = _("Change against last year: %(moved)s") % {"moved": moved} if moved else ""
    return Figure(
        None if answer.value is None else float(answer.value),
        label=figure_words()[answer.figure.indicator],
        unit="",
        period=str(campaign.year),
        source=campaign.source.name if campaign.source else "",
        certainty=certainty_of(campaign.source.certainty if campaign.source else "reported"),
        null_means=_("Not answered."),
        note=" ".join(t for t in (note, answer.explanation) if t),
        decimals=0 if ASKABLE[answer.figure.indicator].whole else None,
        url=reverse("monitoring:answer", args=[answer.pk]) if answer.fact_id else "",
        **fields,
    )


def _do(request: HttpRequest, campaign: DataCampaign, act: Any, done: str) -> HttpResponse:
    try:
        act()
    except CampaignRefused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, done)
    return redirect("monitoring:campaign", campaign.key)


@needs("monitoring.run_campaigns", campaign=campaign_by_key)
@require_POST
def start(request: HttpRequest, campaign: DataCampaign) -> HttpResponse:
    """Open it: forms are filled in, managers are written to."""
    act = lambda: open_campaign(campaign=campaign, by=request.user)  # noqa: E731
    return _do(request, campaign, act, _("The campaign is open; the managers were written to."))


@needs("monitoring.run_campaigns", campaign=campaign_by_key)
@require_POST
def remind(request: HttpRequest, campaign: DataCampaign) -> HttpResponse:
    """Write to those who have not answered."""
    act = lambda: chase(campaign=campaign, by=request.user)  # noqa: E731
    return _do(request, campaign, act, _("Those who have not answered were reminded."))


@needs("monitoring.run_campaigns", campaign=campaign_by_key)
@require_POST
def close(request: HttpRequest, campaign: DataCampaign) -> HttpResponse:
    """End it."""
    act = lambda: close_campaign(campaign=campaign, by=request.user)  # noqa: E731
    return _do(request, campaign, act, _("The campaign is closed."))


@needs("monitoring.view_cockpit", campaign=campaign_by_key)
def reply(request: HttpRequest, campaign: DataCampaign, key: str) -> HttpResponse:
    """One cluster's answers, as the region reads, signs or returns them."""
    found = reply_by_keys(key, campaign.key)
    form = ReturnForm(request.POST if request.method == "POST" and "return" in request.POST else None)
    if request.method == "POST":
        if not request.user.has_perm("monitoring.run_campaigns", campaign):
            raise Http404
        try:
            if "sign" in request.POST:
                facts = sign_reply(reply=found, by=request.user)
                messages.success(request, _("Signed: %(n)d figures are published.") % {"n": len(facts)})
                return redirect("monitoring:campaign", campaign.key)
            if form.is_valid():
                return_reply(reply=found, note=form.cleaned_data["note"], by=request.user)
                messages.success(request, _("Sent back to the manager."))
                return redirect("monitoring:campaign", campaign.key)
        except CampaignRefused as refused:
            messages.error(request, str(refused))
    answers = list(found.answers.select_related("figure"))
    may = request.user.has_perm("monitoring.run_campaigns", campaign)
    return render(
        request,
        "monitoring/reply.html",
        {
            "reply": found,
            "campaign": campaign,
            "state": reply_words()[found.state],
            "table": _answers_table(answers, campaign),
            "texts": texts_of(found),
            "form": form if may and can_move(found.state, SIGNED) else None,
            "synthetic_data": campaign.is_synthetic,
            "crumbs": _crumbs(
                Crumb(campaign.called, reverse("monitoring:campaign", args=[campaign.key])), Crumb(found.cluster.name)
            ),
        },
        status=422 if form.is_bound and form.errors else 200,
    )


def _answers_table(answers: Sequence[CampaignAnswer], campaign: DataCampaign) -> Table:
    words = figure_words()
    rows = []
    for a in answers:
        rows.append(
            [
                words[a.figure.indicator],
                _answer_figure(a, campaign),
                None if a.last_year is None else float(a.last_year),
                _moved(a) or None,
                None if a.register is None else float(a.register),
                a.explanation or None,
            ]
        )
    return Table(
        [_("Figure"), pgettext("noun", "Answer"), _("Last year"), _("Change"), _("Register"), _("Explanation")],
        rows,
        numeric=[1, 2, 3, 4],
        full=True,
    )


# --- the cluster's side -----------------------------------------------------------------------------------------------
@needs("monitoring.view_campaigns", cluster=cluster_by_key)
@require_safe
def of_cluster(request: HttpRequest, cluster: Cluster) -> HttpResponse:
    """What the cluster was asked."""
    words, found = reply_words(), list(replies_of_cluster(cluster))
    return render(
        request,
        "monitoring/cluster_campaigns.html",
        {
            "cluster": cluster,
            "replies": [(r, words[r.state], r.campaign.state == OPEN and r.state in WAITING) for r in found],
            "may_answer": request.user.has_perm("monitoring.answer_campaign", cluster),
            "tabs": cluster_tabs(cluster, request.user, "monitoring:cluster_campaigns"),
            "synthetic_data": cluster.is_synthetic,
            "crumbs": _cluster_crumbs(cluster, Crumb(_("Data campaigns"))),
        },
    )


def _cluster_crumbs(cluster: Cluster, *more: Crumb) -> list[Crumb]:
    return [
        Crumb(_("Home"), reverse("portal:home")),
        Crumb(_("Clusters"), reverse("portal:clusters")),
        Crumb(cluster.name, reverse("portal:cluster", args=[cluster.key])),
        *more,
    ]


@needs("monitoring.view_campaigns", reply=reply_by_keys)
def answer_form(request: HttpRequest, reply: CampaignReply) -> HttpResponse:
    """The manager's form: filled in from the register and last year, saved as one goes, handed in when it is right."""
    may = request.user.has_perm("monitoring.answer_campaign", reply.cluster)
    editable = may and reply.campaign.state == OPEN and reply.state in WAITING
    answers, texts = list(reply.answers.select_related("figure")), texts_of(reply)
    form = AnswerForm(
        request.POST or None,
        answers=answers,
        words=figure_words(),
        hints={a.figure.indicator: _hint(a) for a in answers},
        texts=texts,
    )
    problems: list[Problem] = []
    if request.method == "POST":
        if not editable:
            raise Http404
        if form.is_valid():
            submit = "submit" in request.POST
            problems = save_answers(reply=reply, given=form.given, submit=submit, by=request.user, texts=form.texts)
            if not submit:
                messages.success(request, _("Saved. You can go on later."))
                return redirect("monitoring:answer_form", reply.cluster.key, reply.campaign.key)
            if not problems:
                messages.success(request, _("Handed in. The region signs it or sends it back."))
                return redirect("monitoring:cluster_campaigns", reply.cluster.key)
            for p in problems:
                form.add_error(_field(p), _problem(p))
    return render(
        request,
        "monitoring/answer_form.html",
        {
            "reply": reply,
            "campaign": reply.campaign,
            "cluster": reply.cluster,
            "form": form if editable else None,
            "table": None if editable else _answers_table(answers, reply.campaign),
            "texts": [] if editable else texts,
            "threshold": f"{round(100 * reply.campaign.threshold)}%",
            "state": reply_words()[reply.state],
            "tabs": cluster_tabs(reply.cluster, request.user, "monitoring:cluster_campaigns"),
            "synthetic_data": reply.campaign.is_synthetic,
            "crumbs": _cluster_crumbs(
                reply.cluster,
                Crumb(_("Data campaigns"), reverse("monitoring:cluster_campaigns", args=[reply.cluster.key])),
                Crumb(reply.campaign.called),
            ),
        },
        status=422 if problems else 200,
    )


def _field(problem: Problem) -> str:
    """The form's field that the problem is about."""
    if problem.figure.startswith(TEXT):
        return f"text_{problem.figure.removeprefix(TEXT)}"
    return f"{'why' if problem.problem == 'unexplained' else 'value'}_{problem.figure}"


def _hint(answer: CampaignAnswer) -> str:
    last = spoken_number(answer.last_year) if answer.last_year is not None else _("not known")
    held = spoken_number(answer.register) if answer.register is not None else _("not known")
    return _("Last year: %(last)s. The register holds: %(held)s.") % {"last": last, "held": held}


def _problem(problem: Problem) -> str:
    remedy = remedy_words()[problem.remedy] % {"detail": problem.detail}
    given = f" ({problem.value})" if problem.value else ""
    return f"{problem_words()[problem.problem]}{given} {remedy}"


@public
@require_safe
def answer(request: HttpRequest, pk: int) -> HttpResponse:
    """Where a published figure comes from: who answered, who signed, what the register held."""
    found = get_object_or_404(
        CampaignAnswer.objects.filter(reply__state=SIGNED, fact__isnull=False).select_related(
            "figure", "reply__cluster", "reply__campaign__source", "fact"
        ),
        pk=pk,
    )
    campaign, cluster = found.reply.campaign, found.reply.cluster
    return render(
        request,
        "monitoring/answer.html",
        {
            "answer": found,
            "figure": _answer_figure(found, campaign),
            "title": _("%(cluster)s: %(figure)s, %(year)d")
            % {"cluster": cluster.name, "figure": figure_words()[found.figure.indicator], "year": campaign.year},
            "table": _answers_table([found], campaign),
            "synthetic_data": campaign.is_synthetic,
            "crumbs": _cluster_crumbs(cluster, Crumb(pgettext("noun", "Answer"))),
        },
    )
