"""The business register: firms of the region by class, place, size class and year, and how sure each count is."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet, Sum

from poliedro.reference.models import Source, Territory
from poliedro.reference.rules import CERTAINTIES
from poliedro.registry.models import RegisterCount
from poliedro.registry.queries.geography import in_region
from poliedro.shared.dated import Moment, known_at
from poliedro.shared.region import region
from poliedro.shared.versions import Kept


@dataclass(frozen=True)
class RegisterCounts:
    """Firms of the region in the business register of a year: class -> territory -> firms, and class -> size class ->
    firms; how sure, and from which source."""

    firms: Mapping[int, Mapping[int, int]]
    sizes: Mapping[int, Mapping[str, int]]
    certainty: str
    source: str

    def inside(self, codes: set[int]) -> int:
        return sum(sum(self.firms[c].values()) for c in codes if c in self.firms)


def register_counts(moment: Moment) -> RegisterCounts:
    """What the business register counts in its last year not after the day's."""
    return counts_of_year(moment, register_year(moment))


def register_year(moment: Moment) -> int:
    """The last year of the business register, not after the day's, that was known then."""
    if moment.known is None:
        years = _LOADED.get(region().code)
    else:
        years = _loaded(region().code, moment.known)
    return max((y for y in years if y <= moment.on.year), default=moment.on.year)


def _loaded(_region: str, known: datetime | None = None) -> list[int]:
    """The years of the business register."""
    rows = RegisterCount.objects.filter(in_region(), known_at(known))
    return sorted(rows.order_by().values_list("year", flat=True).distinct())


_LOADED: Kept[list[int]] = Kept(lambda: (RegisterCount, Source, Territory), _loaded)


def counts_of_year(moment: Moment, year: int) -> RegisterCounts:
    """What the business register counts in the year, from the source with the best certainty."""
    code = region().code
    return _NOW.get(year, code) if moment.known is None else _counted(year, code, moment.known)


# Note [One register a year]
# Where several sources count a year, one of them does for every question about it, whatever the classes asked about:
# the one with the surest row, then the one that was loaded first. All its rows count, and the figure is as sure as the
# weakest of them.
def _sources(rows: QuerySet[RegisterCount]) -> dict[int, tuple[int, str, str]]:
    """The source of each year: (id, certainty, name). See Note [One register a year]."""
    stated = rows.order_by().values_list("year", "certainty", "source_id", "source__name").distinct()
    of_year: dict[int, list[tuple[int, int, str]]] = defaultdict(list)
    for year, certainty, source, name in stated:
        of_year[year].append((CERTAINTIES.index(certainty), source, name))
    found = {}
    for year, lines in of_year.items():
        _sure, source, name = min(lines)
        found[year] = source, CERTAINTIES[max(sure for sure, s, _n in lines if s == source)], name
    return found


def _counted(year: int, _region: str, known: datetime | None = None) -> RegisterCounts:
    rows = RegisterCount.objects.filter(in_region(), known_at(known), year=year)
    chosen = _sources(rows).get(year)
    if chosen is None:
        return RegisterCounts({}, {}, "estimated", "")
    source, certainty, name = chosen
    counted = rows.filter(source=source).values_list("code", "territory", "size_class").annotate(n=Sum("firms"))
    places: dict[int, Counter[int]] = defaultdict(Counter)
    sizes: dict[int, Counter[str]] = defaultdict(Counter)
    for code, territory, size, n in counted.order_by().iterator(chunk_size=5000):
        places[code][territory] += n
        sizes[code][size] += n
    return RegisterCounts(dict(places), dict(sizes), certainty, name)


_NOW: Kept[RegisterCounts] = Kept(lambda: (RegisterCount, Source, Territory), _counted)


@dataclass(frozen=True)
class YearOfRegister:
    """Firms of the region in a year by class, without places and sizes."""

    firms: Mapping[int, int]
    certainty: str
    source: str

    def inside(self, codes: set[int]) -> int:
        return sum(self.firms.get(c, 0) for c in codes)


def _all_years(_region: str, known: datetime | None = None) -> Mapping[int, YearOfRegister]:
    rows = RegisterCount.objects.filter(in_region(), known_at(known))
    chosen = _sources(rows)
    firms: dict[int, dict[int, int]] = defaultdict(dict)
    counted = rows.values_list("year", "source_id", "code").annotate(n=Sum("firms")).order_by()
    for year, source, code, n in counted.iterator(chunk_size=5000):
        if source == chosen[year][0]:
            firms[year][code] = n
    return {year: YearOfRegister(firms[year], certainty, name) for year, (_s, certainty, name) in chosen.items()}


_YEARS: Kept[Mapping[int, YearOfRegister]] = Kept(lambda: (RegisterCount, Source, Territory), _all_years)


def counts_by_year(moment: Moment) -> Mapping[int, YearOfRegister]:
    """What the business register counts in each of its years, as known then."""
    code = region().code
    return _YEARS.get(code) if moment.known is None else _all_years(code, moment.known)
