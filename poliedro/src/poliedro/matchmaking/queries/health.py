"""The health of the network as it was computed last, for its page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from poliedro.evidence.models import Run
from poliedro.evidence.queries.runs import table_of
from poliedro.evidence.store import read_rows
from poliedro.matchmaking.queries.engine import last_run
from poliedro.registry.models import Organisation
from poliedro.registry.queries.visibility import kept_back


def layer_label(layer: str) -> str:
    return {
        "projects": _("joint projects"),
        "contracts": _("research contracts"),
        "introductions": pgettext("kind of tie", "introductions"),
        "events": _("meetings that went on"),
    }.get(layer, layer)


def measure_label(measure: str) -> str:
    return {
        "ties": _("Ties"),
        "density": _("Density"),
        "mean_degree": _("Ties a member"),
        "largest_component_share": _("Share in the largest part"),
        "reachable_share": _("Pairs that reach each other"),
        "isolates": _("Members without a tie"),
        "components": _("Connected parts"),
    }.get(measure, measure)


@dataclass(frozen=True)
class Health:
    """A stored run: tables by name as rows, and the organisations named in them."""

    run: Run
    rows: Mapping[str, list[dict[str, Any]]]
    names: Mapping[int, Organisation]


def network_health(user: Any) -> Health | None:
    """The last run; None where none was made. No broker is named whose projects the reader may not see."""
    run = last_run("network-health")
    if run is None:
        return None
    tables = ("windows", "layers", "overlap", "brokers", "removal", "response")
    rows = {name: list(read_rows(table_of(run, name))) for name in tables}
    keys = [r["organisation"] for r in rows["brokers"]]
    open_keys = set(keys) - kept_back(user, among=keys)["projects"]
    return Health(run, rows, {o.pk: o for o in Organisation.objects.filter(pk__in=open_keys)})
