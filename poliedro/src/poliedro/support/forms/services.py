"""Forms about services: asking, keeping the catalogue, working on a case, saying what it was worth."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from poliedro.reference.models import Territory
from poliedro.registry.models import InnovationType, Organisation, ServiceOffer
from poliedro.shared.forms import offer
from poliedro.support.models import CaseResult, DeclineReason, Service, ServicePrice
from poliedro.support.rules.plan import Capacity

CENT = Decimal("0.01")


def _day() -> forms.DateInput:
    """The browser's own calendar; it takes the day in one format whatever the language."""
    return forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})


def _lines(rows: int) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


def provinces_of(code: str) -> Any:
    """The provinces of the region, for a choice."""
    return Territory.objects.filter(level="nuts3", parent__code=code, version="2016").order_by("name")


class NeedForm(forms.Form):
    """What somebody needs; for who acts for a firm of the register nothing else is asked."""

    text = forms.CharField(
        label=_("What do you need, in your own words?"),
        help_text=_("A few lines are enough: what you want to reach, by when, what you tried already."),
        widget=_lines(5),
        max_length=3000,
    )


class TakeForm(forms.Form):
    """What a firm of the register asked for by telephone or in a meeting. services: those that may be given."""

    service = forms.ChoiceField(label=_("Which service"), required=False)
    text = forms.CharField(label=_("What the firm needs"), widget=_lines(3), max_length=3000)
    contact_name = forms.CharField(label=_("Who asked"), max_length=200, required=False)
    email = forms.EmailField(
        label=_("E-mail"), required=False, help_text=_("The answer and the questions about its worth go there.")
    )
    phone = forms.CharField(label=_("Telephone"), max_length=40, required=False)
    answer = forms.CharField(label=_("What you told the firm"), widget=_lines(2), max_length=1000)

    def __init__(self, *args: Any, services: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "service", [("", _("something else")), *services])


class OtherNeedForm(NeedForm):
    """A need that the catalogue does not name."""

    kind = forms.ChoiceField(
        label=_("What comes nearest?"),
        choices=[("", _("I do not know")), *ServiceOffer.Service.choices],
        required=False,
    )
    innovation = forms.ChoiceField(
        label=_("What would you renew?"), choices=[("", _("I do not know")), *InnovationType.choices], required=False
    )
    cluster = forms.ChoiceField(
        label=_("Which cluster should answer?"), required=False, help_text=_("If you do not know, the agency answers.")
    )

    def __init__(self, *args: Any, clusters: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "cluster", [("", _("I do not know")), *clusters])


class AskerForm(forms.Form):
    """Who asks, without an account: the least by which one can be answered."""

    firm_name = forms.CharField(label=_("Name of your firm or body"), max_length=300)
    contact_name = forms.CharField(
        label=_("Your name"), max_length=200, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    email = forms.EmailField(
        label=_("E-mail"),
        help_text=_("You confirm the request through it, and the answer comes there."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    phone = forms.CharField(
        label=_("Telephone"), max_length=40, required=False, widget=forms.TextInput(attrs={"autocomplete": "tel"})
    )
    tax_code = forms.CharField(
        label=_("VAT number or tax code"),
        max_length=30,
        required=False,
        help_text=_("So that we find you in the register and need not ask again."),
    )
    size_class = forms.ChoiceField(
        label=_("How many people work there?"),
        choices=[
            ("", _("I do not know")),
            ("micro", _("fewer than 10")),
            ("small", _("10 to 49")),
            ("medium", _("50 to 249")),
            ("large", _("250 or more")),
        ],
        required=False,
    )
    territory = forms.ModelChoiceField(
        label=_("Province"), queryset=Territory.objects.none(), required=False, empty_label=_("elsewhere")
    )
    website = forms.CharField(required=False, widget=forms.HiddenInput)
    """A trap: people do not see it, and what fills it in is no person."""
    privacy = forms.BooleanField(
        label=_("Those who answer may use these data to answer me; I can withdraw the request at any time."),
    )

    def __init__(self, *args: Any, region_code: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["territory"].queryset = provinces_of(region_code)  # type: ignore[attr-defined]

    @property
    def is_trapped(self) -> bool:
        return bool(self.data.get("website"))


class FeedbackForm(forms.Form):
    SCALE = (
        ("5", _("5: very much")),
        ("4", "4"),
        ("3", "3"),
        ("2", "2"),
        ("1", _("1: not at all")),
    )
    usefulness = forms.ChoiceField(label=_("Was it useful?"), choices=SCALE, widget=forms.RadioSelect)
    promptness = forms.ChoiceField(label=_("Were you answered promptly?"), choices=SCALE, widget=forms.RadioSelect)
    would_return = forms.ChoiceField(
        label=_("Would you ask again?"),
        choices=[("yes", _("yes")), ("no", _("no")), ("", _("I do not know"))],
        widget=forms.RadioSelect,
        required=False,
    )
    text = forms.CharField(label=_("What should we do better?"), widget=_lines(4), required=False, max_length=2000)


class AnswerForm(forms.Form):
    text = forms.CharField(
        label=_("Answer to the firm"),
        widget=_lines(4),
        max_length=2000,
        help_text=_("It is sent by e-mail and shown on the firm's page of this request."),
    )


class DeclineForm(AnswerForm):
    reason = forms.ChoiceField(label=_("Why not"), choices=DeclineReason.choices)
    field_order = ("reason", "text")


class HandOverForm(forms.Form):
    cluster = forms.ChoiceField(label=_("To whom"))
    text = forms.CharField(label=_("Why"), max_length=500, required=False)

    def __init__(self, *args: Any, clusters: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "cluster", [*clusters, ("", _("the agency"))])
        self.fields["cluster"].required = False


class DeliveryForm(forms.Form):
    on = forms.DateField(label=_("Day"), widget=_day())
    hours = forms.DecimalField(label=_("Hours"), min_value=0, max_digits=8, decimal_places=2, required=False)
    cost_eur = forms.DecimalField(label=_("Cost in EUR"), min_value=0, max_digits=12, decimal_places=2, required=False)
    result = forms.CharField(
        label=_("What came of it"),
        max_length=300,
        error_messages={"required": _("Say in a line what came of it.")},
    )


class DropForm(forms.Form):
    because = forms.CharField(label=_("Why it is not given"), max_length=300)


class StepForm(forms.Form):
    kind = forms.ChoiceField(label=_("Service"), choices=ServiceOffer.Service.choices)
    innovation = forms.ChoiceField(
        label=_("What it renews"), choices=[("", _("not stated")), *InnovationType.choices], required=False
    )
    provider = forms.ModelChoiceField(label=_("Given by"), queryset=Organisation.objects.none())

    def __init__(self, *args: Any, providers: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["provider"].queryset = providers  # type: ignore[attr-defined]


class OutcomeForm(forms.Form):
    result = forms.ChoiceField(label=_("Result for the firm"), choices=CaseResult.choices)
    text = forms.CharField(label=_("In words"), max_length=500, required=False)
    follow_up_on = forms.DateField(
        label=_("Look again on"), widget=_day(), help_text=_("When somebody asks what has become of it.")
    )


class FollowUpForm(forms.Form):
    result = forms.ChoiceField(label=_("What has become of it"), choices=CaseResult.choices)
    text = forms.CharField(label=_("In words"), max_length=2000, required=False, widget=_lines(2))
    next_on = forms.DateField(
        label=_("Look once more on"), required=False, widget=_day(), help_text=_("Empty: the case is over.")
    )


class NoteForm(forms.Form):
    text = forms.CharField(label=_("Note"), widget=_lines(3), max_length=2000)
    for_client = forms.BooleanField(label=_("Send it to the firm too"), required=False)


class StopForm(AnswerForm):
    reason = forms.ChoiceField(label=_("Why it stops"), choices=DeclineReason.choices)
    field_order = ("reason", "text")


class AssignForm(forms.Form):
    person = forms.ChoiceField(label=_("Hand it to"))
    text = forms.CharField(label=_("Why"), max_length=300, required=False)

    def __init__(self, *args: Any, people: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "person", people)


class ServiceForm(forms.Form):
    """A service of the catalogue, in both languages."""

    kind = forms.ChoiceField(label=_("Service"), choices=ServiceOffer.Service.choices)
    name_it = forms.CharField(label=_("Name in Italian"), max_length=200)
    name_en = forms.CharField(label=_("Name in English"), max_length=200, required=False)
    description_it = forms.CharField(
        label=_("What the firm gets, in Italian"), widget=_lines(3), help_text=_("Plain words; begin with the result.")
    )
    description_en = forms.CharField(label=_("What the firm gets, in English"), widget=_lines(3), required=False)
    innovation = forms.ChoiceField(label=_("What it renews"), choices=InnovationType.choices)
    is_rd = forms.BooleanField(label=_("It is about R&D"), required=False)
    tier = forms.ChoiceField(label=_("How much of it"), choices=Service.Tier.choices)
    audiences = forms.MultipleChoiceField(
        label=_("For whom"),
        choices=ServiceOffer.Audience.choices,
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=_("Nothing chosen: for everybody."),
    )
    provider = forms.ModelChoiceField(label=_("Given by"), queryset=Organisation.objects.none())
    members_eur = forms.DecimalField(
        label=_("Price for members, EUR"),
        min_value=0,
        max_digits=10,
        decimal_places=2,
        required=False,
        help_text=_("0: free. Empty: on request."),
    )
    others_eur = forms.DecimalField(
        label=_("Price for others, EUR"), min_value=0, max_digits=10, decimal_places=2, required=False
    )
    unit = forms.ChoiceField(label=_("The price is"), choices=ServicePrice.Unit.choices)
    state_aid = forms.ChoiceField(label=_("State aid"), choices=Service.StateAid.choices, required=False)
    answer_days = forms.IntegerField(
        label=_("Answered within"), min_value=1, max_value=60, help_text=_("Working days. The firm is told the day.")
    )
    usual_hours = forms.DecimalField(
        label=_("Usual hours"), min_value=0, max_digits=6, decimal_places=2, required=False
    )
    yearly_capacity = forms.IntegerField(
        label=_("How often a year"), min_value=0, required=False, help_text=_("Empty: no limit.")
    )
    checklist = forms.CharField(
        label=_("Checklist"),
        widget=_lines(5),
        required=False,
        help_text=_("One thing to do a line, with its hours after a semicolon, such as: Collect the accounts; 2"),
    )
    priority = forms.ChoiceField(
        label=_("If money falls short"),
        choices=[
            ("1", _("1: goes first")),
            ("2", "2"),
            ("3", "3"),
            ("4", "4"),
            ("5", _("5: is kept the longest")),
        ],
    )

    def __init__(self, *args: Any, providers: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["provider"].queryset = providers  # type: ignore[attr-defined]

    def clean_checklist(self) -> list[dict[str, Any]]:
        lines = []
        for number, line in enumerate(self.cleaned_data["checklist"].splitlines(), 1):
            if not line.strip():
                continue
            text, _separator, hours = line.rpartition(";") if ";" in line else (line, "", "")
            amount = hours.strip().replace(",", ".")
            try:
                spent = str(Decimal(amount)) if amount else None
            except ArithmeticError:
                raise forms.ValidationError(
                    _("Line %(n)s: %(hours)s are no hours; write a number after the semicolon."),
                    params={"n": number, "hours": hours.strip()},
                ) from None
            lines.append({"it": text.strip(), "hours": spent})
        return lines


class PackageForm(forms.Form):
    name_it = forms.CharField(label=_("Name in Italian"), max_length=200)
    name_en = forms.CharField(label=_("Name in English"), max_length=200, required=False)
    description_it = forms.CharField(label=_("What the firm gets, in Italian"), widget=_lines(3))
    description_en = forms.CharField(label=_("What the firm gets, in English"), widget=_lines(3), required=False)
    discount = forms.DecimalField(
        label=_("Discount, %"), min_value=0, max_value=100, max_digits=4, decimal_places=1, initial=0
    )

    def __init__(self, *args: Any, services: list[tuple[str, str]], providers: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for n in range(1, 6):
            self.fields[f"service_{n}"] = forms.ChoiceField(
                label=_("Step %(n)s") % {"n": n}, choices=[("", "-"), *services], required=n <= 2
            )
            self.fields[f"provider_{n}"] = forms.ModelChoiceField(
                label=_("Step %(n)s, given by") % {"n": n},
                queryset=providers,
                required=False,
                help_text=_("Empty: whoever gives the service."),
            )


class PlanForm(forms.Form):
    """Four questions, nothing kept: which services suit a firm."""

    audience = forms.ChoiceField(label=_("What are you?"), choices=ServiceOffer.Audience.choices)
    wants = forms.MultipleChoiceField(
        label=_("What would you like to renew?"), choices=InnovationType.choices, widget=forms.CheckboxSelectMultiple
    )
    capacity = forms.ChoiceField(
        label=_("Who can give time to it?"),
        choices=[
            (Capacity.NOBODY.value, _("nobody for now")),
            (Capacity.SOMEBODY.value, _("somebody, a few hours a week")),
            (Capacity.TEAM.value, _("a team, or people for R&D")),
        ],
        widget=forms.RadioSelect,
    )
    budget_eur = forms.DecimalField(
        label=_("What could you spend, EUR?"), min_value=0, max_digits=10, decimal_places=2, required=False
    )
    member = forms.BooleanField(label=pgettext_lazy("plan", "My firm is a member of a cluster"), required=False)
