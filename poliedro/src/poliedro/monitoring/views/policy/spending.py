"""S3 monitoring by priority and period, and the reconciliation with OpenCoesione (R022)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from poliedro.evidence import store
from poliedro.evidence.models import Run
from poliedro.monitoring.forms.policy import RunForm
from poliedro.monitoring.queries.policy.reconcile import Loaded, last_reconciliation, loaded_cohesion
from poliedro.monitoring.queries.policy.spending import (
    CALLS,
    CLUSTERS,
    COHESION,
    SOURCES,
    Monitoring,
    Spending,
    periods,
    s3_monitoring,
)
from poliedro.monitoring.rules.policy.reconcile import AMOUNT, KINDS
from poliedro.monitoring.rules.policy.spending import Spent, faults_of, running
from poliedro.monitoring.views.policy.words import DIFFERENCES, FAULTS, policy_crumbs, policy_tabs
from poliedro.monitoring.views.policy.words import SOURCES as SOURCE_WORDS
from poliedro.registry.present import certainty_of, facet, facts_of, lines, stacked
from poliedro.registry.shown import Asked, as_file
from poliedro.shared.access import needs
from poliedro.shared.blocks import Block, WorkingPage, show
from poliedro.shared.components import Chart, Crumb, Empty, Figure, Table
from poliedro.shared.jobs import start_job
from poliedro.shared.spoken import short_day, short_moment
from poliedro.shared.templatetags.poliedro import certainty_label, source_words, spoken_number

MOST = 200
"""Differences on the page; the file has all of them."""


@needs("monitoring.view_policy")
@require_safe
def s3(request: HttpRequest) -> HttpResponse:
    """Allocated, committed and paid by priority of a period, each source apart, and their paths."""
    asked, held = Asked(request), periods()
    tabs = policy_tabs("monitoring:s3")
    crumbs = policy_crumbs(Crumb(_("S3 monitoring")))
    if not held:
        empty = Empty(
            _("No programming period is known"), _("The region's file names the periods and their S3 priorities.")
        )
        return show(request, WorkingPage(_("S3 monitoring"), "", [], tabs=tabs, empty=empty), crumbs)
    begun = [p for p in held if p.valid_from <= asked.moment.on] or held
    period = next((p for p in held if p.key == request.GET.get("period")), begun[0])
    found = s3_monitoring(period, asked.moment)
    table = _table(found)
    if asked.wants_file:
        return as_file(table, f"s3-{period.key}")
    choose = facet("period", _("Programming period"), [(p.key, p.key, None) for p in held], request.GET)
    faults = _faults(found)
    run = last_reconciliation()
    page = WorkingPage(
        _title(found),
        _("Money by S3 priority of %(period)s, up to %(day)s. Each source stands apart: the same project may be in "
          "two of "
          "them, so they are never added up.") % {"period": period.key, "day": short_day(asked.moment.on)}
        + " "
        + _("A call that serves several priorities is cut in equal parts, an assumption and no measurement; its "
            "projects count under each of them."),
        [
            Block(links=[(str(o.label), o.url) for o in choose.options]),
            Block(figures=_figures(found)),
            Block(_("What cannot be"), "\n".join(faults)) if faults else Block(
                _("What cannot be"), _("Nothing: no priority has more committed than allocated, or more paid than "
                                       "committed.")
            ),
            *[Block(chart=_by_area(found, name)) for name in SOURCES if found.sources[name].of_area],
            *[Block(chart=c) for name in SOURCES if (c := _path(found, name)) is not None],
            Block(_("Row by row"), table=table, links=[(_("Download CSV"), f"?period={period.key}&format=csv")]),
            Block(
                _("Is it the same as in the national open data?"),
                _reconciled_words(run),
                links=[(_("Our projects and those of OpenCoesione"), reverse("monitoring:reconciliation"))],
            ),
            Block(_("How is this computed"), "\n".join(_notes(found)), folded=_("How is this computed")),
        ],
        tabs=tabs,
    )  # fmt: skip
    return show(request, page, crumbs, synthetic=found.is_synthetic)


def _notes(found: Monitoring) -> list[str]:
    cohesion, calls = found.sources[COHESION], found.sources[CALLS]
    return [
        _("Allocated: budgets of published calls; a call that serves several priorities counts in equal parts, to "
          "the cent."),
        _("Committed: the latest decision on each granted application. Paid: what was paid on cost claims."),
        _("Regional projects of the clusters: their public contribution, by the share of each cluster and the "
          "weight of its "
          "priorities; their payments are not in the register."),
        _("OpenCoesione: public financing, commitments and payments of the loaded files; the priority is that of "
          "our call "
          "with the same CUP, else that of the project's clusters. A project of neither has no priority."),
        ngettext(
            "%(n)d published call states no budget; it is left out.",
            "%(n)d published calls state no budget; they are left out.",
            calls.without_amount,
        ) % {"n": calls.without_amount},
        _("%(n)d projects of OpenCoesione in the period state no amount: the loaded file holds places alone.")
        % {"n": cohesion.without_amount},
    ]  # fmt: skip


def _title(found: Monitoring) -> str:
    total = found.sources[CALLS].total
    words = {"period": found.period.key}
    if total.allocated_eur:
        share = (total.committed_eur or 0) / total.allocated_eur * 100
        return _("%(share)s%% of what the calls of %(period)s allocate is committed") % {
            **words,
            "share": spoken_number(share, 0),
        }
    clusters = found.sources[CLUSTERS].total
    if clusters.committed_eur:
        return _("%(eur)s million EUR of public money in cluster projects of %(period)s") % {
            **words,
            "eur": spoken_number(clusters.committed_eur / 1_000_000, 1),
        }
    return _("S3 monitoring of %(period)s") % words


def _eur(value: Any, label: str, spending: Spending, found: Monitoring) -> Figure:
    return Figure(
        None if value is None else float(value), label, "EUR", period=found.period.key, decimals=0,
        **facts_of(spending.backing),
    )  # fmt: skip


def _figures(found: Monitoring) -> list[Figure]:
    calls = found.sources[CALLS]
    total = calls.total
    return [
        _eur(total.allocated_eur, _("Allocated by calls"), calls, found),
        _eur(total.committed_eur, _("Committed by decisions"), calls, found),
        _eur(total.paid_eur, _("Paid on cost claims"), calls, found),
        _eur(found.sources[CLUSTERS].total.committed_eur, _("Public money in cluster projects"),
             found.sources[CLUSTERS], found),
        _eur(found.sources[COHESION].total.allocated_eur, _("Public financing in OpenCoesione"),
             found.sources[COHESION], found),
    ]  # fmt: skip


def _rows(found: Monitoring, name: str) -> list[tuple[str, Spent]]:
    """Priorities of a source that have any money or project, those without a priority last."""
    of_area = found.sources[name].of_area
    rows = [(a.label, of_area[a.code]) for a in found.areas if a.code in of_area]
    return [*rows, *([(_("no priority stated"), of_area[""])] if "" in of_area else [])]


def _table(found: Monitoring) -> Table:
    rows = []
    for name in SOURCES:
        spending = found.sources[name]
        for label, spent in _rows(found, name):
            rows.append(
                [
                    label,
                    str(SOURCE_WORDS[name]),
                    _eur(spent.allocated_eur, _("Allocated"), spending, found),
                    _eur(spent.committed_eur, _("Committed"), spending, found),
                    _eur(spent.paid_eur, _("Paid"), spending, found),
                    spent.projects,
                    "; ".join(str(FAULTS[f]) for f in faults_of(spent)),
                ]
            )
    return Table(
        [_("Priority"), _("Figures of"), _("Allocated"), _("Committed"), _("Paid"), _("Projects"), _("Cannot be")],
        rows, numeric=range(2, 6), full=True,
        caption=_("Money by priority of %(period)s") % {"period": found.period.key},
    )  # fmt: skip


def _faults(found: Monitoring) -> list[str]:
    return [
        f"{label} ({SOURCE_WORDS[name]}): {FAULTS[fault]}"
        for name in SOURCES
        for label, spent in _rows(found, name)
        for fault in faults_of(spent)
    ]


def _by_area(found: Monitoring, name: str) -> Chart:
    """Bars side by side would hide that paid is part of committed: the bars stack paid, not yet paid, not committed."""
    rows = _rows(found, name)
    parts = [(label, *_parts(spent)) for label, spent in rows]
    return stacked(
        f"s3-{name}",
        str(SOURCE_WORDS[name]),
        _("Paid, committed and not paid yet, allocated and not committed yet: together what is allocated."),
        [p[0] for p in parts],
        [
            (_("paid"), [p[1] for p in parts]),
            (_("committed, not paid yet"), [p[2] for p in parts]),
            (_("allocated, not committed yet"), [p[3] for p in parts]),
        ],
        y_label="EUR",
        **facts_of(found.sources[name].backing),
    )


def _parts(spent: Spent) -> tuple[float, float, float]:
    paid, committed = float(spent.paid_eur or 0), float(spent.committed_eur or 0)
    allocated = float(spent.allocated_eur or 0)
    return paid, max(0.0, committed - paid), max(0.0, allocated - max(committed, paid))


def _path(found: Monitoring, name: str) -> Chart | None:
    """Sums from the period's first year on; amounts of earlier years count from there."""
    total = found.sources[name].total
    known = {*total.committed_by, *total.paid_by}
    first = found.period.valid_from.year
    if len(known) < 2:
        return None
    years = list(range(first, max(max(known), first) + 1))
    series = [(_("committed"), "#0066cc", [float(v) for v in running(total.committed_by, years)])]
    if total.paid_by:
        series.append((_("paid"), "#00796b", [float(v) for v in running(total.paid_by, years)]))
    if total.allocated_eur is not None:
        series.append((_("allocated"), "#7a5c00", [float(total.allocated_eur)] * len(years)))
    return lines(
        f"path-{name}",
        _("%(source)s: how the money moves") % {"source": SOURCE_WORDS[name]},
        _("Sums up to the end of each year, all priorities together."),
        years,
        series,
        x_label=_("year"),
        y_label="EUR",
        **facts_of(found.sources[name].backing),
    )


# --- reconciliation ---------------------------------------------------------------------------------------------------
def _reconciled_words(run: Run | None) -> str:
    if run is None:
        return _("Not compared yet.")
    h = run.headline
    return _("%(both)d CUPs are on both sides, %(agree)d of them state the same.") % {
        "both": h["both"], "agree": h["agree"],
    }  # fmt: skip


@needs("monitoring.view_policy")
@require_safe
def reconciliation(request: HttpRequest) -> HttpResponse:
    """The last reconciliation: totals that add up, and every difference."""
    run = last_reconciliation()
    crumbs = policy_crumbs(
        Crumb(_("S3 monitoring"), reverse("monitoring:s3")), Crumb(_("Our projects and those of OpenCoesione"))
    )
    may_run = request.user.has_perm("monitoring.reconcile")
    start = (
        Block(
            _("Compare again"),
            _("It runs in the background. Where nothing changed, the stored run is found again."),
            form=RunForm(),
            button=_("Compare now"),
            action=reverse("monitoring:run_reconciliation"),
        )
        if may_run
        else None
    )
    if run is None:
        page = WorkingPage(
            _("Our projects and those of OpenCoesione"),
            _("Granted applications and regional projects against the national open data, CUP by CUP."),
            [start] if start else [],
            empty=Empty(
                _("Nothing was compared yet"),
                _("Load the official projects file of OpenCoesione, then compare: differences become findings of data "
                  "quality."),
            ),
        )  # fmt: skip
        return show(request, page, crumbs)
    loaded = loaded_cohesion()
    kind = request.GET.get("kind", "")
    where = {"kind": kind} if kind in KINDS else None
    result = run.tables.get(name="differences")
    wants_file = request.GET.get("format") == "csv"
    rows = store.read_rows(result, where, limit=None if wants_file else MOST)
    table = _differences(rows)
    if wants_file:
        return as_file(table, "reconciliation")
    h = run.headline
    query = f"?kind={kind}&format=csv" if where else "?format=csv"
    options = facet(
        "kind", _("Kind of difference"),
        [(k, f"{DIFFERENCES[k]} ({h[k.replace('-', '_')]})", None) for k in KINDS], request.GET,
    )  # fmt: skip
    blocks = [
        Block(_("What the loaded files state"), _loaded_words(loaded), table=_loaded_table(loaded)),
        Block(figures=_totals(run)),
        Block(_("They add up"), _sums(h)),
        Block(_("Differences"), links=[(str(o.label), o.url) for o in options.options]),
        Block(
            table=table, links=[(_("Download CSV"), query), (_("Findings of data quality"), reverse("portal:quality"))]
        ),
        Block("", _without_words(h)),
        start,
    ]
    page = WorkingPage(
        _reconciled_title(h),
        _(
            "Compared on %(day)s. Amounts to the cent, titles word by word, beneficiaries by tax code where both "
            "state one."
        )
        % {"day": short_moment(run.asked_at)},
        [b for b in blocks if b is not None],
    )
    return show(request, page, crumbs, synthetic=run.certainty == "synthetic")


def _reconciled_title(h: dict[str, Any]) -> str:
    n = sum(h[k.replace("-", "_")] for k in KINDS)
    if not n:
        return _("Both sides state the same")
    return ngettext(
        "%(n)d difference between our projects and OpenCoesione",
        "%(n)d differences between our projects and OpenCoesione",
        n,
    ) % {"n": n}


def _totals(run: Run) -> list[Figure]:
    h = run.headline
    stated: dict[str, Any] = {
        "certainty": certainty_of(run.certainty), "source": run.source_names, "period": short_day(run.asked_at),
        "run": run.key,
    }  # fmt: skip
    return [
        Figure(h["ours"], _("CUPs of ours"), **stated),
        Figure(h["theirs"], _("CUPs of OpenCoesione"), **stated),
        Figure(h["both"], _("on both sides"), **stated),
        Figure(h["agree"], _("that state the same"), **stated),
    ]


def _sums(h: dict[str, Any]) -> str:
    return _(
        "%(both)d on both sides and %(missing_there)d only here are our %(ours)d; with %(missing_here)d only there "
        "they "
        "are the %(theirs)d of OpenCoesione."
    ) % {k: h[k] for k in ("both", "missing_there", "ours", "missing_here", "theirs")}


def _loaded_words(loaded: list[Loaded]) -> str:
    """Where official data cannot be compared, the page says so before any number."""
    said = []
    for source in loaded:
        if source.certainty != "synthetic" and not source.with_cup:
            said.append(
                _(
                    "%(source)s: the file that is loaded holds places alone. None of its %(n)s projects bears a CUP or "
                    "an amount, so none of them could be compared; the file of projects would bring both."
                )
                % {"source": source_words(source.source), "n": spoken_number(source.projects)}
            )
    if said and any(s.certainty == "synthetic" for s in loaded):
        said.append(_("What is compared below are invented projects, to show how it works."))
    return " ".join(said)


def _loaded_table(loaded: list[Loaded]) -> Table:
    return Table(
        [_("Source"), _("Kind of data"), _("Projects"), _("with a CUP"), _("with an amount")],
        [[source_words(s.source), certainty_label(s.certainty), s.projects, s.with_cup, s.with_amount] for s in loaded],
        numeric=[2, 3, 4],
    )


def _without_words(h: dict[str, Any]) -> str:
    return _(
        "%(here)d of our projects and %(there)d projects of OpenCoesione have no CUP and cannot be compared. The "
        "file of "
        "places holds none: load the file of projects too."
    ) % {"here": h["without_cup_here"], "there": h["without_cup_there"]}


def _side(row: dict[str, Any], side: str) -> str | None:
    """What a side states: an amount as the reader writes it, the rest in its own words."""
    stated = row[side] or ""
    if row["kind"] == AMOUNT and stated:
        return f"{spoken_number(Decimal(stated), 2)} EUR"
    return stated or None


def _differences(rows: list[dict[str, Any]]) -> Table:
    return Table(
        ["CUP", _("Difference"), _("What we state"), _("What OpenCoesione states"), _("Ours less theirs, EUR"),
         _("Our source"), _("Their source")],
        [
            [r["cup"], str(DIFFERENCES[r["kind"]]), _side(r, "ours"), _side(r, "theirs"),
             None if r["gap_eur"] is None else float(r["gap_eur"]), source_words(r["our_source"] or "") or None,
             source_words(r["their_source"] or "") or None]
            for r in rows
        ],
        numeric=[4], decimals={4: 2}, full=True, caption=_("Differences by CUP"),
    )  # fmt: skip


@needs("monitoring.reconcile")
@require_POST
def run(request: HttpRequest) -> HttpResponse:
    """Compare in the background."""
    job = start_job(name="monitoring.reconcile", title=_("Our projects and those of OpenCoesione"), by=request.user)
    messages.info(request, _("It is computed in the background."))
    return redirect("shared:job", pk=job.pk)
