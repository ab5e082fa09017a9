from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from factories import cluster, manager_of
from import_samples import classes, places, write

from poliedro.registry.models import MembershipSpell

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser, pytest.mark.both]
FAULTY = (
    "denominazione;codice fiscale;comune;provincia;data adesione\n"
    "Alfa S.r.l.;12345670017;Torino;TO;01/03/2019\nBeta S.r.l.;;Torino;TO;31/31/2019\n"
    "Gamma S.r.l.;;Altrove;TO;2020-01-01\n"
)


def test_member_list_with_errors_is_corrected_loaded_and_undone(
    live_server: Any, page: Any, sign_in: Any, axe: Any, tmp_path: Path, settings: Any
) -> None:
    settings.VAR = tmp_path / "var"
    places()
    classes()
    sign_in(manager_of(cluster("agrifood")))
    page.goto(f"{live_server.url}/clusters/agrifood/lists/")
    axe()
    page.set_input_files("input[type=file]", write(tmp_path / "aderenti.csv", FAULTY))
    page.locator("main form button").first.click()
    page.wait_for_url("**/lists/*/")
    axe()
    assert "2" in page.locator("h1").inner_text()
    cells = page.locator("table tbody tr").all_inner_texts()
    assert "31/31/2019" in cells[0]
    assert "Altrove" in cells[1]
    assert not MembershipSpell.objects.exists()

    page.locator("main p.buttons a.button").click()
    corrected = FAULTY.replace("31/31/2019", "31/12/2019").replace("Altrove", "Ivrea")
    page.set_input_files("input[type=file]", write(tmp_path / "aderenti.csv", corrected))
    page.locator("main form button").first.click()
    page.wait_for_url("**/lists/*/")
    axe()
    page.locator("form[action$='/load/'] button").click()
    page.wait_for_url("**/clusters/agrifood/lists/")
    assert page.locator(".note[role=status]").count() == 1
    starts = MembershipSpell.objects.known().order_by("valid_from").values_list("valid_from", flat=True)
    assert list(starts) == [date(2019, 3, 1), date(2019, 12, 31), date(2020, 1, 1)]

    page.locator("form[action$='/undo/'] button").click()
    page.wait_for_load_state()
    assert not MembershipSpell.objects.known().exists()
    axe()
