"""What an analysis is, and how one is computed: inputs -> tables -> bytes. Nothing is written here."""

from __future__ import annotations

import hashlib
import json
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from io import BytesIO
from typing import Any, Protocol

import polars as pl

import regionomics as rg


class NoInput(LookupError):
    """An analysis lacks a table that it reads; the message says how to load it."""


class InvalidParameters(ValueError):
    """A parameter that the analysis does not have, or a value that it does not take."""


@dataclass(frozen=True)
class Input:
    """A table that an analysis reads: its name, the SHA-256 of its content, its rows and where it comes from."""

    name: str
    checksum: str
    rows: int
    source: str
    certainty: str

    def stated(self) -> dict[str, Any]:
        return {"name": self.name, "checksum": self.checksum, "rows": self.rows, "source": self.source}


@dataclass(frozen=True)
class ColumnCard:
    """What a column holds. label, unit, null_means: English, translated where they are shown."""

    name: str
    label: str
    unit: str = ""
    null_means: str = ""


@dataclass(frozen=True)
class TableCard:
    """A result table: its title and columns. A table holds these columns, in this order."""

    name: str
    title: str
    columns: tuple[ColumnCard, ...]


class Reports(Protocol):
    """Hears how far a run is."""

    def __call__(self, done: int, total: int, message: str) -> None: ...


def silent(done: int, total: int, message: str) -> None:
    """Nobody listens."""


@dataclass(frozen=True)
class Context:
    """What a calculation is given. engine: "polars", "duckdb" or "spark", which reads and prepares the large tables."""

    parameters: Mapping[str, Any]
    engine: str = "polars"
    seed: int | None = None
    report: Reports = silent


@dataclass(frozen=True)
class Outcome:
    """What a calculation gives: its tables by name, few numbers for sentences, and the period it speaks of."""

    tables: Mapping[str, pl.DataFrame]
    headline: Mapping[str, Any] = field(default_factory=dict)
    period: str = ""


@dataclass(frozen=True)
class Analysis:
    """An analysis that can be run by name.

    version: raise it when the calculation changes. defaults: its parameters. inputs: what it would read. steps: how
    many times `compute` reports progress.
    """

    key: str
    version: int
    title: str
    question: str
    defaults: Mapping[str, Any]
    inputs: Callable[[Mapping[str, Any]], list[Input]]
    compute: Callable[[Context], Outcome]
    tables: tuple[TableCard, ...]
    seed: int | None = None
    modelled: bool = True
    """Whether its figures are estimates even where its inputs are official; False for sums and shares."""
    allowed: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    """The values that a parameter takes, where they are few."""
    open: bool = True
    """Whether anyone may read its runs; else only the room that made them shows them, to whom it may."""

    def with_defaults(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Raises InvalidParameters for a parameter that the analysis lacks, or a value that it does not take."""
        unknown = sorted(set(given) - set(self.defaults))
        if unknown:
            raise InvalidParameters(f"{self.key} has no parameter {unknown[0]!r}; it has {', '.join(self.defaults)}")
        return {name: self._checked(name, given.get(name, usual)) for name, usual in self.defaults.items()}

    def _checked(self, name: str, value: Any) -> Any:
        """The value in the kind of the usual one: a number, not below 0, or words."""
        usual = self.defaults[name]
        if isinstance(usual, int | float):
            try:
                number = float(value)
            except (TypeError, ValueError):
                number = -1.0
            if not 0 <= number < float("inf"):
                raise InvalidParameters(f"{name} is {value!r}; give a number of 0 or more, such as {usual}")
            return int(number) if number.is_integer() else number
        if not isinstance(value, str) or not value:
            raise InvalidParameters(f"{name} is {value!r}; give a name such as {usual}")
        if name in self.allowed and value not in self.allowed[name]:
            raise InvalidParameters(f"{name} is {value!r}; it can be {', '.join(self.allowed[name])}")
        return value


@dataclass(frozen=True)
class Encoded:
    """A result table as the store keeps it."""

    card: TableCard
    body: bytes
    checksum: str
    rows: int


def code_version() -> str:
    return f"regionomics {version('regionomics')}"


def run_key(analysis: Analysis, parameters: Mapping[str, Any], inputs: list[Input]) -> str:
    """16 hexadecimal digits made of all that decides the result."""
    stated = {
        "analysis": analysis.key,
        "version": analysis.version,
        "code": code_version(),
        "parameters": parameters,
        "inputs": sorted((i.name, i.checksum) for i in inputs),
        "seed": analysis.seed,
    }
    return hashlib.sha256(json.dumps(stated, sort_keys=True, default=str).encode()).hexdigest()[:16]


def compute(analysis: Analysis, context: Context) -> tuple[Outcome, list[Encoded]]:
    """The analysis' tables, checked against their cards and encoded."""
    with warnings.catch_warnings():
        # Each column of a run states what null means in it, which is what this would say once more.
        warnings.simplefilter("ignore", rg.InputWarning)
        outcome = analysis.compute(context)
    encoded = []
    for card in analysis.tables:
        frame = outcome.tables[card.name]
        names = [c.name for c in card.columns]
        if frame.columns != names:
            raise RuntimeError(f"{analysis.key}: table {card.name} has {frame.columns}, its card {names}")
        body = BytesIO()
        frame.write_parquet(body, compression="zstd")
        content = body.getvalue()
        encoded.append(Encoded(card, content, hashlib.sha256(content).hexdigest(), frame.height))
    return outcome, encoded
