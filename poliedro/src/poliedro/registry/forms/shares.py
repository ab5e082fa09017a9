"""The form of a project's parts: one field a cluster, in percent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from poliedro.registry.models import Cluster

HUNDRED = Decimal(100)


class SharesForm(forms.Form):
    """held: the parts as they are, 0..1. Says what is missing to 100, or what is too much."""

    def __init__(
        self, data: Any = None, *, clusters: Sequence[Cluster], held: Mapping[int, Decimal], **options: Any
    ) -> None:
        super().__init__(data, **options)
        self.clusters = list(clusters)
        for cluster in self.clusters:
            part = held.get(cluster.pk)
            self.fields[f"part-{cluster.pk}"] = forms.DecimalField(
                label=f"{cluster.name}, %",
                required=False,
                min_value=0,
                max_value=100,
                decimal_places=6,
                initial=None if part is None else (part * HUNDRED).normalize(),
            )

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if self.errors:
            return data
        total = sum(self.parts().values(), Decimal(0)) * HUNDRED
        if total and total != HUNDRED:
            missing = HUNDRED - total
            said = {"total": total.normalize(), "n": abs(missing).normalize()}
            raise forms.ValidationError(
                _("The parts add up to %(total)s%%: %(n)s%% is missing.") % said
                if missing > 0
                else _("The parts add up to %(total)s%%: that is %(n)s%% too much.") % said
            )
        return data

    def parts(self) -> dict[Cluster, Decimal]:
        """The parts over 0, as a share of 1."""
        return {c: part / HUNDRED for c in self.clusters if (part := self.cleaned_data.get(f"part-{c.pk}"))}
