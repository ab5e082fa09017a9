"""Eurostat bulk tables (TSV), the layout up to 2022 and today's, into long form kept as Parquet.

Before: `nace_r2,indic_sb,geo\\time<TAB>2013 <TAB>...`; today: `freq,nace_r2,indic_sb,geo\\TIME_PERIOD<TAB>2013
<TAB>...`.
A cell is a value, a flag or both: `677 `, `: `, `: c`, `12.5 bd`. Flags are kept; `:` is null.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from poliedro.reference.sources.files import File, UnreadableFile, files_in
from poliedro.reference.sources.tables import Rejected

CELL = r"^\s*(:|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)\s*([a-z]*)\s*$"
ROLES = {
    "geo": "territory",
    "nace_r2": "activity",
    "nace_r21": "activity",
    "indic_sb": "indicator",
    "indic_sbs": "indicator",
}
REJECTED_SHOWN = 1000


@dataclass(frozen=True)
class LongTable:
    """A table in long form and what it holds. file: path of the Parquet file, relative to the store."""

    key: str
    file: str
    checksum: str
    rows: int
    cells_read: int
    first_year: int
    last_year: int
    classification: str
    rejected: tuple[Rejected, ...]


def is_table(file: File) -> bool:
    if not file.name.endswith((".tsv", ".tsv.txt")):
        return False
    return "geo" in _dimensions(_header(file)[0])


def _header(file: File) -> list[str]:
    with file.open() as stream:
        return stream.readline().decode("utf-8-sig", "replace").rstrip("\r\n").split("\t")


def _dimensions(cell: str) -> list[str]:
    """The names of the key columns: `freq,nace_r2,indic_sb,geo\\TIME_PERIOD` -> freq, nace_r2, indic_sb, geo."""
    return [name.strip().lower() for name in cell.split("\\")[0].split(",")]


def tables_in(path: Path) -> Iterator[File]:
    return filter(is_table, files_in(path))


def keep_long(file: File, store: Path) -> LongTable:
    """Parse the table and write its long form into the store, under a name that its content gives.

    Columns: territory, activity, indicator, year, value (float, null: not available), flag, then any further dimension.
    The file appears whole or not at all: it is written beside and renamed.
    """
    header = _header(file)
    names = _dimensions(header[0])
    years = [cell.strip() for cell in header[1:]]
    if not years or not all(y[:4].isdigit() for y in years if y):
        raise UnreadableFile(f"{file.name} has no years in its header", "give Eurostat's bulk TSV", row=1)
    with file.open() as stream:
        wide = pl.read_csv(
            stream.read(), separator="\t", quote_char=None, infer_schema=False, has_header=False, skip_rows=1,
            new_columns=["key", *years], truncate_ragged_lines=True,
        )  # fmt: skip
    long, rejected = _long(wide, names, file.name)
    key = file.name.split(".")[0].replace("estat_", "")
    body = encoded(long)
    checksum = hashlib.sha256(body).hexdigest()
    relative = f"statistics/{key}-{checksum[:16]}.parquet"
    write_whole(store / relative, body)
    return LongTable(
        key=key,
        file=relative,
        checksum=checksum,
        rows=long.height,
        cells_read=wide.height * len(years),
        first_year=int(long["year"].min() or 0),  # type: ignore[arg-type]
        last_year=int(long["year"].max() or 0),  # type: ignore[arg-type]
        classification="2" if "nace_r2" in names else "2.1" if "nace_r21" in names else "",
        rejected=rejected,
    )


def _long(wide: pl.DataFrame, names: list[str], file: str) -> tuple[pl.DataFrame, tuple[Rejected, ...]]:
    parts = wide["key"].str.split_exact(",", len(names) - 1).struct.rename_fields(names)
    frame = wide.drop("key").with_columns(parts.struct.unnest(), number=pl.int_range(2, wide.height + 2))
    long = frame.unpivot(index=[*names, "number"], variable_name="year", value_name="cell").with_columns(
        pl.col("cell").fill_null(":"),
        *(pl.col(n).str.strip_chars() for n in names),
    )
    groups = long["cell"].str.extract_groups(CELL).struct.rename_fields(["value", "flag"]).struct.unnest()
    long = long.with_columns(groups["value"].alias("text"), groups["flag"].alias("flag"))
    bad = long.filter(pl.col("text").is_null() | pl.any_horizontal(pl.col(n).is_null() for n in names))
    rejected = tuple(
        Rejected(
            r["number"], r["year"], r["cell"], "is neither a number nor ':' with flags", "download it again", file
        )
        for r in bad.head(REJECTED_SHOWN).iter_rows(named=True)
    )  # fmt: skip
    extra = [n for n in names if n not in ROLES and n != "freq"]
    roles = {n: ROLES[n] for n in names if n in ROLES}
    good = long.filter(pl.col("text").is_not_null()).with_columns(
        value=pl.when(pl.col("text") == ":").then(None).otherwise(pl.col("text")).cast(pl.Float64, strict=False),
        year=pl.col("year").str.slice(0, 4).cast(pl.Int16),
    )
    good = good.rename(roles)
    for role in ("activity", "indicator"):
        if role not in good.columns:
            good = good.with_columns(pl.lit(None, pl.String).alias(role))
    order = ["territory", "activity", "indicator", "year", "value", "flag", *extra]
    return good.select(order).sort([*order[:4], *extra]), rejected


def encoded(frame: pl.DataFrame) -> bytes:
    """The table as Parquet: same rows, same bytes."""
    from io import BytesIO

    buffer = BytesIO()
    frame.write_parquet(buffer, compression="zstd", statistics=True)
    return buffer.getvalue()


def write_whole(path: Path, body: bytes) -> None:
    """Write beside and rename, so that a killed process leaves no half file under the name."""
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f"{path.name}.{os.getpid()}.part")
    with beside.open("wb") as out:
        out.write(body)
        out.flush()
        os.fsync(out.fileno())
    beside.replace(path)
