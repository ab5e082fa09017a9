"""What admitting an industry to a cluster would change."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from poliedro.evidence.models import Run
from poliedro.portal.views.observatory.frame import (
    Content,
    Scope,
    Section,
    Select,
    answer,
    chosen,
    csv_address,
    rows,
)
from poliedro.portal.views.observatory.relations.frame import cluster_names, no_definitions, percent, two
from poliedro.registry.present import certainty_of
from poliedro.shared.access import public
from poliedro.shared.components import Chart, Table
from poliedro.shared.templatetags.poliedro import spoken_number


@public
def what_if(request: HttpRequest) -> HttpResponse:
    """What admitting an industry to a cluster would change."""
    return answer(request, "what_if", "between-clusters", _what_if)


def _what_if(request: HttpRequest, scope: Scope, run: Run) -> Content:
    names = cluster_names()
    everything = rows(run, "what-if")
    if not everything:
        return no_definitions()
    keys = [k for k in names if any(r["cluster"] == k for r in everything)]
    cluster = chosen(request, "cluster", keys, keys[0] if keys else "")
    own = sorted((r for r in everything if r["cluster"] == cluster), key=lambda r: -r["relatedness"])
    codes = [r["activity"] for r in own]
    with_firms = [r["activity"] for r in own if r["firms"]]
    industry = chosen(request, "industry", codes, next(iter(with_firms or codes), ""))
    row = next((r for r in own if r["activity"] == industry), None)
    before_after = []
    if row:
        before_after = [
            [_("Coverage, %"), percent(row["coverage_before"]), percent(row["coverage_after"])],
            [_("Heterogeneity, bits"), two(row["heterogeneity_before"]), two(row["heterogeneity_after"])],
            [_("Overlap with other clusters, %"), percent(row["overlap_before"]), percent(row["overlap_after"])],
            [
                _("Relatedness of its industries, two by two"),
                two(row["cohesion_before"]),
                two(row["cohesion_after"]),
            ],
        ]
    points = [
        {
            "x": round(r["relatedness"], 3),
            "y": r["firms"],
            "name": scope.activity_name(r["activity"]),
            "label": r["activity"] if r["activity"] == industry else "",
            "color": "#a3195b" if r["activity"] == industry else "#0066cc",
            "size": 11,
            "url": reverse("portal:what_if") + scope.query(cluster=cluster, industry=r["activity"]),
        }
        for r in own
        if r["firms"] is not None
    ]
    chart = Chart(
        "scatter",
        "candidates",
        _("Candidates: how related to the cluster, and how many firms"),
        _("%(n)d industries outside the definition of %(cluster)s. Choose one to see what would change.")
        % {"n": len(own), "cluster": names.get(cluster, "-")},
        {
            "points": points,
            "x_label": _("relatedness to the cluster's industries (1 = chance)"),
            "y_label": _("firms in the region"),
            "lines": [{"x": 1}],
        },
        Table(
            [
                _("Industry"),
                _("Relatedness"),
                _("Firms in the region"),
                _("Members of the cluster already"),
                _("Members of other clusters"),
                _("Coverage after, %"),
                _("Overlap after, %"),
            ],
            [
                [
                    scope.activity_name(r["activity"]),
                    two(r["relatedness"]),
                    r["firms"],
                    r["members"],
                    r["in_other"],
                    percent(r["coverage_after"]),
                    percent(r["overlap_after"]),
                ]
                for r in own
            ],
            numeric=range(1, 7),
            decimals={1: 2},
            links={
                i: reverse("portal:what_if") + scope.query(cluster=cluster, industry=r["activity"])
                for i, r in enumerate(own)
            },
        ),
        source=run.source_names,
        certainty=certainty_of(run.certainty),
        download_url=csv_address(run, "what-if", cluster=cluster),
    )
    label = scope.activity_name(industry, 60)
    return Content(
        _("If %(cluster)s admitted %(industry)s: coverage from %(a)s%% to %(b)s%%")
        % {
            "cluster": names.get(cluster, "-"),
            "industry": label,
            "a": spoken_number(percent(row["coverage_before"]) if row else None),
            "b": spoken_number(percent(row["coverage_after"]) if row else None),
        },
        _("Opening a cluster to a related industry renews it, and thins its coverage at first.")
        if row
        else _("No cluster has a definition yet."),
        [
            Section(
                tables=[
                    Table(
                        ["", _("Before"), _("After")],
                        before_after,
                        numeric=[1, 2],
                        caption=label,
                        decimals={1: 2, 2: 2},
                    ),
                    Table(
                        [
                            _("Firms in the region"),
                            _("Members of the cluster already"),
                            _("Members of other clusters"),
                            _("Relatedness to the cluster"),
                        ],
                        [[row["firms"], row["members"], row["in_other"], two(row["relatedness"])]] if row else [],
                        numeric=range(4),
                        decimals={3: 2},
                        caption=_("The industry itself"),
                    ),
                ]
            ),
            Section([chart]),
        ],
        [
            Select("cluster", _("Cluster"), [(k, names[k]) for k in keys], cluster),
            Select("industry", _("Industry to admit"), [(c, scope.activity_name(c)) for c in codes], industry),
        ],
        [
            _(
                "Coverage after: members inside the wider definition over all firms inside it; nobody "
                "new has joined yet."
            ),
            _(
                "Heterogeneity: entropy of the member firms over industries; after, the industry's firms "
                "are taken to join at the cluster's coverage of today."
            ),
            _(
                "Overlap: of the firms inside the definition, the share that are members of other clusters, each firm "
                "once. Relatedness: the mean over pairs of different industries of the definition (1 = chance)."
            ),
        ],
        [
            _(
                "Counts come from the business register that is loaded; where it counts no firm in an "
                "industry, coverage after is not known."
            ),
            _("No interval: these are counts and sums, and nobody knows who would join."),
        ],
        regional=False,
    )
