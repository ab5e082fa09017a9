from __future__ import annotations

import gettext
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path

import pytest

from poliedro.config.catalogue import (
    InvalidCatalogue,
    Message,
    catalogue_of,
    compile_mo,
    merge_parts,
    messages_in_python,
    messages_in_template,
    messages_of,
    read_part,
    write_po,
)

ROOT = Path(find_spec("poliedro").origin).parent  # type: ignore[union-attr,arg-type]


def test_compiled_catalogue_is_read_by_gettext() -> None:
    part = read_part('msgid "cluster"\nmsgstr "polo"\n\nmsgctxt "verb"\nmsgid "load"\nmsgstr "carica"\n')
    reader = gettext.GNUTranslations(BytesIO(compile_mo(part, "it")))
    assert reader.gettext("cluster") == "polo"
    assert reader.pgettext("verb", "load") == "carica"
    assert reader.gettext("load") == "load"


def test_counted_messages_have_two_forms() -> None:
    part = read_part('msgid "a firm"\nmsgid_plural "%d firms"\nmsgstr[0] "una impresa"\nmsgstr[1] "%d imprese"\n')
    reader = gettext.GNUTranslations(BytesIO(compile_mo(part, "it")))
    assert [reader.ngettext("a firm", "%d firms", n) for n in (1, 2)] == ["una impresa", "%d imprese"]


def test_texts_over_several_lines_are_joined() -> None:
    assert read_part('msgid ""\n"one "\n"two"\nmsgstr "uno due"\n')[0].text == "one two"


def test_written_catalogue_reads_back_the_same() -> None:
    messages = [Message('say "x"\n', "", "note", ('di\' "x"\n',)), Message("row", "rows", "", ("riga", "righe"))]
    again = read_part(write_po(messages, "it"))
    assert [(m.text, m.plural, m.context, m.translations) for m in again] == [
        (m.text, m.plural, m.context, m.translations) for m in messages
    ]


def test_unreadable_line_is_named() -> None:
    with pytest.raises(InvalidCatalogue, match=r"mine\.po, line 2"):
        read_part('msgid "a"\nmsgstr a', "mine.po")


def test_two_translations_of_one_message_are_refused() -> None:
    one, other = (read_part(f'msgid "load"\nmsgstr "{t}"', f"{t}.po") for t in ("carico", "caricamento"))
    with pytest.raises(InvalidCatalogue, match=r"carico\.po"):
        merge_parts([one, other])


def test_translated_message_wins_over_an_empty_one() -> None:
    empty, full = read_part('msgid "a"\nmsgstr ""'), read_part('msgid "a"\nmsgstr "b"')
    assert merge_parts([empty, full])[0].translations == ("b",)


def test_messages_are_found_in_python() -> None:
    source = (
        "from django.utils.translation import gettext as _, ngettext\n"
        'a = _("one " "text")\nb = ngettext("a firm", "%d firms", n)\nc = print("no")\nd = _(label)\n'
    )
    assert [(m.text, m.plural) for m in messages_in_python(source, "x.py")] == [
        ("one text", ""),
        ("a firm", "%d firms"),
    ]


def test_percent_sign_in_a_template_is_found_in_italian() -> None:
    from django.template import Context, Template
    from django.utils import translation

    source = "{% load i18n %}" + '{% translate "coverage, %" %}'
    with translation.override("it"):
        assert Template(source).render(Context()) == "copertura, %"


def test_message_put_together_at_run_time_is_refused() -> None:
    source = 'from django.utils.translation import gettext as _\na = _(f"hello {name}")\n'
    with pytest.raises(InvalidCatalogue, match=r"x\.py, line 2"):
        list(messages_in_python(source, "x.py"))


def test_messages_are_found_in_templates() -> None:
    source = (
        '{% translate "one" %}{% comment %}{% translate "no" %}{% endcomment %}'
        "{% blocktranslate count n=a %}{{ n }} firm{% plural %}{{ n }} firms at 5%{% endblocktranslate %}"
        "{% blocktranslate trimmed %}\n  two\n  lines\n{% endblocktranslate %}"
        '{{ x|default:_("three") }}'
    )
    assert [(m.text, m.plural) for m in messages_in_template(source, "x.html")] == [
        ("one", ""),
        ("%(n)s firm", "%(n)s firms at 5%%"),
        ("two lines", ""),
        ("three", ""),
    ]


def test_every_text_of_the_interface_has_its_italian() -> None:
    translated = {(m.context, m.text, m.plural) for m in catalogue_of(ROOT / "locale") if m.is_translated}
    missing = [f"{m.place}: {m.text}" for m in messages_of(ROOT) if (m.context, m.text, m.plural) not in translated]
    assert not missing, "write them in locale/parts/; `poliedro messages --missing` prints them"


def test_translations_keep_the_blanks_of_the_text() -> None:
    import re

    def blanks(text: str) -> set[str]:
        return set(re.findall(r"%\(\w+\)[sd]|%[sd]|\{\w*\}", text))

    wrong = [
        m.text
        for m in catalogue_of(ROOT / "locale")
        for t in m.translations
        if not blanks(t) <= blanks(m.text) | blanks(m.plural) or (not m.plural and blanks(t) != blanks(m.text))
    ]
    assert not wrong
