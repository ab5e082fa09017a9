"""The amounts above which block-exempted aid must be notified to the Commission first: GBER, article 4(1).

Regulation (EU) 651/2014, in force from 1 July 2014, and as amended by Regulation (EU) 2023/1315 from 1 July 2023. It
applies to 31 December 2026; a scheme under it may run six months longer (articles 58(4) and 59). What comes after is
not encoded: the last amounts then stand, and a page says so.

# Note [Per whom]
Amounts are of an undertaking, the firm with all firms linked to it: for one project, for one study, or (start-ups,
article 22) whatever the project. An amount of an infrastructure or a cluster is held against one project too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from poliedro.shared.refusals import Refusal


class Per(StrEnum):
    """Of what the aid is added up. See Note [Per whom]."""

    PROJECT = "project"
    UNDERTAKING = "undertaking"


@dataclass(frozen=True)
class Threshold:
    """Aid of a category up to so many EUR is exempt, from the day on. point: of article 4(1)."""

    category: str
    point: str
    since: date
    most_eur: Decimal
    per: Per = Per.PROJECT


FIRST, AMENDED = date(2014, 7, 1), date(2023, 7, 1)
LAST = date(2026, 12, 31)
"""Beginning, amendment, and last day of the regulation."""


def _of(category: str, point: str, first: str, amended: str, per: Per = Per.PROJECT) -> tuple[Threshold, Threshold]:
    """The amounts before and since the amendment, in millions of EUR."""
    return (
        Threshold(category, point, FIRST, (Decimal(first) * 1_000_000).quantize(Decimal(1)), per),
        Threshold(category, point, AMENDED, (Decimal(amended) * 1_000_000).quantize(Decimal(1)), per),
    )


THRESHOLDS: tuple[Threshold, ...] = (
    *_of("sme_investment", "(c)", "7.5", "8.25"),
    *_of("sme_consultancy", "(d)", "2", "2.2"),
    # Grants, article 22(3)(c): more in areas under article 107(3)(c) of the Treaty; twice as much for small and
    # innovative firms, article 22(5). The amounts for areas under article 107(3)(a) are not needed here.
    *_of("start_up", "(h)", "0.4", "0.5", Per.UNDERTAKING),
    *_of("start_up_assisted_area", "(h)", "0.6", "0.75", Per.UNDERTAKING),
    *_of("start_up_innovative", "(h)", "0.8", "1", Per.UNDERTAKING),
    *_of("fundamental_research", "(i)(i)", "40", "55"),
    *_of("industrial_research", "(i)(ii)", "20", "35"),
    *_of("experimental_development", "(i)(iii)", "15", "25"),
    *_of("feasibility_study", "(i)(vi)", "7.5", "8.25"),
    *_of("research_infrastructure", "(j)", "20", "35"),
    *_of("innovation_cluster", "(k)", "7.5", "10"),
    *_of("sme_innovation", "(l)", "5", "10"),
    *_of("process_innovation", "(m)", "7.5", "12.5"),
    *_of("training", "(n)", "2", "3"),
)
CATEGORIES = tuple(dict.fromkeys(t.category for t in THRESHOLDS))

OF_RESEARCH = {
    "fundamental": "fundamental_research", "industrial": "industrial_research",
    "experimental": "experimental_development", "study": "feasibility_study",
}  # fmt: skip
"""What a project mostly does (fact `research_kind`) -> its category."""


class TooMuchAid(Refusal):
    """Aid beyond what the law leaves; the message says how much is left, and what to do."""


class OverThreshold(TooMuchAid):
    """Aid that is no longer exempt from notification."""


class BesidePending(TooMuchAid):
    """Aid that fits alone, and no more with what is decided and waits for its signature. See Note [Pending binds]."""


# Note [Pending binds]
# Aid that is decided counts by law on the day of its signature, and whoever was told of it counts on it. So a further
# award leaves room for it, unless an officer says in a reason why it falls away; the ceiling itself yields to no
# reason. What was let through without a reason can all be signed, in whatever order.


@dataclass(frozen=True)
class Exempted:
    """Aid under block exemption that an undertaking got. project: of which granted project; None: of none known."""

    category: str
    amount_eur: Decimal
    granted_on: date
    project: int | None = None


def threshold_on(category: str, day: date) -> Threshold | None:
    """The threshold of a category on the day; None for no such category, or before the first that is encoded."""
    found = [t for t in THRESHOLDS if t.category == category and t.since <= day]
    return max(found, key=lambda t: t.since, default=None)


def counted_together(category: str) -> frozenset[str]:
    """The categories of the same point, aid under which counts against one amount; itself alone where it has none."""
    points = {t.point for t in THRESHOLDS if t.category == category}
    return frozenset(t.category for t in THRESHOLDS if t.point in points) | {category}


def exempt_room(category: str, project: int | None, before: Sequence[Exempted], day: date) -> Decimal | None:
    """What may still be granted under the category, in EUR, never below 0; None where no threshold is known.

    Aid per project: all exempted aid to the undertaking for the same project counts. Per undertaking: all aid of the
    category, and of those that share its point.
    """
    limit = threshold_on(category, day)
    if limit is None:
        return None
    if limit.per is Per.PROJECT:
        counted = [e for e in before if project is not None and e.project == project]
    else:
        same = counted_together(category)
        counted = [e for e in before if e.category in same]
    return max(Decimal(0), limit.most_eur - sum((e.amount_eur for e in counted), Decimal(0)))


def check_exempt(
    category: str,
    project: int | None,
    before: Sequence[Exempted],
    amount_eur: Decimal,
    day: date,
    pending: Sequence[Exempted] = (),
) -> None:
    """Raises OverThreshold where the aid would pass the threshold, BesidePending where it would with what is pending.

    pending: decided for the undertaking elsewhere, and not signed. See Note [Pending binds].
    """
    room, limit = exempt_room(category, project, before, day), threshold_on(category, day)
    if room is not None and limit is not None and amount_eur > room:
        raise OverThreshold(
            "%(amount_eur)s EUR pass the threshold of %(most)s EUR above which aid is notified "
            "(GBER, art. 4(1)%(point)s): %(room)s EUR are left for the undertaking; grant at most that, or notify it "
            "first",
            amount_eur=amount_eur,
            most=limit.most_eur,
            point=limit.point,
            room=room,
        )
    with_pending = exempt_room(category, project, [*before, *pending], day)
    if with_pending is not None and limit is not None and amount_eur > with_pending:
        raise BesidePending(
            "%(amount_eur)s EUR fit below the threshold of %(most)s EUR (GBER, art. 4(1)%(point)s) alone, and no more "
            "with aid that is decided and not signed: %(room)s EUR are left beside it; grant at most that, lower the "
            "other grant, or state why it falls away",
            amount_eur=amount_eur,
            most=limit.most_eur,
            point=limit.point,
            room=with_pending,
        )
