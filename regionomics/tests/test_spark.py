"""Spark tables in, Spark tables out; the same numbers as from polars. Skipped where pyspark or Java is missing."""

from __future__ import annotations

import shutil

import polars as pl
import pytest

import regionomics as rg

pyspark = pytest.importorskip("pyspark", reason="pyspark is not installed")
pytestmark = [
    pytest.mark.skipif(shutil.which("java") is None, reason="Spark needs Java"),
    pytest.mark.filterwarnings("ignore"),  # Spark's own and its gateway's
]
ROWS = [
    (year, place, activity, float((7 * p + 5 * a + 3 * year) % 11))
    for year in (2020, 2021)
    for p, place in enumerate("ABCDE")
    for a, activity in enumerate(("cars", "robots", "silk", "wine"))
]
NAMES = ["year", "place", "activity", "value"]
LOCAL = pl.DataFrame(ROWS, schema=NAMES, orient="row")


@pytest.fixture(scope="module")
def spark():
    from pyspark.sql import SparkSession

    session = (
        SparkSession.builder.master("local[1]")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.shuffle.partitions", "1")
        # Half the processor time for a Spark that lives for seconds: no second compiler, no generated code.
        .config("spark.driver.extraJavaOptions", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")
        .config("spark.sql.codegen.wholeStage", "false")
        .getOrCreate()
    )
    yield session.createDataFrame(ROWS, NAMES)
    session.stop()


def answers(table, one_year):
    complexity = rg.economic_complexity(one_year)
    return {
        "location_quotient": rg.location_quotient(table, by="year"),
        "presence": rg.presence(table, time="year", window=2),
        "density": rg.relatedness_density(one_year),
        "eci": complexity.places,
        "pci": complexity.activities,
        "relatedness": rg.relatedness(one_year, method="conditional").table(),
        "relatedness by year": rg.relatedness(table, by="year", method="conditional").table(),
        "growth": rg.growth(table),
    }


def test_spark_gives_what_polars_gives(spark):
    from pyspark.sql import DataFrame

    expected = answers(LOCAL, LOCAL.filter(pl.col("year") == 2020))
    for name, got in answers(spark, spark.filter(spark.year == 2020)).items():
        assert isinstance(got, DataFrame), name
        rows = [tuple(row) for row in got.collect()]
        assert got.columns == expected[name].columns, name
        assert len(rows) == expected[name].height, name
        for mine, theirs in zip(rows, expected[name].rows(), strict=True):
            assert mine == pytest.approx(theirs, nan_ok=False), name


def test_spark_table_that_breaks_a_rule_is_refused(spark):
    with pytest.raises(rg.InvalidTable, match="appears 2 times"):
        rg.gini(spark)
