"""What belongs to a course to read: files of those who run it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import pgettext_lazy

from poliedro.support.models.agency import Course


class CourseMaterial(models.Model):
    """A file of a course. Not confidential: it is the trainer's, and says nothing of who takes part."""

    class Readers(models.TextChoices):
        SEATS = "seats", pgettext_lazy("material", "those who have a seat")
        ALL = "all", pgettext_lazy("material", "all cluster managers and the agency")

    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="material")
    title = models.CharField(max_length=200)
    file = models.FileField(upload_to="course-material/%Y/")
    name = models.CharField(max_length=200, help_text="The name that readers get.")
    content_type = models.CharField(max_length=100)
    bytes = models.PositiveIntegerField()
    readers = models.CharField(max_length=10, choices=Readers, default=Readers.SEATS)
    added_at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["title", "pk"]

    def __str__(self) -> str:
        return self.title
