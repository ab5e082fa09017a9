from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from importlib import import_module
from typing import TYPE_CHECKING, Any

from django.apps import AppConfig

if TYPE_CHECKING:
    from poliedro.shared.todos import Todo


class MonitoringConfig(AppConfig):
    name = "poliedro.monitoring"
    label = "monitoring"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from poliedro.monitoring.rules.permissions import DIFFERENCES, GRANTS
        from poliedro.registry.permissions import register_permissions

        register_permissions(GRANTS, DIFFERENCES)
        _add_doors()

        from django.utils.translation import gettext_lazy as _

        from poliedro.evidence.services.runs import offer_analysis
        from poliedro.monitoring.models import ProjectNature
        from poliedro.shared.daily import daily
        from poliedro.shared.disclosure import provide_publisher
        from poliedro.shared.doors import HEALTH, Door, add_door
        from poliedro.shared.todos import tell_todos
        from poliedro.shared.versions import watch

        offer_analysis("life-cycle", "poliedro.monitoring.runs.lifecycle")

        region = _("Region's view")
        add_door(Door("work", _("Policy cockpit"), "monitoring:cockpit", "monitoring.view_cockpit", 10, region))
        add_door(Door("work", _("Life-cycle board"), "monitoring:life_cycles", "monitoring.view_cockpit", 20, region))
        add_door(Door("cluster", _("Life cycle"), "monitoring:lifecycle", order=60, group=HEALTH))

        add_door(Door("work", _("Data campaigns"), "monitoring:campaigns", "monitoring.view_cockpit", 30, region))
        add_door(
            Door(
                "cluster", _("Data campaigns"), "monitoring:cluster_campaigns", "monitoring.view_campaigns", 70, HEALTH
            )
        )
        add_door(Door("cluster", _("Benchmark"), "monitoring:benchmark", "monitoring.view_benchmark", 65, HEALTH))
        add_door(
            Door("work", _("Benchmark of the clusters"), "monitoring:benchmarks", "monitoring.view_cockpit", 35, region)
        )
        for query in ("activity", "cockpit"):  # so that the worker keeps theirs ready
            import_module(f"poliedro.monitoring.queries.{query}")

        watch(ProjectNature)
        tell_todos("monitoring.campaigns", _campaign_todos)
        daily("monitoring.chase_campaigns", _chase)
        daily("monitoring.index_studies", _index_studies)

        self._money()
        self._policy()
        provide_publisher(_publish)  # type: ignore[arg-type]

    def _money(self) -> None:
        """Doors to the accounts of clusters and to the stress test."""
        from django.utils.translation import gettext_lazy as _

        from poliedro.monitoring.queries.stress import holds_scenarios
        from poliedro.shared.doors import MONEY, SIGNED_IN, Door, add_door

        may = "registry.view_account_lines"
        add_door(Door("cluster", _("Money"), "monitoring:money", may, 50, MONEY))
        add_door(Door("cluster", _("Stress test"), "monitoring:stress", "monitoring.run_stress_test", 52, MONEY))
        group = _("Money of the clusters")
        add_door(Door("work", _("Money of the clusters"), "monitoring:region_money", may, 40, group))
        name = "monitoring:scenarios"
        add_door(Door("work", _("Stress scenarios"), name, SIGNED_IN, 50, group, when=holds_scenarios))

    def _policy(self) -> None:
        """Doors to the region's policy, its reconciliation, and what is kept in memory of it."""
        from django.utils.translation import gettext_lazy as _

        from poliedro.evidence.services.runs import offer_analysis
        from poliedro.funding.models import Call, CallVersion, Measure, Programme
        from poliedro.monitoring.queries.policy.measured import tables as figures
        from poliedro.monitoring.queries.policy.spending import tables as money
        from poliedro.shared.doors import Door, add_door
        from poliedro.shared.todos import tell_todos
        from poliedro.shared.versions import watch

        offer_analysis("reconciliation", "poliedro.monitoring.runs.reconciliation")
        watch(Programme, Measure, Call, CallVersion, *figures(), *money())
        may, group = "monitoring.view_policy", _("The region's policy")
        for order, (label, name) in enumerate(
            (
                (_("Intervention logic"), "monitoring:policy"),
                (_("Quarterly reports"), "monitoring:policy_reports"),
                (_("Policy mix"), "monitoring:policy_mix"),
                (_("S3 monitoring"), "monitoring:s3"),
                (_("Our projects and those of OpenCoesione"), "monitoring:reconciliation"),
                (_("Industrial modernisation"), "monitoring:objectives"),
            )
        ):
            add_door(Door("work", label, name, may, 10 + order, group))
        tell_todos("monitoring.policy", _policy_todos)


def _policy_todos(user: Any, today: date) -> Iterable[Todo]:
    from poliedro.monitoring.todos import policy_todos

    return policy_todos(user, today)


def _publish(**asked: object) -> object:
    from poliedro.monitoring.services.disclosure import publish_table

    return publish_table(**asked)  # type: ignore[arg-type]


def _campaign_todos(user: Any, today: date) -> Iterable[Todo]:
    from poliedro.monitoring.todos import campaign_todos

    return campaign_todos(user, today)


def _chase(today: date) -> str:
    from poliedro.monitoring.services.campaigns import chase_due

    return chase_due(today)


def _index_studies(today: date) -> str:
    from poliedro.monitoring.services.impact import index_studies_daily

    return index_studies_daily(today)


def _add_doors() -> None:
    from django.utils.translation import gettext_lazy as _

    from poliedro.evidence.services.runs import offer_analysis
    from poliedro.shared.doors import RESULTS, Door, add_door

    offer_analysis("startup-survival", "poliedro.monitoring.runs.startups")
    add_door(Door("menu", _("Does membership work?"), "monitoring:studies", order=85, group=RESULTS))
    add_door(
        Door(
            "work",
            _("Impact studies"),
            "monitoring:studies",
            "monitoring.view_studies",
            group=_("Evaluation"),
            order=10,
        )
    )
