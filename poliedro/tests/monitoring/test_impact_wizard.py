"""The wizard of a study and what its page says while it is computed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from factories import officer
from studies import SMALL, address, entered, firms_with_accounts

from poliedro.monitoring.forms.impact import OutcomesForm, QuestionForm
from poliedro.monitoring.models import StudyVersion
from poliedro.monitoring.queries.impact import RUN
from poliedro.monitoring.report.meaning import declared_facts
from poliedro.monitoring.rules.impact import Declaration, spelled_out
from poliedro.monitoring.services.impact import (
    change_declaration,
    declare_study,
    freeze_study,
    open_data_room,
    start_study,
)
from poliedro.reference.models import ProgrammePeriod
from poliedro.shared.models import Job

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft(evaluator: Any) -> StudyVersion:
    firms_with_accounts(members=20, others=30)
    return declare_study(title="Turnover", declaration=SMALL, by=evaluator)


def asked(**change: Any) -> QuestionForm:
    given = {"title": "T", "question": "Q?", "cycle": "", "first_join": 2016, "last_join": 2018, "legal_forms": ["srl"]}
    return QuestionForm({**given, **change})


def test_years_that_do_not_fit_say_what_to_write() -> None:
    form = asked(first_join=2020, last_join=2015)
    assert form.errors["last_join"] == ["Scriva qui 2020 o un anno successivo, oppure un anno precedente sopra."]


def test_programming_period_holds_some_of_the_years_of_joining() -> None:
    for key, first, last in (("2007-13", "2007-01-01", "2013-12-31"), ("2014-20", "2014-01-01", "2020-12-31")):
        ProgrammePeriod.objects.get_or_create(key=key, defaults={"valid_from": first, "valid_to": last})
    assert "cycle" in asked(cycle="2007-13").errors
    assert not asked(cycle="2014-20").errors
    assert not asked(cycle="2007-13", first_join=2012).errors, "the review says that some lie outside"


def outcomes(lead: str, *ticked: str) -> OutcomesForm:
    given = {k: v for k, v in spelled_out(Declaration()).items() if v is not None}
    return OutcomesForm({**given, "outcomes": list(ticked), "lead": lead})


def test_leading_outcome_is_chosen_among_those_ticked() -> None:
    form = outcomes("persons", "turnover", "persons")
    assert form.is_valid(), form.errors
    assert form.changed(Declaration()).outcomes == ("persons", "turnover")
    assert "lead" in outcomes("tfp", "turnover", "persons").errors
    assert OutcomesForm(initial=spelled_out(replace(SMALL, outcomes=("tfp", "turnover")))).initial["lead"] == "tfp"


def test_declaration_reads_back_everything_that_the_wizard_asked() -> None:
    facts = dict(declared_facts(SMALL))
    assert facts["Estrazioni a caso per il placebo"] == "20"
    assert facts["Livello degli intervalli"] == "95%"
    assert "sotto 0,01" in facts["Nessuna stima se"]
    assert "nessuna è prevista" in facts["Anticipazione"]
    assert "tutti i poli, nessuno è stato scelto" in facts["Poli"]


def test_study_that_can_only_be_refused_is_frozen_only_by_who_means_it(draft: StudyVersion, evaluator: Any) -> None:
    client = entered(evaluator)
    change_declaration(version=draft, declaration=replace(SMALL, minimum=50), by=evaluator)
    page = client.get(address("declare", draft, step="review")).content.decode()
    assert "Poliedro Piemonte" in page, "the region stands in what is round every page"
    assert "Cambia gli aderenti" in page
    assert 'name="anyway"' in page
    client.post(address("freeze_study", draft))
    draft.refresh_from_db()
    assert draft.frozen_at is None
    client.post(address("freeze_study", draft), {"anyway": "on"})
    draft.refresh_from_db()
    assert draft.frozen_at is not None


def test_page_says_that_the_last_calculation_gave_nothing_and_that_the_extract_is_kept(
    draft: StudyVersion, evaluator: Any
) -> None:
    version = open_data_room(version=freeze_study(version=draft, by=evaluator), by=evaluator)
    Job.objects.create(
        name=RUN,
        title="Compute",
        by=evaluator,
        arguments={"pk": version.pk},
        state="failed",
        finished_at=timezone.now(),
    )
    page = entered(evaluator).get(address("study", version)).content.decode()
    assert "L'ultimo calcolo non ha dato risultati." in page
    assert "Il suo processo si è fermato." in page
    assert "il suo estratto è tratto" in page
    assert "Calcola lo studio" in page


def test_page_says_that_a_run_is_under_way_and_a_second_click_starts_none(draft: StudyVersion, evaluator: Any) -> None:
    draft = freeze_study(version=draft, by=evaluator)
    client = entered(evaluator)
    assert "Calcola lo studio" in client.get(address("study", draft)).content.decode()
    job = Job.objects.create(name=RUN, title="Run", arguments={"pk": draft.pk}, by=evaluator)
    assert start_study(version=draft, title="Again", by=evaluator) == job
    page = client.get(address("study", draft)).content.decode()
    assert "Lo studio è in calcolo" in page
    assert "Calcola lo studio" not in page
    assert reverse("shared:job", args=[job.pk]) in page
    other = officer("evaluator", email="other@example.org")
    assert entered(other).post(address("run_study", draft)).url == address("study", draft)  # type: ignore[attr-defined]
    assert Job.objects.count() == 1
    Job.objects.update(finished_at=job.created_at, state="failed")
    assert "Calcola lo studio" in client.get(address("study", draft)).content.decode()
