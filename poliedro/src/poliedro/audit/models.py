"""The append-only log. Rows are chained by hash, so that a deleted or changed row shows."""

# Note [Who guards the log]
# The model refuses to change or delete a row, a trigger refuses it to whoever speaks SQL (changes on both databases,
# deletions on PostgreSQL: SQLite knows no other way to empty a test database), and the chain of hashes with its anchor
# outside the database finds what somebody with the rights of the database's owner did all the same.

# Note [Names in the log]
# A row of the log cannot be changed, so a name in it could never be erased. What stands there is the name sealed with a
# key of that person's own; the key lies beside the log, sealed with the site's. To erase a person is to destroy that
# key: the rows stay as they were written, their chain holds, and nobody reads the name any more.

from __future__ import annotations

from datetime import UTC
from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from poliedro.shared.vault import key_ring


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

    actor_name: str = ""
    """Who acted, in words; filled in by `queries.named`. See Note [Names in the log]."""

    objects = LogEntryQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["subject_kind", "subject_key"]), models.Index(fields=["actor", "at"])]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.verb} {self.subject_kind} {self.subject_key}"

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


class ActorKey(models.Model):
    """The key with which the names of one login are sealed in the log; an empty token: it was destroyed."""

    user = models.IntegerField(unique=True)
    key_id = models.CharField(max_length=40, blank=True)
    token = models.TextField(blank=True)

    def __str__(self) -> str:
        return f"key of login {self.user}"

    @property
    def belongs_to(self) -> str:
        return f"audit.actorkey:{self.user}"

    def put(self, key: bytes) -> None:
        """Seal the key with the ring's current one; the caller saves."""
        self.key_id, self.token = key_ring().seal(key, self.belongs_to)

    def key(self) -> bytes | None:
        """None where it was destroyed."""
        return key_ring().open(self.key_id, self.token, self.belongs_to) if self.token else None
