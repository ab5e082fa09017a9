"""Value chains: flows, linkages and stages equal what was planted, and what cannot be answered is refused in words."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from django.utils.translation import override
from panel import FLOWS, load_panel, write_flows

from poliedro.evidence import store
from poliedro.evidence.models import Run
from poliedro.evidence.queries.names import activity_names
from poliedro.evidence.queries.runs import statistic_tables, table_of
from poliedro.evidence.runs.base import NoInput
from poliedro.evidence.services.runs import run_analysis
from poliedro.reference.models import Classification, Code, Load, StatisticTable
from poliedro.reference.rules import divisions_in, product_code
from poliedro.registry.services.imports import IMPORTERS, import_path

pytestmark = pytest.mark.django_db


def frame(run: Run, name: str) -> pl.DataFrame:
    return pl.read_parquet(store.path_of(table_of(run, name)))


@pytest.mark.parametrize(
    ("written", "code", "held"),
    [
        ("CPA_C10T12", "C10-12", ["C10", "C12"]),
        ("CPA_C10-C12", "C10-12", ["C10", "C12"]),
        ("CPA_B-E", "B-E", ["C", "C10", "C12", "C29"]),
        ("CPA_BTE", "B-E", ["C", "C10", "C12", "C29"]),
        ("CPA_M69_70", "M69_70", ["M69", "M70"]),
        ("CPA_L68B", "L68B", ["L68"]),
        ("P3_S14", "P3_S14", []),
        ("CPA_TOTAL", "TOTAL", []),
    ],
)
def test_product_groups_hold_their_divisions(written: str, code: str, held: list[str]) -> None:
    assert product_code(written) == code
    assert divisions_in(code, ["C", "C10", "C12", "C29", "L68", "M69", "M70", "M71"]) == held


def test_flows_are_those_of_the_table_and_groups_that_hold_others_count_once(tmp_path: Path) -> None:
    load_panel(tmp_path)
    run = run_analysis(key="value-chain")
    flows = frame(run, "flows")
    assert {(r["supplier"], r["customer"]): r["value"] for r in flows.iter_rows(named=True)} == {
        pair: float(value) for pair, value in FLOWS.items()
    }
    assert flows.filter(supplier="C25", customer="C29")["of_customer"].item() == pytest.approx(0.2)
    assert set(frame(run, "industries")["activity"]) == {"C13", "C25", "C28", "C29", "M70_71"}  # C is the sum of four
    assert run.headline["country"] == "IT"
    assert run.headline["own"]
    assert run.headline["flow"] == "TOTAL"


def test_linkages_are_those_of_the_leontief_inverse(tmp_path: Path) -> None:
    load_panel(tmp_path)
    run = run_analysis(key="value-chain")
    names = sorted({"C13", "C25", "C28", "C29", "M70_71"})
    a = [[FLOWS.get((i, j), 0) / 1000 for j in names] for i in names]
    import numpy as np

    inverse = np.linalg.inv(np.eye(5) - np.array(a)).sum(axis=0)
    expected = dict(zip(names, inverse / inverse.mean(), strict=True))
    got = frame(run, "industries")
    assert dict(zip(got["activity"], got["backward"], strict=True)) == pytest.approx(expected)


def test_missing_stage_is_planted_and_a_withheld_division_leaves_no_row(tmp_path: Path) -> None:
    load_panel(tmp_path)
    stages = frame(run_analysis(key="value-chain"), "stages")
    assert stages.filter(place="ITC1", activity="C13")["location_quotient"].item() < 0.5
    assert stages.filter(place="ITC1", activity="C29")["location_quotient"].item() > 1
    assert stages.filter(place="FRL0", activity="M70_71").is_empty()  # M71 is withheld there


def test_table_without_output_or_country_is_refused_with_the_remedy(tmp_path: Path) -> None:
    load_panel(tmp_path)
    with pytest.raises(NoInput, match="no country XX; it has IT"):
        run_analysis(key="value-chain", parameters={"country": "XX"})
    path = tmp_path / "naio_long.csv"
    path.write_text("\n".join(row for row in path.read_text().splitlines() if not row.startswith("P1")) + "\n")
    import_path(importer=IMPORTERS["input-output"], path=path, by=None)
    with pytest.raises(NoInput, match="row P1"):
        run_analysis(key="value-chain")


def test_rows_at_fault_are_named_and_a_pair_given_twice_is_not_guessed(tmp_path: Path) -> None:
    path = write_flows(tmp_path)
    rows = path.read_text().splitlines()
    path.write_text("\n".join([*rows, rows[1], "CPA_C13,CPA_C31,IT,2020,TOTAL,MIO_EUR,many"]) + "\n")
    with override("en-gb"):
        outcome = import_path(importer=IMPORTERS["input-output"], path=path, by=None)
    found = {(r.number, r.problem) for r in Load.objects.get(pk=outcome.load).rejected.all()}
    assert found == {(len(rows) + 1, "this pair is given twice"), (len(rows) + 2, "is not a number")}
    assert StatisticTable.objects.get(key="input-output").rows == len(rows) - 1
    assert statistic_tables() == []


def test_bulk_table_of_the_same_is_read_too(tmp_path: Path) -> None:
    load_panel(tmp_path)
    first = frame(run_analysis(key="value-chain"), "flows")
    lines = ["freq,unit,stk_flow,ind_use,prd_ava,geo\\TIME_PERIOD\t2020 "]
    for row in (tmp_path / "naio_long.csv").read_text().splitlines()[1:]:
        product, industry, geo, _year, flow, unit, value = row.split(",")
        lines.append(f"A,{unit},{flow},{industry},{product},{geo}\t{value} ")
    bulk = tmp_path / "naio_10_cp1700.tsv"
    bulk.write_text("\n".join(lines) + "\n")
    StatisticTable.objects.filter(key="input-output").update(key="put-aside")
    import_path(importer=IMPORTERS["eurostat-sbs"], path=bulk, by=None)
    assert frame(run_analysis(key="value-chain"), "flows").equals(first)


def test_sections_have_their_italian_names() -> None:
    for key, version, label in (("nace", "2", "CONSTRUCTION"), ("ateco", "2007", "COSTRUZIONI")):
        held, _made = Classification.objects.get_or_create(key=key, version=version, defaults={"name": key})
        Code.objects.update_or_create(
            classification=held, code="F", defaults={"label_en": label, "label_it": label, "level": 1}
        )
    with override("it"):
        assert activity_names("nace")["F"] == "Costruzioni"
