"""Files of a course: added and taken away by whoever runs it."""

from __future__ import annotations

from functools import partial
from pathlib import PurePath
from typing import Any
from uuid import uuid4

from django.core.files.base import ContentFile
from django.db import transaction

from poliedro.audit.services import record
from poliedro.support.models import Course, CourseMaterial
from poliedro.support.rules.material import check_material


@transaction.atomic
def add_material(*, course: Course, title: str, name: str, content: bytes, readers: str, by: Any) -> CourseMaterial:
    """Keep a file under a name that nobody can guess. Raises `rules.material.NotMaterial`."""
    kind = check_material(name, content)
    name = PurePath(name.replace("\\", "/")).name
    made = CourseMaterial(
        course=course,
        title=title.strip() or name,
        name=name[-200:],
        content_type=kind,
        bytes=len(content),
        readers=readers,
        by=by if getattr(by, "is_authenticated", False) else None,
    )
    made.file.save(f"{uuid4().hex}{PurePath(name).suffix.lower()}", ContentFile(content), save=False)
    made.save(force_insert=True)
    record(by=by, verb="add_material", subject_kind="course", subject_key=course.pk, bytes=made.bytes)
    return made


@transaction.atomic
def remove_material(*, material: CourseMaterial, by: Any) -> None:
    """Take a file away for good."""
    course, storage, path = material.course_id, material.file.storage, material.file.name
    material.delete()
    record(by=by, verb="remove_material", subject_kind="course", subject_key=course)
    if path:
        transaction.on_commit(partial(storage.delete, path))
