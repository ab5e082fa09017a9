"""Benchmark within a type, self-check with evidence, the European platform's criteria."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from factories import cluster, manager_of, membership, officer, organisation, source

from poliedro.monitoring.models import Evidence, PublishedTable, SelfCheck
from poliedro.monitoring.queries.benchmark import (
    INDICATORS,
    Compared,
    Comparison,
    compare,
    last_check,
    peer_means,
    profile_criteria,
)
from poliedro.monitoring.rules.excellence import (
    InvalidAnswers,
    check_levels,
    eccp,
    latest_version,
    readiness,
    standing,
    theme_scores,
    total_score,
)
from poliedro.monitoring.services.benchmark import CheckRefused, publish_comparison, save_self_check
from poliedro.monitoring.views.benchmark import indicator_words
from poliedro.registry.models import Delivery, MembershipSpell
from poliedro.shared.dated import Moment
from poliedro.support.services.published import publish_use

ENGLISH = {"accept-language": "en"}
VERSION = latest_version()


def all_at(level: int) -> dict[str, int]:
    return {i.key: level for i in VERSION.items}


def with_members(key: str, firms: int, kind: str = "sectoral") -> Any:
    found = cluster(key, type=kind)
    for i in range(firms):
        membership(organisation(f"{key} {i} S.r.l."), found)
    return found


def test_six_themes_each_with_items_in_both_languages() -> None:
    assert len(VERSION.themes) == 6
    assert {i.theme for i in VERSION.items} == set(VERSION.themes)
    assert all(i.texts["it"] and i.texts["en"] and i.evidence["it"] for i in VERSION.items)
    assert set(indicator_words()) == {k for k, _t, _u in INDICATORS}


def test_scores_are_shares_of_the_points_and_readiness_says_what_lacks() -> None:
    assert total_score(VERSION, all_at(3)) == 75
    assert set(theme_scores(VERSION, all_at(2)).values()) == {50}
    assert readiness(VERSION, all_at(4)) == {"bronze": [], "silver": [], "gold": []}
    assert readiness(VERSION, all_at(3))["gold"] == ["score"]
    assert readiness(VERSION, {**all_at(4), "mix": 0})["silver"] == ["mix"]
    with pytest.raises(InvalidAnswers, match="levels go from 0 to 4"):
        check_levels(VERSION, {"mix": 5})
    with pytest.raises(InvalidAnswers, match="no item"):
        check_levels(VERSION, {"other": 1})


def test_the_place_is_counted_from_the_best() -> None:
    assert standing(5.0, [1.0, 9.0, 3.0]) == (2, 4)
    assert standing(5.0, [1.0, 9.0, 3.0], up=False) == (3, 4)
    assert standing(None, [1.0]) is None


def test_the_platforms_criteria_name_what_is_missing() -> None:
    found = {c.key: c.met for c in eccp(fte=0.5, members=14, kinds=2, english=False)}
    assert found == {"fte": True, "members": False, "kinds": True, "english": False}


@pytest.mark.django_db
def test_criteria_come_from_the_register() -> None:
    found = with_members("agrifood", 14)
    membership(organisation("Politecnico Prova", kind="university"), found)
    by = {c.key: c for c in profile_criteria(found, Moment(date(2020, 1, 1)))}
    assert (by["members"].value, by["members"].met) == (15, True)
    assert (by["kinds"].value, by["kinds"].met) == (2, True)
    assert not by["fte"].met


def firms_row(found: Comparison) -> Compared:
    return next(r for r in found.rows if r.key == "firms")


@pytest.mark.django_db
def test_peers_are_of_the_same_type_where_there_are_five_and_all_clusters_where_not() -> None:
    ours = [with_members(f"s{i}", 5 + i) for i in range(6)]
    others = [with_members("t0", 50, "transversal"), with_members("t1", 60, "transversal")]
    same = compare(ours[0], [*ours, *others], 2020)
    row = firms_row(same)
    assert (same.of_type, row.own, row.peers, row.low, row.middle, row.high) == (True, 5, 5, 6, 8, 10)
    assert row.place == (6, 6)
    all_of_them = compare(others[0], [*ours, *others], 2020)
    row = firms_row(all_of_them)
    assert (all_of_them.of_type, row.peers, row.low, row.high, row.place) == (False, 7, 5, 60, (2, 8))


@pytest.mark.django_db
def test_the_median_of_four_others_is_hidden_with_lowest_highest_and_place() -> None:
    clusters = [with_members(f"s{i}", 5 + i) for i in range(5)]
    row = firms_row(compare(clusters[0], clusters, 2020))
    assert (row.peers, row.low, row.middle, row.high, row.place) == (4, None, None, None, None)


@pytest.mark.django_db
def test_services_are_compared_as_published_and_not_known_before() -> None:
    clusters = [with_members(f"s{i}", 6) for i in range(6)]

    def served(year: int) -> list[Any]:
        rows = (compare(c, clusters, year).rows for c in clusters)
        return [next(r.own for r in found if r.key == "services_per_member") for found in rows]

    for found in clusters:
        firms = [s.organisation for s in MembershipSpell.objects.filter(cluster=found).order_by("pk")]
        for firm in firms[: 1 if found == clusters[0] else 6]:
            Delivery.objects.create(
                provider=firm, client=firm, cluster=found, service="training", delivered_on=date(2020, 5, 1),
                source=source(), certainty="reported",
            )  # fmt: skip
    assert served(2020) == [None] * 6
    publish_use(date(2021, 2, 1))
    assert served(2020) == [None, None, 1, 1, 1, 1]  # one client, and the one that is told with it; 6 / 6


@pytest.mark.django_db
def test_evidence_is_kept_once_and_faulty_files_and_gaps_are_refused(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path
    found = with_members("agrifood", 3)
    manager = manager_of(found)
    given: dict[str, Any] = {"cluster": found, "year": 2020, "notes": {}, "by": manager}
    for _again in range(2):
        upload = SimpleUploadedFile("minutes.pdf", b"%PDF-1.7 minutes")
        save_self_check(levels={"decisions": 3}, files={"decisions": upload}, submit=False, **given)
    assert Evidence.objects.count() == 1
    with pytest.raises(CheckRefused, match="of another kind"):
        save_self_check(
            levels={"decisions": 3}, files={"decisions": SimpleUploadedFile("a.exe", b"x")}, submit=False, **given
        )
    with pytest.raises(CheckRefused, match="items have no answer"):
        save_self_check(levels={"decisions": 3}, files={}, submit=True, **given)
    save_self_check(levels=all_at(3), files={}, submit=True, **given)
    checked = last_check(found)
    assert checked is not None
    assert checked.scores["structure"] == 75


@pytest.mark.django_db
def test_the_comparison_shows_sums_of_three_or_more_and_a_latecomer_cannot_be_read_from_the_next() -> None:
    clusters = [with_members(f"s{i}", 3) for i in range(5)]
    for found, level in zip(clusters[:4], (1, 2, 3, 4), strict=True):
        save_self_check(cluster=found, year=2020, levels=all_at(level), notes={}, files={}, submit=True, by=None)
    assert publish_comparison(year=2020, by=None) == 4
    year, means = peer_means("sectoral")
    assert (year, means["structure"]) == ("2020", ((25 + 50 + 75 + 100) / 4, 4, ""))
    save_self_check(cluster=clusters[4], year=2020, levels=all_at(4), notes={}, files={}, submit=True, by=None)
    publish_comparison(year=2020, by=None)
    assert PublishedTable.objects.filter(measure="self-check:structure").count() == 2
    assert peer_means("sectoral")[1]["structure"][0] is None  # 350 less 250 would be the fifth


@pytest.mark.django_db
def test_pages_of_manager_agency_and_region(client: Client, settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path
    found, other = with_members("agrifood", 5), with_members("mesap", 6)
    manager = manager_of(found)
    client.force_login(manager)
    assert client.get("/clusters/mesap/benchmark/").status_code == 403
    data = {f"level_{i.key}": "3" for i in VERSION.items}
    short = client.post("/clusters/agrifood/self-check/", {"level_mix": "2", "submit": "1"}, headers=ENGLISH)
    assert short.status_code == 422
    upload = SimpleUploadedFile("minutes.pdf", b"%PDF-1.7 minutes")
    answer = client.post("/clusters/agrifood/self-check/", {**data, "submit": "1", "file_decisions": upload})
    assert answer["Location"] == "/clusters/agrifood/benchmark/"
    page = client.get("/clusters/agrifood/benchmark/", headers=ENGLISH).content.decode()
    assert "Ready for a label?" in page
    assert "fewer than 5 others" in page
    assert other.name not in page.split("<main")[1]
    assert "75" in page
    assert (
        "Import the member list."
        in client.get("/clusters/agrifood/benchmark/?format=eccp", headers=ENGLISH).content.decode()
    )
    file = f"/evidence/{Evidence.objects.get().pk}/"
    assert b"".join(client.get(file).streaming_content) == b"%PDF-1.7 minutes"
    client.force_login(manager_of(other, "other@test.example"))
    assert client.get(file).status_code == 403
    client.force_login(officer("regional_officer"))
    assert client.get(file).status_code == 403  # the region sees sums alone
    assert "1 of 2 clusters handed in" in client.get("/cockpit/benchmark/", headers=ENGLISH).content.decode()
    assert client.post("/cockpit/benchmark/publish/").status_code == 302
    assert SelfCheck.objects.count() == 1
