"""Stock, entries and exits at any day; lineage; merged firms; what was known."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from factories import cluster, lineage, membership, organisation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from poliedro.registry.models import MembershipSpell
from poliedro.registry.queries.memberships import ancestry, distinct_members, flow, members_by_cluster, stock_series
from poliedro.registry.services.facts import correct_fact
from poliedro.shared.dated import Moment

pytestmark = pytest.mark.django_db
START = date(2015, 1, 1)


def test_spell_counts_from_its_first_day_and_no_longer_on_its_last() -> None:
    agrifood = cluster()
    membership(organisation(), agrifood, date(2015, 3, 1), date(2016, 3, 1))
    stock = {
        d: members_by_cluster(Moment(d)).get(agrifood.pk, 0)
        for d in (date(2015, 2, 28), date(2015, 3, 1), date(2016, 2, 29), date(2016, 3, 1))
    }
    assert list(stock.values()) == [0, 1, 1, 0]


def test_firm_in_three_clusters_counts_once_in_the_region() -> None:
    firm = organisation()
    for key in ("agrifood", "mesap", "ict"):
        membership(firm, cluster(key))
    assert distinct_members(Moment(date(2020, 1, 1))) == 1
    assert sum(members_by_cluster(Moment(date(2020, 1, 1))).values()) == 3


def test_end_before_start_is_refused_by_the_database() -> None:
    from django.db import IntegrityError

    with pytest.raises(IntegrityError, match="registry_membershipspell_days_in_order"):
        membership(organisation(), cluster(), date(2016, 1, 1), date(2015, 1, 1))


def test_two_current_spells_may_not_begin_on_one_day() -> None:
    from django.db import IntegrityError

    firm, agrifood = organisation(), cluster()
    membership(firm, agrifood)
    with pytest.raises(IntegrityError):
        membership(firm, agrifood)


def test_answer_as_known_on_an_earlier_day_stays() -> None:
    agrifood = cluster()
    spell = membership(organisation(), agrifood, START)
    MembershipSpell.objects.filter(pk=spell.pk).update(recorded_at="2019-05-01T00:00:00Z")
    spell.refresh_from_db()
    correct_fact(spell, by=None, valid_to=date(2016, 1, 1))
    day = date(2018, 1, 1)
    assert members_by_cluster(Moment(day)) == {}
    assert members_by_cluster(Moment.known_on(day, date(2019, 5, 2))) == {agrifood.pk: 1}
    assert members_by_cluster(Moment.known_on(day, date(2019, 4, 1))) == {}


def test_series_of_a_successor_goes_on_through_both_predecessors() -> None:
    old_a, old_b = cluster("a"), cluster("b", closed_on=date(2015, 7, 1))
    new = cluster("new", founded_on=date(2015, 7, 1))
    for old in (old_a, old_b):
        lineage(old, new)
        firm = organisation(f"Firm of {old.key}")
        membership(firm, old, date(2010, 1, 1), date(2015, 7, 1))
        membership(firm, new, date(2015, 7, 1))
    series = stock_series([new], [date(2012, 1, 1), date(2015, 6, 30), date(2015, 7, 1), date(2016, 1, 1)])
    assert series[new.pk] == [2, 2, 2, 2]


def test_cluster_that_was_split_gives_each_successor_its_share() -> None:
    old, left, right = cluster("old"), cluster("left"), cluster("right")
    for successor, share in ((left, 0.25), (right, 0.75)):
        lineage(old, successor, date(2015, 1, 1), share=share)
    line = ancestry()
    assert line.on(left.pk, date(2014, 1, 1)) == {old.pk: 0.25}
    assert line.on(left.pk, date(2015, 1, 1)) == {left.pk: 1.0}


spells = st.lists(st.tuples(st.integers(0, 900), st.one_of(st.none(), st.integers(1, 900))), max_size=12)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(spells, st.integers(0, 900), st.integers(0, 900))
def test_stock_is_earlier_stock_plus_entries_minus_exits(
    drawn: list[tuple[int, int | None]], one: int, two: int
) -> None:
    agrifood = cluster("flow")
    MembershipSpell.objects.all().delete()
    for number, (start, length) in enumerate(drawn):
        first = START + timedelta(days=start)
        membership(organisation(f"Firm {number}"), agrifood, first, first + timedelta(days=length) if length else None)
    low, high = sorted((one, two))
    f = flow(agrifood, START + timedelta(days=low), START + timedelta(days=high))
    assert f.stock_end == f.stock_start + f.entries - f.exits
    assert f.stock_end == members_by_cluster(Moment(f.end)).get(agrifood.pk, 0)
