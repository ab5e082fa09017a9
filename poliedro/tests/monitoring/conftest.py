"""A study at each of its steps."""

from __future__ import annotations

import shutil
from typing import Any

import pytest
from factories import officer
from studies import SMALL, firms_with_accounts

from poliedro.evidence.files import folder
from poliedro.monitoring.models import StudyVersion
from poliedro.monitoring.services.impact import declare_study, freeze_study, run_study


@pytest.fixture
def evaluator(db: None) -> Any:
    return officer("evaluator")


@pytest.fixture
def draft(evaluator: Any) -> StudyVersion:
    firms_with_accounts()
    return declare_study(title="Turnover", declaration=SMALL, by=evaluator)


@pytest.fixture
def computed(draft: StudyVersion, evaluator: Any) -> StudyVersion:
    freeze_study(version=draft, by=evaluator)
    run_study(version=draft, by=evaluator)
    shutil.rmtree(folder() / "rooms" / draft.study.key / "papers", ignore_errors=True)  # of an earlier test
    return StudyVersion.objects.select_related("study", "run").get(pk=draft.pk)
