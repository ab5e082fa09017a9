"""Tell apart what closed without an answer, and say since when feedback is asked. See Note [Closed without an answer]."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import migrations
from django.db.models import Max
from django.utils import timezone


def mark(apps: Any, schema_editor: Any) -> None:
    get = apps.get_model
    silent = get("support", "Case").objects.filter(state="closed")
    silent.exclude(feedback__answered_on__isnull=False).update(state="unanswered")
    asked = get("support", "CoachingCase").objects.filter(state="feedback", feedback_on=None)
    asked.update(feedback_asked_on=timezone.localdate())
    for course in get("support", "Course").objects.filter(state="held").annotate(last=Max("sessions__on")):
        course.feedback_asked_on = course.last
        course.save(update_fields=["feedback_asked_on"])


class Migration(migrations.Migration):
    dependencies: ClassVar = [("support", "0005_no_answer")]

    operations: ClassVar = [migrations.RunPython(mark, migrations.RunPython.noop)]
