"""Confidential content, apart from everything else and encrypted.

# Note [Sealed]
Whatever a manager tells a coach lies in this one table, encrypted with a key that is no part of the database. Other
tables point to it. So a dump, a backup, a history table, the search table, an export or a query by whoever runs the
database reveal nothing of it; and to erase it is to delete one row. Only `services/sealed.py` opens it.
"""

from __future__ import annotations

import json
from typing import Any, ClassVar, Self
from uuid import uuid4

from django.db import models
from django.utils import timezone

from poliedro.accounts.models import Person
from poliedro.shared.vault import key_ring


class Sealed(models.Model):
    """One confidential text or file. purpose: what it is, authenticated with the content."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    purpose = models.CharField(max_length=40)
    key_id = models.CharField(max_length=40, db_index=True)
    token = models.TextField()
    sealed_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.purpose} {self.id}"

    @property
    def belongs_to(self) -> str:
        return f"{self.purpose}:{self.id}"

    def put(self, content: bytes) -> None:
        """Seal the content with the ring's current key; the caller saves."""
        self.key_id, self.token = key_ring().seal(content, self.belongs_to)

    def content(self) -> bytes:
        """What is inside. Raises `shared.vault.KeyMissing`, `SealBroken`."""
        return key_ring().open(self.key_id, self.token, self.belongs_to)


def sealed_field(**options: Any) -> Any:
    """A pointer to confidential content. Null: there is none, or it was erased."""
    return models.OneToOneField(Sealed, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", **options)


class WhoseQuerySet(models.QuerySet[Any]):
    def of_person(self, person: Person | None) -> Self:
        """The rows that are this person's; found by their marks. See Note [Whose]."""
        if person is None:
            return self.none()
        keys = self.order_by().exclude(who=None).values_list("who", flat=True)
        ring, kind = key_ring(), self.model.KIND
        return self.filter(mark__in=[mark for who in keys for mark in ring.marks(f"{kind}:{who}:{person.pk}")])


class Whose(models.Model):
    """A row inside the wall that is one person's, and does not say whose in the clear.

    # Note [Whose]
    `who` is sealed; `mark` is a keyed hash of that seal's key and the person, by which people find their own rows.
    Marks of one person in two rows do not look alike, so that a dump does not even tell that two rows are of one.
    """

    KIND: ClassVar[str]

    who = sealed_field()
    mark = models.CharField(max_length=64, blank=True, db_index=True)

    objects = WhoseQuerySet.as_manager()

    class Meta:
        abstract = True

    def mark_of(self, person: int) -> str:
        """The mark under the ring's current key."""
        return key_ring().mark(f"{self.KIND}:{self.who_id}:{person}")

    @property
    def opened_who(self) -> dict[str, Any]:
        """What was sealed of the person (key and name, and what the room added); empty once it was erased."""
        values: dict[str, Any] = {} if self.who is None else json.loads(self.who.content())
        return values

    @property
    def whose(self) -> int | None:
        """The key of the person; None once it was erased."""
        key: int | None = self.opened_who.get("person")
        return key

    def person_of(self) -> Person | None:
        return Person.objects.select_related("user").filter(pk=self.whose or 0).first()
