"""How long it takes to try a call on the whole business register, and whether its counts are those of the rules.

    python poliedro/benchmarks/simulation.py [--firms 400000] [--sample 2000] [--keep FOLDER]

Fills a scratch database with a made-up register (20 000 organisations and their statements beside the firms), tries
each example call of the region on it, and prints seconds and memory. Then asks the rules themselves of a random sample
of firms, one at a time, and compares each answer with that of the table. Leaves with status 1 where a call takes longer
than 30 s or an answer differs.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import sys
import tempfile
import time
from contextlib import nullcontext
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

GOAL_SECONDS = 30.0
PARTS = 40
"""Firms with one and the same day of founding; a tenth of the firms has no size class."""
ON = date(2026, 6, 30)
NUMBERS = ("age_years", "years_of_accounts", "persons", "de_minimis_room_eur")


def documents() -> list[Any]:
    import yaml

    import poliedro
    from poliedro.funding.rules.document import read_call

    folder = Path(poliedro.__file__).parent / "regions" / "calls"
    return [
        read_call(yaml.safe_load(p.read_text(encoding="utf-8"))["document"]) for p in sorted(folder.rglob("*.yaml"))
    ]


def fill_register(firms: int) -> None:
    from django.core.management import call_command
    from django.db.models import F
    from pages import Scale, fill

    from poliedro.registry.models import RegisteredFirm

    call_command("migrate", verbosity=0)
    if not RegisteredFirm.objects.exists():
        fill(Scale(20_000, 20, 10_000, firms, 200, 140, 600))
        dice = random.Random(2)
        rows = RegisteredFirm.objects.annotate(part=F("pk") % PARTS)
        for part in range(PARTS):
            rows.filter(part=part).update(active_from=date(dice.randint(1985, 2026), dice.randint(1, 6), 1))
        RegisteredFirm.objects.annotate(part=F("pk") % 10).filter(part=0).update(size_class="")
        tie_organisations()


def tie_organisations() -> None:
    """Each organisation that is a firm stands behind a row of the register: so there are members and accounts in it."""
    from poliedro.registry.models import Organisation, RegisteredFirm
    from poliedro.registry.queries.memberships import FIRM_KINDS

    bodies = Organisation.objects.filter(kind__in=FIRM_KINDS).order_by("pk").values_list("pk", flat=True)
    rows = list(RegisteredFirm.objects.order_by("pk")[: len(bodies)])
    for row, body in zip(rows, bodies, strict=False):
        row.organisation_id = body
    RegisteredFirm.objects.bulk_update(rows, ["organisation"], batch_size=400)


def tried(document: Any) -> dict[str, Any]:
    from poliedro.funding.runs.simulation import Assumptions, simulate

    begun = time.perf_counter()
    found = simulate(document, ON, Assumptions(), seed=1)
    seconds = time.perf_counter() - begun
    sure = {key: (line["sure"], line["possible"]) for key, line in found["lines"].items()}
    return {"call": document.key, "firms": found["firms"], "seconds": round(seconds, 2), "sure, possible": sure}


def differing(document: Any, sample: int) -> int:
    """Firms of the sample of which the table's verdict on a line is not that of the rules, asked one by one."""
    import polars as pl

    from poliedro.funding.rules.conditions import Dossier, ask
    from poliedro.funding.rules.inclusion import relax
    from poliedro.funding.runs.simulation import expression, register_frame

    firms = register_frame(ON).sample(sample, seed=3)
    wrong = 0
    for line in document.lines:
        relaxed = [relax(rule.check, {}) for rule in document.rules_of(line.key)]
        told = [r for r in relaxed if not isinstance(r, bool)]
        fixed = all(r for r in relaxed if isinstance(r, bool))
        columns = firms.select(*(expression(r).alias(str(i)) for i, r in enumerate(told)))
        for row, answers in zip(firms.to_dicts(), columns.iter_rows(), strict=True):
            party = as_party(row)
            own = [ask(r, Dossier((party,))).value for r in told]
            # Youth alone tells that accounts are too few, where the rules only know that accounts are not known.
            young = [
                b if a is None and "years_of_accounts" in str(r) and row["years_of_accounts"] is None else a
                for a, b, r in zip(own, answers, told, strict=True)
            ]
            wrong += verdict(young, fixed=fixed) != verdict(list(answers), fixed=fixed)
    assert isinstance(firms, pl.DataFrame)
    return wrong


def as_party(row: dict[str, Any]) -> Any:
    from poliedro.funding.rules.conditions import Party
    from poliedro.funding.rules.facts import FACTS

    facts = {k: v for k, v in row.items() if k in FACTS and v is not None}
    return Party({k: Decimal(str(v)) if k in NUMBERS else v for k, v in facts.items()})


def verdict(answers: list[bool | None], *, fixed: bool) -> bool | None:
    if not fixed or False in answers:
        return False
    return None if None in answers else True


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--firms", type=int, default=400_000)
    parser.add_argument("--sample", type=int, default=2_000)
    parser.add_argument("--keep", type=Path)
    asked = parser.parse_args()
    with nullcontext(asked.keep) if asked.keep else tempfile.TemporaryDirectory() as folder:
        os.environ["POLIEDRO_VAR"] = str(Path(folder).resolve())
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "poliedro.config.settings")
        import django

        django.setup()
        fill_register(asked.firms)
        good = True
        for document in documents():
            found = tried(document)
            found["differing"] = differing(document, asked.sample)
            found["megabytes"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
            sys.stdout.write(json.dumps(found) + "\n")
            good &= found["seconds"] <= GOAL_SECONDS and not found["differing"]
    return 0 if good else 1


if __name__ == "__main__":
    raise SystemExit(main())
