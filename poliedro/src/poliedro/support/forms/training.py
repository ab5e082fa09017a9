from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from poliedro.support.forms.agency import day_field
from poliedro.support.models import CourseMaterial, CourseSession, ProposedDay
from poliedro.support.models.agency import URGENCY_LABELS
from poliedro.support.rules.material import KINDS, LARGEST_BYTES, NotMaterial, check_material


class AttendanceForm(forms.Form):
    """Who of those with a seat was present at a session."""

    def __init__(self, *, session: CourseSession, seated: Sequence[tuple[int, str]], here: Sequence[int]) -> None:
        super().__init__(auto_id=f"id_{session.pk}_%s")
        self.fields["session"] = forms.IntegerField(widget=forms.HiddenInput(), initial=session.pk)
        self.fields["present"] = forms.MultipleChoiceField(
            label=_("Present"),
            required=False,
            widget=forms.CheckboxSelectMultiple(),
            choices=[(str(pk), name) for pk, name in seated],
            initial=[str(pk) for pk in here],
        )


def day_words(day: ProposedDay) -> str:
    """A proposed day as people read it: "Monday 4.5.2026, 09:30-16:30"."""
    return f"{date_format(day.on, 'l j.n.Y')}, {day.starts_at:%H:%M}-{day.ends_at:%H:%M}"


class DaysForm(forms.Form):
    """On which of the proposed days one can."""

    days = forms.TypedMultipleChoiceField(
        label=_("I can on"), coerce=int, required=False, widget=forms.CheckboxSelectMultiple()
    )
    on_none = forms.BooleanField(label=_("On none of these days"), required=False)
    urgency = forms.TypedChoiceField(
        label=_("How soon do you need it"),
        coerce=int,
        choices=list(URGENCY_LABELS.items()),
        initial=2,
        help_text=_("Where seats are few, whoever needs it sooner goes first; then whoever answered first."),
    )

    def __init__(self, *args: Any, proposed: Sequence[ProposedDay], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["days"]
        assert isinstance(field, forms.TypedMultipleChoiceField)
        field.choices = [(day.pk, day_words(day)) for day in proposed]

    def clean(self) -> dict[str, Any]:
        """An answer names a day, or says that none suits: an empty one would be no answer."""
        data: dict[str, Any] = super().clean() or {}
        days, on_none = data.get("days"), data.pop("on_none", False)
        if not days and not on_none and "days" not in self.errors:
            self.add_error("days", _("Choose a day, or say that none of these suits."))
        elif days and on_none:
            self.add_error("on_none", _("You chose a day as well: which of the two holds?"))
        return data


class DaysOfForm(DaysForm):
    """On which days somebody can who told the coach."""

    person = forms.TypedChoiceField(label=_("Who told you"), coerce=int)
    field_order = ("person",)

    def __init__(self, *args: Any, managers: Sequence[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["person"]
        assert isinstance(field, forms.TypedChoiceField)
        field.choices = [("", "---"), *managers]


class ProposeForm(forms.Form):
    on = day_field(label=_("Day"))
    starts_at = forms.TimeField(label=_("Begins at"), widget=forms.TimeInput(attrs={"type": "time"}), initial="09:30")
    ends_at = forms.TimeField(label=_("Ends at"), widget=forms.TimeInput(attrs={"type": "time"}), initial="16:30")

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        start, end = data.get("starts_at"), data.get("ends_at")
        if start and end and end <= start:
            self.add_error("ends_at", _("It ends after it begins."))
        return data


class MaterialForm(forms.Form):
    """A file for a course."""

    title = forms.CharField(label=_("Title"), max_length=200, required=False, help_text=_("Empty: the file's name."))
    file = forms.FileField(
        label=_("File"),
        help_text=_("PDF, Word, Excel, PowerPoint, OpenDocument, PNG or JPEG; at most 20 MB."),
        widget=forms.ClearableFileInput(attrs={"accept": ",".join(KINDS)}),
    )
    readers = forms.ChoiceField(label=_("Who reads it"), choices=CourseMaterial.Readers.choices, initial="seats")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if file := data.get("file"):
            data["content"] = file.read(LARGEST_BYTES + 1)
            try:
                check_material(file.name, data["content"])
            except NotMaterial:
                self.add_error("file", _("It is larger than 20 MB, or none of these kinds by its name and content."))
        return data
