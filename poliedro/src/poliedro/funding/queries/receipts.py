"""What proves that an application was handed in."""

from __future__ import annotations

import hashlib
import json

from django.utils import timezone

from poliedro.funding.models import Application


def receipt_number(application: Application) -> str:
    """The call, the year and the application's own number: pass-2026-000123.

    Raises:
        ValueError: it was not handed in.
    """
    if application.submitted_at is None:
        raise ValueError(f"application {application.pk} was not handed in; only then it has a receipt")
    return f"{application.line.call.key}-{timezone.localtime(application.submitted_at).year}-{application.pk:06d}"


def checksum_of(application: Application) -> str:
    """SHA-256 of what was handed in: title, summary, facts, partners with their cost, work packages, rules' version."""
    said = [
        application.title, application.summary, application.facts, application.version.checksum,
        list(application.partners.order_by("pk").values_list("organisation_id", "cost_eur", "facts")),
        list(
            application.work_packages.order_by("number").values_list(
                "number", "title", "first_month", "last_month", "cost_eur"
            )
        ),
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(said, sort_keys=True, default=str, ensure_ascii=False).encode()).hexdigest()
