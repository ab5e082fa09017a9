"""Journey: an evaluator declares a study, freezes it, computes it, reads it on a phone, and signs the report."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from factories import officer
from studies import firms_with_accounts
from surveys_made import answered_survey

from poliedro.monitoring.models import StudyVersion
from poliedro.registry.models import Cluster
from poliedro.shared.jobs import perform
from poliedro.shared.models import Job

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]


@pytest.fixture(autouse=True)
def _patient(page: Any) -> None:
    """Pages that compute charts of a whole study take their time on a busy machine."""
    page.set_default_timeout(30_000)


def filled(page: Any, **values: Any) -> None:
    for name, value in values.items():
        page.fill(f"#id_{name}", str(value))


def ticked(page: Any, name: str, *keys: str) -> None:
    """Exactly these boxes of a field."""
    for box in page.locator(f"input[name={name}]").all():
        box.set_checked(box.get_attribute("value") in keys)


def drawn(page: Any) -> None:
    page.locator("[data-chart]:not([data-drawn])").first.wait_for(state="detached")


def fits(page: Any) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


def test_evaluator_goes_from_the_declaration_to_the_signed_report(
    live_server: Any, page: Any, sign_in: Any, axe: Any, tmp_path: Path, settings: Any
) -> None:
    settings.VAR = tmp_path / "var"
    firms_with_accounts()
    for of in Cluster.objects.order_by("key"):
        answered_survey(of, closes_on=date(2020, 5, 1))
    evaluator = officer("evaluator")
    sign_in(evaluator)
    site = live_server.url

    # The question and who is studied.
    page.goto(f"{site}/impact/")
    axe()
    page.get_by_role("link", name="Dichiara un nuovo studio").click()
    axe()
    page.get_by_role("button", name="Salva e continua").click()
    page.locator("[aria-invalid=true], .error, .is-wrong").first.wait_for()  # an empty title is refused in place
    filled(
        page, title="Adesione e fatturato", question="Di quanto cresce il fatturato?", first_join=2010, last_join=2011
    )
    page.get_by_role("button", name="Salva e continua").click()

    # With whom: strata, near variables, and weights instead of pairs.
    page.wait_for_url("**/declare/comparison/")
    axe()
    ticked(page, "exact", "section")
    ticked(page, "matching", "log_assets", "debt_ratio")
    page.select_option("#id_distance", "entropy")
    page.get_by_role("button", name="Salva e continua").click()

    # Outcomes and the rules under which there is no answer.
    page.wait_for_url("**/declare/outcomes/")
    axe()
    ticked(page, "outcomes", "turnover", "persons")
    ticked(page, "breakdowns", "cluster")
    filled(page, horizon=2, placebos=2, placebo_draws=20)
    page.get_by_role("button", name="Salva e continua").click()

    # The review shows the sample; outcomes are still closed.
    page.wait_for_url("**/declare/review/")
    axe()
    assert "60" in page.locator("h1").inner_text()
    version = StudyVersion.objects.get()
    room = f"{site}/impact/{version.study.key}/1/room/"
    page.goto(room)
    assert page.get_by_role("button", name=re.compile("Apri")).count() == 0
    assert page.goto(f"{site}/impact/{version.study.key}/1/room/extract").status in (403, 404)
    page.goto(f"{site}/impact/{version.study.key}/1/declare/review/")
    page.get_by_role("button", name="Congela la dichiarazione").click()
    page.wait_for_url(f"**/impact/{version.study.key}/1/")
    version.refresh_from_db()
    assert version.frozen_at is not None
    assert version.opened_at is None

    # Compute in the background, with progress.
    page.get_by_role("button", name="Calcola lo studio").click()
    page.wait_for_url("**/jobs/*/")
    axe()
    job = Job.objects.get()
    perform.func(job.pk)
    page.goto(f"{site}/impact/{version.study.key}/1/")
    drawn(page)
    assert "Effetto stimato dell'adesione sul fatturato: +" in page.locator("h1").inner_text()
    axe()
    for heading in ("Anno per anno", "Per polo", "Che cosa dicono gli aderenti", "Il campione, passo per passo"):
        assert page.get_by_role("heading", name=heading).count() == 1, heading
    page.evaluate("document.querySelectorAll('main details:not(.mark)').forEach((d) => (d.open = true))")
    axe()

    # On a phone.
    page.set_viewport_size({"width": 390, "height": 844})
    page.reload()
    drawn(page)
    assert fits(page)
    axe()
    page.set_viewport_size({"width": 1280, "height": 900})

    # The data room: the extract, the weights, the package; each reading is logged.
    page.get_by_role("link", name="Stanza dei dati").click()
    axe()
    with page.expect_download() as taken:
        page.get_by_role("link", name=re.compile("replica", re.IGNORECASE)).click()
    assert taken.value.suggested_filename.endswith(".zip")
    page.reload()
    assert "ha preso il pacchetto di replica" in page.locator("main").inner_text()

    # The signature, and then anyone reads it.
    page.goto(f"{site}/impact/{version.study.key}/1/")
    page.get_by_role("link", name="Firma il risultato").click()
    axe()
    page.fill("#id_opinion", "Regge per imprese con pochi debiti.")
    page.get_by_role("button", name="Firma e pubblica").click()
    page.wait_for_url(f"**/impact/{version.study.key}/1/")
    page.context.clear_cookies()
    page.goto(f"{site}/impact/")
    axe()
    page.get_by_role("link", name=re.compile("fatturato")).first.click()
    drawn(page)
    assert "Regge per imprese con pochi debiti." in page.locator("main").inner_text()
    axe()
    page.goto(f"{site}/impact/{version.study.key}/1/report.html")
    axe()
    for kind in ("pdf", "summary-it", "summary-en"):
        answer = page.request.get(f"{site}/impact/{version.study.key}/1/report.{kind}")
        assert answer.status == 200
        assert answer.body().startswith(b"%PDF")
    assert page.goto(room).url.startswith(f"{site}/accounts/login/"), "the data room stays the evaluator's"
