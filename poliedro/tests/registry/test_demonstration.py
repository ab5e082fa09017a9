"""The demonstration meets every published figure at once, and its figures follow from its rows."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db.models import Sum
from django.test import Client
from django.utils import timezone

from poliedro.monitoring.runs import lifecycle
from poliedro.reference.models import Load
from poliedro.registry.models import (
    Cluster,
    DataQualityFinding,
    Mandate,
    MembershipSpell,
    Organisation,
    ProjectShare,
    RevenueLine,
)
from poliedro.registry.queries.clusters import area_matrix, clusters_on
from poliedro.registry.queries.coverage import coverage
from poliedro.registry.queries.fees import years_of_fees
from poliedro.registry.queries.memberships import distinct_members, flow, members_by_cluster, stock_series
from poliedro.registry.queries.money import accounts_of, mandates_of, staff_of
from poliedro.registry.queries.niches import niches_of
from poliedro.registry.queries.outreach import present_value, targets_of_all
from poliedro.registry.queries.projects import activity_by_cluster
from poliedro.registry.services.demonstration import DemonstrationExists, build_demonstration
from poliedro.registry.services.facts import correct_fact
from poliedro.shared.dated import Moment
from poliedro.shared.region import region

NOW = Moment(date(2020, 12, 31))
pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def demonstration(django_db_setup: None, django_db_blocker: Any) -> Any:
    """Built once for this module, and taken out again."""
    from django.db import transaction

    with django_db_blocker.unblock():
        atomic = transaction.atomic()
        atomic.__enter__()
        build_demonstration(region())
        yield
        transaction.set_rollback(True)
        atomic.__exit__(None, None, None)


@pytest.fixture
def clusters(demonstration: Any) -> dict[str, Cluster]:
    return {c.key: c for c in clusters_on(NOW)}


def test_clusters_have_unlike_histories_and_members_are_firms_of_the_register(clusters: dict[str, Cluster]) -> None:
    """Some grow, some lose members, some hold theirs, so that not every life cycle says the same."""
    series = stock_series(list(clusters.values()), [date(2015, 12, 31), NOW.on])
    growth = {key: (series[c.pk][1] / series[c.pk][0]) ** (1 / 5) - 1 for key, c in clusters.items()}
    assert growth["agrifood"] > 0.05
    assert growth["ict"] > 0.05
    assert growth["pointex"] < -0.02
    assert abs(growth["mesap"]) < 0.02
    for cluster in clusters.values():
        for niche in niches_of(cluster, NOW):
            assert niche.n <= niche.N, niche.label


def test_public_money_is_no_fixed_share_of_every_project(demonstration: Any) -> None:
    """Else each cluster would draw in as much private money a public euro as every other."""
    rows = ProjectShare.objects.known().filter(share=1, project__number__startswith="DEMO-").values("cluster")
    money = rows.annotate(cost=Sum("project__total_cost_eur"), public=Sum("project__public_contribution_eur"))
    parts = sorted(float(m["public"] / m["cost"]) for m in money.order_by("cluster"))
    assert len(parts) == 7
    assert 0.3 < parts[0] < parts[-1] - 0.08 < 0.5


def test_seven_clusters_with_ten_managing_bodies_at_the_seats_of_the_sources(clusters: dict[str, Cluster]) -> None:
    mandates = mandates_of(list(clusters.values()), NOW)
    assert len(clusters) == 7
    assert sum(len(m) for m in mandates.values()) == 10
    seats = {k: mandates[c.pk][0].body.organisation.territory.name for k, c in clusters.items()}
    assert seats == {
        "agrifood": "Cuneo",
        "biopmed": "Torino",
        "cgreen": "Alessandria",
        "clever": "Torino",
        "mesap": "Torino",
        "pointex": "Biella",
        "ict": "Torino",
    }


def test_firms_range_from_86_to_237(clusters: dict[str, Cluster]) -> None:
    firms = members_by_cluster(NOW, firms_only=True)
    counts = [firms[c.pk] for c in clusters.values()]
    assert (min(counts), max(counts)) == (86, 237)


def test_region_counts_each_firm_once(clusters: dict[str, Cluster]) -> None:
    firms = members_by_cluster(NOW, firms_only=True)
    assert distinct_members(NOW, firms_only=True) == sum(firms[c.pk] for c in clusters.values()) - 84


def test_coverage_ranges_from_7_7_to_20_percent(clusters: dict[str, Cluster]) -> None:
    shares = [round((c.share or 0) * 100, 1) for c in coverage(list(clusters.values()), NOW).values()]
    assert (min(shares), max(shares)) == (7.7, 20.0)


def test_staff_is_five_to_nine_in_each_cluster(clusters: dict[str, Cluster]) -> None:
    persons = [s.persons for s in staff_of(list(clusters.values()), NOW).values()]
    assert (min(persons), max(persons)) == (5, 9)


def test_agrifood_depends_most_on_erdf_and_clever_earns_three_times_pointex(clusters: dict[str, Cluster]) -> None:
    accounts = accounts_of(list(clusters.values()), 2020)
    share = {k: accounts[c.pk].erdf_share for k, c in clusters.items()}
    assert share["agrifood"] == pytest.approx(0.66)
    assert max(share, key=lambda k: share[k] or 0) == "agrifood"
    assert share["ict"] == pytest.approx(1 / 3, abs=0.005)
    ratio = accounts[clusters["clever"].pk].total_eur / accounts[clusters["pointex"].pk].total_eur
    assert Decimal("2.8") < ratio < Decimal("3.0")


def test_erdf_share_of_agrifood_is_the_maximum_in_every_year(clusters: dict[str, Cluster]) -> None:
    for year in (2017, 2018, 2019, 2020):
        accounts = accounts_of(list(clusters.values()), year)
        assert max(a.erdf_share or 0 for a in accounts.values()) <= 0.66


def test_research_activity_meets_table_4_3_and_shares_add_up(clusters: dict[str, Cluster]) -> None:
    by_cluster, total = activity_by_cluster(clusters.values(), 2017, 2020)
    assert by_cluster[clusters["mesap"].pk].invested_eur == Decimal("80000000.00")
    assert by_cluster[clusters["pointex"].pk].invested_eur == Decimal("21500000.00")
    assert total.invested_eur > Decimal(200_000_000)
    assert sum(a.invested_eur for a in by_cluster.values()) == total.invested_eur
    assert sum(a.whole_eur for a in by_cluster.values()) > total.invested_eur
    assert 950 <= total.firms < 1000
    assert total.fte == pytest.approx(Decimal(2100), abs=Decimal("0.01"))
    assert total.contracts_eur > Decimal(27_000_000)


def test_ecosystem_has_three_universities_three_incubators_and_seven_its_of_which_one_without_cluster(
    clusters: dict[str, Cluster],
) -> None:
    kinds = Organisation.objects.filter(certainty="reported")
    assert kinds.filter(kind="university").count() == 3
    assert kinds.filter(kind="incubator").count() == 3
    assert kinds.filter(kind="its").count() == 7
    assert kinds.filter(kind="its", name__contains="Turismo").count() == 1


def test_twelve_poles_became_seven_and_the_series_does_not_break(clusters: dict[str, Cluster]) -> None:
    assert Cluster.objects.existing_on(date(2014, 1, 1)).count() == 12
    merged = Cluster.objects.get(key="cgreen").founded_on
    day_before = date(merged.year, merged.month - 1, 30)
    series = stock_series(clusters.values(), [date(2010, 1, 1), day_before, merged])
    for before_2010, before, after in series.values():
        assert before_2010 > 0
        assert abs(after - before) <= 8


def test_stock_is_earlier_stock_plus_entries_minus_exits_on_any_days(clusters: dict[str, Cluster]) -> None:
    for cluster in clusters.values():
        for start, end in ((date(2015, 7, 1), date(2017, 3, 3)), (date(2016, 2, 29), date(2020, 12, 31))):
            f = flow(cluster, start, end)
            assert f.stock_end == f.stock_start + f.entries - f.exits


def test_s3_areas_of_2014_20_leave_aerospace_automotive_and_ict_alone(clusters: dict[str, Cluster]) -> None:
    matrix = area_matrix("2014-20", NOW, clusters_on(NOW))
    assert [a.code for a in matrix.areas_without_cluster] == ["AER", "AUT"]
    assert [c.key for c in matrix.clusters_without_area] == ["ict"]


def test_fees_invoiced_are_what_the_accounts_state_but_for_one_year_that_is_a_finding(
    clusters: dict[str, Cluster],
) -> None:
    differing = []
    for key, cluster in clusters.items():
        for year in years_of_fees(cluster, date(2021, 1, 1)):
            if year.accounts_eur is not None and year.gap_eur:
                differing.append((key, year.year))
    assert differing == [("mesap", 2019)]
    assert DataQualityFinding.objects.get(kind="fees-differ").subject_key == "mesap"


def test_some_targets_are_on_their_way_and_some_are_behind(clusters: dict[str, Cluster]) -> None:
    lines = targets_of_all(timezone.localdate())
    assert len(lines) == 21
    assert 5 <= sum(line.on_track for line in lines) <= 16
    for line in lines:  # a baseline is what the register says of its day
        target = line.target
        assert target.baseline == present_value(target.cluster, target.aspect, target.baseline_on)


def test_the_contradictions_of_the_sources_are_findings_from_the_start(demonstration: Any) -> None:
    kinds = set(DataQualityFinding.objects.values_list("kind", flat=True))
    assert kinds == {
        "unequal-reports",
        "effort-beyond-staff",
        "stagnant-or-growing",
        "report-beyond-range",
        "fees-differ",
    }
    effort = DataQualityFinding.objects.get(kind="effort-beyond-staff")
    assert "51 persons" in effort.statement_en  # type: ignore[attr-defined]


def test_clusters_have_unlike_histories(demonstration: Any) -> None:
    """Textile loses its members and its edges, ICT grows, mechatronics holds what it has and stays as unlike."""
    rows, seen = lifecycle.rows_of(), {}
    for found in Cluster.objects.filter(closed_on=None).order_by("pk"):
        first, *_between, last = lifecycle._measures(found, rows)
        seen[found.key] = last["firms"] / first["firms"], last["activities"] / first["activities"]
    assert seen["pointex"][0] < 0.6
    assert seen["pointex"][1] < 0.9
    assert seen["ict"][0] > 2
    assert seen["mesap"][1] == pytest.approx(1, abs=0.1)


def test_everything_invented_says_so(demonstration: Any) -> None:
    assert not Organisation.objects.filter(name__startswith="Demo ").exclude(certainty="synthetic").exists()
    assert not MembershipSpell.objects.exclude(certainty="synthetic").exists()
    assert not Organisation.objects.filter(certainty="synthetic").exclude(name__startswith="Demo ").exists()


def test_building_again_changes_nothing(demonstration: Any) -> None:
    before = Load.objects.count(), MembershipSpell.objects.count()
    build_demonstration(region())
    assert (Load.objects.count(), MembershipSpell.objects.count()) == before


def page_of(address: str) -> str:
    page = Client().get(address, headers={"accept-language": "en"})
    assert page.status_code == 200
    return " ".join(re.sub(r"<[^>]+>", " ", page.content.decode()).split())


def test_pages_follow_the_rows_behind_them(clusters: dict[str, Cluster]) -> None:
    """A membership, a line of accounts and a mandate are changed, and each page that shows them says something else."""
    pointex, agrifood, cgreen = clusters["pointex"], clusters["agrifood"], clusters["cgreen"]
    mandate = Mandate.objects.at(NOW).filter(cluster=cgreen, is_lead=False).first()
    body, day = mandate.body.organisation.name, "?on=2020-12-31"
    before = {k: page_of(f"/clusters/{k}/{day}") for k in ("pointex", "agrifood", "cgreen")} | {
        "t": page_of("/tables/")
    }
    assert body in before["cgreen"]
    assert "86" in before["pointex"]
    spell = MembershipSpell.objects.at(NOW).filter(cluster=pointex, organisation__kind="enterprise").first()
    correct_fact(spell, by=None, valid_to=date(2020, 6, 1))
    line = RevenueLine.objects.known().get(cluster=agrifood, year=2020, origin="erdf")
    correct_fact(line, by=None, amount_eur=Decimal("176800.00"))
    correct_fact(mandate, by=None, valid_to=date(2020, 1, 1))
    after = {k: page_of(f"/clusters/{k}/{day}") for k in ("pointex", "agrifood", "cgreen")} | {"t": page_of("/tables/")}
    assert body not in after["cgreen"]
    assert "85" in after["pointex"]
    for name, text in before.items():
        assert after[name] != text, name
    assert "66" in before["t"]


def test_one_membership_less_is_one_firm_less(clusters: dict[str, Cluster]) -> None:
    pointex = clusters["pointex"]
    spell = MembershipSpell.objects.at(NOW).filter(cluster=pointex, organisation__kind="enterprise").first()
    correct_fact(spell, by=None, valid_to=date(2020, 6, 1))
    assert members_by_cluster(NOW, firms_only=True)[pointex.pk] == 85


def test_one_budget_line_changes_the_erdf_share_and_what_was_known_before_stays(clusters: dict[str, Cluster]) -> None:
    from django.utils import timezone

    agrifood = clusters["agrifood"]
    before = timezone.now()
    line = RevenueLine.objects.known().get(cluster=agrifood, year=2020, origin="erdf")
    correct_fact(line, by=None, amount_eur=Decimal("176800.00"))  # half of what is not ERDF adds up to 50%
    assert accounts_of([agrifood], 2020)[agrifood.pk].erdf_share == pytest.approx(0.5)
    assert accounts_of([agrifood], 2020, before)[agrifood.pk].erdf_share == pytest.approx(0.66)


def test_one_mandate_ended_leaves_its_body_out(clusters: dict[str, Cluster]) -> None:
    cgreen = clusters["cgreen"]
    mandate = Mandate.objects.at(NOW).filter(cluster=cgreen, is_lead=False).first()
    correct_fact(mandate, by=None, valid_to=date(2020, 1, 1))
    assert len(mandates_of([cgreen], NOW)[cgreen.pk]) == 2
    assert len(mandates_of([cgreen], Moment(date(2019, 12, 31)))[cgreen.pk]) == 3


def test_another_seed_beside_it_is_refused_with_the_remedy(demonstration: Any) -> None:
    with pytest.raises(DemonstrationExists, match=r"undo load \d+ first"):
        build_demonstration(region(), seed=7)
