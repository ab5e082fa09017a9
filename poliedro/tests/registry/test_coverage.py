"""Coverage reacts to the definition's version, and shows members outside it apart."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest
from django.utils import timezone
from factories import cluster, code, membership, organisation, source, territory

from poliedro.reference.models import Load
from poliedro.registry.models import (
    Cluster,
    ClusterDefinition,
    DefinitionCode,
    MembershipSpell,
    Organisation,
    RegisterCount,
)
from poliedro.registry.queries.coverage import coverage, coverage_by_size, coverage_by_year, gaps, quotients
from poliedro.shared.dated import Moment

pytestmark = pytest.mark.django_db
DAY = Moment(date(2020, 6, 1))


def define(cluster: Cluster, version: int, codes: list[object], start: date, end: date | None = None) -> None:
    definition = ClusterDefinition.objects.create(
        cluster=cluster, version=version, valid_from=start, valid_to=end, source=source(), certainty="reported"
    )
    for c in codes:
        DefinitionCode.objects.create(definition=definition, code=c)


def register(counts: dict[object, int], place: object, size: str = "micro", year: int = 2019) -> None:
    load = Load.objects.create(source=source(), importer="test", file_name="t", checksum="0", state="loaded")
    for c, firms in counts.items():
        RegisterCount.objects.create(
            year=year,
            code=c,
            territory=place,
            size_class=size,
            firms=firms,
            load=load,
            source=source(),
            certainty="official",
            recorded_at=timezone.now(),
        )


@pytest.fixture
def textile() -> Cluster:
    """Two spinners and a weaver of 10 spinners and 40 weavers; a consultant who lies outside."""
    biella = territory("ITC13", "Biella")
    division = code("13", level=2)
    spinning, weaving = code("13.10", level=4, parent=division), code("13.20", level=4, parent=division)
    consulting = code("70.22", level=4)
    found = cluster("pointex")
    for name, activity in (("A", spinning), ("B", spinning), ("C", weaving), ("D", consulting)):
        membership(organisation(name, nace=activity, territory=biella), found)
    membership(organisation("Uni", kind="university", nace=consulting), found)
    register({spinning: 10, weaving: 40, consulting: 1000}, biella)
    define(found, 1, [division], date(2009, 1, 1), date(2018, 1, 1))
    define(found, 2, [spinning], date(2018, 1, 1))
    return found


def test_definition_stands_for_all_classes_below_it(textile: Cluster) -> None:
    found = coverage([textile], DAY, version=1)[textile.pk]
    assert (found.n, found.N, found.outside, found.version) == (3, 50, 1, 1)
    assert found.share == 3 / 50


def test_another_version_gives_another_coverage_and_both_stay_quotable(textile: Cluster) -> None:
    now = coverage([textile], DAY)[textile.pk]
    assert (now.version, now.n, now.N, now.outside) == (2, 2, 10, 2)
    assert coverage([textile], DAY, version=1)[textile.pk].share == 3 / 50


def test_version_in_force_on_the_day_is_used(textile: Cluster) -> None:
    assert coverage([textile], Moment(date(2017, 6, 1)))[textile.pk].version == 1


def test_nobody_in_the_register_is_unknown_not_zero(textile: Cluster) -> None:
    RegisterCount.objects.all().delete()
    assert coverage([textile], DAY)[textile.pk].share is None


def test_cluster_without_definition_is_left_out() -> None:
    assert coverage([cluster("new")], DAY) == {}


def test_gaps_name_the_least_covered_class_first(textile: Cluster) -> None:
    by_class, by_place = gaps(textile, DAY, version=1)
    assert [(g.n, g.N) for g in by_class] == [(3, 50)]
    assert [(g.label, g.n, g.N) for g in by_place] == [("Biella", 3, 50)]


def test_number_of_queries_does_not_grow_with_clusters(textile: Cluster, django_assert_num_queries: object) -> None:
    others = [cluster(f"c{i}") for i in range(5)]
    for clusters in ([textile], [textile, *others]):
        coverage(clusters, DAY)  # builds what is kept in memory
        with django_assert_num_queries(5):  # type: ignore[operator]
            coverage(clusters, DAY)


def test_coverage_by_size_sets_members_against_register_firms_of_the_class(textile: Cluster) -> None:
    Organisation.objects.filter(name__in="AB").update(size_class="micro")
    Organisation.objects.filter(name__in="CD").update(size_class="small")
    register({code("13.20"): 5}, territory("ITC13"), size="small")
    by_first = coverage_by_size([textile], Moment(date(2017, 6, 1)))[textile.pk]
    assert [(g.label, g.n, g.share) for g in by_first] == [("micro", 2, None), ("small", 1, None)]  # no counts by 2017
    RegisterCount.objects.update(year=2017)
    by_first = coverage_by_size([textile], Moment(date(2017, 6, 1)))[textile.pk]
    assert [(g.label, g.n, g.N) for g in by_first] == [("micro", 2, 50), ("small", 1, 5)]
    now = coverage_by_size([textile], DAY)[textile.pk]
    assert [(g.label, g.n, g.N) for g in now] == [("micro", 2, 10)]
    Organisation.objects.filter(name="B").update(size_class="large")
    assert [(g.label, g.n, g.share) for g in coverage_by_size([textile], DAY)[textile.pk]] == [
        ("micro", 1, 1 / 10),
        ("large", 1, None),
    ]


def test_coverage_by_year_holds_the_definition_and_takes_each_year_s_members(textile: Cluster) -> None:
    register({code("13.10"): 8}, territory("ITC13"), year=2016)
    MembershipSpell.objects.filter(organisation__name="B").update(valid_from=date(2018, 1, 1))
    found = coverage_by_year(textile, DAY)
    assert [(c.year, c.n, c.N, c.share, c.certainty) for c in found] == [
        (2016, 1, 8, 1 / 8, "official"),
        (2019, 2, 10, 2 / 10, "official"),
    ]
    assert [c.year for c in coverage_by_year(textile, Moment(date(2018, 6, 1)))] == [2016]
    assert coverage_by_year(cluster("new"), DAY) == []


def test_quotient_of_a_province_equals_the_library_s(textile: Cluster) -> None:
    import regionomics as rg

    register({code("13.10"): 30, code("13.20"): 20, code("70.22"): 50}, territory("ITC11", "Torino"))
    found = {q.name: q for q in quotients(textile, DAY)}
    # Biella has 10 spinners of 1 050 firms, Torino 30 of 100; together 40 of 1 150
    assert (found["Biella"].inside, found["Biella"].firms) == (10, 1050)
    assert found["Biella"].lq == pytest.approx((10 / 1050) / (40 / 1150))
    assert list(found) == ["Torino", "Biella"]
    rows = {
        "place": ["Biella", "Biella", "Torino", "Torino"],
        "activity": ["in", "out", "in", "out"],
        "value": [10, 1040, 30, 70],
    }
    lq = rg.location_quotient(pl.DataFrame(rows))
    for place in ("Biella", "Torino"):
        expected = lq.filter(place=place, activity="in")["location_quotient"][0]
        assert found[place].lq == pytest.approx(expected)


def test_quotient_is_unknown_where_nobody_is_counted(textile: Cluster) -> None:
    RegisterCount.objects.exclude(code__code="70.22").delete()
    assert [(q.name, q.lq) for q in quotients(textile, DAY)] == [("Biella", None)]
    assert quotients(cluster("new"), DAY) == []
