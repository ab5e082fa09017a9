"""Spark, for tables that outgrow one machine. Local unless SPARK_REMOTE names a region's own server (Spark Connect)."""

from __future__ import annotations

import os
from functools import cache
from typing import Any


class NoSpark(RuntimeError):
    """Spark was asked for and is not installed, or has no Java."""


@cache
def session() -> Any:
    """The session of this process. Raises NoSpark, with the remedy."""
    try:
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise NoSpark("pyspark is not installed; install it beside poliedro, with Java 17 or later") from error
    builder = SparkSession.builder.appName("poliedro").config("spark.sql.session.timeZone", "UTC")
    remote = os.environ.get("SPARK_REMOTE")
    if remote:
        return builder.remote(remote).getOrCreate()
    return (
        builder.master("local[2]")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.shuffle.partitions", "2")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.memory", "1g")
        .getOrCreate()
    )
