"""Files of a course: who may read them, what is taken, and how they are handed out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from factories import cluster, manager_of, officer
from support_samples import course_of, material_of

from poliedro.support.models import CourseMaterial
from poliedro.support.rules.material import LARGEST_BYTES, NotMaterial, check_material
from poliedro.support.services.agency import enrol


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("slides.html", b"<script>"),
        ("slides.pdf", b"<script>"),
        ("macro.docm", b"PK\x03\x04"),
        ("slides", b"%PDF-1.7"),
        ("large.pdf", b"%PDF-" + b"0" * LARGEST_BYTES),
    ],
)
def test_other_kinds_and_large_files_are_refused(name: str, content: bytes) -> None:
    with pytest.raises(NotMaterial):
        check_material(name, content)


@pytest.mark.django_db
def test_material_for_seats_is_read_with_a_seat_alone(client: Client, settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path
    agrifood, coach = cluster("agrifood"), officer("coach")
    seated, waiting = manager_of(agrifood), manager_of(agrifood, "second@test.example")
    course = course_of(coach.person, seats=1)
    for login in (seated, waiting):
        enrol(course=course, person=login.person, cluster=agrifood, by=login)
    client.force_login(coach)
    upload = SimpleUploadedFile("../slides.pdf", b"%PDF-1.7 slides")
    client.post(reverse("support:course_run", args=[course.pk]), {"do": "material", "file": upload, "readers": "seats"})
    made = CourseMaterial.objects.get()
    assert (made.name, made.title) == ("slides.pdf", "slides.pdf")
    assert "slides" not in made.file.name
    address = reverse("support:course_material", args=[made.pk])
    funding = officer("funding_officer")
    for reader, status in ((coach, 200), (seated, 200), (waiting, 403), (funding, 403)):
        client.force_login(reader)
        assert client.get(address).status_code == status
    client.force_login(seated)
    answer: Any = client.get(address)
    assert answer.content == b"%PDF-1.7 slides"
    assert answer["Content-Disposition"] == 'attachment; filename="slides.pdf"'
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert address in client.get(reverse("support:course", args=[course.pk])).content.decode()
    client.force_login(coach)
    client.post(reverse("support:course_run", args=[course.pk]), {"do": "remove_material", "material": made.pk})
    assert not CourseMaterial.objects.exists()


@pytest.mark.django_db
def test_open_material_is_read_by_every_manager(client: Client, settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path
    address = reverse("support:course_material", args=[material_of(course_of(officer("coach").person)).pk])
    client.force_login(manager_of(cluster("mesap")))
    assert client.get(address).status_code == 200
