from __future__ import annotations

import zipfile
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from factories import organisation, source, user
from import_samples import h2020, load, official, places

from poliedro.audit.models import LogEntry
from poliedro.reference.models import Load
from poliedro.reference.services.loads import LoadRefused, UndoRefused
from poliedro.reference.sources.files import UnreadableFile
from poliedro.registry.models import (
    DataQualityFinding,
    Identifier,
    MembershipSpell,
    Merge,
    Organisation,
    OrganisationName,
    Participation,
    Project,
)
from poliedro.registry.services.facts import correct_fact
from poliedro.registry.services.imports import importer_of, undo_import

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english")]


def body(pic: int) -> Organisation:
    return Identifier.objects.get(scheme="pic", value=str(900000000 + pic), retracted_at=None).organisation


def known() -> list[tuple[object, ...]]:
    """What the register knows now, without keys and times."""
    parts = Participation.objects.known().values_list(
        "project__number", "organisation__name", "role", "contribution_eur", "valid_from", "valid_to"
    )
    bodies = Organisation.objects.current().values_list("name", "kind", "country", "place_text", "territory__code")
    projects = Project.objects.filter(retracted_at=None).values_list("number", "rcn", "title", "programme")
    return sorted([*parts, *bodies, *projects], key=repr)


def test_derived_h2020_set_in_one_go(tmp_path: Path) -> None:
    places()
    outcome = load("cordis-h2020", h2020(tmp_path / "h"))
    assert (outcome.rows_read, outcome.rows_loaded, outcome.rows_skipped, outcome.rows_rejected) == (9, 7, 1, 0)
    project = Project.objects.get(number="200001")
    assert (project.programme, project.title, project.ends_on) == ("LEIT", "", date(2018, 12, 31))
    assert body(1).territory.name == "Torino"  # type: ignore[union-attr]
    assert [body(n).country for n in (1, 2, 3, 4)] == ["IT", "GR", "GB", ""]
    assert (body(2).name, body(2).place_text) == ("UNIVERSITÀ PROVA", "Münster")


def test_a_project_may_have_several_coordinators(tmp_path: Path) -> None:
    load("cordis-h2020", h2020(tmp_path / "h"))
    assert Participation.objects.filter(project__number="200001", role="coordinator").count() == 2


def test_missing_contribution_is_null_and_zero_is_zero(tmp_path: Path) -> None:
    load("cordis-h2020", h2020(tmp_path / "h"))
    money = dict(Participation.objects.values_list("organisation__identifiers__value", "contribution_eur"))
    assert money == {
        "900000001": Decimal("100000.50"),
        "900000002": None,
        "900000003": Decimal(0),
        "900000004": None,
    }


def test_organisation_without_a_name_keeps_it_empty(tmp_path: Path) -> None:
    load("cordis-h2020", h2020(tmp_path / "h"))
    assert (body(4).name, body(4).country, body(4).kind) == ("", "", "unknown")


def test_participation_holds_for_the_days_of_its_project(tmp_path: Path) -> None:
    load("cordis-h2020", h2020(tmp_path / "h"))
    part = Participation.objects.get(organisation=body(1))
    assert (part.valid_from, part.valid_to) == (date(2016, 1, 1), date(2019, 1, 1))


def test_same_files_again_change_nothing(tmp_path: Path) -> None:
    places()
    load("cordis-h2020", h2020(tmp_path / "h"))
    before = list(Participation.objects.order_by("pk").values()), list(Organisation.history.values())
    again = load("cordis-h2020", tmp_path / "h")
    assert (again.rows_loaded, again.rows_unchanged) == (0, 7)
    assert before == (list(Participation.objects.order_by("pk").values()), list(Organisation.history.values()))


def test_changed_row_closes_the_old_fact_and_states_a_new_one(tmp_path: Path) -> None:
    load("cordis-h2020", h2020(tmp_path / "h"))
    outcome = load("cordis-h2020", h2020(tmp_path / "h", contribution="120000"))
    old, new = Participation.objects.filter(organisation=body(1)).order_by("pk")
    assert (old.retracted_by_id, old.contribution_eur) == (outcome.load, Decimal("100000.50"))
    assert (new.retracted_at, new.contribution_eur, outcome.rows_loaded) == (None, Decimal(120000), 1)


def test_changed_role_closes_the_old_role(tmp_path: Path) -> None:
    load("cordis-h2020", h2020(tmp_path / "h"))
    load("cordis-h2020", h2020(tmp_path / "h", role="coordinator"))
    assert Participation.objects.known().get(organisation=body(1)).role == "coordinator"


def acts() -> list[str]:
    """What the log holds, but for the questionnaires that come with the tables."""
    verbs = LogEntry.objects.exclude(verb="publish_questionnaire").order_by("pk").values_list("verb", flat=True)
    return list(verbs)


def test_preview_writes_nothing(tmp_path: Path) -> None:
    outcome = load("cordis-h2020", h2020(tmp_path / "h"), preview=True)
    assert (outcome.rows_loaded, outcome.load) == (7, None)
    assert not Organisation.objects.exists()
    assert not Load.objects.exists()
    assert not acts()


def test_rejected_rows_are_listed_and_the_rest_is_loaded_or_nothing(tmp_path: Path) -> None:
    path = h2020(tmp_path / "h") / "h2020_participations.csv"
    good = path.read_text()
    path.write_text(good + "200003,boss,900000001,PRC,1,IT,2016-01-01,2018-12-31,1,1,2016,1\n")
    outcome = load("cordis-h2020", tmp_path / "h", preview=True)
    assert [(r.number, r.field, r.value) for r in outcome.rejected] == [(6, "role", "boss")]
    with pytest.raises(LoadRefused, match="1 of 10 rows"):
        load("cordis-h2020", tmp_path / "h")
    assert not Organisation.objects.exists()
    path.write_text(good + "".join(good.splitlines(keepends=True)[1:]) * 5 + "200003,boss,1,PRC,1,IT,,,1,1,2016,1\n")
    assert load("cordis-h2020", tmp_path / "h").rows_rejected == 1
    assert Load.objects.get().rejected.get().field == "pic"


def test_official_layout_with_decimal_comma_in_a_zip(tmp_path: Path) -> None:
    places()
    official(tmp_path / "o")
    with zipfile.ZipFile(tmp_path / "cordis-HORIZONprojects-csv.zip", "w") as archive:
        for name in ("project.csv", "organization.csv"):
            archive.write(tmp_path / "o" / name, f"csv/{name}")
    path = tmp_path / "cordis-HORIZONprojects-csv.zip"
    assert importer_of("cordis", path).key == "cordis-horizon"
    load("cordis-horizon", path)
    project = Project.objects.get(number="101")
    assert (project.title, project.total_cost_eur) == ("A project; with a semicolon", Decimal("1000.50"))
    assert dict(Participation.objects.values_list("organisation__name", "contribution_eur")) == {
        "ALFA S.P.A.": Decimal("400.25"),
        "BETA SCARL": None,
        "WINDHOEK LAB": Decimal(500),
    }
    assert body(6).country == "NA"  # Namibia here, not "missing"


def test_address_in_bologna_with_coordinates_in_piedmont_becomes_a_finding(tmp_path: Path) -> None:
    places()
    outcome = load("cordis-horizon", official(tmp_path / "o"))
    finding = DataQualityFinding.objects.get(key="geolocation-900000005")
    assert outcome.findings == 1
    assert [s["value"] for s in finding.sides] == ["Bologna BO ITH55", "45.02, 7.83"]
    assert (body(5).territory.name, body(5).latitude) == ("Bologna", None)  # type: ignore[union-attr]
    assert load("cordis-horizon", tmp_path / "o").findings == 0


def test_one_pic_in_both_programmes_is_one_organisation_with_both_names(tmp_path: Path) -> None:
    places()
    load("cordis-h2020", h2020(tmp_path / "h"))
    load("cordis-horizon", official(tmp_path / "o"))
    assert body(1).name == "ALFA SPA"
    assert OrganisationName.objects.get(organisation=body(1)).name == "ALFA S.P.A."
    assert Participation.objects.filter(organisation=body(1)).count() == 2
    assert Identifier.objects.get(scheme="vat").organisation == body(1)


def test_official_h2020_gives_titles_to_projects_known_by_rcn(tmp_path: Path) -> None:
    load("cordis-h2020", h2020(tmp_path / "h"))
    load("cordis-h2020", official(tmp_path / "o", "H2020", rcn="200001"))
    project = Project.objects.get(rcn="200001")
    assert (project.number, project.title, project.programme) == ("101", "A project; with a semicolon", "H2020.1")
    h2020(tmp_path / "h")
    load("cordis-h2020", tmp_path / "h")
    assert Project.objects.filter(scheme="h2020").count() == 2


def test_file_of_another_kind_is_named(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("a,b\n1,2\n")
    with pytest.raises(UnreadableFile, match=r"x\.csv"):
        importer_of("cordis", tmp_path / "x.csv")


# --- undo -------------------------------------------------------------------------------------------------------------
def test_undo_leaves_what_was_known_before(tmp_path: Path) -> None:
    places()
    load("cordis-h2020", h2020(tmp_path / "h"))
    before = known()
    second = load("cordis-h2020", h2020(tmp_path / "h", contribution="5", name="ALFA NUOVA SPA", role="coordinator"))
    assert known() != before
    undo_import(load=Load.objects.get(pk=second.load), by=None)
    assert known() == before
    undo_import(load=Load.objects.get(importer="cordis-h2020", state="loaded"), by=None)
    assert known() == []
    assert acts() == [
        "load_file",
        "load_file",
        "undo_load",
        "undo_load",
    ]


def test_undone_load_can_be_loaded_again(tmp_path: Path) -> None:
    first = load("cordis-h2020", h2020(tmp_path / "h"))
    before = known()
    undo_import(load=Load.objects.get(pk=first.load), by=None)
    load("cordis-h2020", tmp_path / "h")
    assert known() == before


def test_organisation_that_another_load_also_brought_stays(tmp_path: Path) -> None:
    first = load("cordis-h2020", h2020(tmp_path / "h"))
    load("cordis-horizon", official(tmp_path / "o"))
    undo_import(load=Load.objects.get(pk=first.load), by=None)
    assert set(Organisation.objects.current().values_list("name", flat=True)) == {
        "ALFA SPA",
        "BETA SCARL",
        "WINDHOEK LAB",
    }


def test_undo_is_refused_where_a_person_corrected_a_fact(tmp_path: Path) -> None:
    outcome = load("cordis-h2020", h2020(tmp_path / "h"))
    correct_fact(Participation.objects.get(organisation=body(1)), by=None, contribution_eur=Decimal(1))
    with pytest.raises(UndoRefused, match="by hand"):
        undo_import(load=Load.objects.get(pk=outcome.load), by=None)


def test_file_does_not_overwrite_what_a_person_corrected(tmp_path: Path) -> None:
    load("cordis-h2020", h2020(tmp_path / "h"))
    correct_fact(Participation.objects.get(organisation=body(1)), by=None, contribution_eur=Decimal(1))
    editor = user()
    edited = body(1)
    edited.name = "Alfa, as its people write it"
    edited._history_user = editor  # type: ignore[attr-defined]
    edited.save()
    outcome = load("cordis-h2020", h2020(tmp_path / "h", contribution="7", name="ALFA AGAIN"))
    assert outcome.detail["kept as corrected by hand"] == 1
    assert Participation.objects.known().get(organisation=body(1)).contribution_eur == 1
    assert body(1).name == "Alfa, as its people write it"


def test_undo_is_refused_after_a_merge_or_a_membership(tmp_path: Path) -> None:
    from factories import cluster

    outcome = load("cordis-h2020", h2020(tmp_path / "h"))
    merge = Merge.objects.create(survivor=organisation(), duplicate=body(3))
    with pytest.raises(UndoRefused, match=f"merge {merge.pk}"):
        undo_import(load=Load.objects.get(pk=outcome.load), by=None)
    merge.delete()
    MembershipSpell.objects.create(
        organisation=body(1), cluster=cluster(), valid_from=date(2020, 1, 1), source=source(), certainty="reported"
    )
    with pytest.raises(UndoRefused, match="recorded by hand"):
        undo_import(load=Load.objects.get(pk=outcome.load), by=None)


def test_undo_is_refused_while_a_later_load_builds_on_it(tmp_path: Path) -> None:
    first = load("cordis-h2020", h2020(tmp_path / "h"))
    second = load("cordis-h2020", h2020(tmp_path / "h", contribution="5"))
    with pytest.raises(UndoRefused, match=f"undo load {second.load} first"):
        undo_import(load=Load.objects.get(pk=first.load), by=None)


def test_undo_twice_is_refused(tmp_path: Path) -> None:
    outcome = load("cordis-h2020", h2020(tmp_path / "h"))
    undo_import(load=Load.objects.get(pk=outcome.load), by=None)
    with pytest.raises(UndoRefused, match="nothing to undo"):
        undo_import(load=Load.objects.get(pk=outcome.load), by=None)


def test_synthetic_organisation_is_never_taken_for_an_official_one(tmp_path: Path) -> None:
    made = organisation("ALFA SPA", source=source("demo", "synthetic"))
    Identifier.objects.create(
        organisation=made, scheme="pic", value="900000001", source=source("demo"), certainty="synthetic"
    )
    load("cordis-h2020", h2020(tmp_path / "h"))
    assert not Participation.objects.filter(organisation=made).exists()
    assert Organisation.objects.filter(name="ALFA SPA").count() == 2
