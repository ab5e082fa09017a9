"""What the aid in loans and guarantees is worked out from, with the days from and to (see `rules/equivalent.py`)."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class AidRate(models.Model):
    """A rate, or an amount over some years, that holds from a day; valid_to: the day from which it holds no more."""

    class Kind(models.TextChoices):
        BASE = "base", _("base rate of Italy")
        DISCOUNT = "discount", _("margin of the discount rate")
        MARGIN = "margin", _("margin of a loan")
        PREMIUM = "premium", _("premium of a guarantee")
        LOAN_LIMIT = "loan_limit", _("loan that counts as a share of the de minimis ceiling")
        GUARANTEE_LIMIT = "guarantee_limit", _("guarantee that counts as a share of the de minimis ceiling")
        LOAN_COLLATERAL = "loan_collateral", _("least part of the loan that collateral covers")
        GUARANTEE_SHARE = "guarantee_share", _("largest part of the loan that the guarantee covers")

    class Rating(models.TextChoices):
        STRONG = "strong", _("strong (AAA to A)")
        GOOD = "good", _("good (BBB)")
        SATISFACTORY = "satisfactory", _("satisfactory (BB)")
        WEAK = "weak", _("weak (B)")
        BAD = "bad", _("bad (CCC and below)")
        AAA = "aaa", _("AAA to AA-")
        A = "a", _("A+ to A-")
        BBB = "bbb", _("BBB+ to BBB-")
        BB = "bb", _("BB+ and BB")
        BB_MINUS = "bb_minus", _("BB- and B+")
        B = "b", _("B and B-")
        NEW = "new", _("no credit history (start-up)")

    class Collateral(models.TextChoices):
        HIGH = "high", pgettext_lazy("collateral", "high (loss up to 30%)")
        NORMAL = "normal", pgettext_lazy("collateral", "normal (loss of 31 to 59%)")
        LOW = "low", pgettext_lazy("collateral", "low (loss of 60% or more)")

    class Confirmed(models.TextChoices):
        TEXT = "text", _("read in the official text")
        SECOND_HAND = "second_hand", _("read in what others publish")
        UNCONFIRMED = "unconfirmed", _("not confirmed: compare with the text")

    kind = models.CharField(max_length=16, choices=Kind)
    rating = models.CharField(max_length=12, choices=Rating, blank=True)
    collateral = models.CharField(max_length=6, choices=Collateral, blank=True)
    percent = models.DecimalField(max_digits=6, decimal_places=3, null=True, blank=True)
    amount_eur = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    years = models.PositiveSmallIntegerField(default=0, help_text="Of an amount; 0 for a rate.")
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)
    reference = models.CharField(max_length=200)
    confirmed = models.CharField(max_length=11, choices=Confirmed)
    recorded_at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["kind", "rating", "collateral", "years", "-valid_from"]
        constraints = [
            models.CheckConstraint(
                condition=Q(percent__isnull=False, amount_eur=None, years=0)
                | Q(percent=None, amount_eur__isnull=False, years__gt=0),
                name="funding_aidrate_percent_or_amount",
            ),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gt=F("valid_from")), name="funding_aidrate_days"
            ),
            models.UniqueConstraint(
                fields=["kind", "rating", "collateral", "years", "valid_from"],
                name="funding_aidrate_once",
            ),
            models.UniqueConstraint(
                fields=["kind", "rating", "collateral", "years"],
                condition=Q(valid_to=None),
                name="funding_aidrate_one_open",
            ),
        ]

    def __str__(self) -> str:
        return " ".join(str(x) for x in (self.kind, self.rating, self.collateral) if x)
