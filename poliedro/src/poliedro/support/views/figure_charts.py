"""Charts and sentences of how services are used: by kind, by size of client, by place, and how broad."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from poliedro.registry.models import Cluster, InnovationType, Organisation, ServiceOffer
from poliedro.registry.present import bars, certainty_of, place_map, stacked
from poliedro.registry.queries.geography import region_map
from poliedro.shared.components import Chart, Table
from poliedro.shared.region import region
from poliedro.shared.spoken import short_day
from poliedro.support.queries.use import (
    Use,
)
from poliedro.support.rules.use import FEW, Breadth, focus_of

GREY, OWN = "#9aa9b7", "#0066cc"
COLOURS = 6


def bar_chart(
    name: str, title: str, counts: Mapping[str, int], words: Mapping[str, str], source: dict[str, Any]
) -> Chart:
    total = sum(counts.values())
    rows = [(words.get(k, k) or _("not known"), n, "") for k, n in sorted(counts.items(), key=lambda i: -i[1])]
    first = rows[0]
    share = round(first[1] / total * 100) if total else 0
    summary = _("%(what)s has most: %(n)s of %(all)s, %(share)s%%.") % {
        "what": first[0],
        "n": first[1],
        "all": total,
        "share": share,
    }
    return bars(name, title, summary, rows, y_label=_("number"), height="small", **source)


def kinds_chart(use: Use, source: dict[str, Any]) -> Chart:
    words = {v: str(label) for v, label in ServiceOffer.Service.choices}
    years = list(use.by_year)
    all_years = {k: sum(use.kinds_by_year.get((y, k), 0) for y in years) for k in words}
    by_use = sorted((k for k in words if all_years[k]), key=lambda k: -all_years[k])
    kinds, rest = by_use[:COLOURS], by_use[COLOURS:]
    series = [(words[k], [use.kinds_by_year.get((y, k), 0) for y in years]) for k in kinds]
    if rest:
        series.append((_("all others"), [sum(use.kinds_by_year.get((y, k), 0) for k in rest) for y in years]))
    first = max(use.by_kind, key=lambda k: use.by_kind[k])
    return stacked(
        "services-by-kind",
        _("Which services are used, year by year"),
        _("%(what)s is asked for most: %(n)s of %(all)s services.")
        % {"what": words[first], "n": use.by_kind[first], "all": use.n},
        [str(y) for y in years],
        series,
        y_label=_("services"),
        upright=True,
        **source,
    )


def sizes_chart(use: Use, source: dict[str, Any]) -> Chart:
    words, order = size_words(), ("micro", "small", "medium", "large", "")
    sizes = [s for s in order if use.by_size.get(s)]
    parts = (("rd", _("about R&D")), ("other", _("not about R&D")), ("", _("not stated")))
    series = [(label, [use.by_size_rd.get((s, key), 0) for s in sizes]) for key, label in parts]
    return stacked(
        "services-by-size",
        _("Who is helped, and with what"),
        _("Services by size class of the client, and whether they are about R&D."),
        [words[s] for s in sizes],
        [(label, values) for label, values in series if any(values)],
        y_label=_("services"),
        height="small",
        **source,
    )


def innovation_chart(use: Use, source: dict[str, Any]) -> Chart:
    words = {v: str(label) for v, label in InnovationType.choices} | {"": _("not stated")}
    return bar_chart("services-by-innovation", _("What the services help to renew"), use.by_innovation, words, source)


def places_map(use: Use, source: dict[str, Any]) -> Chart:
    places = region_map(region())
    without = [p.name for p in places.provinces if not use.by_province.get(p.code)]
    summary = (
        _("No service reached %(where)s.") % {"where": ", ".join(without)}
        if without
        else _("Every province was reached.")
    )
    return place_map(
        "services-by-province",
        _("Where the clients are"),
        summary,
        places,
        {p.code: use.by_province.get(p.code, 0) for p in places.provinces},
        value_label=_("services"),
        decimals=0,
        **source,
    )


def breadth_chart(clusters: list[Cluster], own: Cluster | None, spread: dict[int, Breadth], stored: Any) -> list[Chart]:
    held = [(c, spread[c.pk]) for c in clusters if c.pk in spread and spread[c.pk].n >= FEW]
    if not held:
        return []
    held.sort(key=lambda pair: -(pair[1].evenness or 0))
    words = {v: str(label) for v, label in ServiceOffer.Service.choices}
    focus = {"narrow": _("narrow"), "broad": _("broad"), "cannot_tell": _("cannot tell")}
    # Others are not named to a manager: the own position is what counts.
    names = [c.name if own is None or c.pk == own.pk else _("another cluster") for c, _b in held]
    place = next((i for i, (c, _b) in enumerate(held, 1) if own is not None and c.pk == own.pk), None)
    summary = (
        _("Place %(place)s of %(n)s clusters by breadth.") % {"place": place, "n": len(held)}
        if place
        else _("%(name)s is the broadest of %(n)s clusters.") % {"name": names[0], "n": len(held)}
    )
    table = Table(
        [
            _("Cluster"),
            _("Breadth, %"),
            _("from"),
            _("to"),
            _("Services"),
            _("Most frequent"),
            _("its share, %"),
            pgettext("services", "Focus"),
        ],
        [
            [
                name,
                round((b.evenness or 0) * 100, 1),
                None if b.low is None else round(b.low * 100, 1),
                None if b.high is None else round(b.high * 100, 1),
                b.n,
                words[b.first] if own is None or c.pk == own.pk else None,
                round((b.share or 0) * 100, 1) if own is None or c.pk == own.pk else None,
                focus[focus_of(b)],
            ]
            for name, (c, b) in zip(names, held, strict=True)
        ],
        numeric=[1, 2, 3, 4, 6],
        decimals={1: 1, 2: 1, 3: 1, 6: 1},
    )
    return [
        bars(
            "service-breadth",
            _("How broad the services of the clusters are"),
            summary,
            [(name, round((b.evenness or 0) * 100, 1), "") for name, (_c, b) in zip(names, held, strict=True)],
            y_label=_("entropy, % of the most there can be"),
            colours=[
                OWN if own is not None and c.pk == own.pk else c.colour if own is None else GREY for c, _b in held
            ],
            table=table,
            certainty=certainty_of(stored.certainty),
            source=f"{stored.source_names}; {short_day(stored.computed_at)}",
            height="small",
        )
    ]


def narrow_words(own: Breadth, name: str) -> str:
    words = {v: str(label) for v, label in ServiceOffer.Service.choices}
    if focus_of(own) != "narrow" or own.share is None:
        return ""
    return _("The focus of %(name)s is narrow: %(share)s%% of %(n)s services are %(what)s.") % {
        "name": name,
        "share": round(own.share * 100),
        "n": own.n,
        "what": words[own.first],
    }


def narrow_list(clusters: list[Cluster], spread: dict[int, Breadth]) -> str:
    narrow = [c.name for c in clusters if c.pk in spread and focus_of(spread[c.pk]) == "narrow"]
    return _("Narrow focus: %(names)s.") % {"names": ", ".join(narrow)} if narrow else ""


def size_words() -> dict[str, str]:
    return {v: str(label) for v, label in Organisation.SizeClass.choices}
