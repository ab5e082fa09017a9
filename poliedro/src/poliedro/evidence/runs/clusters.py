"""Between clusters: how related they are, how much they do together, and what admitting an industry would change."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from itertools import combinations
from math import log2
from typing import Any

import numpy as np
import polars as pl
from django.utils.translation import gettext_noop as _
from scipy.stats import chi2

import regionomics as rg
from poliedro.evidence.runs.activity import inputs_of, read_panel
from poliedro.evidence.runs.base import Analysis, ColumnCard, Context, Input, Outcome, TableCard
from poliedro.evidence.runs.definitions import (
    definitions,
    firms,
    input_of_definitions,
    input_of_member_projects,
    input_of_projects,
    input_of_register,
    joint_projects,
    member_projects,
    member_rows,
    projects_of,
)
from poliedro.evidence.runs.partners import definitions_in
from poliedro.evidence.runs.presence import TABLE, presences

TRANSFERS = 5
"""Pairs of industries kept for a pair of clusters."""


def inputs(parameters: Mapping[str, Any]) -> list[Input]:
    return [
        *inputs_of(str(parameters["table"])),
        input_of_definitions(),
        input_of_projects(),
        input_of_register(),
        input_of_member_projects(),
    ]


def compute(context: Context) -> Outcome:
    panel = read_panel(context.parameters["table"], engine=context.engine)
    last = panel.years[-1]
    now = presences(panel).filter(year=last).drop("year")
    phi = rg.relatedness(now, value="present", presence="given")
    labels = [str(label) for label in phi.matrix.rows.to_pylist()]
    matrix = phi.matrix.toarray()
    divisions = definitions_in(set(labels))
    context.report(1, 2, "pairs")
    pairs = _pairs(labels, matrix, divisions)
    tables = {
        "pairs": pairs,
        "transfers": _transfers(labels, matrix, divisions),
        "what-if": _what_if(labels, matrix, divisions),
    }
    return Outcome(tables, {"year": last, "clusters": len(divisions)}, str(last))


def _pairs(labels: list[str], phi: np.ndarray, divisions: Mapping[str, list[str]]) -> pl.DataFrame:
    """One row a pair of clusters: relatedness, joint projects, and how many chance would make.

    Expected: joint projects in proportion to the product of the clusters' own projects; the interval is that of a
    Poisson count (Garwood). unused: nearer than the median pair, with fewer joint projects than expected.
    """
    at = {label: i for i, label in enumerate(labels)}
    joint = {(a, b): (n, eur) for a, b, n, eur in joint_projects()}
    own = projects_of()
    keys = sorted(divisions)
    every = sum(n for n, _eur in joint.values())
    weight = {(a, b): own.get(a, 0) * own.get(b, 0) for a, b in combinations(keys, 2)}
    total = sum(weight.values())
    rows: list[dict[str, Any]] = []
    for a, b in combinations(keys, 2):
        values = [phi[at[i], at[j]] for i in divisions[a] for j in divisions[b] if i != j]
        n, eur = joint.get((a, b), (0, 0.0))
        expected = every * weight[a, b] / total if total else None
        low = float(chi2.ppf(0.025, 2 * n) / 2) if n else 0.0
        high = float(chi2.ppf(0.975, 2 * n + 2) / 2)
        rows.append(
            {
                "cluster": a, "other": b, "relatedness": float(np.mean(values)) if values else None,
                "shared": len(set(divisions[a]) & set(divisions[b])), "projects": n, "eur": eur, "expected": expected,
                "projects_low": low, "projects_high": high,
            }
        )  # fmt: skip
    schema = {
        "cluster": pl.String, "other": pl.String, "relatedness": pl.Float64, "shared": pl.Int64, "projects": pl.Int64,
        "eur": pl.Float64, "expected": pl.Float64, "projects_low": pl.Float64, "projects_high": pl.Float64,
    }  # fmt: skip
    table = pl.DataFrame(rows, schema=schema)
    near = pl.col("relatedness") >= pl.col("relatedness").median()
    return table.with_columns(unused=(near & (pl.col("projects") < pl.col("expected"))).fill_null(False))


def _transfers(labels: list[str], phi: np.ndarray, divisions: Mapping[str, list[str]]) -> pl.DataFrame:
    """The industries of two clusters between which a solution could move: different, related more than by chance, each
    in one of the two definitions only. At most TRANSFERS a pair of clusters, the most related first.
    """
    at = {label: i for i, label in enumerate(labels)}
    by_number = {label[1:]: label for label in labels}
    members: Counter[tuple[str, str]] = Counter()
    for code, cluster, n in firms():
        if cluster and code[:2] in by_number:
            members[cluster, by_number[code[:2]]] += n
    projects: dict[tuple[str, str], set[int]] = defaultdict(set)
    for cluster, code, project in member_projects():
        if code[:2] in by_number:
            projects[cluster, by_number[code[:2]]].add(project)
    rows: list[dict[str, Any]] = []
    for a, b in combinations(sorted(divisions), 2):
        both = set(divisions[a]) & set(divisions[b])
        near = [
            (-float(phi[at[i], at[j]]), i, j)
            for i in divisions[a]
            for j in divisions[b]
            if i != j and not {i, j} & both and phi[at[i], at[j]] > 1
        ]
        for minus, i, j in sorted(near)[:TRANSFERS]:
            rows.append(
                {
                    "cluster": a, "other": b, "activity": i, "other_activity": j, "relatedness": -minus,
                    "members": members[a, i], "other_members": members[b, j],
                    "projects": len(projects[a, i] & projects[b, j]),
                }
            )  # fmt: skip
    schema = {
        "cluster": pl.String, "other": pl.String, "activity": pl.String, "other_activity": pl.String,
        "relatedness": pl.Float64, "members": pl.Int64, "other_members": pl.Int64, "projects": pl.Int64,
    }  # fmt: skip
    return pl.DataFrame(rows, schema=schema)


def _what_if(labels: list[str], phi: np.ndarray, divisions: Mapping[str, list[str]]) -> pl.DataFrame:
    """One row a cluster and an industry outside its definition: what admitting it would change.

    Heterogeneity is the entropy (bits) of the cluster's member firms over industries; afterwards, the industry's firms
    are taken to join at the cluster's coverage of today. Overlap is the share of the firms inside the definition that
    are members of other clusters, each firm once. Cohesion is the mean relatedness of the definition's industries, two
    by two.
    """
    at = {label: i for i, label in enumerate(labels)}
    by_number = {label[1:]: label for label in labels}
    everywhere: Counter[str] = Counter()
    members: dict[str, dict[str, set[int]]] = defaultdict(lambda: defaultdict(set))
    inside_firms: Counter[str] = Counter()
    inside_members: Counter[str] = Counter()
    classes = definitions()
    rows = firms()
    for code, cluster, n in rows:
        label = by_number.get(code[:2])
        if label is None:
            continue
        if cluster:
            if _within(code, classes.get(cluster, [])):
                inside_members[cluster] += n
        else:
            everywhere[label] += n
            for key, own in classes.items():
                if _within(code, own):
                    inside_firms[key] += n
    inside_elsewhere: dict[str, set[int]] = defaultdict(set)
    for code, organisation, cluster in member_rows():
        label = by_number.get(code[:2])
        if label is None:
            continue
        members[cluster][label].add(organisation)
        for key, own in classes.items():
            if key != cluster and _within(code, own):
                inside_elsewhere[key].add(organisation)
    out = []
    for key in sorted(divisions):
        covered = inside_members[key] / inside_firms[key] if inside_firms[key] else None
        for label in labels:
            if label in divisions[key]:
                continue
            count = everywhere[label]
            there = set().union(*(members[k][label] for k in sorted(members) if k != key))
            elsewhere = inside_elsewhere[key]
            before = Counter({industry: len(firms_) for industry, firms_ in members[key].items()})
            after = Counter({**before, label: max(before[label], (covered or 0.0) * count)})
            within = inside_firms[key] + count
            out.append(
                {
                    "cluster": key, "activity": label, "firms": count or None, "members": before[label],
                    "in_other": len(there),
                    "coverage_before": covered,
                    "coverage_after": (inside_members[key] + before[label]) / within if within and count else None,
                    "heterogeneity_before": entropy(before.values()),
                    "heterogeneity_after": entropy(after.values()),
                    "overlap_before": min(1.0, len(elsewhere) / inside_firms[key]) if inside_firms[key] else None,
                    "overlap_after": min(1.0, len(elsewhere | there) / within) if within and count else None,
                    "cohesion_before": _cohesion(phi, [at[d] for d in divisions[key]]),
                    "cohesion_after": _cohesion(phi, [at[d] for d in (*divisions[key], label)]),
                    "relatedness": float(np.mean([phi[at[label], at[d]] for d in divisions[key]])),
                }
            )  # fmt: skip
    schema = {
        "cluster": pl.String, "activity": pl.String, "firms": pl.Int64, "members": pl.Int64, "in_other": pl.Int64,
        "coverage_before": pl.Float64, "coverage_after": pl.Float64, "heterogeneity_before": pl.Float64,
        "heterogeneity_after": pl.Float64, "overlap_before": pl.Float64, "overlap_after": pl.Float64,
        "cohesion_before": pl.Float64, "cohesion_after": pl.Float64, "relatedness": pl.Float64,
    }  # fmt: skip
    return pl.DataFrame(out, schema=schema)


def _cohesion(phi: np.ndarray, own: list[int]) -> float | None:
    """Mean relatedness of industries two by two; None for fewer than two."""
    pairs = [float(phi[i, j]) for i, j in combinations(own, 2)]
    return sum(pairs) / len(pairs) if pairs else None


def _within(code: str, classes: list[str]) -> bool:
    """Whether a class lies in a definition: it, or a class above it, is named there."""
    return any(code.startswith(c) for c in classes)


def entropy(counts: Any) -> float | None:
    """Shannon entropy in bits; None where there is nothing."""
    values = [float(v) for v in counts if v > 0]
    total = sum(values)
    return -sum(v / total * log2(v / total) for v in values) if total else None


_NO_FIRMS = _("the business register counts no firm there")
_ONE_INDUSTRY = _("fewer than two industries")
ANALYSIS = Analysis(
    "between-clusters",
    4,
    _("Between clusters"),
    _("Which clusters are near each other but do little together?"),
    {"table": TABLE},
    inputs,
    compute,
    (
        TableCard(
            "pairs",
            _("Pairs of clusters"),
            (
                ColumnCard("cluster", _("Cluster")),
                ColumnCard("other", _("Other cluster")),
                ColumnCard("relatedness", _("Relatedness"), _("ratio"), _("no two different industries")),
                ColumnCard("shared", _("Industries in both definitions"), _("industries")),
                ColumnCard("projects", _("Joint projects"), _("projects")),
                ColumnCard("eur", _("Cost of joint projects"), "EUR"),
                ColumnCard(
                    "expected", _("Joint projects expected"), _("projects"), _("the clusters have no joint projects")
                ),
                ColumnCard("projects_low", _("Joint projects, low (95%)"), _("projects")),
                ColumnCard("projects_high", _("Joint projects, high (95%)"), _("projects")),
                ColumnCard("unused", _("Unused proximity")),
            ),
        ),
        TableCard(
            "transfers",
            _("Industries between which a solution could move"),
            (
                ColumnCard("cluster", _("Cluster")),
                ColumnCard("other", _("Other cluster")),
                ColumnCard("activity", _("Industry")),
                ColumnCard("other_activity", _("Other industry")),
                ColumnCard("relatedness", _("Relatedness"), _("ratio")),
                ColumnCard("members", _("Members in the industry"), _("firms")),
                ColumnCard("other_members", _("Members in the other industry"), _("firms")),
                ColumnCard("projects", _("Joint projects of these members"), _("projects")),
            ),
        ),
        TableCard(
            "what-if",
            _("What if a cluster admitted an industry"),
            (
                ColumnCard("cluster", _("Cluster")),
                ColumnCard("activity", _("Industry")),
                ColumnCard("firms", _("Firms in the region"), _("firms"), _NO_FIRMS),
                ColumnCard("members", _("Members of the cluster already"), _("firms")),
                ColumnCard("in_other", _("Members of other clusters"), _("firms")),
                ColumnCard("coverage_before", _("Coverage before"), _("share"), _NO_FIRMS),
                ColumnCard("coverage_after", _("Coverage after"), _("share"), _NO_FIRMS),
                ColumnCard("heterogeneity_before", _("Heterogeneity before"), _("bits"), _("the cluster has no firm")),
                ColumnCard("heterogeneity_after", _("Heterogeneity after"), _("bits"), _("the cluster has no firm")),
                ColumnCard("overlap_before", _("Overlap with other clusters before"), _("share"), _NO_FIRMS),
                ColumnCard("overlap_after", _("Overlap with other clusters after"), _("share"), _NO_FIRMS),
                ColumnCard("cohesion_before", _("Cohesion before"), _("ratio"), _ONE_INDUSTRY),
                ColumnCard("cohesion_after", _("Cohesion after"), _("ratio"), _ONE_INDUSTRY),
                ColumnCard("relatedness", _("Relatedness to the cluster"), _("ratio")),
            ),
        ),
    ),
)
