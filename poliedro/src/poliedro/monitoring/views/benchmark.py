"""The benchmark of a cluster's management, its self-check with evidence, and the region's comparison."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from poliedro.monitoring.forms.benchmark import SelfCheckForm
from poliedro.monitoring.models import Evidence, SelfCheck
from poliedro.monitoring.queries.benchmark import (
    INDICATORS,
    LEAST_PEERS,
    Checked,
    Compared,
    Comparison,
    compare,
    indicators,
    last_check,
    peer_means,
    profile_criteria,
)
from poliedro.monitoring.rules.excellence import InvalidAnswers, latest_version, readiness, total_score
from poliedro.monitoring.services.benchmark import CheckRefused, publish_comparison, save_self_check
from poliedro.monitoring.views.found import cluster_by_key
from poliedro.registry.models import Cluster
from poliedro.registry.present import facts_of, why_words
from poliedro.registry.queries.backing import backing_of_clusters, together
from poliedro.registry.queries.clusters import clusters_on
from poliedro.registry.queries.money import last_accounts_year
from poliedro.registry.shown import as_file, cluster_tabs
from poliedro.shared.access import needs
from poliedro.shared.components import Chart, Crumb, Figure, Table
from poliedro.shared.dated import Moment
from poliedro.shared.disclosure import Why
from poliedro.shared.templatetags.poliedro import spoken_number


def indicator_words() -> dict[str, str]:
    return {
        "firms": _("Member firms"),
        "not_firms": _("Members that are no firms"),
        "members_per_fte": _("Members for each full-time person"),
        "erdf_share": _("ERDF share of the revenue"),
        "revenue_per_firm": _("Revenue per member firm"),
        "services_per_member": _("Services delivered per member"),
        "rd_firms_share": _("Firms in projects begun in the year, over member firms"),
        "rd_per_firm": _("R&D investment of the year per member firm"),
    }


def label_words() -> dict[str, str]:
    return {"bronze": "Bronze", "silver": "Silver", "gold": "Gold"}


def _language() -> str:
    return "en" if (get_language() or "it").startswith("en") else "it"


def _crumbs(cluster: Cluster, *more: Crumb) -> list[Crumb]:
    return [
        Crumb(_("Home"), reverse("portal:home")),
        Crumb(_("Clusters"), reverse("portal:clusters")),
        Crumb(cluster.name, reverse("portal:cluster", args=[cluster.key])),
        *more,
    ]


def _year() -> int:
    return last_accounts_year() or timezone.localdate().year - 1


@needs("monitoring.view_benchmark", cluster=cluster_by_key)
@require_safe
def benchmark(request: HttpRequest, cluster: Cluster) -> HttpResponse:
    """The cluster against others of its type, its self-check, label readiness, and the criteria of the ECCP."""
    year, moment = _year(), Moment.today()
    found = compare(cluster, clusters_on(moment), year)
    if request.GET.get("format") == "csv":
        return as_file(_compared_table(cluster, found, year), f"benchmark-{cluster.key}")
    if request.GET.get("format") == "eccp":
        return as_file(_eccp_table(cluster, moment), f"eccp-{cluster.key}")
    may_see = request.user.has_perm("monitoring.view_self_check", cluster)
    checked = last_check(cluster) if may_see else None
    return render(
        request,
        "monitoring/benchmark.html",
        {
            "cluster": cluster,
            "title": _title(cluster, found.rows),
            "table": _compared_table(cluster, found, year),
            "few": not any(r.place for r in found.rows),
            "of_type": found.of_type,
            "least": LEAST_PEERS,
            "checked": checked,
            "charts": [_themes_chart(cluster, checked)] if checked else [],
            "themes": _themes_table(cluster, checked) if checked else None,
            "labels": _labels(checked) if checked else [],
            "eccp": _eccp_table(cluster, moment),
            "eccp_met": all(c.met for c in profile_criteria(cluster, moment)),
            "may_answer": request.user.has_perm("monitoring.answer_self_check", cluster),
            "tabs": cluster_tabs(cluster, request.user, "monitoring:benchmark"),
            "synthetic_data": cluster.is_synthetic,
            "crumbs": _crumbs(cluster, Crumb(_("Benchmark"))),
        },
    )


def _title(cluster: Cluster, rows: Sequence[Compared]) -> str:
    first = [r for r in rows if r.place and r.place[0] == 1]
    last = [r for r in rows if r.place and r.place[0] == r.place[1]]
    words = indicator_words()
    if first and last:
        return _("%(cluster)s: first in %(first)s, last in %(last)s") % {
            "cluster": cluster.name,
            "first": words[first[0].key].lower(),
            "last": words[last[0].key].lower(),
        }
    return _("%(cluster)s among the others") % {"cluster": cluster.name}


def _facts(clusters: list[Cluster], year: int) -> dict[str, Any]:
    behind = backing_of_clusters(clusters, Moment.today(), year, year)
    return facts_of(together([*behind.members.values(), *(behind.revenue(c.pk, year) for c in clusters)]))


def _compared_table(cluster: Cluster, found: Comparison, year: int) -> Table:
    words, facts = indicator_words(), _facts([cluster], year)
    themes = {k: v[_language()] for k, v in latest_version().themes.items()}
    few = _("Hidden: fewer than five others.")

    def peers(value: float | None, row: Compared, label: str) -> Figure:
        hidden = "" if row.peers >= LEAST_PEERS else few
        return Figure(value, label=label, unit=row.unit, n=row.peers, period=str(year), hidden=hidden, **facts)

    caption = _("Against the others of its type, %(year)d") if found.of_type else _("Against all others, %(year)d")
    return Table(
        [
            _("Theme"),
            _("Indicator"),
            _("Own"),
            _("Median of the others"),
            _("Lowest"),
            _("Highest"),
            pgettext("rank", "Place"),
            "n",
        ],
        [
            [
                themes[r.theme],
                words[r.key],
                Figure(
                    r.own,
                    label=words[r.key],
                    unit=r.unit,
                    period=str(year),
                    null_means=_("Nothing is recorded, or too little is published of the year."),
                    **facts,
                ),
                peers(r.middle, r, _("Median of the others")),
                peers(r.low, r, _("Lowest")),
                peers(r.high, r, _("Highest")),
                _("%(place)d of %(all)d") % {"place": r.place[0], "all": r.place[1]} if r.place else None,
                r.peers,
            ]
            for r in found.rows
        ],
        numeric=[2, 3, 4, 5, 7],
        caption=caption % {"year": year},
        full=True,
    )


def _themes_table(cluster: Cluster, checked: Checked) -> Table:
    year, peers = peer_means(cluster.type)
    labels = checked.version.themes
    rows = []
    for theme, own in checked.scores.items():
        mean, n, why = peers.get(theme, (None, 0, ""))
        rows.append(
            [
                labels[theme][_language()],
                None if own is None else round(own),
                Figure(
                    mean,
                    label=_("Mean of the type"),
                    unit="%",
                    decimals=0,
                    n=n,
                    period=year,
                    certainty="reported",
                    source=_("Self-checks handed in"),
                    null_means=_("The region has not published a comparison yet."),
                    hidden=why_words()[Why(why)] if why else "",
                ),
            ]
        )
    return Table([_("Theme"), _("Own, % of the points"), _("Mean of the type")], rows, numeric=[1, 2])


def _themes_chart(cluster: Cluster, checked: Checked) -> Chart:
    labels = checked.version.themes
    known = [(labels[t][_language()], round(s)) for t, s in checked.scores.items() if s is not None]
    return Chart(
        "bar",
        "themes",
        _("The self-check of %(year)d, by theme") % {"year": checked.check.year},
        _("Share of the points that its items could give."),
        {
            "categories": [k[0] for k in known],
            "y_label": _("% of the points"),
            "series": [{"name": cluster.name, "values": [k[1] for k in known]}],
        },
        Table([_("Theme"), "%"], [list(k) for k in known], numeric=[1]),
        height="small",
        certainty="synthetic" if checked.check.is_synthetic else "reported",
        source=_("Self-checks handed in"),
    )


def _labels(checked: Checked) -> list[tuple[str, list[str], str, str]]:
    """Each label: name, texts of what lacks, the score where it is too low, and the score that it needs."""
    texts = {i.key: i.texts[_language()] for i in checked.version.items}
    score = total_score(checked.version, checked.levels)
    found = []
    for key, lacking in readiness(checked.version, checked.levels).items():
        low = spoken_number(score, 0) if "score" in lacking else ""
        needed = next(spoken_number(100 * label["share"], 0) for label in checked.version.labels if label["key"] == key)
        found.append((label_words()[key], [texts[k] for k in lacking if k != "score"], low, needed))
    return found


def _eccp_table(cluster: Cluster, moment: Moment) -> Table:
    words = {
        "fte": (_("Full-time equivalents of the management"), _("Record assignments of staff.")),
        "members": (_("Members"), _("Import the member list.")),
        "kinds": (_("Kinds of members (firms, research, others)"), _("Win members of another kind.")),
        "english": (_("A page in English"), _("Give the cluster a website or an English description.")),
    }
    return Table(
        [_("Criterion"), _("Held"), _("Needed"), _("Met"), _("What to do")],
        [
            [words[c.key][0], c.value, c.needed, c.met, None if c.met else words[c.key][1]]
            for c in profile_criteria(cluster, moment)
        ],
        numeric=[1, 2],
        caption=_("Criteria of a profile on the European Cluster Collaboration Platform"),
    )


@needs("monitoring.view_self_check", cluster=cluster_by_key)
def self_check(request: HttpRequest, cluster: Cluster) -> HttpResponse:
    """The form: levels, notes, evidence; kept as one goes, handed in when complete."""
    may = request.user.has_perm("monitoring.answer_self_check", cluster)
    version, year = latest_version(), _year()
    begun = SelfCheck.objects.filter(cluster=cluster, year=year, version=version.number).first()
    held = {a.item: a for a in begun.answers.prefetch_related("evidence")} if begun else {}
    posted = request.method == "POST" and may
    form = SelfCheckForm(
        request.POST if posted else None,
        request.FILES if posted else None,
        version=version,
        language=_language(),
        held=held,
    )
    if posted and form.is_valid():
        submit = "submit" in request.POST
        try:
            save_self_check(
                cluster=cluster,
                year=year,
                levels=form.levels,
                notes=form.notes,
                files=form.uploads,
                submit=submit,
                by=request.user,
            )
        except (CheckRefused, InvalidAnswers) as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("Handed in.") if submit else _("Kept. You can go on later."))
            return redirect("monitoring:benchmark" if submit else "monitoring:self_check", cluster.key)
    return render(
        request,
        "monitoring/self_check.html",
        {
            "cluster": cluster,
            "form": form,
            "year": str(year),
            "version": version,
            "may_answer": may,
            "submitted": begun.submitted_at if begun else None,
            "files": [e for a in held.values() for e in a.evidence.all()],
            "tabs": cluster_tabs(cluster, request.user, "monitoring:benchmark"),
            "synthetic_data": cluster.is_synthetic,
            "crumbs": _crumbs(
                cluster,
                Crumb(_("Benchmark"), reverse("monitoring:benchmark", args=[cluster.key])),
                Crumb(_("Self-check")),
            ),
        },
        status=422 if form.is_bound and form.errors else 200,
    )


def evidence_by_pk(pk: int) -> Evidence:
    return get_object_or_404(Evidence.objects.select_related("answer__check_of"), pk=pk)


@needs("monitoring.view_self_check", evidence=evidence_by_pk)
@require_safe
def evidence(request: HttpRequest, evidence: Evidence) -> FileResponse:
    """The file that backs an answer."""
    return FileResponse(evidence.file.open("rb"), as_attachment=True, filename=evidence.name)


@needs("monitoring.view_cockpit")
@require_safe
def benchmarks(request: HttpRequest) -> HttpResponse:
    """All clusters by type on what the register holds, and how many handed in a self-check."""
    clusters, year = clusters_on(Moment.today()), _year()
    values, words, facts = indicators(clusters, year), indicator_words(), _facts(clusters, year)
    tables = []
    for kind, title in (
        (Cluster.Type.SECTORAL, _("Sectoral clusters")),
        (Cluster.Type.TRANSVERSAL, _("Transversal clusters")),
    ):
        ours = [c for c in clusters if c.type == kind]
        if ours:
            tables.append(
                Table(
                    [_("Cluster"), *(words[k] for k, _theme, _unit in INDICATORS)],
                    [
                        [
                            c.name,
                            *(
                                Figure(values[c.pk][k], label=words[k], unit=unit, period=str(year), **facts)
                                for k, _theme, unit in INDICATORS
                            ),
                        ]
                        for c in ours
                    ],
                    numeric=range(1, len(INDICATORS) + 1),
                    links={i: reverse("monitoring:benchmark", args=[c.key]) for i, c in enumerate(ours)},
                    caption=str(title),
                    full=True,
                )
            )
    handed = SelfCheck.objects.filter(year=year, submitted_at__isnull=False, cluster__in=clusters).count()
    return render(
        request,
        "monitoring/benchmarks.html",
        {
            "tables": tables,
            "handed": handed,
            "all": len(clusters),
            "year": str(year),
            "may_publish": request.user.has_perm("monitoring.run_campaigns"),
            "synthetic_data": any(c.is_synthetic for c in clusters),
            "crumbs": [
                Crumb(_("Home"), reverse("portal:home")),
                Crumb(_("Policy cockpit"), reverse("monitoring:cockpit")),
                Crumb(_("Benchmark of the clusters")),
            ],
        },
    )


@needs("monitoring.run_campaigns")
@require_POST
def publish(request: HttpRequest) -> HttpResponse:
    """Publish the year's comparison of self-checks to the managers."""
    try:
        n = publish_comparison(year=_year(), by=request.user)
    except CheckRefused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("Published: the comparison rests on %(n)d self-checks.") % {"n": n})
    return redirect("monitoring:benchmarks")
