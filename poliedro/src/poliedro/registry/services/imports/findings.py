"""Faults of files that a person should see: kept as data-quality findings, once each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from poliedro.reference.services.loads import Run
from poliedro.registry.models import DataQualityFinding


@dataclass(frozen=True)
class Words:
    """A text in both languages."""

    en: str
    it: str


class Findings:
    """The findings of a run. One that the register holds already is not repeated, whatever became of it."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.held = set(DataQualityFinding.objects.values_list("key", flat=True))
        self.new: list[DataQualityFinding] = []

    def add(
        self,
        key: str,
        *,
        kind: str,
        title: Words,
        statement: Words,
        sides: list[dict[str, Any]],
        severity: str = "note",
    ) -> bool:
        """Note a fault. Answers whether it is news."""
        key = key[:100]
        if key in self.held:
            return False
        self.held.add(key)
        finding: Any = DataQualityFinding(key=key, kind=kind, severity=severity, sides=sides, load=self.run.load)
        finding.title_en, finding.title_it = title.en[:300], title.it[:300]
        finding.statement_en, finding.statement_it = statement.en, statement.it
        self.run.findings.append({"key": key, "kind": kind, "title": title.en})
        self.new.append(finding)
        return True

    def save(self) -> None:
        DataQualityFinding.objects.bulk_create(self.new, batch_size=500)
        self.new = []
