from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext

from poliedro.funding.models.open_calls import CallInterest, OpenCall

Counted = list[tuple[str, int]]


def _choices(counted: Counted) -> list[tuple[str, Any]]:
    return [("", _("all")), *((value, f"{value} ({n})") for value, n in counted)]


class FilterForm(forms.Form):
    words = forms.CharField(label=_("Words"), required=False)
    status = forms.ChoiceField(
        label=pgettext("noun", "State"),
        required=False,
        choices=[("", _("all")), *((v, label) for v, label in OpenCall.Status.choices if v != OpenCall.Status.CLOSED)],
    )

    def __init__(self, *args: Any, programmes: Counted, kinds: Counted, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["programme"] = forms.ChoiceField(label=_("Programme"), required=False, choices=_choices(programmes))
        self.fields["kind"] = forms.ChoiceField(label=_("Type of action"), required=False, choices=_choices(kinds))


class InterestForm(forms.Form):
    words = forms.CharField(
        label=_("Words"),
        required=False,
        max_length=300,
        help_text=_("Any of them, in title, keywords or text; empty: everything."),
    )
    days = forms.IntegerField(label=_("Deadlines at most so many days ahead"), min_value=1, max_value=730, initial=60)
    letter = forms.ChoiceField(
        label=_("Also by e-mail"),
        required=False,
        choices=CallInterest.Letter.choices,
        help_text=_("What is new to you; every letter has a link that ends them."),
    )

    def __init__(self, *args: Any, programmes: Counted, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["programme"] = forms.ChoiceField(
            label=_("Programme of the European Union"),
            required=False,
            choices=_choices(programmes),
            help_text=_("The region's own calls come whatever you choose here."),
        )
