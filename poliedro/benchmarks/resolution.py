"""How well entity resolution finds the same organisation again, on real names corrupted by a stated, seeded model.

    POLIEDRO_DATA=... python poliedro/benchmarks/resolution.py [--rows 16592] [--seed 1] [--shared]

Half of the organisations of the CORDIS dump get a second row, corrupted: accents lost or broken (30%), legal form
written out, abbreviated or left out (40%), city variant or province sign (30%), name cut at 24 to 40 letters (10%), one
letter wrong (20%), words in another order (5%), street missing (40%), postcode missing (60%). Identifiers are hidden
from the second row.
Compared with: exact folded name and city. With --shared: no model, but the organisations that H2020 and Horizon Europe
both list, as each wrote them; the PIC is hidden from the second and tells afterwards what is true.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import random
import resource
import sys
import time
from itertools import combinations
from pathlib import Path

from django.conf import settings

settings.configure(USE_I18N=False)  # no database is asked

from poliedro.registry.rules.names import fold, fold_city, split_legal_form  # noqa: E402  after the settings
from poliedro.registry.runs.resolution import SURE, _join, _pairs, _prepare  # noqa: E402

WRITTEN = {
    "srl": ["S.R.L.", "Societa a responsabilita limitata", "Srl", ""],
    "spa": ["S.p.A.", "SPA", "Societa per azioni", ""],
    "gmbh": ["GmbH", "G.m.b.H.", ""],
    "ltd": ["Limited", "LTD", "Ltd.", ""],
    "sl": ["S.L.", "SL", "Sociedad Limitada", ""],
    "sa": ["S.A.", "SA", ""],
    "bv": ["B.V.", "BV", ""],
}
CITY = {
    "torino": ["TORINO TO", "TURIN", "10121 Torino"],
    "milano": ["MILAN", "MILANO MI"],
    "roma": ["ROME", "ROMA RM"],
    "munich": ["MUENCHEN", "München"],
    "vienna": ["WIEN"],
    "prague": ["PRAHA"],
    "brussels": ["BRUXELLES"],
}


def corrupt(row: dict[str, str], dice: random.Random) -> dict[str, str]:
    name, city = row["name"], row["city"]
    core, form = split_legal_form(name)
    if form in WRITTEN and dice.random() < 0.4:
        name = f"{core.upper()} {dice.choice(WRITTEN[form])}".strip()
    if dice.random() < 0.3:
        name = name.translate(str.maketrans("ÀÈÉÌÒÙÄÖÜàèéìòùäöüß", "AEEIOUAOUaeeiouaous"))
    if dice.random() < 0.05 and len(name.split()) > 2:
        words = name.split()
        name = " ".join([*words[1:], words[0]])
    if dice.random() < 0.2 and len(name) > 6:
        at = dice.randrange(1, len(name) - 1)
        name = dice.choice([name[:at] + name[at + 1 :], name[:at] + dice.choice("aeinrst") + name[at + 1 :]])
    if dice.random() < 0.1:
        name = name[: dice.randint(24, 40)]
    if dice.random() < 0.3:
        city = dice.choice(CITY.get(fold_city(city), [city.title(), f"{city} CEDEX"]))
    return {
        **row,
        "name": name,
        "city": city,
        "street": "" if dice.random() < 0.4 else row["street"],
        "postcode": "" if dice.random() < 0.6 else row["postcode"],
        "identifiers": {},
    }  # type: ignore[dict-item]


def read(path: Path, limit: int) -> list[dict[str, str]]:
    csv.field_size_limit(10**7)
    with path.open(encoding="utf-8", errors="replace", newline="") as file:
        rows = [
            {
                "name": r["name"],
                "city": r["city"] or "",
                "street": r["street"] or "",
                "postcode": r["postCode"] or "",
                "country": r["country"],
                "identifiers": {"pic": r["orgId"]},
            }
            for r in csv.DictReader(file)
            if r["name"]
        ]
    return rows[:limit]  # type: ignore[return-value]


def score(found: set[tuple[int, int]], true: set[tuple[int, int]]) -> dict[str, float]:
    hits = len(found & true)
    precision, recall = hits / len(found) if found else 1.0, hits / len(true)
    return {
        "precision": round(precision, 4),
        "recall": round(recall, 4),
        "f1": round(2 * precision * recall / (precision + recall), 4) if hits else 0.0,
    }


def pairs_of(groups: list[list[int]]) -> set[tuple[int, int]]:
    return {pair for g in groups for pair in combinations(sorted(g), 2)}


def horizon_europe(folder: Path) -> dict[str, dict[str, str]]:
    """The organisations of the Horizon Europe samples by PIC; one sample has it in an address."""
    found: dict[str, dict[str, str]] = {}
    for path, mark, place in (
        (folder / "horizon_europe_head100" / "organization_df_100.csv", ",", ("street", "postCode")),
        (folder / "horizon_europe_2026_hopon" / "orgs.csv", "|", ("", "")),
    ):
        with path.open(encoding="utf-8", newline="") as file:
            for r in csv.DictReader(file, delimiter=mark):
                pic = r.get("organisationID") or r["contactForm"].rsplit("project/", 1)[-1].split("/", 1)[0]
                found[pic] = {
                    "name": r["name"], "city": r["city"] or "", "street": r.get(place[0]) or "",
                    "postcode": r.get(place[1]) or "", "country": r["country"],
                    "identifiers": {},
                }  # type: ignore[dict-item]  # fmt: skip
    return found


def corrupted(rows: list[dict[str, str]], seed: int) -> tuple[list[dict[str, str]], set[tuple[int, int]]]:
    """The rows and a corrupted second row of half of them; the true pairs."""
    dice = random.Random(seed)
    records: list[dict[str, str]] = [{**r, "key": i} for i, r in enumerate(rows)]  # type: ignore[dict-item]
    true = set()
    for i, row in enumerate(rows):
        if dice.random() < 0.5:
            true.add((i, len(records)))
            records.append({**corrupt(row, dice), "key": len(records)})  # type: ignore[dict-item]
    return records, true


def shared(rows: list[dict[str, str]], folder: Path) -> tuple[list[dict[str, str]], set[tuple[int, int]]]:
    """The H2020 rows and those of Horizon Europe, as two programmes wrote them; the pairs that share a PIC."""
    records: list[dict[str, str]] = [{**r, "key": i} for i, r in enumerate(rows)]  # type: ignore[dict-item]
    at = {r["identifiers"]["pic"]: i for i, r in enumerate(rows)}  # type: ignore[index]
    true = set()
    for pic, row in sorted(horizon_europe(folder).items()):
        if pic in at:
            true.add((at[pic], len(records)))
        records.append({**row, "key": len(records)})  # type: ignore[dict-item]
    return records, true


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=10**9)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--shared", action="store_true", help="the PICs that H2020 and Horizon Europe share")
    options = parser.parse_args()
    data = os.environ.get("POLIEDRO_DATA") or sys.exit("set POLIEDRO_DATA")
    folder = Path(data) / "cordis"
    rows = read(folder / "stacked_dump.csv", options.rows)
    records, true = shared(rows, folder) if options.shared else corrupted(rows, options.seed)
    began = time.perf_counter()
    scored = _pairs(_prepare(records), options.seed)
    numbers = {int(r["key"]): dict(r["identifiers"]) for r in records}
    decision = _join(scored, numbers, set(), SURE)
    seconds = time.perf_counter() - began
    simple: dict[tuple[str, str], list[int]] = {}
    for r in records:
        simple.setdefault((fold(r["name"]), fold(r["city"])), []).append(int(r["key"]))
    at = {
        t: score(pairs_of(_join(scored, numbers, set(), t).groups), true) for t in (0.5, 0.8, 0.9, 0.95, 0.985, 0.995)
    }
    automatic = pairs_of(decision.groups)
    queue = {(p.left, p.right) for p in decision.doubtful}
    deterministic = score(pairs_of([g for g in simple.values() if len(g) > 1]), true)
    best = score(automatic, true)
    top = max(at.values(), key=lambda s: s["f1"])
    print(
        json.dumps(
            {
                "rows": len(records),
                "true_pairs": len(true),
                "seconds": round(seconds, 1),
                "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
                "automatic": best,
                "deterministic": deterministic,
                "f1_ratio": round(best["f1"] / deterministic["f1"], 3),
                "by_threshold": at,
                "best_f1_ratio": round(top["f1"] / deterministic["f1"], 3),
                "queue": len(queue),
                "queue_true": len(queue & true),
                "missed": len(true - automatic - queue),
                "false": len(automatic - true),
                "false_of_one_name_and_city": sum(
                    (fold(x["name"]), fold(x["city"])) == (fold(y["name"]), fold(y["city"]))
                    for x, y in ((records[a], records[b]) for a, b in automatic - true)
                ),
                "largest_group": max((len(g) for g in decision.groups), default=1),
            },
            indent=1,
        )
    )


if __name__ == "__main__":
    main()
