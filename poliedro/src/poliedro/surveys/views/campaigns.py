"""Campaigns of a cluster, and those of the region: opening, links, response, results in aggregate, what follows."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext
from django.views.decorators.http import require_POST, require_safe

from poliedro.registry.models import Cluster, Organisation
from poliedro.registry.present import bars, stacked
from poliedro.registry.shown import cluster_tabs, manage_crumbs
from poliedro.shared.access import needs
from poliedro.shared.components import Chart, Crumb, Table
from poliedro.shared.spreadsheet import csv_file
from poliedro.shared.templatetags.poliedro import spoken_number
from poliedro.surveys.forms import CampaignForm, FollowUpForm, RegionCampaignForm
from poliedro.surveys.models import Campaign, FollowUp, Invitation, Questionnaire
from poliedro.surveys.queries.campaigns import (
    CampaignResult,
    GroupResult,
    QuestionResult,
    aggregates_of,
    campaign_result,
    campaigns_of,
    invitations_sent,
)
from poliedro.surveys.queries.sheets import answers_of, definition_of, latest_versions
from poliedro.surveys.rules.definition import said
from poliedro.surveys.rules.shares import MINIMUM_CELL
from poliedro.surveys.services.campaigns import (
    add_follow_up,
    open_campaign,
    open_region_campaign,
    remind_unanswered,
    settle_follow_up,
)
from poliedro.surveys.views.filling import language
from poliedro.surveys.views.found import (
    FoundFollowUp,
    campaign_by_pk,
    cluster_by_key,
    follow_up_by_pk,
    region_campaign_by_pk,
    region_follow_up_by_pk,
)


@needs("surveys.view_campaigns", cluster=cluster_by_key)
def surveys(request: HttpRequest, cluster: Cluster) -> HttpResponse:
    """The cluster's campaigns with their response, and what its members' self-assessments say together."""
    may_run = request.user.has_perm("surveys.run_campaigns", cluster)
    versions = latest_versions(Questionnaire.Kind.SURVEY)
    form = CampaignForm(request.POST or None, versions=versions)
    if request.method == "POST" and may_run and form.is_valid():
        data = form.cleaned_data
        asked = data.pop("version")
        version = next(v for v in versions if str(v.pk) == asked)
        made = open_campaign(cluster=cluster, version=version, groups=set(data.pop("groups")), by=request.user, **data)
        messages.success(
            request,
            _("The campaign is open: those who said yes to surveys are written to; hand the others their link."),
        )
        return redirect("surveys:campaign", pk=made.pk)
    found = aggregates_of(cluster)
    return render(
        request,
        "surveys/surveys.html",
        {
            "cluster": cluster,
            "tabs": cluster_tabs(cluster, request.user, "surveys:surveys"),
            "lines": [(line, _percent(line.rate)) for line in campaigns_of(cluster)],
            "charts": [_aggregate_chart(a) for a in found],
            "form": form,
            "may_run": may_run,
            "today": timezone.localdate(),
            "synthetic_data": cluster.is_synthetic,
            "crumbs": manage_crumbs(cluster, Crumb(_("Surveys"))),
        },
        status=422 if form.errors else 200,
    )


def _percent(share: float | None) -> float | None:
    return None if share is None else round(100 * share, 1)


def _aggregate_chart(found: Any) -> Chart:
    rows = [(said(d["title"], language()), d["mean"], d["low"], d["high"], d["n"]) for d in found.dimensions]
    return bars(
        f"assess-{found.questionnaire}",
        said(found.title, language()),
        _("Mean of %(n)d members: %(total)s of 100 (between %(low)s and %(high)s).")
        % {
            "n": found.n,
            "total": spoken_number(found.total["mean"], 0),
            "low": spoken_number(found.total["low"], 0),
            "high": spoken_number(found.total["high"], 0),
        }
        if found.total["mean"] is not None
        else "",
        [(name, mean, "") for name, mean, _l, _h, _n in rows],
        y_label=_("points of 100"),
        height="small",
        table=Table(
            [_("Area"), _("Mean"), _("At least"), _("At most"), "n"], [list(r) for r in rows], numeric=[1, 2, 3, 4]
        ),
        certainty="synthetic" if found.certainty == "synthetic" else "reported",
        source=_("Self-assessments of members, never shown one by one"),
    )


def _groups() -> dict[str, str]:
    return {v: str(label) for v, label in Invitation.Group.choices}


@needs("surveys.view_campaigns", campaign=campaign_by_pk)
def campaign(request: HttpRequest, campaign: Campaign) -> HttpResponse:
    """Response of a cluster's campaign and, once it has closed, its results."""
    return _campaign(request, campaign, request.user.has_perm("surveys.run_campaigns", campaign.cluster))


@needs("surveys.view_region_campaigns", campaign=region_campaign_by_pk)
def region_campaign(request: HttpRequest, campaign: Campaign) -> HttpResponse:
    """The same of a campaign that the region runs over all clusters."""
    return _campaign(request, campaign, request.user.has_perm("surveys.run_region_campaigns"))


def _campaign(request: HttpRequest, campaign: Campaign, may_run: bool) -> HttpResponse:
    cluster, today = campaign.cluster, timezone.localdate()
    found = campaign_result(campaign, today)
    form = FollowUpForm(request.POST or None)
    if request.method == "POST" and may_run and form.is_valid():
        add_follow_up(campaign=campaign, by=request.user, **form.cleaned_data)
        messages.success(request, _("It is among the tasks of those who run the campaign."))
        return redirect(request.path)
    invited = sum(rate.invited for _g, rate in found.rates)
    answered = sum(rate.answered for _g, rate in found.rates)
    may_read_named = may_run and cluster is not None  # answers are signed for one's own cluster's managers alone
    return render(
        request,
        "surveys/campaign.html",
        {
            "cluster": cluster,
            "campaign": campaign,
            "tabs": cluster_tabs(cluster, request.user, "surveys:surveys") if cluster else [],
            "written": campaign.invitations.exclude(written_on=None).count(),
            "title": _title(campaign, found, invited, answered),
            "found": found,
            "rates": _rates_table(found),
            "charts": _charts(campaign, found),
            "texts": [
                (said(q.question.text, language()), q.texts) for g in found.groups for q in g.questions if q.texts
            ],
            "unseen": [_groups()[g.group] for g in found.groups if g.hidden],
            "named": _named(found) if may_read_named else [],
            "follow_ups": campaign.follow_ups.all(),
            "form": form,
            "may_run": may_run,
            "is_open": campaign.opens_on <= today <= campaign.closes_on,
            "today": today,
            "synthetic_data": campaign.is_synthetic,
            "crumbs": manage_crumbs(
                cluster,
                Crumb(_("Surveys"), reverse("surveys:surveys", args=[cluster.key])),
                Crumb(campaign.name),
            )
            if cluster
            else _region_crumbs(Crumb(campaign.name)),
        },
        status=422 if form.errors else 200,
    )


@needs("surveys.view_region_campaigns")
def region_surveys(request: HttpRequest) -> HttpResponse:
    """The region's own campaigns over all clusters, with their response."""
    may_run = request.user.has_perm("surveys.run_region_campaigns")
    versions = latest_versions(Questionnaire.Kind.SURVEY)
    form = RegionCampaignForm(request.POST or None, versions=versions)
    if request.method == "POST" and may_run and form.is_valid():
        data = form.cleaned_data
        asked = data.pop("version")
        version = next(v for v in versions if str(v.pk) == asked)
        made = open_region_campaign(version=version, groups=set(data.pop("groups")), by=request.user, **data)
        messages.success(request, _("The campaign is open; those who said yes to surveys are written to."))
        return redirect("surveys:region_campaign", pk=made.pk)
    lines = campaigns_of(None)
    return render(
        request,
        "surveys/region_surveys.html",
        {
            "lines": [(line, _percent(line.rate)) for line in lines],
            "form": form,
            "may_run": may_run,
            "today": timezone.localdate(),
            "synthetic_data": any(line.campaign.is_synthetic for line in lines),
            "crumbs": _region_crumbs(),
        },
        status=422 if form.errors else 200,
    )


def _region_crumbs(*more: Crumb) -> list[Crumb]:
    title = _("Surveys of the region")
    return [
        Crumb(_("Home"), reverse("portal:home")),
        Crumb(_("My work"), reverse("portal:work")),
        *([Crumb(title, reverse("surveys:region_surveys")), *more] if more else [Crumb(title)]),
    ]


@needs("surveys.run_region_campaigns", campaign=region_campaign_by_pk)
@require_POST
def region_remind(request: HttpRequest, campaign: Campaign) -> HttpResponse:
    return _remind(request, campaign, "surveys:region_campaign")


@needs("surveys.run_region_campaigns", found=region_follow_up_by_pk)
@require_POST
def region_follow_up_done(request: HttpRequest, found: FollowUp) -> HttpResponse:
    settle_follow_up(follow_up=found, on=timezone.localdate(), by=request.user)
    messages.success(request, _("Done."))
    return redirect("surveys:region_campaign", pk=found.campaign_id)


def _title(campaign: Campaign, found: CampaignResult, invited: int, answered: int) -> str:
    share = spoken_number(100 * answered / invited, 0) if invited else "0"
    return _("%(name)s: %(share)s%% answered (%(n)d of %(all)d)") % {
        "name": campaign.name,
        "share": share,
        "n": answered,
        "all": invited,
    }


def _rates_table(found: CampaignResult) -> Table:
    sizes, groups = {v: str(label) for v, label in Organisation.SizeClass.choices}, _groups()
    return Table(
        [_("Group"), _("Size"), _("Invited"), _("Answered"), _("share, %"), _("Each answer stands for")],
        [
            [groups[g], sizes.get(r.stratum, r.stratum) if r.stratum else None, r.invited, r.answered,
             _percent(r.share), r.weight]
            for g, r in found.rates
        ],
        numeric=[2, 3, 4, 5],
        decimals={4: 0, 5: 1},
        caption=_("Who answered"),
    )  # fmt: skip


def _charts(campaign: Campaign, found: CampaignResult) -> list[Chart]:
    """One chart a question; with several groups, each group a bar."""
    kind: Any = "synthetic" if campaign.is_synthetic else "reported"
    source = _("%(campaign)s, weighted for those who did not answer") % {"campaign": campaign.name}
    seen = [g for g in found.groups if not g.hidden]
    charts = []
    for position, first in enumerate(seen[0].questions if seen else []):
        if first.question.kind not in ("one", "many", "scale"):
            continue
        title = said(first.question.text, language())
        rows = [(g, g.questions[position]) for g in seen]
        name = f"q-{first.question.key}".replace("_", "-")
        if first.question.kind == "scale":
            charts.append(_scale_chart(name, title, rows, kind, source))
        elif len(seen) == 1:
            charts.append(_option_chart(name, title, first, kind, source))
        else:
            charts.append(_groups_chart(name, title, rows, kind, source))
    return charts


def _interval(share: Any) -> list[Any]:
    return [_percent(share.weighted), _percent(share.low), _percent(share.high), _percent(share.plain), share.n]


def _option_chart(name: str, title: str, q: QuestionResult, kind: Any, source: str) -> Chart:
    shown = [(said(o.label, language()), o) for o in q.options]
    best = max((o for _l, o in shown if o.share.weighted), key=lambda o: o.share.weighted or 0, default=None)
    changed = any(o.change is not None for _l, o in shown)
    return bars(
        name,
        title,
        _("%(label)s: %(share)s%% (between %(low)s and %(high)s).")
        % {
            "label": said(best.label, language()),
            "share": spoken_number(_percent(best.share.weighted), 0),
            "low": spoken_number(_percent(best.share.low), 0),
            "high": spoken_number(_percent(best.share.high), 0),
        }
        if best
        else _("Hidden: few were asked, or all but few.")
        if q.kept_back
        else _("Fewer than five answered this question.")
        if q.asked < MINIMUM_CELL
        else _("Too few gave each answer for a share to be shown."),
        [(label, _percent(o.share.weighted), "") for label, o in shown],
        y_label=_("share, %"),
        height="small",
        table=Table(
            [
                pgettext("noun", "Answer"), _("share, %"), _("At least"), _("At most"), _("unweighted, %"), "n",
                *([_("Change, points")] if changed else []),
            ],
            [[label, *_interval(o.share), *([_percent(o.change)] if changed else [])] for label, o in shown],
            numeric=range(1, 7),
            decimals=dict.fromkeys((1, 2, 3, 4, 6), 0),
        ),
        certainty=kind,
        source=source,
    )  # fmt: skip


def _scale_chart(
    name: str, title: str, rows: list[tuple[GroupResult, QuestionResult]], kind: Any, source: str
) -> Chart:
    groups = _groups()
    known = [(groups[g.group], q) for g, q in rows if q.mean is not None]
    first = known[0][1].mean if known else None
    return bars(
        name,
        title,
        _("Mean %(mean)s of 100 (between %(low)s and %(high)s).")
        % {
            "mean": spoken_number(_percent(first.weighted), 0),
            "low": spoken_number(_percent(first.low), 0),
            "high": spoken_number(_percent(first.high), 0),
        }
        if first and first.shown
        else _("Fewer than five answered this question."),
        [(label, _percent(q.mean.weighted) if q.mean else None, "") for label, q in known],
        y_label=_("points of 100"),
        height="small",
        table=Table(
            [_("Group"), _("Mean"), _("At least"), _("At most"), _("unweighted"), "n", _("Change, points")],
            [[label, *_interval(q.mean), _percent(q.change)] for label, q in known],
            numeric=range(1, 7),
            decimals=dict.fromkeys((1, 2, 3, 4, 6), 0),
        ),
        certainty=kind,
        source=source,
    )


def _groups_chart(
    name: str, title: str, rows: list[tuple[GroupResult, QuestionResult]], kind: Any, source: str
) -> Chart:
    groups = _groups()
    labels = [said(o.label, language()) for o in rows[0][1].options]
    shares = {g.group: [_percent(o.share.weighted) for o in q.options] for g, q in rows}
    own = shares.get(Invitation.Group.OWN)
    summary = ""
    others = shares.get(Invitation.Group.MEMBER)
    if own and others:
        gaps = [
            (abs(a - b), label, a, b)
            for label, a, b in zip(labels, others, own, strict=True)
            if a is not None and b is not None
        ]
        if gaps:
            _gap, label, theirs, ours = max(gaps)
            summary = _(
                "Widest gap to the self-image: %(label)s, %(theirs)s%% of members, %(ours)s%% of own staff."
            ) % {
                "label": label,
                "theirs": spoken_number(theirs, 0),
                "ours": spoken_number(ours, 0),
            }
    return stacked(
        name,
        title,
        summary,
        [groups[g.group] + (f" (n = {q.asked})" if q.asked >= MINIMUM_CELL else "") for g, q in rows],
        [(label, [shares[g.group][i] for g, _q in rows]) for i, label in enumerate(labels)],
        y_label=_("share, %"),
        height="small",
        certainty=kind,
        source=source,
    )


def _named(found: CampaignResult) -> list[tuple[Any, list[tuple[str, str]]]]:
    """Answers that their givers signed: the organisation, with question and answer in words."""
    lines = []
    for sheet in found.named:
        definition, answers = definition_of(found.campaign.version), answers_of(sheet)
        said_ = []
        for q in definition.questions():
            if q.key not in answers:
                continue
            value = answers[q.key]
            labels = {o.key: said(o.text, language()) for o in q.options}
            words = ", ".join(labels.get(v, str(v)) for v in (value if isinstance(value, list) else [value]))
            said_.append((said(q.text, language()), words))
        lines.append((sheet.organisation, said_))
    return lines


@needs("surveys.run_campaigns", campaign=campaign_by_pk)
@require_safe
def links(request: HttpRequest, campaign: Campaign) -> HttpResponse:
    """The link of each invitation, to hand out; addresses only of those who consented to surveys."""
    lines: list[list[Any]] = [["organisation", "group", "email", "link", "reminded_on"]]
    rows = Invitation.objects.filter(campaign=campaign).select_related("organisation").order_by("group", "pk")
    for row in rows:
        name = row.organisation.name if row.organisation else ""
        address = request.build_absolute_uri(reverse("surveys:invited", args=[row.token]))
        lines.append([name, row.group, row.email, address, row.reminded_on])
    return csv_file(f"links-{campaign.pk}", lines)


@needs("surveys.run_campaigns", campaign=campaign_by_pk)
@require_POST
def remind(request: HttpRequest, campaign: Campaign) -> HttpResponse:
    return _remind(request, campaign, "surveys:campaign")


def _remind(request: HttpRequest, campaign: Campaign, back: str) -> HttpResponse:
    n = remind_unanswered(campaign=campaign, on=timezone.localdate(), by=request.user)
    messages.success(
        request,
        ngettext(
            "%(n)d reminded: written to where an address is known, else hand out the link again.",
            "%(n)d reminded: written to where an address is known, else hand out the links again.",
            n,
        )
        % {"n": n},
    )
    return redirect(back, pk=campaign.pk)


@needs("surveys.run_campaigns", found=follow_up_by_pk)
@require_POST
def follow_up_done(request: HttpRequest, found: FoundFollowUp) -> HttpResponse:
    settle_follow_up(follow_up=found.follow_up, on=timezone.localdate(), by=request.user)
    messages.success(request, _("Done."))
    return redirect("surveys:campaign", pk=found.follow_up.campaign_id)


@needs("surveys.run_campaigns", cluster=cluster_by_key)
@require_safe
def member_surveys(request: HttpRequest, cluster: Cluster, pk: int) -> HttpResponse:
    """What a member was asked and whether it answered; never what."""
    body = get_object_or_404(Organisation, pk=pk)
    return render(
        request,
        "surveys/member_surveys.html",
        {
            "cluster": cluster,
            "organisation": body,
            "tabs": cluster_tabs(cluster, request.user, "registry:member_list"),
            "rows": invitations_sent([cluster.pk], body.pk),
            "synthetic_data": body.is_synthetic,
            "crumbs": manage_crumbs(
                cluster,
                Crumb(str(body), reverse("registry:member_file", args=[cluster.key, body.pk])),
                Crumb(_("Surveys")),
            ),
        },
    )
