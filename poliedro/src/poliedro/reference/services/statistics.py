"""Loads open statistics: the table goes into the store as Parquet, a row says what it holds."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings

from poliedro.reference.models import Classification, StatisticTable
from poliedro.reference.services.loads.run import Facts, Importer, Run
from poliedro.reference.sources import eurostat

TITLES = {
    "sbs_r_nuts06_r2_2008_2013": "Structural business statistics by region (NUTS 2) and activity (NACE Rev. 2)",
    "sbs_r_nuts06_r2": "Structural business statistics by region (NUTS 2) and activity (NACE Rev. 2)",
    "sbs_na_sca_r2": "Structural business statistics by country and activity (NACE Rev. 2)",
}


def load_eurostat(run: Run, path: Path) -> None:
    """Territory codes are those of NUTS (EL and UK), as in Territory."""
    values = ("title", "path", "checksum", "rows", "first_year", "last_year", "classification_id")
    tables = Facts(run, StatisticTable, ("key",), values)
    for file in eurostat.tables_in(path):
        run.progress.start(file.name)
        table = eurostat.keep_long(file, settings.VAR / "store")
        run.read += table.cells_read
        run.rejected += table.rejected
        classification = None
        if table.classification:
            classification, _ = Classification.objects.get_or_create(
                key="nace", version=table.classification, defaults={"name": f"NACE Rev. {table.classification}"}
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


IMPORTERS = (
    Importer(
        "eurostat-sbs", "Eurostat structural business statistics", "eurostat-sbs",
        "bulk TSV, plain or gzip, of any year",
        lambda path: next(eurostat.tables_in(path), None) is not None, load_eurostat, order=30,
    ),
)  # fmt: skip
