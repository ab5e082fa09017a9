"""How long an impact study takes on 100 000 firms and 10 years, from register rows to stored tables.

    python poliedro/benchmarks/impact.py prepare FOLDER [--firms 100000]     # a scratch register in FOLDER, once
    python poliedro/benchmarks/impact.py ours FOLDER [--draws 49]        # prints seconds by stage, memory
    PEERS_PYTHON poliedro/benchmarks/impact.py csdid FOLDER              # the estimate alone, in its own environment
    PEERS_PYTHON poliedro/benchmarks/impact.py csdid FOLDER --how bands  # also: --how lighter
    python poliedro/benchmarks/impact.py bounds                          # relative magnitudes on the Medicaid example
    PEERS_PYTHON poliedro/benchmarks/impact.py moderndid                 # the same

`ours` is one run: memberships and financial statements are read from the database, the extract is drawn and kept, then
doubly robust group-time effects with clustered errors and simultaneous bands, matching with balance, imputation,
extended two-way effects, decomposition and every check (trends before joining, placebo dates and firms, hidden
variables, other trends, attrition) are computed and stored. `csdid` is given the same panel in memory and estimates
the same group-time effects, stores nothing and averages nothing: the same base period, the same covariates with the
sectors as marks, errors clustered by firm from its formulas; it prints how far its effects and errors are from the
stored ones. `--how bands` lets it draw (1 000 multipliers, its default), which its simultaneous bands need; `--how
lighter` spares it the sectors and compares each period before joining with the one before it. Both use what processors
there are; `processor` is the time of processors in all, which other work on the machine disturbs less than `seconds`.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import sys
import time
from importlib import import_module
from pathlib import Path
from typing import Any

FIRST, YEARS = 2004, 10
COHORTS = (2007, 2008, 2009, 2010)
COLUMNS = ("log_assets", "debt_ratio")
MEDICAID = Path(__file__).resolve().parents[2] / "regionomics" / "tests" / "digits" / "impact_medicaid.json"
R_BOUNDS = {0.5: (0.0241, 0.0673), 1.0: (0.0171, 0.0720), 1.5: (0.00859, 0.0796), 2.0: (-0.00107, 0.0883)}
"""HonestDiD 0.2.8 (R), README, Medicaid example."""


def memory() -> float:
    """Highest memory in MB: this process's, with what readers of accounts hand it, and that of the largest of them."""
    both = (resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return round(sum(both) / 1024)


def processors() -> float:
    """Seconds of processors so far: of this process and of those that it waited for."""
    both = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(used.ru_utime + used.ru_stime for used in both)


def say(**found: Any) -> None:
    sys.stdout.write(json.dumps(found) + "\n")


def site(folder: Path) -> None:
    os.environ["POLIEDRO_VAR"] = str(folder)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "poliedro.config.settings")
    import django

    django.setup()


def declaration(draws: int) -> Any:
    from poliedro.monitoring.rules.impact import Declaration

    return Declaration(
        question="How much does joining raise turnover?",
        first_join=COHORTS[0],
        last_join=COHORTS[-1],
        legal_forms=(),
        exact=("section",),
        matching=COLUMNS,
        outcomes=("turnover",),
        breakdowns=(),
        horizon=3,
        placebos=1,
        placebo_draws=draws,
    )


def prepare(folder: Path, firms: int) -> None:
    """Firms whose growth depends on what leads them to join; joining adds 6.02 log points."""
    import numpy as np

    folder.mkdir(parents=True, exist_ok=True)
    site(folder)
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", verbosity=0)
    rng = np.random.default_rng(0)
    years = FIRST + np.arange(YEARS)
    x = rng.normal(size=firms)
    joins = rng.random(firms) < 1 / (1 + np.exp(1.6 - 0.6 * x))
    cohort = np.where(joins, rng.choice(COHORTS, firms), 0)
    y = 13 + rng.normal(size=firms)[:, None] + (0.02 + 0.015 * x)[:, None] * np.arange(YEARS)
    y = y + rng.normal(0, 0.1, (firms, YEARS)) + 0.0602 * ((cohort[:, None] > 0) & (years >= cohort[:, None]))
    assets = np.exp(13 + 0.5 * x[:, None] + rng.normal(0, 0.1, (firms, YEARS)))
    turnover, debt = np.exp(y), assets * (0.5 + 0.1 * np.clip(x, -3, 3))[:, None]
    _register(firms, cohort, rng)
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM registry_organisation WHERE name LIKE 'Firm %' ORDER BY id")
        keys = [row[0] for row in cursor.fetchall()]
        _statements(cursor, keys, years, turnover, assets, debt)


def _register(firms: int, cohort: Any, rng: Any) -> None:
    from datetime import date

    from poliedro.reference.models import Classification, Code, Source, Territory
    from poliedro.registry.models import Cluster, MembershipSpell, Organisation
    from poliedro.shared.region import region

    source, _made = Source.objects.get_or_create(key="bench", defaults={"name": "Made up", "certainty": "synthetic"})
    here, _made = Territory.objects.get_or_create(
        code=region().code, version="2016", defaults={"name": region().name, "level": "nuts2"}
    )
    scheme, _made = Classification.objects.get_or_create(key="nace", version="2.0", defaults={"name": "NACE Rev. 2"})
    classes = []
    for section, division in (("C", "10"), ("G", "46"), ("J", "62"), ("M", "71")):
        top, _made = Code.objects.get_or_create(
            classification=scheme, code=section, defaults={"level": 1, "label": section}
        )
        low, _made = Code.objects.get_or_create(
            classification=scheme, code=division, defaults={"level": 2, "label": division, "parent": top}
        )
        classes.append(low)
    cluster, _made = Cluster.objects.get_or_create(
        key="bench", defaults={"name": "Bench", "founded_on": date(2004, 1, 1)}
    )
    of = rng.integers(0, len(classes), firms)
    made = Organisation.objects.bulk_create(
        [
            Organisation(
                name=f"Firm {i:06d}", kind="enterprise", country="IT", territory=here, nace=classes[of[i]],
                founded_on=date(1995, 1, 1), source=source, certainty="synthetic",
            )
            for i in range(firms)
        ],
        batch_size=2000,
    )  # fmt: skip
    MembershipSpell.objects.bulk_create(
        [
            MembershipSpell(
                organisation=made[i], cluster=cluster, valid_from=date(int(cohort[i]), 1, 1), source=source,
                certainty="synthetic",
            )
            for i in range(firms)
            if cohort[i]
        ],
        batch_size=2000,
    )  # fmt: skip


def _statements(cursor: Any, keys: list[int], years: Any, turnover: Any, assets: Any, debt: Any) -> None:
    """A million rows, past the models, which would take minutes."""
    from django.utils import timezone

    from poliedro.reference.models import Source
    from poliedro.registry.models import FinancialStatement

    fields = {f.attname: f for f in FinancialStatement._meta.concrete_fields if not f.primary_key}
    now, source = str(timezone.now()), Source.objects.get(key="bench").pk
    usual = {name: ("" if f.get_internal_type() in ("CharField", "TextField") else None) for name, f in fields.items()}
    usual |= {"source_id": source, "certainty": "synthetic", "recorded_at": now}
    columns = list(fields)

    def rows() -> Any:
        for i, key in enumerate(keys):
            for t, year in enumerate(years):
                row = {
                    **usual,
                    "organisation_id": key,
                    "year": int(year),
                    "valid_from": f"{year}-01-01",
                    "valid_to": f"{year + 1}-01-01",
                    "turnover_eur": round(float(turnover[i, t]), 2),
                    "total_assets_eur": round(float(assets[i, t]), 2),
                    "debt_eur": round(float(debt[i, t]), 2),
                    "labour_cost_eur": round(float(turnover[i, t]) * 0.2, 2),
                    "value_added_eur": round(float(turnover[i, t]) * 0.3, 2),
                    "persons": 12,
                }
                yield tuple(row[c] for c in columns)

    from django.db import transaction

    names, marks = ", ".join(f'"{fields[c].column}"' for c in columns), ", ".join(["%s"] * len(columns))
    with transaction.atomic():
        cursor.executemany(f"INSERT INTO {FinancialStatement._meta.db_table} ({names}) VALUES ({marks})", rows())


def ours(folder: Path, draws: int) -> None:
    site(folder)
    # Libraries load before the clock starts, as for the peer: also pandas, which pyarrow loads with the first array,
    # and what narwhals loads with the first table of polars
    import narwhals
    import polars as pl

    import_module("pandas")

    from poliedro.evidence.runs.base import Context, Encoded, compute
    from poliedro.monitoring.models import Study, StudyVersion
    from poliedro.monitoring.rules.impact import fingerprint, stored_form
    from poliedro.monitoring.runs.extract import make_extract
    from poliedro.monitoring.runs.impact.study import analysis_of

    declared = declaration(draws)
    narwhals.from_native(pl.DataFrame({"firm": [1]})).to_arrow()
    begun, worked = time.perf_counter(), processors()
    marks: dict[str, float] = {}

    def mark(name: str) -> None:
        marks[name] = round(time.perf_counter() - begun, 2)

    made = make_extract(declared, "bench")
    path = folder / "store" / "rooms" / "bench.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(made.body)
    mark("register rows to extract")
    version = StudyVersion(
        study=Study(key="bench"), number=1, declaration=stored_form(declared), hash=fingerprint(declared),
        extract_path=os.path.relpath(path, _store()), extract_checksum=made.checksum, extract_rows=made.rows,
        flow=[s.stored() for s in made.flow],
    )  # fmt: skip
    outcome, tables = compute(analysis_of(version), Context({}, seed=declared.seed))
    kept: list[Encoded] = tables
    for table in kept:
        (folder / f"{table.card.name}.parquet").write_bytes(table.body)
    mark("stored result")
    work = round(processors() - worked, 2)
    found = outcome.headline["outcomes"]
    say(package="poliedro", rows=made.rows, seconds=marks, processor=work, megabytes=memory(), found=found)
    _panel(path, folder, declared)


def _store() -> Path:
    from poliedro.evidence.files import folder

    return folder()


def _panel(path: Path, folder: Path, declared: Any) -> None:
    """The same panel for the peer, as numbers."""
    import numpy as np
    import polars as pl

    from poliedro.monitoring.runs.impact.frame import with_variables

    frame = with_variables(pl.read_parquet(path)).filter(pl.col("year") >= FIRST)
    number = frame["firm"].rank("dense").to_numpy()
    columns = {c: frame[c].to_numpy() for c in ("year", "cohort", "log_turnover", *COLUMNS)}
    section = frame["section"].cast(pl.Enum(sorted(set(frame["section"])))).to_physical().to_numpy()
    np.savez(folder / "panel.npz", firm=number, section=section, **columns)
    cells = pl.read_parquet(folder / "cohorts.parquet").select("cohort", "time", "att", "se")
    np.save(folder / "cells.npy", cells.to_numpy())


def csdid(folder: Path, how: str) -> None:
    import numpy as np
    import pandas as pd
    from csdid.att_gt import ATTgt

    stored = np.load(folder / "panel.npz")
    table = pd.DataFrame({name: stored[name] for name in stored.files})
    same = how != "lighter"
    covariates = [*COLUMNS, *(["C(section)"] if same else [])]
    begun, worked = time.perf_counter(), processors()
    found = ATTgt(
        yname="log_turnover",
        tname="year",
        idname="firm",
        gname="cohort",
        xformla="log_turnover ~ " + " + ".join(covariates),
        data=table,
        control_group=["nevertreated"],
        cband=how == "bands",
    ).fit(est_method="dr", base_period="universal" if same else "varying", bstrap=how == "bands")
    seconds, work = round(time.perf_counter() - begun, 2), round(processors() - worked, 2)
    cells = dict(
        zip(zip(found.results["group"], found.results["year"], strict=True), found.results["att"], strict=True)
    )
    errors = dict(zip(cells, np.asarray(found.results["se"], dtype=float), strict=True))
    ours = [row for row in np.load(folder / "cells.npy").tolist() if same]
    apart = [max(abs(cells[g, t] - att), abs(errors[g, t] - se)) for g, t, att, se in ours]
    far = max(apart, default=None)
    say(
        package="csdid", how=how, rows=len(table), seconds=seconds, processor=work, megabytes=memory(),
        effects=len(cells), compared=len(apart), farthest=far,
    )  # fmt: skip


def bounds() -> None:
    import numpy as np

    from regionomics import impact

    given = json.loads(MEDICAID.read_text(encoding="utf-8"))
    begun = time.perf_counter()
    found = impact.relative_magnitudes(
        given["estimates"], np.array(given["covariance"]), before=given["before"], magnitudes=list(R_BOUNDS)
    )
    seconds = time.perf_counter() - begun
    rows = {m: (low, high) for m, low, high in found.table.iter_rows()}
    say(package="regionomics", seconds=round(seconds, 3), megabytes=memory(), bounds=rows, farthest=farthest(rows))


def moderndid() -> None:
    import numpy as np
    from moderndid.didhonest import compute_conditional_cs_rm

    given = json.loads(MEDICAID.read_text(encoding="utf-8"))
    after = len(given["estimates"]) - given["before"]
    begun = time.perf_counter()
    rows = {}
    for m in R_BOUNDS:
        found = compute_conditional_cs_rm(
            betahat=np.array(given["estimates"]),
            sigma=np.array(given["covariance"]),
            num_pre_periods=given["before"],
            num_post_periods=after,
            l_vec=np.eye(after)[:, :1],
            m_bar=m,
            hybrid_flag="LF",
            alpha=0.05,
        )
        grid, accept = np.asarray(found["grid"]), np.asarray(found["accept"]) > 0
        rows[m] = (float(grid[accept].min()), float(grid[accept].max()))
        sys.stderr.write(f"{m}: {rows[m]} after {time.perf_counter() - begun:.1f} s\n")
    seconds = round(time.perf_counter() - begun, 2)
    say(package="moderndid", seconds=seconds, megabytes=memory(), bounds=rows, farthest=farthest(rows))


def farthest(rows: dict[float, tuple[float, float]]) -> float:
    """The largest distance to what R prints."""
    return round(max(abs(a - b) for m, two in R_BOUNDS.items() for a, b in zip(rows[m], two, strict=True)), 6)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("prepare", "ours", "csdid", "bounds", "moderndid"))
    parser.add_argument("folder", nargs="?", type=Path, default=Path("var/bench-impact"))
    parser.add_argument("--firms", type=int, default=100_000)
    parser.add_argument("--draws", type=int, default=49)
    parser.add_argument("--how", choices=("same", "bands", "lighter"), default="same")
    asked = parser.parse_args()
    folder = asked.folder.resolve()
    {
        "prepare": lambda: prepare(folder, asked.firms),
        "ours": lambda: ours(folder, asked.draws),
        "csdid": lambda: csdid(folder, asked.how),
        "bounds": bounds,
        "moderndid": moderndid,
    }[asked.what]()


if __name__ == "__main__":
    main()
