"""The log tells everything in words: no verb and no kind that the code records is without them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import poliedro
from poliedro.config.log_kinds import KINDS
from poliedro.config.log_verbs import STEPS, VERBS
from poliedro.matchmaking.rules import states

CODE = [path for path in Path(poliedro.__file__).parent.rglob("*.py") if "migrations" not in path.parts]
RECORDS = {"record", "record_sealed"}
WRAPPED = {"_log": 1, "_note": 1}
"""Functions of rooms that record: where the verb stands among their arguments."""


def calls() -> Iterator[ast.Call]:
    for path in CODE:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                yield node


def constants(argument: str) -> set[str]:
    return {
        word.value.value
        for call in calls()
        if isinstance(call.func, ast.Name) and call.func.id in RECORDS
        for word in call.keywords
        if word.arg == argument and isinstance(word.value, ast.Constant)
    }


def test_every_verb_and_kind_has_words() -> None:
    verbs = constants("verb") | {
        call.args[place].value
        for call in calls()
        if isinstance(call.func, ast.Name) and (place := WRAPPED.get(call.func.id)) and len(call.args) > place
        if isinstance(call.args[place], ast.Constant) and isinstance(call.args[place].value, str)
    }
    assert len(verbs) > 200
    assert not verbs - set(VERBS), "say in config/log_verbs.py what these mean"
    assert not constants("subject_kind") - set(KINDS), "say in config/log_kinds.py what these are"


def test_every_step_of_matchmaking_has_words() -> None:
    tables = [table for name, table in vars(states).items() if name.isupper() and isinstance(table, dict)]
    assert len(tables) > 5
    steps = {state for table in tables for state in table}
    noted = {
        call.args[1].value
        for path in CODE
        if "matchmaking" in path.parts
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "note"
        if len(call.args) > 1 and isinstance(call.args[1], ast.Constant)
    }
    assert not (steps | noted) - set(STEPS), "say in config/log_verbs.py what these mean"
