"""What the addresses of impact studies name."""

from __future__ import annotations

from django.http import Http404

from poliedro.monitoring.models import StudyVersion


def version_by_number(key: str, number: int) -> StudyVersion:
    """A version of a study. Raises Http404."""
    found = (
        StudyVersion.objects.select_related("study", "run", "by", "frozen_by", "signed_by")
        .filter(study__key=key, number=number)
        .first()
    )
    if found is None:
        raise Http404(f"no version {number} of a study {key!r}")
    return found
