"""Coverage reacts to the definition's version, and shows members outside it apart."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest
from django.utils import timezone
from factories import cluster, code, membership, organisation, source, territory
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from poliedro.reference.models import Load
from poliedro.registry.models import (
    Cluster,
    ClusterDefinition,
    DefinitionCode,
    MembershipSpell,
    Organisation,
    RegisterCount,
)
from poliedro.registry.queries.coverage import coverage, coverage_by_size, coverage_by_year, gaps
from poliedro.registry.queries.definitions import versions_of
from poliedro.registry.queries.niches import LEAST_FIRMS, niches_of
from poliedro.registry.queries.quotients import quotients
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


EARLIER = 8
"""Queries of a question as known at a moment, of which nothing is kept, and of the same as known now."""


def test_number_of_queries_does_not_grow_with_clusters(textile: Cluster, django_assert_num_queries: object) -> None:
    others = [cluster(f"c{i}") for i in range(5)]
    for clusters in ([textile], [textile, *others]):
        coverage(clusters, DAY)  # builds what is kept in memory
        with django_assert_num_queries(1):  # type: ignore[operator]
            coverage(clusters, DAY)
        earlier = Moment(DAY.on, timezone.now())
        with django_assert_num_queries(EARLIER):  # type: ignore[operator]
            assert coverage(clusters, earlier) == coverage(clusters, DAY)


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
        (2017, 1, None, None, "estimated"),  # not loaded: said, and no point of the line
        (2018, 2, None, None, "estimated"),
        (2019, 2, 10, 2 / 10, "official"),
    ]
    assert [c.year for c in coverage_by_year(textile, Moment(date(2018, 6, 1)))] == [2016]
    assert coverage_by_year(cluster("new"), DAY) == []


def test_years_and_the_page_of_a_year_take_the_same_source(textile: Cluster) -> None:
    """The surer source, also where the other alone counts the class; a year is as sure as its weakest row."""
    spinning, weaving, biella = code("13.10"), code("13.20"), territory("ITC13")
    RegisterCount.objects.all().delete()
    register({spinning: 10, weaving: 30}, biella)
    RegisterCount.objects.filter(code=weaving).update(certainty="estimated")
    load = Load.objects.create(source=source("other"), importer="test", file_name="o", checksum="1", state="loaded")
    for year, certainty in ((2019, "reported"), (2018, "estimated")):
        RegisterCount.objects.create(
            year=year, code=spinning, territory=biella, size_class="micro", firms=77, load=load,
            source=source("other"), certainty=certainty, recorded_at=timezone.now(),
        )  # fmt: skip
    years = {c.year: c for c in coverage_by_year(textile, DAY)}
    page = coverage([textile], DAY)[textile.pk]
    assert (years[2019].N, years[2019].certainty, years[2019].source) == (page.N, page.certainty, page.source)
    assert (page.N, page.certainty) == (10, "estimated")
    assert (years[2018].N, years[2018].source) == (77, source("other").name)
    RegisterCount.objects.filter(year=2019, code=spinning, certainty="official").delete()
    RegisterCount.objects.filter(year=2019, source=source("other")).update(certainty="synthetic")
    assert coverage_by_year(textile, DAY)[-1].N == coverage([textile], DAY)[textile.pk].N == 0  # not the other's 77


CODES = ("13.10", "13.20", "13.30", "70.22")


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    first=st.sets(st.sampled_from(CODES), min_size=1),
    second=st.sets(st.sampled_from(CODES), min_size=1),
    members=st.lists(st.sampled_from(CODES), max_size=12),
    firms=st.fixed_dictionaries({c: st.integers(0, 40) for c in CODES}),
)
def test_coverage_reacts_to_the_version_and_both_versions_stay_quotable(
    first: set[str], second: set[str], members: list[str], firms: dict[str, int]
) -> None:
    for table in (RegisterCount, DefinitionCode, ClusterDefinition, MembershipSpell):
        table.objects.all().delete()
    biella, found = territory("ITC13", "Biella"), cluster("pointex")
    for i, activity in enumerate(members):
        membership(organisation(f"{activity} {i}", nace=code(activity), territory=biella), found)
    register({code(c): n for c, n in firms.items()}, biella)
    define(found, 1, [code(c) for c in sorted(first)], date(2009, 1, 1), date(2020, 1, 1))

    def expected(version: int, codes: set[str]) -> tuple[int, int, int, int]:
        n = sum(m in codes for m in members)
        return version, n, sum(firms[c] for c in codes), len(members) - n

    def quoted(moment: Moment, version: int | None = None) -> tuple[int, int, int, int]:
        held = coverage([found], moment, version)[found.pk]
        return held.version, held.n, held.N, held.outside

    earlier = Moment(date(2019, 12, 31))
    before = quoted(earlier)
    assert before == expected(1, first)
    define(found, 2, [code(c) for c in sorted(second)], date(2020, 1, 1))
    assert quoted(DAY) == expected(2, second)  # the new version from its day on
    assert quoted(earlier) == quoted(DAY, version=1) == before  # the old one as it was quoted
    assert quoted(earlier, version=2) == expected(2, second)
    [now] = [y for y in coverage_by_year(found, DAY) if y.N is not None]
    assert (now.n, now.N) == (expected(2, second)[1], expected(2, second)[2])
    lines = {v.version: (v.version, v.n, v.N, v.outside) for v in versions_of(found, DAY)}
    assert lines == {1: expected(1, first), 2: expected(2, second)}


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


# --- niches: See Note [Grain of a niche] --------------------------------------------------------------------------
def test_niches_are_classes_where_numbers_allow_and_the_rest_is_told_together(textile: Cluster) -> None:
    """Of 13: 13.10 has 10 firms and stands alone; 13.20 is split no further; 13.30 (4) and 13.91 (5) are too small."""
    division, biella, torino = code("13"), territory("ITC13"), territory("ITC11", "Torino")
    finishing, knitting = code("13.30", level=4, parent=division), code("13.91", level=4, parent=division)
    register({finishing: 4}, biella)
    register({knitting: 5, code("13.10"): 8}, torino)
    found = niches_of(textile, DAY, version=1)
    assert [(g.code, g.rest, g.n, g.N) for g in found] == [
        ("13", True, 0, 9),
        ("13.20", False, 1, 40),
        ("13.10", False, 2, 18),
    ]
    assert found[0].blank == (("Torino", 5), ("Biella", 4))
    assert {g.code: g.blank for g in found}["13.10"] == (("Torino", 8),)  # its members are in Biella
    register({finishing: 1}, biella, year=2018)  # another year does not count
    assert sum(g.N for g in niches_of(textile, DAY, version=1)) == coverage([textile], DAY, version=1)[textile.pk].N


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    members=st.lists(st.sampled_from(CODES), max_size=12),
    firms=st.fixed_dictionaries({c: st.integers(0, 25) for c in CODES}),
)
def test_every_member_and_register_firm_inside_counts_in_one_niche(members: list[str], firms: dict[str, int]) -> None:
    for table in (RegisterCount, DefinitionCode, ClusterDefinition, MembershipSpell):
        table.objects.all().delete()
    biella, found, division = territory("ITC13", "Biella"), cluster("pointex"), code("13", level=2)
    for i, activity in enumerate(members):
        inside = code(activity, level=4, parent=None if activity == "70.22" else division)
        membership(organisation(f"{activity} {i}", nace=inside, territory=biella), found)
    register({code(c, level=4, parent=None if c == "70.22" else division): n for c, n in firms.items()}, biella)
    define(found, 1, [division], date(2009, 1, 1))
    niches, whole = niches_of(found, DAY), coverage([found], DAY)[found.pk]
    assert (sum(g.n for g in niches), sum(g.N for g in niches)) == (whole.n, whole.N)
    assert all(g.N >= LEAST_FIRMS or (g.rest or g.code == "13") for g in niches)
