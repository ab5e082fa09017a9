"""Forms of a cluster's managers: memberships, contacts, notes, fees, outreach, targets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from poliedro.registry.models import (
    Channel,
    Cluster,
    FeeRun,
    MembershipSpell,
    MembershipTarget,
    OutreachContact,
)
from poliedro.registry.rules.applications import LEAST_REASON
from poliedro.registry.services.relations import PURPOSES
from poliedro.shared.forms import offer

CATEGORIES = (
    (MembershipSpell.Category.ORDINARY, _("ordinary")),
    (MembershipSpell.Category.ASSOCIATE, _("associate")),
    (MembershipSpell.Category.EXTERNAL, _("external")),
    (MembershipSpell.Category.HONORARY, _("honorary")),
)
LEAVING = (
    (MembershipSpell.LeaveReason.NO_BENEFIT, _("saw no benefit")),
    (MembershipSpell.LeaveReason.COST, _("the fee")),
    (MembershipSpell.LeaveReason.CLOSED, _("closed down")),
    (MembershipSpell.LeaveReason.MERGED, _("went into another firm")),
    (MembershipSpell.LeaveReason.MOVED, _("moved away")),
    (MembershipSpell.LeaveReason.ARREARS, _("did not pay")),
    (MembershipSpell.LeaveReason.CLUSTER_MERGED, _("the cluster went into another")),
    (MembershipSpell.LeaveReason.NOT_STATED, _("not stated")),
)
PURPOSE_WORDS = {
    "news": _("newsletter"),
    "events": _("invitations to events"),
    "surveys": _("surveys"),
    "introductions": _("introductions to partners"),
}


def day_field(label: Any, *, required: bool = True, today: bool = True, help_text: Any = "") -> forms.DateField:
    """A day, with the browser's own calendar."""
    return forms.DateField(
        label=label,
        required=required,
        initial=timezone.localdate if today else None,
        help_text=help_text,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )


class JoinForm(forms.Form):
    on = day_field(_("Member from"))
    until = day_field(
        _("To"), required=False, today=False, help_text=_("The first day that no longer counts; empty: open.")
    )
    category = forms.ChoiceField(label=_("Category"), choices=CATEGORIES)
    fee_class = forms.CharField(
        label=_("Fee class"), required=False, max_length=20, help_text=_("Empty: the fee follows from the size class.")
    )


class RenewForm(forms.Form):
    until = day_field(
        _("Renew to"), required=False, today=False, help_text=_("The first day that no longer counts; empty: open.")
    )


class ChangeForm(forms.Form):
    on = day_field(_("From"))
    category = forms.ChoiceField(label=_("Category"), choices=CATEGORIES)
    fee_class = forms.CharField(label=_("Fee class"), required=False, max_length=20)


class LeaveForm(forms.Form):
    on = day_field(_("First day outside"))
    reason = forms.ChoiceField(label=_("Why"), choices=LEAVING)


class ContactForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=200)
    email = forms.EmailField(label=_("E-mail address"), required=False)
    phone = forms.CharField(label=_("Telephone"), max_length=40, required=False)
    position = forms.CharField(label=_("What the person does there"), max_length=120, required=False)
    is_main = forms.BooleanField(label=_("First to speak to"), required=False)


class ConsentForm(forms.Form):
    purposes = forms.MultipleChoiceField(
        label=_("Said yes to"),
        required=False,
        choices=[(p, PURPOSE_WORDS[p]) for p in PURPOSES],
        widget=forms.CheckboxSelectMultiple,
    )


class NoteForm(forms.Form):
    on = day_field(_("Day"))
    channel = forms.ChoiceField(label=_("How"), choices=Channel.choices)
    text = forms.CharField(
        label=_("What was said"),
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Read by the cluster's own managers alone."),
    )
    next_step = forms.CharField(label=_("What follows"), max_length=200, required=False)
    next_on = day_field(_("By when"), required=False, today=False)

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if data.get("next_on") and not data.get("next_step"):
            self.add_error("next_step", _("Say what is to follow by that day."))
        if data.get("next_on") and data.get("on") and data["next_on"] < data["on"]:
            self.add_error("next_on", _("It lies before the day of the note."))
        return data


class RateForm(forms.Form):
    fee_class = forms.CharField(
        label=_("Class"),
        max_length=20,
        help_text=_("A size class (micro, small, medium, large) or a name of your own."),
        widget=forms.TextInput(attrs={"list": "fee-classes"}),
    )
    amount_eur = forms.DecimalField(label=_("EUR a year"), min_value=0, max_digits=10, decimal_places=2)
    since = day_field(_("From"))


class RunForm(forms.Form):
    year = forms.IntegerField(label=_("Year"), min_value=2000, max_value=2100)
    part = forms.ChoiceField(
        label=_("Members of part of the year pay"), choices=FeeRun.Part.choices, widget=forms.RadioSelect
    )
    issued_on = day_field(_("Issued on"))
    due_on = day_field(_("Due on"), today=False)

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if data.get("due_on") and data.get("issued_on") and data["due_on"] < data["issued_on"]:
            self.add_error("due_on", _("It lies before the day of issue."))
        return data


class PaymentForm(forms.Form):
    on = day_field(_("Came in on"))
    amount_eur = forms.DecimalField(label=_("EUR"), max_digits=10, decimal_places=2)
    reference = forms.CharField(label=_("Reference"), max_length=120, required=False)


class CancelForm(forms.Form):
    reason = forms.CharField(label=_("Why it is cancelled"), max_length=200)


class TargetForm(forms.Form):
    aspect = forms.ChoiceField(label=_("What is to grow"), choices=MembershipTarget.Aspect.choices)
    target = forms.IntegerField(label=_("To how many"), min_value=0, max_value=1_000_000)
    due_on = day_field(_("By when"), today=False)

    def clean_due_on(self) -> Any:
        if self.cleaned_data["due_on"] <= timezone.localdate():
            raise forms.ValidationError(_("Choose a day to come."))
        return self.cleaned_data["due_on"]


class OutreachForm(forms.Form):
    name = forms.CharField(label=_("Name of the round"), max_length=120)
    goal = forms.CharField(label=_("What it is to achieve"), max_length=300, required=False)
    starts_on = day_field(_("From"))
    ends_on = day_field(_("Last day"), today=False)
    reason = forms.ChoiceField(
        label=_("Whom to reach"),
        choices=[
            ("small", _("micro and small firms first")),
            ("beyond", _("firms beyond the catchment")),
            ("start_up", _("start-ups")),
            ("inside", _("firms of the cluster's own industry")),
            ("", _("the best fit of all")),
        ],
        required=False,
    )
    number = forms.IntegerField(label=_("How many"), min_value=1, max_value=500, initial=30)

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if data.get("starts_on") and data.get("ends_on") and data["ends_on"] < data["starts_on"]:
            self.add_error("ends_on", _("It lies before the first day."))
        return data


class StepForm(forms.Form):
    on = day_field(_("Day"))
    channel = forms.ChoiceField(label=_("How"), choices=Channel.choices)
    state = forms.ChoiceField(
        label=_("What came of it"),
        choices=[
            (s.value, s.label)
            for s in OutreachContact.State
            if s not in (OutreachContact.State.LISTED, OutreachContact.State.JOINED)
        ],
        widget=forms.RadioSelect,
    )
    reason = forms.ChoiceField(
        label=_("If it declined: why"), choices=[("", "---"), *OutreachContact.Reason.choices], required=False
    )
    offer = forms.ChoiceField(label=_("What was offered"), choices=OutreachContact.Offer.choices, required=False)
    note = forms.CharField(label=_("Note"), widget=forms.Textarea(attrs={"rows": 3}), required=False)
    next_on = day_field(_("Ask again on"), required=False, today=False)

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if data.get("state") == OutreachContact.State.REFUSED and not data.get("reason"):
            self.add_error("reason", _("Choose why; the reasons show what to offer others."))
        return data


class ApplicationForm(forms.Form):
    """A firm's representative asks to join. clusters: those that it may ask."""

    cluster = forms.ChoiceField(label=_("Which cluster"))
    category = forms.ChoiceField(
        label=_("As what"),
        choices=CATEGORIES[:2],
        help_text=_("An associate takes part without a vote; the cluster's managers may propose the other one."),
    )
    motive = forms.CharField(
        label=_("What you look for, and what you bring"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Read by the cluster's managers alone."),
    )

    def __init__(self, *args: Any, clusters: Sequence[Cluster], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "cluster", [(c.key, c.name) for c in clusters])


class AcceptForm(forms.Form):
    on = day_field(_("Member from"))
    category = forms.ChoiceField(label=_("Category"), choices=CATEGORIES)
    fee_class = forms.CharField(
        label=_("Fee class"), required=False, max_length=20, help_text=_("Empty: the fee follows from the size class.")
    )
    reason = forms.CharField(
        label=_("A word of welcome"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("The applicant reads it."),
    )


class RefuseForm(forms.Form):
    reason = forms.CharField(
        label=_("Why not"),
        min_length=LEAST_REASON,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("The applicant reads it; say what would have to change."),
    )
