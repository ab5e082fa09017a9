"""Time, twice: the days on which a fact held, and the moments at which the register knew it.

# Note [Half-open days]
`valid_from` is the first day on which the fact holds, `valid_to` the first day on which it no longer does (null: open).
So a spell that ends on the day another begins leaves neither a gap nor an overlap, and
stock(d) = entries to d - exits to d.

# Note [Corrected, not overwritten]
A fact is never changed in place. A correction closes the old row (`retracted_at`) and adds a new one, so that "as known
on" a day is one filter. Only the services of a room write facts.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, Self

from django.db import models
from django.db.models import F, Q
from django.utils import timezone


@dataclass(frozen=True)
class Moment:
    """A question's two times: the day that the answer speaks of, and the last moment whose knowledge counts.

    on: the day asked about. known: None means all that is known now.
    """

    on: date
    known: datetime | None = None

    @classmethod
    def today(cls) -> Moment:
        return cls(timezone.localdate())

    @classmethod
    def known_on(cls, on: date, known: date) -> Moment:
        """As of `on`, with what was recorded up to the end of the day `known`."""
        return cls(on, timezone.make_aware(datetime.combine(known, time.max)))

    @property
    def is_to_come(self) -> bool:
        """Whether the day asked about lies after today."""
        return self.on > timezone.localdate()


def known_at(at: datetime | None, prefix: str = "") -> Q:
    """The rows that the register held at that moment; now, if none is given. prefix: the way to them ("project__")."""
    still = Q(**{f"{prefix}retracted_at": None})
    if at is None:
        return still
    return (still | Q(**{f"{prefix}retracted_at__gt": at})) & Q(**{f"{prefix}recorded_at__lte": at})


class FactQuerySet(models.QuerySet[Any]):
    def known(self, at: datetime | None = None) -> Self:
        """The rows that the register held at that moment; now, if none is given."""
        return self.filter(known_at(at))

    def active_on(self, day: date) -> Self:
        """The rows that held on that day, whatever is known."""
        return self.filter(Q(valid_from=None) | Q(valid_from__lte=day), Q(valid_to=None) | Q(valid_to__gt=day))

    def at(self, moment: Moment) -> Self:
        """The rows that held on the day of `moment`, as known then."""
        return self.known(moment.known).active_on(moment.on)

    def overlapping(self, start: date, end: date) -> Self:
        """The rows that held on some day of [start, end)."""
        return self.filter(Q(valid_from=None) | Q(valid_from__lt=end), Q(valid_to=None) | Q(valid_to__gt=start))


class Dated(models.Model):
    """Abstract: a statement that held from a day to a day, and was known from a moment to a moment."""

    valid_from = models.DateField(null=True, blank=True)
    valid_to = models.DateField(null=True, blank=True)
    recorded_at = models.DateTimeField(default=timezone.now, db_index=False)
    retracted_at = models.DateTimeField(null=True, blank=True)

    objects = FactQuerySet.as_manager()

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_from=None) | Q(valid_to=None) | Q(valid_to__gt=F("valid_from")),
                name="%(app_label)s_%(class)s_days_in_order",
                violation_error_message="valid_to must be after valid_from; it is the first day that no longer counts.",
            ),
            models.CheckConstraint(
                condition=Q(retracted_at=None) | Q(retracted_at__gte=F("recorded_at")),
                name="%(app_label)s_%(class)s_known_in_order",
            ),
        ]

    @property
    def is_known(self) -> bool:
        return self.retracted_at is None
