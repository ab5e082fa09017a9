"""Data campaigns: what can be asked, how an answer is checked, and which state follows which. Plain Python."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

DRAFT, OPEN, CLOSED = "draft", "open", "closed"
ASKED, STARTED, SUBMITTED, RETURNED, SIGNED = "asked", "started", "submitted", "returned", "signed"
REPLY_NEXT: dict[str, tuple[str, ...]] = {
    ASKED: (STARTED, SUBMITTED),
    STARTED: (SUBMITTED,),
    SUBMITTED: (SIGNED, RETURNED),
    RETURNED: (SUBMITTED,),
    SIGNED: (),
}
WAITING = (ASKED, STARTED, RETURNED)
"""States in which the cluster's manager is to answer."""


class CampaignRefused(ValueError):
    """What was asked does not fit the campaign's or the reply's state."""


@dataclass(frozen=True)
class Askable:
    """A figure that a campaign can ask for. whole: a count. most: the greatest value that makes sense; None: no limit.

    card: key of its indicator card, where it has one. public: whether a signed answer is published as it is; amounts
    and counts that small cells give away are published by their own rules alone, with the others of the year.
    """

    key: str
    unit: str
    whole: bool = True
    most: Decimal | None = None
    card: str = ""
    public: bool = True


ASKABLE: dict[str, Askable] = {
    a.key: a
    for a in (
        Askable("firms-per-cluster", "firms", card="firms-per-cluster"),
        Askable("members", "organisations"),
        Askable("entries", "organisations"),
        Askable("exits", "organisations"),
        Askable("staff", "persons", card="staff"),
        Askable("staff-fte", "FTE", whole=False, card="staff-fte"),
        Askable("revenue", "EUR", whole=False, card="revenue"),
        Askable("erdf-share", "%", whole=False, most=Decimal(100), card="erdf-share"),
        Askable("services-delivered", "services", public=False),
        Askable("rd-investment", "EUR", whole=False, card="rd-investment"),
        Askable("rd-firms", "firms", card="rd-firms"),
        Askable("research-contracts", "EUR", whole=False, card="research-contracts", public=False),
    )
}


@dataclass(frozen=True)
class Problem:
    """What is wrong with an answer: the row, the value as given, what is wrong and the remedy (keys for words)."""

    figure: str
    value: str
    problem: str
    remedy: str
    detail: str = ""


def read_number(text: str) -> Decimal | None:
    """A number as people write it in Italian or English: 1.234,5 or 1,234.5 or 1 234. None where it is none."""
    value = text.strip().replace("\u00a0", "").replace(" ", "").replace("'", "")
    if "," in value and "." in value:
        decimal = max(value.rindex(","), value.rindex("."))
        whole = value[:decimal].replace(",", "").replace(".", "")
        value = f"{whole}.{value[decimal + 1 :]}"
    elif value.count(",") == 1:
        value = value.replace(",", ".")
    elif value.count(".") > 1 or value.count(",") > 1:
        value = value.replace(".", "").replace(",", "")
    try:
        number = Decimal(value)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def change(value: Decimal | None, before: Decimal | None) -> float | None:
    """Change against last year, as a share of it; None where either is not known or last year was 0."""
    if value is None or not before:
        return None
    return float((value - before) / before)


def check_answer(
    figure: str, text: str, *, before: Decimal | None, threshold: float, explanation: str, required: bool
) -> tuple[Decimal | None, list[Problem]]:
    """The number that the text means, and what is wrong with it."""
    asked = ASKABLE[figure]
    if not text.strip():
        return None, [Problem(figure, "", "missing", "give_or_zero")] if required else []
    value = read_number(text)
    if value is None:
        return None, [Problem(figure, text, "no_number", "digits")]
    problems = []
    if value < 0:
        problems.append(Problem(figure, text, "negative", "positive"))
    if asked.whole and value != value.to_integral_value():
        problems.append(Problem(figure, text, "not_whole", "round"))
    if asked.most is not None and value > asked.most:
        problems.append(Problem(figure, text, "too_large", "most", f"{asked.most}"))
    moved = change(value, before)
    if moved is not None and abs(moved) > threshold and len(explanation.strip()) < 10:
        problems.append(Problem(figure, text, "unexplained", "explain", f"{moved * 100:+.0f}%"))
    return value, problems


TEXT = "text:"
"""Before the number of a question, where a problem is about an answer in words."""


def check_text(question: int, text: str, *, required: bool) -> list[Problem]:
    """What is wrong with an answer in words."""
    if required and not text.strip():
        return [Problem(f"{TEXT}{question}", "", "missing", "write")]
    return []


def check_can_move(state: str, to: str) -> None:
    """Raises CampaignRefused where a reply in that state cannot become `to`."""
    if to not in REPLY_NEXT[state]:
        raise CampaignRefused(
            f"a reply that is {state} cannot become {to}; possible: {', '.join(REPLY_NEXT[state]) or 'nothing'}"
        )


def can_move(state: str, to: str) -> bool:
    return to in REPLY_NEXT[state]


def disagrees(value: Decimal, register: Decimal | None, *, whole: bool) -> bool:
    """Whether an answer and the register differ by more than rounding: 1% of the larger, for counts at least 1."""
    if register is None:
        return False
    gap = abs(value - register)
    return gap >= 1 if whole else gap > Decimal("0.01") * max(abs(value), abs(register))
