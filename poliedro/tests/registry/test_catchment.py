"""Where members are, and how far from the seat of the leading body."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from factories import cluster, code, management, mandate, membership, organisation, source, territory

from poliedro.reference.models import Load, Territory
from poliedro.registry.models import (
    Cluster,
    ClusterDefinition,
    DefinitionCode,
    MembershipSpell,
    Organisation,
    RegisterCount,
    RegisteredFirm,
)
from poliedro.registry.queries.clusters import catchment, distances, members_by_province
from poliedro.registry.queries.towns import towns
from poliedro.registry.services.demonstration.towns import settle_in_towns, write_out_register
from poliedro.registry.services.facts import correct_fact
from poliedro.shared.dated import Moment

pytestmark = pytest.mark.django_db
DAY = Moment(date(2020, 6, 1))


@pytest.fixture
def agrifood() -> Cluster:
    """Seat at Cuneo. Two members in Cuneo, one of them in its municipality of Alba; one in Torino; one without a place.

    One degree of latitude is 111.2 km, so Torino's centre lies 0.7 x 111.2 = 77.8 km from Cuneo's.
    """
    cuneo = territory("ITC16", "Cuneo", latitude=44.4, longitude=7.5)
    torino = territory("ITC11", "Torino", latitude=45.1, longitude=7.5)
    alba = territory("004003", "Alba", "lau", parent=cuneo, latitude=44.7, longitude=7.5)
    found = cluster("agrifood")
    body = management("Gestore")
    Organisation.objects.filter(pk=body.organisation.pk).update(territory=cuneo)
    mandate(found, body)
    for name, place in (("A", cuneo), ("B", alba), ("C", torino), ("D", None)):
        membership(organisation(name, territory=place), found)
    return found


def test_member_of_a_municipality_counts_in_its_province(agrifood: Cluster) -> None:
    found = catchment(agrifood, DAY)
    assert found.by_province == [("ITC16", "Cuneo", 2), ("ITC11", "Torino", 1)]
    assert found.seat == "Cuneo"
    assert found.outside_share == pytest.approx(1 / 3)
    assert found.unplaced == 1
    assert members_by_province(DAY) == {"ITC16": {agrifood.pk: 2}, "ITC11": {agrifood.pk: 1}}


def test_moving_a_firm_and_ending_a_membership_change_the_catchment(agrifood: Cluster) -> None:
    catchment(agrifood, DAY)  # is kept in memory
    Organisation.objects.filter(name="A").update(territory=territory("ITC11"))
    assert catchment(agrifood, DAY).by_province == [("ITC11", "Torino", 2), ("ITC16", "Cuneo", 1)]
    spell = MembershipSpell.objects.get(organisation__name="C")
    correct_fact(spell, by=None, valid_to=date(2020, 1, 1))
    assert catchment(agrifood, DAY).outside_share == pytest.approx(1 / 2)


def test_catchment_as_known_on_an_earlier_day_stays(agrifood: Cluster) -> None:
    MembershipSpell.objects.update(recorded_at=datetime(2021, 1, 1, tzinfo=ZoneInfo("Europe/Rome")))
    correct_fact(MembershipSpell.objects.get(organisation__name="C"), by=None, valid_to=date(2020, 1, 1))
    assert len(catchment(agrifood, DAY).by_province) == 1
    assert len(catchment(agrifood, Moment.known_on(DAY.on, date(2022, 1, 1))).by_province) == 2


def test_cluster_that_nobody_leads_has_no_share_outside(agrifood: Cluster) -> None:
    agrifood.mandates.all().delete()
    found = catchment(agrifood, DAY)
    assert (found.seat, found.outside_share) == ("", None)
    assert distances(agrifood, DAY).median_km is None
    assert distances(agrifood, DAY).unknown == 4


def test_cluster_without_members_has_an_empty_catchment() -> None:
    found = catchment(cluster("new"), DAY)
    assert (found.by_province, found.unplaced, found.outside_share) == ([], 0, None)


def test_distances_take_own_coordinates_before_the_centre_of_a_place(agrifood: Cluster) -> None:
    found = distances(agrifood, DAY)
    #                    A: 0 km             B: 0.3 x 111.2 = 33.4 km   C: 77.8 km
    assert found.bands == [(0, 10, 1), (10, 25, 0), (25, 50, 1), (50, 100, 1), (100, None, 0)]
    assert (found.unknown, found.by_centre) == (1, 2)  # D; A and C lie at the centres of their provinces
    assert found.median_km == pytest.approx(0.3 * 111.2, abs=0.1)
    Organisation.objects.filter(name="A").update(latitude=45.5, longitude=7.5)
    found = distances(agrifood, DAY)
    assert found.furthest_km == pytest.approx(1.1 * 111.2, abs=0.2)
    assert found.by_centre == 1


def test_centre_of_a_region_says_nothing_about_distance(agrifood: Cluster) -> None:
    piemonte = territory("ITC1", "Piemonte", "nuts2", latitude=45.0, longitude=8.0)
    Organisation.objects.filter(name="C").update(territory=piemonte)
    assert distances(agrifood, DAY).unknown == 2
    assert catchment(agrifood, DAY).unplaced == 2


def test_queries_do_not_grow_with_members(agrifood: Cluster, django_assert_num_queries: object) -> None:
    for i in range(10):
        membership(organisation(f"Firm {i}", territory=territory("ITC11")), agrifood)
    catchment(agrifood, DAY)
    with django_assert_num_queries(4):  # type: ignore[operator]  # three versions, the mandate
        catchment(agrifood, DAY)
    with django_assert_num_queries(2):  # type: ignore[operator]
        distances(agrifood, DAY)


# --- density by municipality ------------------------------------------------------------------------------------------
@pytest.fixture
def food(agrifood: Cluster) -> Cluster:
    """Defined by one activity. Register: 3 firms of it in Alba, 1 in Bra, 5.6 km from there, 2 in Ivrea, which is far;
    one of another activity in Alba; one of which the province alone is known; one that has closed."""
    activity, other = code("10.82", level=4), code("70.22", level=4)
    facts = {"source": source(), "certainty": "reported"}
    definition = ClusterDefinition.objects.create(cluster=agrifood, version=1, valid_from=date(2009, 1, 1), **facts)
    DefinitionCode.objects.create(definition=definition, code=activity)
    cuneo = Territory.objects.get(code="ITC16")
    alba = Territory.objects.get(name="Alba")
    bra = territory("004029", "Bra", "lau", parent=cuneo, latitude=44.75, longitude=7.5)
    ivrea = territory(
        "001125", "Ivrea", "lau", parent=Territory.objects.get(code="ITC11"), latitude=45.5, longitude=7.9
    )
    load = Load.objects.create(source=source(), importer="test", file_name="t", checksum="0", state="loaded")
    places = [(alba, activity)] * 3 + [
        (bra, activity),
        (ivrea, activity),
        (ivrea, activity),
        (alba, other),
        (cuneo, activity),
    ]
    for number, (place, nace) in enumerate(places):
        RegisteredFirm.objects.create(
            register_code=str(number), code=nace, territory=place, size_class="micro", load=load, certainty="official"
        )
    RegisteredFirm.objects.create(
        register_code="closed",
        code=activity,
        territory=alba,
        active_to=date(2019, 1, 1),
        load=load,
        certainty="official",
    )
    Organisation.objects.filter(name="B").update(nace=activity)
    return agrifood


def test_density_counts_the_firms_of_the_industry_within_ten_kilometres(food: Cluster) -> None:
    """Alba and Bra lie in one another's circle of 314 km2: (3 + 1) / 3.14 firms for each 100 km2; Ivrea 2 / 3.14."""
    found = towns(food, DAY)
    assert [(t.name, t.firms, t.members) for t in found.towns] == [("Alba", 3, 1), ("Bra", 1, 0), ("Ivrea", 2, 0)]
    assert [t.density for t in found.towns] == pytest.approx([4 / 3.14159, 4 / 3.14159, 2 / 3.14159], rel=1e-4)
    assert found.unplaced == 1
    assert found.seat is None  # the seat is known by its province alone
    assert found.backing.certainty == "official"


def test_place_of_the_seat_among_the_densest_towns_is_told(food: Cluster) -> None:
    Organisation.objects.filter(name="Gestore").update(territory=Territory.objects.get(name="Ivrea"))
    assert towns(food, DAY).seat == ("Ivrea", 3)


def test_official_register_comes_before_an_invented_one(food: Cluster) -> None:
    firm = RegisteredFirm.objects.filter(register_code="0").get()
    RegisteredFirm.objects.create(
        register_code="x", code=firm.code, territory=firm.territory, load=firm.load, certainty="synthetic"
    )
    assert sum(t.firms for t in towns(food, DAY).towns) == 6


def test_cluster_without_a_definition_has_no_density(agrifood: Cluster) -> None:
    assert towns(agrifood, DAY).towns == []


def test_invented_firms_settle_in_towns_once_and_the_register_says_what_its_counts_say(food: Cluster) -> None:
    load = Load.objects.create(
        source=source(), importer="demonstration", file_name="d", checksum="1", state="loaded", parameters={"seed": 7}
    )
    activity, torino = code("10.82", level=4), Territory.objects.get(code="ITC11")
    RegisterCount.objects.create(
        year=2019, code=activity, territory=torino, size_class="micro", firms=3, load=load, source=source(),
        certainty="synthetic", recorded_at=datetime(2020, 1, 1, tzinfo=ZoneInfo("Europe/Rome")),
    )  # fmt: skip
    firm = organisation("Inventata", territory=torino, nace=activity, size_class="micro", load=load)
    write_out_register(load)
    rows = RegisteredFirm.objects.filter(load=load)
    assert [r.organisation for r in rows.order_by("organisation_id")].count(firm) == 1
    assert settle_in_towns(load) == 1 + 3
    firm.refresh_from_db()
    assert firm.territory is not None
    assert firm.territory.name == "Ivrea"  # the one municipality of the province
    assert {r.territory.name for r in rows} == {"Ivrea"}
    assert settle_in_towns(load) == 0
