from __future__ import annotations

from typing import Any

from walk.world import the_world

from poliedro.reports.services.reports import draft_report, publish_report


def samples() -> dict[str, list[dict[str, Any]]]:
    the_world()
    for year in (2019, 2020):
        publish_report(report=draft_report(year=year, by=None), by=None)
    drafts = [{"pk": draft_report(year=year, by=None).pk} for year in (2020, 2021)]
    return {
        "reports:report": [{"year": 2019}, {"year": 2020}],
        "reports:file": [{"year": 2020, "version": 1, "kind": "xlsx"}, {"year": 2020, "version": 1, "kind": "pdf"}],
        "reports:edit": drafts,
        "reports:publish": drafts,
    }
