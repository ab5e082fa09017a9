from __future__ import annotations

from collections.abc import Sequence

from django import forms
from django.utils.translation import gettext_lazy as _

from poliedro.support.models import CourseSession


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
