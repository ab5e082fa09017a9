"""The figures do not hang on one lucky seed."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from poliedro.registry.queries.clusters import clusters_on
from poliedro.registry.queries.memberships import members_by_cluster
from poliedro.registry.queries.projects import activity_by_cluster
from poliedro.registry.services.demonstration import build_demonstration
from poliedro.shared.dated import Moment
from poliedro.shared.region import region

NOW = Moment(date(2020, 12, 31))


@pytest.mark.django_db
@pytest.mark.one_database
def test_another_seed_meets_the_same_figures() -> None:
    build_demonstration(region(), seed=7)
    clusters = clusters_on(NOW)
    by_cluster, total = activity_by_cluster(clusters, 2017, 2020)
    assert sum(a.invested_eur for a in by_cluster.values()) == total.invested_eur == Decimal(210_500_000)
    assert total.firms == 987
    firms = members_by_cluster(NOW, firms_only=True)
    assert (min(firms.values()), max(firms.values())) == (86, 237)
