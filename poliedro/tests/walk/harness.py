"""Walks over every address as every actor and compares the answer with the table of who may do what.

A room keeps its samples in `tests/walk/<room>.py`: `samples() -> {url name: [keyword arguments, ...]}`, with real
objects of two clusters. Keys that begin with an underscore tell the walk more:

- `_may`: names of the actors who may, where the view says "public" or "signed in" and asks further by itself.
- `_query`: a query string; `_data`: what to post; `_method`: "post" where the view answers GET with another meaning.
"""

from __future__ import annotations

import inspect
import io
import logging
import pkgutil
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.template.base import Template
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from walk.world import Actor, World

from poliedro.registry.queries.roles import subject_of
from poliedro.registry.rules.permissions import Form, can
from poliedro.shared.access import Access

FINE = {200, 302, 303, 400, 422}
"""Answers to those who may: 400 and 422 are forms that came empty."""
PACKAGES = ("allauth.", "django.")
"""Addresses of packages (sign-in, second factor): no access of ours; they must show no fault and no secret."""


@dataclass(frozen=True)
class Route:
    name: str
    pattern: str
    view: Any
    access: Access | None
    is_ours: bool

    @property
    def has_arguments(self) -> bool:
        return "<" in self.pattern or "(?P" in self.pattern


@dataclass
class Walk:
    """What the walk met. problems: in words; empty means that the table holds."""

    problems: list[str] = field(default_factory=list)
    visits: int = 0
    asked: int = 0
    routes: int = 0
    refused: int = 0
    allowed: int = 0


def routes() -> list[Route]:
    """Every address of the site, by url name."""
    return list(_routes(get_resolver().url_patterns, "", ""))


def _routes(patterns: Sequence[Any], space: str, before: str) -> Iterator[Route]:
    for found in patterns:
        if isinstance(found, URLResolver):
            inner = f"{space}:{found.namespace}".strip(":") if found.namespace else space
            yield from _routes(found.url_patterns, inner, before + str(found.pattern))
        elif isinstance(found, URLPattern):
            name = f"{space}:{found.name}".strip(":") if found.name else before + str(found.pattern)
            module = inspect.unwrap(found.callback).__module__
            access = getattr(found.callback, "access", None)
            ours = access is not None or not module.startswith(PACKAGES)
            yield Route(name, before + str(found.pattern), found.callback, access, ours)


def samples_of_rooms() -> dict[str, list[dict[str, Any]]]:
    """What every room's module here gives, made in the present database."""
    found: dict[str, list[dict[str, Any]]] = {}
    for module in pkgutil.iter_modules([str(Path(__file__).parent)]):
        if module.name in {"world", "harness"} or module.name.startswith("test_"):
            continue
        for name, given in import_module(f"walk.{module.name}").samples().items():
            found.setdefault(name, []).extend(given)
    return found


def walk(
    world: World,
    samples: dict[str, list[dict[str, Any]]],
    form: Form,
    *,
    only: Sequence[str] = (),
    against: Form | None = None,
    refusals: bool = True,
) -> Walk:
    """Try every address as every actor.

    against: another institutional form, which was walked before: an address is opened where the table gives another
    answer under this form, and where its views read the form by themselves; where the table gives the same one and the
    page cannot differ by form, the permission alone is asked.
    refusals: whether those who may not are sent to the address too, or it is opened by those alone who may.
    """
    with _quietly():
        return _walk(world, samples, form, only, against, refusals)


def _render(self: Any, context: Any) -> Any:
    return self.nodelist.render(context)


@contextmanager
def _quietly() -> Iterator[None]:
    """Without a log line and a kept context for each of thousands of answers."""
    logging.disable(logging.CRITICAL)
    rendered, Template._render = Template._render, _render
    try:
        yield
    finally:
        Template._render = rendered
        logging.disable(logging.NOTSET)


def _walk(
    world: World,
    samples: dict[str, list[dict[str, Any]]],
    form: Form,
    only: Sequence[str],
    against: Form | None,
    refusals: bool,
) -> Walk:
    told, clients = Walk(), {name: _client(actor) for name, actor in world.actors.items()}
    for route in routes():
        if only and route.name not in only:
            continue
        told.routes += 1
        if route.is_ours and route.access is None:
            told.problems.append(
                f"{route.name} says nowhere who may open it: put @public, @signed_in or @needs above it"
            )
            continue
        given = samples.get(route.name) or ([] if route.has_arguments else [{}])
        if not given and route.is_ours:
            told.problems.append(f"{route.name} has no sample: add one to tests/walk/{route.name.split(':')[0]}.py")
            continue
        differs = reads_the_form(route)
        if against is not None and not differs and (route.access is None or route.access.kind != "permission"):
            continue
        for sample in given:
            thing = _thing(route, sample)
            for actor in world.actors.values():
                expected = _may(route, sample, actor, form, thing)
                if against is not None and not differs and expected == _may(route, sample, actor, against, thing):
                    _ask_permission(told, route, actor, thing, bool(expected))
                elif refusals or expected is not False:
                    _visit(told, world, route, sample, actor, clients[actor.name], expected)
    return told


@cache
def _source_of(module: str) -> str:
    return inspect.getsource(import_module(module))


def reads_the_form(route: Route) -> bool:
    """Whether the module of the view asks for the institutional form beside the table: its pages may differ by it."""
    return route.is_ours and "region().form" in _source_of(inspect.unwrap(route.view).__module__)


def _thing(route: Route, sample: dict[str, Any]) -> Any:
    """What the address speaks of, found as its view finds it."""
    access = route.access
    return access.find(**{part: sample[part] for part in access.taken}) if access and access.find else None


def _ask_permission(told: Walk, route: Route, actor: Actor, thing: Any, expected: bool) -> None:
    assert route.access is not None
    told.asked += 1
    user: Any = actor.user or AnonymousUser()
    if user.has_perm(route.access.permission, thing) != expected:
        told.problems.append(f"{route.name} as {actor.name}: the site does not answer {expected}")


def _may(route: Route, sample: dict[str, Any], actor: Actor, form: Form, thing: Any) -> bool | None:
    """What the table says; None where it says nothing (addresses of packages, debugging)."""
    access = route.access
    if access is None or access.kind == "debug":
        return None
    if access.kind == "public":
        return "_may" not in sample or actor.name in sample["_may"]
    if access.kind == "signed_in":
        return actor.user is not None and ("_may" not in sample or actor.name in sample["_may"])
    return can(
        actor.roles,
        access.permission,
        subject_of(thing),
        form,
        held_funding_role=actor.stands_on_the_funding_side(form),
    )


def _client(actor: Actor) -> Client:
    client = Client(raise_request_exception=False)
    if actor.user is not None:
        client.force_login(actor.user)
    return client


def _visit(
    told: Walk,
    world: World,
    route: Route,
    sample: dict[str, Any],
    actor: Actor,
    client: Client,
    expected: bool | None,
) -> None:
    arguments = {k: v for k, v in sample.items() if not k.startswith("_")}
    address = reverse(route.name, kwargs=arguments) if ":" in route.name or route.name.isidentifier() else None
    if address is None:
        return
    response = _ask(client, address + sample.get("_query", ""), sample)
    told.visits += 1
    status, where = response.status_code, f"{route.name} {arguments or ''} as {actor.name}"
    to_sign_in = status == 302 and response.headers.get("Location", "").startswith("/accounts/login/")
    if expected is None:
        if status >= 500:
            told.problems.append(f"{where}: {status}")
    elif expected:
        told.allowed += 1
        if status not in FINE or (to_sign_in and route.is_ours):
            told.problems.append(f"{where}: {status} for somebody who may{_why(response)}")
    else:
        told.refused += 1
        wanted = "led to the sign-in page" if actor.user is None else "403"
        public_refusal = route.access is not None and route.access.kind == "public" and status == 403
        if not public_refusal and not (to_sign_in if actor.user is None else status == 403):
            told.problems.append(f"{where}: {status} instead of {wanted}")
    told.problems += leaks_in(body_of(response), world, actor, where)


def _ask(client: Client, address: str, sample: dict[str, Any]) -> Any:
    """Open the address; what it writes is taken back. A view that takes posts alone is posted to."""
    with transaction.atomic():
        response = client.get(address) if sample.get("_method") != "post" else client.post(address, sample.get("_data"))
        if response.status_code == 405:
            response = client.post(address, sample.get("_data") or {})
        response.read = body_of(response)  # streams are read before the rows that they need are gone
        transaction.set_rollback(True)
    return response


def body_of(response: Any) -> str:
    """The text of an answer; of a PDF what pages and properties say; of a zip (a workbook, too) what is in it."""
    kept = getattr(response, "read", None)
    if isinstance(kept, str):
        return kept
    raw = b"".join(response.streaming_content) if response.streaming else response.content
    if raw[:5] == b"%PDF-":
        return text_of_pdf(raw)
    if raw[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(raw)) as packed:
            raw = b"\n".join(packed.read(name) for name in packed.namelist())
    return bytes(raw).decode("utf-8", "replace")


def text_of_pdf(raw: bytes) -> str:
    """Text of all pages, properties and outline, and the same again without spaces: lines break words.

    What somebody uploaded as a PDF and is none is read as it stands.
    """
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    try:
        paper = PdfReader(io.BytesIO(raw))
    except PyPdfError:
        return raw.decode("utf-8", "replace")
    pieces = [page.extract_text() for page in paper.pages]
    pieces += [str(value) for value in (paper.metadata or {}).values()]
    pieces += [str(getattr(entry, "title", "")) for entry in paper.outline]
    whole = "\n".join(pieces)
    return whole + "\n" + "".join(whole.split()).replace("\u00ad", "").replace("-", "")


def leaks_in(text: str, world: World, actor: Actor, where: str) -> list[str]:
    """Confidential words in a text that this actor got and may not read."""
    return [
        f"{where}: LEAK of {secret.words!r}"
        for secret in world.secrets
        if secret.words in text and actor.name not in secret.readers
    ]


def _why(response: Any) -> str:
    fault = getattr(response, "exc_info", None)
    return f" ({fault[0].__name__}: {fault[1]})" if fault else ""
