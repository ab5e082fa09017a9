"""What needs a person now: each room tells its share, the page "My work" shows all of it, what is due first on top."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.urls import reverse
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from poliedro.shared.models import OwnTask, TodoMark


@dataclass(frozen=True)
class Todo:
    """One thing to settle.

    key: unique, such as "support.request:12". why: the reason in words. due_on: by when; None where nothing was
    promised. action: the verb on the button; url: the page where it is settled. kind: a word to filter by.
    alarm: something went wrong, rather than being due. may_close: whether the person may say that it is done, or of no
    concern; else it goes when what it tells of is settled, and can only be put off.
    """

    key: str
    title: str
    why: str
    url: str
    action: str
    due_on: date | None = None
    kind: str = ""
    alarm: bool = False
    may_close: bool = False

    def is_late(self, today: date) -> bool:
        return self.due_on is not None and self.due_on < today


OWN = "shared.task:"
"""Before the number of a task that a person set themselves."""

Teller = Callable[[Any, date], Iterable[Todo]]
"""(user, today) -> what that person has to settle. A few queries at most; it runs in a web request."""
_TELLERS: dict[str, Teller] = {}


def tell_todos(name: str, teller: Teller) -> None:
    """Register a room's share, under a name such as "support.requests"."""
    _TELLERS[name] = teller


@dataclass(frozen=True)
class Work:
    """todos: in the order to settle them. away: how many items are put off until a day to come."""

    todos: list[Todo]
    away: int


def todos_of(user: Any, today: date) -> list[Todo]:
    """Everything that the person has to settle and has not put off: alarms, then what is late or due first, then the
    rest. What the rooms tell of, and the person's own tasks."""
    return work_of(user, today).todos


def work_of(user: Any, today: date) -> Work:
    """The same, and how much is put off."""
    told = [todo for _name, teller in sorted(_TELLERS.items()) for todo in teller(user, today)]
    marks = dict(TodoMark.objects.filter(user=user).order_by("pk").values_list("key", "until"))
    away = {mark for mark, until in marks.items() if until is None or until > today}
    found = [todo for todo in (*told, *own_todos(user)) if mark_of(user, todo.key) not in away]
    found.sort(key=lambda t: (not t.alarm, t.due_on is None, t.due_on or date.max, t.key))
    return Work(found, sum(until is not None and until > today for until in marks.values()))


def mark_of(user: Any, key: str) -> str:
    """What is kept of an item that a person put off.

    # Note [Marks of items]
    The key of an item beside its person would tell in a dump that somebody is coached, and in which case. So a keyed
    hash of both is kept, of every item alike; its key is made from the site's secret, which is no part of the database.
    """
    return salted_hmac("poliedro.shared.todos", f"{user.pk}:{key}", algorithm="sha256").hexdigest()


def own_todos(user: Any) -> list[Todo]:
    """The tasks that the person has set themselves and not done."""
    return [
        Todo(
            f"{OWN}{task.pk}",
            task.title,
            _("Set by yourself"),
            task.url or reverse("portal:work"),
            _("Open") if task.url else "",
            task.due_on,
            _("own tasks"),
            may_close=True,
        )
        for task in OwnTask.objects.filter(user=user, done_at=None)
    ]


def add_task(*, user: Any, title: str, due_on: date | None = None, url: str = "") -> OwnTask:
    """A task for oneself. url: an address of this site, or empty. Raises ValueError for one of another site."""
    if url and (not url.startswith("/") or url.startswith(("//", "/\\"))):
        raise ValueError(f"{url!r} is no address of this site; begin it with one /")
    return OwnTask.objects.create(user=user, title=title[:200], due_on=due_on, url=url[:300])


def put_off(*, user: Any, key: str, until: date | None, at: datetime) -> None:
    """Not shown to this person before that day; None: not again, and a task of one's own is done."""
    if until is None and key.startswith(OWN):
        OwnTask.objects.filter(user=user, pk=int(key.removeprefix(OWN)), done_at=None).update(done_at=at)
        return
    mark = mark_of(user, key)
    TodoMark.objects.update_or_create(user=user, key=mark, defaults={"until": until, "marked_at": at})


def call_back(*, user: Any, key: str) -> None:
    """Shown again at once: what was put off, or said to be done."""
    TodoMark.objects.filter(user=user, key=mark_of(user, key)).delete()
    if key.startswith(OWN):
        OwnTask.objects.filter(user=user, pk=int(key.removeprefix(OWN))).update(done_at=None)
