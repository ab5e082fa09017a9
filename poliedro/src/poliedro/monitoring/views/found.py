"""What the addresses of the room name."""

from __future__ import annotations

from django.http import Http404

from poliedro.registry.models import Cluster


def cluster_by_key(key: str) -> Cluster:
    found = Cluster.objects.filter(key=key).first()
    if found is None:
        raise Http404(f"no cluster {key!r}")
    return found
