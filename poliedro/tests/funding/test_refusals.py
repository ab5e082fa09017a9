"""Every no of the room, and of the policy pages above it, reaches a person in Italian."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from importlib import import_module
from pathlib import Path

import pytest
from django.utils import translation

import poliedro
from poliedro.config.catalogue import read_part
from poliedro.funding.rules.conditions import check_condition
from poliedro.funding.rules.document import InvalidCall, read_call
from poliedro.funding.rules.states import NotAllowed, check_can_apply, check_can_move
from poliedro.funding.views.words import refusal_words
from poliedro.shared.refusals import Refusal, Said
from poliedro.shared.told import told

ROOT = Path(poliedro.__file__).parent
FILES = [
    *sorted((ROOT / "funding").rglob("*.py")),
    *sorted(p for p in (ROOT / "monitoring").rglob("*.py") if "policy" in p.relative_to(ROOT).as_posix()),
]
TABLES = {
    "SENTENCES": "poliedro.funding.rules.soundness",
    "OPEN_POINTS": "poliedro.funding.services.applications",
    "TWICE": "poliedro.funding.rules.document",
}
"""Tables of sentences, from which a refusal takes one."""


def classes() -> set[str]:
    """The names of our exceptions that are refusals, as the files define them, and `Said`."""
    found = {"Refusal"}
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef) and any(isinstance(b, ast.Name) and b.id in found for b in node.bases):
                found.add(node.name)
    return found | {"Said"}


def spoken() -> Iterator[tuple[str, ast.Call]]:
    """Every place at which a refusal, or a phrase of one, is made."""
    names = classes()
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names:
                yield f"{path.relative_to(ROOT)}:{node.lineno}", node


def sentences() -> dict[str, str]:
    """Sentence -> the place of it."""
    found = {}
    for place, node in spoken():
        if node.args and isinstance(node.args[0], ast.Constant):
            found[node.args[0].value] = place
    for name, module in TABLES.items():
        found |= dict.fromkeys(getattr(import_module(module), name).values(), module)
    return found


def test_every_refusal_is_a_whole_sentence_with_named_blanks() -> None:
    places = list(spoken())
    assert len(places) > 80
    for place, node in places:
        text = node.args[0]
        if isinstance(text, ast.Constant):
            blanks = set(re.findall(r"%\((\w+)\)s", text.value))
            given = {k.arg for k in node.keywords}
            assert blanks == given, place
        else:
            written = ast.unparse(text)
            assert written == "error.said.text" or written.split("[")[0] in TABLES, f"{place}: {written}"


def test_every_refusal_is_said_in_italian() -> None:
    parts = (ROOT / "locale" / "parts").glob("*.po")
    known = {m.text: m for p in parts for m in read_part(p.read_text(encoding="utf-8"), p.name) if m.is_translated}
    missing = {s: place for s, place in sentences().items() if s not in known}
    assert not missing
    for text in sentences():
        italian = known[text].translations[0]
        assert set(re.findall(r"%\((\w+)\)s", italian)) <= set(re.findall(r"%\((\w+)\)s", text)), text
        assert italian % dict.fromkeys(re.findall(r"%\((\w+)\)s", text), "x"), text


def test_nothing_but_a_refusal_is_raised_where_people_are_told_no() -> None:
    """A plain ValueError's English would reach the page."""
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef) and {ast.unparse(b) for b in node.bases} & {"ValueError", "LookupError"}:
                pytest.fail(f"{path.relative_to(ROOT)}: {node.name} is no Refusal")
        if "views" in path.parts:
            assert "str(refused)" not in path.read_text(encoding="utf-8"), path


def test_a_refusal_names_states_days_and_money_as_the_reader_writes_them() -> None:
    with pytest.raises(NotAllowed) as late:
        check_can_apply("published", date(2026, 1, 1), date(2026, 3, 31), date(2026, 4, 1))
    assert str(late.value) == "the call closed on 2026-03-31"
    with pytest.raises(NotAllowed) as moved:
        check_can_move("refused", "granted")
    with translation.override("it"):
        assert refusal_words(late.value) == "il bando si è chiuso il 31 marzo 2026"
        assert (
            refusal_words(moved.value) == "una domanda «respinta» non può diventare «finanziata»; può diventare: nulla"
        )
        sentence = "the choice spends %(spent)s EUR of %(budget_eur)s; choose fewer"
        money = NotAllowed(sentence, spent=Decimal("1234567.50"), budget_eur=Decimal("1000000"))
        assert "1.234.567,50 euro su 1.000.000" in refusal_words(money)


def test_a_refusal_inside_another_is_told_too() -> None:
    words = {"it": "a", "en": "a"}
    rule = {"key": "r", "text": words, "reference": "art. 1", "check": {"fact": "colour"}}
    raw = {"key": "x", "title": words, "lines": [{"key": "1", "title": words}], "rules": [rule]}
    with pytest.raises(InvalidCall) as refused:
        read_call(raw)
    assert str(refused.value).startswith("rule r: there is no fact 'colour'; there are age_years")
    with translation.override("it"):
        assert refusal_words(refused.value).startswith("regola r: non esiste il dato «colour»; ci sono: ")


def test_a_list_is_said_with_commas_and_an_empty_one_as_nothing() -> None:
    assert str(Said("it has %(keys)s", keys=["a", "b"])) == "it has a, b"
    assert str(Refusal("it has %(keys)s", keys=[])) == "it has nothing"
    with translation.override("it"):
        assert told(Said("%(name)s needs at_least or at_most, and nothing else; it has %(condition)s", name="partners",
                         condition=[])).endswith("nulla")  # fmt: skip


@pytest.mark.parametrize(
    "wrong", [["not a mapping"], "text", {"a": 1}, 3], ids=["list of texts", "text", "mapping", "number"]
)
def test_parts_that_are_no_lists_of_mappings_are_refused_not_a_fault_of_the_server(wrong: object) -> None:
    raw = {"key": "x", "title": {"it": "X", "en": "X"}, "lines": wrong, "rules": [{"key": "r"}]}
    with pytest.raises(InvalidCall):
        read_call(raw)


def test_a_condition_that_is_a_text_is_refused() -> None:
    with pytest.raises(Refusal, match="is no condition"):
        check_condition("kind is start_up")
