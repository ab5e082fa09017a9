"""Territories, classifications and statistics, each from a small excerpt in the published format."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from django.db import connection
from factories import source

from poliedro.reference.models import Classification, Code, Concordance, Load, StatisticTable, Territory
from poliedro.reference.services import classifications, statistics, territories
from poliedro.reference.services.loads import (
    Importer,
    LoadRefused,
    Outcome,
    UndoRefused,
    count_anew,
    load_file,
    undo_load,
)
from poliedro.reference.sources.files import UnreadableFile
from poliedro.registry.models import Organisation

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english")]
IMPORTERS = {i.key: i for i in (*territories.IMPORTERS, *classifications.IMPORTERS, *statistics.IMPORTERS)}


def load(key: str, path: Path, **more: Any) -> Outcome:
    importer: Importer = IMPORTERS[key]
    return load_file(importer, path, by=None, **more)


def square(x: float, y: float) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": [[[x, y], [x + 1, y], [x + 1, y + 1], [x, y + 1], [x, y]]]}


def write_nuts(folder: Path, shift: float = 0.0) -> Path:
    folder.mkdir(exist_ok=True)
    names = {"IT": "Italia", "ITC": "Nord-Ovest", "ITC1": "Piemonte", "ITC11": "Torino", "EL": "Elláda"}
    for level in range(4):
        features = [
            {
                "type": "Feature",
                "properties": {"NUTS_ID": code, "LEVL_CODE": level, "CNTR_CODE": code[:2], "NUTS_NAME": name},
                "geometry": square(7 + shift, 45),
            }
            for code, name in names.items()
            if len(code) == level + 2
        ]
        text = json.dumps({"type": "FeatureCollection", "features": features})
        (folder / f"NUTS_RG_60M_2016_4326_LEVL_{level}.geojson").write_text(text)
    return folder


def write_italy(folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "georef-italy-comune.csv").write_text(
        "Geo Point,Official Code Ripartizione geografica,Official Name Regione,"
        "Official Name Provincia/Città metropolitana,Official Name Comune\n"
        '"45.07, 7.68",1,Piemonte,Torino,Torino\n'
        '"45.46, 7.87",1,Piemonte,Torino,Ivrea\n'
        '"north",1,Piemonte,Torino,Chieri\n',
        encoding="utf-8",
    )
    province = {"prov_name": "Torino", "prov_acr": "TO", "prov_istat_code": "001", "reg_name": "Piemonte"}
    topology = {
        "type": "Topology",
        "transform": {"scale": [0.5, 0.5], "translate": [7, 44]},
        "arcs": [[[0, 0], [2, 0], [0, 2]], [[2, 2], [-2, 0], [0, -2]]],
        "objects": {"provinces": {"geometries": [{"type": "Polygon", "arcs": [[0, 1]], "properties": province}]}},
    }
    (folder / "limits_IT_provinces.topo.json").write_text(json.dumps(topology))
    return folder


def test_nuts_have_parents_geometry_and_a_centre(tmp_path: Path) -> None:
    outcome = load("nuts", write_nuts(tmp_path / "nuts"))
    assert (outcome.rows_read, outcome.rows_loaded, outcome.rows_rejected) == (5, 5, 0)
    turin = Territory.objects.get(code="ITC11")
    assert [turin.parent.code, turin.parent.parent.code, turin.version] == ["ITC1", "ITC", "2016"]  # type: ignore[union-attr]
    assert (turin.latitude, turin.longitude) == (45.5, 7.5)


def test_same_nuts_again_change_nothing_and_new_borders_do(tmp_path: Path) -> None:
    load("nuts", write_nuts(tmp_path / "nuts"))
    again = load("nuts", tmp_path / "nuts")
    assert (again.rows_loaded, again.rows_unchanged) == (0, 5)
    moved = load("nuts", write_nuts(tmp_path / "nuts", shift=1))
    assert moved.rows_loaded == 5
    assert Territory.objects.get(code="ITC11").longitude == 8.5


def test_national_borders_stay_when_nuts_are_loaded_again(tmp_path: Path) -> None:
    load("nuts", write_nuts(tmp_path / "nuts"))
    with pytest.raises(LoadRefused, match="1 of 4 rows"):
        load("italy-geo", write_italy(tmp_path / "italy"))
    good = tmp_path / "italy" / "georef-italy-comune.csv"
    good.write_text(good.read_text(encoding="utf-8").replace("north", "45.01, 7.82"), encoding="utf-8")
    load("italy-geo", tmp_path / "italy")
    turin = Territory.objects.get(code="ITC11")
    assert (turin.national_code, turin.latitude, turin.longitude) == ("TO", 44.5, 7.5)
    assert turin.geometry["coordinates"][0] == [[7.0, 44.0], [8.0, 44.0], [8.0, 45.0], [7.0, 45.0], [7.0, 44.0]]
    assert load("nuts", tmp_path / "nuts").rows_loaded == 0
    assert load("italy-geo", tmp_path / "italy").rows_loaded == 0
    assert set(Territory.objects.filter(level="lau").values_list("name", "parent__code")) == {
        ("Torino", "ITC11"),
        ("Ivrea", "ITC11"),
        ("Chieri", "ITC11"),
    }


def test_rejected_rows_say_where_what_and_what_to_do(tmp_path: Path) -> None:
    load("nuts", write_nuts(tmp_path / "nuts"))
    outcome = load("italy-geo", write_italy(tmp_path / "italy"), preview=True)
    (row,) = outcome.rejected
    assert (row.number, row.field, row.value) == (4, "Geo Point", "north")
    assert "45.07, 7.68" in row.remedy
    assert not Territory.objects.filter(level="lau").exists()


def test_municipalities_without_provinces_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="load the NUTS boundaries first"):
        load("italy-geo", write_italy(tmp_path / "italy"))


def test_undoing_borders_gives_the_former_ones_back(tmp_path: Path) -> None:
    load("nuts", write_nuts(tmp_path / "nuts"))
    italy = write_italy(tmp_path / "italy") / "georef-italy-comune.csv"
    italy.write_text(italy.read_text(encoding="utf-8").replace("north", "45.01, 7.82"), encoding="utf-8")
    outcome = load("italy-geo", tmp_path / "italy")
    nuts = Load.objects.get(importer="nuts")
    with pytest.raises(UndoRefused, match="load"):
        undo_load(load=nuts, by=None)
    undo_load(load=Load.objects.get(pk=outcome.load), by=None)
    turin = Territory.objects.get(code="ITC11")
    assert (turin.national_code, turin.latitude) == ("", 45.5)
    assert not Territory.objects.filter(level="lau").exists()
    undo_load(load=nuts, by=None)
    assert not Territory.objects.exists()


NACE = (
    '"Order","Level","Code","Parent","Description","This item includes","Reference to ISIC Rev. 4"\n'
    '"1","1","J",,"INFORMATION AND COMMUNICATION",,"J"\n'
    '"2","2","62","J","Computer programming, consultancy","a, b","62"\n'
    '"3","3","62.0","62","Computer programming, consultancy",,"620"\n'
    '"4","4","62.01","62.0","Computer programming activities",,"6201"\n'
    '"5","4","62.02","62.0","Computer consultancy activities",,"6202"\n'
)
ATECO = (
    "Codice;Descrizione\nA;AGRICOLTURA\n1;COLTIVAZIONI AGRICOLE\n01.1;COLTURE NON PERMANENTI\n"
    "01.13;Ortaggi\n01.13.2;Ortaggi in colture protette\n01.13.20;\n01.13.21;Ortaggi fuori suolo\n"
    "J;INFORMAZIONE\n62;PROGRAMMAZIONE\n62.0;PROGRAMMAZIONE\n62.01;Software\n62.01.0;Software\n62.01.00;Software\n"
)


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_nace_keeps_levels_and_parents(tmp_path: Path) -> None:
    load("nace", write(tmp_path / "nace_rev2.csv", NACE))
    code = Code.objects.get(code="62.01", classification__key="nace")
    assert (code.level, code.parent.code, code.parent.parent.parent.code) == (4, "62.0", "J")  # type: ignore[union-attr]
    assert code.label_en == "Computer programming activities"  # type: ignore[attr-defined]


def test_ateco_divisions_get_their_zero_back_and_empty_labels_that_of_the_class_above(tmp_path: Path) -> None:
    outcome = load("ateco-2007", write(tmp_path / "ateco2007_it.csv", ATECO))
    division = Code.objects.get(code="01")
    assert (division.level, division.parent.code) == (2, "A")  # type: ignore[union-attr]
    empty = Code.objects.get(code="01.13.20")
    assert empty.label_it == "Ortaggi in colture protette"  # type: ignore[attr-defined]
    assert outcome.detail["classes without a label, which take that of the class above"] == 1
    assert load("ateco-2007", tmp_path / "ateco2007_it.csv").rows_loaded == 0


@pytest.mark.parametrize("first", ["nace", "ateco-2007"])
def test_nace_and_ateco_lend_each_other_the_titles_of_their_language(tmp_path: Path, first: str) -> None:
    files = {"nace": write(tmp_path / "nace_rev2.csv", NACE), "ateco-2007": write(tmp_path / "ateco2007_it.csv", ATECO)}
    second = next(key for key in files if key != first)
    load(first, files[first])
    outcome = load(second, files[second])
    shared = Code.objects.filter(code="62.01").order_by("classification__key")
    assert list(shared.values_list("label_en", "label_it")) == [("Computer programming activities", "Software")] * 2
    assert Code.objects.get(code="J", classification__key="nace").label_it == "Informazione"  # type: ignore[attr-defined]
    assert Code.objects.get(code="62.01.0").label_en is None  # type: ignore[attr-defined]
    assert load(first, files[first]).rows_loaded == 0
    undo_load(load=Load.objects.get(pk=outcome.load), by=None)
    kept = Code.objects.get(code="62.01")
    assert "" in {kept.label_en or "", kept.label_it or ""}  # type: ignore[attr-defined]


def test_goals_and_size_classes_are_there_in_both_languages() -> None:
    classifications.ensure_fixed()
    classifications.ensure_fixed()
    goals = Code.objects.filter(classification__key="sdg", classification__version="2015")
    assert goals.count() == 17
    assert goals.get(code="9").label_it == "Imprese, innovazione e infrastrutture"  # type: ignore[attr-defined]
    sizes = Code.objects.filter(classification__key="size").order_by("pk").values_list("code", flat=True)
    assert list(sizes) == [c.value for c in Organisation.SizeClass if c.value]


def test_concordance_ties_versions_and_names_unknown_codes(tmp_path: Path) -> None:
    load("nace", write(tmp_path / "nace_rev2.csv", NACE))
    load("nace-2.1", write(tmp_path / "nace_rev2.1.csv", "Code;Heading\n62;IT\n62.10;Programming\n62.20;Consultancy\n"))
    table = "NACE Rev. 2 code;NACE Rev. 2 heading;NACE Rev. 2.1 code;share\n62.01;x;62.10;1\n62.02;y;62.20;0,8\n"
    load("nace-links", write(tmp_path / "links.csv", table))
    assert set(Concordance.objects.values_list("origin__code", "target__code", "share")) == {
        ("62.01", "62.10", 1.0),
        ("62.02", "62.20", 0.8),
    }
    bad = load("nace-links", write(tmp_path / "links.csv", table + "99.99;z;62.20;\n"), preview=True)
    assert [(r.number, r.value) for r in bad.rejected] == [(4, "99.99")]


def test_excerpts_are_there_and_marked_until_the_official_table_comes(tmp_path: Path) -> None:
    load("nace", write(tmp_path / "nace_rev2.csv", NACE))
    classifications.ensure_excerpts()
    classifications.ensure_excerpts()
    newer = Classification.objects.get(key="nace", version="2.1")
    assert "excerpt" in newer.name
    assert Concordance.objects.get(origin__code="62.01").target.code == "62.10"
    load("nace-2.1", write(tmp_path / "nace_rev2.1.csv", "Code;Heading\n62;IT\n62.10;Programming, officially\n"))
    newer.refresh_from_db()
    assert newer.name == "NACE Rev. 2.1"
    assert newer.codes.get(code="62.10").label_en == "Programming, officially"  # type: ignore[attr-defined]


OLD = "nace_r2,indic_sb,geo\\time\t2009 \t2008 \nB,V11210,ITC1\t677 \t: c\nC,V11210,EL30\t12.5 bd\t: \n"
NEW = (
    "freq,nace_r2,indic_sbs,geo\\TIME_PERIOD\t2008 \t2009 \nA,B,V11210,ITC1\t: c\t677 \nA,C,V11210,EL30\t: \t12.5 bd\n"
)


@pytest.fixture
def store(tmp_path: Path, settings: Any) -> Path:
    settings.VAR = tmp_path / "var"
    return tmp_path / "var" / "store"


@pytest.mark.parametrize("text", [OLD, NEW])
def test_both_bulk_layouts_give_the_same_long_form_with_flags(tmp_path: Path, store: Path, text: str) -> None:
    path = tmp_path / "sbs_r_nuts06_r2.tsv.gz"
    path.write_bytes(gzip.compress(text.encode()))
    outcome = load("eurostat-sbs", path)
    table = StatisticTable.objects.get(retracted_at=None)
    assert (table.rows, table.first_year, table.last_year, outcome.rows_read) == (4, 2008, 2009, 4)
    assert table.classification.version == "2"  # type: ignore[union-attr]
    assert pl.read_parquet(store / table.path).rows() == [
        ("EL30", "C", "V11210", 2008, None, ""),
        ("EL30", "C", "V11210", 2009, 12.5, "bd"),
        ("ITC1", "B", "V11210", 2008, None, "c"),
        ("ITC1", "B", "V11210", 2009, 677.0, ""),
    ]
    assert load("eurostat-sbs", path).rows_loaded == 0


def test_new_statistics_close_the_old_table_and_undo_brings_it_back(tmp_path: Path, store: Path) -> None:
    path = tmp_path / "sbs_r_nuts06_r2.tsv"
    load("eurostat-sbs", write(path, OLD))
    first = StatisticTable.objects.get()
    outcome = load("eurostat-sbs", write(path, OLD.replace("677", "678")))
    first.refresh_from_db()
    assert first.retracted_by_id == outcome.load
    undo_load(load=Load.objects.get(pk=outcome.load), by=None)
    now = StatisticTable.objects.get(retracted_at=None)
    assert (now.path, now.checksum) == (first.path, first.checksum)
    assert now.pk != first.pk


def test_cell_that_is_neither_number_nor_flag_is_rejected(tmp_path: Path, store: Path) -> None:
    path = write(tmp_path / "sbs_x.tsv", OLD.replace("677", "6x7"))
    outcome = load("eurostat-sbs", path, preview=True)
    assert [(r.number, r.field, r.value.strip()) for r in outcome.rejected] == [(2, "2009", "6x7")]
    assert not StatisticTable.objects.exists()
    with pytest.raises(LoadRefused):
        load("eurostat-sbs", path)
    assert not StatisticTable.objects.exists()


@pytest.mark.django_db
def test_the_planner_knows_the_sizes_after_a_large_load() -> None:
    """Without them SQLite looked through all firms of Europe for the projects of a region's clusters."""
    Territory.objects.create(code="IT", name="Italia", level="nuts0", version="2016", source=source())
    count_anew()
    counted = {
        "sqlite": "SELECT count(*) FROM sqlite_stat1 WHERE tbl = 'reference_territory'",
        "postgresql": "SELECT count(*) FROM pg_stats WHERE tablename = 'reference_territory'",
    }
    with connection.cursor() as cursor:
        cursor.execute(counted[connection.vendor])
        assert cursor.fetchone()[0] > 0
