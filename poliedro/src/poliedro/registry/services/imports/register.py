"""Loads a business register: firms in bulk, and the counts behind coverage."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from django.db.models import Count, Q, Sum

from poliedro.reference.models import Certainty
from poliedro.reference.services.classifications import ensure_excerpts
from poliedro.reference.services.loads import Importer, Rows, Run
from poliedro.reference.services.loads.inserts import insert
from poliedro.reference.sources.files import UnreadableFile, files_in
from poliedro.reference.sources.tables import BadValue, find, matches, read_rows
from poliedro.registry.models import RegisterCount, RegisteredFirm
from poliedro.registry.queries.activities import Activities
from poliedro.registry.queries.places import Places
from poliedro.registry.sources import register
from poliedro.registry.sources.register import FirmRow

FIELDS = ("name", "code_id", "territory_id", "size_class", "persons", "active_from", "active_to")


def load_register(run: Run, path: Path) -> None:
    """Firms by number: new ones are added, changed ones changed on record, others left. Then the counts of the year."""
    files = find(path, register.COLUMNS)
    if not files:
        raise UnreadableFile(f"{path.name} is no business register", "give the documented CSV")
    year = run.options.get("year")
    if not isinstance(year, int):
        raise UnreadableFile("it is not said of which year the register is", "add --year 2024", field="--year")
    ensure_excerpts()
    places, activities = Places(), Activities()
    firms = RegisteredFirm.objects.exclude(certainty=Certainty.SYNTHETIC)
    held = {row[0]: row[1:] for row in firms.values_list("register_code", "pk", *FIELDS)}
    new: list[tuple[Any, ...]] = []
    changed: dict[int, tuple[Any, ...]] = {}
    seen: set[str] = set()
    for file in files:
        for row in run.rows(read_rows(file, register.COLUMNS), file.name):
            try:
                firm = register.firm_row(row)
                values = _values(firm, places, activities)
                if firm.register_code in seen:
                    raise BadValue("register_code", firm.register_code, "appears twice", "keep one row a firm")
            except BadValue as error:
                run.reject(row, error)
                continue
            seen.add(firm.register_code)
            before = held.get(firm.register_code)
            if before is None:
                new.append((firm.register_code, *values))
            elif before[1:] != values:
                changed[before[0]] = values
            run.done(before is None or before[1:] != values)
    insert(RegisteredFirm, ("register_code", *FIELDS), new, load_id=run.load.pk, certainty=run.source.certainty)
    run.notes["registeredfirm added"] += len(new)
    rows = Rows(run, RegisteredFirm)
    for key, found in RegisteredFirm.objects.in_bulk(list(changed)).items():
        rows.change(found, **dict(zip(FIELDS, changed[key], strict=True)))
    rows.save()
    _count(run, places, year)


def _values(firm: FirmRow, places: Places, activities: Activities) -> tuple[Any, ...]:
    activity = activities.of_nace(firm.activity) or activities.of_italian(firm.activity)
    if activity is None:
        raise BadValue("activity", firm.activity, "is no code of NACE or ATECO", "write it as 28.41 or 28.41.00")
    territory = places.find(firm.municipality, "IT", province=firm.province) if places.province(firm.province) else None
    if territory is None:
        raise BadValue("province", firm.province, "is no Italian province", "write its sign, such as TO")
    size = firm.size_class
    return (
        firm.name, activity.nace or activity.code, territory, size, firm.persons, firm.active_from, firm.active_to
    )  # fmt: skip


def _count(run: Run, places: Places, year: int) -> None:
    """Active firms at the end of the year, by class, province and size."""
    end = date(year, 12, 31)
    active = RegisteredFirm.objects.exclude(certainty=Certainty.SYNTHETIC).filter(
        Q(active_from=None) | Q(active_from__lte=end), Q(active_to=None) | Q(active_to__gt=end)
    )
    counts: dict[tuple[int, int, str], list[int | None]] = {}
    grouped = active.values_list("code_id", "territory_id", "size_class").annotate(Count("pk"), Sum("persons"))
    for code, territory, size, firms, persons in grouped.order_by():
        province = _province(places, territory)
        held = counts.setdefault((code, province, size), [0, None])
        held[0] = (held[0] or 0) + firms
        held[1] = persons if held[1] is None else held[1] + (persons or 0)
    before = {
        (c.code_id, c.territory_id, c.size_class): c
        for c in RegisterCount.objects.filter(year=year, source=run.source, retracted_at=None)
    }
    rows = Rows(run, RegisterCount)
    for key, count in before.items():
        if counts.get(key) != [count.firms, count.persons]:
            rows.change(count, retracted_at=run.at)
    rows.save()
    fresh = [
        (year, *key, firms, persons)
        for key, (firms, persons) in counts.items()
        if key not in before or [before[key].firms, before[key].persons] != [firms, persons]
    ]
    insert(
        RegisterCount, ("year", "code_id", "territory_id", "size_class", "firms", "persons"), fresh,
        load_id=run.load.pk, source_id=run.source.pk, certainty=run.source.certainty, recorded_at=run.at,
    )  # fmt: skip
    run.notes["registercount added"] += len(fresh)


def _province(places: Places, territory: int) -> int:
    here = territory
    while places.points[here].level == "lau" and (parent := places.parent[here]) is not None:
        here = parent
    return here


IMPORTERS = (
    Importer(
        "business-register", "Business register", "business-register",
        "the CSV of docs/operations/imports.md (with --year)",
        lambda path: any(matches(f, register.COLUMNS) for f in files_in(path)), load_register, order=80,
        in_folders=False,
    ),
)  # fmt: skip
