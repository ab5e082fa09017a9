"""The rules of the house that no linter knows."""

from __future__ import annotations

import ast
import re
import subprocess
from importlib.util import find_spec
from io import StringIO
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import models

ROOT = Path(find_spec("poliedro").origin).parent  # type: ignore[union-attr,arg-type]
ROOMS = [
    "shared",
    "audit",
    "accounts",
    "reference",
    "registry",
    "surveys",
    "evidence",
    "skills",
    "support",
    "funding",
    "matchmaking",
    "foresight",
    "international",
    "circular",
    "monitoring",
    "reports",
    "portal",
    "api",
    "config",
]
"""From the ground up, as in .importlinter."""


def room_models() -> list[type[models.Model]]:
    return [m for m in apps.get_models() if m.__module__.startswith("poliedro.")]


def test_foreign_keys_point_down() -> None:
    wrong = []
    for model in room_models():
        for field in model._meta.get_fields():
            target = getattr(field, "related_model", None)
            if not getattr(field, "concrete", False) or not isinstance(target, type):
                continue
            if target._meta.app_label not in ROOMS or target._meta.label == "accounts.User":
                continue
            if ROOMS.index(target._meta.app_label) > ROOMS.index(model._meta.app_label):
                wrong.append(f"{model._meta.label}.{field.name} -> {target._meta.label}")
    assert not wrong


@pytest.mark.django_db
def test_no_migration_is_missing() -> None:
    call_command("makemigrations", "--check", "--dry-run", stdout=StringIO())


def test_every_template_is_used() -> None:
    sources = "\n".join(p.read_text(encoding="utf-8") for p in ROOT.rglob("*") if p.suffix in {".py", ".html", ".txt"})
    unused = []
    for folder in ROOT.glob("*/templates"):
        for path in folder.rglob("*.html"):
            name = path.relative_to(folder).as_posix()
            if name.split("/")[0] in {"account", "mfa", "allauth", "django", "socialaccount", "usersessions"}:
                continue  # overrides of packages are found by their name
            if re.fullmatch(r"(400|403|403_csrf|404|500)\.html", name):
                continue  # error pages are found by their number
            if re.search(rf"[\"']{re.escape(name)}[\"']", sources):
                continue
            unused.append(name)
    assert not unused


def test_rules_are_plain_python() -> None:
    for path in [*ROOT.glob("*/rules.py"), *ROOT.glob("*/rules/**/*.py")]:
        names = {n.module or "" for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.ImportFrom)}
        assert not [n for n in names if n.startswith("django")], path


def test_every_room_says_what_it_owns() -> None:
    missing = [r for r in ROOMS if (ROOT / r).exists() and r != "config" and not (ROOT / r / "README.md").exists()]
    assert not missing


def test_no_template_holds_inline_script_or_style() -> None:
    wrong = []
    for path in ROOT.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        if re.search(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)[^>]*>|\sstyle=|\son[a-z]+=|<style", text):
            wrong.append(path.relative_to(ROOT).as_posix())
    assert not wrong


def test_no_number_that_a_form_sends_is_written_for_readers() -> None:
    """{{ pk }} reads 1.234 or 1,234 from a thousand on; what is sent back says |unlocalize."""
    sent = re.compile(r"""(?:value="|[?&][a-z_]+=)\{\{ ?(?:[\w.]*\b(?:pk|id|year)|[\w.]*_id|value) ?\}\}""")
    found = {p.relative_to(ROOT).as_posix(): sent.findall(p.read_text("utf-8")) for p in ROOT.rglob("*.html")}
    assert {path: places for path, places in found.items() if places} == {}


def test_no_link_of_a_machine_is_committed() -> None:
    """A link to a place of one machine replaces what lies there on every other."""
    kept = subprocess.run(["git", "ls-files", "-s"], cwd=ROOT, capture_output=True, text=True, check=False).stdout
    assert [line for line in kept.splitlines() if line.startswith("120000")] == []


def test_one_sqlite_in_a_process() -> None:
    """A second one opening the same file cuts the memory that the first reads (ADR 29)."""
    others = re.compile(
        r"^\s*(?:import|from) (?:adbc_\w+|apsw|pysqlite3|connectorx)|sqlite_scan|read_database_uri|ATTACH .*sqlite",
        re.M,
    )
    found = {p.relative_to(ROOT).as_posix(): others.findall(p.read_text("utf-8")) for p in ROOT.rglob("*.py")}
    assert {path: lines for path, lines in found.items() if lines} == {}


def _runs_on_import(node: ast.AST) -> list[ast.AST]:
    """What runs while a module is read: everything but the bodies of functions."""
    if isinstance(node, ast.Lambda):
        return list(node.args.defaults)
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return [*node.decorator_list, *node.args.defaults, *(d for d in node.args.kw_defaults if d)]
    return list(ast.iter_child_nodes(node))


def test_no_module_keeps_the_day_on_which_it_was_read() -> None:
    """A server runs for weeks, and a run of the tests may begin before midnight and end after it."""
    kept = []
    for path in [*ROOT.rglob("*.py"), *Path(__file__).parents[1].rglob("*.py")]:
        open_, text = [ast.parse(path.read_text("utf-8"))], path.name
        while open_:
            node = open_.pop()
            asks = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
            if asks and node.func.attr in {"localdate", "today", "now", "localtime"}:  # type: ignore[attr-defined]
                kept.append(f"{text}:{node.lineno}")  # type: ignore[attr-defined]
            open_ += _runs_on_import(node)  # type: ignore[arg-type]
    assert kept == []


def test_only_paper_makes_pdf_files() -> None:
    """So that every one is made as PDF/UA, and read by the fixture `every_pdf_can_be_read_aloud`."""
    makes = [p.relative_to(ROOT).as_posix() for p in ROOT.rglob("*.py") if "write_pdf" in p.read_text("utf-8")]
    assert makes == ["shared/paper.py"]


def test_a_pdf_that_cannot_be_read_aloud_fails_the_test_that_makes_it() -> None:
    from poliedro.shared.paper import pdf_of

    page = '<html lang="en"><head><title>Fees</title></head><body>{}</body></html>'
    assert pdf_of(page.format("<h1>Fees</h1><table><thead><tr><th>Firm</th></tr></thead></table>"), []).startswith(
        b"%PDF"
    )
    for body, fault in (
        ("<h2>Fees</h2>", "headings begin with"),
        ("<h1>Fees</h1><table><tr><td>Firm</td></tr></table>", "a table without headers"),
    ):
        with pytest.raises(AssertionError, match=fault):
            pdf_of(page.format(body), [])
