"""Start-ups after the incubator (R061)."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from poliedro.evidence.models import Run
from poliedro.evidence.queries.runs import table_of
from poliedro.evidence.store import read_rows
from poliedro.monitoring.queries.hand_overs import hand_overs_of_sample
from poliedro.monitoring.queries.startups import startup_run
from poliedro.monitoring.report.present import spoken_number
from poliedro.monitoring.views.impact.studies import crumbs_of
from poliedro.registry.present import certainty_of
from poliedro.registry.services.hand_over_items import hand_over_items
from poliedro.shared.access import needs, public
from poliedro.shared.components import Chart, Crumb, Empty, Table
from poliedro.shared.jobs import start_job

HELPED, ALONE = "#0b5394", "#b45309"


@public
def startups(request: HttpRequest) -> HttpResponse:
    """Do start-ups survive after the incubator, and does help by a cluster change it?"""
    run = startup_run()
    pace = {r["kind"]: r for r in read_rows(table_of(run, "pace"))} if run else {}
    fair, unfair = pace.get("time-varying"), pace.get("ever-helped")
    return render(
        request,
        "monitoring/impact/startups.html",
        {
            "run": run,
            "title": _startup_title(fair),
            "chart": _curves(run) if run else None,
            "fair": fair,
            "unfair": unfair,
            "empty": Empty(
                _("Survival was not computed yet"),
                _("It follows from incubatees with the days they came and left, and from what became of them."),
            ),
            "handed": hand_overs_of_sample(timezone.localdate()),
            "hand_over_items": [i.words(get_language() or "it") for i in hand_over_items()],
            "may_count": request.user.has_perm("registry.count_hand_overs"),
            "may_run": request.user.has_perm("evidence.run_analyses"),
            "synthetic_data": bool(run and run.certainty == "synthetic"),
            "crumbs": crumbs_of(Crumb(_("Start-ups after the incubator"))),
        },
    )


def _startup_title(fair: dict[str, object] | None) -> str:
    if fair is None or fair["ratio"] is None:
        return _("Do start-ups survive after the incubator?")
    words = {
        "ratio": spoken_number(fair["ratio"], 2),
        "low": spoken_number(fair["low"], 2),
        "high": spoken_number(fair["high"], 2),
    }
    assert isinstance(fair["high"], float)
    assert isinstance(fair["low"], float)
    if fair["high"] < 1:
        return (
            _("Start-ups helped by a cluster close less often: %(ratio)s times as fast (%(low)s to %(high)s)") % words
        )
    if fair["low"] > 1:
        return (
            _("Start-ups helped by a cluster close more often: %(ratio)s times as fast (%(low)s to %(high)s)") % words
        )
    return (
        _(
            "Help by a cluster makes no difference to survival that can be told from chance: ratio %(ratio)s "
            "(%(low)s to %(high)s)"
        )
        % words
    )


def _curves(run: Run) -> Chart:
    rows = read_rows(table_of(run, "curves"))
    names = {0.0: _("not helped, or not yet"), 1.0: _("from the first help on")}
    horizon = range(1 + int(max((r["time"] for r in rows), default=0)))
    series: list[dict[str, object]] = []
    table = []
    for helped, name in names.items():
        own = sorted((r for r in rows if r["helped"] == helped), key=lambda r: r["time"])
        at = [
            next((r for r in reversed(own) if r["time"] <= year), None) if own and year <= own[-1]["time"] else None
            for year in horizon
        ]
        series.append(
            {
                "name": name,
                "color": HELPED if helped else ALONE,
                "values": [None if r is None or r["survival"] is None else r["survival"] * 100 for r in at],
                "low": [None if r is None or r["low"] is None else r["low"] * 100 for r in at],
                "high": [None if r is None or r["high"] is None else r["high"] * 100 for r in at],
            }
        )
        table += [
            [name, year, r["at_risk"], _share(r["survival"]), _share(r["low"]), _share(r["high"])]
            for year, r in zip(horizon, at, strict=True)
            if r is not None
        ]
    return Chart(
        "line",
        "survival",
        _("Share of start-ups still there, by years since leaving the incubator"),
        _(
            "Each start-up counts as not helped up to its first help, and as helped from then on; shading is "
            "the 95% interval."
        ),
        {
            "categories": [str(y) for y in horizon],
            "x_label": _("Years since leaving"),
            "y_label": "%",
            "decimals": 0,
            "step": True,
            "series": series,
        },
        Table(
            [_("Group"), _("Years since leaving"), _("At risk"), _("Still there, %"), _("Low, %"), _("High, %")],
            table,
            numeric=range(1, 6),
            decimals={3: 0, 4: 0, 5: 0},
        ),
        certainty=certainty_of(run.certainty),
        source=run.source_names,
        run=run.key,
    )


def _share(value: float | None) -> float | None:
    return None if value is None else value * 100


@needs("evidence.run_analyses")
@require_POST
def run_firms(request: HttpRequest, what: str) -> HttpResponse:
    """Compute it in the background."""
    if what != "startup-survival":
        raise Http404(f"no analysis {what!r}")
    job = start_job(
        name="evidence.run_analysis", title=_("Start-ups after the incubator"), by=request.user, key=what, parameters={}
    )
    messages.info(request, _("It is computed in the background."))
    return redirect("shared:job", pk=job.pk)
