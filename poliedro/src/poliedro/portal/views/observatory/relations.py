"""With whom: partner regions, and the clusters among themselves."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from poliedro.evidence.models import Run
from poliedro.portal.present import certainty_of
from poliedro.portal.views.observatory.frame import (
    Content,
    Scope,
    Section,
    Select,
    answer,
    chosen,
    csv_address,
    europe,
    rows,
)
from poliedro.registry.models import Cluster
from poliedro.shared.components import Chart, Table
from poliedro.shared.region import region
from poliedro.shared.templatetags.poliedro import spoken_number

SHOWN = 25


def _cluster_names() -> dict[str, str]:
    return dict(Cluster.objects.order_by("key").values_list("key", "name"))


def partners(request: HttpRequest) -> HttpResponse:
    """Regions whose strengths complement ours, with the joint projects there are and are not."""
    return answer(request, "partners", "partner-regions", _partners)


def best_partners(scope: Scope, run: Run) -> list[str]:
    """Regions that complement the region, the best first: less the ties it has, where these are known."""
    ranked = rows(run, "partners", {"target": ""}, order="rank") if _has_ties(scope, run) else []
    if ranked:
        return [r["partner"] for r in ranked]
    pairs = rows(run, "pairs", {"place": scope.place}, order="-complementarity")
    return [r["partner"] for r in pairs if r["partner"] != scope.place and r["complementarity"] is not None]


def _has_ties(scope: Scope, run: Run) -> bool:
    """Whether the run knows the joint projects of the region: it does for its own region alone."""
    return scope.is_home and run.headline.get("region") == scope.place


def _partners(request: HttpRequest, scope: Scope, run: Run) -> Content:
    home = _has_ties(scope, run)
    pairs = {r["partner"]: r for r in rows(run, "pairs", {"place": scope.place})}
    clusters = _cluster_names()
    ranked = rows(run, "partners", order="rank") if home else []
    targets = {r["target"] for r in ranked}
    words = {"": _("all that it lacks"), **{c: _("the gaps near to %(c)s") % {"c": n} for c, n in clusters.items()}}
    words |= {t: scope.activity_name(t) for t in sorted(targets - set(words))}
    having = [t for t in words if t in targets]
    target = chosen(request, "target", having, "")
    ties = {r["partner"]: r for r in rows(run, "ties")} if home else {}
    name = scope.place_name(scope.place)
    score = _("Complementarity not used yet") if home else _("Complementarity")
    if home:
        found = [r for r in ranked if r["target"] == target]
        values = {r["partner"]: r["score"] for r in found}
    else:
        found = sorted(
            (
                {"partner": p, "score": r["complementarity"], "ties": None, "adds": None}
                for p, r in pairs.items()
                if p != scope.place and r["complementarity"] is not None
            ),
            key=lambda r: (-r["score"], r["partner"]),
        )
        values = {p: r["complementarity"] for p, r in pairs.items() if p != scope.place}
    best = found[:3]
    area = europe(
        "partner-map",
        score,
        _("Darker regions have more of what would bring %(region)s closer to what it lacks.") % {"region": name},
        scope,
        values,
        value_label=_("score"),
        column=score,
        page="partners",
        source=run.source_names,
        certainty=certainty_of(run.certainty),
        download_url=csv_address(run, "partners", target=target)
        if home
        else csv_address(run, "pairs", place=scope.place),
    )
    ours = [_("Joint projects"), _("Related industries it has and we lack")] if home else []
    table = Table(
        [_("Partner"), score, *ours, _("Similarity, %")],
        [
            [
                f"{scope.place_name(r['partner'])} ({r['partner']})",
                _two(r["score"]),
                *([r["ties"], r["adds"]] if home else []),
                _percent(pairs.get(r["partner"], {}).get("similarity")),
            ]
            for r in found[:SHOWN]
        ],
        numeric=range(1, 3 + len(ours)),
        decimals={1: 2},
        caption=_("The first %(n)d of %(all)d") % {"n": min(SHOWN, len(found)), "all": len(found)},
    )
    alike = sorted(
        ((p, r["similarity"]) for p, r in pairs.items() if r["similarity"] is not None and p != scope.place),
        key=lambda t: (-t[1], t[0]),
    )[:10]
    sections = [Section([area] if area else [], [table])]
    if home:
        sections.append(_neighbours(scope, pairs, ranked, ties))
        sections += _ties(scope, ties)
    sections.append(
        Section(
            tables=[
                Table(
                    [_("Region"), _("Similarity, %")],
                    [[f"{scope.place_name(p)} ({p})", _percent(s)] for p, s in alike],
                    numeric=[1],
                )
            ],
            title=_("Regions with a similar structure"),
            text=_("Candidates for thematic platforms, where alike regions apply together."),
        )
    )
    placed, not_placed = run.headline.get("placed", 0), run.headline.get("not_placed", 0)
    return Content(
        _("To build up %(what)s, %(region)s has most to gain from %(top)s")
        % {
            "what": words.get(target, words[""]),
            "region": name,
            "top": ", ".join(scope.place_name(r["partner"]) for r in best) or "-",
        },
        _("A partner complements us where it is strong in what we lack and that is related to what we want to build."),
        sections,
        [Select("target", _("To build up"), [(t, words[t]) for t in having], target)] if home else [],
        [
            _(
                "For each industry that we lack: the relatedness density that the partner's industries "
                "missing here would add around it (after Balland and Boschma 2021); the sum over the "
                "wanted industries."
            )
            if home
            else _(
                "The mean, over the industries that the region lacks, of the relatedness density that the partner's "
                "industries missing here would add around them (after Balland and Boschma 2021)."
            ),
            _(
                "Less the ties that exist: the score is multiplied by 1 minus the joint European "
                "projects as a share of those with our most frequent partner region."
            )
            if home
            else _("Joint projects are known for the region of this site only; they are not taken off here."),
            _("Similarity: overlap of the shares of persons employed by industry (Finger and Kreinin 1979)."),
        ],
        [
            *(
                [
                    _(
                        "Joint projects are known for partners whose region is known: %(a)s of %(b)s partner "
                        "organisations. The others count by country only: where a country has such partners, a region "
                        "without a known tie shows none as not known."
                    )
                    % {"a": spoken_number(placed, 0), "b": spoken_number(placed + not_placed, 0)}
                ]
                if home
                else []
            ),
            _("The score ranks; it does not say how much a link would bring."),
        ],
    )


def _percent(value: float | None) -> float | None:
    return None if value is None else round(100 * value, 1)


def _neighbours(scope: Scope, pairs: dict[str, Any], ranked: list[dict[str, Any]], ties: dict[str, Any]) -> Section:
    """The neighbours that the region's file names, with and without ties."""
    rank = {r["partner"]: r["rank"] for r in ranked if r["target"] == ""}
    found = []
    for neighbour in region().raw.get("neighbours", []):
        code = neighbour["code"]
        codes = neighbour.get("regions", [code])
        if not codes:
            continue
        projects = sum(t["projects"] for c, t in ties.items() if c in codes)
        best = min((rank[c] for c in codes if c in rank), default=None)
        similar = [pairs[c]["similarity"] for c in codes if c in pairs]
        found.append([neighbour["name"], projects, best, _percent(max(similar, default=None))])
    return Section(
        tables=[
            Table(
                [_("Neighbour"), _("Joint projects"), _("Best rank among partners"), _("Similarity, %")],
                found,
                numeric=[1, 2, 3],
            )
        ]
        if found
        else [],
        title=_("The neighbours") if found else "",
        text=_("Switzerland is not in the table of regions, so that only its joint projects are known.")
        if found
        else "",
    )


def _ties(scope: Scope, ties: dict[str, Any]) -> list[Section]:
    """Joint projects by region, and by country those of partners whose region is not known."""
    ordered = sorted(ties.values(), key=lambda r: (-r["projects"], r["partner"]))
    regions = [r for r in ordered if len(r["partner"]) > 2]
    countries = [r for r in ordered if len(r["partner"]) == 2]
    sections = []
    if regions:
        chart = Chart(
            "bar",
            "ties",
            _("Where our European projects are shared: %(top)s first")
            % {"top": scope.place_name(regions[0]["partner"])},
            _("Joint Horizon projects by partner region, where the partner's region could be found from its address."),
            {
                "categories": [scope.place_name(r["partner"]) for r in regions[:15]],
                "y_label": _("joint projects"),
                "decimals": 0,
                "series": [{"name": _("joint projects"), "values": [r["projects"] for r in regions[:15]]}],
            },
            Table(
                [_("Partner"), _("Joint projects"), _("Organisations")],
                [[scope.place_name(r["partner"]), r["projects"], r["organisations"]] for r in regions[:SHOWN]],
                numeric=[1, 2],
            ),
            source="CORDIS",
            certainty="estimated",
        )
        sections.append(Section([chart], title=_("Existing ties")))
    if countries:
        table = Table(
            [_("Country"), _("Joint projects"), _("Organisations")],
            [[scope.place_name(r["partner"]), r["projects"], r["organisations"]] for r in countries[:SHOWN]],
            numeric=[1, 2],
            caption=_("The first %(n)d of %(all)d") % {"n": min(SHOWN, len(countries)), "all": len(countries)},
        )
        sections.append(Section(tables=[table], title=_("Ties with partners whose region is not known, by country")))
    return sections


def between(request: HttpRequest) -> HttpResponse:
    """How near the clusters are to each other, and how much they do together."""
    return answer(request, "between", "between-clusters", _between)


def _between(request: HttpRequest, scope: Scope, run: Run) -> Content:
    names = _cluster_names()
    pairs = rows(run, "pairs")
    if not pairs:
        return _no_definitions()
    keys = [k for k in names if any(k in (p["cluster"], p["other"]) for p in pairs)]
    unused = sorted((p for p in pairs if p["unused"]), key=lambda p: -(p["relatedness"] or 0))
    sure = [p for p in unused if p["projects_high"] < p["expected"]]
    label = lambda p: f"{names.get(p['cluster'], p['cluster'])} - {names.get(p['other'], p['other'])}"  # noqa: E731  one line, used below
    table = Table(
        [
            _("Clusters"),
            _("Relatedness"),
            _("Joint projects"),
            _("Expected"),
            _("Low"),
            _("High"),
            _("Cost, EUR"),
            _("Industries in both"),
            _("Unused proximity"),
        ],
        [
            [
                label(p),
                _two(p["relatedness"]),
                p["projects"],
                _two(p["expected"]),
                _two(p["projects_low"]),
                _two(p["projects_high"]),
                round(p["eur"]),
                p["shared"],
                p["unused"],
            ]
            for p in sorted(pairs, key=lambda p: (not p["unused"], -(p["relatedness"] or 0)))
        ],
        numeric=range(1, 8),
        decimals={1: 2},
    )
    return Content(
        _("Unused proximity: %(pairs)s") % {"pairs": "; ".join(label(p) for p in sure[:2])}
        if sure
        else _("%(n)d near pairs of clusters share fewer projects than expected, none of them beyond chance")
        % {"n": len(unused)}
        if unused
        else _("No two near clusters do less together than their size would make them"),
        _(
            "Clusters whose industries go together in Europe's regions can learn from each other; "
            "where they share few projects, a solution may be waiting to cross."
        ),
        [
            Section(
                [
                    _heat(
                        run,
                        "relatedness",
                        _("How related the clusters' industries are"),
                        _("1 means as often together as by chance."),
                        keys,
                        names,
                        pairs,
                        "relatedness",
                        2,
                        1.0,
                    ),
                    _heat(
                        run,
                        "projects",
                        _("How many projects they share"),
                        _("Projects with a share of both clusters, all years."),
                        keys,
                        names,
                        pairs,
                        "projects",
                        0,
                    ),
                ]
            ),
            Section(tables=[table], title=_("Pair by pair")),
            _transfers(run, scope, names, {(p["cluster"], p["other"]) for p in unused}),
        ],
        [],
        [
            _(
                "Relatedness: mean over pairs of different industries, one of each cluster's definition, "
                "of the probability measure of the industry space."
            ),
            _(
                "Expected joint projects: all of them, shared out in proportion to the product of the "
                "two clusters' own projects. Unused proximity: nearer than the median pair, with fewer "
                "than expected."
            ),
            _(
                "Input-output linkages are not shown: no table of the region's industries by supplier "
                "and customer is loaded, and national ones are for other countries."
            ),
        ],
        [
            _(
                "Counts are small: the 95% interval of most pairs holds the expected number (Garwood). "
                "Read a flag as a question to the two managers, not as a finding."
            ),
            _(
                "Definitions are compared at two digits, as the European table has no more: two clusters "
                "within one division look alike."
            ),
        ],
        regional=False,
    )


def _transfers(run: Run, scope: Scope, names: dict[str, str], unused: set[tuple[str, str]]) -> Section:
    """Where a solution could cross: pairs of clusters with unused proximity first, those without joint work first."""
    found = sorted(
        rows(run, "transfers"),
        key=lambda r: ((r["cluster"], r["other"]) not in unused, r["projects"], -r["relatedness"]),
    )
    lines = [
        [
            names.get(r["cluster"], r["cluster"]),
            scope.activity_name(r["activity"]),
            r["members"],
            names.get(r["other"], r["other"]),
            scope.activity_name(r["other_activity"]),
            r["other_members"],
            _two(r["relatedness"]),
            r["projects"],
        ]
        for r in found[:SHOWN]
    ]
    return Section(
        tables=[
            Table(
                [
                    _("Cluster"),
                    _("Industry"),
                    _("Members in the industry"),
                    _("Other cluster"),
                    _("Other industry"),
                    _("Members in the other industry"),
                    _("Relatedness"),
                    _("Joint projects of these members"),
                ],
                lines,
                numeric=[2, 5, 6, 7],
                caption=_("The first %(n)d of %(all)d") % {"n": len(lines), "all": len(found)},
            )
        ]
        if lines
        else [],
        title=_("Where a solution could cross"),
        text=_(
            "Industries of different value chains that go together in Europe's regions, each in one of the two "
            "clusters only; clusters with unused proximity first, then those whose members share no project yet."
        ),
    )


def _two(value: float | None) -> float | None:
    return None if value is None else round(value, 2)


def _heat(
    run: Run,
    name: str,
    title: str,
    summary: str,
    keys: list[str],
    names: dict[str, str],
    pairs: list[dict[str, Any]],
    column: str,
    decimals: int,
    middle: float | None = None,
) -> Chart:
    value = {(p["cluster"], p["other"]): p[column] for p in pairs}
    value |= {(b, a): v for (a, b), v in value.items()}
    labels = [names[k].replace("Polo ", "") for k in keys]
    cells = [
        {"row": i, "column": j, "value": None if value[a, b] is None else round(value[a, b], decimals)}
        for i, a in enumerate(keys)
        for j, b in enumerate(keys)
        if (a, b) in value
    ]
    return Chart(
        "heatmap",
        f"between-{name}",
        title,
        summary,
        {"rows": labels, "columns": labels, "cells": cells, "decimals": decimals, "middle": middle},
        Table(
            ["", *labels],
            [[labels[i], *(_two(value.get((a, b))) for b in keys)] for i, a in enumerate(keys)],
            numeric=range(1, len(keys) + 1),
        ),
        height="large",
        source=run.source_names,
        certainty=certainty_of(run.certainty),
        download_url=csv_address(run, "pairs"),
    )


def what_if(request: HttpRequest) -> HttpResponse:
    """What admitting an industry to a cluster would change."""
    return answer(request, "what_if", "between-clusters", _what_if)


def _what_if(request: HttpRequest, scope: Scope, run: Run) -> Content:
    names = _cluster_names()
    everything = rows(run, "what-if")
    if not everything:
        return _no_definitions()
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
            [_("Coverage, %"), _percent(row["coverage_before"]), _percent(row["coverage_after"])],
            [_("Heterogeneity, bits"), _two(row["heterogeneity_before"]), _two(row["heterogeneity_after"])],
            [_("Overlap with other clusters, %"), _percent(row["overlap_before"]), _percent(row["overlap_after"])],
            [
                _("Relatedness of its industries, two by two"),
                _two(row["cohesion_before"]),
                _two(row["cohesion_after"]),
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
                    _two(r["relatedness"]),
                    r["firms"],
                    r["members"],
                    r["in_other"],
                    _percent(r["coverage_after"]),
                    _percent(r["overlap_after"]),
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
            "a": spoken_number(_percent(row["coverage_before"]) if row else None),
            "b": spoken_number(_percent(row["coverage_after"]) if row else None),
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
                        [[row["firms"], row["members"], row["in_other"], _two(row["relatedness"])]] if row else [],
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


def _no_definitions() -> Content:
    """Where no industry of the table is in a cluster's definition."""
    return Content(
        _("No cluster's definition names an industry of this table"),
        _("Clusters are defined by NACE; choose a table by NACE to compare them."),
        sure=[_("Nothing is computed here.")],
        regional=False,
    )
