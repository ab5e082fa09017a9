"""Seal of which cluster a coaching case is, and the coach's tie to it. See Note [A sealed tie]."""

from __future__ import annotations

import json
from typing import Any, ClassVar

from django.db import migrations

from poliedro.shared.vault import key_ring


def seal_clusters(apps: Any, schema_editor: Any) -> None:
    for case in apps.get_model("support", "CoachingCase").objects.exclude(who=None).select_related("who", "cluster"):
        row, told = case.who, {"cluster": case.cluster.key, "cluster_name": case.cluster.name}
        belongs_to = f"{row.purpose}:{row.pk}"
        who = json.loads(key_ring().open(row.key_id, row.token, belongs_to)) | told
        row.key_id, row.token = key_ring().seal(json.dumps(who).encode(), belongs_to)
        row.save(update_fields=["key_id", "token"])
    ties = apps.get_model("accounts", "Tie").objects.filter(origin_key__startswith="support.coaching:", token="")
    for tie in ties.order_by("pk"):
        belongs_to = f"accounts.tie:{tie.person_id}:{tie.origin_key}"
        tie.key_id, tie.token = key_ring().seal(tie.subject_key.encode(), belongs_to)
        tie.subject_key = ""
        tie.save(update_fields=["key_id", "token", "subject_key"])


class Migration(migrations.Migration):
    dependencies: ClassVar = [("accounts", "0002_sealed_ties"), ("support", "0010_vouchers")]

    operations: ClassVar = [migrations.RunPython(seal_clusters, migrations.RunPython.noop)]
