"""Incubators' lists of their firms: who came, who left, what became of them."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from factories import organisation
from import_samples import load, places, write

from poliedro.reference.models import Load
from poliedro.reference.services.loads import LoadRefused
from poliedro.registry.models import IncubateeSpell, Organisation, StatusRecord
from poliedro.registry.services.imports import undo_import

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english")]
VAT = "12345670017"
HEADER = (
    "denominazione;codice fiscale;incubatore;data ingresso;data uscita;origine;stato;stato dal;verificato il;"
    "comune;provincia\n"
)
LIST = (
    HEADER + f"Luce S.r.l.;{VAT};I3P;01/03/2015;01/03/2018;Dipartimento di Fisica;attiva;;31/12/2020;Torino;TO\n"
    "Onda S.r.l.;;I3P;2016-01-01;2018-06-30;;cessata;2019-05-01;;;\n"
    "Seme S.r.l.;;I3P;2020-02-01;;;;;;;\n"
)


@pytest.fixture(autouse=True)
def _register() -> None:
    places()
    organisation("I3P", kind="incubator")


def statuses(name: str) -> list[tuple[str, date, date | None, date]]:
    rows = StatusRecord.objects.known().filter(organisation__name=name).order_by("valid_from", "pk")
    return list(rows.values_list("status", "valid_from", "valid_to", "checked_on"))


def test_list_becomes_spells_and_statuses(tmp_path: Path) -> None:
    outcome = load("incubatees", write(tmp_path / "i.csv", LIST))
    assert (outcome.rows_read, outcome.rows_loaded) == (3, 3)
    spells = IncubateeSpell.objects.known().order_by("valid_from")
    assert list(spells.values_list("organisation__name", "valid_from", "valid_to", "origin")) == [
        ("Luce S.r.l.", date(2015, 3, 1), date(2018, 3, 1), "Dipartimento di Fisica"),
        ("Onda S.r.l.", date(2016, 1, 1), date(2018, 6, 30), ""),
        ("Seme S.r.l.", date(2020, 2, 1), None, ""),
    ]
    assert statuses("Luce S.r.l.") == [("alive", date(2015, 3, 1), None, date(2020, 12, 31))]
    assert statuses("Onda S.r.l.") == [
        ("alive", date(2016, 1, 1), date(2019, 5, 1), date(2019, 4, 30)),
        ("closed", date(2019, 5, 1), None, date(2019, 5, 1)),
    ]
    assert statuses("Seme S.r.l.") == [], "nobody is taken for alive without being seen"
    assert load("incubatees", tmp_path / "i.csv").rows_loaded == 0


def test_firm_that_closed_since_is_closed_and_undo_takes_it_back(tmp_path: Path) -> None:
    load("incubatees", write(tmp_path / "i.csv", LIST))
    later = LIST.replace("attiva;;31/12/2020", "acquisita;2021-04-01;2021-06-30")
    outcome = load("incubatees", write(tmp_path / "i.csv", later))
    assert [s[0] for s in statuses("Luce S.r.l.")] == ["alive", "acquired"]
    undo_import(load=Load.objects.get(pk=outcome.load), by=None)
    assert statuses("Luce S.r.l.") == [("alive", date(2015, 3, 1), None, date(2020, 12, 31))]


def test_row_without_a_number_means_the_start_up_of_that_name(tmp_path: Path) -> None:
    known = organisation("Onda S.r.l.", kind="start_up")
    load("incubatees", write(tmp_path / "i.csv", LIST))
    assert IncubateeSpell.objects.known().filter(organisation=known).count() == 1
    assert Organisation.objects.filter(name="Onda S.r.l.").count() == 1


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("Luce;;Nowhere;2015-01-01;;;;;;;", "no incubator"),
        ("Luce;;I3P;;;;;;;;", "is empty"),
        ("Luce;;I3P;2015-01-01;2014-01-01;;;;;;", "not after the day it came"),
        ("Luce;;I3P;2015-01-01;;;happy;;;;", "not in the list of values"),
        ("Luce;;I3P;2015-01-01;;;attiva;;;;", "is empty"),
        ("Luce;;I3P;2015-01-01;;;cessata;;;;", "is empty"),
        ("Luce;;I3P;2015-01-01;;;cessata;2014-01-01;;;", "does not fit"),
        ("Luce;123;I3P;2015-01-01;;;;;;;", "no codice fiscale"),
    ],
)
def test_wrong_row_stops_the_list_and_says_why(tmp_path: Path, row: str, message: str) -> None:
    with pytest.raises(LoadRefused) as refused:
        load("incubatees", write(tmp_path / "i.csv", HEADER + row + "\n"))
    (found,) = refused.value.outcome.rejected
    assert message in found.problem
    assert not IncubateeSpell.objects.exists()
