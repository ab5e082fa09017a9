"""The life cycle of clusters from the register, through the stored run, to the page."""

from __future__ import annotations

from datetime import date
from html import unescape
from typing import Any

import pytest
from django.test import Client
from factories import cluster, code, manager_of, membership, officer, organisation, source

from poliedro.audit.models import LogEntry
from poliedro.monitoring.models import StageOverride
from poliedro.monitoring.queries.lifecycle import life_cycle_of, stage_cards
from poliedro.monitoring.rules.lifecycle import ACTIONS, DIMENSIONS, ReasonMissing, actions_for, bases, warning
from poliedro.monitoring.services.lifecycle import override_stage, run_life_cycles, withdraw_override
from poliedro.monitoring.views.lifecycle import basis_words
from poliedro.registry.models import Participation, Project, ProjectShare

pytestmark = pytest.mark.django_db
ENGLISH = {"accept-language": "en"}


@pytest.fixture(autouse=True)
def own_store(settings: Any, tmp_path: Any) -> None:
    settings.VAR = tmp_path


def history(key: str, firms: list[int], kinds: int = 3, first: int = 2010) -> Any:
    """A cluster with so many member firms at the end of each year; those who are too many leave, the oldest first."""
    found, held, number = cluster(key, founded_on=date(first, 1, 1)), [], 0
    for i, wanted in enumerate(firms):
        day = date(first + i, 6, 1)
        while len(held) < wanted:
            number += 1
            firm = organisation(f"{key} {number} S.r.l.", nace=code(f"62.0{1 + number % kinds}"))
            held.append(membership(firm, found, day))
        for spell in held[: len(held) - wanted]:
            spell.valid_to = day
            spell.save()
        held = held[len(held) - wanted :]
    return found


def test_a_cluster_that_grows_is_said_to_grow_and_the_run_is_kept() -> None:
    growing = history("growing", [20, 24, 29, 35, 42, 50, 60, 72, 86])
    run = run_life_cycles()
    card = life_cycle_of(growing)
    assert card is not None
    assert card.probabilities["growth"] > 0.6
    assert card.years == 9
    assert abs(sum(card.probabilities.values()) - 1) < 1e-9
    assert run_life_cycles().key == run.key
    assert {t.name for t in run.tables.all()} == {"stages", "dimensions", "measures"}


def test_a_year_that_still_runs_or_is_not_known_yet_is_no_year_without_entries(monkeypatch: pytest.MonkeyPatch) -> None:
    found = history("found", [20, 24, 29, 35, 42, 50, 60, 72, 86])  # 2010 to 2018
    later = organisation("Domani S.r.l.", nace=code("62.01"))
    membership(later, found, date(2027, 1, 1))
    monkeypatch.setattr("django.utils.timezone.localdate", lambda: date(2018, 11, 29))
    run_life_cycles()
    card = life_cycle_of(found)
    assert card is not None
    assert [m["year"] for m in card.measures] == list(range(2010, 2018))
    assert card.entry_rate == pytest.approx((72 - 42) / 3 / 72)

    monkeypatch.setattr("django.utils.timezone.localdate", lambda: date(2018, 12, 31))
    run_life_cycles()
    again = life_cycle_of(found)
    assert again is not None
    assert again.measures[-1]["year"] == 2018


def test_three_years_are_too_few_to_tell() -> None:
    young = history("young", [10, 12, 15])
    run_life_cycles()
    card = life_cycle_of(young)
    assert card is not None
    assert card.stage == "cannot tell"
    assert card.probability is None
    assert "3 years" in (card.reason or "")


def test_ties_count_joint_projects_of_three_years_inside_and_outside() -> None:
    own = history("own", [4, 4, 4, 4, 4, 4])
    members = [m.organisation for m in own.memberships.order_by("pk")]
    outsider = organisation("Altrove S.r.l.")
    project = Project.objects.create(
        scheme="regional", number="P1", starts_on=date(2014, 3, 1), source=source(), certainty="reported"
    )
    for firm in (*members[:2], outsider):
        Participation.objects.create(
            project=project, organisation=firm, role="partner", source=source(), certainty="reported"
        )
    ProjectShare.objects.create(project=project, cluster=own, share=1, source=source(), certainty="reported")
    run_life_cycles()
    card = life_cycle_of(own)
    assert card is not None
    by_year = {m["year"]: m for m in card.measures}
    assert (by_year[2014]["ties"], by_year[2014]["outside"]) == (1, 2)
    assert by_year[2014]["isolates"] == 0.5
    assert by_year[2013]["ties"] is None  # no project was recorded yet: not known, not 0


def test_entries_and_new_activities_are_counted_over_three_and_five_years() -> None:
    found = history("found", [10, 10, 10, 10, 10, 10, 10])
    new = organisation("Nuova S.r.l.", nace=code("21.10"))
    membership(new, found, date(2016, 7, 1))
    run_life_cycles()
    card = life_cycle_of(found)
    assert card is not None
    assert card.entry_rate == pytest.approx(1 / 3 / 11)
    assert card.novelty == pytest.approx(1 / 4)  # three classes of old, one of the newcomer


def test_the_light_is_red_when_both_levers_fail_and_actions_fit_what_failed() -> None:
    assert warning("sustainment", None, 0.01, 0.0).colour == "red"
    assert warning("sustainment", None, 0.01, 0.1).failed == ("renewal",)
    assert warning("growth", None, 0.1, 0.1).colour == "green"
    assert warning("decline", "size", 0.1, 0.1).colour == "red"
    assert warning("cannot tell", None, None, None).colour == "grey"
    assert actions_for("network", ("renewal",))[0] == "outreach"
    assert set(DIMENSIONS) <= set(ACTIONS)


def test_an_override_stands_beside_the_computed_stage_with_its_reason_and_is_audited() -> None:
    found = history("found", [20, 24, 29, 35, 42, 50, 60, 72, 86])
    run_life_cycles()
    expert = officer("regional_officer")
    made = override_stage(
        cluster=found, stage="renewal", reason="Three large members changed technology.", on=date(2020, 1, 1), by=expert
    )
    card = life_cycle_of(found)
    assert card is not None
    assert (card.stage, card.said) == ("growth", "renewal")
    assert made.computed == "growth"
    override_stage(cluster=found, stage="decline", reason="They went abroad after all.", on=date(2020, 5, 1), by=expert)
    assert StageOverride.objects.get(pk=made.pk).ended_on == date(2020, 5, 1)
    assert withdraw_override(cluster=found, on=date(2020, 6, 1), by=expert) == 1
    assert stage_cards()["found"].said == "growth"
    assert LogEntry.objects.filter(verb="override_stage", actor=expert).count() == 2
    with pytest.raises(ReasonMissing):
        override_stage(cluster=found, stage="decline", reason="no", on=date(2020, 6, 2), by=expert)


def test_the_page_says_the_stage_the_light_and_what_fits(client: Client) -> None:
    history("agrifood", [20, 24, 29, 35, 42, 50, 60, 72, 86])
    run_life_cycles()
    text = client.get("/clusters/agrifood/life-cycle/", headers=ENGLISH).content.decode()
    assert "growth, with a probability of" in text
    assert "Early warning" in text
    assert "What fits" in text
    assert "Judge otherwise" not in text


def test_only_experts_may_judge_otherwise_and_a_short_reason_is_refused(client: Client) -> None:
    found = history("agrifood", [20, 24, 29, 35, 42, 50])
    run_life_cycles()
    address = "/clusters/agrifood/life-cycle/judge/"
    client.force_login(manager_of(found))
    assert client.post(address, {"stage": "growth", "reason": "Because I like it so."}).status_code == 403
    client.force_login(officer("evaluator"))
    assert client.post(address, {"stage": "growth", "reason": "no"}).status_code == 422
    assert client.post(address, {"stage": "decline", "reason": "Its market is gone for good."}).status_code == 302
    text = client.get("/clusters/agrifood/life-cycle/", headers=ENGLISH).content.decode()
    assert "decline, says an expert" in text
    assert "Its market is gone for good." in text
    assert "computed then" in text


def test_the_board_and_the_cockpit_show_all_clusters_by_type_to_the_region_alone(client: Client) -> None:
    history("agrifood", [20, 24, 29, 35, 42, 50])
    other = history("ict", [20, 19, 18, 17, 16, 15])
    other.type = "transversal"
    other.save()
    run_life_cycles()
    client.force_login(manager_of(other))
    assert client.get("/cockpit/").status_code == 403
    client.force_login(officer("regional_officer"))
    board = client.get("/cockpit/life-cycles/", headers=ENGLISH).content.decode()
    assert "Sectoral clusters" in board
    assert "Transversal clusters" in board
    assert "100</td>" not in board, "99.9 is not called certain"
    cockpit = client.get("/cockpit/", headers=ENGLISH).content.decode()
    assert "Sectoral clusters: members and coverage (Table 4.1)" in cockpit
    assert "Where in their lives" in cockpit
    assert client.get("/today/", headers=ENGLISH).content.decode().count("/cockpit/") >= 2


def test_a_card_says_what_its_dimensions_rest_on_and_what_is_missing(in_english: None) -> None:
    years = [
        {"year": y, "persons": None if y < 2019 else 40, "technologies": 1.5, "services": 0} for y in range(2016, 2021)
    ]
    found = {b.dimension: b for b in bases(years)}
    assert (found["size"].known, found["size"].years, found["size"].used) == (2, 5, False)
    assert found["heterogeneity"].used
    assert found["action"].used  # no service in a year is a fact
    assert "persons are known of 80% of the firms in 2 of 5 years" in basis_words(found["size"])
    assert "in place of technologies" in basis_words(found["heterogeneity"])


def test_the_page_says_that_size_counts_firms_alone(client: Client) -> None:
    history("agrifood", [20, 24, 29, 35, 42, 50])
    run_life_cycles()
    text = unescape(client.get("/clusters/agrifood/life-cycle/", headers=ENGLISH).content.decode())
    assert "Size counts firms alone" in text
    assert "the programmes of their projects, which stand for technologies, are not known" in text
