"""Seal whose seats there are."""

from __future__ import annotations

import json
from typing import Any, ClassVar
from uuid import uuid4

from django.db import migrations

from poliedro.shared.vault import key_ring


def seal_seats(apps: Any, schema_editor: Any) -> None:
    seats, sealed = apps.get_model("support", "Enrolment"), apps.get_model("support", "Sealed")
    for seat in seats.objects.select_related("person", "cluster").order_by("pk"):
        ring, key = key_ring(), uuid4()
        who = {"person": seat.person_id, "name": seat.person.name}
        if seat.cluster is not None:
            who |= {"cluster": seat.cluster.key, "cluster_name": seat.cluster.name}
        key_id, token = ring.seal(json.dumps(who).encode(), f"enrolment:{key}")
        seat.who = sealed.objects.create(id=key, purpose="enrolment", key_id=key_id, token=token)
        seat.mark = ring.mark(f"enrolment:{seat.course_id}:{seat.person_id}")
        seat.save(update_fields=["who", "mark"])


class Migration(migrations.Migration):
    dependencies: ClassVar = [("support", "0002_enrolment_who")]

    operations: ClassVar = [migrations.RunPython(seal_seats, migrations.RunPython.noop)]
