"""Goals of coaching are agreed one by one, and rated when it ends, sealed."""

from __future__ import annotations

from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("support", "0017_consent_and_dropped")]

    operations: ClassVar = [
        migrations.AddField(
            "coachingentry",
            "rating",
            models.OneToOneField(
                blank=True,
                help_text="How far a goal was reached, -2 to 2.",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="support.sealed",
            ),
        ),
        migrations.AlterField(
            "coachingentry",
            "kind",
            models.CharField(
                choices=[
                    ("note", "note"),
                    ("meeting", "meeting"),
                    ("document", "document"),
                    ("action", "agreed action"),
                    ("goal", "agreed goal"),
                ],
                max_length=10,
            ),
        ),
    ]
