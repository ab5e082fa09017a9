"""Prospects: who would fit, why, and who may look."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from factories import cluster, code, delegate_of, manager_of, membership, officer, organisation, source, territory

from poliedro.registry.models import (
    ClusterDefinition,
    DefinitionCode,
    Organisation,
    OutreachContact,
    Participation,
    Project,
)
from poliedro.registry.queries.outreach import campaign_page
from poliedro.registry.queries.prospects import prospects
from poliedro.registry.rules.prospects import POINTS, Prospect
from poliedro.shared.dated import Moment

pytestmark = pytest.mark.django_db
DAY = Moment(date(2020, 6, 1))


@pytest.fixture
def firms() -> dict[str, Organisation]:
    """Six firms around a cluster of 13.10 whose members are in Biella."""
    textile = cluster("textile")
    definition = ClusterDefinition.objects.create(
        cluster=textile, version=1, valid_from=date(2010, 1, 1), source=source(), certainty="reported"
    )
    DefinitionCode.objects.create(definition=definition, code=code("13.10"))
    biella, torino = territory("ITC13", "Biella"), territory("ITC11", "Torino")
    made = {
        "member": organisation("Member", nace=code("13.10"), territory=biella),
        "neighbour": organisation("Neighbour", nace=code("13.10"), territory=biella),
        "far": organisation("Far", "start_up", nace=code("13.10"), territory=torino, size_class="micro"),
        "partner": organisation("Partner", nace=code("62.01"), territory=torino),
        "stranger": organisation("Stranger", "start_up", nace=code("62.01"), territory=torino, size_class="micro"),
        "invented": organisation("Invented", nace=code("13.10"), territory=torino, certainty="synthetic"),
        "abroad": organisation("Abroad", nace=code("13.10"), territory=territory("FRL04", "Marseille")),
    }
    membership(made["member"], textile)
    loom = Project.objects.create(scheme="local", number="1", title="Loom", source=source(), certainty="reported")
    for name in ("member", "partner"):
        Participation.objects.create(
            project=loom, organisation=made[name], role="participant", source=source(), certainty="reported"
        )
    return made


def test_firms_of_the_industry_and_partners_of_members_are_listed_with_reasons_best_first(
    firms: dict[str, Organisation],
) -> None:
    found = {p.organisation_id: p for p in prospects(cluster("textile"), DAY)}
    names = [next(n for n, o in firms.items() if o.pk == pk) for pk in found]
    # 40 + 10 + 10 + 10; 40 + 10, of the demonstration; 30 + 10 with a member it works with; 40
    assert names == ["far", "invented", "partner", "neighbour"]
    assert found[firms["far"].pk].reasons == ("inside", "beyond", "small", "start_up")
    assert found[firms["partner"].pk].reasons == ("works_with_members", "beyond")
    assert (found[firms["partner"].pk].members, found[firms["neighbour"].pk].fit) == (1, 40)


def test_an_activity_of_several_members_outside_the_definition_is_related(firms: dict[str, Organisation]) -> None:
    textile = cluster("textile")
    assert firms["stranger"].pk not in {p.organisation_id for p in prospects(textile, DAY)}
    for name in ("Coder A", "Coder B"):
        membership(organisation(name, nace=code("62.01"), territory=territory("ITC13")), textile)
    found = {p.organisation_id: p for p in prospects(textile, DAY)}
    assert found[firms["stranger"].pk].reasons == ("related", "beyond", "small", "start_up")
    assert found[firms["partner"].pk].reasons == ("works_with_members", "related", "beyond")
    assert found[firms["far"].pk].reasons[0] == "inside"


def test_member_that_left_is_a_prospect_again(firms: dict[str, Organisation]) -> None:
    membership(firms["neighbour"], cluster("textile"), end=date(2020, 1, 1))
    assert firms["neighbour"].pk in {p.organisation_id for p in prospects(cluster("textile"), DAY)}
    before = prospects(cluster("textile"), Moment(date(2019, 6, 1)))
    assert firms["neighbour"].pk not in {p.organisation_id for p in before}


def test_points_add_to_100_and_a_fact_more_never_lowers_the_fit() -> None:
    assert sum(POINTS.values()) - POINTS["related"] == 100
    assert Prospect(1, True, True, "micro", True, 3, related=True).fit == 100  # inside or related, not both
    assert Prospect(1, True, True, "micro", True, 3).fit == 100
    assert Prospect(1, True, False, "", False, 0).fit < Prospect(1, True, False, "", False, 1).fit


def test_page_is_for_the_cluster_s_manager_agency_and_region(client: Client, firms: dict[str, Organisation]) -> None:
    address = "/clusters/textile/prospects/"
    assert client.get(address).status_code == 302
    manager = manager_of(cluster("textile"))
    for person, status in (
        (manager, 200),
        (manager_of(cluster("ict"), "other@test.example"), 403),
        (officer("regional_officer"), 200),
        (officer("funding_officer"), 403),
        (delegate_of(firms["member"]), 403),
    ):
        client.force_login(person)
        answer = client.get(address, headers={"accept-language": "en"})
        assert answer.status_code == status, person
    client.force_login(manager)
    text = client.get(address, headers={"accept-language": "en"}).content.decode()
    assert "4 firms outside Textile would fit, 3 of its own industry" in text
    assert "<li>Works with 1 member in projects</li><li>From beyond the catchment: Torino" in text
    only = client.get(f"{address}?reason=start_up").content.decode()
    assert "Far" in only
    assert "Neighbour" not in only


def test_every_row_has_its_act_and_who_joined_leaves_the_calls_and_stays_in_the_funnel(
    client: Client, firms: dict[str, Organisation]
) -> None:
    textile = cluster("textile")
    client.force_login(manager_of(textile))
    client.cookies["django_language"] = "en"
    far, near = firms["far"].pk, firms["neighbour"].pk
    page = client.get("/clusters/textile/prospects/").content.decode()
    assert f'name="contact" value="{far}"' in page
    ask = "/clusters/textile/prospects/ask/"
    answer = client.post(ask, {"refused": far})  # no round runs: one of single contacts is opened
    contact = OutreachContact.objects.get()
    assert answer["Location"] == f"/outreach/contacts/{contact.pk}/?state=refused"
    form = client.get(answer["Location"]).content.decode()
    assert "checked" in next(line for line in form.split("<input") if 'value="refused"' in line)
    said = client.post(ask, {"add": near, "round": contact.campaign_id, "back": "reason=inside"}, follow=True)
    assert said.redirect_chain[0][0] == "/clusters/textile/prospects/?reason=inside"
    assert "Single contacts" in said.content.decode()
    client.cookies["django_language"] = "it"  # whoever opened it, each reads it in a language of their own
    assert "Contatti singoli" in client.get("/clusters/textile/outreach/").content.decode()
    client.cookies["django_language"] = "en"
    assert contact.campaign.contacts.count() == 2
    client.post(ask, {"contact": firms["stranger"].pk})  # no prospect
    assert contact.campaign.contacts.count() == 2

    membership(firms["neighbour"], textile)  # by a list: nobody noted it on the contact
    found = campaign_page(contact.campaign, timezone.localdate())
    assert [c.organisation_id for c in found.contacts] == [far]
    assert (found.funnel.reached["joined"], found.funnel.listed) == (1, 2)
    assert "1 joined" in client.get(f"/outreach/{contact.campaign_id}/").content.decode()
    client.force_login(officer("agency_staff"))
    assert client.post(ask, {"contact": far}).status_code == 403
    assert 'name="contact"' not in client.get("/clusters/textile/prospects/").content.decode()


def test_download_has_every_prospect_and_no_formula(client: Client, firms: dict[str, Organisation]) -> None:
    Organisation.objects.filter(pk=firms["far"].pk).update(name="=cmd()")
    client.force_login(manager_of(cluster("textile")))
    lines = client.get("/clusters/textile/prospects/?format=csv").content.decode("utf-8-sig").splitlines()
    assert len(lines) == 5
    assert lines[1].startswith("'=cmd()")


def test_queries_do_not_grow_with_firms(firms: dict[str, Organisation], django_assert_num_queries: Any) -> None:
    prospects(cluster("textile"), DAY)
    for i in range(20):
        organisation(f"More {i}", nace=code("13.10"), territory=territory("ITC11"))
    textile = cluster("textile")
    with django_assert_num_queries(11):
        assert len(prospects(textile, DAY)) == 24
    with django_assert_num_queries(1):  # until a row changes
        assert len(prospects(textile, DAY)) == 24
