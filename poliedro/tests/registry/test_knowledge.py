"""Hard part 1: the same question as of 2014, 2016 and 2021, and as known on an earlier day, across merges, corrected
projects, and organisations and clusters that were something else before."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from factories import cluster, code, lineage, membership, officer, organisation, source, territory, user
from hypothesis import given
from hypothesis import strategies as st

from poliedro.registry.models import (
    Cluster,
    ClusterProfile,
    Identifier,
    MembershipSpell,
    Organisation,
    Participation,
    Project,
    ProjectShare,
    Standing,
)
from poliedro.registry.queries.clusters import clusters_on
from poliedro.registry.queries.memberships import (
    distinct_members,
    flow,
    make_up,
    members_by_cluster,
    stock_by,
    stock_series,
)
from poliedro.registry.queries.participation import participants
from poliedro.registry.queries.projects import activity_by_cluster, last_project_years, projects_of
from poliedro.registry.queries.standings import history_of
from poliedro.registry.rules.permissions import NotPermitted
from poliedro.registry.rules.standings import Span, always, replaced, stated, value_on
from poliedro.registry.services.merges import merge_organisations, undo_merge
from poliedro.registry.services.standings import correct_project, state_profile, state_standing
from poliedro.shared.dated import Moment

pytestmark = pytest.mark.django_db
DAYS = (date(2014, 6, 1), date(2016, 6, 1), date(2021, 6, 1))


def at(year: int) -> datetime:
    return datetime(year, 3, 1, 12, tzinfo=UTC)


def recorded(model: Any, year: int) -> None:
    model.objects.update(recorded_at=at(year))


def asked(on: date, year: int) -> Moment:
    """As of `on`, as known at the end of the year."""
    return Moment.known_on(on, date(year, 12, 31))


# --- merges -----------------------------------------------------------------------------------------------------------
@pytest.fixture
def merged() -> tuple[Organisation, Organisation, Cluster, Cluster]:
    """Two rows of one firm, each a member of another cluster since 2012; recorded in 2015, merged in 2018, undone in
    2022."""
    one, two, agrifood, mesap = organisation("Uno S.r.l."), organisation("UNO"), cluster("agrifood"), cluster("mesap")
    membership(one, agrifood, date(2012, 1, 1))
    membership(two, mesap, date(2012, 1, 1))
    membership(two, agrifood, date(2013, 1, 1))  # a double once they are one
    Identifier.objects.create(organisation=two, scheme="pic", value="999", source=source(), certainty="official")
    for model in (MembershipSpell, Identifier, Organisation):
        recorded(model, 2015)
    merge = merge_organisations(survivor=one, duplicate=two, by=None, at=at(2018))
    undo_merge(merge=merge, by=None, at=at(2022))
    return one, two, agrifood, mesap


@pytest.mark.parametrize("on", DAYS)
def test_two_bodies_were_known_before_a_merge_one_after_it_and_two_again_after_its_undoing(
    merged: tuple[Organisation, Organisation, Cluster, Cluster], on: date
) -> None:
    _one, _two, agrifood, mesap = merged
    for year, distinct, in_agrifood in ((2015, 2, 2), (2017, 2, 2), (2018, 1, 1), (2021, 1, 1), (2022, 2, 2)):
        moment = asked(on, year)
        assert distinct_members(moment, firms_only=True) == distinct, year
        assert members_by_cluster(moment) == {agrifood.pk: in_agrifood, mesap.pk: 1}, year
        assert stock_series([agrifood], [on], moment.known)[agrifood.pk] == [in_agrifood], year
        assert make_up(moment)[agrifood.pk].firms == in_agrifood, year
        assert flow(agrifood, date(2010, 1, 1), on, moment.known).stock_end == in_agrifood, year
    assert distinct_members(Moment(on)) == 2
    assert distinct_members(asked(on, 2014)) == 0  # nothing was recorded by then


def test_numbers_of_a_merged_body_are_the_survivor_s_while_the_merge_stands(
    merged: tuple[Organisation, Organisation, Cluster, Cluster],
) -> None:
    one, two, *_clusters = merged
    holders = [Identifier.objects.known(at(year) + timedelta(days=1)).get().organisation for year in (2016, 2019, 2022)]
    assert holders == [two, one, two]
    assert Identifier.objects.known().count() == 1


def test_load_that_stated_facts_of_a_merged_body_can_still_be_undone() -> None:
    from poliedro.reference.models import Load
    from poliedro.registry.services.imports import undo_import

    load = Load.objects.create(source=source(), importer="test", file_name="t", checksum="0", state="loaded")
    one, two, agrifood = organisation("Uno"), organisation("Due"), cluster()
    membership(two, agrifood, load=load)
    before = merge_organisations(survivor=one, duplicate=two, by=None)
    assert members_by_cluster(Moment(DAYS[1])) == {agrifood.pk: 1}
    undo_import(load=load, by=None)
    assert members_by_cluster(Moment(DAYS[1])) == {}
    undo_merge(merge=before, by=None)
    assert members_by_cluster(Moment(DAYS[1])) == {}


# --- projects ---------------------------------------------------------------------------------------------------------
@pytest.fixture
def project() -> Project:
    """EUR 100 in 2016, half for each of two clusters; recorded in 2016."""
    firm = organisation("Uno")
    made = Project.objects.create(
        scheme="regional", number="P1", title="Prova", starts_on=date(2016, 5, 1), ends_on=date(2018, 4, 30),
        total_cost_eur=Decimal(100), source=source(), certainty="reported",
    )  # fmt: skip
    fact = {"project": made, "source": source(), "certainty": "reported"}
    for key in ("agrifood", "mesap"):
        ProjectShare.objects.create(cluster=cluster(key), share=Decimal("0.5"), **fact)
    Participation.objects.create(organisation=firm, role="coordinator", valid_from=made.starts_on, **fact)
    for model in (Project, ProjectShare, Participation):
        recorded(model, 2016)
    made.refresh_from_db()
    return made


def test_corrected_cost_shows_the_earlier_one_on_earlier_days_of_knowledge(project: Project) -> None:
    steward, agrifood = officer("data_steward"), cluster("agrifood")
    correct_project(project=project, source=source(), by=steward, at=at(2018), total_cost_eur=Decimal(60))
    correct_project(project=project, source=source(), by=steward, at=at(2020), total_cost_eur=Decimal("61.50"))
    for year, cost in ((2016, "100.00"), (2017, "100.00"), (2018, "60.00"), (2019, "60.00"), (2020, "61.50")):
        known = asked(DAYS[2], year).known
        parts, region = activity_by_cluster(clusters_on(Moment(DAYS[2])), 2014, 2017, known)
        assert region.invested_eur == Decimal(cost)
        assert parts[agrifood.pk].invested_eur == Decimal(cost) / 2
        assert sum(p.invested_eur for p in parts.values()) == region.invested_eur
        assert projects_of(agrifood, 5, known)[0].total_cost_eur == Decimal(cost)
    assert activity_by_cluster([agrifood], 2014, 2017)[1].invested_eur == Decimal("61.50")
    assert activity_by_cluster([agrifood], 2014, 2017, asked(DAYS[2], 2015).known)[1].projects == 0


def test_project_whose_first_day_was_corrected_counts_in_the_years_that_were_known(project: Project) -> None:
    steward, agrifood = officer("data_steward"), cluster("agrifood")
    correct_project(project=project, source=source(), by=steward, at=at(2019), starts_on=date(2018, 1, 1))
    then, now = asked(DAYS[2], 2018).known, None
    assert [activity_by_cluster([agrifood], 2016, 2016, known)[1].projects for known in (then, now)] == [1, 0]
    assert [participants(2018, 2018, known).firms for known in (then, now)] == [0, 1]
    assert last_project_years(asked(DAYS[2], 2018)) == (2013, 2016)
    assert last_project_years(Moment(DAYS[2])) == (2015, 2018)


def test_retracted_project_counts_on_the_days_on_which_it_was_known(project: Project) -> None:
    Project.objects.update(retracted_at=at(2019))
    agrifood = cluster("agrifood")
    assert activity_by_cluster([agrifood], 2016, 2016, asked(DAYS[2], 2018).known)[1].invested_eur == 100
    assert activity_by_cluster([agrifood], 2016, 2016)[1].invested_eur == 0


def test_only_a_data_steward_corrects_a_project(project: Project) -> None:
    with pytest.raises(NotPermitted, match="data_steward"):
        correct_project(project=project, source=source(), by=user(), total_cost_eur=Decimal(1))
    with pytest.raises(ValueError, match="title is no term of a project"):
        correct_project(project=project, source=source(), by=officer("data_steward"), title="Altro")


# --- what organisations were ------------------------------------------------------------------------------------------
def test_kind_and_size_of_earlier_years_are_those_of_that_time() -> None:
    """A start-up of 2013 that is an enterprise from 2016 and large from 2020, recorded in 2021."""
    steward, agrifood = officer("data_steward"), cluster("agrifood")
    firm = organisation("Cresce S.r.l.", kind="start_up", size_class="micro")
    membership(firm, agrifood, date(2013, 1, 1))
    for model in (MembershipSpell, Organisation):
        recorded(model, 2014)
    firm.refresh_from_db()
    state_standing(
        organisation=firm, aspect="kind", value="enterprise", since=date(2016, 1, 1), source=source(), by=steward,
        at=at(2021),
    )  # fmt: skip
    state_standing(
        organisation=firm, aspect="size_class", value="large", since=date(2020, 1, 1), source=source(), by=steward,
        at=at(2021),
    )  # fmt: skip
    firm.refresh_from_db()
    assert (firm.kind, firm.size_class) == ("enterprise", "large")
    kinds = [next(iter(make_up(Moment(on))[agrifood.pk].kind)) for on in DAYS]
    sizes = [next(iter(make_up(Moment(on))[agrifood.pk].size_class)) for on in DAYS]
    assert kinds == ["start_up", "enterprise", "enterprise"]
    assert sizes == ["micro", "micro", "large"]
    assert stock_by(agrifood, DAYS, "kind") == {"enterprise": [0, 1, 1], "start_up": [1, 0, 0]}
    assert stock_by(agrifood, DAYS, "size_class") == {"large": [0, 0, 1], "micro": [1, 1, 0]}
    before = asked(DAYS[2], 2020).known
    assert stock_by(agrifood, DAYS, "kind", before) == {"start_up": [1, 1, 1]}
    assert [(s.aspect, s.value, s.valid_from) for s in history_of(firm)] == [
        ("size_class", "large", date(2020, 1, 1)),
        ("size_class", "micro", None),
        ("kind", "enterprise", date(2016, 1, 1)),
        ("kind", "start_up", None),
    ]


def test_association_that_became_a_firm_counts_among_firms_from_that_day() -> None:
    agrifood, body = cluster("agrifood"), organisation("Era associazione", kind="association")
    membership(body, agrifood, date(2013, 1, 1))
    state_standing(
        organisation=body, aspect="kind", value="enterprise", since=date(2016, 1, 1), source=source(),
        by=officer("data_steward"),
    )  # fmt: skip
    assert stock_series([agrifood], DAYS)[agrifood.pk] == [0, 1, 1]
    assert [distinct_members(Moment(on), firms_only=True) for on in DAYS] == [0, 1, 1]


def test_series_through_lineage_keeps_what_members_were() -> None:
    """12 into 7: a firm of a pole of 2009, a start-up until 2015, goes with it into the new cluster."""
    old, new = cluster("old", closed_on=date(2015, 7, 1)), cluster("new", founded_on=date(2015, 7, 1))
    lineage(old, new)
    firm = organisation("Passa")
    membership(firm, old, date(2010, 1, 1), date(2015, 7, 1))
    membership(firm, new, date(2015, 7, 1))
    Standing.objects.create(
        organisation=firm, aspect="kind", value="start_up", valid_to=date(2015, 1, 1), source=source(),
        certainty="reported",
    )  # fmt: skip
    assert stock_by(new, DAYS, "kind") == {"enterprise": [0, 1, 1], "start_up": [1, 0, 0]}
    assert stock_series([new], DAYS)[new.pk] == [1, 1, 1]


def test_coverage_asks_the_activity_of_the_day() -> None:
    from registry.test_coverage import define, register

    from poliedro.registry.queries.coverage import coverage, coverage_by_year

    place, spinning, software = territory("ITC13", "Biella"), code("13.10"), code("62.01")
    pointex, firm = cluster("pointex"), organisation("Cambia", nace=software, territory=place)
    membership(firm, pointex)
    define(pointex, 1, [spinning], date(2009, 1, 1))
    for year in (2014, 2016):
        register({spinning: 10}, place, year=year)
    state_standing(
        organisation=firm, aspect="nace", value=spinning.pk, since=None, source=source(), by=officer("data_steward")
    )
    state_standing(
        organisation=firm, aspect="nace", value=software.pk, since=date(2016, 1, 1), source=source(),
        by=officer("data_steward", "two@test.example"),
    )  # fmt: skip
    assert [coverage([pointex], Moment(on))[pointex.pk].n for on in DAYS] == [1, 0, 0]
    assert [(c.n, c.N) for c in coverage_by_year(pointex, Moment(DAYS[2]))] == [(1, 10), (1, None), (0, 10)]


def test_cluster_has_the_name_and_type_of_the_day() -> None:
    found = cluster("polight", name="Polo Uno", type="sectoral")
    state_profile(
        cluster=found, name="Polo Due", kind="transversal", since=date(2015, 7, 1), source=source(),
        by=officer("regional_officer"), at=at(2021),
    )  # fmt: skip
    named = [(c.name, c.type) for on in DAYS for c in clusters_on(Moment(on))]
    assert named == [("Polo Uno", "sectoral"), ("Polo Due", "transversal"), ("Polo Due", "transversal")]
    found.refresh_from_db()
    assert found.name == "Polo Due"
    ClusterProfile.objects.filter(retracted_at__isnull=False).update(recorded_at=at(2010))
    assert [c.name for c in clusters_on(asked(DAYS[2], 2020))] == ["Polo Uno"]
    with pytest.raises(NotPermitted):
        state_profile(cluster=found, name="X", kind="sectoral", since=None, source=source(), by=user())


def test_delegate_states_what_the_own_firm_was_and_nobody_else_does() -> None:
    firm = organisation("Uno")
    with pytest.raises(NotPermitted):
        state_standing(organisation=firm, aspect="kind", value="start_up", since=None, source=source(), by=user())
    with pytest.raises(ValueError, match="is no kind"):
        state_standing(
            organisation=firm, aspect="kind", value="circus", since=None, source=source(), by=officer("data_steward")
        )


# --- spans ------------------------------------------------------------------------------------------------------------
def test_statement_holds_up_to_the_next_change_that_was_known() -> None:
    spans = [Span(None, date(2019, 1, 1), "a"), Span(date(2019, 1, 1), None, "b")]
    assert stated(spans, "c", date(2015, 1, 1)) == [
        Span(None, date(2015, 1, 1), "a"),
        Span(date(2015, 1, 1), date(2019, 1, 1), "c"),
        Span(date(2019, 1, 1), None, "b"),
    ]
    assert stated(spans, "b", date(2015, 1, 1)) == [
        Span(None, date(2015, 1, 1), "a"),
        Span(date(2015, 1, 1), None, "b"),
    ]
    assert stated(spans, "c", None) == always("c")
    assert replaced(spans, [(date(2018, 1, 1), "x"), (date(2020, 1, 1), "y")]) == [
        Span(None, date(2018, 1, 1), "a"),
        Span(date(2018, 1, 1), date(2020, 1, 1), "x"),
        Span(date(2020, 1, 1), None, "y"),
    ]


day = st.dates(date(2000, 1, 1), date(2030, 1, 1))


@given(st.lists(st.tuples(st.one_of(st.none(), day), st.sampled_from("abc")), max_size=8), day)
def test_spans_cover_every_day_once_whatever_is_stated(statements: list[tuple[date | None, str]], asked: date) -> None:
    spans = always("a")
    for since, value in statements:
        spans = stated(spans, value, since)
        if since is not None:
            assert value_on(spans, since) == value
    assert sum(1 for s in spans if s.holds(asked)) == 1
    assert spans[0].start is None
    assert spans[-1].end is None
    assert all(a.end == b.start and a.value != b.value for a, b in pairwise(spans))
