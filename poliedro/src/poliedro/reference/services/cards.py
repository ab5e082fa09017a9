"""Indicator cards from the platform's own data file."""

from __future__ import annotations

from pathlib import Path

import yaml
from django.db import transaction

import poliedro.reference
from poliedro.reference.models import IndicatorCard

TRANSLATED = ("name", "definition", "formula", "unit", "counting_rule", "null_means")
FILE = Path(poliedro.reference.__file__).parent / "data" / "indicator_cards.yaml"


@transaction.atomic
def load_cards() -> int:
    """Have every card of the file; a version that exists gets the file's wording. Returns how many there are."""
    rows = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    for row in rows:
        values = {f"{name}_{language}": text for name in TRANSLATED for language, text in row.get(name, {}).items()}
        IndicatorCard.objects.update_or_create(
            key=row["key"],
            version=row.get("version", 1),
            defaults={"valid_from": row["valid_from"], "source_text": row["source_text"], **values},
        )
    return len(rows)
