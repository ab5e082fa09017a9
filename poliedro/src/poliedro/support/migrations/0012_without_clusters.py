"""A coaching case no longer shows its cluster."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations


class Migration(migrations.Migration):
    dependencies: ClassVar = [("support", "0011_seal_clusters")]

    operations: ClassVar = [migrations.RemoveField("coachingcase", "cluster")]
