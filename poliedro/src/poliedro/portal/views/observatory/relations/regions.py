"""Regions whose strengths complement ours."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
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
    europe,
    rows,
)
from poliedro.portal.views.observatory.relations.frame import SHOWN, cluster_names, percent, two
from poliedro.registry.present import certainty_of
from poliedro.shared.access import public
from poliedro.shared.components import Chart, Table
from poliedro.shared.region import region
from poliedro.shared.templatetags.poliedro import spoken_number


@public
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
    clusters = cluster_names()
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
                two(r["score"]),
                *([r["ties"], r["adds"]] if home else []),
                percent(pairs.get(r["partner"], {}).get("similarity")),
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
                    [[f"{scope.place_name(p)} ({p})", percent(s)] for p, s in alike],
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
        found.append([neighbour["name"], projects, best, percent(max(similar, default=None))])
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
