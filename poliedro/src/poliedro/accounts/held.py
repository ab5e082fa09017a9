"""Which table holds what of people, and for how long: read by the copy, by erasure and by the daily retention.

The list itself is `config/personal.py` (setting PERSONAL_REGISTER): one place to review, over all rooms. A test fails
where a table names people and has no entry.

# Note [Statistics stay honest]
Erasure takes words and addresses out of rows; rows that are counted stay, under a person without a name. Only rows that
count nothing (marks of read work, session data, sign-in attempts) are deleted.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import models, transaction
from django.db.models import Q
from django.utils.module_loading import import_string

from poliedro.accounts.models import Person
from poliedro.audit.services import record

ERASED, NO_ADDRESS = "[erased]", "erased@invalid.invalid"


@dataclass(frozen=True)
class Held:
    """What one table holds of people.

    Args:
        model: label, such as "support.Request".
        people: look-ups that lead to a person or to a login.
        addresses: fields with an e-mail address (or sign-in name) by which a person's rows are found.
        words: fields with words of or about people; they are what is erased.
        clear: fields that become null with the words, such as the consent to be shown.
        keep_days, since: so many days after that day the words go by themselves. None: see `why`.
        delete: the row goes, rather than its words. See Note [Statistics stay honest].
        on_erasure: whether the words go (the row, with `delete`) when the person asks for erasure.
        own: the room has a teller and an eraser of its own, registered with `tell_personal`.
        why: why words or links stay; needed where nothing is erased.
    """

    model: str
    people: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    clear: tuple[str, ...] = ()
    keep_days: int | None = None
    since: str = ""
    delete: bool = False
    on_erasure: bool = True
    own: bool = False
    why: str = ""

    @property
    def table(self) -> type[models.Model]:
        return apps.get_model(self.model)

    def rows(self) -> models.QuerySet[Any]:
        return self.table._default_manager.order_by("pk")

    def rows_of(self, person: Person) -> models.QuerySet[Any]:
        """The rows that lead to the person, by link or by address."""
        wanted = Q()
        for path in self.people:
            wanted |= Q(**{path: person if self._leads_to_person(path) else person.user_id})
        addresses = {a for a in (person.email, person.user.email if person.user else "") if a}
        for field in self.addresses if addresses else ():
            wanted |= Q(**{f"{field}__in": addresses})
        return self.rows().filter(wanted).distinct() if wanted else self.rows().none()

    def _leads_to_person(self, path: str) -> bool:
        found: Any = self.table
        for part in path.split("__"):
            found = found._meta.get_field(part).related_model
        return bool(found is Person)

    def due(self, today: date) -> models.QuerySet[Any]:
        """The rows whose time is up."""
        if self.keep_days is None:
            return self.rows().none()
        path = f"{self.since}__date" if _has_time(self.table, self.since) else self.since
        return self.rows().filter(**{f"{path}__lte": today - timedelta(days=self.keep_days)})

    def erase(self, rows: models.QuerySet[Any]) -> int:
        """Erase the words of these rows, or the rows. How many had something to erase."""
        keys = list(rows.order_by().values_list("pk", flat=True).distinct())
        here = self.table._default_manager.filter(pk__in=keys)
        if self.delete:
            here.delete()
            return len(keys)
        values = {name: _empty(self.table._meta.get_field(name)) for name in self.words}
        values |= dict.fromkeys(self.clear)
        left = Q()
        for name, value in values.items():
            left |= Q(**{f"{name}__isnull": False}) if value is None else ~Q(**{name: value})
        return here.filter(left).update(**values) if values else 0


def _has_time(table: Any, path: str) -> bool:
    *before, last = path.split("__")
    for part in before:
        table = table._meta.get_field(part).related_model
    return isinstance(table._meta.get_field(last), models.DateTimeField)


def _empty(field: Any) -> Any:
    if isinstance(field, models.JSONField):
        return []
    if isinstance(field, models.EmailField):
        return "" if field.blank else NO_ADDRESS
    return "" if field.blank else ERASED


def register() -> tuple[Held, ...]:
    """Every table that holds something of people."""
    found: tuple[Held, ...] = import_string(settings.PERSONAL_REGISTER)
    return found


def held_of(person: Person) -> dict[str, list[dict[str, str]]]:
    """What tables without a teller of their own hold of the person: label of the table -> rows, links in words."""
    found = {}
    for held in register():
        if not held.own:
            rows = [_told(row, held) for row in held.rows_of(person)]
            if rows:
                found[held.model] = rows
    return found


SECRETS = {"password", "data", "token", "token_secret", "session_data", "session_hash", "sender", "key"}
SIGNS = {"actor_label", "previous_hash", "hash", "key_id"}
"""What says nothing to a reader: seals (of the own name, of a subject told elsewhere) and marks of the chain."""


def _told(row: Any, held: Held) -> dict[str, str]:
    """A row's own values; of links only those that lead to people."""
    links = {path.split("__")[0] for path in held.people}
    shown = [f for f in row._meta.concrete_fields if f.name not in SECRETS | SIGNS]
    fields = [f for f in shown if not f.is_relation or f.name in links]
    return {f.name: str(getattr(row, f.name)) for f in fields if getattr(row, f.name) not in (None, "")}


def erase_held(person: Person) -> int:
    """Erase the person's words in every table without an eraser of its own. How many rows had some."""
    return sum(h.erase(h.rows_of(person)) for h in register() if h.on_erasure and not h.own and _erases(h))


def erase_due(today: date) -> str:
    """Daily: erase what is held longer than its time. What was erased is logged, in numbers."""
    total = 0
    for held in register():
        if not _erases(held):
            continue
        with transaction.atomic():
            n = held.erase(held.due(today))
            if n:
                record(by=None, verb="erase_due", subject_kind="retention", subject_key=held.model, rows=n)
        total += n
    return f"{total} rows erased"


def _erases(held: Held) -> bool:
    return bool(held.words or held.delete or held.clear)


def models_that_name_people() -> Iterable[type[models.Model]]:
    """Every table with a link to a person or a login, or with a field for an address, a phone or a contact's name."""
    from poliedro.accounts.models import User

    names = {"email", "phone", "contact_name", "username", "ip_address", "session_data"}
    for table in apps.get_models():
        fields = [*table._meta.concrete_fields, *table._meta.many_to_many]
        if table in (Person, User) or any(
            (f.is_relation and f.related_model in (Person, User)) or f.name in names for f in fields
        ):
            yield table
