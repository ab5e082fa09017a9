"""The pages on which a cluster manager uploads, checks, loads and undoes a list."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils.html import escape
from factories import cluster, delegate_of, manager_of, membership, officer, organisation, source
from import_samples import classes, places

from poliedro.audit.models import LogEntry
from poliedro.reference.models import Load
from poliedro.registry.models import Cluster, DataQualityFinding, MembershipSpell, Project, ProjectShare
from poliedro.registry.services.facts import correct_fact
from poliedro.registry.views.imports import AT_ONCE
from poliedro.shared.jobs import perform, start_job
from poliedro.shared.models import Job

pytestmark = pytest.mark.django_db
GOOD = "name;joined_on;municipality;province\nAlfa S.r.l.;2019-03-01;Torino;TO\n"
BAD = GOOD + "Beta S.r.l.;2019-31-01;Torino;TO\n=cmd();2020-01-01;Nowhere;TO\n"


@pytest.fixture(autouse=True)
def _places(tmp_path: Path, settings: Any) -> None:
    settings.VAR = tmp_path
    places()
    classes()


@pytest.fixture
def manager(client: Client) -> Client:
    client.force_login(manager_of(cluster("agrifood")))
    return client


def upload(client: Client, text: str | bytes, kind: str = "members", name: str = "members.csv") -> Any:
    body = text.encode() if isinstance(text, str) else text
    return client.post(
        reverse("registry:imports", args=["agrifood"]), {"kind": kind, "file": SimpleUploadedFile(name, body)}
    )


def test_upload_shows_what_would_change_and_loads_nothing(manager: Client, tmp_path: Path) -> None:
    answer = manager.get(upload(manager, GOOD).url)
    assert answer.status_code == 200
    assert not MembershipSpell.objects.exists()
    load = Load.objects.get()
    assert (load.state, load.rows_read, load.rows_loaded, load.rows_rejected) == ("previewed", 1, 1, 0)
    assert reverse("registry:import_confirm", args=[load.pk]) in answer.content.decode()


def test_preview_says_row_by_row_what_would_change(manager: Client) -> None:
    membership(organisation("Beta S.r.l."), cluster("agrifood"), date(2018, 1, 1))
    page = manager.get(upload(manager, GOOD + "Beta S.p.A.;2021-01-01;;\n").url).content.decode()
    assert "Che cosa cambierebbe caricando questo elenco" in page
    assert "nuova organizzazione; aderisce dal 01/03/2019" in page
    assert "Beta S.r.l. aderisce già: è la stessa?" in page


def test_list_of_what_is_known_says_so_and_lists_are_one_of_the_managers_pages(manager: Client) -> None:
    manager.post(reverse("registry:import_confirm", args=[_load_of(upload(manager, GOOD))]))
    page = manager.get(upload(manager, GOOD).url).content.decode()
    assert "Ogni riga è già nota: nulla cambierebbe" in page
    assert "/confirm/" not in page, "nothing to load, so nothing offers to"
    for found in (page, manager.get(reverse("registry:imports", args=["agrifood"])).content.decode()):
        assert reverse("registry:member_list", args=["agrifood"]) in found
        assert reverse("registry:my_roles") not in found.partition("<main")[2]


def _load_of(answer: Any) -> int:
    return int(answer.url.rstrip("/").rpartition("/")[2])


def test_confirming_loads_and_undoing_takes_back(manager: Client, tmp_path: Path) -> None:
    upload(manager, GOOD)
    load = Load.objects.get()
    manager.post(reverse("registry:import_confirm", args=[load.pk]))
    assert MembershipSpell.objects.known().get().valid_from == date(2019, 3, 1)
    load.refresh_from_db()
    assert (load.state, load.file_name) == ("loaded", "members.csv")
    assert not list((tmp_path / "uploads").glob("*"))
    page = manager.get(reverse("registry:imports", args=["agrifood"])).content.decode()
    assert reverse("registry:import_undo", args=[load.pk]) in page
    manager.post(reverse("registry:import_undo", args=[load.pk]))
    assert not MembershipSpell.objects.known().exists()
    verbs = ["preview_list", "load_file", "refresh_findings", "undo_load"]
    assert list(LogEntry.objects.exclude(verb="publish_questionnaire").values_list("verb", flat=True)) == verbs


def test_errors_are_shown_by_row_and_column_and_can_be_downloaded(manager: Client) -> None:
    page = manager.get(upload(manager, BAD).url).content.decode()
    assert "2019-31-01" in page
    assert "Nowhere" in page
    load = Load.objects.get()
    assert reverse("registry:import_confirm", args=[load.pk]) not in page
    body = manager.get(reverse("registry:import_errors", args=[load.pk])).content.decode("utf-8-sig")
    assert [line.split(";")[:3] for line in body.splitlines()[1:]] == [
        ["3", "joined_on", "2019-31-01"],
        ["4", "municipality", "Nowhere"],
    ]


def test_faulty_preview_cannot_be_confirmed_and_a_preview_only_once(manager: Client) -> None:
    upload(manager, BAD)
    manager.post(reverse("registry:import_confirm", args=[Load.objects.get().pk]))
    assert not MembershipSpell.objects.exists()
    upload(manager, GOOD)
    good = Load.objects.latest("pk").pk
    manager.post(reverse("registry:import_confirm", args=[good]))
    manager.post(reverse("registry:import_confirm", args=[good]))
    assert MembershipSpell.objects.count() == 1


def test_discarded_preview_leaves_nothing(manager: Client, tmp_path: Path) -> None:
    upload(manager, GOOD)
    manager.post(reverse("registry:import_discard", args=[Load.objects.get().pk]))
    assert not Load.objects.exists()
    assert not list((tmp_path / "uploads").glob("*"))


@pytest.mark.parametrize(
    ("name", "body"),
    [("x.pdf", b"%PDF"), ("x.xlsx", b"no workbook"), ("x.csv", b""), ("x.csv", b"a;b\n1;2\n")],
)
def test_file_that_is_no_list_is_refused_with_words(manager: Client, name: str, body: bytes) -> None:
    answer = upload(manager, body, name=name)
    assert answer.status_code == 422
    assert not Load.objects.exists()


def test_file_name_stays_inside_its_folder(manager: Client, tmp_path: Path) -> None:
    upload(manager, GOOD, name="..\\..\\..\\etc\\passwd.csv")
    (path,) = (tmp_path / "uploads").rglob("*.csv")
    assert path.parent.parent == tmp_path / "uploads"


def test_others_are_refused(client: Client) -> None:
    login = manager_of(cluster("agrifood"))
    client.force_login(login)
    upload(client, GOOD)
    load = Load.objects.get()
    member = organisation()
    membership(member, cluster("agrifood"))
    urls = [
        reverse("registry:imports", args=["agrifood"]),
        reverse("registry:import_preview", args=[load.pk]),
        reverse("registry:import_errors", args=[load.pk]),
    ]
    others = [
        manager_of(cluster("textile"), "other@test.example"),
        delegate_of(member),
        officer("regional_officer"),
        officer("auditor"),
    ]
    for person in others:
        client.force_login(person)
        assert {client.get(url).status_code for url in urls} == {403}
        assert upload(client, GOOD).status_code == 403
        for action in ("import_confirm", "import_undo", "import_discard"):
            assert client.post(reverse(f"registry:{action}", args=[load.pk])).status_code == 403
    client.logout()
    assert {client.get(url).status_code for url in urls} == {302}
    assert Load.objects.get().state == "previewed"


def test_pages_keep_their_number_of_queries(manager: Client, django_assert_max_num_queries: Any) -> None:
    for _ in range(5):
        upload(manager, GOOD)
    url = reverse("registry:imports", args=["agrifood"])
    with django_assert_max_num_queries(20):
        manager.get(url)


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_template_is_downloaded_filled_in_and_uploaded(manager: Client, suffix: str) -> None:
    answer = manager.get(reverse("registry:import_template", args=["members", suffix]))
    assert "attachment" in answer["Content-Disposition"]
    page = manager.get(upload(manager, answer.content, name=f"t.{suffix}").url)
    assert page.status_code == 200
    assert Load.objects.get().rows_read == 1


def test_long_list_loads_in_the_background_and_a_second_delivery_changes_nothing(manager: Client) -> None:
    rows = "".join(f"Firm {i} S.r.l.;2019-03-01;Torino;TO\n" for i in range(AT_ONCE + 1))
    upload(manager, GOOD.splitlines(keepends=True)[0] + rows)
    load = Load.objects.get()
    answer = manager.post(reverse("registry:import_confirm", args=[load.pk]))
    begun = Job.objects.get(name="registry.confirm_list")
    assert answer.url == reverse("shared:job", args=[begun.pk])
    begun.refresh_from_db()
    assert (begun.state, begun.result_url) == ("done", reverse("registry:import_preview", args=[load.pk]))
    assert begun.done > 0
    assert MembershipSpell.objects.known().count() == AT_ONCE + 1
    perform.func(begun.pk)
    again = start_job(name="registry.confirm_list", title="again", by=load.by, load=load.pk)
    again.refresh_from_db()
    assert (again.state, MembershipSpell.objects.known().count()) == ("failed", AT_ONCE + 1)


def test_project_from_elsewhere_whose_parts_leave_something_out_is_a_finding_until_they_add_up(
    manager: Client,
) -> None:
    """A list is refused; what came otherwise (another source, before) is kept and named."""
    fact = {"source": source(), "certainty": "reported"}
    loom = Project.objects.create(scheme="regional", number="P1", title="Loom", starts_on=date(2019, 1, 1), **fact)
    share = ProjectShare.objects.create(project=loom, cluster=Cluster.objects.get(), share=Decimal("0.4"), **fact)
    for number, state in ((1, "open"), (2, "resolved")):
        upload(manager, GOOD.replace("Alfa", f"Alfa {number}"))
        manager.post(reverse("registry:import_confirm", args=[Load.objects.latest("pk").pk]))
        found = DataQualityFinding.objects.get(kind="parts-not-whole")
        assert (found.title_en, found.state) == ("Project P1: clusters hold 40% of it", state)
        share = correct_fact(share, by=None, share=Decimal(1)) if number == 1 else share


def test_list_with_half_a_project_is_refused_with_row_value_and_remedy(manager: Client) -> None:
    body = "number;title;starts_on;cluster_share\nP1;Loom;2019-01-01;0.4\n"
    upload(manager, body, kind="projects", name="projects.csv")
    load = Load.objects.get()
    page = manager.get(reverse("registry:import_preview", args=[load.pk])).content.decode()
    (row,) = load.rejected.all()
    assert (row.number, row.field, row.value) == (2, "cluster_share", "0.4")
    assert row.problem in page
    assert escape(row.remedy) in page
    assert not Project.objects.exists()
