"""Pages ask the database as often for a large register as for a small one."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from factories import cluster, code, management, mandate, membership, organisation, source, territory

from poliedro.registry.models import Organisation, Participation, Project
from poliedro.registry.services.index import rebuild_index

pytestmark = pytest.mark.django_db
LIMITS = {"directory": 8, "facets": 8, "search": 8, "organisation": 20, "cluster": 40, "members": 30, "clusters": 30}
"""At most so many queries, the first request after a change among them. benchmarks/pages.py prints the times."""


def grow(first: int, last: int) -> Organisation:
    """Organisations with a place and an activity, in three clusters, two by two in projects."""
    agrifood, others = cluster("agrifood"), [cluster("ict"), cluster("textile")]
    place, activity = territory(), code()
    made = [organisation(f"Alfa {i} S.r.l.", territory=place, nace=activity) for i in range(first, last)]
    for i, firm in enumerate(made):
        membership(firm, agrifood)
        membership(firm, others[i % 2])
        project = Project.objects.create(
            scheme="local",
            number=f"P{firm.pk}",
            title=f"Project {firm.pk}",
            starts_on=date(2018, 1, 1),
            source=source(),
            certainty="reported",
        )
        for member in (firm, made[i - 1]):
            Participation.objects.create(
                project=project, organisation=member, role="participant", source=source(), certainty="reported"
            )
    rebuild_index()
    return made[0]


def asked(client: Client, address: str) -> int:
    """Queries of the second request: the first fills what is kept until a row changes."""
    client.get(address)
    with CaptureQueriesContext(
        connection,
    ) as seen:
        assert client.get(address).status_code == 200
    return len(seen)


def test_number_of_queries_does_not_grow_with_the_register(client: Client, settings: Any, tmp_path: Any) -> None:
    settings.VAR = tmp_path
    cache.clear()
    mandate(cluster("agrifood"), management())
    one = grow(0, 4)
    pages = {
        "directory": reverse("portal:organisations"),
        "facets": f"{reverse('portal:organisations')}?kind=enterprise&cluster=agrifood",
        "search": f"{reverse('portal:search')}?q=alfa",
        "organisation": reverse("portal:organisation", args=[one.pk]),
        "cluster": reverse("portal:cluster", args=["agrifood"]),
        "members": reverse("portal:cluster_members", args=["agrifood"]),
        "clusters": reverse("portal:clusters"),
    }
    small = {name: asked(client, address) for name, address in pages.items()}
    grow(4, 40)
    large = {name: asked(client, address) for name, address in pages.items()}
    assert large == small
    assert {name: n for name, n in large.items() if n > LIMITS[name]} == {}
