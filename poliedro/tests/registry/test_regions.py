"""Any region runs from a file and the importers, without a change of code."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from django.test import Client

from poliedro.config.commands.init import command as init
from poliedro.registry.models import Cluster, Organisation, Project, ProjectPlace
from poliedro.registry.queries.clusters import area_matrix, clusters_on
from poliedro.registry.queries.geography import region_map
from poliedro.registry.queries.money import mandates_of
from poliedro.registry.services.region_setup import load_region
from poliedro.shared.dated import Moment
from poliedro.shared.region import SHIPPED, InvalidRegion, read_region, region

DAY = Moment(date(2020, 6, 1))
pytestmark = pytest.mark.django_db


@pytest.fixture
def emilia_romagna(settings: Any) -> Iterator[Any]:
    settings.REGION = "emilia-romagna"
    region.cache_clear()
    load_region(region())
    yield region()
    region.cache_clear()


def test_second_region_has_its_clusters_bodies_areas_and_map(emilia_romagna: Any) -> None:
    clusters = clusters_on(DAY)
    assert [c.key for c in clusters] == ["agrifood", "mech", "health"]
    assert all(len(m) == 1 for m in mandates_of(clusters, DAY).values())
    assert [a.code for a in area_matrix("2014-20", DAY, clusters_on(DAY)).areas_without_cluster] == ["CUL", "EDI"]
    drawn = region_map(emilia_romagna)
    assert drawn.is_schematic
    assert len(drawn.geojson["features"]) == 9


def test_pages_speak_of_the_second_region(emilia_romagna: Any, client: Client) -> None:
    for address in (
        "/",
        "/clusters/",
        "/clusters/agrifood/",
        "/ecosystem/",
        "/tables/",
        "/organisations/",
        "/sources/",
    ):
        page = client.get(address, headers={"accept-language": "en"})
        assert page.status_code == 200, address
        assert "Emilia-Romagna" in page.content.decode()
        assert "Piedmont" not in page.content.decode(), address


def test_loading_the_file_again_changes_nothing(emilia_romagna: Any) -> None:
    before = Organisation.objects.count(), Cluster.objects.count()
    load_region(emilia_romagna)
    assert (Organisation.objects.count(), Cluster.objects.count()) == before


def test_same_importers_fill_the_second_region(emilia_romagna: Any, real_data: Path) -> None:
    from poliedro.reference.services.loads import load_file
    from poliedro.registry.services.imports import IMPORTERS

    load_file(IMPORTERS["opencoesione"], real_data / "projects", by=None)
    assert Project.objects.filter(scheme="cohesion", certainty="official").count() > 500
    places = ProjectPlace.objects.select_related("territory", "project")
    assert places.count() > 500
    assert {p.territory.code[:4] for p in places if p.territory.level != "lau"} == {"ITH5"}
    below = [p for p in places if p.territory.level != "nuts2"]
    assert len(below) > 300
    page = Client().get(f"/projects/{below[0].project.pk}/", headers={"accept-language": "en"}).content.decode()
    assert below[0].territory.name in page


def test_init_writes_a_file_that_loads(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    done = CliRunner().invoke(init, [str(path), "--code", "ES21", "--name", "Mi Tierra"])
    assert done.exit_code == 0
    mine = read_region(path)
    assert (mine.key, mine.code, mine.country) == ("mi-tierra", "ES21", "ES")
    load_region(mine)
    assert Cluster.objects.get().name == "First cluster"


def test_init_never_overwrites(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("mine")
    done = CliRunner().invoke(init, [str(path)])
    assert done.exit_code == 2
    assert "choose another name" in done.output


def test_file_that_names_an_unknown_province_says_which(tmp_path: Path) -> None:
    text = (SHIPPED / "emilia-romagna.yaml").read_text().replace("seat: ITH55, lead", "seat: XX999, lead")
    path = tmp_path / "wrong.yaml"
    path.write_text(text)
    with pytest.raises(InvalidRegion, match="'XX999', which is not among the provinces"):
        load_region(read_region(path))


def test_file_without_a_code_says_so(tmp_path: Path) -> None:
    path = tmp_path / "wrong.yaml"
    path.write_text("key: a\ncountry: IT\nnames: {it: A}\n")
    with pytest.raises(InvalidRegion, match="has no 'code'"):
        read_region(path)


@pytest.mark.parametrize(
    ("contact", "said"),
    [
        ({}, "has not named an address yet"),
        ({"name": "The office", "email": "us@region.example"}, "mailto:us@region.ex"),
    ],
)
def test_the_accessibility_statement_leads_to_whom_the_file_names(
    client: Client, monkeypatch: pytest.MonkeyPatch, contact: dict[str, str], said: str
) -> None:
    monkeypatch.setitem(region().raw, "contact", contact)
    assert said in client.get("/accessibility/", headers={"accept-language": "en"}).content.decode()


def test_a_contact_without_an_address_says_what_is_missing_when_the_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("key: a\ncode: XX1\ncountry: XX\nnames: {it: A}\ncontact: {name: The office}\n")
    with pytest.raises(InvalidRegion, match="contact of a needs a name, and an email or a url"):
        read_region(path)
