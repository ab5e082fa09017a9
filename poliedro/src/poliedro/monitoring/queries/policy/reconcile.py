"""Our own projects and those of OpenCoesione as each side states them, and the last reconciliation."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Q

from poliedro.evidence.models import Run
from poliedro.funding.models import Application, Decision, Partner
from poliedro.monitoring.queries.policy.spending import GRANTED
from poliedro.monitoring.rules.policy.reconcile import Stated
from poliedro.registry.models import Identifier, Participation, Project, ProjectSpending

ANALYSIS = "reconciliation"


def own_projects() -> list[Stated]:
    """Granted applications, and regional projects of the register that no application stands for."""
    granted = list(
        Application.objects.filter(state__in=GRANTED)
        .select_related("organisation__source", "line__call__source", "organisation")
        .order_by("pk")
    )
    grants: dict[int, Decision] = {}
    for decision in Decision.objects.filter(application__in=granted).order_by("decided_on", "pk"):
        grants[decision.application_id] = decision
    leads = {
        p.application_id: p.organisation_id
        for p in Partner.objects.filter(application__in=granted, is_lead=True).order_by("pk")
    }
    codes = _codes({*leads.values(), *(a.organisation_id for a in granted)})
    found = []
    for a in granted:
        decided = grants.get(a.pk)
        found.append(
            Stated(
                a.cup, f"application {a.pk}", a.title, a.organisation.name,
                codes.get(leads.get(a.pk, a.organisation_id), ""),
                decided.grant_eur + decided.loan_eur if decided else None, a.line.call.source.name, a.certainty,
            )
        )  # fmt: skip
    held = {a.cup for a in granted if a.cup}
    rows = Project.objects.filter(retracted_at=None).exclude(cup="").exclude(scheme=Project.Scheme.COHESION)
    projects = [p for p in rows.select_related("source").order_by("pk") if p.cup not in held]
    coordinators = {
        p.project_id: p.organisation
        for p in Participation.objects.known()
        .filter(project__in=projects, role="coordinator")
        .select_related("organisation")
        .order_by("-pk")
    }
    codes = _codes({o.pk for o in coordinators.values()})
    for p in projects:
        lead = coordinators.get(p.pk)
        found.append(
            Stated(
                p.cup, p.number, p.title, lead.name if lead else "", codes.get(lead.pk, "") if lead else "",
                p.public_contribution_eur, p.source.name, p.certainty,
            )
        )  # fmt: skip
    return found


def cohesion_projects() -> list[Stated]:
    """What OpenCoesione states, with the beneficiary of its last file."""
    rows = Project.objects.filter(retracted_at=None, scheme=Project.Scheme.COHESION).select_related("source")
    last: dict[int, tuple[str, str]] = {}
    files = ProjectSpending.objects.known().order_by("stated_on", "pk")
    for pk, name, code in files.values_list("project_id", "beneficiary", "beneficiary_tax_code"):
        last[pk] = (name, code)
    return [
        Stated(
            p.cup, p.number, p.title, *last.get(p.pk, ("", "")), p.public_contribution_eur, p.source.name, p.certainty
        )
        for p in rows.order_by("pk")
    ]


@dataclass(frozen=True)
class Loaded:
    """What a source of cohesion projects states: how many, how many of them with a CUP, with an amount."""

    source: str
    certainty: str
    projects: int
    with_cup: int
    with_amount: int


def loaded_cohesion() -> list[Loaded]:
    """By source. Only what bears a CUP can be compared, only what bears an amount adds up. One query."""
    rows = (
        Project.objects.filter(retracted_at=None, scheme=Project.Scheme.COHESION)
        .values("source__name", "certainty")
        .annotate(n=Count("pk"), cup=Count("pk", filter=~Q(cup="")), eur=Count("public_contribution_eur"))
        .order_by("source__name", "certainty")
    )
    return [Loaded(r["source__name"], r["certainty"], r["n"], r["cup"], r["eur"]) for r in rows]


def _codes(organisations: set[int]) -> dict[int, str]:
    """Tax code of each, else its VAT number without the country."""
    found: dict[int, str] = {}
    rows = Identifier.objects.known().filter(organisation__in=organisations, scheme__in=("vat", "tax_code"))
    for pk, scheme, value in rows.order_by("pk").values_list("organisation_id", "scheme", "value"):
        if scheme == "tax_code" or pk not in found:
            found[pk] = value.removeprefix("IT")
    return found


def last_reconciliation() -> Run | None:
    return Run.objects.filter(analysis=ANALYSIS).order_by("-asked_at", "-pk").first()
