"""The importers on real open data; skipped, visibly, where POLIEDRO_DATA is not set."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from poliedro.reference.models import ChangedRow, Code, StatisticTable, Territory
from poliedro.registry.models import (
    DataQualityFinding,
    Organisation,
    Participation,
    Project,
    ProjectPlace,
)
from poliedro.registry.services.imports import import_path, plan

pytestmark = [pytest.mark.django_db, pytest.mark.slow, pytest.mark.usefixtures("in_english")]


def test_everything_in_the_data_folder_loads(real_data: Path, tmp_path: Path, settings: Any) -> None:
    """Each figure is a count of the published files, made outside the importers."""
    settings.VAR = tmp_path
    outcomes = {
        (importer.key, path.name): import_path(importer=importer, path=path, by=None)
        for importer, path in plan(real_data)
    }
    assert not {key: o.rejected for key, o in outcomes.items() if o.rejected}

    assert Territory.objects.filter(level="nuts3").count() == 1522
    assert Territory.objects.filter(level="lau").count() == 7904
    assert Territory.objects.filter(level="lau", parent__parent__code="ITC1").count() == 1181
    assert set(Territory.objects.filter(parent__code="ITC1").values_list("national_code", flat=True)) == {
        "TO", "VC", "BI", "VB", "NO", "CN", "AT", "AL",
    }  # fmt: skip
    assert Code.objects.filter(classification__key="nace", classification__version="2").count() == 996
    assert Code.objects.get(code="01", classification__version="2007").parent.code == "A"  # type: ignore[union-attr]

    h2020 = outcomes["cordis-h2020", "cordis"]
    assert h2020.rows_read == 145374  # the time is measured by benchmarks/load_h2020.py: a test shares its machine
    assert Project.objects.filter(scheme="h2020").count() == 20079
    parts = Participation.objects.filter(project__scheme="h2020")
    assert (parts.count(), parts.filter(contribution_eur=None).count()) == (91341, 9917)
    assert Organisation.objects.filter(source__key="cordis-h2020").count() == 27725
    nameless = parts.filter(organisation__name="").values("organisation").distinct().count()
    named_since = ChangedRow.objects.filter(model="registry.Organisation", before__name="").values("key").distinct()
    assert nameless + named_since.count() == 11134  # the Horizon Europe samples name a few of them
    assert named_since.count() < 50
    assert not Organisation.objects.filter(country__in=["EL", "UK"]).exists()
    coordinators = parts.filter(role="coordinator").values_list("project", flat=True)
    assert len(coordinators) - len(set(coordinators)) == 22
    assert not Organisation.objects.filter(place_text__contains="√").exists()
    piedmont = Organisation.objects.located_in(Territory.objects.get(code="ITC1"))
    assert piedmont.filter(source__key="cordis-h2020").count() > 140
    assert piedmont.filter(source__key="start-ups-it").count() == 683

    assert DataQualityFinding.objects.filter(kind="geolocation", title_en__contains="Bologna").count() == 1
    assert Project.objects.filter(scheme="cohesion").count() == 1269
    assert ProjectPlace.objects.count() == 1276

    statistics = StatisticTable.objects.get(key="sbs_r_nuts06_r2_2008_2013")
    table = pl.read_parquet(tmp_path / "store" / statistics.path)
    assert table.height == 195227 * 6 == statistics.rows
    assert (
        table.filter(pl.col("flag") == "c")["value"].null_count() == 74180 == table.filter(pl.col("flag") == "c").height
    )
