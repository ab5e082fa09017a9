"""Keeping and sharing scenarios of the stress test."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from poliedro.accounts.models import Person
from poliedro.audit.services import record
from poliedro.monitoring.models import StressScenario
from poliedro.monitoring.rules.stress import Accounts, Assumptions, ScenarioNotYours, as_kept
from poliedro.registry.models import Cluster
from poliedro.registry.queries.roles import roles_of, subject_of
from poliedro.registry.rules.permissions import Form, check_can
from poliedro.shared.region import region


class NameTaken(ValueError):
    """The person has a scenario of that name for the cluster; choose another."""


@transaction.atomic
def save_scenario(
    *, cluster: Cluster, name: str, accounts: Accounts, assumptions: Assumptions, by: Any
) -> StressScenario:
    """Keep what was assumed and the accounts it rests on. Raises NotPermitted, NameTaken."""
    check_can(roles_of(by), "monitoring.run_stress_test", subject_of(cluster), Form(region().form))
    if StressScenario.objects.filter(cluster=cluster, by=by, name=name).exists():
        raise NameTaken(f"{name} is taken; choose another name")
    scenario = StressScenario(
        cluster=cluster, name=name, assumptions=as_kept(assumptions), accounts=as_kept(accounts), by=by
    )
    scenario.full_clean()
    scenario.save(force_insert=True)
    record(by=by, verb="save_scenario", subject_kind="stress_scenario", subject_key=scenario.pk, cluster=cluster.key)
    return scenario


@transaction.atomic
def share_scenario(*, scenario: StressScenario, person: Person, by: Any) -> StressScenario:
    """Show a scenario to a named person. Raises ScenarioNotYours unless `by` made it."""
    _check_made(scenario, by)
    scenario.shared_with.add(person)
    record(by=by, verb="share_scenario", subject_kind="stress_scenario", subject_key=scenario.pk, person=person.pk)
    return scenario


@transaction.atomic
def unshare_scenario(*, scenario: StressScenario, person: Person, by: Any) -> StressScenario:
    """Show it to the person no longer. Raises ScenarioNotYours."""
    _check_made(scenario, by)
    scenario.shared_with.remove(person)
    record(by=by, verb="unshare_scenario", subject_kind="stress_scenario", subject_key=scenario.pk, person=person.pk)
    return scenario


@transaction.atomic
def show_to_region(*, scenario: StressScenario, shown: bool, by: Any) -> StressScenario:
    """Show it to the region's officers and the cluster's other managers, or no longer. Raises ScenarioNotYours."""
    _check_made(scenario, by)
    scenario.with_region = shown
    scenario.save(update_fields=["with_region"])
    record(by=by, verb="show_to_region", subject_kind="stress_scenario", subject_key=scenario.pk, shown=shown)
    return scenario


@transaction.atomic
def delete_scenario(*, scenario: StressScenario, by: Any) -> None:
    """Raises ScenarioNotYours unless `by` made it."""
    _check_made(scenario, by)
    record(by=by, verb="delete_scenario", subject_kind="stress_scenario", subject_key=scenario.pk, name=scenario.name)
    scenario.delete()


def _check_made(scenario: StressScenario, by: Any) -> None:
    if scenario.by_id != by.pk:
        raise ScenarioNotYours("only the one who made it shares or deletes it")
