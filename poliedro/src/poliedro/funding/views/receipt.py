"""The receipt of an application that was handed in: its number, the day, and what was handed in, as a document."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import timezone

from poliedro.funding.queries.receipts import checksum_of, receipt_number
from poliedro.funding.views.applications import open_application
from poliedro.funding.views.calls import in_words, language, title_of
from poliedro.funding.views.words import answer_words
from poliedro.shared.access import signed_in


@signed_in
def receipt(request: HttpRequest, pk: int) -> HttpResponse:
    """As tagged PDF, for whoever takes part in the application or handles it."""
    from poliedro.shared.paper import pdf_of

    found, _lead, _officer, _mine = open_application(request, pk)
    if found.submitted_at is None:
        raise Http404
    texts = {r.key: r.text.in_language(language()) for r in found.version.rules.rules}
    number = receipt_number(found)
    page = render_to_string(
        "funding/receipt_pdf.html",
        {
            "application": found,
            "number": number,
            "at": timezone.localtime(found.submitted_at),
            "call_title": title_of(found.line.call),
            "line_title": in_words(found.line.title_it, found.line.title_en),
            "partners": list(found.partners.select_related("organisation")),
            "packages": list(found.work_packages.all()),
            "answers": [(texts.get(key, key), answer_words(word)) for key, word in found.verdict.items()],
            "checksum": checksum_of(found),
            "is_synthetic": found.certainty == "synthetic" or found.organisation.is_synthetic,
        },
        request,
    )
    return HttpResponse(
        pdf_of(page, ["registry/letter.css"]),
        content_type="application/pdf",
        headers={"Content-Disposition": f'attachment; filename="{number}.pdf"'},
    )
