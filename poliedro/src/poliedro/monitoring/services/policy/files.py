"""The quarterly report as PDF (PDF/UA) and XLSX, made from what was frozen."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from poliedro.monitoring.models import QuarterReport
from poliedro.shared import paper
from poliedro.shared.spreadsheet import add_line
from poliedro.shared.templatetags.poliedro import certainty_label, source_words

STYLE = Path(__file__).resolve().parents[2] / "static" / "monitoring" / "report.css"


def pdf_of(report: QuarterReport, parts: Mapping[str, Any], language: str) -> bytes:
    """Tagged PDF (PDF/UA-1). parts: title, lead and tables, as the page shows them."""
    with translation.override(language):
        page = render_to_string("monitoring/policy/report_pdf.html", {"report": report, "language": language, **parts})
        return paper.pdf_of(page, [STYLE])


def xlsx_of(report: QuarterReport, language: str, words: Mapping[str, Mapping[str, Any]]) -> bytes:
    """Indicators, what hangs loose, money and mix, each figure with period, source and certainty.

    words: of statuses, roles, orphans and sources of money, by key.
    """
    from openpyxl import Workbook
    from openpyxl.styles import Font

    with translation.override(language):
        content, bold, book = report.content, Font(bold=True), Workbook()
        sheet = book.active
        sheet.title = _("Indicators")
        add_line(
            sheet,
            [
                _("Focus area, objective or action"), _("Indicator"), _("Role"), _("Unit"), _("Baseline"), _("on"),
                _("Target"), _("by"), _("Value"), _("Period"), _("Certainty"), _("Source"), _("Progress"), _("Due"),
                _("Status"), _("Owner"), _("Evidence"), _("Definition"), _("Formula"),
            ],
            bold,
        )  # fmt: skip
        placed = [(n["title"][language], i) for n in content["nodes"] for i in n["indicators"]]
        for title, i in [*placed, *(("", i) for i in content["unplaced"])]:
            add_line(
                sheet,
                [
                    title, i["name"][language], str(words["role"][i["role"]]), i["unit"][language], i["baseline"],
                    _day(i["baseline_on"]), i["target"], _day(i["target_on"]), i["value"], i["period"],
                    certainty_label(i["certainty"]), source_words(i["source"]), i["progress"], i["due"],
                    str(words["status"][i["status"]]), i["owner"], i["evidence"],
                    i["definition"][language], i["formula"][language],
                ],
            )  # fmt: skip
        loose = book.create_sheet(_("Hangs loose"))
        add_line(loose, [_("What"), _("Where")], bold)
        for o in content["orphans"]:
            add_line(loose, [str(words["orphan"][o["what"]]), o["title"][language]])
        money = book.create_sheet(_("Money by priority"))
        add_line(
            money,
            [_("Period"), _("Priority"), _("Figures of"), _("Allocated, EUR"), _("Committed, EUR"), _("Paid, EUR"),
             _("Projects"), _("Certainty"), _("Source")],
            bold,
        )  # fmt: skip
        for period in content["money"]:
            for r in period["rows"]:
                add_line(
                    money,
                    [period["period"], r["label"][language] or _("no priority stated"),
                     str(words["source"][r["source"]]), *(_amount(r[k]) for k in ("allocated", "committed", "paid")),
                     r["projects"], certainty_label(r["certainty"]), source_words(r["stated_by"])],
                )  # fmt: skip
        mix = book.create_sheet(_("Policy mix"))
        add_line(mix, [_("Measure"), _("Measure"), "Jaccard"], bold)
        for p in content["mix"]["overlaps"]:
            add_line(mix, [p["one"][language], p["other"][language], p["jaccard"]])
        about = book.create_sheet(_("About"))
        add_line(about, [f"{report.year} Q{report.quarter}, v{report.version}, {report.published_at:%Y-%m-%d}"])
        add_line(about, [f"SHA-256 {report.checksum}"])
        out = BytesIO()
        book.save(out)
        return out.getvalue()


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _amount(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
