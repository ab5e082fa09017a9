"""Seal whose needs, grids, coaching and exchanges are, and the scores. See Note [Whose]."""

from __future__ import annotations

import json
from typing import Any, ClassVar
from uuid import uuid4

from django.db import migrations
from django.db.models import F

from poliedro.shared.vault import key_ring


def seal_whose(apps: Any, schema_editor: Any) -> None:
    def get(name: str) -> Any:
        return apps.get_model("support", name)

    def sealed(purpose: str, text: str) -> Any:
        key = uuid4()
        key_id, token = key_ring().seal(text.encode(), f"{purpose}:{key}")
        return get("Sealed").objects.create(id=key, purpose=purpose, key_id=key_id, token=token)

    def give(row: Any, kind: str, person: Any, **more: Any) -> None:
        row.who = sealed(kind, json.dumps({"person": person.pk, "name": person.name, **more}))
        row.mark = key_ring().mark(f"{kind}:{row.who_id}:{person.pk}")

    for row in get("NeedCard").objects.select_related("person", "cluster").order_by("pk"):
        give(row, "need-of", row.person, cluster=row.cluster.key)
        row.save(update_fields=["who", "mark"])
    for row in get("CompetenceProfile").objects.select_related("person").order_by("pk"):
        give(row, "profile-of", row.person)
        row.save(update_fields=["who", "mark"])
    get("CoachingEntry").objects.filter(coach=F("case__manager")).update(coach=None)
    for row in get("CoachingCase").objects.select_related("manager").order_by("pk"):
        if row.erased_on is None:
            give(row, "coaching-of", row.manager)
        if row.feedback_score is not None:
            row.score = sealed("score", str(row.feedback_score))
        row.save(update_fields=["who", "mark", "score"])
    for row in get("PeerExchange").objects.select_related("learner").order_by("pk"):
        give(row, "exchange-of", row.learner)
        if row.old_score is not None:
            row.score = sealed("score", str(row.old_score))
        row.save(update_fields=["who", "mark", "score"])


class Migration(migrations.Migration):
    dependencies: ClassVar = [("support", "0007_whose")]

    operations: ClassVar = [migrations.RunPython(seal_whose, migrations.RunPython.noop)]
