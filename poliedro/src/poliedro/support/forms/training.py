from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from poliedro.support.models import CourseMaterial, CourseSession
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
