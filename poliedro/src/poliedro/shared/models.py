"""The one search table. Every room indexes its own through `search.index`; the portal asks."""

from __future__ import annotations

from django.db import models


class SearchEntry(models.Model):
    """What can be found: a row an object. visibility: public, or a role's key. The folded texts are searched."""

    kind = models.CharField(max_length=30)
    key = models.CharField(max_length=60)
    title = models.CharField(max_length=400)
    body = models.TextField(blank=True)
    url = models.CharField(max_length=300)
    visibility = models.CharField(max_length=60, default="public")
    folded_title = models.CharField(max_length=400, default="")
    folded_body = models.TextField(default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "key"], name="shared_searchentry_once")]
