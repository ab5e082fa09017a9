"""Two scenarios of the stress test for each manager of the demonstration, one of them shown to the region."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from poliedro.monitoring.models import StressScenario
from poliedro.monitoring.queries.stress import accounts_for_stress, last_year_of, surplus_of
from poliedro.monitoring.rules.stress import Assumptions, as_kept
from poliedro.registry.models import Cluster, StaffAssignment
from poliedro.shared.region import Region

NAMES = ("Metà del FESR, nient'altro", "Senza FESR: quote +50%, costi -15%")


@transaction.atomic
def build_scenarios(*, region: Region, by: Any = None) -> str:
    """Build what is not there yet; without logins of the demonstration, nothing."""
    made = 0
    for cluster in Cluster.objects.filter(is_synthetic=True).order_by("position"):
        held = StaffAssignment.objects.known().filter(cluster=cluster, person__user__email__endswith="@demo.example")
        assignment = held.select_related("person__user").order_by("pk").first()
        year = last_year_of(cluster)
        if assignment is None or year is None:
            continue
        accounts, _backing = accounts_for_stress(cluster, year)
        today = timezone.localdate()
        start = date(today.year + 1, 1, 1)
        half = Assumptions(today, start, Decimal("0.5"), surplus_of(cluster)[0])
        none = Assumptions(
            today, start, Decimal(1), half.reserve_eur, fee_rise=Decimal("0.5"), saving=Decimal("0.15"),
            members_leaving=Decimal("0.1"),
        )  # fmt: skip
        for name, given, shown in zip(NAMES, (half, none), (False, True), strict=True):
            _held, new = StressScenario.objects.get_or_create(
                cluster=cluster,
                by=assignment.person.user,
                name=name,
                defaults={"assumptions": as_kept(given), "accounts": as_kept(accounts), "with_region": shown},
            )
            made += new
    return f"{made} stress scenarios"
