"""The search table, which every room fills through `search.index`, and the background jobs that people started."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone


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


class Job(models.Model):
    """Background work that somebody started: how far it is, and what came of it. `jobs.py` writes it."""

    class State(models.TextChoices):
        WAITING = "waiting"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"

    name = models.CharField(max_length=60, help_text="Of the task, as it is registered.")
    title = models.CharField(max_length=200)
    arguments = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(null=True, help_text="Null where nobody knows it.")
    message = models.CharField(max_length=200, blank=True)
    result_url = models.CharField(max_length=300, blank=True)
    problem = models.CharField(max_length=500, blank=True, help_text="Why it failed, and what to do.")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    heard_at = models.DateTimeField(default=timezone.now, help_text="When its worker last gave a sign of life.")
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return self.title


class TableVersion(models.Model):
    """A stamp that changes with a table; written by triggers alone. See `versions`."""

    name = models.CharField(max_length=80)
    shard = models.IntegerField()
    stamp = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["name", "shard"], name="shared_tableversion_one_a_shard")]

    def __str__(self) -> str:
        return f"{self.name} {self.shard}"


class KeptResult(models.Model):
    """What was computed from tables in a version of theirs; written by the worker alone. See `stored`."""

    name = models.CharField(max_length=60)
    key = models.CharField(max_length=200, help_text="What was asked, as JSON.")
    version = models.CharField(max_length=64, help_text="Of the tables under it, hashed.")
    value = models.TextField(help_text="The result as JSON.")
    made_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["name", "key"], name="shared_keptresult_one_a_key")]

    def __str__(self) -> str:
        return f"{self.name} {self.key}"


class TodoMark(models.Model):
    """A person put an item of "My work" off, or said that it is done. What tells the item decides what it means."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=120, help_text="Of the item, hashed. See Note [Marks of items].")
    until = models.DateField(null=True, blank=True, help_text="Back on this day; null: never.")
    marked_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="shared_todomark_one_an_item")]

    def __str__(self) -> str:
        return self.key


class OwnTask(models.Model):
    """Something that a person has set themselves to do; nobody else sees it."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    title = models.CharField(max_length=200)
    due_on = models.DateField(null=True, blank=True)
    url = models.CharField(max_length=300, blank=True, help_text="Page that it is about; an address of this site.")
    done_at = models.DateTimeField(null=True, blank=True)
    added_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["due_on", "pk"]
        indexes = [models.Index(fields=["user"], condition=models.Q(done_at=None), name="shared_owntask_open")]

    def __str__(self) -> str:
        return self.title
