"""The start-up list, OpenCoesione and the business register."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from import_samples import classes, load, places, write

from poliedro.reference.models import Load
from poliedro.reference.sources.files import UnreadableFile
from poliedro.registry.models import (
    Activity,
    DataQualityFinding,
    Identifier,
    Organisation,
    Project,
    ProjectPlace,
    ProjectSpending,
    RegisterCount,
    RegisteredFirm,
    RegisterFlag,
)
from poliedro.registry.services.imports import undo_import

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english")]
HEAD = (
    "RegionKey,Data_Iscrizione_StartUp,Data_Inizio_Attivita,Data_Registro_Imprese,Denominazione,nome,Provincia,Comune,"
    "Regione,AtecoCode,Settore,addetti,Regione_Mappata\n"
)


def start_ups(folder: Path) -> Path:
    return write(
        folder / "startups.csv",
        HEAD + "13,25/01/2023,,25/01/2023,alfa lab s.r.l.,Alfa Lab,TO,TORINO,PIEMONTE,620100,SERVIZI,0-4,\n"
        "13,25/01/2024,,25/01/2024,"
        "beta s.r.l.            start-up costituita a norma dell'art. 4 comma 10 bis,Beta,TO,IVREA,PIEMONTE,621000,,,\n"
        "13,25/01/2024,,25/01/2024,gamma s.r.l.,Gamma,TO,IVREA,PIEMONTE,11310,no data,no data,\n"
        "13,25/01/2024,,25/01/2024,delta s.r.l.,Delta,TO,TORINO,PIEMONTE,NC,,,\n"
        "13,25/01/2024,,25/01/2024,eta s.r.l.,Eta,TO,TORINO,PIEMONTE,999999,,,\n"
        "4,11/07/2017,12/04/2017,31/05/2017,zeta s.r.l.,Zeta,NAN,NAPOLI,CAMPANIA,721909,SERVIZI,,\n",
    )


def test_start_ups_of_the_region_only_unless_all_are_asked_for(tmp_path: Path) -> None:
    places()
    classes()
    outcome = load("start-ups", start_ups(tmp_path))
    assert (outcome.rows_read, outcome.rows_loaded, outcome.rows_skipped) == (6, 5, 1)
    assert outcome.detail["rows of other regions than Piedmont or Piemonte"] == 1, "what was looked for is named"
    assert load("start-ups", tmp_path, options={"everywhere": True}).rows_loaded == 1
    assert load("start-ups", tmp_path, options={"everywhere": True}).rows_loaded == 0


def test_naples_is_not_missing(tmp_path: Path) -> None:
    places()
    classes()
    load("start-ups", start_ups(tmp_path), options={"everywhere": True})
    assert Organisation.objects.get(short_name="Zeta").territory.name == "Napoli"  # type: ignore[union-attr]


def test_ateco_of_both_versions_and_with_lost_zero(tmp_path: Path) -> None:
    places()
    classes()
    load("start-ups", start_ups(tmp_path))
    versions = Activity.objects.values_list(
        "organisation__short_name", "code__code", "code__classification__version", "organisation__nace__code"
    )
    assert set(versions) == {
        ("Alfa Lab", "62.01.00", "2007", "62.01"),
        ("Beta", "62.10.00", "2025", "62.01"),
        ("Gamma", "01.13.10", "2007", None),
    }
    assert "999999 (1)" in DataQualityFinding.objects.get(key="start-ups-unknown-ateco").statement_en  # type: ignore[attr-defined]


def test_start_up_without_tax_code_has_a_stable_key_and_a_clean_name(tmp_path: Path) -> None:
    places()
    classes()
    load("start-ups", start_ups(tmp_path))
    beta = Organisation.objects.get(short_name="Beta")
    assert (beta.name, beta.kind, beta.founded_on) == ("BETA S.R.L.", "start_up", date(2024, 1, 25))
    assert Identifier.objects.get(organisation=beta).scheme == "local"
    flag = RegisterFlag.objects.get(organisation=beta)
    assert (flag.valid_from, flag.detail) == (date(2024, 1, 25), {"ateco": "621000"})


def test_official_start_up_list_with_tax_codes(tmp_path: Path) -> None:
    places()
    classes()
    path = write(
        tmp_path / "startup.csv",
        "denominazione;codice fiscale;pv;comune;data iscriz. alla sezione delle startup;ateco 2007;sito internet\n"
        "ALFA LAB S.R.L.;12345670017;TO;Torino;25/01/2023;62.01.00;www.alfa.example\n"
        "BETA S.R.L.;12345670018;TO;Torino;25/01/2023;62.01;\n",
    )
    outcome = load("start-ups", path, preview=True)
    assert [(r.number, r.field, r.value) for r in outcome.rejected] == [(3, "codice fiscale", "12345670018")]


PLACES = (
    "COD_LOCALE_PROGETTO;COD_REGIONE;DEN_REGIONE;COD_PROVINCIA;DEN_PROVINCIA;COD_COMUNE;DEN_COMUNE;COD_SLL;DEN_SLL;"
    "INDIRIZZO_PROG;CAP_PROG;OC_TERRITORIO_PROG;OC_FLAG_CAP_PROG\n"
)


def test_places_of_projects_of_the_region(tmp_path: Path) -> None:
    places()
    path = write(
        tmp_path / "localizzazioni.csv",
        PLACES + '1AB/1;1;PIEMONTE;1;TORINO;272;Torino;106;TORINO;"VIA ""PROVA"" 1";10135;C;1\n'
        "1AB/1;1;PIEMONTE;1;TORINO;125;Ivrea;106;IVREA;xxxxxxx;10015;C;1\n"
        "1AB/2;1;PIEMONTE;1;TORINO;0;Tutti i comuni; ; ; ; ;P;0\n"
        "1AB/3;1;PIEMONTE;0; ;0; ; ; ; ; ;R;0\n"
        "9XY/1;15;CAMPANIA;63;NAPOLI;49;Napoli; ; ; ; ;C;0\n",
    )
    outcome = load("opencoesione", path)
    assert (outcome.rows_loaded, outcome.rows_skipped) == (4, 1)
    assert set(ProjectPlace.objects.values_list("project__number", "territory__name", "address")) == {
        ("1AB/1", "Torino", 'VIA "PROVA" 1'),
        ("1AB/1", "Ivrea", ""),
        ("1AB/2", "Torino", ""),
        ("1AB/3", "Piemonte", ""),
    }
    assert load("opencoesione", path).rows_loaded == 0


def test_official_projects_give_titles_and_a_wrong_cup_becomes_a_finding(tmp_path: Path) -> None:
    places()
    write(tmp_path / "localizzazioni.csv", PLACES + "1AB/1;1;PIEMONTE;1;TORINO;272;Torino;;;;;C;1\n")
    write(
        tmp_path / "progetti.csv",
        "COD_LOCALE_PROGETTO;CUP;OC_TITOLO_PROGETTO;OC_SINTESI_PROGETTO;DEN_REGIONE;FINANZ_TOTALE_PUBBLICO;"
        "OC_DATA_INIZIO_PROGETTO\n"
        "1AB/1;C11G06000000001;UN PROGETTO;;PIEMONTE;1000,5;20160101\n1AB/2;X;ALTRO;;PIEMONTE:::LIGURIA;;\n",
    )
    load("opencoesione", tmp_path)
    project = Project.objects.get(number="1AB/1")
    assert (project.title, project.cup, project.starts_on) == ("UN PROGETTO", "C11G06000000001", date(2016, 1, 1))
    assert Project.objects.get(number="1AB/2").cup == ""
    assert DataQualityFinding.objects.get(kind="cup").sides[0]["value"] == "X"


def test_official_projects_state_their_spending_by_day_of_file(tmp_path: Path) -> None:
    places()
    header = (
        "COD_LOCALE_PROGETTO;CUP;OC_TITOLO_PROGETTO;DEN_REGIONE;FINANZ_TOTALE_PUBBLICO;IMPEGNI;TOT_PAGAMENTI;"
        "DATA_AGGIORNAMENTO;OC_DESCR_CICLO;OC_DENOM_BENEFICIARIO;OC_CODFISC_BENEFICIARIO\n"
    )
    row = (
        "1AB/1;C11G06000000001;UN PROGETTO;PIEMONTE;1000;900;{paid};{day};Ciclo 2014-2020;ALFA SRL:::BETA;00488410010\n"
    )
    load("opencoesione", write(tmp_path / "a.csv", header + row.format(paid="100,5", day="20190630")))
    load("opencoesione", write(tmp_path / "b.csv", header + row.format(paid="400", day="20191231")))
    held = ProjectSpending.objects.known().order_by("stated_on")
    assert [(s.stated_on, str(s.paid_eur), str(s.committed_eur)) for s in held] == [
        (date(2019, 6, 30), "100.50", "900.00"),
        (date(2019, 12, 31), "400.00", "900.00"),
    ]
    assert (held[0].beneficiary, held[0].beneficiary_tax_code) == ("ALFA SRL", "00488410010")


def register(path: Path, persons: str = "12") -> Path:
    return write(
        path,
        "register_code,name,activity,province,municipality,persons,size_class,active_from,active_to\n"
        f"1,Uno,62.01.00,TO,Torino,{persons},small,2010-01-01,\n"
        "2,Due,62.01,TO,,3,micro,2010-01-01,2023-06-30\n3,Tre,62.10.00,NA,Napoli,,,,\n",
    )


def test_register_counts_active_firms_by_class_province_and_size(tmp_path: Path) -> None:
    places()
    classes()
    load("business-register", register(tmp_path / "r.csv"), options={"year": 2024})
    counts = RegisterCount.objects.values_list("code__code", "territory__code", "size_class", "firms", "persons")
    assert set(counts) == {("62.01", "ITC11", "small", 1, 12), ("62.01", "ITF33", "", 1, None)}
    assert RegisteredFirm.objects.count() == 3


def test_changed_register_and_its_undo(tmp_path: Path) -> None:
    places()
    classes()
    options = {"year": 2024}
    load("business-register", register(tmp_path / "r.csv"), options=options)
    assert load("business-register", tmp_path / "r.csv", options=options).rows_loaded == 0
    changed = load("business-register", register(tmp_path / "r.csv", persons="20"), options=options)
    assert changed.rows_loaded == 1
    now = RegisterCount.objects.filter(retracted_at=None)
    assert now.get(size_class="small").persons == 20
    undo_import(load=Load.objects.get(pk=changed.load), by=None)
    assert now.get(size_class="small").persons == 12
    assert RegisteredFirm.objects.get(register_code="1").persons == 12


def test_register_needs_its_year(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="--year"):
        load("business-register", register(tmp_path / "r.csv"))
