"""What went into what, with the firms that went along; composition through the lineage; sizes and years of coverage."""

from __future__ import annotations

from datetime import date

import pytest
from django.utils import timezone
from factories import cluster, membership, organisation
from factories import lineage as stated_lineage

from poliedro.registry.models import Cluster, Lineage, MembershipSpell, Organisation
from poliedro.registry.queries.clusters import lineage
from poliedro.registry.queries.memberships import NOBODY, ancestry, make_up, stock_by
from poliedro.registry.services.facts import correct_fact
from poliedro.shared.dated import Moment

pytestmark = pytest.mark.django_db
MERGED = date(2015, 7, 1)
TODAY = Moment(date(2020, 1, 1))


@pytest.fixture
def cgreen() -> Cluster:
    """Two poles of 2009, with two firms and one, went into cgreen; a university came along; a firm joined later."""
    new = cluster("cgreen", founded_on=MERGED)
    for key, names in (("chemistry", "AB"), ("materials", "C")):
        pole = cluster(key, closed_on=MERGED)
        stated_lineage(pole, new, MERGED)
        for name in names:
            firm = organisation(name, size_class="micro" if name == "A" else "small")
            membership(firm, pole, end=MERGED)
            membership(firm, new, MERGED)
    university = organisation("U", kind="university")
    membership(university, cluster("chemistry"), end=MERGED)
    membership(university, new, MERGED, category="honorary")
    membership(organisation("D"), new, date(2018, 1, 1), category="associate")
    return new


def test_lineage_carries_the_firms_of_the_eve(cgreen: Cluster) -> None:
    steps = lineage(TODAY)
    assert [(s.predecessor.key, s.successor.key, s.on, s.firms, s.certainty, s.source) for s in steps] == [
        ("chemistry", "cgreen", MERGED, 2.0, "reported", "Source test"),
        ("materials", "cgreen", MERGED, 1.0, "reported", "Source test"),
    ]
    assert lineage(TODAY, cluster("materials")) == [steps[1]]
    assert lineage(TODAY, cgreen) == steps


def test_lineage_to_come_is_not_shown_on_an_earlier_day(cgreen: Cluster) -> None:
    assert lineage(Moment(date(2015, 6, 30))) == []


def test_part_of_a_cluster_takes_its_part_of_the_firms(cgreen: Cluster) -> None:
    Lineage.objects.filter(predecessor__key="chemistry").update(share=0.25)
    assert lineage(TODAY)[0].firms == 2 * 0.25


def test_lineage_corrected_later_stays_as_it_was_known(cgreen: Cluster) -> None:
    before = timezone.now()
    line = Lineage.objects.get(predecessor__key="materials")
    correct_fact(line, by=None, successor=cluster("mesap"))
    assert [s.successor.key for s in lineage(TODAY) if s.predecessor.key == "materials"] == ["mesap"]
    assert [s.successor.key for s in lineage(Moment(TODAY.on, before))] == ["cgreen", "cgreen"]
    eve = date(2015, 6, 30)
    assert set(ancestry(before).on(cgreen.pk, eve)) == {cluster("chemistry").pk, cluster("materials").pk}
    assert set(ancestry().on(cgreen.pk, eve)) == {cluster("chemistry").pk}


def test_same_step_may_be_stated_again_once_the_first_is_taken_back(cgreen: Cluster) -> None:
    from django.db import IntegrityError, transaction

    with pytest.raises(IntegrityError), transaction.atomic():
        stated_lineage(cluster("materials"), cgreen)
    Lineage.objects.filter(predecessor__key="materials").update(retracted_at=timezone.now())
    stated_lineage(cluster("materials"), cgreen)
    assert len(lineage(TODAY)) == 2


def test_make_up_counts_all_by_category_and_firms_alone_by_size(cgreen: Cluster) -> None:
    found = make_up(TODAY)[cgreen.pk]
    assert found.kind == {"enterprise": 4, "university": 1}
    assert found.category == {"ordinary": 3, "associate": 1, "honorary": 1}
    assert found.size_class == {"small": 2, "": 1, "micro": 1}
    Organisation.objects.filter(name="D").update(size_class="micro")
    assert make_up(TODAY)[cgreen.pk].size_class == {"micro": 2, "small": 2}
    assert make_up(TODAY).get(cluster("chemistry").pk, NOBODY) == NOBODY


def test_make_up_as_known_on_an_earlier_day_stays(cgreen: Cluster) -> None:
    before = timezone.now()
    correct_fact(MembershipSpell.objects.get(organisation__name="D"), by=None, category="external")
    assert make_up(TODAY)[cgreen.pk].category["external"] == 1
    assert make_up(Moment(TODAY.on, before))[cgreen.pk].category["associate"] == 1


def test_kinds_by_year_follow_the_lineage(cgreen: Cluster) -> None:
    days = [date(2014, 12, 31), date(2016, 12, 31), date(2019, 12, 31)]
    assert stock_by(cgreen, days, "kind") == {"enterprise": [3, 3, 4], "university": [1, 1, 1]}
    assert stock_by(cgreen, days, "category") == {"ordinary": [4, 3, 3], "associate": [0, 0, 1], "honorary": [0, 1, 1]}
    assert stock_by(cluster("new"), days, "kind") == {}
