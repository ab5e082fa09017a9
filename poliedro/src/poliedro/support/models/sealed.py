"""Confidential content, apart from everything else and encrypted.

# Note [Sealed]
Whatever a manager tells a coach lies in this one table, encrypted with a key that is no part of the database. Other
tables point to it. So a dump, a backup, a history table, the search table, an export or a query by whoever runs the
database reveal nothing of it; and to erase it is to delete one row. Only `services/sealed.py` opens it.
"""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django.db import models
from django.utils import timezone

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
