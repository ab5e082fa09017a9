"""The quarterly report of the policy: put together from the logic, the money and the mix, and frozen when published."""

from __future__ import annotations

import hashlib
import json
from datetime import date
from typing import Any

from django.db import transaction

from poliedro.audit.services import record
from poliedro.monitoring.models import QuarterReport
from poliedro.monitoring.queries.policy.logic import Logic, Measured, logic_at
from poliedro.monitoring.queries.policy.mix import mix_on
from poliedro.monitoring.queries.policy.spending import SOURCES, periods, s3_monitoring
from poliedro.monitoring.rules.policy.logic import LogicRefused, quarter_days
from poliedro.monitoring.rules.policy.mix import ALL_CELLS, empty_cells, pairs
from poliedro.monitoring.rules.policy.spending import faults_of
from poliedro.monitoring.services.policy.logic import check_may
from poliedro.reference.rules import weakest
from poliedro.shared.dated import Moment


def report_content(*, year: int, quarter: int, today: date) -> dict[str, Any]:
    """What the report says: values on the last day of the quarter, or on `today` while it runs. JSON values alone."""
    _first, last = quarter_days(year, quarter)
    on = min(last, today)
    moment = Moment(on)
    logic = logic_at(moment)
    indicators = logic.indicators()
    statuses = [i.status for i in indicators]
    return {
        "year": year,
        "quarter": quarter,
        "as_of": on.isoformat(),
        "counts": {
            "indicators": len(indicators),
            "computed": sum(i.is_computed for i in indicators),
            **{s: statuses.count(s) for s in ("reached", "on_track", "behind", "missed", "unknown", "unlike")},
        },
        "nodes": [
            {
                "key": b.key,
                "kind": b.kind,
                "depth": depth,
                "title": {"it": b.terms.title_it, "en": b.terms.title_en},
                "owner": b.terms.owner,
                "measure": b.terms.measure.key if b.terms.measure else "",
                "certainty": b.terms.certainty,
                "indicators": [_indicator(i) for i in b.indicators],
            }
            for depth, b in logic.branches()
        ],
        "unplaced": [_indicator(i) for i in logic.unplaced],
        "orphans": [
            {"what": o.what, "kind": o.kind, "key": o.key, "title": _title(logic, o.kind, o.key)} for o in logic.orphans
        ],
        "money": [_money(p, moment) for p in periods() if p.valid_from <= on],
        "mix": _mix(on),
        "certainty": weakest(
            [*(b.terms.certainty for _d, b in logic.branches()), *(i.value.backing.certainty for i in indicators)]
        ),
    }


def _indicator(i: Measured) -> dict[str, Any]:
    card, t = i.card, i.terms

    def both(name: str) -> dict[str, str]:
        return {language: getattr(card, f"{name}_{language}", "") or "" for language in ("it", "en")}

    return {
        "key": i.key,
        "role": t.role,
        "name": both("name") if card else {"it": i.key, "en": i.key},
        "unit": both("unit"),
        "definition": both("definition"),
        "formula": both("formula"),
        "baseline": t.baseline,
        "baseline_on": t.baseline_on.isoformat() if t.baseline_on else None,
        "target": t.target,
        "target_on": t.target_on.isoformat() if t.target_on else None,
        "value": i.value.value,
        "period": i.value.period,
        "certainty": i.value.backing.certainty,
        "source": i.value.backing.source,
        "computed": i.is_computed,
        "progress": i.progress,
        "due": i.due,
        "status": i.status,
        "owner": t.owner,
        "evidence": t.evidence,
    }


def _title(logic: Logic, kind: str, key: str) -> dict[str, str]:
    """Words for a node, an indicator or a measure; its key where it has none."""
    if kind == "measure" and key in logic.measures:
        measure = logic.measures[key]
        return {"it": measure.name_it, "en": measure.name_en}
    if kind == "indicator":
        card = next((i.card for i in logic.indicators() if i.key == key), None)
        if card is not None:
            return {language: getattr(card, f"name_{language}", "") or key for language in ("it", "en")}
    for _depth, branch in logic.branches():
        if branch.key == key and branch.kind == kind:
            return {"it": branch.terms.title_it, "en": branch.terms.title_en}
    return {"it": key, "en": key}


def _money(period: Any, moment: Moment) -> dict[str, Any]:
    found = s3_monitoring(period, moment)
    rows = []
    for name in SOURCES:
        spending = found.sources[name]
        labels = {a.code: {"it": a.label_it or a.label, "en": a.label_en or a.label} for a in found.areas}  # type: ignore[attr-defined]
        for code in [*(a.code for a in found.areas), ""]:
            spent = spending.of_area.get(code)
            if spent is None:
                continue
            rows.append(
                {
                    "source": name,
                    "area": code,
                    "label": labels.get(code, {"it": "", "en": ""}),
                    "allocated": _eur(spent.allocated_eur),
                    "committed": _eur(spent.committed_eur),
                    "paid": _eur(spent.paid_eur),
                    "projects": spent.projects,
                    "faults": faults_of(spent),
                    "certainty": spending.backing.certainty,
                    "stated_by": spending.backing.source,
                }
            )
    return {"period": period.key, "rows": rows}


def _eur(amount: Any) -> str | None:
    return None if amount is None else str(amount)


def _mix(on: date) -> dict[str, Any]:
    adopted, _proposed = mix_on(on)
    reaches = [m.reach for m in adopted]
    names = {m.measure.key: {"it": m.measure.name_it, "en": m.measure.name_en} for m in adopted}
    return {
        "measures": len(reaches),
        "cells": len(ALL_CELLS),
        "empty": len(empty_cells(reaches)),
        "overlaps": [
            {"one": names[p.one], "other": names[p.other], "jaccard": p.jaccard, "same_instrument": p.same_instrument}
            for p in pairs(reaches)[:10]
            if p.shared
        ],
    }


def checksum_of(content: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


@transaction.atomic
def publish_report(*, year: int, quarter: int, today: date, by: Any, why: str = "") -> QuarterReport:
    """Freeze the report of a quarter that is over. Another one of the same quarter is a new version, with its reason.

    Raises NotPermitted; LogicRefused where the quarter still runs, nothing changed, or a new version has no reason.
    """
    check_may(by, "monitoring.publish_policy")
    _first, last = quarter_days(year, quarter)
    if last >= today:
        raise LogicRefused("the quarter ends on %(last)s; publish its report after that day", last=last)
    content = report_content(year=year, quarter=quarter, today=today)
    if not content["nodes"]:
        raise LogicRefused("there is no intervention logic on the quarter's last day; add one first")
    earlier = QuarterReport.objects.filter(year=year, quarter=quarter).order_by("-version").first()
    checksum = checksum_of(content)
    if earlier is not None and earlier.checksum == checksum:
        raise LogicRefused(
            "nothing changed since version %(version)s; there is nothing new to publish", version=earlier.version
        )
    if earlier is not None and not why.strip():
        raise LogicRefused("say what changed against the version before")
    made = QuarterReport.objects.create(
        year=year, quarter=quarter, version=earlier.version + 1 if earlier else 1, content=content, checksum=checksum,
        why=why.strip(), certainty=content["certainty"], published_by=by if getattr(by, "pk", None) else None,
    )  # fmt: skip
    record(by=by, verb="publish_policy_report", subject_kind="policy.report", subject_key=str(made), checksum=checksum)
    return made
