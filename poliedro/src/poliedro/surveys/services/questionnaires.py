"""Questionnaires from their files into the database: each version once, and never changed afterwards."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import yaml
from django.db import transaction

from poliedro.audit.services import record
from poliedro.surveys.models import Questionnaire, QuestionnaireVersion
from poliedro.surveys.rules.definition import InvalidQuestionnaire, read_definition

SHIPPED = Path(__file__).resolve().parent.parent / "questionnaires"


@transaction.atomic
def publish_questionnaire(*, raw: dict[str, Any], by: Any = None) -> QuestionnaireVersion:
    """Make a version known. The same again changes nothing.

    Raises:
        InvalidQuestionnaire: the file breaks a rule, or states otherwise what this version said before.
    """
    definition = read_definition(raw)
    checksum = hashlib.sha256(json.dumps(raw, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
    questionnaire, _ = Questionnaire.objects.get_or_create(
        key=definition.key, defaults={"kind": raw["kind"], "position": raw.get("position", 50)}
    )
    held = QuestionnaireVersion.objects.filter(questionnaire=questionnaire, version=definition.version).first()
    if held is not None:
        if held.checksum != checksum:
            raise InvalidQuestionnaire(
                f"{definition.key} version {definition.version} was published with other words; raise its version"
            )
        return held
    made = QuestionnaireVersion.objects.create(
        questionnaire=questionnaire, version=definition.version, content=raw, checksum=checksum
    )
    record(
        by=by, verb="publish_questionnaire", subject_kind="QuestionnaireVersion", subject_key=made.pk,
        questionnaire=definition.key, version=definition.version,
    )  # fmt: skip
    return made


def load_questionnaires(folder: Path = SHIPPED) -> int:
    """Publish every questionnaire of a folder. Returns how many versions it holds. Raises InvalidQuestionnaire."""
    files = sorted(folder.glob("*.yaml"))
    for file in files:
        publish_questionnaire(raw=yaml.safe_load(file.read_text(encoding="utf-8")))
    return len(files)
