"""What two organisations agreed on becomes a project or a research contract of both.

The room that calls has made sure that both agree: the register shows a project on the pages of all who take part.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction

from poliedro.audit.services import record
from poliedro.registry.models import Cluster, Organisation, Participation, Project, ResearchContract
from poliedro.registry.services.facts import record_fact
from poliedro.registry.services.region_setup import ensure_source

RESEARCH = (Organisation.Kind.UNIVERSITY, Organisation.Kind.DEPARTMENT, Organisation.Kind.RESEARCH_BODY)


@transaction.atomic
def record_joint_project(
    *,
    number: str,
    title: str,
    organisations: Sequence[Organisation],
    starts_on: date,
    cost_eur: Decimal | None,
    certainty: str,
    by: Any,
    source_key: str = "introductions",
) -> Project:
    """A project without public money, with a participation of each.

    number: unique among the projects of no programme; the same again gives the project that is there. source_key: of
    `SOURCES`, how the project became known.
    """
    held = Project.objects.filter(scheme=Project.Scheme.OTHER, number=number, retracted_at=None).first()
    if held is not None:
        return held
    source = ensure_source(source_key)
    project = Project(
        scheme=Project.Scheme.OTHER,
        number=number,
        title=title,
        starts_on=starts_on,
        total_cost_eur=cost_eur,
        source=source,
        certainty=certainty,
    )
    project.full_clean()
    project.save(force_insert=True)
    record(by=by, verb="record_joint_project", subject_kind="project", subject_key=project.pk)
    for organisation in organisations:
        record_fact(
            Participation(
                project=project,
                organisation=organisation,
                role=Participation.Role.PARTNER,
                valid_from=starts_on,
                source=source,
                certainty=certainty,
            ),
            by=by,
        )
    return project


def record_research_order(
    *,
    parties: Sequence[Organisation],
    cluster: Cluster | None,
    amount_eur: Decimal | None,
    signed_on: date,
    certainty: str,
    by: Any,
) -> ResearchContract | None:
    """The research contract of a firm and a research body; None where it is not one of each or has no amount."""
    bodies = [o for o in parties if o.kind in RESEARCH]
    firms = [o for o in parties if o.kind not in RESEARCH]
    if len(bodies) != 1 or len(firms) != 1 or not amount_eur:
        return None
    source = ensure_source("introductions")
    contract = ResearchContract(
        firm=firms[0],
        research_body=bodies[0],
        cluster=cluster,
        amount_eur=amount_eur,
        signed_on=signed_on,
        valid_from=signed_on,
        source=source,
        certainty=certainty,
    )
    return record_fact(contract, by=by)
