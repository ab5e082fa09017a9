from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _


class TaskForm(forms.Form):
    title = forms.CharField(label=_("Something of your own to do"), max_length=200)
    due_on = forms.DateField(
        label=_("By when"), required=False, widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )


class PutOffForm(forms.Form):
    """key: of the item. days: until it comes back; empty: never."""

    key = forms.CharField(max_length=120)
    days = forms.IntegerField(required=False, min_value=1, max_value=90)
