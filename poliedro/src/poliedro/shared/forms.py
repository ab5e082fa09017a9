from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from poliedro.shared.dated import Moment


def offer(form: forms.BaseForm, name: str, choices: Iterable[Any]) -> None:
    """Give a field of choices those that only the request knows, at its widget too.

    Raises:
        TypeError: the field chooses from nothing.
    """
    field = form.fields[name]
    if not isinstance(field, forms.ChoiceField):
        raise TypeError(f"{name} of {type(form).__name__} is a {type(field).__name__}; declare it as a ChoiceField.")
    field.choices = list(choices)


class MomentForm(forms.Form):
    """As of a day, as known on a day. Both may be empty: today, with all that is known."""

    on = forms.DateField(
        label=_("As of"),
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        help_text=_("The day that the figures speak of."),
    )
    known = forms.DateField(
        label=_("As known on"),
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        help_text=_("Only what was recorded by then counts."),
    )

    def moment(self, usual: date | None = None) -> Moment:
        """The moment asked for; the usual day, else today, where the form is empty or wrong."""
        values: dict[str, Any] = self.cleaned_data if self.is_valid() else {}
        on = values.get("on") or usual or Moment.today().on
        return Moment.known_on(on, values["known"]) if values.get("known") else Moment(on)
