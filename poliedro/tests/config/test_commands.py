"""What every command does alike: says itself whole in the help, and refuses a database that is not laid out."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from django.db.migrations.executor import MigrationExecutor

from poliedro.config.cli import WITHOUT_DATABASE, Commands, main
from poliedro.config.commands import demo

ARGUMENTS = {
    "load": ["nace", "."], "load-calls": ["."], "open-calls": [__file__], "run": ["sizes"], "undo": ["1"],
}  # fmt: skip
NEEDING = sorted(set(Commands().list_commands(None)) - WITHOUT_DATABASE)  # type: ignore[arg-type]


@pytest.mark.django_db
@pytest.mark.parametrize("name", NEEDING)
def test_database_without_its_layout_is_refused_with_the_remedy(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(MigrationExecutor, "migration_plan", lambda self, targets: ["tables", "columns"])
    done = CliRunner().invoke(main, [name, *ARGUMENTS.get(name, [])])
    assert done.exit_code == 1
    assert done.output == "Error: the database lacks 2 changes of layout; run: poliedro migrate\n"


@pytest.mark.parametrize("name", NEEDING)
def test_help_of_a_command_needs_no_database(name: str) -> None:
    done = CliRunner().invoke(main, [name, "--help"])
    assert done.exit_code == 0, done.output


def test_help_says_each_command_whole() -> None:
    said = " ".join(CliRunner().invoke(main, ["--help"]).output.split())
    assert "Take back the load of that number: its facts are retracted, those it had replaced come back." in said
    assert "..." not in said.partition("Commands:")[2]


def test_region_file_of_another_ending_is_refused_with_the_right_name(tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["init", str(tmp_path / "mine.toml")])
    assert done.exit_code == 2
    assert "name it mine.yaml" in done.output
    assert not (tmp_path / "mine.toml").exists()


def test_demonstration_that_is_stopped_does_not_wait_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker in the middle of an analysis heeds no polite request."""

    class Child:
        killed = False

        def __init__(self, *_: Any) -> None:
            self.asked = 0

        def poll(self) -> int | None:
            raise KeyboardInterrupt

        def terminate(self) -> None: ...

        def kill(self) -> None:
            Child.killed = True

        def wait(self, timeout: float | None = None) -> int:
            if timeout is not None:
                raise subprocess.TimeoutExpired("worker", timeout)
            return -9

    monkeypatch.setattr(demo.subprocess, "Popen", Child)
    monkeypatch.setattr(demo, "_wait", lambda *_: None)
    monkeypatch.setattr("poliedro.accounts.queries.demo_logins", list)
    demo._serve("127.0.0.1", 1)
    assert Child.killed
