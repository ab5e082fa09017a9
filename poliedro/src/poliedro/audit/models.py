"""The append-only log. Rows are chained by hash, so that a deleted or changed row shows."""

# Note [Who guards the log]
# The model refuses to change or delete a row, a trigger refuses it to whoever speaks SQL (changes on both databases,
# deletions on PostgreSQL: SQLite knows no other way to empty a test database), and the chain of hashes with its anchor
# outside the database finds what somebody with the rights of the database's owner did all the same.

from __future__ import annotations

from datetime import UTC
from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class LogEntryQuerySet(models.QuerySet["LogEntry"]):
    def delete(self) -> Any:
        raise AppendOnly("the audit log is append-only; rows are never deleted")

    def update(self, **changes: Any) -> int:
        raise AppendOnly("the audit log is append-only; rows are never changed")


class AppendOnly(RuntimeError):
    """Someone tried to change or delete a row of the audit log."""


class LogEntry(models.Model):
    """Who did or read what, when. The subject is named by kind and key, never by foreign key: it may be gone."""

    class Act(models.TextChoices):
        WRITE = "write", _("write")
        READ = "read", _("read")
        REFUSED = "refused", _("refused")
        SIGN_IN = "sign_in", _("sign-in")

    at = models.DateTimeField(default=timezone.now)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.DO_NOTHING, db_constraint=False, related_name="+"
    )
    actor_label = models.CharField(max_length=200)
    act = models.CharField(max_length=10, choices=Act)
    verb = models.CharField(max_length=80)
    subject_kind = models.CharField(max_length=60)
    subject_key = models.CharField(max_length=200)
    detail = models.JSONField(default=dict)
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64, unique=True)

    objects = LogEntryQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["subject_kind", "subject_key"]), models.Index(fields=["actor", "at"])]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.actor_label} {self.verb} {self.subject_kind} {self.subject_key}"

    def content(self) -> list[object]:
        """What the hash covers, in a fixed order."""
        return [
            self.at.astimezone(UTC).isoformat(),
            self.actor_id,
            self.actor_label,
            self.act,
            self.verb,
            self.subject_kind,
            self.subject_key,
            self.detail,
        ]

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk:
            raise AppendOnly("the audit log is append-only; rows are never changed")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        raise AppendOnly("the audit log is append-only; rows are never deleted")
