"""R&D by cluster and year: counts by share and whole, who is new, kinds of innovation."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from factories import cluster, membership, organisation, source

from poliedro.monitoring.models import ProjectNature
from poliedro.monitoring.queries.activity import activity_years
from poliedro.registry.models import Participation, Project, ProjectShare

pytestmark = pytest.mark.django_db


def sourced(**fields: Any) -> dict[str, Any]:
    return {"source": source(), "certainty": "reported", **fields}


def a_project(number: str, year: int, parts: dict[Any, str], firms: list[Any], eur: int = 100) -> Project:
    made = Project.objects.create(
        scheme="regional", number=number, starts_on=date(year, 3, 1), total_cost_eur=eur, **sourced()
    )
    for owner, part in parts.items():
        ProjectShare.objects.create(project=made, cluster=owner, share=part, **sourced())
    for firm in firms:
        Participation.objects.create(project=made, organisation=firm, role="partner", **sourced())
    return made


def test_shares_add_up_to_the_region_and_whole_counts_do_not() -> None:
    one, two = cluster("agrifood"), cluster("mesap")
    firms = [organisation(f"Alfa {i} S.r.l.") for i in range(3)]
    membership(firms[0], one)
    a_project("A", 2019, {one: "0.6", two: "0.4"}, firms[:2], 1000)
    nature = a_project("B", 2020, {one: "1"}, firms[1:], 500)
    ProjectNature.objects.create(project=nature, innovation="process", trl_start=4, trl_end=6, **sourced())
    rows = {(r.cluster_id, r.year): r for r in activity_years(2019, 2020)}
    assert (rows[one.pk, 2019].part_eur, rows[two.pk, 2019].part_eur) == (600, 400)
    assert rows[None, 2019].part_eur == rows[one.pk, 2019].part_eur + rows[two.pk, 2019].part_eur
    assert (rows[one.pk, 2019].whole_eur, rows[two.pk, 2019].whole_eur) == (1000, 1000)
    assert (rows[one.pk, 2020].new, rows[one.pk, 2020].repeat) == (1, 1)
    assert rows[None, 2020].kinds == {"process": 1}
    assert rows[None, 2020].trl == {6: 1}
    assert rows[two.pk, 2020].projects == 0


def test_readiness_goes_from_1_to_9_and_not_backwards() -> None:
    project = a_project("A", 2019, {}, [])
    with pytest.raises(IntegrityError, match="monitoring_projectnature_trl"), transaction.atomic():
        ProjectNature.objects.create(project=project, innovation="product", trl_start=6, trl_end=4, **sourced())


def test_the_page_sets_both_counts_side_by_side(client: Client) -> None:
    one, two = cluster("agrifood"), cluster("mesap")
    a_project("A", 2019, {one: "0.6", two: "0.4"}, [organisation()], 10_000_000)
    text = client.get("/tables/rd/", headers={"accept-language": "en"}).content.decode()
    assert "10.0 million EUR of R&amp;D by share, 20.0 where each cluster counts whole" in text
    own = client.get("/tables/rd/?cluster=mesap", headers={"accept-language": "en"}).content.decode()
    assert "Mesap: 4.0 million EUR of R&amp;D by share, 10.0 counted whole" in own
