"""Room for whose needs, grids, coaching and exchanges are, and for scores, sealed. See Note [Whose]."""

from __future__ import annotations

from typing import Any, ClassVar

import django.db.models.deletion
from django.db import migrations, models


def sealed() -> Any:
    return models.OneToOneField(
        blank=True,
        null=True,
        on_delete=django.db.models.deletion.SET_NULL,
        related_name="+",
        to="support.sealed",
    )


def mark() -> Any:
    return models.CharField(blank=True, db_index=True, max_length=64, default="")


OF_ONE = ("needcard", "competenceprofile", "coachingcase", "peerexchange")


class Migration(migrations.Migration):
    dependencies: ClassVar = [("accounts", "0001_tables"), ("support", "0006_mark_no_answer")]

    operations: ClassVar = [
        migrations.RemoveConstraint("coachingcase", "support_coachingcase_score"),
        migrations.RemoveConstraint("peerexchange", "support_peerexchange_score"),
        migrations.RenameField("peerexchange", "score", "old_score"),
        migrations.AddField("peerexchange", "score", sealed()),
        migrations.AddField("coachingcase", "score", sealed()),
        *(migrations.AddField(name, "who", sealed()) for name in OF_ONE),
        *(migrations.AddField(name, "mark", mark(), preserve_default=False) for name in OF_ONE),
        migrations.RenameField("coachingentry", "by", "coach"),
        migrations.AlterField(
            "coachingentry",
            "coach",
            models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="accounts.person",
            ),
        ),
    ]
