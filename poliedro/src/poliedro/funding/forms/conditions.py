"""A condition as a form: its comparisons and groups as parts that are added, changed and taken out one by one.

Each part has a path ("0" is the whole, "0.1" its second part), and its fields are named by it: 0.1-what, 0.1-fact, ...
So a form that was sent tells the whole condition, and no script is needed to change its shape.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from poliedro.funding.rules.conditions import LIMITS, TAKES, Condition
from poliedro.funding.rules.facts import FACTS, Kind
from poliedro.shared.refusals import Refusal

ROOT = "0"
FACT, EVERYBODY, WHEN = "fact", "everybody", "when"
LISTS = ("all", "any")
AMOUNTS = ("partners", "cost_share")
GROUPS = (*LISTS, "not", WHEN, "every_partner", "some_partner", *AMOUNTS)
DEEPEST = 6
MOST_PARTS = 12
"""Bounds for what is added here; a condition that was written as data keeps what it has beyond them."""
READABLE = 40


class IncompletePart(Refusal):
    """A part that says nothing yet: it lacks its fact, comparison, value or limit."""


@dataclass(frozen=True)
class Part:
    """what: a comparison of a fact, a group of parts, or everybody. least, most: limits of a count or a share."""

    what: str = FACT
    fact: str = ""
    comparison: str = ""
    value: str = ""
    least: str = ""
    most: str = ""
    parts: tuple[Part, ...] = ()


def part_of(condition: Condition) -> Part:
    """A condition as the form shows it."""
    if not condition:
        return Part(EVERYBODY)
    if "fact" in condition:
        name = next(k for k in condition if k != "fact")
        return Part(FACT, condition["fact"], name, shown(condition[name]))
    if WHEN in condition:
        return Part(WHEN, parts=(part_of(condition[WHEN]), part_of(condition["then"])))
    what = next(k for k in GROUPS if k in condition)
    limits = [shown(condition[n]) if n in condition else "" for n in LIMITS]
    inner = condition[what]
    if what not in LISTS and isinstance(inner, Mapping):
        inner = inner["all"] if len(inner.get("all", ())) > 1 else ([inner] if inner else [])
    return Part(what, least=limits[0], most=limits[1], parts=tuple(part_of(c) for c in inner))


def condition_of(part: Part, name: str = "") -> dict[str, Any]:
    """The condition that the form says. Raises IncompletePart."""
    name = name or _("the condition")
    if part.what == EVERYBODY:
        return {}
    if part.what == FACT:
        if not (part.fact in FACTS and part.comparison and part.value.strip()):
            raise IncompletePart("%(part)s: choose the fact, the comparison and the value", part=name)
        return {FACT: part.fact, part.comparison: read_typed(part.fact, part.comparison, part.value)}
    parts = [condition_of(p, numbered(name, i)) for i, p in enumerate(part.parts)]
    if part.what == WHEN:
        return {WHEN: parts[0], "then": parts[1]}
    if part.what in LISTS:
        return {part.what: parts}
    inner = {} if not parts else (parts[0] if len(parts) == 1 else {"all": parts})
    if part.what not in AMOUNTS:
        return {part.what: inner}
    limits = {n: read_number(v) for n, v in zip(LIMITS, (part.least, part.most), strict=True) if v.strip()}
    if not limits:
        raise IncompletePart("%(part)s: say at least or at most how many, or how much", part=name)
    return {part.what: inner, **limits}


def numbered(name: str, i: int) -> str:
    """How the i-th part of a part is called: 1, 1.2, 1.2.1."""
    return f"{name}.{i + 1}" if name and name[0].isdigit() else str(i + 1)


def read_part(data: Any, path: str = ROOT, depth: int = 0) -> Part:
    """The part that was sent; one whose kind was changed keeps what it said as far as the new kind can say it."""
    what = data.get(f"{path}-what", FACT)
    inner: list[Part] = []
    while depth < READABLE and f"{path}.{len(inner)}-what" in data:
        inner.append(read_part(data, f"{path}.{len(inner)}", depth + 1))
    own = Part(FACT, data.get(f"{path}-fact", ""), data.get(f"{path}-op", ""), ", ".join(data.getlist(f"{path}-value")))
    if what == EVERYBODY:
        return Part(EVERYBODY)
    if what not in GROUPS:
        first = own if own.fact or not inner else next((p for p in _comparisons(inner)), own)
        return _taking(first)
    inner = inner or ([_taking(own)] if own.fact else [])
    return _filled(
        Part(what, least=data.get(f"{path}-least", ""), most=data.get(f"{path}-most", ""), parts=tuple(inner))
    )


def _comparisons(parts: Any) -> Any:
    for part in parts:
        if part.what == FACT:
            yield part
        yield from _comparisons(part.parts)


def _taking(part: Part) -> Part:
    """With a comparison that the fact takes."""
    if part.fact not in FACTS:
        return replace(part, fact="")
    takes = TAKES[FACTS[part.fact].kind]
    return part if part.comparison in takes else replace(part, comparison=takes[0])


def _filled(part: Part) -> Part:
    """With as many parts as its kind needs."""
    parts = part.parts
    if part.what == WHEN:
        parts = (*parts, Part(), Part())[: max(2, len(parts))]
        if len(parts) > 2:
            parts = (parts[0], Part("all", parts=parts[1:]))
    elif not parts and part.what not in AMOUNTS:
        parts = (Part(),)
    return replace(part, parts=parts)


def changed(part: Part, act: str) -> tuple[Part, str]:
    """The part after a button was pressed ("add:0.1", "group:0", "drop:0.1"), and the path that then has the focus."""
    verb, _sign, path = act.partition(":")
    steps = [int(n) if n.isdecimal() else -1 for n in path.split(".")[1:]]
    new = {"add": Part(), "group": Part("all", parts=(Part(),))}.get(verb)
    if verb == "drop" and steps:
        return _at(part, steps[:-1], lambda p: _without(p, steps[-1])), path.rpartition(".")[0]
    if new is None:
        return part, ""
    found = part
    for i in steps:
        if not 0 <= i < len(found.parts):
            return part, ""
        found = found.parts[i]
    if not can_grow(found, path):
        return part, ""
    return _at(part, steps, lambda p: replace(p, parts=(*p.parts, new))), f"{path}.{len(found.parts)}"


def can_grow(part: Part, path: str) -> bool:
    """Whether a comparison or a group may be added to the part."""
    return part.what in GROUPS and part.what != WHEN and len(part.parts) < MOST_PARTS and path.count(".") < DEEPEST


def _without(part: Part, gone: int) -> Part:
    return _filled(replace(part, parts=tuple(p for i, p in enumerate(part.parts) if i != gone)))


def _at(part: Part, steps: list[int], change: Callable[[Part], Part]) -> Part:
    if not steps:
        return change(part)
    return replace(
        part, parts=tuple(_at(p, steps[1:], change) if i == steps[0] else p for i, p in enumerate(part.parts))
    )


# --- values as they are typed -----------------------------------------------------------------------------------------
def read_typed(key: str, comparison: str, text: str) -> Any:
    """What was typed as a comparison's value: a list, yes or no, a number or text."""
    text = text.strip()
    if comparison in ("in", "under"):
        return [part.strip() for part in text.split(",") if part.strip()]
    if FACTS[key].kind is Kind.FLAG:
        return text.lower() in {"yes", "sì", "si", "true", "1"}
    return read_number(text) if FACTS[key].kind is Kind.NUMBER else text


GROUPED = {"it": (".", ","), "en": (",", ".")}
"""Language -> the sign between thousands, the sign before decimals."""


def read_number(text: str) -> Any:
    """A number as it is written in the reader's language (400.000 or 0,5 in Italian); "0.5" is read in both.

    What is no number, or could be two, is left for the rules to refuse.
    """
    plain = text.strip().replace("\u00a0", "").replace(" ", "").removesuffix("€")
    group, point = _signs()
    if re.fullmatch(rf"[1-9]\d{{0,2}}(\{group}\d{{3}})+(\{point}\d+)?", plain):
        plain = plain.replace(group, "").replace(point, ".")
    elif re.fullmatch(rf"\d+\{point}\d+", plain) or re.fullmatch(r"0[.,]\d+", plain):
        plain = plain.replace(",", ".")
    elif not re.fullmatch(r"\d+([.]\d{1,2})?", plain):
        return text
    return plain_number(Decimal(plain))


def _signs() -> tuple[str, str]:
    return GROUPED["it" if (get_language() or "").startswith("it") else "en"]


def plain_number(number: Decimal) -> int | float:
    """A number as a call's document holds it."""
    return int(number) if number == number.to_integral_value() else float(number)


def shown(value: Any) -> str:
    """A value of a rule as the form shows it, and reads it again."""
    if isinstance(value, list | tuple):
        return ", ".join(str(v) for v in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value).replace(".", _signs()[1]) if isinstance(value, int | float) else str(value)
