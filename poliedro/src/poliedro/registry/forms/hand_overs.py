"""Forms of a hand-over: the day of leaving, an item, the clusters proposed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from poliedro.registry.forms.members import day_field
from poliedro.registry.models import Cluster, HandOverItem
from poliedro.shared.forms import offer

PARTIES = (("incubator", _("the incubator")), ("start_up", _("the start-up")))


class OpenForm(forms.Form):
    leaves_on = day_field(_("Leaves on"), today=False, help_text=_("Foreseen is enough."))


class SettleForm(forms.Form):
    """How an item stands."""

    state = forms.ChoiceField(label=_("State"), choices=HandOverItem.State.choices)
    note = forms.CharField(
        label=_("Note"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Where it stands or what was done; why, if it is not needed."),
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("state") == HandOverItem.State.NOT_NEEDED and not (data.get("note") or "").strip():
            self.add_error("note", _("Say why it is not needed."))
        return data


class DoneForm(SettleForm):
    """For whoever sees to an item: it is done, or it is not needed."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "state", [c for c in HandOverItem.State.choices if c[0] != HandOverItem.State.OPEN])


class ItemForm(SettleForm):
    """The same for the incubator: who sees to it, and by when."""

    owner = forms.ChoiceField(label=_("Who sees to it"))
    due_on = day_field(_("By when"), today=False)

    def __init__(self, *args: Any, clusters: Sequence[Cluster], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "owner", [*PARTIES, *((f"cluster:{c.key}", c.name) for c in clusters)])


class ClustersForm(forms.Form):
    clusters = forms.MultipleChoiceField(
        label=_("Clusters proposed"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("They read the checklist once the start-up has confirmed it."),
    )

    def __init__(self, *args: Any, clusters: Sequence[Cluster], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "clusters", [(c.key, c.name) for c in clusters])
