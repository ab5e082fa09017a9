"""The one search table. Every room indexes its own; the portal asks."""

from __future__ import annotations

from django.db import models


class SearchEntry(models.Model):
    """What can be found: one row an object and language-neutral text. `visibility` is public or a role key."""

    kind = models.CharField(max_length=30)
    key = models.CharField(max_length=60)
    title = models.CharField(max_length=400)
    body = models.TextField(blank=True)
    url = models.CharField(max_length=300)
    visibility = models.CharField(max_length=60, default="public")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "key"], name="shared_searchentry_once")]
