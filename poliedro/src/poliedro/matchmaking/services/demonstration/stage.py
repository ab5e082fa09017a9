"""Who takes part in the invented events, and when they happened."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any

from django.db import models
from django.utils import timezone

from poliedro.accounts.models import Person, User
from poliedro.matchmaking.models import Step
from poliedro.matchmaking.services.steps import subject_key
from poliedro.reference.models import Certainty
from poliedro.registry.models import Cluster, Delegation, MembershipSpell, Organisation
from poliedro.shared.invented import working_day


class Stage:
    """The cast: invented member firms by cluster, start-ups, research bodies, the demonstration's own people."""

    def __init__(self, seed: int, today: date) -> None:
        self.dice = Random(seed)
        self.today = today
        self.clusters = {c.key: c for c in Cluster.objects.filter(closed_on=None)}
        self.firms: dict[str, list[Organisation]] = {}
        spells = (
            MembershipSpell.objects.known()
            .active_on(date(2020, 12, 31))
            .filter(organisation__certainty=Certainty.SYNTHETIC)
            .select_related("organisation", "cluster")
            .order_by("organisation_id", "cluster_id")
        )
        for spell in spells:
            if spell.organisation.kind in ("enterprise", "large_firm", "start_up"):
                self.firms.setdefault(spell.cluster.key, []).append(spell.organisation)
        self.start_ups = self._kind("start_up")
        self.large = self._kind("large_firm")
        self.research = self._kind("research_body")
        self.firm = self._acted_for("firm@demo.example")
        self.start_up = self._acted_for("startup@demo.example")
        self.laboratory = self._acted_for("laboratory@demo.example")

    def _kind(self, kind: str) -> list[Organisation]:
        return list(Organisation.objects.filter(kind=kind, certainty=Certainty.SYNTHETIC).order_by("pk"))

    def _acted_for(self, email: str) -> Organisation | None:
        found = Delegation.objects.known().filter(person__user__email=email).select_related("organisation").first()
        return found.organisation if found else None

    def user(self, name: str) -> User | None:
        return User.objects.filter(email=f"{name}@demo.example").first()

    def person(self, name: str) -> Person:
        return Person.objects.get_or_create(name=name, defaults={"email": ""})[0]

    def of(self, cluster: str) -> Organisation:
        """One of the cluster's firms; of any cluster where it has none."""
        pool = self.firms.get(cluster) or next(iter(self.firms.values()))
        return self.dice.choice(pool)

    def day(self, ago: int) -> date:
        return self.today - timedelta(days=ago)

    def event_day(self, ago: int) -> date:
        """As `day`, or the next day on which people work."""
        return working_day(self.day(ago))

    def moment(self, ago: float) -> datetime:
        start = timezone.make_aware(datetime.combine(self.today, time(10)))
        return start - timedelta(days=ago)

    def step(self, thing: models.Model, state: str, ago: float, note: str = "") -> None:
        Step.objects.create(subject=subject_key(thing), state=state, note=note, at=self.moment(ago))


SYNTHETIC: dict[str, Any] = {"certainty": Certainty.SYNTHETIC}
