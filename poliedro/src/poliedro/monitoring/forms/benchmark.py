"""The form of the self-check: a level, a note and a file for each item."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from poliedro.monitoring.rules.excellence import Version


class SelfCheckForm(forms.Form):
    def __init__(self, *args: Any, version: Version, language: str, held: Mapping[str, Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.version, self.language = version, language
        levels = [("0", _("not at all")), ("1", _("a little")), ("2", _("half")), ("3", _("mostly")), ("4", _("fully"))]
        for item in version.items:
            own = held.get(item.key)
            self.fields[f"level_{item.key}"] = forms.ChoiceField(
                label=item.texts[language],
                choices=levels,
                required=False,
                initial="" if own is None else str(own.level),
                widget=forms.RadioSelect,
            )
            self.fields[f"note_{item.key}"] = forms.CharField(
                label=_("Note"), required=False, initial="" if own is None else own.note
            )
            self.fields[f"file_{item.key}"] = forms.FileField(
                label=_("Evidence"), required=False, help_text=item.evidence[language]
            )

    @property
    def levels(self) -> dict[str, int]:
        return {i.key: int(v) for i in self.version.items if (v := self.cleaned_data[f"level_{i.key}"])}

    @property
    def notes(self) -> dict[str, str]:
        return {i.key: self.cleaned_data[f"note_{i.key}"] for i in self.version.items}

    @property
    def uploads(self) -> dict[str, Any]:
        return {i.key: f for i in self.version.items if (f := self.cleaned_data[f"file_{i.key}"])}

    def sections(self) -> Iterator[tuple[str, list[tuple[Any, Any, Any, str]]]]:
        """Theme by theme: (label, [(level, note, file, item)])."""
        for theme, label in self.version.themes.items():
            yield (
                label[self.language],
                [
                    (self[f"level_{i.key}"], self[f"note_{i.key}"], self[f"file_{i.key}"], i.key)
                    for i in self.version.items
                    if i.theme == theme
                ],
            )
