"""Variables of a study from the accounts of its extract."""

from __future__ import annotations

from typing import Any

import polars as pl

from poliedro.monitoring.rules.impact import Declaration
from regionomics import impact
from regionomics.errors import RegionomicsError

SIZE_LIMITS = (("micro", 10, 2e6, 2e6), ("small", 50, 10e6, 10e6), ("medium", 250, 50e6, 43e6))
"""Size class, persons below, turnover up to or balance sheet up to (EUR). Recommendation 2003/361/EC."""


def with_variables(extract: pl.DataFrame) -> pl.DataFrame:
    """The extract with what firms are matched on and asked about; null where an amount is unknown or not above 0.

    Adds those of log_turnover, log_assets, log_persons, debt_ratio (debt / assets), labour_share (labour cost /
    turnover), value_added_share (value added / turnover), turnover_growth (log points against the year before), age
    (years), size (class by the year's own accounts), materials (turnover less value added, EUR) and
    log_value_added_per_worker whose amounts are in the extract.
    """
    held = set(extract.columns)
    logs = [f"log_{name}" for name in ("turnover", "assets", "persons", "value_added") if name in held]
    frame = _in_order(extract).with_columns(
        pl.when(pl.col(name[4:]) > 0).then(pl.col(name[4:])).log().alias(name) for name in logs
    )
    before = pl.when(_SAME & (pl.col("year").shift(1) == pl.col("year") - 1))
    made: dict[str, tuple[set[str], pl.Expr]] = {
        "debt_ratio": ({"debt", "assets"}, pl.col("debt") / _above_zero("assets")),
        "labour_share": ({"labour_cost", "turnover"}, pl.col("labour_cost") / _above_zero("turnover")),
        "value_added_share": ({"value_added", "turnover"}, pl.col("value_added") / _above_zero("turnover")),
        "turnover_growth": ({"turnover"}, before.then(pl.col("log_turnover") - pl.col("log_turnover").shift(1))),
        "age": ({"founded"}, (pl.col("year") - pl.col("founded")).cast(pl.Float64)),
        "size": ({"persons", "turnover", "assets"}, _size()),
        "materials": ({"turnover", "value_added"}, pl.col("turnover") - pl.col("value_added")),
        "log_value_added_per_worker": ({"value_added", "persons"}, pl.col("log_value_added") - pl.col("log_persons")),
    }
    return frame.with_columns(expression.alias(name) for name, (needed, expression) in made.items() if needed <= held)


_SAME = pl.col("firm") == pl.col("firm").shift(1)


def _in_order(extract: pl.DataFrame) -> pl.DataFrame:
    """The rows in the order of firm and year, in which an extract is written: sorted where they are not."""
    later = (pl.col("firm") > pl.col("firm").shift(1)) | (_SAME & (pl.col("year") > pl.col("year").shift(1)))
    return extract if extract.select(later.fill_null(True).all()).item() else extract.sort("firm", "year")


OUTCOME_COLUMN = {
    "turnover": "log_turnover",
    "persons": "log_persons",
    "value_added_per_worker": "log_value_added_per_worker",
    "tfp": "log_tfp",
}


def _above_zero(name: str) -> pl.Expr:
    return pl.when(pl.col(name) > 0).then(pl.col(name))


_SIZES = pl.Enum(["", *(name for name, *_limits in SIZE_LIMITS), "large"])


def _of_size(name: str) -> pl.Expr:
    return pl.lit(name, dtype=_SIZES)


def _size() -> pl.Expr:
    size: Any = pl.when(pl.col("persons").is_null()).then(_of_size(""))
    for name, persons, turnover, assets in SIZE_LIMITS:
        money = (pl.col("turnover").is_null() | (pl.col("turnover") <= turnover)) | (
            pl.col("assets").is_null() | (pl.col("assets") <= assets)
        )
        size = size.when((pl.col("persons") < persons) & money).then(_of_size(name))
    made: pl.Expr = size.otherwise(_of_size("large")).alias("size")
    return made


def with_tfp(frame: pl.DataFrame, declaration: Declaration) -> tuple[pl.DataFrame, dict[str, Any]]:
    """The frame with log_tfp, and how it was estimated. Where it cannot be, log_tfp is null and `refused` says why."""
    costs = frame.filter(pl.col("labour_cost") > 0).height > frame.height / 2
    try:
        found = impact.productivity(
            frame,
            unit="firm",
            time="year",
            output="value_added",
            labour="persons",
            capital="assets",
            proxy="materials",
            costs="labour_cost" if costs else None,
            method=declaration.tfp_method,
        )
    except RegionomicsError as refused:
        return frame.with_columns(pl.lit(None, pl.Float64).alias("log_tfp")), {"refused": str(refused)}
    tfp = found.residuals.select("firm", "year", pl.col("tfp").alias("log_tfp"))
    stated = {"labour": found.labour, "capital": found.capital, "roots": found.roots.height}
    stated |= {"method": declaration.tfp_method, "by_costs": costs}
    return frame.join(tfp, on=["firm", "year"], how="left", maintain_order="left"), stated
