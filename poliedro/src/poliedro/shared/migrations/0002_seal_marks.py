"""Items that people put off are kept as keyed hashes: the clear key beside a person told who is coached."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import migrations, models
from django.utils.crypto import salted_hmac


def seal(apps: Any, _editor: Any) -> None:
    marks = apps.get_model("shared", "TodoMark")
    for row in marks.objects.filter(key__contains=".").order_by("pk"):
        row.key = salted_hmac("poliedro.shared.todos", f"{row.user_id}:{row.key}", algorithm="sha256").hexdigest()
        row.save(update_fields=["key"])


class Migration(migrations.Migration):
    dependencies: ClassVar = [("shared", "0001_tables")]
    operations: ClassVar = [
        migrations.AlterField(
            "todomark",
            "key",
            models.CharField(help_text="Of the item, hashed. See Note [Marks of items].", max_length=120),
        ),
        migrations.RunPython(seal, migrations.RunPython.noop),
    ]
