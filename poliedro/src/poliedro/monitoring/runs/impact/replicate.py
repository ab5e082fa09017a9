"""A study's replication package: the panel, a program that needs regionomics alone, and the digits that it must
give."""

from __future__ import annotations

import csv
import json
import platform
from io import BytesIO, StringIO

import polars as pl
from django.utils.translation import gettext as _

from poliedro.evidence import store
from poliedro.evidence.files import folder
from poliedro.monitoring.models import StudyVersion
from poliedro.monitoring.rules.impact import stored_form
from poliedro.monitoring.runs.impact import library
from poliedro.monitoring.runs.impact.frame import OUTCOME_COLUMN, with_tfp, with_variables
from poliedro.shared.templatetags.poliedro import with_kind

PROGRAM = '''"""Compute the study again: python replicate.py. README.md says how to install what it needs.

Prints each outcome's effect (log points) by every estimator that the study shows, and checks it against expected.csv.
"""

import csv
import json
import warnings
from pathlib import Path

import numpy as np
import polars as pl
from regionomics import impact
from regionomics.errors import RegionomicsError, RegionomicsWarning

HERE = Path(__file__).resolve().parent
d = json.loads((HERE / "declaration.json").read_text(encoding="utf-8"))
panel = pl.read_parquet(HERE / "panel.parquet")
columns = json.loads((HERE / "outcomes.json").read_text(encoding="utf-8"))
keys = {"unit": "firm", "time": "year", "cohort": "cohort"}
first, last, ahead = d["first_event"], d["horizon"], d.get("anticipation", 0)
CELL = 10  # members of one year of joining that its effect needs
warnings.simplefilter("ignore", RegionomicsWarning)


def window(outcome):
    names = ["firm", "year", "cohort", "cluster", *d["exact"], *d["matching"], columns[outcome]]
    return panel.select(list(dict.fromkeys(names)))


def matched(outcome):
    both = {k: d[k] for k in ("exact", "placebos", "horizon", "minimum", "minimum_share", "level", "seed")}
    both |= {**keys, "outcome": columns[outcome], "on": d["matching"], "anticipation": ahead}
    if d["distance"] == "entropy":
        found = impact.balanced_did(window(outcome), **both)
    else:
        pairing = {k: d[k] for k in ("distance", "neighbours", "caliper", "replace")}
        found = impact.matched_did(window(outcome), **both, **pairing)
    chosen = found.table["event"].is_between(first, last).to_numpy()
    covariance = found.average.covariance[np.ix_(chosen, chosen)]
    return float(found.table["att"].to_numpy()[chosen].mean()), float(np.sqrt(covariance.mean()))


def alike(rows):
    kept = rows.filter((pl.col("cohort") > 0) & (pl.col("year") == pl.col("cohort") - 1 - ahead))
    pool = rows.filter(pl.col("cohort") == 0)
    for name in d["exact"]:
        kept = kept.join(pool.select("year", name).unique(), on=["year", name], how="semi")
    return rows.filter((pl.col("cohort") == 0) | pl.col("firm").is_in(kept["firm"].implode()))


COVARIATES = list(dict.fromkeys(d["matching"] + d["exact"]))


def group_time(outcome, covariates, **options):
    found = impact.group_time_effects(
        alike(window(outcome)), **keys, outcome=columns[outcome], base="universal", level=d["level"], seed=d["seed"],
        covariates=covariates, minimum=min(d["minimum"], CELL), anticipation=ahead, **options,
    ).average(first, last)
    return found.estimate, found.se


def model(estimator):
    def work(outcome):
        found = estimator(
            alike(window(outcome)), **keys, outcome=columns[outcome], covariates=COVARIATES, anticipation=ahead,
            seed=d["seed"],
        ).dynamic
        chosen = found.table["event"].is_between(first, last).to_numpy()
        covariance = found.covariance[np.ix_(chosen, chosen)]
        return float(found.table["att"].to_numpy()[chosen].mean()), float(np.sqrt(covariance.mean()))

    return work


ESTIMATORS = {
    "matched": matched,
    "dr": lambda outcome: group_time(outcome, COVARIATES),
    "imputation": model(impact.imputation_effects),
    "twfe_extended": model(impact.extended_twfe),
    "naive": lambda outcome: group_time(outcome, [], before=False),
    "two_way": lambda outcome: (impact.goodman_bacon(window(outcome), **keys, outcome=columns[outcome]).estimate, None),
}


def agrees(value, stated):
    return value is None and stated == "" or value is not None and abs(value - float(stated)) < 1e-9


wrong = 0
with (HERE / "expected.csv").open(encoding="utf-8", newline="") as stated:
    for row in csv.DictReader(stated):
        try:
            att, se = ESTIMATORS[row["estimator"]](row["outcome"])
        except RegionomicsError as refused:
            wrong += 1
            print(row["outcome"], row["estimator"], "REFUSED:", refused)
            continue
        same = agrees(att, row["att"]) and agrees(se, row["se"])
        wrong += not same
        print(row["outcome"], row["estimator"], repr(att), repr(se), "as stated" if same else "DIFFERS")
raise SystemExit(1 if wrong else 0)
'''


def _read_me(version: StudyVersion) -> str:
    """What is in the package, in the language of whom it is made for."""
    assert version.run is not None
    frozen = version.frozen_at.date().isoformat() if version.frozen_at else ""
    accounts = with_kind(version.extract_sources, version.certainty)
    parts = [
        "# " + _("Replication package of %(study)s") % {"study": f"{version.study.title} ({version.number})"},
        "",
        "- `declaration.json`: "
        + _(
            "what was declared, frozen on %(frozen)s with SHA-256 %(hash)s (of the declaration in one line, keys "
            "sorted)."
        )
        % {"frozen": frozen, "hash": version.hash},
        "- `panel.parquet`: "
        + _("firm (pseudonym) by year, from the extract with SHA-256 %(extract)s. Accounts: %(accounts)s.")
        % {"extract": version.extract_checksum, "accounts": accounts},
        "- `outcomes.json`: " + _("which column of the panel holds each outcome."),
        "- `expected.csv`: " + _("effects in log points with their errors, by every estimator that the study shows."),
        f"- `{library.wheel_name()}`: "
        + _("the library as it runs where this package was made, with its source. Licence EUPL-1.2."),
        "- `requirements.txt`: "
        + _("that file and all else that the program needs, in the versions of the place where this package was made."),
        "- `replicate.py`: "
        + _("computes every effect again and compares it with `expected.csv`; it ends with 0 if every digit agrees."),
        "",
        "## " + _("To compute it again"),
        "",
        _("In this folder, with Python %(python)s (the list names the library's file beside it):")
        % {"python": ".".join(platform.python_version_tuple()[:2])},
        "",
        "    python -m venv venv",
        "    venv/bin/python -m pip install -r requirements.txt",
        "    venv/bin/python replicate.py",
        "",
        _("On Windows it is `venv\\Scripts\\python` instead of `venv/bin/python`."),
        _("The digits were computed by run %(run)s of the evidence store, with %(code)s.")
        % {"run": version.run.key, "code": version.run.code},
        "",
        _("The panel holds data of single firms under pseudonyms: it stays with the evaluator."),
        "",
    ]
    return "\n".join(parts)


def package(version: StudyVersion) -> bytes:
    """The package of a computed version as a zip; the same bytes each time."""
    assert version.run is not None
    d = version.declared
    frame = with_variables(pl.read_parquet(folder() / version.extract_path))
    if "tfp" in d.outcomes:
        frame, _how = with_tfp(frame, d)
    used = [o for o in d.outcomes if OUTCOME_COLUMN[o] in frame.columns]
    names = ["firm", "year", "cohort", "cluster", *d.exact, *d.matching, *(OUTCOME_COLUMN[o] for o in used)]
    panel = frame.select(list(dict.fromkeys(names))).filter(pl.col("year") >= d.first_year + 1)
    parquet = BytesIO()
    panel.write_parquet(parquet, compression="zstd")
    tables = {t.name: t for t in version.run.tables.all()}
    expected = StringIO()
    writer = csv.writer(expected)
    writer.writerow(["outcome", "estimator", "att", "se"])
    for row in store.read_rows(tables["effects"], {"breakdown": "all"}):
        if row["att"] is not None and row["outcome"] in used:
            error = "" if row["se"] is None else repr(row["se"])
            writer.writerow([row["outcome"], row["estimator"], repr(row["att"]), error])
    files: dict[str, bytes] = {
        "README.md": _read_me(version).encode(),
        "declaration.json": json.dumps(stored_form(d), indent=1, sort_keys=True, ensure_ascii=False).encode(),
        "outcomes.json": json.dumps({o: OUTCOME_COLUMN[o] for o in used}).encode(),
        "expected.csv": expected.getvalue().encode(),
        "replicate.py": PROGRAM.encode(),
        "requirements.txt": library.requirements().encode(),
        library.wheel_name(): library.wheel(),
        "panel.parquet": parquet.getvalue(),
    }
    return library.zipped(files.items())
