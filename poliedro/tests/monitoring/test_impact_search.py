"""Signed studies in the site's search."""

from __future__ import annotations

from typing import Any

from django.test import Client
from django.urls import reverse
from django.utils import timezone
from factories import officer
from studies import SMALL, signed_study

from poliedro.evidence.models import Run
from poliedro.monitoring.models import StudyVersion
from poliedro.monitoring.services.impact import (
    declare_study,
    freeze_study,
    index_studies,
    index_studies_daily,
    revise_study,
    sign_study,
)
from poliedro.shared.models import SearchEntry


def computed(version: StudyVersion, run: Run) -> StudyVersion:
    """The version as if it had been computed with that result."""
    version.opened_at, version.run = timezone.now(), run
    version.extract_path, version.extract_checksum = "rooms/x.parquet", "0" * 64
    version.save()
    return version


def found(text: str, user: Any = None) -> str:
    """What the page answers; without the box that repeats what was asked for."""
    client = Client()
    if user is not None:
        client.force_login(user)
    page = client.get(reverse("portal:search"), {"q": text}, headers={"accept-language": "it"}).content.decode()
    return page.split('<ul class="results">')[1].split("</ul>")[0] if '<ul class="results">' in page else ""


def test_study_is_found_by_everybody_once_it_is_signed_and_by_nobody_before(evaluator: Any) -> None:
    run = signed_study(by=evaluator, title="Another one").run
    assert run is not None
    version = declare_study(title="Zafferano e adesione", declaration=SMALL, by=evaluator)
    for act in (lambda v: v, lambda v: freeze_study(version=v, by=evaluator), lambda v: computed(v, run)):
        version = act(version)
        assert index_studies([version]) == 0
        index_studies_daily(timezone.localdate())
        assert "Zafferano" not in found("zafferano") + found("zafferano", evaluator), version.state
    sign_study(version=version, opinion="Si crede fino al rosmarino.", by=evaluator)
    at = reverse("monitoring:study", args=[version.study.key, 1])
    for text in ("zafferano", "rosmarino", "fatturato zafferano", "turnover zafferano", "valutazione zafferano"):
        for reader in (None, evaluator, officer("coach") if text == "zafferano" else None):
            assert f'href="{at}">Zafferano e adesione</a>' in found(text, reader), text
    assert "studio di impatto firmato" in found("zafferano")
    assert Client().get(at).status_code == 200, "whoever finds it may read it"


def test_draft_of_a_new_version_leaves_the_signed_one_in_the_search(evaluator: Any) -> None:
    version = signed_study(by=evaluator, title="Zafferano e adesione")
    assert index_studies_daily(timezone.localdate()) == "1 studies in the search", "signed before they were indexed"
    new = revise_study(version=version, why="A second look", by=evaluator)
    index_studies([new])
    at = reverse("monitoring:study", args=[version.study.key, 1])
    assert f'href="{at}"' in found("zafferano")
    sign_study(version=computed(freeze_study(version=new, by=evaluator), version.run), opinion="Again.", by=evaluator)  # type: ignore[arg-type]
    assert f'href="{reverse("monitoring:study", args=[version.study.key, 2])}"' in found("zafferano")
    assert SearchEntry.objects.filter(kind="study").count() == 1
