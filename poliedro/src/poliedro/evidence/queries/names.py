"""Names of places and industries as tables write their codes."""

from __future__ import annotations

import re

from django.utils.translation import get_language

from poliedro.reference.models import Code, Concordance, Territory

LARGE = 0.1
"""The share of an old region's people that makes another region a part of its name."""


def place_names(level: str = "nuts2") -> dict[str, str]:
    """Code -> name of the regions of NUTS 2016 and, for older codes, of those they went into, the largest part first.
    Two queries."""
    names = dict(Territory.objects.filter(level=level, version="2016").order_by("code").values_list("code", "name"))
    older = (
        Concordance.objects.filter(origin__classification__key="nuts", target__classification__version="2016")
        .exclude(origin__code__in=names)
        .filter(share__gte=LARGE)
        .order_by("origin__code", "-share", "target__code")
        .values_list("origin__code", "target__code")
    )
    parts: dict[str, list[str]] = {}
    for old, new in older:
        if new in names and names[new] not in parts.setdefault(old, []):
            parts[old].append(names[new])
    return names | {old: " + ".join(into) for old, into in parts.items() if into}


def activity_names(family: str) -> dict[str, str]:
    """Code as statistics write it -> label: NACE divisions with their section's letter (C29). Two queries.

    Italian labels are those of ATECO 2007, whose sections and divisions are the same. Empty for a classification that
    is not loaded; pages then show the code.
    """
    if family != "nace":
        return {}
    rows = Code.objects.filter(classification__key="nace", classification__version="2", level__lte=2)
    italian: dict[str, str] = {}
    if (get_language() or "").startswith("it"):
        ateco = Code.objects.filter(classification__key="ateco", classification__version="2007", level__lte=2)
        italian = {code: label for code, label in ateco.values_list("code", "label_it") if label}
    names = {}
    for row in rows.select_related("parent"):
        label = re.sub(r"\s+", " ", italian.get(row.code) or row.label or row.code).strip().capitalize()
        if row.level == 1:
            names[row.code] = label
        elif row.parent is not None:
            names[f"{row.parent.code}{row.code}"] = label
    return names
