"""Reads about people and logins."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.conf import settings
from django.db.models import Q
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from poliedro.accounts.models import ConflictOverride, Person, Tie, User
from poliedro.accounts.rules import RULES, OverrideRefused, Side, Through, TieFact, TieKind, bars, check_can_lift
from poliedro.shared.invented import said


@dataclass(frozen=True)
class DemoLogin:
    """One login of the demonstration, printed by `make demo` and offered on the sign-in page."""

    email: str
    password: str
    name: str
    role: str

    @property
    def role_label(self) -> str:
        return role_label(self.role)


ROLE_LABELS = {
    "cluster_manager": _("Cluster manager"),
    "delegate": _("Acts for an organisation"),
    "regional_officer": _("Regional officer"),
    "funding_officer": _("Funding officer"),
    "agency_staff": _("Staff of the cluster agency"),
    "coach": _("Coach"),
    "evaluator": _("Evaluator"),
    "fdi_officer": _("Investment promotion officer"),
    "data_steward": _("Data steward"),
    "auditor": _("Auditor"),
}


def person_of(request: HttpRequest) -> Person:
    """Who is signed in; for views behind `signed_in` or `needs` alone."""
    assert isinstance(request.user, User)
    return request.user.person


def role_label(role: str) -> str:
    """A role's name in the reader's language; the bare key where it has none yet."""
    return str(ROLE_LABELS.get(role, role))


DEMO_PASSWORD = "poliedro-demo-2026"  # noqa: S105  published on purpose: it opens synthetic data only
DEMO_LOGINS = (
    ("manager.agrifood", "cluster_manager"),
    ("manager.mesap", "cluster_manager"),
    ("region", "regional_officer"),
    ("funding", "funding_officer"),
    ("agency", "agency_staff"),
    ("coach", "coach"),
    ("firm", "delegate"),
    ("startup", "delegate"),
    ("laboratory", "delegate"),
    ("incubator", "delegate"),
    ("evaluator", "evaluator"),
    ("fdi", "fdi_officer"),
    ("steward", "data_steward"),
    ("auditor", "auditor"),
)


ITALIAN_NAMES = {
    "region": "Regione",
    "funding": "Ufficio bandi",
    "agency": "Agenzia",
    "firm": "Impresa",
    "startup": "Start-up",
    "laboratory": "Laboratorio",
    "incubator": "Incubatore",
    "evaluator": "Valutazione",
    "fdi": "Investimenti",
    "steward": "Qualità dei dati",
    "auditor": "Verifica",
}
"""What the people of the demonstration are called on an Italian site; the others keep the name of their login."""


def demo_logins() -> list[DemoLogin]:
    """The demonstration's logins; none where the site is not a demonstration."""
    if not settings.DEMO:
        return []
    return [
        DemoLogin(f"{name}@demo.example", DEMO_PASSWORD, said(ITALIAN_NAMES.get(name, own), own), role)
        for name, role in DEMO_LOGINS
        for own in (name.replace(".", " ").title(),)
    ]


# Conflicts of interest

Teller = Callable[[Person, date, date], Iterable[TieFact]]
"""(person, since, on) -> ties that hold or held between the two days."""
_TELLERS: dict[str, Teller] = {}
PlaceTeller = Callable[[Person, date], Iterable[tuple[str, str]]]
"""(person, on) -> (employer key, unit) pairs of that day."""
_PLACES: dict[str, PlaceTeller] = {}


def tell_ties(name: str, teller: Teller, places: PlaceTeller | None = None) -> None:
    """Register a room's ties that follow from its own dated relations, and where people work."""
    _TELLERS[name] = teller
    if places is not None:
        _PLACES[name] = places


MatterFinder = Callable[[str], str | None]
"""What a reader wrote -> the key of the matter, "call:KEY"; None where there is none."""
_MATTERS: dict[str, MatterFinder] = {}


@dataclass(frozen=True)
class Matter:
    """What an override may be asked for: a call. is_settled: it is decided, and nothing is lifted in it any more."""

    key: str
    name: str
    is_settled: bool = False


MatterLister = Callable[[], Iterable[Matter]]
_LISTED: dict[str, MatterLister] = {}


def tell_matters(name: str, finder: MatterFinder, lister: MatterLister) -> None:
    """Register a room's matters, for which an override may be asked, and the list of all of them, settled or not."""
    _MATTERS[name], _LISTED[name] = finder, lister


def matters_told() -> list[Matter]:
    """Every matter for which an override is or was asked; whoever asks for one chooses among those not settled."""
    return [told for _name, lister in sorted(_LISTED.items()) for told in lister()]


def matter_of(words: str) -> str | None:
    """The key of a matter that exists; None: no room knows it. Whom it concerns is not looked at."""
    return next((key for finder in _MATTERS.values() if (key := finder(words.strip()))), None)


SubjectFinder = Callable[[str], str | None]
"""What a reader wrote, a name or a key -> the key of a subject that exists; None where there is none."""
_SUBJECTS: dict[str, SubjectFinder] = {}


def tell_subjects(name: str, finder: SubjectFinder) -> None:
    """Register whose names and keys a room knows as subjects of ties."""
    _SUBJECTS[name] = finder


def subject_of(words: str) -> str | None:
    """The key of a cluster, an organisation or a call that exists, by its name or key; None: no room knows it."""
    return next((key for _name, finder in sorted(_SUBJECTS.items()) if (key := finder(words.strip()))), None)


def places_of(person: Person, on: date) -> set[tuple[str, str]]:
    """(employer key, unit) of a person on a day; unit is "" where none is named."""
    return {place for teller in _PLACES.values() for place in teller(person, on)}


@dataclass(frozen=True)
class Conflict:
    """One reason why a person may not decide about a subject on a day. lifted_by: the override that lifts it."""

    subject_key: str
    kind: TieKind
    through: Through
    since: date
    until: date | None
    why: str = ""
    lifted_by: ConflictOverride | None = None


def ties_of(person: Person, on: date) -> list[TieFact]:
    """Every tie of a person that a rule could look at: own declarations, what rooms wrote, what they tell."""
    since = on - timedelta(days=max(r.look_back_days for r in RULES))
    found = [
        TieFact(TieKind.DECLARED, d.subject_key, d.valid_from, d.valid_to, why=d.reason)
        for d in person.conflicts.filter(withdrawn_at=None)
    ]
    found += [TieFact(TieKind(t.kind), t.subject, t.valid_from, t.valid_to) for t in person.ties.all()]
    units = [(employer, unit) for employer, unit in places_of(person, on) if unit]
    for employer, unit in sorted(units):
        beside = Tie.objects.filter(employer_key=employer, unit=unit).exclude(person=person)
        found += [TieFact(TieKind(t.kind), t.subject, t.valid_from, t.valid_to, Through.UNIT, why=unit) for t in beside]
    for _name, teller in sorted(_TELLERS.items()):
        found += teller(person, since, on)
    return found


def conflicts_of(
    person: Person | None, subject_keys: Collection[str], on: date, *, with_lifted: bool = False
) -> list[Conflict]:
    """Why the person may not evaluate, score or decide about any of the subjects on that day; none: nothing bars.

    Args:
        subject_keys: what the matter is about: "cluster:agrifood", "organisation:12"; and the matter itself
            ("call:KEY"), since an override holds in one matter alone.
        with_lifted: also conflicts that two people lifted for a matter among the keys.
    """
    if person is None:
        return []
    keys = set(subject_keys)
    overrides = {
        o.subject_key: o for o in ConflictOverride.objects.filter(person=person, matter_key__in=keys) if o.holds
    }
    found = {
        Conflict(t.subject_key, t.kind, t.through, t.valid_from, t.valid_to, t.why, overrides.get(t.subject_key))
        for t in ties_of(person, on)
        if t.subject_key in keys and bars(t, on)
    }
    kept = [c for c in found if with_lifted or c.lifted_by is None]
    return sorted(kept, key=lambda c: (c.subject_key, c.kind, c.through, c.since))


def conflicts_of_many(people: Iterable[Person], subject_keys: Collection[str], on: date) -> dict[int, list[Conflict]]:
    """The same for several people: key of the person -> conflicts; those with none are left out."""
    found = {person.pk: conflicts_of(person, subject_keys, on) for person in people}
    return {key: conflicts for key, conflicts in found.items() if conflicts}


def is_second(override: ConflictOverride, reader: Person, side: Side) -> bool:
    """Whether the reader could be the second person of an override that waits for one."""
    if override.second_by_id is not None or override.refused_at is not None:
        return False
    try:
        check_can_lift(
            concerned=override.person_id,
            first=override.first_by_id,
            second=reader.pk,
            first_side=Side(override.first_side),
            second_side=side,
        )
    except OverrideRefused:
        return False
    return True


def overrides_in_force(matter_key: str = "") -> list[ConflictOverride]:
    """Overrides asked for or in force, newest first; of one matter, if it is given. Both sides see all of them."""
    rows = ConflictOverride.objects.select_related("person", "first_by", "second_by")
    return list(rows.filter(matter_key=matter_key) if matter_key else rows)


def overrides_about(subject_keys: Iterable[str], person: Person | None = None) -> list[ConflictOverride]:
    """Overrides of ties with these subjects, or for this person, newest first: what those concerned may see."""
    about = Q(subject_key__in=list(subject_keys)) | (Q(person=person) if person is not None else Q(pk__in=[]))
    return list(ConflictOverride.objects.select_related("person", "first_by", "second_by").filter(about))
