"""A firm chooses who sees which field: page, lists, files, search, history and background runs follow at once."""

from __future__ import annotations

import csv
import io
import re
from collections import defaultdict
from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from factories import cluster, code, delegate_of, manager_of, membership, officer, organisation, source, territory, user
from matchmaking_factories import deal, funding_round, thesis

from poliedro.matchmaking.models import Equipment, ExpertProfile
from poliedro.matchmaking.queries.found import Hit, shown
from poliedro.registry.models import (
    Activity,
    Contact,
    Establishment,
    FieldVisibility,
    Identifier,
    Organisation,
    OrganisationName,
    Participation,
    Project,
    RegisterFlag,
    ServiceOffer,
    Standing,
)
from poliedro.registry.queries.directory import Choice, find, organisations
from poliedro.registry.queries.member_file import contacts_of
from poliedro.registry.queries.organisation import similar
from poliedro.registry.queries.prospects import prospects
from poliedro.registry.rules.prospects import Prospect
from poliedro.registry.runs.network import run_network
from poliedro.registry.services.exports import export_members, member_rows
from poliedro.registry.services.index import index_organisations
from poliedro.registry.services.outreach import ask_prospects
from poliedro.registry.services.visibility import choose_visibility
from poliedro.shared.dated import Moment
from poliedro.shared.region import region
from poliedro.shared.search import search

pytestmark = pytest.mark.django_db
SECRET = {
    "description": "Geheimbeschreibung",
    "website": "https://geheim.example",
    "place": "Geheimstadt",
    "sites": "Geheimwerk",
    "founded_on": "1987",
    "size": "medium",
    "activities": "99.88",
    "numbers": "09876543210",
    "names": "Geheimname",
    "flags": "innovative SME",
    "projects": "Geheimprojekt",
    "expertise": "Geheimlabor",
    "services": "Geheimdienst",
    "contacts": "Greta Geheim",
}


@pytest.fixture
def firm(settings: Any, tmp_path: Any) -> Organisation:
    settings.VAR = tmp_path
    settings.LANGUAGE_CODE = "en"
    settings.TASKS = {"default": {"BACKEND": "django_tasks.backends.dummy.DummyBackend"}}
    kept = source("profile")
    fact: dict[str, Any] = {"source": kept, "certainty": "reported"}
    trade = code("99.88", label="Geheimtaetigkeit")
    found = organisation(
        "Alfa S.r.l.", description=SECRET["description"], website=SECRET["website"], founded_on=date(1987, 5, 4),
        size_class="medium", nace=trade, kind="enterprise", place_text=SECRET["place"],
        territory=territory("001999", SECRET["place"], "lau", parent=territory(), latitude=45.0, longitude=7.7),
    )  # fmt: skip
    place = territory()
    Establishment.objects.create(organisation=found, name=SECRET["sites"], territory=place, **fact)
    Activity.objects.create(organisation=found, code=trade, is_main=True, **fact)
    Standing.objects.create(organisation=found, aspect="size_class", value="medium", **fact)
    Identifier.objects.create(organisation=found, scheme="vat", value=SECRET["numbers"], **fact)
    OrganisationName.objects.create(organisation=found, name=SECRET["names"], **fact)
    RegisterFlag.objects.create(organisation=found, flag="innovative_sme", **fact)
    project = Project.objects.create(number="7", scheme="h2020", title=SECRET["projects"], **fact)
    Participation.objects.create(organisation=found, project=project, role="participant", **fact)
    lab = ExpertProfile.objects.create(
        kind="laboratory", organisation=found, name=SECRET["expertise"], text="x", agreed_at="2026-01-01T00:00Z"
    )
    Equipment.objects.create(laboratory=lab, name=f"{SECRET['expertise']} 2", text="x", market_eur_hour=10)
    ServiceOffer.objects.create(
        organisation=found, service="laboratory", audience="start_up", territory=place, note=SECRET["services"], **fact
    )
    home = cluster("agrifood")
    membership(found, home)
    Contact.objects.create(
        cluster=home, organisation=found, person=user("greta@test.example", name=SECRET["contacts"]).person
    )
    return found


def keep(firm: Organisation, audience: str, *fields: str) -> None:
    choose_visibility(organisation=firm, audiences=dict.fromkeys(fields or FieldVisibility.Field.values, audience),
                      by=None)  # fmt: skip


def page_of(client: Client, firm: Organisation) -> str:
    return client.get(f"/organisations/{firm.pk}/").content.decode()


ON_PAGE = ("description", "website", "place", "sites", "founded_on", "size", "activities", "numbers", "names", "flags",
           "projects")  # fmt: skip


@pytest.mark.parametrize("field", ON_PAGE)
def test_a_field_kept_back_leaves_the_page_for_others_and_stays_for_its_own_people(
    firm: Organisation, field: str
) -> None:
    visitor, own, stranger = Client(), Client(), Client()
    own.force_login(delegate_of(firm))
    stranger.force_login(user("stranger@test.example"))
    assert SECRET[field] in page_of(visitor, firm)
    keep(firm, "signed_in", field)
    assert SECRET[field] not in page_of(visitor, firm)
    assert SECRET[field] in page_of(stranger, firm)
    keep(firm, "nobody", field)
    assert SECRET[field] not in page_of(stranger, firm)
    assert SECRET[field] in page_of(own, firm)
    with_it = {field, "sites"} if field == "place" else {field}  # an establishment would tell the town
    assert all(SECRET[other] in page_of(visitor, firm) for other in ON_PAGE if other not in with_it)


# --- every way out ----------------------------------------------------------------------------------------------------
def ways_out(firm: Organisation, client: Client) -> dict[str, str]:
    """What everybody reads of a firm by itself: pages, lists, what is chosen by its values, files, search. A new one is
    added here. Not its project's own page but for its place there: see Note [What a firm may keep back]."""
    project = Project.objects.get(title=SECRET["projects"])
    beta = Organisation.objects.get(name="Beta S.r.l.")
    home = firm.memberships.get().cluster
    asked = {
        "page": f"/organisations/{firm.pk}/",
        "alike": f"/organisations/{firm.pk}/alike/",
        "own partners": f"/organisations/{firm.pk}/partners/",
        "partner's page": f"/organisations/{beta.pk}/",
        "partners of another": f"/organisations/{beta.pk}/partners/",
        "directory": "/organisations/?where=all&q=alfa",
        "newest": "/organisations/?where=all&order=newest",
        "search": "/search/?q=alfa",
        "cluster": f"/clusters/{home.key}/",
        "members": f"/clusters/{home.key}/members/",
        "ecosystem": "/ecosystem/",
        "experts": "/experts/",
        "equipment": "/equipment/",
        "cards": "/cards/",
        "network": "/network/",
        "home": "/",
    }
    found = {name: client.get(path, follow=True).content.decode() for name, path in asked.items()}
    # on a page, words count and not names of styles; by the size a cluster's members are counted, not told
    found = {name: re.sub(r"<[^>]*>", " ", text) for name, text in found.items()}
    found["project"] = client.get(f"/projects/{project.pk}/").content.decode().replace(SECRET["projects"], "")
    for way in ("", "?where=all", "?q=alfa"):
        body = b"".join(client.get(f"/organisations.csv{way}").streaming_content)  # type: ignore[attr-defined]
        found[f"csv {way}"] = body.decode("utf-8-sig")
    return found


CHOSEN_BY = {"size": "size=medium", "activities": "activity=99", "place": "province=ITC11"}
"""Field -> the choice of the directory that finds a firm by it."""


OF_OTHERS: dict[str, set[str]] = defaultdict(set, {"projects": {"partner's page"}})
"""Where the words stand all the same: a partner's own project."""


@pytest.mark.parametrize("audience", ["signed_in", "nobody"])
@pytest.mark.parametrize("field", FieldVisibility.Field.values)
def test_what_is_kept_back_leaves_by_no_way(firm: Organisation, field: str, audience: str) -> None:
    project = Project.objects.get()
    fact: dict[str, Any] = {"source": project.source, "certainty": "reported"}
    beta = organisation("Beta S.r.l.", country=firm.country, territory=territory())
    Participation.objects.create(organisation=beta, project=project, role="participant", **fact)
    run_network(region(), "official")
    index_organisations([firm.pk])
    visitor, stranger, own = Client(), Client(), Client()
    stranger.force_login(user("stranger@test.example"))
    own.force_login(delegate_of(firm))
    words = SECRET[field]
    noise = OF_OTHERS[field]
    if field == "size":  # the word stands on some pages whatever the firm's size is
        Organisation.objects.filter(pk=firm.pk).update(size_class="")
        noise = {name for name, text in ways_out(firm, visitor).items() if words in text}
        noise -= {"page"}  # what it was before stands there, too, until it is kept back
        assert not noise & {"directory", "csv ?q=alfa"}
        Organisation.objects.filter(pk=firm.pk).update(size_class="medium")
    before = {name for name, text in ways_out(firm, visitor).items() if words in text}
    if field in ON_PAGE:
        assert "page" in before
    if field == "place":
        assert {"page", "directory", "search", "partners of another", "network", "project", "csv ?q=alfa"} <= before
    keep(firm, audience, field)
    for reader in (visitor, stranger) if audience == "nobody" else (visitor,):
        out = ways_out(firm, reader)
        assert [name for name, text in out.items() if words in text and name not in noise] == []
        if field == "projects":
            told = ("partner's page", "partners of another", "network")
            assert not [name for name in told if "Alfa S.r.l." in out[name]], "nor as somebody's partner"
    if field in ON_PAGE:
        assert words in page_of(own, firm)
    if choice := CHOSEN_BY.get(field):
        page = visitor.get(f"/organisations/?where=all&{choice}").content.decode()
        assert "Alfa S.r.l." not in page, "nobody is found by what is kept back"
        body = b"".join(visitor.get(f"/organisations.csv?{choice}").streaming_content)  # type: ignore[attr-defined]
        assert "Alfa" not in body.decode("utf-8-sig")


def test_every_field_that_can_be_chosen_is_tried_here() -> None:
    assert set(SECRET) == set(FieldVisibility.Field.values)


@pytest.mark.parametrize("field", ["description", "activities", "numbers", "names", "place"])
def test_it_is_not_found_by_words_that_it_keeps_back(firm: Organisation, field: str) -> None:
    words = {"activities": "Geheimtaetigkeit"}.get(field, SECRET[field])
    keep(firm, "everybody", field)
    choose_visibility(organisation=firm, audiences={"founded_on": "nobody"}, by=None)  # brings it into the index
    assert [e.key for e in search(words)] == [str(firm.pk)]
    keep(firm, "signed_in", field)
    assert search(words) == []
    assert [e.key for e in search("alfa")] == [str(firm.pk)]


def test_the_directory_its_counts_and_its_file_say_nothing_of_it(firm: Organisation) -> None:
    keep(firm, "signed_in", "size", "activities")
    now = Moment.today()
    found = find(Choice(), now)
    assert [o.nace for o in found.rows if o.pk == firm.pk] == [None]
    assert "medium" not in {c.value for c in found.facets["size"]}
    assert "99" not in {c.value for c in found.facets["activity"]}
    for facet, value in (("size", "medium"), ("activity", "99")):
        assert firm not in organisations(Choice(values={facet: value}), now)
        assert find(Choice(values={facet: value}), now).total == 0
    body = b"".join(Client().get("/organisations.csv").streaming_content)  # type: ignore[attr-defined]
    rows = {r["id"]: r for r in csv.DictReader(io.StringIO(body.decode("utf-8-sig")), delimiter=";")}
    assert (rows[str(firm.pk)]["size_class"], rows[str(firm.pk)]["activity"]) == ("", "")


def test_neither_similar_firms_nor_history_give_it_away(firm: Organisation) -> None:
    twin = organisation("Beta S.r.l.", nace=firm.nace, size_class="medium", kind="enterprise")
    assert [s.organisation for s in similar(twin)] == [firm]
    assert "size" in similar(twin)[0].reasons
    keep(firm, "signed_in", "size")
    assert "size" not in similar(twin)[0].reasons
    keep(firm, "signed_in", "activities")
    assert similar(twin) == similar(firm) == []
    assert "medium" not in page_of(Client(), firm)


def test_whom_it_is_like_is_shown_to_its_own_people_alone(firm: Organisation) -> None:
    twin = organisation("Beta S.r.l.", nace=firm.nace, size_class="small", kind="enterprise", country=firm.country)
    project = Project.objects.get()
    Participation.objects.create(
        organisation=twin, project=project, role="participant", source=project.source, certainty="reported"
    )
    address, visitor, own = f"/organisations/{firm.pk}/alike/", Client(), Client()
    own.force_login(delegate_of(firm))
    assert "Beta S.r.l." in visitor.get(address).content.decode()
    keep(firm, "signed_in", "size")
    assert "Beta S.r.l." not in visitor.get(address).content.decode()
    assert "Beta S.r.l." in own.get(address).content.decode()
    keep(twin, "nobody", "activities")
    assert "Beta S.r.l." not in own.get(address).content.decode()


def test_the_cluster_s_files_leave_out_what_is_kept_from_all(firm: Organisation) -> None:
    home = firm.memberships.get().cluster
    manager = manager_of(home)
    keep(firm, "signed_in", "website", "activities")
    assert SECRET["website"] in next(member_rows(home, manager))
    keep(firm, "nobody", "website", "activities")
    for suffix in ("csv", "xlsx"):
        raw = export_members(cluster=home, suffix=suffix, by=manager)
        if suffix == "xlsx":
            from openpyxl import load_workbook

            text = str(list(load_workbook(io.BytesIO(raw)).active.values))  # type: ignore[union-attr]
        else:
            text = raw.decode("utf-8-sig")
        assert "Alfa" in text
        assert SECRET["website"] not in text
        assert SECRET["activities"] not in text
    assert contacts_of(home, firm)
    keep(firm, "nobody", "contacts")
    assert contacts_of(home, firm) == []


def test_experts_instruments_and_services_leave_lists_pages_and_what_is_found(firm: Organisation) -> None:
    client = Client()
    lab, kit, offer = ExpertProfile.objects.get(), Equipment.objects.get(), ServiceOffer.objects.get()
    hits = [Hit(f"laboratory:{lab.pk}", 1, ()), Hit(f"equipment:{kit.pk}", 1, ()), Hit(f"service:{offer.pk}", 1, ())]
    body = Hit(f"organisation:{firm.pk}", 1, ())
    nobody = Client().get("/").wsgi_request.user
    assert len(shown(hits, nobody, 9)) == 3
    assert shown([body], nobody, 9)[0].text == SECRET["description"]
    keep(firm, "signed_in", "expertise", "services", "description")
    assert shown(hits, nobody, 9) == []
    assert shown([body], nobody, 9)[0].text == ""
    assert SECRET["expertise"] not in client.get("/experts/").content.decode()
    assert client.get(f"/experts/{lab.pk}/").status_code == 404
    assert client.get(f"/equipment/{kit.pk}/").status_code == 404
    client.force_login(officer("agency_staff"))
    assert SECRET["expertise"] in client.get("/experts/").content.decode()


def test_background_runs_read_nothing_that_is_not_open_to_everybody(firm: Organisation) -> None:
    from poliedro.matchmaking.runs.documents import documents

    words = ("Geheimbeschreibung", "Geheimtaetigkeit", "Geheimlabor", "Geheimdienst")
    own = f"organisation:{firm.pk}"
    text = {row["card"]: row["text"] for row in documents().to_dicts()}
    assert all(word in " ".join(text.values()) for word in words)
    assert "Geheimprojekt" in text[own]
    keep(firm, "signed_in")
    text = {row["card"]: row["text"] for row in documents().to_dicts()}
    assert not [word for word in words if word in " ".join(text.values())]
    assert text[own].strip() == "Alfa S.r.l.."


def test_a_leak_planted_in_a_page_would_be_seen(firm: Organisation, monkeypatch: pytest.MonkeyPatch) -> None:
    """The test of the page is no empty promise: with the choice ignored, it finds every field again."""
    keep(firm, "nobody")
    assert not [f for f in ON_PAGE if SECRET[f] in page_of(Client(), firm)]
    monkeypatch.setattr("poliedro.portal.views.organisations.hidden_from", lambda *_who: set())
    assert [f for f in ON_PAGE if SECRET[f] in page_of(Client(), firm)] == list(ON_PAGE)


def test_an_investor_who_does_not_know_the_start_up_yet_reads_no_place_that_it_keeps_back(firm: Organisation) -> None:
    looking = thesis()
    deal(funding_round(firm), looking, state="offered")
    investor = Client()
    investor.force_login(delegate_of(looking.organisation))

    def told() -> str:
        return investor.get(reverse("matchmaking:investors")).content.decode()

    assert "Torino" in told()
    keep(firm, "nobody", "place")
    assert "Torino" not in told()
    assert "Alfa" not in told()


@pytest.mark.parametrize("field", ["size", "place", "activities"])
def test_the_managers_of_a_cluster_to_which_it_does_not_belong_read_nothing_either(
    firm: Organisation, field: str
) -> None:
    other = cluster("other")
    manager = manager_of(other)
    choice = Prospect(firm.pk, inside=False, beyond=False, size="", start_up=False, members=1)
    round_ = ask_prospects(cluster=other, prospects=[choice], name="Round", on=timezone.localdate(), by=manager)
    index_organisations([firm.pk])
    client = Client()
    client.force_login(manager)
    ways = {
        "round": reverse("registry:outreach_campaign", args=[round_.pk]),
        "contact": reverse("registry:outreach_contact", args=[round_.contacts.get().pk]),
        "join": reverse("registry:join_search", args=[other.key]) + "?q=alfa",
        "new case": reverse("support:new_case_for", args=[other.key]) + "?q=alfa",
    }

    def told() -> dict[str, str]:
        return {name: client.get(path).content.decode() for name, path in ways.items()}

    shown = re.sub(r"\s+", " ", SECRET[field])
    before = {name for name, text in told().items() if shown in text}
    assert {"round"} <= before
    keep(firm, "nobody", field)
    assert [name for name, text in told().items() if shown in text and "Alfa" in text] == []


def test_what_it_keeps_back_speaks_neither_for_nor_against_asking_it_in(firm: Organisation) -> None:
    other, moment = cluster("other"), Moment(date(2026, 6, 1))
    Organisation.objects.filter(pk=firm.pk).update(size_class="small", territory=territory())
    member = organisation("Beta S.r.l.", nace=firm.nace, territory=territory())
    third = organisation("Gamma S.r.l.", nace=firm.nace, territory=territory())
    for body in (member, third):
        membership(body, other)
    Participation.objects.create(
        organisation=member, project=Project.objects.get(), role="participant", source=source("more"),
        certainty="reported",
    )  # fmt: skip

    def reasons() -> tuple[str, ...]:
        return next((p.reasons for p in prospects(other, moment) if p.organisation_id == firm.pk), ())

    assert reasons() == ("works_with_members", "related", "small")
    for field, left in (
        ("size", ("works_with_members", "related")),
        ("projects", ("related",)),
        ("activities", ()),
    ):
        keep(firm, "nobody", field)
        assert reasons() == left
