"""What members of several clusters say, put together with weights for those who did not answer."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from factories import cluster
from surveys_made import answered_survey

from poliedro.surveys.models import QuestionnaireVersion
from poliedro.surveys.queries.pooled import Given, _shares, voices_of_members
from poliedro.surveys.queries.sheets import definition_of

pytestmark = pytest.mark.django_db
TODAY = date(2021, 1, 1)


def voices(**more: Any) -> Any:
    asked = {"questionnaire": "member-satisfaction", "questions": ("innovate",), "clusters": (), "today": TODAY}
    return voices_of_members(**{**asked, **more})


MANY: dict[str, Any] = {"small": (80, ["decisive"] * 10 + ["no"] * 10), "large": (5, ["helped"] * 5)}


def test_answers_stand_for_those_of_their_cluster_and_size_who_were_asked() -> None:
    for key in ("agrifood", "mesap"):
        answered_survey(cluster(key), closes_on=date(2020, 6, 30), **MANY)
    found = voices()
    assert (found.invited, found.answered) == (2 * 85, 2 * 25)
    (innovate,) = found.voices
    shares = {o.key: s for o, s in zip(innovate.question.options, innovate.shares, strict=True)}
    # small: 80 asked, 20 answered, each stands for 4; large: 5 asked, 5 answered, each for 1
    assert shares["decisive"].weighted == pytest.approx(10 * 4 / 85)
    assert shares["helped"].weighted == pytest.approx(5 * 1 / 85)
    assert shares["decisive"].plain == pytest.approx(10 / 25)
    assert shares["decisive"].low < 10 * 4 / 85 < shares["decisive"].high


def test_a_share_that_few_gave_is_hidden_of_all_and_of_all_but_one_cluster() -> None:
    for key in ("agrifood", "mesap"):
        answered_survey(cluster(key), closes_on=date(2020, 6, 30))
    assert {s.weighted for s in voices().voices[0].shares} == {None, 0.0}  # 2 of 6 in each; nobody said "none"

    # all together 10 + 2 said "decisive": Agrifood's managers, who read their own 10, would know of two of Mesap's
    answered_survey(cluster("agrifood"), closes_on=date(2020, 9, 30), **MANY)
    answered_survey(
        cluster("mesap"), closes_on=date(2020, 9, 30), small=(80, ["decisive"] * 2 + ["no"] * 18),
        large=(5, ["helped"] * 5),
    )  # fmt: skip
    (innovate,) = voices().voices
    shown = {o.key: s.weighted for o, s in zip(innovate.question.options, innovate.shares, strict=True)}
    assert shown["decisive"] is None
    assert None in (shown["helped"], shown["no"])  # the rest to 1 would tell it


def test_a_question_of_a_branch_that_few_saw_tells_not_even_how_many() -> None:
    answered_survey(cluster("agrifood"), closes_on=date(2020, 6, 30), **MANY)
    answered_survey(cluster("mesap"), closes_on=date(2020, 6, 30), **MANY)
    question = definition_of(QuestionnaireVersion.objects.get(questionnaire__key="member-satisfaction")).question(
        "partner_kind"
    )
    assert question.show_if
    of_few = [Given(1, {"partner_kind": ["firms"]}, 1.0)] * 3 + [Given(1, {}, 1.0)] * 9
    assert {s.n for s in _shares(question, of_few)} == {None}
    all_but_few = [Given(1, {"partner_kind": ["firms"]}, 1.0)] * 9 + [Given(1, {}, 1.0)] * 3
    assert {s.n for s in _shares(question, all_but_few)} == {None}


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
