"""A questionnaire as data: dimensions, sections, questions, branching, scores. Read and checked here.

show_if: {question: exports, in: [some, many]}           one earlier answer is among these
show_if: {question: persons, at_least: 10}               a number reaches it
show_if: {all: [...]}, {any: [...]}, {not: ...}           put together
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

KINDS = ("one", "many", "scale", "number", "text")
LANGUAGES = ("it", "en")
MOST_TEXT = 2000


class InvalidQuestionnaire(ValueError):
    """The questionnaire's file breaks a rule; the message names the place and the remedy."""


class InvalidAnswer(ValueError):
    """The answer is none that the question takes."""


Texts = Mapping[str, str]


@dataclass(frozen=True)
class Option:
    key: str
    text: Texts
    score: float | None


@dataclass(frozen=True)
class Question:
    """kind: one, many (options), scale (1 to `points`), number or text. score: of an option, 0 to 100; those of `many`
    add up, at most to 100; a scale runs from 0 to 100. dimension: where the score counts, with its weight."""

    key: str
    kind: str
    text: Texts
    help: Texts
    options: tuple[Option, ...]
    points: int
    required: bool
    dimension: str
    weight: float
    show_if: Mapping[str, Any] | None
    reverse: bool = False
    ends: Texts = field(default_factory=dict)
    """What the two ends of a scale mean, by language, parted by "/"."""

    @property
    def is_scored(self) -> bool:
        return bool(self.dimension)


@dataclass(frozen=True)
class Section:
    key: str
    title: Texts
    questions: tuple[Question, ...]


@dataclass(frozen=True)
class Band:
    """From this score on. text: what it means; next_step: what fits next, and door: where on the site it is found."""

    key: str
    least: float
    title: Texts
    text: Texts
    next_step: Texts
    door: str


@dataclass(frozen=True)
class Dimension:
    key: str
    title: Texts
    weight: float
    bands: tuple[Band, ...]


@dataclass(frozen=True)
class Definition:
    key: str
    version: int
    title: Texts
    intro: Texts
    sections: tuple[Section, ...]
    dimensions: tuple[Dimension, ...]
    bands: tuple[Band, ...]

    def questions(self) -> Iterator[Question]:
        for section in self.sections:
            yield from section.questions

    def question(self, key: str) -> Question | None:
        return next((q for q in self.questions() if q.key == key), None)


def said(texts: Texts, language: str) -> str:
    """The text in that language, else in the first one."""
    return texts.get(language) or next(iter(texts.values()), "")


def read_definition(raw: Mapping[str, Any]) -> Definition:
    """Raises InvalidQuestionnaire."""
    key = str(raw.get("key", ""))
    where = key or "questionnaire"
    if not key or not isinstance(raw.get("version"), int):
        raise InvalidQuestionnaire(f"{where} needs a key and a version that is a whole number")
    dimensions = tuple(
        Dimension(d["key"], _texts(d, "title", where), float(d.get("weight", 1)), _bands(d.get("bands", ()), where))
        for d in raw.get("dimensions", ())
    )
    known = {d.key for d in dimensions}
    seen: set[str] = set()
    sections = []
    for part in raw.get("sections", ()):
        questions = tuple(_question(q, known, seen, f"{where}, {part['key']}") for q in part["questions"])
        if not questions:
            raise InvalidQuestionnaire(f"{where}, section {part['key']} has no question; drop it")
        sections.append(Section(part["key"], _texts(part, "title", where), questions))
    if not sections:
        raise InvalidQuestionnaire(f"{where} has no section; add one with a question")
    unasked = known - {q.dimension for s in sections for q in s.questions}
    if unasked:
        raise InvalidQuestionnaire(f"{where}: dimension {sorted(unasked)[0]} has no question; ask one or drop it")
    return Definition(
        key,
        raw["version"],
        _texts(raw, "title", where),
        _texts(raw, "intro", where),
        tuple(sections),
        dimensions,
        _bands(raw.get("bands", ()), where),
    )


def _texts(raw: Mapping[str, Any], name: str, where: str, needed: bool = True) -> Texts:
    texts = raw.get(name) or {}
    missing = [language for language in LANGUAGES if not texts.get(language)]
    if missing and (needed or texts):
        raise InvalidQuestionnaire(
            f"{where}: {name} of {raw.get('key', '?')} has no text in {missing[0]}; translate it"
        )
    return {str(k): str(v) for k, v in texts.items()}


def _bands(raw: Any, where: str) -> tuple[Band, ...]:
    bands = tuple(
        Band(
            b["key"],
            float(b.get("from", 0)),
            _texts(b, "title", where),
            _texts(b, "text", where, needed=False),
            _texts(b, "next", where, needed=False),
            str(b.get("door", "")),
        )
        for b in raw
    )
    starts = [b.least for b in bands]
    if bands and (starts[0] != 0 or starts != sorted(set(starts))):
        raise InvalidQuestionnaire(f"{where}: bands begin at {starts}; the first at 0, then each higher")
    return bands


def _question(raw: Mapping[str, Any], dimensions: set[str], seen: set[str], where: str) -> Question:
    key = raw["key"]
    if key in seen:
        raise InvalidQuestionnaire(f"{where}: question {key} appears twice; rename one")
    if raw["kind"] not in KINDS:
        raise InvalidQuestionnaire(f"{where}: {key} is of kind {raw['kind']!r}; it can be {', '.join(KINDS)}")
    dimension = raw.get("dimension", "")
    if dimension and dimension not in dimensions:
        raise InvalidQuestionnaire(f"{where}: {key} counts in {dimension!r}, which is no dimension")
    options = tuple(
        Option(
            str(o["key"]), _texts(o, "text", f"{where}, {key}"), None if o.get("score") is None else float(o["score"])
        )
        for o in raw.get("options", ())
    )
    if raw["kind"] in ("one", "many"):
        if len(options) < 2 or len({o.key for o in options}) < len(options):
            raise InvalidQuestionnaire(f"{where}: {key} needs two or more options with distinct keys")
        if dimension and any(o.score is None or not 0 <= o.score <= 100 for o in options if o.key != "unknown"):
            raise InvalidQuestionnaire(f"{where}: every option of {key} needs a score from 0 to 100")
    for named in _named(raw.get("show_if")):
        if named not in seen:
            raise InvalidQuestionnaire(f"{where}: {key} depends on {named}, which is not asked before it")
    seen.add(key)
    return Question(
        key,
        raw["kind"],
        _texts(raw, "text", where),
        _texts(raw, "help", where, needed=False),
        options,
        int(raw.get("points", 5)),
        bool(raw.get("required", True)),
        dimension,
        float(raw.get("weight", 1)),
        raw.get("show_if"),
        bool(raw.get("reverse", False)),
        _texts(raw, "ends", where, needed=False),
    )


def _named(condition: Any) -> Iterator[str]:
    """The questions that a condition asks about."""
    if not condition:
        return
    if "question" in condition:
        yield condition["question"]
    for key in ("all", "any"):
        for part in condition.get(key, ()):
            yield from _named(part)
    yield from _named(condition.get("not"))


Answers = Mapping[str, Any]


def is_shown(question: Question, answers: Answers) -> bool:
    """Whether a person with these answers sees the question."""
    return question.show_if is None or holds(question.show_if, answers)


def holds(condition: Mapping[str, Any], answers: Answers) -> bool:
    """Whether a condition holds; one about a question that was not answered does not."""
    if "all" in condition:
        return all(holds(c, answers) for c in condition["all"])
    if "any" in condition:
        return any(holds(c, answers) for c in condition["any"])
    if "not" in condition:
        return not holds(condition["not"], answers)
    given = answers.get(condition["question"])
    if given is None:
        return False
    if "at_least" in condition:
        return isinstance(given, int | float) and given >= condition["at_least"]
    wanted = {str(v) for v in condition["in"]}
    return bool(wanted & {str(v) for v in (given if isinstance(given, list) else [given])})


def shown(questions: tuple[Question, ...], answers: Answers) -> list[Question]:
    """The questions that a person with these answers sees, in order."""
    return [q for q in questions if is_shown(q, answers)]


def visible_answers(definition: Definition, answers: Answers) -> dict[str, Any]:
    """The answers that count: those to questions still shown. An answer given on a branch since left does not."""
    kept: dict[str, Any] = {}
    for question in definition.questions():
        if question.key in answers and is_shown(question, kept):
            kept[question.key] = answers[question.key]
    return kept


def check_answer(question: Question, value: Any) -> Any:
    """The answer in normal form; None where nothing was answered. Raises InvalidAnswer."""
    if value is None or value in ("", []):
        return None
    if question.kind == "one":
        if value not in {o.key for o in question.options}:
            raise InvalidAnswer(f"{question.key}: {value!r} is no option")
        return value
    if question.kind == "many":
        given = [value] if isinstance(value, str) else list(value)
        allowed = [o.key for o in question.options]
        if wrong := [v for v in given if v not in allowed]:
            raise InvalidAnswer(f"{question.key}: {wrong[0]!r} is no option")
        return [k for k in allowed if k in given]
    if question.kind == "text":
        return str(value).strip()[:MOST_TEXT] or None
    try:
        number = float(str(value).replace(",", "."))
    except ValueError as error:
        raise InvalidAnswer(f"{question.key}: {value!r} is no number") from error
    if question.kind == "scale" and not (number.is_integer() and 1 <= number <= question.points):
        raise InvalidAnswer(f"{question.key}: {value!r} is not on the scale from 1 to {question.points}")
    if not 0 <= number < 1e15:
        raise InvalidAnswer(f"{question.key}: {value!r} is not a number of 0 or more")
    return int(number) if number.is_integer() else number


def missing(definition: Definition, answers: Answers) -> list[Question]:
    """Required questions that are shown and not answered."""
    counted = visible_answers(definition, answers)
    return [q for q in definition.questions() if q.required and q.key not in counted and is_shown(q, counted)]
