"""One contact for each cluster, as the database keeps it. See Note [One contact] in `models/agency.py`."""

from __future__ import annotations

from poliedro.shared.guards import Guard

CONTACT_FUNCTIONS = ("agency_staff", "coach", "regional_officer")
"""Offices whose holders may be a cluster's contact."""

_TERMS, _OFFICES, _CLUSTERS = "support_contactterm", "registry_office", "registry_cluster"
_FUNCTIONS = ", ".join(f"'{f}'" for f in CONTACT_FUNCTIONS)


def _covers(row: str, person: str, day: str) -> str:
    """Whether an office makes the person fit to be a contact on the day."""
    return (
        f"({row}.person_id = {person} AND {row}.function IN ({_FUNCTIONS}) AND {row}.retracted_at IS NULL "
        f"AND ({row}.valid_from IS NULL OR {row}.valid_from <= {day}) "
        f"AND ({row}.valid_to IS NULL OR {row}.valid_to > {day}))"
    )


def _ends(person: str) -> str:
    """The days on which offices of the person end."""
    return f"SELECT valid_to FROM registry_office WHERE person_id = {person} AND retracted_at IS NULL"  # noqa: S608


def _uncovered(row: str, person: str, also: str) -> str:
    """Whether a term of the person has a day without office, other than the one that `also` covers.

    Offices cover a term where they cover its first day and each day on which one of them ends: a gap begins on one of
    these. row: OLD or NEW, which is left out among the offices; its own end is among the days.
    """
    return f"""EXISTS (
SELECT 1 FROM (
    SELECT t.id AS term, t.cluster_id, t.starts_on AS first, t.starts_on AS day
    FROM support_contactterm t WHERE t.person_id = {person}
    UNION SELECT t.id, t.cluster_id, t.starts_on, o.valid_to FROM support_contactterm t
    JOIN ({_ends(person)} UNION SELECT {row}.valid_to) o ON o.valid_to > t.starts_on WHERE t.person_id = {person}
) d
JOIN registry_cluster c ON c.id = d.cluster_id
LEFT JOIN support_contactterm n ON n.previous_id = d.term
WHERE (n.id IS NULL OR n.starts_on > d.day) AND (c.closed_on IS NULL OR c.closed_on > d.day)
AND NOT {also}
AND NOT EXISTS (SELECT 1 FROM registry_office o WHERE o.id <> {row}.id AND {_covers("o", person, "d.day")})
)"""  # noqa: S608  names of columns alone are put in


_NO_OFFICE = f"""EXISTS (
SELECT 1 FROM (SELECT NEW.starts_on AS day UNION {_ends("NEW.person_id")}) d
JOIN registry_cluster c ON c.id = NEW.cluster_id
WHERE d.day >= NEW.starts_on AND (c.closed_on IS NULL OR c.closed_on > d.day)
AND NOT EXISTS (SELECT 1 FROM registry_office o WHERE {_covers("o", "NEW.person_id", "d.day")})
)"""  # noqa: S608  names of columns alone are put in
_NOT_AFTER = (
    "NEW.previous_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM support_contactterm p WHERE p.id = NEW.previous_id "
    "AND p.cluster_id = NEW.cluster_id AND p.starts_on < NEW.starts_on)"
)
_NOT_ITS_DAYS = (
    "NOT EXISTS (SELECT 1 FROM registry_cluster c WHERE c.id = NEW.cluster_id AND c.founded_on <= NEW.starts_on "
    "AND (c.closed_on IS NULL OR c.closed_on > NEW.starts_on))"
)
_HAND_OVER = "a contact of a cluster leaves the office only after handing over: name the next contact first"
_COUNTED = f"OLD.retracted_at IS NULL AND OLD.function IN ({_FUNCTIONS})"


def _differs(column: str) -> str:
    old, new = (f"COALESCE(CAST({row}.{column} AS text), '')" for row in ("OLD", "NEW"))
    return f"{old} <> {new}"


_MOVED = " OR ".join(_differs(c) for c in ("person_id", "function", "valid_from", "valid_to"))

CONTACT_GUARDS: tuple[Guard, ...] = (
    Guard(
        "contact_follows", _TERMS, "INSERT", _NOT_AFTER,
        "a term of a contact follows an earlier one of the same cluster",
    ),
    Guard(
        "contact_holds_an_office", _TERMS, "INSERT", _NO_OFFICE,
        "a contact holds an office of agency, coach or region that lasts", (_OFFICES, _CLUSTERS),
    ),
    Guard(
        "contact_of_a_cluster_that_exists", _TERMS, "INSERT", _NOT_ITS_DAYS,
        "a term of a contact begins while its cluster exists", (_CLUSTERS,),
    ),
    Guard(
        "contact_keeps_its_place", _TERMS, "UPDATE", _differs("previous_id"),
        "a recorded term keeps the one before it",
    ),
    Guard(
        "contact_is_not_taken_away", _TERMS, "DELETE", "1 = 1",
        "a recorded term stays: hand over to somebody else instead",
    ),
    Guard(
        "contact_leaves_after_handing_over", _OFFICES, "DELETE",
        f"{_COUNTED} AND {_uncovered('OLD', 'OLD.person_id', '(1 = 0)')}", _HAND_OVER, (_TERMS, _CLUSTERS),
    ),
    Guard(
        "contact_leaves_after_handing_over", _OFFICES, "UPDATE",
        f"{_COUNTED} AND NEW.retracted_at IS NULL AND ({_MOVED}) AND "
        + _uncovered("NEW", "OLD.person_id", _covers("NEW", "OLD.person_id", "d.day")),
        _HAND_OVER, (_TERMS, _CLUSTERS),
    ),
    # A correction retracts a row and adds another: it is judged by what it adds.
    Guard(
        "contact_leaves_after_handing_over", _OFFICES, "INSERT",
        f"NEW.retracted_at IS NULL AND NEW.valid_to IS NOT NULL AND NEW.function IN ({_FUNCTIONS}) AND "
        + _uncovered("NEW", "NEW.person_id", _covers("NEW", "NEW.person_id", "d.day")),
        _HAND_OVER, (_TERMS, _CLUSTERS),
    ),
)  # fmt: skip
