"""Articles before numbers. See Note [Articles follow the number]."""

from __future__ import annotations

import pytest
from django.template import Context, Template
from django.utils.translation import gettext, ngettext, override

from poliedro.shared.italian import elide


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("copre il 80% della sua industria", "copre l'80% della sua industria"),
        ("Il 8,3% dei ricavi", "L'8,3% dei ricavi"),
        ("cala del 11% dal 8 novembre", "cala dell'11% dall'8 novembre"),
        ("del 1% e del 1,5%", "dell'1% e dell'1,5%"),
        ("varia del 0,4%", "varia dello 0,4%"),
        ("dei 11 aderenti, i 8.000 e ai 85", "degli 11 aderenti, gli 8.000 e agli 85"),
        ("al <strong>80%</strong>", "all'<strong>80%</strong>"),
        ("nel 811", "nell'811"),
        # these stay
        ("il 18%, del 10%, del 110, il 1.000, dal 2018", "il 18%, del 10%, del 110, il 1.000, dal 2018"),
        ("il 1 novembre, dal 01/11/2020, il 08/11/2020", "il 1 novembre, dal 01/11/2020, il 08/11/2020"),
        ("in mail 8, da 8 a 11, di 80", "in mail 8, da 8 a 11, di 80"),
    ],
)
def test_article_follows_the_number(written: str, said: str) -> None:
    assert elide(written) == said


def test_texts_of_the_catalogue_are_put_right_when_filled() -> None:
    with override("it"):
        assert gettext("%(cluster)s covers %(share)d%% of its industry") % {"cluster": "MESAP", "share": 8} == (
            "MESAP copre l'8% della sua industria"
        )
        drawn = Template(
            '{% load i18n %}{% blocktranslate with d="11 marzo" %}ask again on {{ d }}{% endblocktranslate %}'
        ).render(Context())
        assert drawn == "ricontattare l'11 marzo"
        plural = ngettext(
            "With %(fall)s%% less ERDF from %(day)s the reserve lasts %(n)s month from today",
            "With %(fall)s%% less ERDF from %(day)s the reserve lasts %(n)s months from today",
            2,
        )
        assert "l'80%" in plural % {"fall": "80", "day": "1 maggio", "n": 2}


def test_what_people_wrote_stays() -> None:
    with override("it"):
        assert Template("{{ text }}").render(Context({"text": "il 80 per cento"})) == "il 80 per cento"
