"""The log in words: what was done and to what, with the name of a thing where the reader may open that thing.

The words of every room's verbs and kinds stand in one list (settings LOG_VERBS, LOG_STEPS, LOG_KINDS), which a test
holds against what the code records. What is not known has its key.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.conf import settings
from django.urls import resolve, reverse
from django.utils.functional import Promise
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from poliedro.audit.models import LogEntry


@dataclass(frozen=True)
class Subject:
    """A kind of subject. model, by: where its name is found by the log's key, if at all.

    page: the address that shows it; the log names it for whoever may open that. only: which rows may be named at all.
    """

    words: str | Promise
    model: str = ""
    by: str = "pk"
    page: str = ""
    only: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Told:
    """A row of the log as its reader sees it. name, url: empty where the reader may not open the thing."""

    entry: LogEntry
    who: str
    did: str
    kind: str
    name: str = ""
    url: str = ""


def verb_words(verb: str) -> str:
    """What was done: "asked for a service"; for what moves from state to state "published"."""
    verbs, steps = import_string(settings.LOG_VERBS), import_string(settings.LOG_STEPS)
    if verb in verbs:
        return str(verbs[verb])
    step = verb.partition("_")[2]
    found = steps.get(step) or steps.get(step.partition("_")[0])
    return str(found) if found else verb


def kind_words(kind: str) -> str:
    known: dict[str, Subject] = import_string(settings.LOG_KINDS)
    return str(known[kind].words) if kind in known else kind


def kinds_alike(kind: str) -> list[str]:
    """Kinds with the same words: rooms name an organisation in more than one way."""
    known: dict[str, Subject] = import_string(settings.LOG_KINDS)
    return sorted({kind, *(other for other in known if kind in known and known[other].words == known[kind].words)})


def tell(entries: Iterable[LogEntry], *, user: Any, with_names: bool = True) -> list[Told]:
    """The rows in the reader's words. One query a kind of named things."""
    rows = list(entries)
    named: dict[tuple[str, str], tuple[str, str]] = {}
    for kind in {entry.subject_kind for entry in rows} if with_names else ():
        keys = {entry.subject_key for entry in rows if entry.subject_kind == kind}
        named.update(((kind, key), found) for key, found in _names(kind, keys, user).items())
    return [
        Told(
            entry,
            _who(entry),
            verb_words(entry.verb),
            kind_words(entry.subject_kind),
            *named.get((entry.subject_kind, entry.subject_key), ("", "")),
        )
        for entry in rows
    ]


def _who(entry: LogEntry) -> str:
    """Who acted: a name, or in words what stands for one; empty where the person was erased."""
    return {"system": _("the system"), "in confidence": _("in confidence")}.get(entry.actor_name, entry.actor_name)


def _names(kind: str, keys: set[str], user: Any) -> dict[str, tuple[str, str]]:
    """Key -> (name, address) of those that the reader may open; things without a page of their own have no address."""
    subject: Subject | None = import_string(settings.LOG_KINDS).get(kind)
    if subject is None or not subject.model:
        return {}
    table = apps.get_model(subject.model)
    keys = {key for key in keys if key.isdigit()} if subject.by == "pk" else keys
    found = {}
    for thing in table._default_manager.filter(**{f"{subject.by}__in": keys}, **subject.only):
        key = str(getattr(thing, subject.by))
        url = reverse(subject.page, args=[key]) if subject.page else ""
        if not url or _may_open(url, thing, user):
            found[key] = (str(thing) or _("without a name"), url)
    return found


def _may_open(url: str, thing: Any, user: Any) -> bool:
    access = resolve(url).func.access  # type: ignore[attr-defined]
    if access.kind == "permission":
        return bool(user.has_perm(access.permission, thing if access.find else None))
    return bool(access.kind == "public")
