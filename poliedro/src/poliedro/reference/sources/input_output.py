"""Symmetric input-output tables in long form: what each industry buys from each product group.

As Eurostat publishes them; columns by any of their names: product (prd_ava, prd_use, prod_na, product), industry
(ind_use, induse, industry), geo, year (TIME_PERIOD, time, year), value (OBS_VALUE, values, value), and where there is
one stk_flow (DOM: made in the country; TOTAL: with imports). Eurostat's bulk TSV of the same table is read by
`eurostat`, which keeps its names.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import polars as pl
from django.utils.translation import gettext as _

from poliedro.reference.rules import product_code
from poliedro.reference.sources.eurostat import LongTable, encoded, write_whole
from poliedro.reference.sources.files import File, UnreadableFile
from poliedro.reference.sources.tables import BadValue, Rejected, columns, matches, number, read_rows, year

KEY = "input-output"
ASKED = columns(
    required="product=prd_ava|prd_use|prod_na|product, industry=ind_use|induse|industry, territory=geo|territory, "
    "year=TIME_PERIOD|time|year, value=OBS_VALUE|values|value",
    optional="flow=stk_flow|flow, unit",
)
REJECTED_SHOWN = 1000
SCHEMA = {
    "territory": pl.String, "activity": pl.String, "indicator": pl.String, "year": pl.Int16, "value": pl.Float64,
    "flag": pl.String, "flow": pl.String, "unit": pl.String,
}  # fmt: skip


def is_table(file: File) -> bool:
    return matches(file, ASKED)


def keep_long(file: File, store: Path) -> LongTable:
    """Keep the table as `eurostat.keep_long` does. activity: the product sold; indicator: the industry that buys it, or
    the final use. A pair given twice is rejected, since nobody can say which of the two holds."""
    rows: list[tuple[str | int | float | None, ...]] = []
    rejected: list[Rejected] = []
    seen: set[tuple[str, ...]] = set()
    read = 0
    for row in read_rows(file, ASKED):
        read += 1
        if isinstance(row, Rejected):
            rejected.append(row)
            continue
        key = tuple(row[name] for name in ("territory", "product", "industry", "year", "flow", "unit"))
        if key in seen:
            remedy = _("keep one of the two rows")
            rejected.append(
                Rejected(row.number, "product", row["product"], _("this pair is given twice"), remedy, file.name)
            )
            continue
        seen.add(key)
        try:
            when = year("year", row["year"][:4])
            amount = number("value", row["value"].rstrip(" bdepsuz").replace(":", ""))
        except BadValue as fault:
            rejected.append(fault.row(row.number, file.name, row.labels.get(fault.name, "")))
            continue
        code, buyer = product_code(row["product"]), product_code(row["industry"])
        value = None if amount is None else float(amount)
        rows.append((row["territory"], code, buyer, when, value, "", row["flow"], row["unit"]))
    if not rows:
        raise UnreadableFile(
            _("%(file)s holds no cell that can be read") % {"file": file.name}, _("give the whole file")
        )
    frame = pl.DataFrame(rows, schema=SCHEMA, orient="row").sort(
        "territory", "year", "flow", "activity", "indicator", "unit"
    )
    body = encoded(frame)
    checksum = hashlib.sha256(body).hexdigest()
    relative = f"statistics/{KEY}-{checksum[:16]}.parquet"
    write_whole(store / relative, body)
    return LongTable(
        KEY, relative, checksum, frame.height, read, int(str(frame["year"].min())), int(str(frame["year"].max())), "2",
        tuple(rejected[:REJECTED_SHOWN]),
    )  # fmt: skip
