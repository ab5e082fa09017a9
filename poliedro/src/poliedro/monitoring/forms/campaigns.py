"""Forms of data campaigns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.formats import get_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from poliedro.monitoring.rules.campaigns import ASKABLE
from poliedro.registry.models import Cluster


class CampaignForm(forms.Form):
    """What is asked, of whom, by when."""

    title_it = forms.CharField(label=gettext_lazy("Title in Italian"), max_length=190, required=False)
    title_en = forms.CharField(
        label=gettext_lazy("Title in English"),
        max_length=190,
        required=False,
        help_text=gettext_lazy("One is enough: who reads the other language sees what there is."),
    )
    year = forms.IntegerField(
        label=gettext_lazy("Year of the figures"), min_value=2000, max_value=2100, widget=forms.NumberInput
    )
    opens_on = forms.DateField(
        label=gettext_lazy("Opens on"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )
    due_on = forms.DateField(
        label=gettext_lazy("Answer by"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )
    threshold = forms.IntegerField(
        label=gettext_lazy("Explain a change above, %"),
        min_value=1,
        max_value=1000,
        initial=25,
        help_text=gettext_lazy("Against last year; a greater change needs a sentence from the manager."),
    )
    figures = forms.MultipleChoiceField(label=gettext_lazy("Figures"), widget=forms.CheckboxSelectMultiple)
    questions = forms.CharField(
        label=gettext_lazy("Questions to answer in words"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("One a line; leave it empty where figures say enough."),
    )
    clusters = forms.MultipleChoiceField(label=gettext_lazy("Clusters"), widget=forms.CheckboxSelectMultiple)
    instructions_it = forms.CharField(
        label=gettext_lazy("What managers should know, in Italian"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    instructions_en = forms.CharField(
        label=gettext_lazy("What managers should know, in English"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, clusters: Sequence[Cluster], words: dict[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        figures, chosen = self.fields["figures"], self.fields["clusters"]
        assert isinstance(figures, forms.MultipleChoiceField)
        assert isinstance(chosen, forms.MultipleChoiceField)
        figures.choices = [(k, words[k]) for k in ASKABLE]
        chosen.choices = [(c.key, c.name) for c in clusters]
        if not self.is_bound:
            self.initial.setdefault("clusters", [c.key for c in clusters])
            self.initial.setdefault("opens_on", timezone.localdate())

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if not (values.get("title_it") or values.get("title_en") or {"title_it", "title_en"} & set(self.errors)):
            self.add_error("title_it", _("Write a title, in Italian, English or both."))
        if values.get("opens_on") and values.get("due_on") and values["due_on"] < values["opens_on"]:
            self.add_error("due_on", _("The day is before the opening; choose a later one."))
        return values

    def clean_questions(self) -> list[str]:
        lines = [line.strip() for line in self.cleaned_data["questions"].splitlines() if line.strip()]
        long = next((line for line in lines if len(line) > 300), None)
        if long:
            raise forms.ValidationError(_("Shorten “%(start)s”: at most 300 letters.") % {"start": long[:40]})
        return lines


class AnswerForm(forms.Form):
    """A value and an explanation for each figure, an answer in words for each question; checks are the service's, which
    knows last year."""

    def __init__(
        self,
        *args: Any,
        answers: Sequence[Any],
        words: dict[str, str],
        hints: dict[str, str],
        texts: Sequence[Any] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.questions = [t.question_id for t in texts]
        self.keys = [a.figure.indicator for a in answers]
        for a in answers:
            key = a.figure.indicator
            start = a.value if a.value is not None else a.register if a.register is not None else a.last_year
            self.fields[f"value_{key}"] = forms.CharField(
                label=words[key],
                required=False,
                initial="" if start is None else plain(start),
                help_text=hints[key],
                widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
            )
            self.fields[f"why_{key}"] = forms.CharField(
                label=_("Explanation: %(figure)s") % {"figure": words[key]},
                required=False,
                initial=a.explanation,
                widget=forms.Textarea(attrs={"rows": 2}),
            )
        for t in texts:
            self.fields[f"text_{t.question_id}"] = forms.CharField(
                label=t.question.text,
                required=False,
                initial=t.text or t.last_year,
                help_text=_("Filled in with last year's answer.") if t.last_year and not t.text else "",
                widget=forms.Textarea(attrs={"rows": 4}),
            )

    @property
    def texts(self) -> dict[int, str]:
        return {k: self.cleaned_data[f"text_{k}"] for k in self.questions}

    @property
    def text_fields(self) -> list[Any]:
        return [self[f"text_{k}"] for k in self.questions]

    @property
    def given(self) -> dict[str, tuple[str, str]]:
        return {k: (self.cleaned_data[f"value_{k}"], self.cleaned_data[f"why_{k}"]) for k in self.keys}

    @property
    def pairs(self) -> list[tuple[Any, Any]]:
        return [(self[f"value_{k}"], self[f"why_{k}"]) for k in self.keys]


def plain(value: Any) -> str:
    """A stored number as one would type it: no thousands, no trailing zeros, the decimal sign of the language."""
    text = f"{value:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return text.replace(".", get_format("DECIMAL_SEPARATOR"))


class ReturnForm(forms.Form):
    note = forms.CharField(
        label=gettext_lazy("What is to be corrected"), min_length=5, widget=forms.Textarea(attrs={"rows": 3})
    )
