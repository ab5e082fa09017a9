"""What members of several clusters say, put together with weights for those who did not answer."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from factories import cluster
from surveys_made import answered_survey

from poliedro.surveys.queries.pooled import voices_of_members

pytestmark = pytest.mark.django_db
TODAY = date(2021, 1, 1)


def voices(**more: Any) -> Any:
    asked = {"questionnaire": "member-satisfaction", "questions": ("innovate",), "clusters": (), "today": TODAY}
    return voices_of_members(**{**asked, **more})


def test_answers_stand_for_those_of_their_cluster_and_size_who_were_asked() -> None:
    for key in ("agrifood", "mesap"):
        answered_survey(cluster(key), closes_on=date(2020, 6, 30))
    found = voices()
    assert (found.invited, found.answered) == (2 * 15, 2 * 6)
    (innovate,) = found.voices
    shares = {o.key: s for o, s in zip(innovate.question.options, innovate.shares, strict=True)}
    # small: 12 asked, 3 answered, each stands for 4; large: 3 asked, 3 answered, each for 1
    assert shares["decisive"].weighted == pytest.approx((4 + 1) / 15)
    assert shares["no"].weighted == pytest.approx(2 * 4 / 15)
    assert shares["decisive"].plain == pytest.approx(2 / 6)
    assert shares["decisive"].low < (4 + 1) / 15 < shares["decisive"].high


def test_cluster_with_few_answers_is_left_out_and_one_alone_is_not_shown() -> None:
    answered_survey(cluster("agrifood"), closes_on=date(2020, 6, 30))
    answered_survey(cluster("mesap"), closes_on=date(2020, 6, 30), small=(12, ["no"]), large=(3, ["no"]))
    found = voices()
    assert [c.key for c in found.clusters] == ["agrifood"]
    assert found.answered == 6
    assert found.voices == []


def test_only_the_latest_closed_survey_of_the_clusters_asked_for_counts() -> None:
    assert voices() is None
    for key in ("agrifood", "mesap", "ict"):
        answered_survey(cluster(key), closes_on=date(2020, 6, 30))
    answered_survey(cluster("mesap"), closes_on=date(2021, 6, 30))  # still open on the day
    answered_survey(cluster("mesap"), closes_on=date(2019, 6, 30))
    found = voices(clusters=("agrifood", "mesap"))
    assert [c.key for c in found.clusters] == ["agrifood", "mesap"]
    assert (found.first, found.last) == (date(2020, 6, 30), date(2020, 6, 30))


def test_number_of_queries_does_not_grow_with_clusters(django_assert_max_num_queries: Any) -> None:
    for key in ("agrifood", "mesap", "ict"):
        answered_survey(cluster(key), closes_on=date(2020, 6, 30))
    with django_assert_max_num_queries(6):
        voices()
