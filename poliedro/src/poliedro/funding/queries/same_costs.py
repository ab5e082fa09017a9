"""All aid for the same costs, of whatever regime (GBER, article 8(3))."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Q, Sum

from poliedro.funding.models import AidAward, Application, Partner
from poliedro.funding.queries.evaluation import grant_asked
from poliedro.funding.rules.aid import room_of_costs

MOST = 30


@dataclass(frozen=True)
class SameCosts:
    """What a firm bears in a project, and the aid for it so far. most: the highest intensity, 0 to 1; None: not known,
    because the firm's cost, or a fact that decides it, is not."""

    partner: Partner
    most: Decimal | None
    granted_eur: Decimal

    @property
    def most_eur(self) -> Decimal | None:
        return None if self.most is None else room_of_costs(self.partner.cost_eur or Decimal(0), self.most, [])

    @property
    def room_eur(self) -> Decimal | None:
        if self.most is None:
            return None
        return room_of_costs(self.partner.cost_eur or Decimal(0), self.most, [self.granted_eur])


def same_costs(application: Application, on: date) -> list[SameCosts]:
    """Each party of the application, the applicant first; withdrawn aid left out."""
    partners = list(application.partners.select_related("organisation").order_by("-is_lead", "pk"))
    own = Q(application=application) | Q(costs_of=application)
    rows = AidAward.objects.filter(own, withdrawn_at=None).order_by()
    granted = dict(rows.values_list("organisation_id").annotate(Sum("amount_eur")))
    return [
        SameCosts(p, part.intensity if part is not None else None, granted.get(p.organisation_id, Decimal(0)))
        for p, part in zip(partners, grant_asked(application, on), strict=True)
    ]


def aided_projects(firms: Iterable[int]) -> list[Application]:
    """Granted applications in which one of the firms takes part, newest first."""
    states = (Application.State.GRANTED, Application.State.COMPLETED)
    rows = Application.objects.filter(state__in=states, partners__organisation__in=list(firms)).distinct()
    return list(rows.select_related("version", "line__call", "organisation").order_by("-pk")[:MOST])


def same_costs_of(firms: frozenset[int], on: date) -> list[SameCosts]:
    """The costs that a firm or those linked to it bear in granted projects, one undertaking together."""
    found = [s for application in aided_projects(firms) for s in same_costs(application, on)]
    return [s for s in found if s.partner.organisation_id in firms]
