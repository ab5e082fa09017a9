"""The report as PDF (PDF/UA) and XLSX, made once from what was frozen and kept beside it."""

from __future__ import annotations

import os
from io import BytesIO
from pathlib import Path
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from poliedro.reports.models import Report
from poliedro.reports.rules.whole import region_index
from poliedro.reports.words import missing_words, type_words
from poliedro.shared import paper
from poliedro.shared.spreadsheet import add_line
from poliedro.shared.templatetags.poliedro import certainty_label, source_words


def report_file(report: Report, kind: str, language: str) -> Path:
    """The file ("pdf" or "xlsx") in that language; made at its first use, and then kept."""
    path = (
        Path(settings.VAR)
        / "store"
        / "reports"
        / f"{report.year}-{report.version}-{report.checksum[:16]}-{language}.{kind}"
    )
    if not path.exists():
        with translation.override(language):
            body = pdf_of(report, language) if kind == "pdf" else xlsx_of(report, language)
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(f"{path.name}.{os.getpid()}.part")
        beside.write_bytes(body)
        beside.replace(path)
    return path


def pdf_of(report: Report, language: str) -> bytes:
    """Tagged PDF (PDF/UA-1) with the tables of all dimensions."""

    page = render_to_string(
        "reports/report_pdf.html",
        {"report": report, "content": report.content, "language": language, "notes": notes(),
         "missing": missing_words(report.content, language)},
    )  # fmt: skip
    return paper.pdf_of(page, ["shared/card.css"])


def xlsx_of(report: Report, language: str) -> bytes:
    """Scores, every figure with definition, period, source and certainty, and how it is computed."""
    from openpyxl import Workbook
    from openpyxl.styles import Font

    content, bold = report.content, Font(bold=True)
    names = {c["key"]: c["name"] for c in content["clusters"]}
    book = Workbook()
    scores = book.active
    scores.title = _("Scores")
    add_line(scores, [_("Cluster"), _("Type"), *(d["label"][language] for d in content["dimensions"])], bold)
    for c in content["clusters"]:
        add_line(
            scores, [c["name"], type_words(c["type"]), *(_cell(d["scores"][c["key"]]) for d in content["dimensions"])]
        )
    figures = book.create_sheet(_("Figures"))
    add_line(
        figures,
        [
            _("Dimension"), _("Indicator"), _("Cluster"), _("Value"), _("Low end, 90%"), _("High end, 90%"), "n",
            _("Unit"), _("Index (region = 100)"), _("Period"), _("Certainty"), _("Source"),
            _("Definition"), _("Formula"),
        ],
        bold,
    )  # fmt: skip
    for d in content["dimensions"]:
        for i in d["indicators"]:
            said = [certainty_label(i["certainty"]) if i["certainty"] else "", source_words(i["source"])]
            about = [i["period"], *said, i["definition"][language], i["formula"][language]]
            own = i["region"]
            rows = [(_("Region"), own, region_index(i))] + [(names[k], r, r["index"]) for k, r in i["rows"].items()]
            for name, row, index in rows:
                add_line(
                    figures,
                    [d["label"][language], i["label"][language], name, _cell(row), row["low"], row["high"], row["n"],
                     i["unit"], index, *about],
                )  # fmt: skip
    method = book.create_sheet(_("Method"))
    missing = missing_words(content, language)
    for text in (
        f"{report.year}, v{report.version}, {report.published_at:%Y-%m-%d}",
        f"SHA-256 {report.checksum}",
        *([_("What this report does not tell"), *missing] if missing else []),
        *notes(),
    ):
        add_line(method, [text])
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def notes() -> list[str]:
    """How the report counts, for pages and files."""
    return [
        _("An index is the cluster's value over the region's, times 100. Scores are plain means, without weights."),
        _(
            "Intervals (90%): sums over projects and services as compound Poisson sums, shares as binomial, ratios by "
            "the scatter of their firms or projects, from ten on."
        ),
        _("Sums of contracts and totals of accounts have no interval, and neither has a score that rests on one."),
        _("A member of two clusters counts in each, and in the region twice, so that the region lies between them."),
        _("Sectoral and transversal clusters behave differently in every indicator: compare within a type only."),
        _("Hidden values: few stand behind them, or they would let others be worked out, also from earlier reports."),
        _("Figures are frozen on the day of publication; later corrections make a new version, the earlier one stays."),
    ]


def _cell(row: dict[str, Any]) -> Any:
    return _("hidden") if row["hidden"] else row["value"]
