"""Loads open statistics: the table goes into the store as Parquet, a row says what it holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from django.conf import settings

from poliedro.reference.models import Classification, StatisticTable
from poliedro.reference.services.loads.run import Facts, Importer, Run
from poliedro.reference.sources import census, eurostat, input_output
from poliedro.reference.sources.eurostat import LongTable
from poliedro.reference.sources.files import File, files_in

TITLES = {
    "sbs_r_nuts06_r2_2008_2013": "Structural business statistics by region (NUTS 2) and activity (NACE Rev. 2)",
    "sbs_r_nuts06_r2": "Structural business statistics by region (NUTS 2) and activity (NACE Rev. 2)",
    "us_cbp_cbsa_naics_emp_2019": "Employment of US metropolitan areas by activity (NAICS 2017)",
    "input-output": "Symmetric input-output table: who buys what from whom, by product group",
    "naio_10_cp1700": "Symmetric input-output tables of European countries, product by product",
    "sbs_na_sca_r2": "Structural business statistics by country and activity (NACE Rev. 2)",
}


def load_tables(
    run: Run,
    path: Path,
    *,
    tables_in: Callable[[Path], Iterator[File]],
    keep: Callable[[File, Path], LongTable],
    family: str,
) -> None:
    """Territory codes stay those of the file (NUTS with EL and UK; CBSA); each table keeps its version's codes."""
    values = ("title", "path", "checksum", "rows", "first_year", "last_year", "classification_id")
    tables = Facts(run, StatisticTable, ("key",), values)
    for file in tables_in(path):
        run.progress.start(file.name)
        table = keep(file, settings.VAR / "store")
        run.read += table.cells_read
        run.rejected += table.rejected
        classification = None
        if table.classification:
            classification, _ = Classification.objects.get_or_create(
                key=family, version=table.classification, defaults={"name": f"{NAMES[family]} {table.classification}"}
            )
        changed = tables.state(
            (table.key[:60],),
            (
                TITLES.get(table.key, table.key), table.file, table.checksum, table.rows,
                table.first_year, table.last_year, classification.pk if classification else None,
            ),
        )  # fmt: skip
        if changed:
            run.loaded += table.rows
        else:
            run.unchanged += table.rows
        run.progress.advance(table.rows)
    tables.save()


NAMES = {"nace": "NACE Rev.", "naics": "NAICS"}


def _census_tables(path: Path) -> Iterator[File]:
    return filter(census.is_table, files_in(path))


def _flow_tables(path: Path) -> Iterator[File]:
    return filter(input_output.is_table, files_in(path))


IMPORTERS = (
    Importer(
        "eurostat-sbs", "Eurostat structural business statistics", "eurostat-sbs",
        "bulk TSV, plain or gzip, of any year",
        lambda path: next(eurostat.tables_in(path), None) is not None,
        partial(load_tables, tables_in=eurostat.tables_in, keep=eurostat.keep_long, family="nace"), order=30,
    ),
    Importer(
        "us-cbp", "US County Business Patterns by metropolitan area", "us-cbp",
        "cbsa_code,naics_code,naics_level,EMP,ESTAB; the year in the file's name",
        lambda path: next(_census_tables(path), None) is not None,
        partial(load_tables, tables_in=_census_tables, keep=census.keep_long, family="naics"), order=31,
        in_folders=False,
    ),
    Importer(
        "input-output", "Input-output table by product group", "input-output",
        "CSV in long form: prd_ava,ind_use,geo,TIME_PERIOD,OBS_VALUE and, if there, stk_flow (bulk TSV: eurostat-sbs)",
        lambda path: next(_flow_tables(path), None) is not None,
        partial(load_tables, tables_in=_flow_tables, keep=input_output.keep_long, family="nace"), order=32,
    ),
)  # fmt: skip
