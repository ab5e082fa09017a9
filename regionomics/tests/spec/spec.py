"""A method page that is also its test: formula, source, small worked tables with the arithmetic left visible.

Each module `test_<module>.py` in this folder holds `SPECS`, a list of `Spec`, and
`test_examples = examples_of(SPECS)`.
`python regionomics/tests/spec/pages.py` writes one page a spec to docs/methods/; a test fails where
a page is out of date.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import narwhals as nw
import polars as pl
import pytest

import regionomics as rg

Table = Mapping[str, Sequence[Any]]


@dataclass(frozen=True)
class Example:
    """One worked table.

    title: a sentence that says what the reader sees.
    tables: inputs by name, each name -> column -> values.
    call: the Python expression to evaluate; `rg` is regionomics, each input table is a polars frame under its name.
    expected: column -> values of the answer (only the columns shown are compared, rows in order), or one number. A
        value written as text with arithmetic, "=(30 / 100) / (30 / 200)", is computed by Python and shown as it stands.
    tolerance: absolute.
    """

    title: str
    tables: Mapping[str, Table]
    call: str
    expected: Table | float | str
    tolerance: float = 1e-12

    def answer(self) -> Any:
        given = {name: pl.DataFrame(t) for name, t in self.tables.items()}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", rg.RegionomicsWarning)  # what an answer warns of is said on the page
            return eval(self.call, {"rg": rg, "pl": pl, **given})

    def check(self) -> None:
        got = self.answer()
        if not isinstance(self.expected, Mapping):
            assert got == pytest.approx(_value(self.expected), abs=self.tolerance)
            return
        columns = nw.from_native(got, eager_only=True).to_dict(as_series=False)
        for name, values in self.expected.items():
            assert name in columns, f"{name} is not among {list(columns)}"
            assert len(columns[name]) == len(values), f"{name}: {columns[name]}"
            for row, (mine, theirs) in enumerate(zip(columns[name], (_value(v) for v in values), strict=True)):
                if isinstance(theirs, float) and mine is not None:
                    assert math.isclose(mine, theirs, rel_tol=0, abs_tol=self.tolerance), (name, row, mine, theirs)
                else:
                    assert mine == theirs, (name, row, mine, theirs)


@dataclass(frozen=True)
class Spec:
    """One public function.

    function: its public name. module: the module it lives in. formula: markdown. source: reference with DOI where
    there is one. conventions: peer or paper -> what it gives and why it differs (or agrees). plot: () -> figure.
    """

    function: str
    module: str
    formula: str
    source: str
    examples: Sequence[Example]
    conventions: Mapping[str, str] = field(default_factory=dict)
    notes: str = ""
    plot: Callable[[], Any] | None = None


def examples_of(specs: Sequence[Spec]) -> Callable[..., None]:
    """The test that checks every example of `specs`."""
    cases = [pytest.param(e, id=f"{s.function}-{e.title}") for s in specs for e in s.examples]

    @pytest.mark.parametrize("example", cases)
    def test_examples(example: Example) -> None:
        example.check()

    return test_examples


def _value(value: Any) -> Any:
    if isinstance(value, str) and value.startswith("="):
        from math import exp, log, log2, sqrt

        return float(
            eval(
                value[1:],
                {"log": log, "log2": log2, "sqrt": sqrt, "exp": exp, "sum": sum, "max": max, "min": min, "abs": abs},
            )
        )
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else value
