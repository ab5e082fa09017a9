"""Runs: the same inputs give the same run; what was planted is found; nothing is half kept."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from django.utils import timezone
from factories import cluster, code, membership, organisation, source
from panel import INDUSTRIAL, KEY, SERVICES, load_panel, persons

from poliedro.audit.models import LogEntry
from poliedro.evidence import store
from poliedro.evidence.models import Run
from poliedro.evidence.queries.runs import latest_run, table_of
from poliedro.evidence.runs.activity import LAYOUTS, MISSING_ALLOWED, Panel, missing_of, one_version
from poliedro.evidence.runs.base import InvalidParameters, NoInput
from poliedro.evidence.runs.catalogue import ANALYSES
from poliedro.evidence.runs.options import auc_between
from poliedro.evidence.services.runs import InputsChanged, UnknownAnalysis, repeat_run, run_analysis
from poliedro.reference.models import Classification, Code, Concordance, Load, Territory
from poliedro.registry.models import ClusterDefinition, DefinitionCode, Participation, Project, RegisterCount

pytestmark = pytest.mark.django_db


@pytest.fixture
def panel(tmp_path: Path) -> None:
    load_panel(tmp_path)


def rows(run: Run, table: str, **where: Any) -> list[dict[str, Any]]:
    return store.read_rows(table_of(run, table), where)


def test_every_analysis_runs_and_its_tables_are_as_their_cards_say(panel: None) -> None:
    for key, analysis in ANALYSES.items():
        run = run_analysis(key=key)
        assert {t.name for t in run.tables.all()} == {t.name for t in analysis.tables}
        for table in run.tables.all():
            assert store.path_of(table).exists()
            assert [c["name"] for c in table.columns] == list(pl.read_parquet(store.path_of(table)).columns)


def test_same_inputs_give_the_stored_run_and_repeating_gives_the_same_bits(panel: None) -> None:
    for key in ANALYSES:
        first = run_analysis(key=key)
        assert run_analysis(key=key).pk == first.pk
        assert repeat_run(run=first).same, key
    assert LogEntry.objects.filter(verb="run_analysis").count() == len(ANALYSES)


def test_another_table_gives_another_run_and_the_old_one_cannot_be_repeated(panel: None, tmp_path: Path) -> None:
    first = run_analysis(key="variety")
    changed = tmp_path / f"{KEY}.tsv"
    changed.write_text(changed.read_text().replace("C29,V16110,ITC1\t", "C29,V16110,ITC1\t9", 1))
    from poliedro.registry.services.imports import IMPORTERS, import_path

    import_path(importer=IMPORTERS["eurostat-sbs"], path=changed, by=None)
    second = run_analysis(key="variety")
    assert second.key != first.key
    assert latest_run("variety") == second
    with pytest.raises(InputsChanged, match=first.key):
        repeat_run(run=first)


def test_tampered_result_is_found_out_by_repeating(panel: None) -> None:
    run = run_analysis(key="variety")
    run.tables.update(checksum="0" * 64)
    again = repeat_run(run=run)
    assert (again.same, again.differing) == (False, ["variety"])


def test_killed_between_files_and_rows_leaves_no_run(panel: None, monkeypatch: pytest.MonkeyPatch) -> None:
    import poliedro.evidence.services.runs as service

    def killed(**_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(service, "record", killed)
    with pytest.raises(KeyboardInterrupt):
        run_analysis(key="variety")
    assert not Run.objects.exists()
    monkeypatch.undo()
    assert run_analysis(key="variety").tables.count() == 1


def test_missing_table_and_wrong_words_are_refused_with_a_remedy() -> None:
    with pytest.raises(NoInput, match="poliedro load eurostat-sbs"):
        run_analysis(key="variety")
    with pytest.raises(UnknownAnalysis, match="there are specialisation"):
        run_analysis(key="prophecy")
    with pytest.raises(InvalidParameters, match="no parameter 'colour'"):
        run_analysis(key="variety", parameters={"colour": "red"})


def test_quotient_is_that_of_sections_with_what_divisions_do_not_show(panel: None) -> None:
    run = run_analysis(key="specialisation")
    got = next(iter(rows(run, "quotients", year=2013, place="ITC1", activity="C29")))
    sections = {p: sum(sum_of(p, s) for s in "CGJM") for p in (*INDUSTRIAL, *SERVICES)}
    whole = sum(sections.values())
    everywhere = sum(persons(p, "C29", 2013) for p in (*INDUSTRIAL, *SERVICES))
    assert got["location_quotient"] == pytest.approx(
        (persons("ITC1", "C29", 2013) / sections["ITC1"]) / (everywhere / whole)
    )
    assert got["low"] < got["shrunk"] < got["high"]


def sum_of(place: str, section: str) -> int:
    """A section's total as the table states it: a tenth more than its divisions."""
    from panel import EVERYWHERE, INDUSTRY, SERVICE

    return sum(persons(place, a, 2013) for a in (*INDUSTRY, *SERVICE, *EVERYWHERE) if a[0] == section) * 11 // 10


def test_related_industry_that_is_missing_is_the_densest_option(panel: None) -> None:
    run = run_analysis(key="options")
    absent = [r for r in rows(run, "options", place="ITC1") if r["present"] == 0]
    assert max(absent, key=lambda r: r["density"])["activity"] == "C13"
    withheld = next(r for r in rows(run, "options", place="FRL0") if r["activity"] == "M71")
    assert (withheld["value"], withheld["present"]) == (None, None)


def test_entry_into_the_unrelated_counts_and_withheld_numbers_do_not(panel: None) -> None:
    run = run_analysis(key="options")
    longest = next(r for r in rows(run, "backtest", year_from=2010, year=2013) if r["score"] == "density")
    places, activities = len(INDUSTRIAL) + len(SERVICES), 10
    assert longest["n"] < places * activities
    assert longest["entries"] >= 1
    chance = [r["auc"] for r in rows(run, "backtest", score="random")]
    assert set(chance) == {0.5}


def test_complexity_rises_with_wages_so_service_regions_lead(panel: None) -> None:
    run = run_analysis(key="complexity")
    eci = {r["place"]: r["eci"] for r in rows(run, "places", year=2012)}
    assert min(eci[p] for p in SERVICES) > max(eci[p] for p in INDUSTRIAL)
    assert run.headline["sign"] == "wages"


def test_variety_adds_up_and_says_what_is_hidden(panel: None) -> None:
    for row in rows(run_analysis(key="variety"), "variety"):
        assert row["unrelated"] + row["related"] == pytest.approx(row["total"])
        # A tenth more than the divisions show; FRL0 withholds a whole division beside.
        assert row["hidden"] == pytest.approx(1 / 11, abs=0.002) or (row["place"] == "FRL0" and row["hidden"] > 0.2)


def test_shift_share_adds_to_the_change_of_the_level(panel: None) -> None:
    run = run_analysis(key="productivity")
    levels = {r["year"]: r["per_person"] for r in rows(run, "levels", place="ITC1", measure="wages")}
    parts = rows(run, "parts", place="ITC1", measure="wages")
    moved = sum(p["within"] + p["between"] for p in parts)
    assert moved == pytest.approx(levels[2013] - levels[2010])
    assert rows(run, "trend", place="FRL0", measure="wages")


def test_most_similar_region_is_of_the_same_kind_and_partners_bring_what_is_lacking(panel: None) -> None:
    run = run_analysis(key="partner-regions")
    pairs = [r for r in rows(run, "pairs", place="ITC1") if r["partner"] != "ITC1"]
    assert max(pairs, key=lambda r: r["similarity"])["partner"] in INDUSTRIAL
    best = next(r for r in rows(run, "partners", target="M70") if r["rank"] == 1)
    assert best["partner"] in SERVICES  # they have J61, J62 and M71, which go with M70 and which ITC1 lacks
    assert best["adds"] >= 3


def test_solutions_could_move_between_related_industries_of_two_clusters_and_not_between_far_ones(panel: None) -> None:
    define("machines", "28", "28.11")
    define("textile", "13", "13.10")
    define("ict", "62", "62.01")
    works = Project.objects.create(title="Loom", source=source(), certainty="reported")
    for key in ("28.11", "13.10"):
        firm = organisation(f"Firm {key}", nace=code(key))
        membership(firm, cluster({"28.11": "machines", "13.10": "textile"}[key]))
        Participation.objects.create(
            project=works, organisation=firm, role="participant", source=source(), certainty="reported"
        )
    found = rows(run_analysis(key="between-clusters"), "transfers")
    assert [(r["cluster"], r["activity"], r["other"], r["other_activity"]) for r in found] == [
        ("machines", "C28", "textile", "C13")
    ]
    assert found[0]["relatedness"] > 1
    assert (found[0]["members"], found[0]["other_members"], found[0]["projects"]) == (1, 1, 1)


def define(key: str, *codes: str) -> None:
    """A cluster defined by classes of NACE."""
    definition = ClusterDefinition.objects.create(
        cluster=cluster(key), version=1, valid_from=date(2010, 1, 1), source=source(), certainty="reported"
    )
    for each in codes:
        DefinitionCode.objects.create(definition=definition, code=code(each))


def test_duckdb_gives_every_stored_table_bit_for_bit(panel: None) -> None:
    for key in ANALYSES:
        again = repeat_run(run=run_analysis(key=key), engine="duckdb")
        assert again.same, (key, again.differing)


def test_region_that_only_changed_its_code_goes_on_and_a_split_one_keeps_its_own() -> None:
    old = Classification.objects.create(key="nuts", version="2006", name="NUTS 2006")
    new = Classification.objects.create(key="nuts", version="2016", name="NUTS 2016")
    links = [("ITD5", "ITH5", 1.0), ("FI13", "FI1C", 0.6), ("FI13", "FI1D", 0.4), ("AT12", "AT12", 0.999)]
    for a, b, share in links:
        origin, _ = Code.objects.get_or_create(classification=old, code=a, defaults={"label": a, "level": 2})
        target, _ = Code.objects.get_or_create(classification=new, code=b, defaults={"label": b, "level": 2})
        Concordance.objects.create(origin=origin, target=target, share=share)
    cells = pl.DataFrame(
        [
            ("ITD5", "C", 2010, 1.0),
            ("ITH5", "C", 2011, 2.0),
            ("FI13", "C", 2009, 3.0),
            ("FI13", "C", 2010, 3.0),
            ("FI1C", "C", 2010, 2.0),
            ("FI1D", "C", 2010, 1.0),
            ("AT12", "C", 2010, 5.0),
        ],
        schema=["place", "activity", "year", "value"],
        orient="row",
    )
    got = {(r["place"], r["year"]): r["value"] for r in one_version(cells).to_dicts()}
    assert got == {
        ("ITH5", 2010): 1.0,
        ("ITH5", 2011): 2.0,
        ("FI13", 2009): 3.0,  # no newer region has that year, so the old one stays
        ("FI1C", 2010): 2.0,  # both old and new are stated: the new ones count, once
        ("FI1D", 2010): 1.0,
        ("AT12", 2010): 5.0,
    }


def test_place_that_lacks_a_large_section_is_left_out_and_one_that_lacks_a_small_one_stays() -> None:
    sections = pl.DataFrame(
        [(p, s, 2013, n) for p in ("AA01", "AA02", "AA03") for s, n in (("C", 600.0), ("G", 390.0), ("B", 10.0))],
        schema=["place", "section", "year", "total"],
        orient="row",
    )
    known = sections.filter(~((pl.col("place") == "AA02") & (pl.col("section") == "C")))
    known = known.filter(~((pl.col("place") == "AA03") & (pl.col("section") == "B")))
    found = {r["place"]: r for r in missing_of(known).to_dicts()}
    assert (found["AA01"]["missing"], found["AA01"]["weight"]) == (0, 0)
    assert (found["AA02"]["missing"], found["AA03"]["missing"]) == (1, 1)
    assert found["AA02"]["weight"] > MISSING_ALLOWED >= found["AA03"]["weight"]
    frame = known.rename({"section": "activity", "total": "value"})
    panel = Panel(LAYOUTS["nace"], frame, missing_of(known))
    assert set(panel.of(2013)["place"]) == {"AA01", "AA03"}


def test_value_that_a_parameter_does_not_take_is_refused_with_those_it_takes() -> None:
    with pytest.raises(InvalidParameters, match="it can be probability, association"):
        ANALYSES["industry-space"].with_defaults({"measure": "colour"})
    with pytest.raises(InvalidParameters, match="minimum is -3; give a number of 0 or more"):
        ANALYSES["specialisation"].with_defaults({"minimum": -3})
    assert (
        ANALYSES["specialisation"].with_defaults({"minimum": "500"})["minimum"] == 500
    )  # as the command line gives it


def test_admitting_an_industry_counts_each_firm_of_other_clusters_once(panel: None) -> None:
    define("machines", "28", "28.11")
    define("textile", "13", "13.10")
    define("ict", "62", "62.01")
    printer = organisation("Printer", nace=code("28.11"))
    for key in ("textile", "ict"):  # in two other clusters: still one firm
        membership(printer, cluster(key))
    load = Load.objects.create(source=source(), importer="test", file_name="t", checksum="0", state="loaded")
    RegisterCount.objects.create(
        territory=Territory.objects.get(code="ITC1"), code=code("28.11"), year=2013, firms=4, source=source(),
        certainty="reported", load=load, recorded_at=timezone.now(),
    )  # fmt: skip
    found = {(r["cluster"], r["activity"]): r for r in rows(run_analysis(key="between-clusters"), "what-if")}
    row = found["textile", "C28"]
    assert (row["firms"], row["members"], row["in_other"]) == (4, 1, 1)
    assert row["overlap_after"] == 1 / 4  # the printer, in ict too; nobody is counted within textile's own definition
    assert row["cohesion_before"] is None  # one industry has no pair
    assert row["cohesion_after"] == pytest.approx(row["relatedness"])
    assert found["textile", "J62" if ("textile", "J62") in found else "J61"]["firms"] is None  # not in the register


def test_interval_of_a_backtest_is_wider_where_countries_move_together() -> None:
    score = np.tile([1.0, 2.0, 3.0, 4.0], 40)
    groups = np.repeat(np.arange(10), 16)
    by_country = (groups % 2 == 0) == (score > 2.5)  # what enters depends on the country
    alone = np.arange(160)
    point, low, high = auc_between(score, by_country, groups, seed=11)
    same, narrow_low, narrow_high = auc_between(score, by_country, alone, seed=11)
    assert point == same == pytest.approx(0.5)
    assert high - low > 2 * (narrow_high - narrow_low)
    assert auc_between(score, np.zeros(160, dtype=bool), groups, seed=11) == (None, None, None)
