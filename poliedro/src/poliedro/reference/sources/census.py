"""US County Business Patterns by metropolitan area: `cbsa_code,naics_code,naics_level,EMP,ESTAB`, one year a file.

The column naics_level is wrong for the sectors that span two digits (31-33, 44-45, 48-49 are marked level 5), so the
level is taken from the code.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import polars as pl

from poliedro.reference.sources.eurostat import LongTable, encoded, write_whole
from poliedro.reference.sources.files import File, UnreadableFile
from poliedro.reference.sources.tables import Rejected, header_cells

KEYS = ("cbsa_code", "naics_code")
REJECTED_SHOWN = 1000


def is_table(file: File) -> bool:
    cells = {c.strip().lower() for c in header_cells(file)} if file.name.endswith(".csv") else set()
    return cells >= {*KEYS, "emp"}


def keep_long(file: File, store: Path) -> LongTable:
    """Keep the table as `eurostat.keep_long` does: territory, activity, indicator (EMP, ESTAB), year, value, flag."""
    found = re.search(r"(19|20)\d\d", file.name)
    if not found:
        raise UnreadableFile(f"{file.name} names no year", "put it into the name, such as cbp_cbsa_2019.csv")
    with file.open() as stream:
        wide = pl.read_csv(stream.read(), infer_schema=False)
    wide = wide.rename({c: c.strip().lower() for c in wide.columns}).with_row_index("number", 2)
    indicators = [c for c in ("emp", "estab") if c in wide.columns]
    long = wide.unpivot(index=["number", *KEYS], on=indicators, variable_name="indicator", value_name="cell")
    long = long.with_columns(value=pl.col("cell").cast(pl.Float64, strict=False))
    bad = (pl.col("cell").is_not_null() & pl.col("value").is_null()) | pl.any_horizontal(
        pl.col(k).is_null() for k in KEYS
    )
    rejected = tuple(
        Rejected(r["number"], r["indicator"], str(r["cell"]), "is not a number", "download it again", file.name)
        for r in long.filter(bad).head(REJECTED_SHOWN).iter_rows(named=True)
    )
    good = long.filter(~bad).select(
        territory=pl.col("cbsa_code").str.strip_chars(),
        activity=pl.col("naics_code").str.strip_chars(),
        indicator=pl.col("indicator").str.to_uppercase(),
        year=pl.lit(int(found.group()), pl.Int16),
        value="value",
        flag=pl.lit(""),
    )
    good = good.sort(good.columns[:4])
    key = file.name.split(".")[0]
    body = encoded(good)
    checksum = hashlib.sha256(body).hexdigest()
    relative = f"statistics/{key}-{checksum[:16]}.parquet"
    write_whole(store / relative, body)
    year = int(found.group())
    return LongTable(
        key, relative, checksum, good.height, wide.height * len(indicators), year, year, "2017", rejected
    )  # fmt: skip
