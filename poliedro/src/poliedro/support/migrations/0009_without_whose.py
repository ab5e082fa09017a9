"""Needs, grids, coaching and exchanges no longer name a person, nor a score, in the clear."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations


class Migration(migrations.Migration):
    dependencies: ClassVar = [("support", "0008_seal_whose")]

    operations: ClassVar = [
        migrations.AlterModelOptions("competenceprofile", options={"ordering": ["pk"]}),
        migrations.RemoveField("needcard", "person"),
        migrations.RemoveField("needcard", "cluster"),
        migrations.RemoveField("competenceprofile", "person"),
        migrations.RemoveField("coachingcase", "manager"),
        migrations.RemoveField("coachingcase", "feedback_score"),
        migrations.RemoveField("peerexchange", "learner"),
        migrations.RemoveField("peerexchange", "old_score"),
    ]
