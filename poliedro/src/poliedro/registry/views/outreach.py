"""Outreach: targets and where they stand, campaigns, each prospect's contacts."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext
from django.views.decorators.http import require_safe

from poliedro.registry.forms.members import OutreachForm, StepForm, TargetForm
from poliedro.registry.models import Cluster, Organisation, OutreachCampaign, OutreachContact
from poliedro.registry.present import bars, stacked
from poliedro.registry.queries.outreach import (
    CampaignPage,
    campaign_page,
    campaigns_of,
    division_names,
    reached_by,
    targets_of,
    targets_of_all,
)
from poliedro.registry.queries.prospects import prospects as prospects_of
from poliedro.registry.queries.visibility import keep_back
from poliedro.registry.rules.outreach import STAGES, OutreachRefused
from poliedro.registry.rules.prospects import SMALL, Prospect
from poliedro.registry.services.outreach import open_outreach, record_outreach, set_target
from poliedro.registry.shown import cluster_tabs, manage_crumbs
from poliedro.registry.views.found import Asked, asked_by_pk, cluster_by_key, outreach_by_pk
from poliedro.registry.views.prospects import reason_words
from poliedro.shared.access import needs
from poliedro.shared.components import Chart, Crumb, Empty, Table
from poliedro.shared.dated import Moment
from poliedro.shared.templatetags.poliedro import day as written


def stage_words() -> dict[str, str]:
    """What those did who came as far as a stage, in the plural."""
    return {s: str(OutreachContact.State(s).label) for s in STAGES} | {
        "contacted": _("contacted"),
        "interested": pgettext("funnel", "interested"),
        "joined": pgettext("funnel", "joined"),
    }


def chosen_prospects(cluster: Cluster, reason: str, number: int) -> list[Prospect]:
    """The best-fitting prospects that no running campaign has reached and that did not decline; for "small", micro
    before small."""
    asked = reached_by(cluster)
    open_ = [p for p in prospects_of(cluster, Moment.today()) if p.organisation_id not in asked]
    if reason:
        open_ = [p for p in open_ if reason in p.reasons]
    if reason == "small":
        open_.sort(key=lambda p: (-p.fit, SMALL.index(p.size), -p.members, p.organisation_id))
    return open_[:number]


@needs("registry.view_outreach", cluster=cluster_by_key)
def outreach(request: HttpRequest, cluster: Cluster) -> HttpResponse:
    """Targets, campaigns, and why firms stay outside."""
    today = timezone.localdate()
    may_run = request.user.has_perm("registry.run_outreach", cluster)
    may_target = request.user.has_perm("registry.set_targets", cluster)
    act = request.POST.get("act", "")
    target = TargetForm(request.POST if act == "target" else None, prefix="target")
    campaign = OutreachForm(
        request.POST if act == "campaign" else None,
        prefix="campaign",
        initial={"reason": request.GET.get("reason", "small")},
    )
    if act == "target" and may_target and target.is_valid():
        set_target(cluster=cluster, on=today, by=request.user, **target.cleaned_data)
        messages.success(request, _("Target set; the baseline is what stands today."))
        return redirect("registry:outreach", key=cluster.key)
    if act == "campaign" and may_run and campaign.is_valid():
        data = campaign.cleaned_data
        found = chosen_prospects(cluster, data.pop("reason"), data.pop("number"))
        try:
            made = open_outreach(cluster=cluster, prospects=found, by=request.user, **data)
        except ValidationError:
            campaign.add_error("name", _("A round of this name exists; choose another."))
        else:
            messages.success(
                request,
                ngettext("%(n)d prospect listed.", "%(n)d prospects listed.", len(found)) % {"n": len(found)},
            )
            return redirect("registry:outreach_campaign", pk=made.pk)
    lines = campaigns_of(cluster, today)
    words = stage_words()
    return render(
        request,
        "registry/outreach.html",
        {
            "cluster": cluster,
            "tabs": cluster_tabs(cluster, request.user, "registry:outreach"),
            "targets": targets_of(cluster, today),
            "campaigns": [(line, [(words[s], n) for s, n in line.funnel.reached.items()]) for line in lines],
            "running": sum(line.campaign.starts_on <= today <= line.campaign.ends_on for line in lines),
            "due": sum(line.due for line in lines),
            "charts": _reason_chart(cluster, lines),
            "target": target,
            "campaign": campaign,
            "act": act,
            "may_run": may_run,
            "may_target": may_target,
            "today": today,
            "synthetic_data": cluster.is_synthetic,
            "crumbs": manage_crumbs(cluster, Crumb(_("Outreach"))),
        },
        status=422 if target.errors or campaign.errors else 200,
    )


def _reason_chart(cluster: Cluster, lines: list[Any]) -> list[Chart]:
    total: dict[str, int] = defaultdict(int)
    for line in lines:
        for reason, n in line.funnel.refused.items():
            total[reason] += n
    if not total:
        return []
    words = {r.value: str(r.label) for r in OutreachContact.Reason}
    ranked = sorted(total.items(), key=lambda p: (-p[1], p[0]))
    return [
        bars(
            "why-not",
            _("Why firms stay outside"),
            _(
                "Named most: %(reason)s (%(n)d of %(all)d that declined). Asked so far: %(asked)d of %(listed)d listed "
                "firms."
            )
            % {
                "reason": words[ranked[0][0]],
                "n": ranked[0][1],
                "all": sum(total.values()),
                "asked": sum(line.funnel.reached["contacted"] for line in lines),
                "listed": sum(line.funnel.listed for line in lines),
            },
            [(words[r], n, "") for r, n in ranked],
            y_label=_("firms"),
            height="small",
            certainty="synthetic" if cluster.is_synthetic else "reported",
            source=_("Contacts noted by the cluster's managers"),
        )
    ]


MOST_INDUSTRIES = 8
"""Divisions in the chart of reasons, those with most refusals; the rest are one."""


def _by_industry(found: CampaignPage, names: list[str], reasons: dict[str, str], kind: Any) -> Chart:
    """Why firms declined, by division of their main activity."""
    total: Counter[str] = Counter()
    for (_reason, division), n in found.by_industry.items():
        total[division] += n
    labels = division_names([d for d in total if d])
    shown = [d for d, _n in sorted(total.items(), key=lambda p: (-p[1], p[0]))[:MOST_INDUSTRIES]]
    rest = [d for d in total if d not in shown]
    groups = [(f"{d} {labels.get(d, '')}".strip() if d else _("activity not known"), [d]) for d in shown]
    groups += [(_("other industries"), rest)] if rest else []
    return stacked(
        "industries",
        _("Reasons by industry"),
        _("Why firms declined, by the division of their main activity."),
        [reasons[r] for r in names],
        [(label, [sum(found.by_industry.get((r, d), 0) for d in held) for r in names]) for label, held in groups],
        y_label=_("firms"),
        height="small",
        certainty=kind,
        source=_("Contacts noted by the cluster's managers"),
    )


@needs("registry.view_outreach", campaign=outreach_by_pk)
@require_safe
def outreach_campaign(request: HttpRequest, campaign: OutreachCampaign) -> HttpResponse:
    """Whom a campaign reaches, what they answered, what is next."""
    found = campaign_page(campaign, timezone.localdate())
    words = stage_words()
    sizes = {v: str(label) for v, label in Organisation.SizeClass.choices}
    reasons = {r.value: str(r.label) for r in OutreachContact.Reason}
    kind = "synthetic" if campaign.is_synthetic else "reported"
    charts = [
        bars(
            "funnel",
            _("From the list to membership"),
            _("%(n)d of %(all)d contacted joined.")
            % {"n": found.funnel.reached["joined"], "all": found.funnel.reached["contacted"]},
            [(words[s], n, "") for s, n in found.funnel.reached.items()],
            y_label=_("firms that came so far"),
            height="small",
            certainty=kind,
            source=_("Contacts noted by the cluster's managers"),
        )
    ]
    if found.reasons:
        names = sorted({r for r, _s in found.reasons})
        classes = [s for s in sizes if any((r, s) in found.reasons for r in names)]
        charts.append(
            stacked(
                "reasons",
                _("Reasons by size"),
                _("Why firms declined, by their size class."),
                [reasons[r] for r in names],
                [(sizes[s], [found.reasons.get((r, s), 0) for r in names]) for s in classes],
                y_label=_("firms"),
                height="small",
                certainty=kind,
                source=_("Contacts noted by the cluster's managers"),
            )
        )
        charts.append(_by_industry(found, names, reasons, kind))
    keep_back([c.organisation for c in found.contacts], request.user)
    return render(
        request,
        "registry/outreach_campaign.html",
        {
            "cluster": campaign.cluster,
            "campaign": campaign,
            "tabs": cluster_tabs(campaign.cluster, request.user, "registry:outreach"),
            "found": found,
            "charts": charts,
            "today": timezone.localdate(),
            "may_run": request.user.has_perm("registry.run_outreach", campaign.cluster),
            "synthetic_data": campaign.is_synthetic,
            "crumbs": manage_crumbs(
                campaign.cluster,
                Crumb(_("Outreach"), reverse("registry:outreach", args=[campaign.cluster.key])),
                Crumb(campaign.title),
            ),
        },
    )


@needs("registry.run_outreach", asked=asked_by_pk)
def outreach_contact(request: HttpRequest, asked: Asked) -> HttpResponse:
    """One prospect: what was said so far, and the form for the next contact."""
    contact = asked.contact
    campaign = contact.campaign
    form = StepForm(request.POST or None, initial={"state": request.GET.get("state", "")})
    if request.method == "POST" and form.is_valid():
        try:
            record_outreach(contact=contact, by=request.user, **form.cleaned_data)
        except OutreachRefused:
            form.add_error(None, _("It has joined already; further contacts belong to the member's file."))
        else:
            messages.success(request, _("Noted."))
            return redirect("registry:outreach_campaign", pk=campaign.pk)
    keep_back([contact.organisation], request.user)
    words = reason_words()
    fit = next(
        (p for p in prospects_of(campaign.cluster, Moment.today()) if p.organisation_id == contact.organisation_id),
        None,
    )
    return render(
        request,
        "registry/outreach_contact.html",
        {
            "cluster": campaign.cluster,
            "campaign": campaign,
            "contact": contact,
            "reasons": [words[r] for r in fit.reasons] if fit else [],
            "tabs": cluster_tabs(campaign.cluster, request.user, "registry:outreach"),
            "steps": contact.steps.select_related("by"),
            "form": form,
            "synthetic_data": campaign.is_synthetic,
            "crumbs": manage_crumbs(
                campaign.cluster,
                Crumb(_("Outreach"), reverse("registry:outreach", args=[campaign.cluster.key])),
                Crumb(campaign.title, reverse("registry:outreach_campaign", args=[campaign.pk])),
                Crumb(str(contact.organisation)),
            ),
        },
        status=422 if form.errors else 200,
    )


@needs("registry.view_outreach")
@require_safe
def targets(request: HttpRequest) -> HttpResponse:
    """What every cluster wants its membership to be, and where it stands (R018)."""
    lines = targets_of_all(timezone.localdate())
    behind = sum(not line.on_track for line in lines)
    return render(
        request,
        "registry/targets.html",
        {
            "title": _("%(n)d of %(all)d targets of the clusters are behind") % {"n": behind, "all": len(lines)}
            if lines
            else _("No cluster has a target yet"),
            "table": Table(
                [
                    _("Cluster"), _("What is to grow"), pgettext("amount", "From"), _("Now"), pgettext("amount", "To"),
                    _("By when"), _("Way gone, %"), _("Time gone, %"), _("Where it stands"),
                ],
                [
                    [
                        line.target.cluster.name,
                        str(line.target.get_aspect_display()),
                        line.target.baseline,
                        line.now,
                        line.target.target,
                        written(line.target.due_on),
                        None if line.progress is None else round(100 * line.progress),
                        round(100 * line.expected),
                        _("on track") if line.on_track else _("behind"),
                    ]
                    for line in lines
                ],
                numeric=[2, 3, 4, 6, 7],
                links={i: reverse("registry:outreach", args=[x.target.cluster.key]) for i, x in enumerate(lines)},
                full=True,
            )
            if lines
            else None,
            "empty": Empty(
                _("No cluster has a target yet"),
                _("A cluster's managers, or the region, set them on its page of outreach."),
            ),
            "synthetic_data": any(line.target.certainty == "synthetic" for line in lines),
            "crumbs": [
                Crumb(_("Home"), reverse("portal:home")),
                Crumb(_("My work"), reverse("portal:work")),
                Crumb(_("Targets of the clusters")),
            ],
        },
    )  # fmt: skip
