"""Forms about life cycles."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from poliedro.monitoring.rules.lifecycle import STAGES

LABELS = {
    "emergence": _("emergence"),
    "growth": _("growth"),
    "sustainment": _("sustainment"),
    "decline": _("decline"),
    "renewal": _("renewal"),
}


class OverrideForm(forms.Form):
    """An expert's judgement of a cluster's stage."""

    stage = forms.ChoiceField(label=_("Stage"), choices=[(s, LABELS[s]) for s in STAGES])
    reason = forms.CharField(
        label=_("Reason"),
        widget=forms.Textarea(attrs={"rows": 3}),
        min_length=10,
        help_text=_("What the figures do not see. Everyone who reads the page sees it, beside what was computed."),
    )
