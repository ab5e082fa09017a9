"""What a form says below a field is said in the reader's language: a model's own help is a note for developers."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator
from importlib import import_module

from django import forms

import poliedro


def model_forms(kind: type[forms.ModelForm] = forms.ModelForm) -> Iterator[type[forms.ModelForm]]:
    for own in kind.__subclasses__():
        yield own
        yield from model_forms(own)


def test_no_form_shows_the_help_that_a_model_writes_for_developers() -> None:
    for found in pkgutil.walk_packages(poliedro.__path__, "poliedro."):
        if found.name.split(".")[2:3] == ["forms"]:
            import_module(found.name)
    ours = [form for form in model_forms() if form.__module__.startswith("poliedro.")]
    assert ours
    assert [
        f"{form.__name__}.{name}: {field.help_text}"
        for form in ours
        for name, field in form.base_fields.items()
        if isinstance(field.help_text, str) and field.help_text
    ] == []
