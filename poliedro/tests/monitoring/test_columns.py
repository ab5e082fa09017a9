"""Rows of a query as columns."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group
from django.db.models import Case, F, FloatField, Value, When
from django.db.models.functions import Cast

from poliedro.monitoring.runs import columns
from poliedro.monitoring.runs.columns import columns_of

pytestmark = pytest.mark.django_db


def test_an_amount_is_read_exactly_and_null_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where the first source of accounts knows no employment, and the next one does; in several parts."""
    monkeypatch.setattr(columns, "AT_A_TIME", 2)
    made = [Group.objects.create(name=name).pk for name in ("a", "b", "c")]
    exact = 1 / 3 * 1e12
    amount = Cast(Case(When(name="c", then=Value(exact)), default=None), FloatField())
    rows = (
        Group.objects.filter(pk__in=made).annotate(amount=amount, none=Cast(Value(None), FloatField())).order_by("pk")
    )
    found = columns_of(rows, ["pk"], ["amount", "none"])
    assert found.rows() == [(made[0], None, None), (made[1], None, None), (made[2], exact, None)]


def test_no_row_gives_columns_without_rows() -> None:
    rows = Group.objects.none() | Group.objects.filter(name="nobody")
    found = columns_of(rows.annotate(amount=Cast(F("pk"), FloatField())), ["pk"], ["amount"])
    assert found.shape == (0, 2)
