"""Small files in the published formats, made up: no organisation, project or person of them exists."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from factories import code, territory

from poliedro.reference.models import Concordance
from poliedro.reference.services.loads import Outcome
from poliedro.registry.services.imports import IMPORTERS, import_path


def load(key: str, path: Path, **more: Any) -> Outcome:
    return import_path(importer=IMPORTERS[key], path=path, by=None, **more)


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def places() -> None:
    """Italy with Piedmont (Torino, Ivrea), Emilia-Romagna (Bologna), Campania (Napoli); Greece."""
    italy = territory("IT", "Italia", "nuts0")
    territory("EL", "Elláda", "nuts0")
    for region, name, province, sign, towns in (
        ("ITC1", "Piemonte", ("ITC11", "Torino"), "TO", {"Torino": (45.07, 7.68), "Ivrea": (45.46, 7.87)}),
        ("ITH5", "Emilia-Romagna", ("ITH55", "Bologna"), "BO", {"Bologna": (44.49, 11.34)}),
        ("ITF3", "Campania", ("ITF33", "Napoli"), "NA", {"Napoli": (40.85, 14.27)}),
    ):
        above = territory(region, name, "nuts2", parent=italy)
        within = territory(*province, "nuts3", parent=above, national_code=sign, latitude=45.0, longitude=8.0)
        for town, (latitude, longitude) in towns.items():
            territory(f"{sign}-{town.lower()}", town, "lau", parent=within, latitude=latitude, longitude=longitude)


def classes() -> None:
    code("62.01", label="Programming")
    code("72.1", label="Research")
    for ateco in ("62.01.00", "72.19.09", "01.13.10"):
        code(ateco, "ateco", "2007")
    code("62.10.00", "ateco", "2025")
    Concordance.objects.create(origin=code("62.01"), target=code("62.10", "nace", "2.1"))


def h2020(folder: Path, *, contribution: str = "100000.5", role: str = "participant", name: str = "ALFA SPA") -> Path:
    """The derived layout: two projects, four organisations, of which one has no name."""
    write(
        folder / "h2020_participations.csv",
        "rcn,role,pic,type,contribution,country,start_date,end_date,max_contribution,total_cost,start_year,nunique\n"
        f"200001,{role},900000001,PRC,{contribution},IT,2016-01-01,2018-12-31,500000,600000,2016,3\n"
        "200001,coordinator,900000002,HES,NA,EL,2016-01-01,2018-12-31,500000,600000,2016,3\n"
        "200001,coordinator,900000003,REC,0,UK,2016-01-01,2018-12-31,500000,600000,2016,3\n"
        "200002,partner,900000004,OTH,NA,NA,NA,NA,500000,NA,NA,1\n",
    )
    write(
        folder / "stacked_dump.csv",
        '"K-Core","activityType","city","country","name","orgId","postCode","shortName","street","organizationUrl"\n'
        '0,"HES","","","","","","","",""\n'
        f'0,"PRC","TORINO TO","IT","{name}","900000001","","Alfa","VIA PROVA 1",""\n'
        '0,"HES","M√ºnster","EL","UNIVERSIT√Ä PROVA","900000002","1000","UP","",""\n'
        '0,"REC","BONN","UK","GAMMA LTD","900000003","","","",""\n',
    )
    write(folder / "programme_parts.csv", "rcn,programme_part\n200001,LEIT\n")
    return folder


ORGANISATION = (
    "projectID;projectAcronym;organisationID;vatNumber;name;shortName;SME;activityType;street;postCode;city;country;"
    "nutsCode;geolocation;organizationURL;contactForm;contentUpdateDate;rcn;order;role;ecContribution;netEcContribution;"
    "totalCost;endOfParticipation;active\n"
)
PROJECT = (
    "id;acronym;status;title;startDate;endDate;totalCost;ecMaxContribution;legalBasis;topics;ecSignatureDate;"
    "frameworkProgramme;masterCall;subCall;fundingScheme;objective;contentUpdateDate;rcn;grantDoi;keywords\n"
)


def official(folder: Path, framework: str = "HORIZON", rcn: str = "300001") -> Path:
    """The official layout, decimal comma, one column more than documented."""
    write(
        folder / "project.csv",
        PROJECT + f'101;"ABC";SIGNED;"A project; with a semicolon";2023-01-01;2025-12-31;1000,5;900,25;{framework}.1;T;'
        f'2022-12-01;{framework};C;S;RIA;"Why";2024-01-01 10:00:00;{rcn};doi;k\n',
    )
    write(
        folder / "organization.csv",
        ORGANISATION
        + "101;ABC;900000001;IT12345670017;ALFA S.P.A.;Alfa;true;PRC;Via Prova 1;10100;Torino;IT;ITC11;45.07,7.68;"
        "www.alfa.example;;2024-01-01;1;1;coordinator;400,25;400,25;500;false;true\n"
        "101;ABC;900000005;;BETA SCARL;;false;REC;Via Prova 2;40100;Bologna BO;IT;ITH55;45.02,7.83;;;2024-01-01;2;2;"
        "associatedPartner;;0;;false;true\n"
        "101;ABC;900000006;;WINDHOEK LAB;;false;REC;;;Windhoek;NA;;;;;2024-01-01;3;3;participant;500;500;500;false;"
        "true\n",
    )
    return folder
