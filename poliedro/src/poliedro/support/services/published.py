"""What is published of services, for those who do not work on cases: by finished years, small cells hidden."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from zlib import crc32

from django.db import transaction

from poliedro.audit.services import record
from poliedro.reference.models import StoredResult
from poliedro.reference.rules import weakest
from poliedro.registry.models import Delivery
from poliedro.registry.queries.geography import provinces
from poliedro.shared.disclosure import Protected, changed_parties
from poliedro.support.models import Request
from poliedro.support.queries.published import AGENCY, GIVEN, PUBLISHED, UNMET, latest_published
from poliedro.support.queries.use import unmet
from poliedro.support.rules.published import DIMENSIONS, LEAST_CHANGED, UNMET_DIMENSIONS, Given, protected_use


@transaction.atomic
def publish_use(today: date) -> StoredResult | None:
    """Publish what was given and what nobody met in the finished years that were not published, or that changed enough;
    the others stay as they were. Returns what is published now; None where nothing is. See rules/published.py."""
    held = latest_published()
    before: Mapping[str, Any] = held.payload if held else {}
    payload = {
        GIVEN: _published(before.get(GIVEN, {}), _given(today.year), DIMENSIONS, today),
        UNMET: _published(before.get(UNMET, {}), _unmet(today.year), UNMET_DIMENSIONS, today),
    }
    if payload == before or not any(payload.values()):
        return held
    years = [year for part in payload.values() for year in part.values()]
    made = StoredResult.objects.create(
        key=PUBLISHED,
        payload=payload,
        inputs_checksum=hashlib.sha256(json.dumps(payload, sort_keys=True).encode()).hexdigest(),
        parameters={"least_changed": LEAST_CHANGED},
        certainty=weakest(sorted({y["certainty"] for y in years})),
        source_names="; ".join(sorted({y["source"] for y in years}))[:300],
    )
    record(by=None, verb="publish_use", subject_kind="support.use", subject_key=made.pk, years=len(years))
    return made


Rows = list[tuple[int, Given, str, str]]
"""(number, what of it is counted, certainty, source)"""


def _published(
    before: Mapping[str, Any], by_year: Mapping[int, Rows], dimensions: Sequence[str], today: date
) -> dict[str, Any]:
    years: dict[str, Any] = dict(before)
    for year, rows in by_year.items():
        marks = {str(pk): _mark(given) for pk, given, _c, _s in rows}
        old = before.get(str(year))
        if old is not None and changed_parties(old["marks"], marks) < LEAST_CHANGED:
            continue
        tables = protected_use([given for _pk, given, _c, _s in rows], dimensions=dimensions)
        years[str(year)] = {
            "published_on": today.isoformat(),
            "marks": marks,
            "tables": {name: _plain(table) for name, table in tables.items()},
            "certainty": weakest(sorted({certainty for _pk, _g, certainty, _s in rows})),
            "source": "; ".join(sorted({name for _pk, _g, _c, name in rows}))[:300],
        }
    return years


def _given(before_year: int) -> dict[int, Rows]:
    """Services that were given, by finished year."""
    home = provinces()
    found: dict[int, Rows] = {}
    rows = (
        Delivery.objects.known()
        .filter(delivered_on__year__lt=before_year)
        .order_by("pk")
        .values_list(
            "pk", "delivered_on", "cluster__key", "client", "service", "client__size_class", "is_rd", "innovation",
            "client__territory", "certainty", "source__name",
        )
    )  # fmt: skip
    for pk, day, cluster, client, service, size, is_rd, innovation, place, certainty, source in rows:
        values = {
            "kind": service,
            "size": size,
            "rd": "" if is_rd is None else "rd" if is_rd else "other",
            "innovation": innovation,
            "province": home[place][0] if place in home else "",
        }
        found.setdefault(day.year, []).append((pk, Given(cluster or AGENCY, client, values), certainty, source))
    return found


def _unmet(before_year: int) -> dict[int, Rows]:
    """Requests that nobody met, by the finished year in which they were asked. Who is in no register counts by
    address."""
    found: dict[int, Rows] = {}
    rows = (
        Request.objects.filter(unmet(), asked_at__year__lt=before_year)
        .order_by("pk")
        .values_list(
            "pk", "asked_at", "cluster__key", "organisation", "email", "kind", "size_class", "decline_reason",
            "case__stop_reason", "is_synthetic",
        )
    )  # fmt: skip
    for pk, at, cluster, organisation, email, kind, size, declined, stopped, synthetic in rows:
        client = organisation or -crc32(email.lower().encode())
        values = {"reason": declined or stopped, "kind": kind, "size": size}
        certainty = "synthetic" if synthetic else "reported"
        found.setdefault(at.year, []).append((pk, Given(cluster or AGENCY, client, values), certainty, "Requests"))
    return found


def _mark(given: Given) -> list[Any]:
    """The client, and a short fingerprint of what is counted of the delivery."""
    text = json.dumps([given.cluster, dict(given.values)], sort_keys=True)
    return [given.client, hashlib.sha256(text.encode()).hexdigest()[:12]]


def _plain(table: Protected) -> dict[str, Any]:
    """The table without anything that is hidden: neither values nor who stands behind them."""
    return {
        "rows": list(table.table.rows),
        "columns": list(table.table.columns),
        "cells": [
            [
                row,
                column,
                None if table.reason(row, column) else table.values[key],
                str(table.reason(row, column) or ""),
            ]
            for row in table.table.all_rows
            for column in table.table.all_columns
            if (key := (row, column)) in table.values
        ],
    }
