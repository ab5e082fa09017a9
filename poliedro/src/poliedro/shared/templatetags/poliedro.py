"""Tags that draw the components. Loaded in every template (settings, builtins)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django import template
from django.template.defaultfilters import date as format_date
from django.template.loader import get_template
from django.utils.formats import number_format
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, override, pgettext
from django.utils.translation import gettext as _

from poliedro.shared.components import Chart, Crumb, Empty, Event, Facet, Figure, Pages, Progress, Tab, Table, tab_rows
from poliedro.shared.doors import Link, MenuEntry, Place, doors_at, menu
from poliedro.shared.spoken import one_of_both, short_day

register = template.Library()


def spoken_number(value: Any, decimals: int | None = None) -> str:
    """A number in the reader's locale: 1.234,5 in Italian. None: "not known"."""
    if value is None:
        return _("not known")
    if decimals is None:
        decimals = 0 if float(value).is_integer() or abs(float(value)) >= 1000 else 1
    shown = round(float(value), decimals) + 0.0  # -0.0 + 0.0 is 0.0: nothing is "-0,00"
    return number_format(shown, decimals, use_l10n=True, force_grouping=True)


def number_in(language: str, value: Any, decimals: int | None = None) -> str:
    """The same in a language that is named, for texts that are kept in both."""
    with override(language):
        return spoken_number(value, decimals)


def period_in(language: str, period: str) -> str:
    """A month ("2019-12") in words, for texts that are kept in both languages; other periods as they are."""
    found = re.fullmatch(r"(\d{4})-(0[1-9]|1[0-2])", period)
    if found is None:
        return period
    with override(language):
        text = format_date(date(int(found[1]), int(found[2]), 1), "F Y")
        return text.lower() if language == "it" else text


def signed_number(value: float, decimals: int = 1) -> str:
    """A change in the reader's locale, with its sign: +1,5, -0,8; 0 has none."""
    rounded = round(value, decimals)
    return f"{'+' if rounded > 0 else ''}{spoken_number(rounded + 0.0, decimals)}"


@register.filter
def number(value: Any, decimals: int | None = None) -> str:
    return spoken_number(value, decimals)


@register.filter
def day(value: Any) -> str:
    """A date written out: 3 marzo 2020. Italian writes its months small."""
    if not value:
        return ""
    text = format_date(value, "j F Y")
    return text.lower() if (get_language() or "").startswith("it") else text


@register.filter(name="short_day", expects_localtime=True)
def short_day_filter(value: date | None) -> str:
    return short_day(value)


def certainty_label(certainty: str) -> str:
    return {
        "official": _("official"),
        "reported": _("reported"),
        "estimated": _("estimated"),
        "synthetic": _("synthetic"),
    }[certainty]


def certainty_mark(certainty: str) -> str:
    """The label cut short for the mark beside a figure, so that it reads as no month ("7 dic.")."""
    return {
        "official": pgettext("mark", "off."),
        "reported": pgettext("mark", "rep."),
        "estimated": pgettext("mark", "est."),
        "synthetic": pgettext("mark", "synth."),
    }[certainty]


@register.simple_tag
def certainty_legend() -> str:
    """What the marks mean."""
    kinds = ("official", "reported", "estimated", "synthetic")
    return ", ".join(f"{certainty_mark(kind)} {certainty_label(kind)}" for kind in kinds)


@register.filter(name="certainty_label")
def certainty_label_filter(certainty: str) -> str:
    return certainty_label(certainty)


@register.filter
def source_words(names: str) -> str:
    """Names of sources in the reader's language; one without a translation stays as its publisher writes it."""
    if names and "; " not in names and (told := one_of_both(names)) is not None:
        return told
    for between in ("; ", ": ", ", "):
        if names and _(names) == names and between in names:
            return between.join(dict.fromkeys(source_words(n) for n in names.split(between)))
    return _(names) if names else ""


@register.filter
def with_kind(names: str, certainty: str | None) -> str:
    """Sources in the reader's language and how sure they are, said once: not "Demonstration, synthetic (synthetic)"."""
    said = source_words(names)
    return said if not certainty or certainty in names.lower().split() else f"{said} ({certainty_label(certainty)})"


# Note [Figures drawn before]
# A page of tables holds hundreds of figures, and the next reader sees the same ones. What a figure looks like follows
# from itself and the language alone, so each process keeps the last FIGURES_KEPT.
FIGURES_KEPT = 4096


@register.simple_tag
def figure(item: Figure, as_card: bool = False) -> SafeString:
    return _drawn(item, as_card, get_language())


@lru_cache(maxsize=FIGURES_KEPT)
def _drawn(item: Figure, as_card: bool, _language: str | None) -> SafeString:
    """See Note [Figures drawn before]."""
    said = {
        "f": item,
        "as_card": as_card,
        "value": _value(item),
        "low": None if item.low is None else spoken_number(item.low, item.decimals),
        "high": None if item.high is None else spoken_number(item.high, item.decimals),
        "certainty": certainty_label(item.certainty),
        "mark": certainty_mark(item.certainty),
        "said_why": as_card and bool(item.instead),
        "unknown": item.value is None and not item.hidden,  # what is not known is of no kind: nobody invented it
    }
    return SafeString(get_template("shared/components/figure.html").render(said))  # the template escapes


def _value(item: Figure) -> str:
    if item.hidden:
        return _("hidden")
    return item.instead if item.value is None and item.instead else spoken_number(item.value, item.decimals)


@register.inclusion_tag("shared/components/chart.html")
def chart(item: Chart) -> dict[str, Any]:
    return {
        "c": item,
        "payload": item.payload(),
        "json_id": f"data-{item.name}",
    }


@register.inclusion_tag("shared/components/table.html")
def data_table(item: Table, label: str = "") -> dict[str, Any]:
    """See Note [Rows of a table]."""
    return {
        "t": item,
        "label": label,
        "rows": SafeString("".join(_row(row, item, item.links.get(i, "")) + "\n" for i, row in enumerate(item.rows))),
        "head": [(h, i in item.numeric) for i, h in enumerate(item.headers)],
        "total": SafeString(_row(item.total, item)) if item.total else "",
    }


# Note [Rows of a table]
# They are written here and not in the template, which would ask each of a page's thousand cells a handful of questions:
# two thirds of the time of a page. Every text and address is escaped; all else of a table is in its template.
def _row(row: Sequence[Any], table: Table, url: str = "") -> str:
    cells = []
    for i, cell in enumerate(row):
        if isinstance(cell, Figure):
            shown: str = figure(cell)
        else:
            shown = conditional_escape(_cell_text(cell, table.decimals.get(i)))
            if i == 0 and url:
                shown = f'<a href="{conditional_escape(url)}">{shown}</a>'
        if i == 0:
            cells.append(f'<th scope="row">{shown}</th>')
        elif i in table.numeric:
            cells.append(f'<td class="number">{shown}</td>')
        else:
            cells.append(f"<td>{shown}</td>")
    return f"<tr>{''.join(cells)}</tr>"


def _cell_text(cell: Any, decimals: int | None) -> str:
    if cell is None:
        return "–"
    if isinstance(cell, bool):
        return _("yes") if cell else _("no")
    if isinstance(cell, int | float | Decimal):
        return spoken_number(cell, decimals)
    return day(cell) if isinstance(cell, date) else str(cell)


@register.inclusion_tag("shared/components/facets.html")
def facets(items: list[Facet], total: int | None = None) -> dict[str, Any]:
    return {"facets": items, "total": total}


@register.inclusion_tag("shared/components/chips.html")
def chips(items: list[Facet], clear_url: str = "") -> dict[str, Any]:
    return {"chosen": [(f.label, o) for f in items for o in f.chosen], "clear_url": clear_url}


@register.inclusion_tag("shared/components/pagination.html")
def pagination(item: Pages) -> dict[str, Any]:
    return {"p": item}


@register.inclusion_tag("shared/components/empty.html")
def empty_state(item: Empty) -> dict[str, Any]:
    return {"e": item}


@register.inclusion_tag("shared/components/field.html")
def form_field(field: Any) -> dict[str, Any]:
    return {"field": field}


@register.inclusion_tag("shared/components/errors.html")
def form_errors(form: Any) -> dict[str, Any]:
    return {"form": form, "wrong": [f for f in form if f.errors]}


@register.inclusion_tag("shared/components/fields.html")
def form_fields(form: Any) -> dict[str, Any]:
    """A whole form: the summary of what is wrong, then its fields."""
    return {"form": form}


@register.inclusion_tag("shared/components/crumbs.html")
def breadcrumbs(items: list[Crumb]) -> dict[str, Any]:
    return {"crumbs": items}


@register.inclusion_tag("shared/components/tabs.html")
def tabs(items: list[Tab], label: str) -> dict[str, Any]:
    return {"rows": tab_rows(items), "label": label}


LONG = 3
"""A page of more charts than this says at its top what is on it."""


@register.inclusion_tag("shared/components/sections.html")
def sections(links: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """The ways to the parts of a long page: (id, label). Folded, so that it takes one line on a phone."""
    return {"links": links}


@register.inclusion_tag("shared/components/sections.html")
def chart_sections(charts: Sequence[Chart]) -> dict[str, Any]:
    """The ways to the charts of a long page; nothing on a short one."""
    return {"links": [(f"chart-{c.name}", c.title) for c in charts] if len(charts) > LONG else []}


@register.inclusion_tag("shared/components/timeline.html")
def timeline(items: list[Event]) -> dict[str, Any]:
    return {"events": items}


@register.inclusion_tag("shared/components/progress.html")
def progress(item: Progress) -> dict[str, Any]:
    return {"p": item}


@register.inclusion_tag("shared/components/synthetic.html")
def synthetic_banner() -> dict[str, Any]:
    return {}


@register.simple_tag
def colour_dot(colour: str) -> str:
    """The cluster's colour as a dot. An SVG attribute, since inline style is shut."""
    return format_html(
        '<svg class="dot" viewBox="0 0 10 10" aria-hidden="true"><circle cx="5" cy="5" r="5" fill="{}"/></svg>', colour
    )


@register.simple_tag(takes_context=True)
def current(context: dict[str, Any], *prefixes: str) -> str:
    """`aria-current` for a menu entry whose pages begin with one of the prefixes."""
    return format_html(' aria-current="{}"', "page") if _is_under(context, prefixes) else ""


def _is_under(context: dict[str, Any], prefixes: Sequence[str]) -> bool:
    path = context["request"].path if "request" in context else ""
    return any(path == p or (p != "/" and path.startswith(p)) for p in prefixes)


@register.simple_tag(takes_context=True)
def main_menu(context: dict[str, Any]) -> list[tuple[MenuEntry, bool]]:
    """The entries of the main menu, each with whether the open page lies under it."""
    return [(entry, _is_under(context, [link.url for link in entry.links])) for entry in menu(context.get("user"))]


@register.simple_tag(takes_context=True)
def doors(context: dict[str, Any], place: Place, thing: Any = None, *args: Any) -> list[Link]:
    """The ways in at a place that this person sees; `args` fill their addresses."""
    return doors_at(place, context.get("user"), thing, args)
