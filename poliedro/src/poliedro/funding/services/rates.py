"""Rates of state aid are entered with the day from which they hold; the one before ends on it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml
from django.db import connection, transaction

from poliedro.audit.services import record
from poliedro.funding.models import AidRate
from poliedro.funding.rules.states import NotAllowed

SHIPPED = Path(__file__).resolve().parents[2] / "regions" / "aid" / "rates.yaml"
OF_LOANS = {"strong", "good", "satisfactory", "weak", "bad", "new"}
OF_GUARANTEES = {"aaa", "a", "bbb", "bb", "bb_minus", "b", "new"}


@transaction.atomic
def enter_shipped(**_signal: Any) -> None:
    """The rates that come with the platform, where a database has none; after each `migrate`."""
    if AidRate._meta.db_table not in connection.introspection.table_names():  # migrated back to before it
        return
    if AidRate.objects.exists():
        return
    for row in yaml.safe_load(SHIPPED.read_text(encoding="utf-8"))["rates"]:
        days = {"valid_from": row.pop("from"), "valid_to": row.pop("to", None)}
        AidRate.objects.create(**row, **days)


def check_kind(kind: str, rating: str, collateral: str) -> None:
    """Raises NotAllowed where a kind of rate goes without a rating or collateral, or with one that it does not have."""
    if kind == AidRate.Kind.MARGIN:
        fits = rating in OF_LOANS and bool(collateral)
    elif kind == AidRate.Kind.PREMIUM:
        fits = rating in OF_GUARANTEES and not collateral
    else:
        fits = not rating and not collateral
    if not fits:
        raise NotAllowed(
            "a margin of a loan has a rating of loans and a collateral, a premium a rating of guarantees, every other "
            "rate neither; choose them so"
        )


@transaction.atomic
def enter_rate(
    *, kind: str, percent: Decimal, valid_from: date, reference: str, by: Any, rating: str = "", collateral: str = "",
    confirmed: str = AidRate.Confirmed.TEXT,
) -> AidRate:  # fmt: skip
    """A rate that holds from the day on. Raises NotAllowed: wrong rating or collateral, no source, or a day that does
    not come after that of the rate before."""
    check_kind(kind, rating, collateral)
    if not reference.strip():
        raise NotAllowed("a rate has a source; write where it was published")
    before = AidRate.objects.filter(kind=kind, rating=rating, collateral=collateral, years=0).order_by("-valid_from")
    last = before.first()
    if last is not None and valid_from <= last.valid_from:
        raise NotAllowed("the rate before holds from %(day)s; a new one holds from a later day", day=last.valid_from)
    if last is not None and (last.valid_to is None or last.valid_to > valid_from):
        last.valid_to = valid_from
        last.save(update_fields=["valid_to"])
    made = AidRate(
        kind=kind, rating=rating, collateral=collateral, percent=percent, valid_from=valid_from, reference=reference,
        confirmed=confirmed, by=by if getattr(by, "is_authenticated", False) else None,
    )  # fmt: skip
    made.full_clean(exclude=["by"])
    made.save()
    record(
        by=by, verb="enter_rate", subject_kind="funding.aidrate", subject_key=made.pk, rate=str(made),
        percent=percent, valid_from=valid_from,
    )  # fmt: skip
    return made
