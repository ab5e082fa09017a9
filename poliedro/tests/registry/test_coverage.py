"""Coverage reacts to the definition's version, and shows members outside it apart."""

from __future__ import annotations

from datetime import date

import pytest
from django.utils import timezone
from factories import cluster, code, membership, organisation, source, territory

from poliedro.reference.models import Load
from poliedro.registry.models import Cluster, ClusterDefinition, DefinitionCode, RegisterCount
from poliedro.registry.queries.coverage import coverage, gaps
from poliedro.shared.dated import Moment

pytestmark = pytest.mark.django_db
DAY = Moment(date(2020, 6, 1))


def define(cluster: Cluster, version: int, codes: list[object], start: date, end: date | None = None) -> None:
    definition = ClusterDefinition.objects.create(
        cluster=cluster, version=version, valid_from=start, valid_to=end, source=source(), certainty="reported"
    )
    for c in codes:
        DefinitionCode.objects.create(definition=definition, code=c)


def register(counts: dict[object, int], place: object) -> None:
    load = Load.objects.create(source=source(), importer="test", file_name="t", checksum="0", state="loaded")
    for c, firms in counts.items():
        RegisterCount.objects.create(
            year=2019,
            code=c,
            territory=place,
            size_class="micro",
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
    coverage([textile], DAY)  # builds what is kept in memory
    with django_assert_num_queries(6):  # type: ignore[operator]
        coverage([textile], DAY)
    with django_assert_num_queries(6):  # type: ignore[operator]
        coverage([textile, *others], DAY)
