"""Papers of a study, its extract's words and names, and the year that firms are compared with."""

from __future__ import annotations

import hmac
from typing import Any

import polars as pl
import pytest
from django.test import Client, override_settings
from django.urls import reverse
from django.utils.translation import override
from factories import officer
from studies import signed_study

from poliedro.monitoring.report import paper
from poliedro.monitoring.report.words import step_words, why_unmatched
from poliedro.monitoring.runs.extract import _listed, pseudonyms
from poliedro.monitoring.tasks.impact import _draw


@pytest.mark.django_db
def test_papers_drawn_before_the_address_of_the_site_is_known_are_handed_out(monkeypatch: pytest.MonkeyPatch) -> None:
    version, drawn, said = signed_study(by=officer("evaluator")), list[str](), list[tuple[int, int]]()

    def pdf_of(page: str, _styles: Any) -> bytes:
        drawn.append(page)
        return b"%PDF"

    monkeypatch.setattr(paper, "pdf_of", pdf_of)
    _draw(lambda done, of, _what="": said.append((done, of)), version.pk, "")
    assert len(drawn) == len(paper.PAPERS) == len(said), "every paper once, each told as progress"
    address = {"key": version.study.key, "number": version.number}
    for kind in paper.KINDS:
        assert Client().get(reverse("monitoring:study_report", kwargs={**address, "kind": kind})).content == b"%PDF"
    assert len(drawn) == len(paper.PAPERS), "nobody waited for one"
    page = Client().get(reverse("monitoring:study", kwargs=address)).content.decode()
    assert "impaginato quando lo si chiede" not in page


@pytest.mark.parametrize("secret", ["short", "x" * 64, "longer than a block " * 5])
def test_pseudonyms_are_the_keyed_digest_of_study_and_firm(secret: str) -> None:
    with override_settings(SECRET_KEY=secret):
        made = pseudonyms("growth", [7, 123_456])
    assert made == [hmac.digest(secret.encode(), b"growth/%d" % pk, "sha256").hex()[:12] for pk in (7, 123_456)]


def test_words_of_the_extract_are_listed_in_their_order_whatever_the_rows() -> None:
    a, b = _listed(pl.Series(["C", "", "A"])), _listed(pl.Series(["A", "A", "C", ""]))
    assert a.dtype == b.dtype == pl.Enum(["", "A", "C"])
    assert a.to_list() == ["C", "", "A"]


def test_with_anticipation_no_label_speaks_of_the_year_before_joining() -> None:
    with override("en"):
        for text in ("a covariate is null", "no outcome or stratum in the period before joining"):
            assert "year before joining" in why_unmatched(text)
            assert "year that all are compared with" in why_unmatched(text, 1)
        assert "year before joining" in step_words()["with_accounts"]
        assert "year that all are compared with" in step_words(2)["with_accounts"]
