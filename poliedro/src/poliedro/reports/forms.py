from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from poliedro.reports.models import Report
from poliedro.reports.rules.value import DIMENSIONS
from poliedro.reports.words import dimension_words


class NewReportForm(forms.Form):
    year = forms.IntegerField(label=_("Year"), min_value=2000, max_value=2100)


class ReportForm(forms.Form):
    """The words of a draft."""

    foreword = forms.CharField(label=_("Foreword"), required=False, widget=forms.Textarea(attrs={"rows": 4}))
    change_note = forms.CharField(
        label=_("What is new in this version"),
        required=False,
        max_length=300,
        help_text=_("Needed from the second version on."),
    )

    def __init__(self, *args: Any, report: Report, **kwargs: Any) -> None:
        kwargs.setdefault(
            "initial",
            {
                "foreword": report.foreword,
                "change_note": report.change_note,
                **{f"about_{k}": v for k, v in report.comments.items()},
            },
        )
        super().__init__(*args, **kwargs)
        words = dimension_words()
        for key in DIMENSIONS:
            self.fields[f"about_{key}"] = forms.CharField(
                label=words[key], required=False, widget=forms.Textarea(attrs={"rows": 2})
            )

    @property
    def comments(self) -> dict[str, str]:
        return {k: self.cleaned_data[f"about_{k}"] for k in DIMENSIONS}
