"""The bodies of a region's file and the numbers that it gives for them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from factories import organisation, source
from import_samples import h2020, load

from poliedro.config.commands.init import command as init
from poliedro.config.commands.load_region import command as load_region_command
from poliedro.registry.models import Identifier, Merge, Organisation, Participation
from poliedro.registry.services.merges import undo_merge
from poliedro.registry.services.region_setup import load_region
from poliedro.shared.region import InvalidRegion, Region, read_region, region
from poliedro.shared.search import search

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english")]
VAT = "IT12345670017"


def file_of(*bodies: dict[str, Any]) -> Region:
    raw: dict[str, Any] = {
        "parents": [{"code": "IT", "name": "Italia", "level": "nuts0"}],
        "provinces": [{"code": "ITC11", "name": "Torino", "sign": "TO", "latitude": 45.07, "longitude": 7.69}],
        "ecosystem": [{"name": "Alfa Institute", "kind": "university", "seat": "ITC11", **b} for b in bodies],
    }
    return Region("mine", "ITC1", "IT", {"en": "Mine"}, raw=raw)


ALFA = {"identifiers": {"pic": "900000001"}}


@pytest.mark.parametrize("first", ["the region's file", "CORDIS"])
def test_a_body_with_its_number_stands_once_with_its_projects(tmp_path: Path, first: str) -> None:
    if first == "CORDIS":
        load("cordis-h2020", h2020(tmp_path / "h"))
    load_region(file_of(ALFA))
    if first != "CORDIS":
        load("cordis-h2020", h2020(tmp_path / "h"))
    alfa = Identifier.objects.known().get(scheme="pic", value="900000001").organisation
    assert (alfa.name, alfa.kind, alfa.merged_into) == ("Alfa Institute", "university", None)
    assert Participation.objects.known().get(organisation=alfa).project.rcn == "200001"
    assert [n.name for n in alfa.names.known()] == ["ALFA SPA"]
    assert not Organisation.objects.current().filter(name="ALFA SPA").exists()
    found = search("alfa", kinds=("organisation",))
    assert [r.key for r in found] == [str(alfa.pk)]


def test_the_file_again_and_the_tables_again_change_nothing(tmp_path: Path) -> None:
    load("cordis-h2020", h2020(tmp_path / "h"))
    load_region(file_of(ALFA))
    load("cordis-h2020", tmp_path / "h")  # fills what the file leaves open: the street, the short name
    before = list(Identifier.objects.order_by("pk").values()), Merge.objects.count(), Organisation.objects.count()
    load_region(file_of(ALFA))
    assert load("cordis-h2020", tmp_path / "h").rows_loaded == 0
    after = list(Identifier.objects.order_by("pk").values()), Merge.objects.count(), Organisation.objects.count()
    assert (before, before[1]) == (after, 1)


def test_a_number_that_the_file_gives_later_joins_the_two_and_can_be_taken_back(tmp_path: Path) -> None:
    load_region(file_of({}))
    load("cordis-h2020", h2020(tmp_path / "h"))
    assert Organisation.objects.current().filter(name__istartswith="alfa").count() == 2
    load_region(file_of(ALFA))
    assert Organisation.objects.current().filter(name__istartswith="alfa").count() == 1
    undo_merge(merge=Merge.objects.get(), by=None)
    assert Organisation.objects.current().filter(name__istartswith="alfa").count() == 2


def test_a_body_that_was_merged_into_another_is_that_other(tmp_path: Path) -> None:
    load_region(file_of({}))
    Organisation.objects.filter(name="Alfa Institute").update(merged_into=organisation(name="The Alfa"))
    load_region(file_of(ALFA))
    assert Identifier.objects.get().organisation.name == "The Alfa"


@pytest.mark.parametrize(
    ("numbers", "message"),
    [
        ([{"pic": "90000"}], "pic 90000 of Alfa Institute is no such number: a PIC has nine digits"),
        ([{"vat": "IT12345670018"}], "vat IT12345670018 of Alfa Institute is no such number"),
        ([{"vat": 12345670017}], "vat of Alfa Institute is not in quotes"),
        ([{"duns": "1"}], "has an identifier 'duns'; there are vat, tax_code, pic, lei"),
        ([["900000001"]], "write {pic:"),
        ([{"pic": "900000001"}, {"pic": "900000002"}], "given two numbers, pic 900000001 and 900000002"),
    ],
)
def test_a_number_that_cannot_be_is_refused(numbers: list[Any], message: str) -> None:
    with pytest.raises(InvalidRegion, match=message):
        load_region(file_of(*({"identifiers": n} for n in numbers)))


def test_a_number_of_two_bodies_of_the_file_is_refused() -> None:
    with pytest.raises(InvalidRegion, match="pic 900000001 is given to Alfa Institute and to Beta"):
        load_region(file_of(ALFA, {"name": "Beta", **ALFA}))


def test_a_number_that_the_register_contradicts_is_refused_and_nothing_is_changed(tmp_path: Path) -> None:
    load_region(file_of(ALFA))
    with pytest.raises(InvalidRegion, match="has pic 900000002 in the region's file and 900000001 in the register"):
        load_region(file_of({"identifiers": {"pic": "900000002"}}))
    load("cordis-h2020", h2020(tmp_path / "h"))
    gamma = Identifier.objects.get(scheme="pic", value="900000003").organisation
    Identifier.objects.create(organisation=gamma, scheme="vat", value=VAT, source=source(), certainty="official")
    with pytest.raises(InvalidRegion, match=f"but GAMMA LTD, which holds the pic 900000003 .* has vat {VAT}"):
        load_region(file_of({"name": "Gamma", "identifiers": {"vat": "IT00518460019", "pic": "900000003"}}))
    assert not Merge.objects.exists()
    assert not Organisation.objects.filter(name="Gamma").exists()


def test_a_number_of_an_invented_organisation_is_refused() -> None:
    invented = organisation(name="Invented", certainty="synthetic")
    Identifier.objects.create(
        organisation=invented, scheme="pic", value="900000001", source=source(), certainty="synthetic"
    )
    with pytest.raises(InvalidRegion, match="is that of Invented, an invented organisation"):
        load_region(file_of(ALFA))


def test_two_that_a_person_made_two_again_are_not_joined_by_a_number(tmp_path: Path) -> None:
    load("cordis-h2020", h2020(tmp_path / "h"))
    load_region(file_of(ALFA))
    undo_merge(merge=Merge.objects.get(), by=None)
    with pytest.raises(InvalidRegion, match="a person declared it and ALFA SPA two organisations"):
        load_region(file_of(ALFA))


def test_the_command_says_what_is_wrong_without_a_traceback(tmp_path: Path, settings: Any) -> None:
    path = tmp_path / "mine.yaml"
    CliRunner().invoke(init, [str(path)])
    assert "identifiers:" in path.read_text()
    path.write_text(path.read_text().replace("identifiers: {}", 'identifiers: {pic: "1"}'))
    settings.REGION = str(path)
    region.cache_clear()
    try:
        done = CliRunner().invoke(load_region_command)
    finally:
        region.cache_clear()
    assert (done.exit_code, done.output.splitlines()[0][:6]) == (1, "Error:")
    assert "pic 1 of First body is no such number" in done.output
    assert read_region(path).raw["clusters"]


@pytest.mark.parametrize("name", ["piedmont", "emilia-romagna"])
def test_shipped_regions_give_the_numbers_of_cordis(name: str, real_data: Path) -> None:
    """Each PIC is the one that CORDIS' own list of organisations has for a body of that place."""
    import csv

    csv.field_size_limit(10**7)
    with (real_data / "cordis" / "stacked_dump.csv").open(encoding="utf-8", errors="replace", newline="") as file:
        listed = {row["orgId"]: row["city"].upper() for row in csv.DictReader(file)}
    from poliedro.shared.region import SHIPPED

    raw = read_region(SHIPPED / f"{name}.yaml").raw
    bodies = [*raw["ecosystem"], *(b for c in raw["clusters"] for b in c["bodies"])]
    given = [(b["identifiers"]["pic"], b["town"].upper()) for b in bodies if b.get("identifiers")]
    assert given
    assert [(pic, listed.get(pic)) for pic, _ in given] == given
