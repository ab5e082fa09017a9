"""Opening a scheme of vouchers, and paying for a service with one."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from poliedro.registry.models import Organisation, ServiceOffer
from poliedro.shared.forms import offer

SIZES = ("micro", "small", "medium", "large")


class SchemeForm(forms.Form):
    """What a voucher pays, for whom, for what, and from which budget."""

    name_it = forms.CharField(label=_("Name in Italian"), max_length=200)
    name_en = forms.CharField(label=_("Name in English"), max_length=200, required=False)
    description_it = forms.CharField(label=_("What it is for"), widget=forms.Textarea(attrs={"rows": 3}))
    face_eur = forms.DecimalField(
        label=_("What a voucher pays in all, EUR"), min_value=Decimal(1), max_digits=9, decimal_places=2
    )
    share = forms.IntegerField(
        label=_("Of each price it pays, %"),
        min_value=1,
        max_value=100,
        help_text=_("The rest is the firm's co-payment."),
    )
    budget_eur = forms.DecimalField(label=_("Budget, EUR"), min_value=Decimal(1), max_digits=11, decimal_places=2)
    valid_days = forms.IntegerField(label=_("Days for which it is good"), min_value=1, max_value=3000, initial=365)
    sizes = forms.MultipleChoiceField(
        label=_("Firms"),
        choices=[c for c in Organisation.SizeClass.choices if c[0] in SIZES],
        widget=forms.CheckboxSelectMultiple,
        required=False,
        initial=["micro", "small"],
        help_text=_("None chosen: firms of every size."),
    )
    kinds = forms.MultipleChoiceField(
        label=_("Services"),
        choices=ServiceOffer.Service.choices,
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=_("None chosen: services of every kind."),
    )
    without_rd = forms.BooleanField(label=_("Only services without R&D"), required=False, initial=True)
    providers = forms.ModelMultipleChoiceField(
        label=_("Partners who take it"),
        queryset=Organisation.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=_("None chosen: whoever gives the service."),
    )

    def __init__(self, *args: Any, providers: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["providers"].queryset = providers  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        if (found.get("budget_eur") or 0) < (found.get("face_eur") or 0):
            self.add_error("budget_eur", _("The budget is less than one voucher."))
        return found

    @property
    def scheme(self) -> dict[str, Any]:
        """The fields of the scheme."""
        data = {**self.cleaned_data, "share": Decimal(self.cleaned_data["share"]) / 100}
        return {**data, "providers": list(data["providers"])}


class CancelForm(forms.Form):
    reason = forms.CharField(label=_("Why it is cancelled"), max_length=300)


class UseForm(forms.Form):
    """vouchers: those that may pay for the service."""

    voucher = forms.ChoiceField(label=_("Voucher"))
    price_eur = forms.DecimalField(
        label=_("Price of the service, EUR"), min_value=Decimal("0.01"), max_digits=10, decimal_places=2
    )

    def __init__(self, *args: Any, vouchers: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "voucher", vouchers)
