"""A loan or a guarantee that a firm got, and the rates from which the aid in it is worked out."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from poliedro.funding.forms import AidForm, day_field, money_field
from poliedro.funding.models import AidRate
from poliedro.funding.rules.equivalent import Terms
from poliedro.funding.services.rates import OF_GUARANTEES, OF_LOANS

Rating = AidRate.Rating
RHYTHMS = [
    ("12", _("every year")),
    ("6", _("every six months")),
    ("3", _("every three months")),
    ("1", _("every month")),
]
PERCENT_KINDS = [k for k in AidRate.Kind if k not in (AidRate.Kind.LOAN_LIMIT, AidRate.Kind.GUARANTEE_LIMIT)]


def _percent(label: Any, *, required: bool = True, help_text: Any = "", most: int = 100) -> forms.DecimalField:
    return forms.DecimalField(
        label=label, required=required, help_text=help_text, min_value=Decimal(0), max_value=Decimal(most),
        max_digits=6, decimal_places=3,
    )  # fmt: skip


class EquivalentForm(AidForm):
    """Terms, and what an award says besides its amount."""

    instrument = forms.ChoiceField(label=_("Instrument"), choices=[("loan", _("loan")), ("guarantee", _("guarantee"))])
    way = forms.ChoiceField(
        label=_("How it is worked out"),
        choices=[
            ("market", _("by the market's price: reference rate, or premium that holds no aid")),
            ("share", _("as a share of the de minimis ceiling")),
        ],
        help_text=_("A share is for de minimis only, with collateral of at least half of the loan, and not for firms "
                    "in insolvency."),
    )  # fmt: skip
    lent_eur = money_field(_("Amount lent, or guaranteed, EUR"))
    months = forms.IntegerField(label=_("Months in all"), min_value=1, max_value=480)
    grace_months = forms.IntegerField(label=_("Months before repayment begins"), min_value=0, initial=0)
    every = forms.ChoiceField(label=_("Repaid"), choices=RHYTHMS)
    percent = _percent(_("Interest, or yearly premium, that the firm pays (%)"))
    rating = forms.ChoiceField(
        label=_("Rating of the firm"),
        help_text=_("Loans and guarantees have their own classes; a start-up has none."),
    )
    collateral = forms.ChoiceField(label=_("Collateral of a loan"), choices=AidRate.Collateral.choices)
    cover = _percent(
        _("For a share: percent of the loan that is covered"), required=False,
        help_text=_("By collateral for a loan, by the guarantee for a guarantee."),
    )  # fmt: skip
    granted_on = day_field(_("Granted on"))
    field_order = [
        "instrument", "way", "lent_eur", "months", "grace_months", "every", "percent", "rating", "collateral", "cover",
        "granted_on", "regime", "category", "measure", "reference", "costs_of", "pending_reason",
    ]  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["amount_eur"]
        own = [(str(_("Loan")), [(r.value, r.label) for r in Rating if r.value in OF_LOANS])]
        other = [(str(_("Guarantee")), [(r.value, r.label) for r in Rating if r.value in OF_GUARANTEES - {"new"}])]
        rating = self.fields["rating"]
        assert isinstance(rating, forms.ChoiceField)
        rating.choices = own + other

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if data.get("way") == "share" and data.get("regime") not in (None, "de_minimis"):
            self.add_error("way", _t("A share of the ceiling is for de minimis aid only."))
        if data.get("way") == "market" and data.get("rating") not in (
            OF_LOANS if data.get("instrument") == "loan" else OF_GUARANTEES
        ):
            self.add_error("rating", _t("This class is not of this instrument; choose one of the other group."))
        return data

    def terms(self) -> Terms:
        data = self.cleaned_data
        return Terms(data["lent_eur"], data["months"], data["percent"], data["grace_months"], int(data["every"]))

    def award(self) -> dict[str, Any]:
        """The fields of the award besides its amount."""
        names = ("regime", "category", "granted_on", "measure", "reference", "costs_of")
        return {n: self.cleaned_data[n] for n in names} | {
            "pending_reason": self.cleaned_data.get("pending_reason", "")
        }


class RateForm(forms.Form):
    """A rate that holds from a day."""

    kind = forms.ChoiceField(label=_("Kind of rate"), choices=[(k.value, k.label) for k in PERCENT_KINDS])
    rating = forms.ChoiceField(label=_("Rating"), choices=[("", "---"), *Rating.choices], required=False)
    collateral = forms.ChoiceField(
        label=_("Collateral"), choices=[("", "---"), *AidRate.Collateral.choices], required=False
    )
    percent = _percent(_("Percent"))
    valid_from = day_field(_("Holds from"), help_text=_("The rate before it ends on this day."))
    reference = forms.CharField(label=_("Published in"), max_length=200)
    confirmed = forms.ChoiceField(label=_("How sure it is"), choices=AidRate.Confirmed.choices)
