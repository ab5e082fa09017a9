"""The example calls are data only, and give the published answers on worked cases."""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import yaml

from poliedro.funding.rules.document import CallDocument, Case, judge, read_call, verdict
from poliedro.funding.rules.soundness import faults_of

ROOT = Path(find_spec("poliedro").origin).parent  # type: ignore[union-attr,arg-type]
FILES = sorted((ROOT / "regions" / "calls").rglob("*.yaml"))


@cache
def document(path: Path) -> CallDocument:
    return read_call(yaml.safe_load(path.read_text(encoding="utf-8"))["document"])


CASES = [(path, case) for path in FILES for case in document(path).cases]


def named(case: Any) -> str:
    return case.name if isinstance(case, Case) else case.stem


def test_four_calls_are_shipped_with_more_than_forty_cases() -> None:
    assert {p.stem for p in FILES} == {"prism-e", "pass", "swich", "start-up"}
    assert len(CASES) >= 40


@pytest.mark.parametrize(("path", "case"), CASES, ids=named)
def test_a_worked_case_gets_the_published_answer(path: Path, case: Case) -> None:
    answers = judge(document(path), case.line, case.dossier)
    assert verdict(list(answers.values())) == case.expects
    if case.expects == "fail":
        refusing = [key for key, answer in answers.items() if answer.value is False]
        assert refusing == [case.tests]  # the sentence that the case tries, and no other
    if case.expects == "unknown":
        assert answers[case.tests].value is None
        assert False not in {answer.value for answer in answers.values()}


@pytest.mark.parametrize("path", FILES, ids=named)
def test_every_rule_is_tried_by_a_case(path: Path) -> None:
    assert {r.key for r in document(path).rules} == {c.tests for c in document(path).cases}


@pytest.mark.parametrize("path", FILES, ids=named)
def test_every_line_can_be_won(path: Path) -> None:
    assert [f for f in faults_of(document(path)) if f.blocks] == []


def test_no_python_names_a_call() -> None:
    words = [p.stem.replace("-", "") for p in FILES if p.stem not in {"pass", "start-up"}] + ["prisme", "linea1a"]
    for path in ROOT.rglob("*.py"):
        text = path.read_text(encoding="utf-8").lower().replace("-", "").replace("_", "")
        assert not [w for w in words if w in text], path
    for path in ROOT.rglob("*.py"):
        assert "calls/piedmont" not in path.read_text(encoding="utf-8"), path
