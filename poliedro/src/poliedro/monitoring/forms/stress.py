"""The sliders of the stress test, and sharing a scenario."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

SHARES = ("fall", "fee_rise", "members_leaving", "price_rise", "sales_lost", "saving")


def _slider(label: Any, help_text: Any = "", most: int = 100, step: int = 5) -> forms.IntegerField:
    return forms.IntegerField(
        label=label,
        help_text=help_text,
        min_value=0,
        max_value=most,
        widget=forms.NumberInput(attrs={"type": "range", "min": 0, "max": most, "step": step}),
    )


class StressForm(forms.Form):
    """Percent in whole numbers; `shares` gives them as 0..1."""

    fall = _slider(_("ERDF falls by, %"))
    falls_on = forms.DateField(label=_("From"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}))
    reserve_eur = forms.DecimalField(
        label=_("Reserve today, EUR"),
        min_value=0,
        max_digits=12,
        decimal_places=2,
        help_text=_("Cash that may be spent. The first guess is the sum of the known years' surpluses."),
    )
    fee_rise = _slider(_("Fees rise by, %"), most=200)
    members_leaving = _slider(_("Members that leave, %"), most=60)
    price_rise = _slider(_("Service prices rise by, %"), most=200)
    sales_lost = _slider(_("Sales lost, %"), most=60)
    saving = _slider(_("Costs fall by, %"), most=60)

    def shares(self) -> dict[str, Decimal]:
        return {name: Decimal(self.cleaned_data[name]) / 100 for name in SHARES}


class SaveForm(forms.Form):
    name = forms.CharField(label=_("Name of the scenario"), max_length=120)


class ShareForm(forms.Form):
    email = forms.EmailField(label=_("E-mail of the person"), help_text=_("The one that the person signs in with."))
