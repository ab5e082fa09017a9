"""Background work of the registry: long lists, and the search for organisations that appear twice."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.urls import reverse

from poliedro.reference.models import Load
from poliedro.reference.services.loads import LoadRefused
from poliedro.reference.sources.files import UnreadableFile
from poliedro.registry.rules.permissions import NotPermitted
from poliedro.registry.services.contracts import publish_contracts
from poliedro.registry.services.imports.uploads import NotConfirmable, check_may, confirm_list
from poliedro.registry.services.merges import CannotMerge
from poliedro.registry.services.productivity import refresh_productivity
from poliedro.registry.services.resolution import run_resolution
from poliedro.registry.services.trends import refresh_all
from poliedro.shared.jobs import JobRefused, job

STEP = 200
"""Rows between two signs of life."""


class _Heard:
    """What a load tells of its rows, passed on to the job."""

    def __init__(self, report: Any, total: int) -> None:
        self.report, self.total, self.done, self.told = report, total, 0, 0
        self.label = ""

    def start(self, label: str, total: int | None = None) -> None:
        self.label, self.done, self.told = label, 0, 0
        self.total = total or self.total
        self.report(0, self.total, label)

    def advance(self, rows: int) -> None:
        self.done += rows
        if self.done - self.told >= STEP:
            self.told = self.done
            self.report(min(self.done, self.total), self.total, self.label)


@job("registry.confirm_list")
def confirm(report: Any, by: Any, *, load: int) -> str:
    found = Load.objects.filter(pk=load).first()
    if found is None:
        raise JobRefused("the preview was discarded; upload the file again")
    try:
        confirm_list(load=found, by=by, progress=_Heard(report, max(found.rows_read, 1)))
    except (NotConfirmable, LoadRefused, UnreadableFile, NotPermitted) as refused:
        raise JobRefused(str(refused)) from refused
    return reverse("registry:import_preview", args=[load])


@job("registry.run_resolution")
def resolve(report: Any, by: Any, *, country: str) -> str:
    report(0, 1, "pairs")
    try:
        check_may(by, "registry.review_matches", None)
        run_resolution(country=country, by=by)
    except (NotPermitted, CannotMerge) as refused:
        raise JobRefused(str(refused)) from refused
    return reverse("registry:matches")


def refresh_memberships(today: date) -> str:
    """Once a day: how long members stay, whether the membership stands still, where productivity is low, and what is
    published of research contracts."""
    number = refresh_all(today)
    refresh_productivity(today=today)
    published = publish_contracts(today)
    years = len(published.payload) if published else 0
    return f"retention of {number} clusters; {years} years of research contracts published"
