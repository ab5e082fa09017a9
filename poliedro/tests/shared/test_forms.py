from __future__ import annotations

import pytest
from django import forms

from poliedro.shared.forms import offer


class _Asked(forms.Form):
    cluster = forms.ChoiceField()
    text = forms.CharField(required=False)


def test_offered_choices_are_taken_and_shown_and_no_others() -> None:
    form = _Asked({"cluster": "mesap"})
    offer(form, "cluster", (pair for pair in [("agrifood", "Agrifood"), ("mesap", "MESAP")]))
    assert form.is_valid()
    assert str(form).count("<option") == 2
    other = _Asked({"cluster": "clever"})
    offer(other, "cluster", [("agrifood", "Agrifood")])
    assert not other.is_valid()


def test_field_that_chooses_from_nothing_is_refused_by_name() -> None:
    with pytest.raises(TypeError, match="text of _Asked is a CharField"):
        offer(_Asked(), "text", [])
