"""A question to the single access point and its ticket."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from poliedro.matchmaking.forms.base import area, day
from poliedro.matchmaking.models import (
    ContactPoint,
    Ticket,
    TicketSuggestion,
)
from poliedro.matchmaking.queries.cards import possible_partners
from poliedro.matchmaking.queries.ties import contacts_now


class AskForm(forms.Form):
    question = forms.CharField(label=_("Your question"), max_length=3000, widget=area(4))
    name = forms.CharField(label=_("Your name"), max_length=200)
    email = forms.EmailField(
        label=_("E-mail address"),
        help_text=_("For the answer alone; others see it only if you ask to be put in contact."),
    )
    firm = forms.CharField(label=_("Firm"), max_length=200, required=False)
    trl = forms.IntegerField(
        label=_("Technology readiness (1 idea, 9 on the market)"), min_value=1, max_value=9, required=False
    )
    budget_eur = forms.DecimalField(label=_("Budget (EUR)"), min_value=0, decimal_places=2, required=False)
    wanted_by = forms.DateField(label=_("Needed by"), required=False, widget=day())
    agreed = forms.BooleanField(
        label=_("A person of the cluster network may read this and write to me"),
    )
    website = forms.CharField(required=False, widget=forms.HiddenInput)
    """Filled by machines alone."""

    def clean_website(self) -> str:
        if self.cleaned_data["website"]:
            raise forms.ValidationError(_("Leave this field empty."))
        return ""


class MessageForm(forms.Form):
    text = forms.CharField(label=_("Message"), max_length=4000, widget=area(5))


class HandOverForm(forms.Form):
    owner = forms.ModelChoiceField(queryset=ContactPoint.objects.none(), label=_("To whom"))

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        field: Any = self.fields["owner"]
        field.queryset = contacts_now().select_related("person", "cluster")
        field.label_from_instance = lambda point: f"{point} ({point.cluster or _('all clusters')})"


class CloseTicketForm(forms.Form):
    outcome = forms.ChoiceField(label=_("What came of it"), choices=Ticket.Outcome.choices)
    outcome_note = forms.CharField(label=_("In a sentence"), max_length=500, required=False)
    amount_eur = forms.DecimalField(
        label=_("Worth (EUR)"),
        min_value=0,
        decimal_places=2,
        required=False,
        help_text=_("Of a project everyone sees it, as its total cost. It may stay empty."),
    )
    partner = forms.ModelChoiceField(
        queryset=TicketSuggestion.objects.none(),
        label=_("Project with"),
        required=False,
        help_text=_(
            "For a joint project: who took the question on. It then shows on the pages of both; "
            "make sure that both agree."
        ),
    )
    joint_title = forms.CharField(label=_("Name of the project"), max_length=300, required=False)

    def __init__(self, *args: Any, ticket: Ticket, **more: Any) -> None:
        super().__init__(*args, **more)
        field: Any = self.fields["partner"]
        field.queryset = possible_partners(ticket)
        field.label_from_instance = lambda suggestion: f"{suggestion.title} ({suggestion.organisation})"
        if not field.queryset:
            del self.fields["partner"], self.fields["joint_title"]


class RatingForm(forms.Form):
    rating = forms.TypedChoiceField(
        label=_("How useful was it?"),
        coerce=int,
        choices=[(5, _("5 very useful")), (4, "4"), (3, "3"), (2, "2"), (1, _("1 not at all"))],
    )


class SuggestionForm(forms.Form):
    state = forms.ChoiceField(
        label=_("What was done"),
        choices=[c for c in TicketSuggestion.State.choices if c[0] not in ("found", "wanted")],
    )
