"""Which cluster is coached is sealed: in the case, in its coach's tie, in the log; and the tie bars all the same."""

from __future__ import annotations

import json
from datetime import date
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from factories import cluster, manager_of, officer
from support_samples import coaching_case, nothing_open, provider

from poliedro.accounts.models import Tie
from poliedro.accounts.queries import conflicts_of
from poliedro.audit.models import LogEntry
from poliedro.shared.vault import SealBroken
from poliedro.support.models import CoachingCase
from poliedro.support.rules.agency import CoachingState
from poliedro.support.services.coaching import move_case
from poliedro.support.services.sealed import rotate_keys

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(settings: Any, tmp_path: Path) -> CoachingCase:
    settings.VAR = tmp_path
    agrifood = cluster("agrifood")
    return coaching_case(manager_of(agrifood), agrifood, provider(officer("coach").person), "zorgen")


def test_neither_a_row_nor_the_log_says_which_cluster_is_coached(case: CoachingCase) -> None:
    move_case(case=nothing_open(case), to=CoachingState.FEEDBACK, on=date(2026, 6, 1), by=None)
    move_case(case=case, to=CoachingState.CLOSED, on=date(2026, 6, 1), by=None, follow_up_on=date(2026, 9, 1))
    tie = Tie.objects.get()
    assert (tie.subject_key, tie.subject, tie.valid_to) == ("", "cluster:agrifood", date(2026, 6, 1))
    assert not hasattr(case, "cluster_id")
    assert CoachingCase.objects.get().cluster_name == cluster("agrifood").name
    told = LogEntry.objects.filter(verb__in=["record_tie", "end_tie"])
    assert [row.detail for row in told.order_by("pk")] == [{"tie": "coaches"}, {}]
    rows = [str(tie.__dict__), str(case.__dict__), *(str(e.__dict__) for e in LogEntry.objects.all())]
    assert not [row for row in rows if "agrifood" in row.lower()]


def test_a_sealed_tie_bars_after_a_rotation_too_and_opens_nowhere_else(case: CoachingCase) -> None:
    tie = Tie.objects.get()
    before = tie.key_id
    rotate_keys(by=None)
    tie.refresh_from_db()
    assert tie.key_id != before
    assert conflicts_of(tie.person, ["cluster:agrifood"], case.asked_on)
    Tie.objects.update(origin_key="support.coaching:999")
    with pytest.raises(SealBroken):
        _ = Tie.objects.get().subject


def test_cases_and_ties_of_before_are_sealed_by_the_migration(case: CoachingCase) -> None:
    seals = import_module("poliedro.support.migrations.0011_seal_clusters")

    class Old:
        """The tables as they were: a case with its cluster, a tie with its subject."""

        def get_model(self, _app: str, name: str) -> Any:
            return SimpleNamespace(objects=_Cases() if name == "CoachingCase" else Tie.objects)

    class _Cases:
        def exclude(self, **_fields: Any) -> Any:
            return self

        def select_related(self, *_names: str) -> list[Any]:
            return [SimpleNamespace(who=CoachingCase.objects.get().who, cluster=cluster("agrifood"))]

    assert case.who is not None
    assert case.manager is not None
    case.who.put(json.dumps({"person": case.manager.pk, "name": case.manager.name}).encode())
    case.who.save()
    Tie.objects.update(token="", key_id="", subject_key="cluster:agrifood")
    seals.seal_clusters(Old(), None)
    seals.seal_clusters(Old(), None)  # a second time changes nothing
    found = CoachingCase.objects.get()
    assert (found.cluster_name, found.manager) == (cluster("agrifood").name, case.manager)
    assert (Tie.objects.get().subject_key, Tie.objects.get().subject) == ("", "cluster:agrifood")
