"""What a process gets ready when it starts."""

from __future__ import annotations

from typing import Any

from poliedro.shared import warm


def test_what_fails_to_get_ready_is_logged_and_the_rest_is_read(monkeypatch: Any, caplog: Any) -> None:
    done: list[str] = []
    work = {"a": lambda: 1 / 0, "b": lambda: done.append("b")}
    monkeypatch.setattr(warm, "_READY", work)
    monkeypatch.setattr(warm.connections, "close_all", lambda: done.append("closed"))
    warm.start_warming().join()
    assert done == ["b", "closed"]
    assert "a was not got ready" in caplog.text


def test_the_search_index_is_read_when_the_site_starts() -> None:
    assert "matchmaking.index" in warm._READY
