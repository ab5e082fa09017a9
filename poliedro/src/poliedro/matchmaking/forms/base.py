"""What several forms of the room have in common."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from poliedro.matchmaking.queries.concepts import concept_choices
from poliedro.registry.models import Organisation

LANGUAGES = [("it", _("Italian")), ("en", _("English")), ("fr", _("French")), ("de", _("German"))]
READINESS_LABELS = {
    "team": _("The team, and who does what"),
    "plan": _("A business plan"),
    "finances": _("Accounts and a forecast of three years"),
    "product": _("A product that customers have seen"),
    "rights": _("Proof of who owns the intellectual property"),
    "shareholders": _("The list of shareholders"),
}


def day(**more: Any) -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date", **more}, format="%Y-%m-%d")  # browsers read no other


def area(rows: int = 4) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


class Concepts(forms.MultipleChoiceField):
    """Concepts by their labels in the reader's language."""

    def __init__(self, **more: Any) -> None:
        more.setdefault("label", _("Fields"))
        more.setdefault(
            "help_text", _("Besides those that the text names. You may choose several (on a computer, hold Ctrl).")
        )
        super().__init__(
            choices=concept_choices, required=False, widget=forms.SelectMultiple(attrs={"size": 6}), **more
        )


class Languages(forms.MultipleChoiceField):
    def __init__(self, **more: Any) -> None:
        super().__init__(
            label=_("Languages"), choices=LANGUAGES, required=False, widget=forms.CheckboxSelectMultiple, **more
        )


class OrganisationField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """One of the organisations that the person acts for."""

    def __init__(self, **more: Any) -> None:
        super().__init__(queryset=Organisation.objects.none(), label=_("For which organisation"), **more)


class OfOrganisation(forms.Form):
    """Abstract: a form with `organisation`, which narrows to what the person acts for. Hidden where it is but one."""

    organisation = OrganisationField()

    def __init__(self, *args: Any, own: list[int], **more: Any) -> None:
        super().__init__(*args, **more)
        field = self.fields["organisation"]
        field.queryset = Organisation.objects.filter(pk__in=own).order_by("name")  # type: ignore[attr-defined]
        if len(own) == 1:
            field.initial, field.widget = own[0], forms.HiddenInput()
