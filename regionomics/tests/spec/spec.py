"""A method page that is also its test: formula, source, small worked tables with the arithmetic left visible.

Each module `test_<module>.py` in this folder holds `SPECS`, a list of `Spec`, and
`test_examples = examples_of(SPECS)`.
`python regionomics/tests/spec/pages.py` writes one page a spec to docs/methods/; a test fails where
a page is out of date.
"""

from __future__ import annotations

import ast
import math
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import narwhals as nw
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

    def check(self, got: Any) -> None:
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
    cases = [pytest.param(s, k, id=f"{s.function}-{e.title}") for s in specs for k, e in enumerate(s.examples)]

    @pytest.mark.parametrize(("spec", "number"), cases)
    def test_examples(spec: Spec, number: int) -> None:
        spec.examples[number].check(answers(spec)[number]())

    return test_examples


def code_of(spec: Spec) -> list[str]:
    """The code of each example as the page shows it: a table that stands there already is not made again."""
    seen: dict[str, Table] = {}
    blocks = []
    for number, example in enumerate(spec.examples):
        packages = ["import polars as pl", "import regionomics as rg", ""] if number == 0 else []
        made = [_constructor(name, table) for name, table in example.tables.items() if seen.get(name) != table]
        seen.update(example.tables)
        blocks.append("\n".join([*packages, *made, example.call]))
    return blocks


_ANSWERS: dict[str, list[Callable[[], Any]]] = {}


def answers(spec: Spec) -> list[Callable[[], Any]]:
    """What the code of a page gives, example by example, as a reader runs it: from top to bottom in one session, with
    what the page imports and nothing else. It runs once for all tests. Calling an answer gives it or raises its error.
    """
    if spec.function not in _ANSWERS:
        names: dict[str, Any] = {}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", rg.RegionomicsWarning)  # what an answer warns of is said on the page
            _ANSWERS[spec.function] = [_ran(block, spec.function, names) for block in code_of(spec)]
    return _ANSWERS[spec.function]


def _ran(block: str, function: str, names: dict[str, Any]) -> Callable[[], Any]:
    parsed = ast.parse(block, f"{function}.md")
    last = parsed.body.pop()
    assert isinstance(last, ast.Expr), "the last statement of an example is its answer"
    try:
        exec(compile(parsed, f"{function}.md", "exec"), names)
        value = eval(compile(ast.Expression(last.value), f"{function}.md", "eval"), names)
    except Exception as error:  # the example's own test raises it
        failed = error

        def again() -> Any:
            raise failed

        return again
    return lambda: value


def _constructor(name: str, table: Table) -> str:
    """The table as code that makes it, for readers to copy."""
    lines = [f"{name} = pl.DataFrame("]
    columns = [f"{column!r}: {list(values)!r}" for column, values in table.items()]
    for start, column in zip(["{", *[" "] * (len(columns) - 1)], columns, strict=True):
        lines.append(f"    {start}{column},")
    return "\n".join([*lines[:-1], lines[-1].removesuffix(",") + "}", ")"]).replace("'", '"')


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
