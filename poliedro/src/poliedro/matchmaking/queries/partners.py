"""Predicted partners, for pages: read from the stored run, named as the register names them today."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from poliedro.evidence.models import Run
from poliedro.evidence.queries.runs import table_of
from poliedro.evidence.store import read_rows
from poliedro.matchmaking.queries.engine import last_run
from poliedro.matchmaking.queries.found import Reason
from poliedro.registry.models import MembershipSpell, Organisation
from poliedro.registry.queries.visibility import keep_places, kept_back

SMALLER = ("micro", "small", "medium")


@dataclass(frozen=True)
class Likely:
    """A first joint project that is likely. reasons: parts of what raises the score, adding up to 1."""

    focal: Organisation
    partner: Organisation
    rank: int
    common: int
    through: tuple[str, ...]
    reasons: tuple[Reason, ...]


def prediction() -> Run | None:
    return last_run("partner-prediction")


def reason_words(reason: str) -> str:
    return {
        "partners": _("they share partners, directly or over two steps"),
        "active": _("it takes part in many projects, lately too"),
        "kind": _("organisations of these two kinds often work together"),
        "country": _("organisations of these countries often work together"),
    }.get(reason, reason)


def partners_of(organisation: Organisation, user: Any, limit: int = 10) -> list[Likely]:
    """The likely next partners of one organisation, best first; nobody whose projects the reader may not see."""
    run = prediction()
    if run is None:
        return []
    return _named(read_rows(table_of(run, "partners"), {"focal": organisation.pk}, order="rank", limit=limit), user)


def likely_pairs(user: Any, cluster: int | None = None, large: bool = False, limit: int = 50) -> list[Likely]:
    """Likely first projects of members, of one cluster where given. large: smaller firms with large ones (R069)."""
    run = prediction()
    if run is None:
        return []
    members = MembershipSpell.objects.known().active_on(timezone.localdate())
    if cluster is not None:
        members = members.filter(cluster=cluster)
    if large:
        members = members.filter(organisation__size_class__in=SMALLER)
    of = set(members.values_list("organisation", flat=True))
    rows = [r for r in read_rows(table_of(run, "partners"), order="rank") if r["focal"] in of]
    if large:
        big = set(
            Organisation.objects.filter(pk__in={r["partner"] for r in rows}, size_class="large").values_list(
                "pk", flat=True
            )
        )
        rows = [r for r in rows if r["partner"] in big]
    seen: set[frozenset[int]] = set()
    once = []
    for row in sorted(rows, key=lambda r: (r["rank"], -r["score"], r["focal"])):
        pair = frozenset((row["focal"], row["partner"]))
        if pair not in seen:
            seen.add(pair)
            once.append(row)
    return _named(once[:limit], user)


def _named(rows: Iterable[Mapping[str, Any]], user: Any) -> list[Likely]:
    rows = list(rows)
    keys = {k for r in rows for k in (r["focal"], r["partner"], *json.loads(r["through"]))}
    open_keys = keys - kept_back(user, among=keys)["projects"]  # a prediction tells of the projects that it rests on
    known = {o.pk: o for o in Organisation.objects.current().filter(pk__in=open_keys).select_related("territory")}
    keep_places(known.values(), user)
    found = []
    for r in rows:
        if r["focal"] in known and r["partner"] in known:
            through = [str(known[k]) for k in json.loads(r["through"]) if k in known]
            found.append(
                Likely(
                    known[r["focal"]],
                    known[r["partner"]],
                    r["rank"],
                    r["common"],
                    tuple(through),
                    _reasons(r["reasons"]),
                )
            )
    return found


def _reasons(text: str) -> tuple[Reason, ...]:
    parts = [(reason, max(0.0, weight)) for reason, weight in json.loads(text)]
    total = sum(weight for _reason, weight in parts) or 1.0
    return tuple(Reason(reason_words(reason), weight / total) for reason, weight in parts if weight)


def common_words(likely: Likely) -> str:
    """ "3 common partners, such as A and B"; nothing where there is none."""
    if not likely.common:
        return _("no common partner yet")
    count = ngettext("%(n)d common partner", "%(n)d common partners", likely.common) % {"n": likely.common}
    return f"{count}: {', '.join(likely.through)}{' …' if likely.common > len(likely.through) else ''}"
