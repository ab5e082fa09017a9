"""The loads of a cluster's lists."""

from __future__ import annotations

from django.db.models import QuerySet

from poliedro.reference.models import Load
from poliedro.registry.models import Cluster


def loads_of_cluster(cluster: Cluster) -> QuerySet[Load]:
    """What was uploaded for the cluster, latest first, previews included."""
    return Load.objects.filter(parameters__cluster=cluster.key).select_related("by").order_by("-started_at", "-pk")
