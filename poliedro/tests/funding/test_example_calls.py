"""The example calls are data only, and give the published answers on worked cases."""

from __future__ import annotations

import ast
import re
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
    return case.name.en if isinstance(case, Case) else case.stem


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


GETTEXT = {"_", "gettext", "gettext_lazy", "pgettext", "pgettext_lazy"}
WORDS_OF_OTHERS = {"pass", "start-up"}
"""Keys that are words of their own: the verdict "pass", the kind of firm. They are looked for where a key stands."""
KEYS = re.compile(r"key|slug|call|measure|programme|line", re.IGNORECASE)


def marked(tree: ast.AST) -> set[int]:
    """The literals that are words for people, not keys: those in a gettext call, and docstrings."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in GETTEXT:
            found |= {id(a) for a in node.args}
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            found.add(id(node.value))
    return found


def names_a_call(text: str, keys: set[str], titles: set[str]) -> list[str]:
    """Literals of a module that name a call: its title, or its key held against a key, a call, a measure or a line."""
    tree = ast.parse(text)
    words = marked(tree)
    texts = [n for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str)]
    found = [n.value for n in texts if any(t in n.value for t in titles)]
    found += [n.value for n in texts if id(n) not in words and n.value in keys - WORDS_OF_OTHERS]
    for node in ast.walk(tree):
        beside: list[tuple[str, ast.AST]] = []
        if isinstance(node, ast.Compare):
            parts = [node.left, *node.comparators]
            beside = [(ast.unparse(other), part) for part in parts for other in parts if other is not part]
        elif isinstance(node, ast.keyword) and node.arg:
            beside = [(node.arg, node.value)]
        elif isinstance(node, ast.Dict):
            beside = [(ast.unparse(k), v) for k, v in zip(node.keys, node.values, strict=True) if k is not None]
        elif isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] not in GETTEXT:
            beside = [(ast.unparse(node.func), a) for a in node.args]
        for name, part in beside:
            for n in [part, *getattr(part, "elts", ())] if KEYS.search(name) else ():
                if isinstance(n, ast.Constant) and n.value in keys and id(n) not in words:
                    found.append(n.value)
    return found


def test_no_python_names_a_call() -> None:
    raw = [yaml.safe_load(p.read_text(encoding="utf-8")) for p in FILES]
    keys = {part for r in raw for part in (r["document"]["key"], r["measure"]["key"])}
    titles = {t for r in raw for t in (*r["document"]["title"].values(), r["measure"]["it"], r["measure"]["en"])}
    assert keys >= WORDS_OF_OTHERS
    words = [p.stem.replace("-", "") for p in FILES if p.stem not in WORDS_OF_OTHERS] + ["prisme", "linea1a"]
    capitals = re.compile(r"\bPASS\b")
    for path in ROOT.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        plain = text.lower().replace("-", "").replace("_", "")
        assert not [w for w in words if w in plain], path
        assert not capitals.search(text), path
        assert not names_a_call(text, keys, titles), path
        assert "calls/piedmont" not in text, path


@pytest.mark.parametrize(
    "planted",
    ['call.key == "pass"', 'Call.objects.get(key="start-up")', '{"measure": "pass"}', 'call_by_key("start-up")',
     'line in ("pass", "start-up")', 'title = "Titolo del bando"'],
)  # fmt: skip
def test_a_call_that_is_named_is_found(planted: str) -> None:
    assert names_a_call(planted, WORDS_OF_OTHERS, {"Titolo del bando"})


@pytest.mark.parametrize(
    "word", ['verdict == "pass"', 'WORDS = {True: "pass"}', 'label = _("start-up")', 'key=_("start-up")']
)
def test_a_word_that_is_a_key_too_is_not_taken_for_one(word: str) -> None:
    assert not names_a_call(word if "key=" not in word else f"f({word})", WORDS_OF_OTHERS, set())


def test_a_case_may_be_named_in_one_language_or_in_both() -> None:
    raw = document(FILES[0]).raw
    first = dict(raw["cases"][0])
    for name, italian in (("too dear", "too dear"), ({"it": "troppo caro", "en": "too dear"}, "troppo caro")):
        read = read_call({**raw, "cases": [{**first, "name": name}]})
        assert read.cases[0].name.in_language("it") == italian
        assert read.cases[0].name.in_language("en") == "too dear"
