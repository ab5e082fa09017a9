"""Who may open a page: said once, above the view, enforced there, and read by the walk over all addresses.

    @needs("registry.view_prospects", cluster=cluster_by_key)
    def prospects(request: HttpRequest, cluster: Cluster) -> HttpResponseBase: ...

The resolver takes the address' parts by name, gives the thing or raises Http404, and the view gets the thing in their
place. Parts that the resolver does not take go on to the view. Nobody signed in is led to the sign-in page; whoever may
not is refused with 403. A resolver of things whose very number is confidential refuses instead of raising Http404.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, NoReturn

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase

View = Callable[..., HttpResponseBase]
Refused = Callable[[HttpRequest, str], object]
"""(request, permission): somebody who signed in was refused."""
_REFUSED: dict[str, Refused] = {}
Resolver = Callable[..., Any]


@dataclass(frozen=True)
class Access:
    """kind: public, signed_in (the view itself shows what is one's own), permission, or debug (DEBUG alone).

    find, taken: how the subject of the permission is found, and from which parts of the address.
    """

    kind: str
    permission: str = ""
    subject: str = ""
    find: Resolver | None = None
    taken: tuple[str, ...] = ()


def tell_refusals(name: str, hook: Refused) -> None:
    """Register what is done when somebody who signed in is refused a permission, such as a row in the log."""
    _REFUSED[name] = hook


def refuse(request: HttpRequest, permission: str) -> NoReturn:
    """Refuse a permission, and tell whoever keeps account of it. Raises PermissionDenied."""
    for _name, hook in sorted(_REFUSED.items()):
        hook(request, permission)
    raise PermissionDenied(permission)


def public(view: View) -> View:
    """Anyone may open it."""
    view.access = Access("public")  # type: ignore[attr-defined]
    return view


def signed_in(view: View) -> View:
    """Whoever has signed in; the view shows only what is that person's own, or asks further."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        return view(request, *args, **kwargs)

    guarded.access = Access("signed_in")  # type: ignore[attr-defined]
    return guarded


def debug_only(view: View) -> View:
    """For those who build pages: it exists where DEBUG is on, and nowhere else."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not settings.DEBUG:
            raise Http404
        return view(request, *args, **kwargs)

    guarded.access = Access("debug")  # type: ignore[attr-defined]
    return guarded


def needs(permission: str, **resolver: Resolver) -> Callable[[View], View]:
    """Whoever holds the permission on what the one resolver finds; without a resolver, on the register as a whole."""
    if len(resolver) > 1:
        raise TypeError(f"needs({permission!r}) takes one resolver, not {', '.join(resolver)}")
    name, find = next(iter(resolver.items())) if resolver else ("", None)
    taken = tuple(inspect.signature(find).parameters) if find else ()

    def wrap(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            thing = None
            if find is not None:
                try:
                    thing = find(**{part: kwargs.pop(part) for part in taken})
                except PermissionDenied:  # a resolver that does not tell whether there is such a thing
                    refuse(request, permission)
                kwargs[name] = thing
            if not request.user.has_perm(permission, thing):
                refuse(request, permission)
            return view(request, *args, **kwargs)

        guarded.access = Access("permission", permission, name, find, taken)  # type: ignore[attr-defined]
        return guarded

    return wrap
