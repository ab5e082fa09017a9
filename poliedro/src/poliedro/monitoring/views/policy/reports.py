"""The quarterly report: what it would say, what was published, and its files."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from poliedro.monitoring.forms.policy import PublishForm
from poliedro.monitoring.models import QuarterReport
from poliedro.monitoring.queries.policy.logic import report_at, reports
from poliedro.monitoring.rules.policy.logic import LogicRefused, quarter_days, quarter_of
from poliedro.monitoring.services.policy.files import pdf_of, xlsx_of
from poliedro.monitoring.services.policy.reports import publish_report, report_content
from poliedro.monitoring.views.policy.words import (
    FAULTS,
    KINDS,
    ORPHANS,
    ROLES,
    SOURCES,
    STATUS,
    language,
    policy_crumbs,
    policy_tabs,
)
from poliedro.registry.present import certainty_of
from poliedro.shared.access import needs
from poliedro.shared.blocks import Block, Item, WorkingPage, show
from poliedro.shared.components import Crumb, Figure, Table
from poliedro.shared.spoken import short_day
from poliedro.shared.told import told

TYPES = {
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def _quarter_word(year: int, quarter: int) -> str:
    return _("Quarter %(q)d of %(year)d") % {"q": quarter, "year": year}


@needs("monitoring.view_policy")
@require_safe
def all_reports(request: HttpRequest) -> HttpResponse:
    """What was published, and the quarters that wait for their report."""
    held = reports()
    there = {(r.year, r.quarter) for r in held}
    today = timezone.localdate()
    waiting, (year, quarter) = [], quarter_of(today)
    for _n in range(4):
        year, quarter = (year, quarter - 1) if quarter > 1 else (year - 1, 4)
        if (year, quarter) not in there:
            waiting.append((year, quarter))
    now = quarter_of(today)
    page = WorkingPage(
        _("Quarterly reports of the policy"),
        _(
            "A published report never changes: its figures are those of the quarter's last day, as they were known "
            "then."
        ),
        [
            Block(
                _("To publish"),
                items=[
                    Item(
                        _quarter_word(y, q),
                        _("It is over; look at it and publish it."),
                        reverse("monitoring:policy_report", args=[y, q]),
                    )
                    for y, q in waiting
                ],
                empty=_("The last four quarters are published."),
            ),
            Block(
                _("Published"),
                items=[
                    Item(
                        f"{_quarter_word(r.year, r.quarter)}, v{r.version}",
                        _("published on %(day)s") % {"day": short_day(r.published_at)}
                        + (f": {r.why}" if r.why else ""),
                        f"{reverse('monitoring:policy_report', args=[r.year, r.quarter])}?version={r.version}",
                        tag=str(_("synthetic")) if r.certainty == "synthetic" else "",
                    )
                    for r in held
                ],
                empty=_("None yet."),
            ),
            Block(
                links=[(_("What the present quarter would say today"), reverse("monitoring:policy_report", args=now))]
            ),
        ],
        tabs=policy_tabs("monitoring:policy_reports"),
    )
    return show(request, page, policy_crumbs(Crumb(_("Quarterly reports"))),
                synthetic=any(r.certainty == "synthetic" for r in held))  # fmt: skip


@needs("monitoring.view_policy")
@require_safe
def report(request: HttpRequest, year: int, quarter: int) -> HttpResponse:
    """The published report of a quarter; where there is none, or with ?draft=1, what it would say."""
    _check_quarter(year, quarter)
    version = request.GET.get("version", "")
    held = report_at(year, quarter, int(version) if version.isdecimal() and len(version) < 5 else None)
    if request.GET.get("draft"):
        held = None
    return _page(request, year, quarter, held, PublishForm())


def _check_quarter(year: int, quarter: int) -> None:
    if quarter not in (1, 2, 3, 4) or not 2000 <= year <= timezone.localdate().year:
        raise Http404(f"no quarter {year} {quarter}")
    if quarter_days(year, quarter)[0] > timezone.localdate():
        raise Http404("the quarter is to come")


def _page(request: HttpRequest, year: int, quarter: int, held: QuarterReport | None, form: PublishForm) -> HttpResponse:
    today = timezone.localdate()
    content = held.content if held else report_content(year=year, quarter=quarter, today=today)
    parts = report_parts(content)
    may_publish = request.user.has_perm("monitoring.publish_policy") and quarter_days(year, quarter)[1] < today
    name = _quarter_word(year, quarter)
    blocks = [Block(figures=parts["figures"])]
    if held is not None:
        url = reverse("monitoring:policy_report", args=[year, quarter])
        files = [
            (label, reverse("monitoring:policy_report_file", args=[year, quarter, held.version, kind]))
            for label, kind in ((_("Download PDF"), "pdf"), (_("Download XLSX"), "xlsx"))
        ]
        draft = [(_("What it would say with what is known today"), f"{url}?draft=1")] if may_publish else []
        blocks.append(Block(links=[*files, *draft]))
    blocks += [Block(heading, table=table) for heading, table in parts["tables"]]
    if held is None and may_publish:
        blocks.append(
            Block(
                _("Publish it"),
                _("From then on it never changes."),
                form=form,
                button=_("Publish the report"),
                action=reverse("monitoring:publish_policy_report", args=[year, quarter]),
            )
        )
    if held is not None:
        note = _("Version %(v)d, published on %(day)s; frozen since then. SHA-256 %(sum)s.") % {
            "v": held.version, "day": short_day(held.published_at), "sum": held.checksum,
        }  # fmt: skip
    else:
        note = _("Not published: what the report says with what is known today.")
    page = WorkingPage(f"{name}: {parts['title']}", parts["lead"], blocks, note=note)
    crumbs = policy_crumbs(Crumb(_("Quarterly reports"), reverse("monitoring:policy_reports")), Crumb(name))
    return show(request, page, crumbs, synthetic=content["certainty"] == "synthetic")


def report_parts(content: dict[str, Any]) -> dict[str, Any]:
    """Title, lead, figures and tables of a report, in the reader's language."""
    own, counts = language(), content["counts"]
    good = counts["reached"] + counts["on_track"]
    told = counts["indicators"] - counts["unknown"] - counts.get("unlike", 0)
    certainty = certainty_of(content["certainty"])
    stated: dict[str, Any] = {
        "period": content["as_of"], "certainty": certainty, "source": _("Intervention logic"),
    }  # fmt: skip
    mix = content["mix"]
    return {
        "title": _("%(good)d of %(told)d indicators are on their way") % {"good": good, "told": told},
        "lead": _("Values of %(day)s. %(computed)d of %(all)d indicators are computed from the register.")
        % {"day": content["as_of"], "computed": counts["computed"], "all": counts["indicators"]},
        "figures": [
            Figure(counts["indicators"], _("indicators"), **stated),
            Figure(counts["reached"], str(STATUS["reached"]), **stated),
            Figure(counts["behind"] + counts["missed"], _("behind or missed"), **stated),
            Figure(len({(o["kind"], o["key"]) for o in content["orphans"]}), _("hang loose"), **stated),
            Figure(mix["empty"], _("empty cells of the policy mix"), n=mix["cells"], **stated),
        ],
        "tables": [
            (_("Indicators"), _indicators(content, own)),
            (_("What hangs loose"), _loose(content, own)),
            *[
                (_("Money by S3 priority, %(period)s") % {"period": p["period"]}, _money(p, own))
                for p in content["money"]
                if p["rows"]
            ],
            (_("Closest overlaps of measures"), _overlaps(content, own)),
        ],
    }


def _indicators(content: dict[str, Any], own: str) -> Table:
    placed = [(n["title"][own], i) for n in content["nodes"] for i in n["indicators"]]
    rows = []
    for title, i in [*placed, *(("", i) for i in content["unplaced"])]:
        part = 100 if i["unit"][own] == "%" else 1
        rows.append(
            [
                i["name"][own], title, str(ROLES[i["role"]]), _times(i["baseline"], part), _times(i["target"], part),
                i["target_on"],
                Figure(
                    _times(i["value"], part), i["name"][own], i["unit"][own], i["period"], certainty_of(i["certainty"]),
                    i["source"], i["definition"][own], i["formula"][own],
                ),
                None if i["progress"] is None else round(100 * i["progress"], 1), str(STATUS[i["status"]]), i["owner"],
            ]
        )  # fmt: skip
    return Table(
        [_("Indicator"), _("Objective or action"), _("Role"), _("Baseline"), _("Target"), _("by"), _("Value"),
         _("Progress, %"), _("Status"), _("Owner")],
        rows, numeric=[3, 4, 6, 7], full=True, caption=_("Indicators on the report's day"),
    )  # fmt: skip


def _times(value: float | None, part: int) -> float | None:
    return None if value is None else value * part


def _loose(content: dict[str, Any], own: str) -> Table:
    return Table(
        [_("Where"), _("Kind"), _("What")],
        [[o["title"][own], str(KINDS[o["kind"]]), str(ORPHANS[o["what"]])] for o in content["orphans"]],
        caption=_("Objectives, actions, indicators and measures that hang loose"),
        full=True,
    )


def _money(period: dict[str, Any], own: str) -> Table:
    rows = []
    for r in period["rows"]:
        stated: dict[str, Any] = {
            "unit": "EUR", "certainty": certainty_of(r["certainty"]), "source": r["stated_by"],
            "period": period["period"], "decimals": 0,
        }  # fmt: skip
        rows.append(
            [
                r["label"][own] or _("no priority stated"),
                str(SOURCES[r["source"]]),
                *(Figure(None if r[k] is None else float(r[k]), **stated) for k in ("allocated", "committed", "paid")),
                "; ".join(str(FAULTS[f]) for f in r["faults"]),
            ]
        )
    return Table(
        [_("Priority"), _("Figures of"), _("Allocated, EUR"), _("Committed, EUR"), _("Paid, EUR"), _("Cannot be")],
        rows, numeric=[2, 3, 4], full=True, caption=_("Money by priority; the sources are never added up"),
    )  # fmt: skip


def _overlaps(content: dict[str, Any], own: str) -> Table:
    return Table(
        [_("Measure"), _("Measure"), "Jaccard", _("Same instrument")],
        [[p["one"][own], p["other"][own], p["jaccard"], p["same_instrument"]] for p in content["mix"]["overlaps"]],
        numeric=[2],
        decimals={2: 2},
        caption=_("Measures that reach the same cells"),
    )


@needs("monitoring.publish_policy")
@require_POST
def publish(request: HttpRequest, year: int, quarter: int) -> HttpResponse:
    """Freeze the report of a quarter that is over."""
    _check_quarter(year, quarter)
    form = PublishForm(request.POST)
    if form.is_valid():
        try:
            publish_report(
                year=year, quarter=quarter, today=timezone.localdate(), by=request.user, why=form.cleaned_data["why"]
            )
        except LogicRefused as refused:
            form.add_error("why", told(refused))
        else:
            messages.success(request, _("Published; it never changes from now on."))
            return redirect("monitoring:policy_report", year=year, quarter=quarter)
    return _page(request, year, quarter, None, form)


@needs("monitoring.view_policy")
@require_safe
def report_file(request: HttpRequest, year: int, quarter: int, version: int, kind: str) -> HttpResponse:
    """A published report as PDF or XLSX."""
    _check_quarter(year, quarter)
    held = report_at(year, quarter, version) if version < 10_000 else None
    if held is None or kind not in TYPES:
        raise Http404("no such report; there are pdf and xlsx of published versions")
    own = language()
    with translation.override(own):
        if kind == "pdf":
            parts = report_parts(held.content)
            heading = f"{_quarter_word(year, quarter)}, v{version}, {short_day(held.published_at)}"
            body = pdf_of(held, {**parts, "heading": heading}, own)
        else:
            body = xlsx_of(held, own, {"status": STATUS, "role": ROLES, "orphan": ORPHANS, "source": SOURCES})
    return HttpResponse(
        body,
        content_type=TYPES[kind],
        headers={"Content-Disposition": f'attachment; filename="policy-{year}-q{quarter}-v{version}.{kind}"'},
    )
