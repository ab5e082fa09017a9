"""A cluster's own lists: members, accounts, projects."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner
from django.utils import translation
from factories import cluster, management, mandate, membership, organisation, source
from import_samples import classes, load, places, write

from poliedro.config.cli import main
from poliedro.reference.models import Load, Territory
from poliedro.reference.services.loads import LoadRefused
from poliedro.reference.sources.files import UnreadableFile
from poliedro.registry.models import (
    CostLine,
    FeeRate,
    Identifier,
    MembershipSpell,
    Organisation,
    Participation,
    Project,
    ProjectShare,
    RevenueLine,
)
from poliedro.registry.services.imports import IMPORTERS, undo_import
from poliedro.registry.sources import lists
from poliedro.registry.sources.lists import EXAMPLES, template_csv, template_xlsx

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english")]
CLUSTER = {"options": {"cluster": "agrifood"}}
VAT = "12345670017"
MEMBERS = (
    "denominazione;codice fiscale;tipo;comune;provincia;ateco;categoria;data adesione;data uscita;motivo uscita\n"
    f"Alfa S.r.l.;{VAT};impresa;Torino;TO;62.01;ordinario;01/03/2019;;\n"
    "Beta S.p.A.;;impresa;Ivrea;TO;;associato;2020-01-01;2022-01-01;costo\n"
)


@pytest.fixture(autouse=True)
def _register() -> None:
    cluster("agrifood")
    places()
    classes()


def test_member_list_becomes_spells(tmp_path: Path) -> None:
    outcome = load("members", write(tmp_path / "m.csv", MEMBERS), **CLUSTER)
    assert (outcome.rows_read, outcome.rows_loaded) == (2, 2)
    spells = MembershipSpell.objects.values_list(
        "organisation__name", "category", "valid_from", "valid_to", "leave_reason", "organisation__territory__name"
    )
    assert set(spells) == {
        ("Alfa S.r.l.", "ordinary", date(2019, 3, 1), None, "", "Torino"),
        ("Beta S.p.A.", "associate", date(2020, 1, 1), date(2022, 1, 1), "cost", "Ivrea"),
    }
    assert Identifier.objects.get().value == VAT
    assert load("members", tmp_path / "m.csv", **CLUSTER).rows_loaded == 0


def test_member_that_left_closes_its_spell_and_undo_reopens_it(tmp_path: Path) -> None:
    load("members", write(tmp_path / "m.csv", MEMBERS), **CLUSTER)
    left = MEMBERS.replace("01/03/2019;;", "01/03/2019;31/12/2023;cessazione")
    outcome = load("members", write(tmp_path / "m.csv", left), **CLUSTER)
    assert outcome.rows_loaded == 1
    spell = MembershipSpell.objects.known().filter(organisation__name="Alfa S.r.l.")
    assert (spell.get().valid_to, spell.get().leave_reason) == (date(2023, 12, 31), "closed")
    undo_import(load=Load.objects.get(pk=outcome.load), by=None)
    assert spell.get().valid_to is None


def test_one_wrong_row_and_nothing_is_loaded(tmp_path: Path) -> None:
    path = write(tmp_path / "m.csv", MEMBERS + "Gamma;123;impresa;Torino;TO;;;01/01/2020;;\n")
    with pytest.raises(LoadRefused) as refusal:
        load("members", path, **CLUSTER)
    assert not MembershipSpell.objects.exists()
    (row,) = refusal.value.outcome.rejected
    assert (row.number, row.field, row.value) == (4, "codice fiscale", "123")


@pytest.mark.parametrize(
    ("line", "field"),
    [
        (";;impresa;Torino;TO;;;01/01/2020;;", "denominazione"),
        ("G;;fattoria;Torino;TO;;;01/01/2020;;", "tipo"),
        ("G;;impresa;Bologna;TO;;;01/01/2020;;", "comune"),
        ("G;;impresa;Torino;XX;;;01/01/2020;;", "provincia"),
        ("G;;impresa;Torino;TO;99.99;;01/01/2020;;", "ateco"),
        ("G;;impresa;Torino;TO;;VIP;01/01/2020;;", "categoria"),
        ("G;;impresa;Torino;TO;;;;;", "data adesione"),
        ("G;;impresa;Torino;TO;;;01/01/2020;01/01/2019;", "data uscita"),
        ("G;;impresa;Torino;TO;;;01/01/2020;;costo", "motivo uscita"),
        ("Beta S.p.A.;;impresa;Ivrea;TO;;;2020-01-01;;", "data adesione"),
        ("Beta S.p.A.;;impresa;Ivrea;TO;;;2021-01-01;;", "data adesione"),
    ],
)
def test_each_fault_is_named_by_row_column_and_remedy(tmp_path: Path, line: str, field: str) -> None:
    outcome = load("members", write(tmp_path / "m.csv", MEMBERS + line + "\n"), preview=True, **CLUSTER)
    assert {(r.field, bool(r.remedy)) for r in outcome.rejected} == {(field, True)}
    assert 4 in {r.number for r in outcome.rejected}


def test_every_fault_of_a_row_is_named_at_once(tmp_path: Path) -> None:
    line = "G;123;impresa;Atlantide;TO;99.99;VIP;01/03/2019;01/03/2018;"
    outcome = load("members", write(tmp_path / "m.csv", MEMBERS + line + "\n"), preview=True, **CLUSTER)
    assert {r.field for r in outcome.rejected} == {"codice fiscale", "comune", "ateco", "categoria", "data uscita"}
    assert outcome.rows_rejected == 1


def test_day_that_is_a_slip_of_the_pen_is_refused(tmp_path: Path) -> None:
    line = "G;;impresa;Torino;TO;;;01/03/1826;;"
    (row,) = load("members", write(tmp_path / "m.csv", MEMBERS + line + "\n"), preview=True, **CLUSTER).rejected
    assert (row.field, row.problem) == ("data adesione", "is before 1900")


def test_memberships_of_another_source_are_known_and_the_list_changes_them(tmp_path: Path) -> None:
    """Such as the demonstration's. What a cluster's list says of the same spell is no second one."""
    stated = source("demonstration", "synthetic")
    ivrea = Territory.objects.get(name="Ivrea")
    firm = organisation("Beta S.p.A.", source=stated, territory=ivrea, country="IT")
    spell = membership(firm, cluster("agrifood"), date(2020, 1, 1))
    spell.load = Load.objects.create(source=stated, importer="demonstration", file_name="x", checksum="")
    spell.save()
    same = "denominazione;comune;provincia;data adesione;data uscita\nBeta S.p.A.;Ivrea;TO;2020-01-01;\n"
    outcome = load("members", write(tmp_path / "m.csv", same), **CLUSTER)
    assert (outcome.rows_loaded, outcome.rows_unchanged) == (0, 1)
    left = load("members", write(tmp_path / "m.csv", same.replace("01-01;", "01-01;2024-06-30")), **CLUSTER)
    assert MembershipSpell.objects.known().get().valid_to == date(2024, 6, 30)
    undo_import(load=Load.objects.get(pk=left.load), by=None)
    assert MembershipSpell.objects.known().get().valid_to is None


def test_membership_entered_by_hand_stays_and_the_preview_says_so(tmp_path: Path) -> None:
    membership(organisation("Beta S.p.A."), cluster("agrifood"), date(2020, 1, 1))
    outcome = load("members", write(tmp_path / "m.csv", MEMBERS), preview=True, **CLUSTER)
    told = {c.what: c for c in outcome.changes}
    assert "entered by hand" in told["Beta S.p.A."].remarks[0]
    assert told["Alfa S.r.l."].changes == ("new organisation", "joins on 1 Mar 2019")


def test_name_written_otherwise_is_the_same_member_and_a_like_one_is_asked_about(tmp_path: Path) -> None:
    """Accents, points and case of the legal form say nothing; another legal form may be another firm."""
    membership(organisation("Gamma S.r.l.", country="IT"), cluster("agrifood"), date(2019, 1, 1))
    text = "name;joined_on\nGAMMA SRL;2019-01-01\nGamma S.p.A.;2021-01-01\n"
    told = load("members", write(tmp_path / "m.csv", text), preview=True, **CLUSTER).changes
    assert [(c.what, c.changes[:1], [r.partition(":")[0] for r in c.remarks]) for c in told] == [
        ("GAMMA SRL", (), []),
        ("Gamma S.p.A.", ("new organisation",), ["Gamma S.r.l. is a member already"]),
    ]


def test_fee_class_without_a_rate_and_day_before_the_cluster_are_pointed_at(tmp_path: Path) -> None:
    FeeRate.objects.create(
        cluster=cluster("agrifood"), fee_class="B", amount_eur=100, source=source("cluster-lists"),
        certainty="reported", valid_from=date(2020, 1, 1),
    )  # fmt: skip
    text = "name;joined_on;fee_class\nGamma;1999-01-01;ZZZ\n"
    (told,) = load("members", write(tmp_path / "m.csv", text), preview=True, **CLUSTER).changes
    assert [r.split(",")[0] for r in told.remarks] == [
        "no fee is set for the class ZZZ", "joined before the cluster began",
    ]  # fmt: skip


def test_accounts_of_another_source_are_replaced_not_added_to(tmp_path: Path) -> None:
    body = management()
    mandate(cluster("agrifood"), body)
    old = Load.objects.create(source=source("demonstration", "synthetic"), importer="x", file_name="x", checksum="")
    RevenueLine.objects.create(
        body=body, cluster=cluster("agrifood"), year=2024, origin="fees", amount_eur=100, source=old.source, load=old,
        certainty="synthetic", valid_from=date(2024, 1, 1), valid_to=date(2025, 1, 1),
    )  # fmt: skip
    load("accounts", write(tmp_path / "a.csv", "anno;tipo;voce;importo\n2024;ricavo;quote;125\n"), **CLUSTER)
    assert [r.amount_eur for r in RevenueLine.objects.known()] == [125]


def test_list_of_no_cluster_is_refused_with_the_clusters_to_choose_from(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="--cluster is needed: whose list is it\\?; name one of: agrifood"):
        load("members", write(tmp_path / "m.csv", MEMBERS))


@pytest.mark.parametrize(
    ("language", "words"), [("en", "enterprise, start up, large firm"), ("it", "impresa, startup, grande")]
)
def test_remedy_names_each_value_once_in_the_readers_language_and_whole(
    tmp_path: Path, language: str, words: str
) -> None:
    path = write(tmp_path / "m.csv", MEMBERS + "G;;fattoria;Torino;TO;;;01/01/2020;;\n")
    with translation.override(language):
        (row,) = load("members", path, preview=True, **CLUSTER).rejected
    assert words in row.remedy
    assert row.remedy.endswith({"en": "unknown", "it": "non noto"}[language])


def test_activity_that_an_excerpt_lacks_asks_for_the_whole_table(tmp_path: Path) -> None:
    """Three classes are loaded here: that 10.11 is not among them says nothing against the row."""
    path = write(tmp_path / "m.csv", MEMBERS + "G;;impresa;Torino;TO;10.11;;01/01/2020;;\n")
    (row,) = load("members", path, preview=True, **CLUSTER).rejected
    assert "poliedro load nace, ateco-2007" in row.remedy


def test_command_lists_what_it_rejects_whole_and_what_it_found(tmp_path: Path) -> None:
    path = write(tmp_path / "m.csv", MEMBERS + "G;;fattoria;Torino;TO;;;01/01/2020;;\n")
    asked = ["load", "members", str(path), "--cluster", "agrifood"]
    for extra in ([], ["--preview"]):
        told = CliRunner().invoke(main, [*asked, *extra], terminal_width=80)
        said = " ".join(told.output.split())
        assert "rejected: m.csv, row 4, tipo 'fattoria': is not in the list of values; write one of: enter" in said
        assert "3 rows read" in said
    told = CliRunner().invoke(main, [*asked, "--json"])
    answer = json.loads(told.stdout)
    assert (told.exit_code, answer["rows_rejected"]) == (1, 1)
    assert [(r["number"], r["field"]) for r in answer["rejected"]] == [(4, "tipo")]
    assert answer["found"] == []


def test_unknown_source_is_told_all_that_there_are() -> None:
    told = CliRunner().invoke(main, ["load", "cordes", "."])
    assert "cordis, all" in " ".join(told.output.split())
    assert "cordis-h2020, cordis-horizon" in " ".join(CliRunner().invoke(main, ["load", "--help"]).output.split())


def test_member_known_by_name_is_not_made_twice(tmp_path: Path) -> None:
    known = organisation("BETA S.p.A", source=source("cluster-lists"))
    membership(known, cluster("agrifood"), date(2010, 1, 1), date(2012, 1, 1))
    load("members", write(tmp_path / "m.csv", MEMBERS), **CLUSTER)
    assert Organisation.objects.filter(name__istartswith="beta").count() == 1
    assert known.memberships.count() == 2


def test_list_of_no_known_cluster_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="agrifood"):
        load("members", write(tmp_path / "m.csv", MEMBERS), options={"cluster": "none"})


def test_accounts_go_to_the_body_that_led_in_that_year(tmp_path: Path) -> None:
    first, second = management("Ente Uno"), management("Ente Due")
    mandate(cluster("agrifood"), first, date(2010, 1, 1), date(2020, 1, 1))
    mandate(cluster("agrifood"), second, date(2020, 1, 1))
    text = "year,type,item,amount_eur\n2019,revenue,fees,100.5\n2021,ricavo,FESR,200\n2021,cost,staff,50\n"
    load("accounts", write(tmp_path / "a.csv", text), **CLUSTER)
    assert set(RevenueLine.objects.values_list("body__organisation__name", "year", "origin", "amount_eur")) == {
        ("Ente Uno", 2019, "fees", Decimal("100.50")),
        ("Ente Due", 2021, "erdf", Decimal(200)),
    }
    assert CostLine.objects.get().kind == "staff"
    corrected = load("accounts", write(tmp_path / "a.csv", text.replace("200", "250")), **CLUSTER)
    assert corrected.rows_loaded == 1
    assert RevenueLine.objects.known().get(year=2021).amount_eur == 250
    assert RevenueLine.objects.filter(year=2021).count() == 2


def test_account_line_stated_twice_or_without_a_body_is_rejected(tmp_path: Path) -> None:
    mandate(cluster("agrifood"), management("Ente Uno"), date(2010, 1, 1))
    text = "year,type,item,amount_eur\n2019,revenue,fees,1\n2019,revenue,fees,2\n2005,revenue,fees,3\n2019,cost,x,1\n"
    outcome = load("accounts", write(tmp_path / "a.csv", text), preview=True, **CLUSTER)
    assert [(r.number, r.field) for r in outcome.rejected] == [(3, "item"), (4, "body"), (5, "item")]


PROJECTS = (
    "codice;titolo;cup;data inizio;data fine;quota polo;quote altri poli;partecipante;ruolo;contributo partecipante\n"
    'P1;Progetto;C11G06000000001;01/01/2020;31/12/2021;0,5;"textile 0,5";Alfa S.r.l.;capofila;10\n'
    'P1;Progetto;C11G06000000001;01/01/2020;31/12/2021;0,5;"textile 0,5";Nuova S.r.l.;partner;\n'
)


def for_textile(text: str) -> str:
    """The same list as the other cluster would write it."""
    return text.replace("textile 0,5", "agrifood 0,5")


def test_projects_with_participants_and_the_shares_of_all_clusters(tmp_path: Path) -> None:
    alfa, textile = organisation("Alfa S.r.l."), cluster("textile")
    load("projects", write(tmp_path / "p.csv", PROJECTS), **CLUSTER)
    shares = dict(ProjectShare.objects.values_list("cluster__key", "share"))
    assert shares == {"agrifood": Decimal("0.5"), textile.key: Decimal("0.5")}
    assert set(Participation.objects.values_list("organisation__name", "role", "contribution_eur")) == {
        ("Alfa S.r.l.", "coordinator", Decimal(10)),
        ("Nuova S.r.l.", "partner", None),
    }
    assert Participation.objects.get(role="coordinator").organisation == alfa
    assert load("projects", tmp_path / "p.csv", **CLUSTER).rows_loaded == 0


@pytest.mark.parametrize(
    ("own", "others", "field", "problem"),
    [
        ("0,6", "textile 0,5", "quota polo", "with 0.5 of other clusters adds up to 1.1, not to 1"),
        ("0,5", "textile 0,4", "quota polo", "with 0.4 of other clusters adds up to 0.9, not to 1"),
        ("0,5", "", "quota polo", "with 0 of other clusters adds up to 0.5, not to 1"),
        ("0,5", "nobody 0,5", "quote altri poli", "nobody is no other cluster"),
        ("0,5", "agrifood 0,5", "quote altri poli", "agrifood is no other cluster"),
        ("0,5", "textile half", "quote altri poli", "holds no part of 1: textile half"),
        ("0,5", "textile 1,5", "quote altri poli", "holds no part of 1: textile 1,5"),
    ],
)
def test_parts_that_do_not_add_up_to_one_are_refused_with_the_remedy(
    own: str, others: str, field: str, problem: str, tmp_path: Path
) -> None:
    cluster("textile")
    text = PROJECTS.replace(";0,5;", f";{own};").replace("textile 0,5", others)
    path = write(tmp_path / "p.csv", text)
    outcome = load("projects", path, preview=True, **CLUSTER)
    assert {(r.number, r.field, r.problem) for r in outcome.rejected} == {(2, field, problem), (3, field, problem)}
    assert all(r.remedy for r in outcome.rejected)
    with pytest.raises(LoadRefused):
        load("projects", path, **CLUSTER)
    assert not Project.objects.exists()


def test_three_thirds_are_a_whole(tmp_path: Path) -> None:
    for key in ("textile", "ict"):
        cluster(key)
    thirds = PROJECTS.replace(";0,5;", ";0,3333;").replace("textile 0,5", "textile 0,3333; ict=0.3333")
    load("projects", write(tmp_path / "p.csv", thirds), **CLUSTER)
    assert ProjectShare.objects.known().count() == 3


def test_project_of_another_cluster_is_not_overwritten_and_the_same_words_pass(tmp_path: Path) -> None:
    cluster("textile")
    load("projects", write(tmp_path / "p.csv", PROJECTS), **CLUSTER)
    options = {"options": {"cluster": "textile"}}
    taken = write(tmp_path / "q.csv", for_textile(PROJECTS).replace("Progetto", "Taken over"))
    outcome = load("projects", taken, preview=True, **options)
    assert {(r.field, r.value) for r in outcome.rejected} == {("titolo", "Taken over")}
    assert "Agrifood" in outcome.rejected[0].problem
    with pytest.raises(LoadRefused):
        load("projects", taken, **options)
    assert Project.objects.get().title == "Progetto"
    load("projects", write(tmp_path / "r.csv", for_textile(PROJECTS)), **options)  # the same words, and its own half
    assert {s.share for s in ProjectShare.objects.known()} == {Decimal("0.5")}
    corrected = write(tmp_path / "s.csv", PROJECTS.replace("Progetto", "Mine now"))
    assert load("projects", corrected, preview=True, **CLUSTER).rejected  # now shared: for neither alone


def test_part_that_another_cluster_stated_is_not_changed_by_a_list(tmp_path: Path) -> None:
    cluster("textile")
    load("projects", write(tmp_path / "p.csv", PROJECTS), **CLUSTER)
    more = for_textile(PROJECTS).replace(";0,5;", ";0,7;").replace("agrifood 0,5", "agrifood 0,3")
    outcome = load("projects", write(tmp_path / "q.csv", more), preview=True, options={"cluster": "textile"})
    assert {r.field for r in outcome.rejected} == {"quote altri poli"}
    assert outcome.rejected[0].problem == "differs from what Agrifood stated for project P1: 0.5"
    own = PROJECTS.replace(";0,5;", ";0,7;").replace("textile 0,5", "textile 0,3")
    load("projects", write(tmp_path / "r.csv", own), **CLUSTER)  # who stated both may change both
    assert {s.share for s in ProjectShare.objects.known()} == {Decimal("0.7"), Decimal("0.3")}


def test_kind_and_activity_of_a_later_list_hold_from_the_day_that_it_names(tmp_path: Path) -> None:
    from poliedro.registry.queries.memberships import make_up
    from poliedro.shared.dated import Moment

    load("members", write(tmp_path / "m.csv", MEMBERS), **CLUSTER)
    later = MEMBERS.replace("data uscita;motivo uscita", "data uscita;motivo uscita;descrizione dal")
    later = later.replace("Alfa S.r.l.;12345670017;impresa", "Alfa S.r.l.;12345670017;grande impresa")
    later = later.replace("01/03/2019;;", "01/03/2019;;;01/01/2021").replace("2022-01-01;costo", "2022-01-01;costo;")
    load("members", write(tmp_path / "n.csv", later), **CLUSTER)
    agrifood = cluster("agrifood")
    kinds = [dict(make_up(Moment(date(year, 6, 1)))[agrifood.pk].kind) for year in (2019, 2022)]
    assert kinds == [{"enterprise": 1}, {"large_firm": 1}]
    assert Organisation.objects.get(name="Alfa S.r.l.").kind == "large_firm"


@pytest.mark.parametrize("kind", ["members", "accounts", "projects"])
@pytest.mark.parametrize("language", ["en", "it"])
def test_templates_have_a_column_for_each_that_is_read(kind: str, language: str, tmp_path: Path) -> None:
    path = write(tmp_path / "t.csv", template_csv(kind, language))
    assert IMPORTERS[kind].reads(path)
    (tmp_path / "t.xlsx").write_bytes(template_xlsx(kind, language))
    assert IMPORTERS[kind].reads(tmp_path / "t.xlsx")
    asked = {"members": lists.MEMBERS, "accounts": lists.ACCOUNTS, "projects": lists.PROJECTS}[kind]
    head = EXAMPLES[kind][language][0]
    assert all(any(name in column.names for column in asked) for name in head)
    assert all(len(row) == len(head) for row in EXAMPLES[kind][language])
