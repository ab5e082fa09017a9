"""Writes about people: conflicts of interest, consents, the copy of one's data, erasure. Each is logged."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone

from poliedro.accounts.held import erase_held, held_of
from poliedro.accounts.models import ConflictDeclaration, ConflictOverride, Consent, Person, Tie
from poliedro.accounts.personal import erasers, tellers
from poliedro.accounts.queries import matter_of, matters_told, places_of, subject_of
from poliedro.accounts.rules import OverrideRefused, Side, TieKind, check_can_lift
from poliedro.audit.models import LogEntry
from poliedro.audit.services import forget_actor, record
from poliedro.shared.refusals import Refusal

LookAgain = Callable[[Person, date, Any], object]
"""(person, on, by): some tie of the person may no longer bar; what a room noted because of it is looked at again."""
_LOOK_AGAIN: dict[str, LookAgain] = {}


def look_again_when_lifted(name: str, hook: LookAgain) -> None:
    """Register what a room does once a bar is lifted: an override was agreed, or a declaration was a mistake."""
    _LOOK_AGAIN[name] = hook


def _look_again(person: Person, by: Any) -> None:
    for _name, hook in sorted(_LOOK_AGAIN.items()):
        hook(person, timezone.localdate(), by)


@transaction.atomic
def declare_conflict(
    *, person: Person, subject_key: str, reason: str, valid_from: date, valid_to: date | None = None, by: Any
) -> ConflictDeclaration:
    """The person says that a tie bars them from deciding about a subject.

    Raises:
        UnknownSubject: no room knows the subject; a declaration of nothing would bar nowhere.
    """
    subject_key = _known_subject(subject_key)
    declared = ConflictDeclaration.objects.create(
        person=person, subject_key=subject_key, reason=reason, valid_from=valid_from, valid_to=valid_to
    )
    record(by=by, verb="declare_conflict", subject_kind="person", subject_key=person.pk, about=subject_key)
    return declared


@transaction.atomic
def withdraw_declaration(*, declaration: ConflictDeclaration, by: Any) -> ConflictDeclaration:
    """Declared by mistake: it no longer counts; the row stays. A tie that ended is ended by its last day instead."""
    declaration.withdrawn_at = timezone.now()
    declaration.save(update_fields=["withdrawn_at"])
    record(
        by=by,
        verb="withdraw_declaration",
        subject_kind="person",
        subject_key=declaration.person_id,
        about=declaration.subject_key,
    )
    _look_again(declaration.person, by)
    return declaration


@transaction.atomic
def record_tie(
    *,
    person: Person,
    kind: TieKind,
    subject_key: str,
    origin_key: str,
    valid_from: date,
    valid_to: date | None = None,
    by: Any,
    sealed: bool = False,
) -> Tie:
    """A room states that a person coaches or funds a subject. Stating it again changes its days.

    sealed: neither the row nor the log says of which subject; see Note [A sealed tie].
    """
    employer, unit = next(iter(sorted(places_of(person, valid_from), key=lambda p: (p[1] == "", p))), ("", ""))
    same: dict[str, Any] = {
        "person": person,
        "kind": kind.value,
        "subject_key": "" if sealed else subject_key,
        "origin_key": origin_key,
    }
    values: dict[str, Any] = {"valid_from": valid_from, "valid_to": valid_to, "employer_key": employer, "unit": unit}
    if sealed:
        blank = Tie(**same)
        blank.put(subject_key)
        values |= {"key_id": blank.key_id, "token": blank.token}
    tie, _made = Tie.objects.update_or_create(**same, defaults=values)
    about = {} if sealed else {"about": subject_key}
    record(by=by, verb="record_tie", subject_kind="person", subject_key=person.pk, tie=kind.value, **about)
    return tie


@transaction.atomic
def end_ties(*, origin_key: str, on: date, by: Any) -> int:
    """Whatever came from there no longer holds from the day on. Returns how many ties ended."""
    ended = 0
    for tie in Tie.objects.filter(origin_key=origin_key, valid_to=None).order_by("pk"):
        tie.valid_to = max(on, tie.valid_from)
        tie.save(update_fields=["valid_to"])
        about = {} if tie.token else {"about": tie.subject_key}
        record(by=by, verb="end_tie", subject_kind="person", subject_key=tie.person_id, **about)
        ended += 1
    return ended


def reseal_ties() -> int:
    """Seal the subjects of sealed ties with the ring's current key; part of a rotation. How many."""
    rows = list(Tie.objects.exclude(token="").order_by("pk").select_for_update())
    for row in rows:
        row.put(row.subject)
        row.save(update_fields=["key_id", "token"])
    return len(rows)


@transaction.atomic
def ask_override(
    *, person: Person, subject_key: str, matter_key: str, reason: str, side: Side, by: Any
) -> ConflictOverride:
    """The first of two people asks to let `person` decide in one matter in spite of a tie. Nothing is lifted yet.

    Raises:
        OverrideRefused: whoever asks is the person concerned, or has no person of their own; no room knows the matter,
            or it is settled; or the same was asked before and was not refused.
        UnknownSubject: no room knows the subject.
    """
    first = _person(by)
    matter = matter_of(matter_key)
    if matter is None:
        raise OverrideRefused(
            "'%(matter)s' is no matter of any room; name a call that was published, by its key.", matter=matter_key
        )
    subject_key = _known_subject(subject_key)
    check_can_lift(concerned=person.pk, first=first.pk, second=None, first_side=side, second_side=None)
    _check_is_open(matter)
    same = ConflictOverride.objects.filter(
        person=person, subject_key=subject_key, matter_key=matter, refused_at=None
    ).first()
    if same is not None and same.holds:
        raise OverrideRefused("this override is in force already; nothing more has to be asked.")
    if same is not None:
        raise OverrideRefused("the same was asked before and waits for a second person, of the other side.")
    asked = ConflictOverride.objects.create(
        person=person,
        subject_key=subject_key,
        matter_key=matter,
        reason=reason,
        first_by=first,
        first_side=side.value,
    )
    _log(asked, "ask_override", by)
    return asked


@transaction.atomic
def agree_override(*, override: ConflictOverride, side: Side, by: Any) -> ConflictOverride:
    """The second person, of the other side, agrees: from now on the tie does not bar in this matter.

    Raises:
        OverrideRefused: the same person, the same side, the person concerned; it was agreed or refused already, or
            the call has been decided meanwhile.
    """
    found = ConflictOverride.objects.select_for_update().get(pk=override.pk)
    if found.second_by_id is not None or found.refused_at is not None:
        raise OverrideRefused("it is settled already; ask anew if things changed.")
    second = _person(by)
    check_can_lift(
        concerned=found.person_id,
        first=found.first_by_id,
        second=second.pk,
        first_side=Side(found.first_side),
        second_side=side,
    )
    _check_is_open(found.matter_key)
    found.second_by, found.second_side, found.second_at = second, side.value, timezone.now()
    found.save(update_fields=["second_by", "second_side", "second_at"])
    _log(found, "agree_override", by)
    _look_again(found.person, by)
    return found


@transaction.atomic
def refuse_override(*, override: ConflictOverride, by: Any) -> ConflictOverride:
    """Somebody of either side says no, or takes back what was agreed: the tie bars again.

    Raises:
        OverrideRefused: somebody refused it before.
    """
    if override.refused_at is not None:
        raise OverrideRefused("it is settled already; ask anew if things changed.")
    override.refused_at = timezone.now()
    override.save(update_fields=["refused_at"])
    _log(override, "refuse_override", by)
    return override


class UnknownSubject(Refusal):
    """No room knows the cluster, organisation or call that was named."""


def _known_subject(words: str) -> str:
    key = subject_of(words)
    if key is None:
        raise UnknownSubject(
            "the register knows no '%(subject)s'; write the name of a cluster or organisation as the register does",
            subject=words,
        )
    return key


def _check_is_open(matter_key: str) -> None:
    if any(m.key == matter_key and m.is_settled for m in matters_told()):
        raise OverrideRefused("this call has been decided; nothing is lifted in it any more.")


def _person(by: Any) -> Person:
    person: Person | None = getattr(by, "person", None)
    if person is None:
        raise OverrideRefused("only a person whom the register names can agree; sign in with a login of your own.")
    return person


def _log(override: ConflictOverride, verb: str, by: Any) -> None:
    record(
        by=by,
        verb=verb,
        subject_kind="override",
        subject_key=override.pk,
        person=override.person_id,
        about=override.subject_key,
        matter=override.matter_key,
    )


@transaction.atomic
def withdraw_consent(*, consent: Consent, by: Any) -> Consent:
    """From now on the purpose is no longer served; that it was, stays known."""
    if consent.withdrawn_at is None:
        consent.withdrawn_at = timezone.now()
        consent.save(update_fields=["withdrawn_at"])
        record(
            by=by,
            verb="withdraw_consent",
            subject_kind="person",
            subject_key=consent.person_id,
            purpose=consent.purpose,
        )
    return consent


def copy_of_personal_data(*, person: Person, by: Any) -> dict[str, Any]:
    """All that the site holds of a person, by room: the copy of GDPR, article 15. Taking it is logged."""
    user = person.user
    held: dict[str, Any] = {
        "person": {"name": person.name, "email": person.email, "orcid": person.orcid},
        "login": {"email": user.email, "language": user.language, "joined_at": str(user.joined_at)} if user else None,
        "consents": [
            {"purpose": c.purpose, "given_at": str(c.given_at), "withdrawn_at": str(c.withdrawn_at or "")}
            for c in person.consents.order_by("given_at", "pk")
        ],
        "conflicts": [
            {"about": c.subject_key, "reason": c.reason, "from": str(c.valid_from), "to": str(c.valid_to or "")}
            for c in person.conflicts.all()
        ],
        "ties": [
            {"kind": t.kind, "about": t.subject, "from": str(t.valid_from), "to": str(t.valid_to or "")}
            for t in person.ties.all()
        ],
    }
    held.update({name: teller(person) for name, teller in tellers().items()})
    held.update(held_of(person))
    record(by=by, verb="copy_personal_data", subject_kind="person", subject_key=person.pk, act=LogEntry.Act.READ)
    return held


@transaction.atomic
def erase_person(*, person: Person, on: date, by: Any) -> int:
    """Take away what names a person, and the words they wrote in confidence. Returns how many texts were erased.

    What each table gives up stands in `config/personal.py`. What was counted stays counted: memberships, cases, scores
    and enrolments keep their rows under a person without a name. Conflicts and ties stay for their look-back, as the
    law on conflicts asks.
    """
    erased = sum(eraser(person, on) for eraser in erasers().values()) + erase_held(person)
    user = person.user
    for consent in person.consents.filter(withdrawn_at=None):
        withdraw_consent(consent=consent, by=by)
    record(by=by, verb="erase_person", subject_kind="person", subject_key=person.pk, texts=erased)
    person.name, person.email, person.orcid = f"Erased person {person.pk}", "", ""
    person.save(update_fields=["name", "email", "orcid"])
    if user is not None:
        user.name, user.email, user.is_active = "", f"erased-{user.pk}@invalid.invalid", False
        user.set_unusable_password()
        user.save(update_fields=["name", "email", "is_active", "password"])
        forget_actor(user)
    return erased
