"""How everything here moves on: checked against its table of states, stored, noted as a step, and audited."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone, translation

from poliedro.accounts.models import Person
from poliedro.audit.services import record
from poliedro.matchmaking.models import Step
from poliedro.matchmaking.queries.cards import people_of
from poliedro.matchmaking.rules.refusals import Refused
from poliedro.matchmaking.rules.states import Moves, check_can_move
from poliedro.shared.letters import write_letter

M = TypeVar("M", bound=models.Model)


def subject_key(thing: models.Model) -> str:
    return f"{thing._meta.model_name}:{thing.pk}"


def note(thing: models.Model, state: str, *, by: Any, text: str = "", at: datetime | None = None) -> None:
    """Keep a step without changing the thing."""
    user = by if getattr(by, "is_authenticated", False) else None
    Step.objects.create(subject=subject_key(thing), state=state, note=text[:500], by=user, at=at or timezone.now())
    record(by=by, verb=f"{thing._meta.model_name}_{state}", subject_kind=thing._meta.label, subject_key=thing.pk)


@transaction.atomic
def move(
    thing: M, table: Moves, state: str, *, by: Any, text: str = "", at: datetime | None = None, **fields: Any
) -> M:
    """Bring the thing into a state, with what else changes. Raises MoveRefused where the state may not follow."""
    fresh: Any = type(thing)._default_manager.select_for_update().get(pk=thing.pk)
    check_can_move(table, fresh.state, state)
    fresh.state = state
    for name, value in fields.items():
        setattr(fresh, name, value)
    fresh.save(update_fields=["state", *fields])
    note(fresh, state, by=by, text=text, at=at)
    return fresh  # type: ignore[no-any-return]


def check(by: Any, permission: str, thing: Any) -> None:
    """Raises Refused unless `by` may; the system itself (None) may everything."""
    if by is not None and not by.has_perm(permission, thing):
        raise Refused("not_yours", permission)


def creator(by: Any) -> Any:
    return by if getattr(by, "is_authenticated", False) else None


def write_to(address: str, subject: str, text: str, path: str = "") -> None:
    """A letter, once the transaction is kept. subject, text: in the reader's language; path: of its page."""
    write_letter(to=[address], subject=subject, text=text, path=path)


def reach_of(person: Person) -> tuple[str, str]:
    """Where a letter reaches the person, and its language ("" where none was chosen): those of the login, if there is
    one."""
    login = person.user
    return (login.email, login.language) if login else (person.email, "")


def tell(organisation_id: int, besides: Any, subject: Callable[[], str], text: Callable[[], str], path: str) -> int:
    """One letter to each who acts for the organisation and to the user `besides` (or None), in their own language.

    Returns how many were written to.
    """
    people = people_of(organisation_id)
    languages = dict(map(reach_of, people))
    languages.pop("", None)
    if besides is not None:
        languages.setdefault(besides.email, besides.language)
    for address, language in languages.items():
        with in_language(language):
            write_to(address, subject(), text(), path)
    return len(languages)


def in_language(language: str) -> Any:
    return translation.override(language if language in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE)
