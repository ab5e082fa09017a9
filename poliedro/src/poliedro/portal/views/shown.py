"""What several pages of the portal share: tabs, ways back, words."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date

from django.urls import reverse
from django.utils.translation import gettext as _

from poliedro.registry.models import Cluster, Organisation, ReportedFigure
from poliedro.shared.components import Crumb, Tab
from poliedro.shared.templatetags.poliedro import day

FIGURES = (
    ("tables", lambda: _("Side by side")),
    ("monitoring:rd", lambda: _("R&D by year")),
    ("capacity", lambda: _("Capacity")),
    ("participation", lambda: _("Who takes part")),
    ("contracts", lambda: _("Research contracts")),
    ("lineage", lambda: _("Lineage")),
)


def figures_tabs(here: str, query: str) -> list[Tab]:
    """Those of rooms below are named with their room."""
    return [
        Tab(label(), reverse(name if ":" in name else f"portal:{name}") + query, name == here)
        for name, label in FIGURES
    ]


def cluster_crumbs(found: Cluster, here: str) -> list[Crumb]:
    return [
        Crumb(_("Clusters"), reverse("portal:clusters")),
        Crumb(found.name, reverse("portal:cluster", args=[found.key])),
        Crumb(here),
    ]


def lead_of(text: str, last: date | None) -> str:
    """The lead of a page on one cluster; of a former one, that it ended. last: its last day, where that is past."""
    return f"{text} " + _("This cluster ended: %(d)s was its last day.") % {"d": day(last)} if last else text


def size_words() -> dict[str, str]:
    return {value: str(label) for value, label in Organisation.SizeClass.choices}


def computed_url(stated: ReportedFigure) -> str:
    """The page on which the register computes what a publication states; "" where it states no figure."""
    if stated.indicator == "membership-effect":
        return reverse("monitoring:studies")
    if stated.indicator == "membership-trend":
        return reverse("portal:lineage")
    if stated.value is None and stated.low is None and stated.high is None:
        return ""
    last = last_day(stated.period)
    on = f"?on={last.isoformat()}" if last else ""
    if stated.cluster and stated.indicator in ("members", "firms-per-cluster"):
        was_there = last is None or last >= stated.cluster.founded_on
        return reverse("portal:cluster_members", args=[stated.cluster.key]) + (on if was_there else "")
    return reverse("portal:tables") + on


def last_day(period: str) -> date | None:
    """The last day of a year ("2017"), of a month ("2017-03") or of some years ("2017-20"); None for another period."""
    years = re.fullmatch(r"(\d{4})(?:-(\d{2}))?", period)
    if years is None:
        return None
    year, part = int(years[1]), int(years[2] or 12)
    if part > 12:
        return date(year - year % 100 + part, 12, 31)
    return date(year, part, monthrange(year, part)[1])
