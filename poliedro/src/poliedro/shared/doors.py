"""Ways in: each room says where its pages are reached from, so that menus and tabs need no list of rooms.

A room adds its doors when the site starts (`apps.py`, `ready`). Places:

- "menu": the main menu, for everyone, in the groups of `MENU`. "work": the page of a person who signed in, by group.
- "cluster", "organisation", "project": the pages of one such thing; their address takes its key. Those of a cluster
  stand in groups too.
- "member": the file of one organisation in a cluster's books; their address takes the cluster's key and its number.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from poliedro.shared.components import Tab

Place = Literal["menu", "work", "cluster", "member", "organisation", "project"]
SIGNED_IN = "signed-in"
"""In place of a permission: whoever has signed in."""

WHO = _("Who is here")
HELP = _("Find help")
CALLS = _("Calls and funding")
RESULTS = _("Figures and results")
MENU = (WHO, HELP, CALLS, RESULTS)
"""Groups of the main menu, in order. A door of "menu" names one; without one it stands by itself at the end."""

OVERVIEW = _("The cluster")
MEMBERS = _("Members and fees")
REACH = _("Coverage and growth")
SERVICES = _("Services to firms")
MONEY = _("Money and staff")
HEALTH = _("Health")
CLUSTER = (OVERVIEW, MEMBERS, REACH, SERVICES, MONEY, HEALTH)
"""Groups of a cluster's pages, in order. A door of "cluster" names one; without one it stands by itself at the end."""


@dataclass(frozen=True)
class Door:
    """A way to one page.

    permission: who sees the door; "" for everyone, SIGNED_IN, or a permission that is asked about the thing at hand (a
    door hides what would be refused; the page refuses by itself). group: the heading under which "menu", "work" or
    "cluster" shows it. things: for "work", gives (label, address) pairs for this person instead of one page, such as
    one a cluster. when: whether a page that is open to whoever signed in holds anything for this person.
    """

    place: Place
    label: str | Promise
    url_name: str
    permission: str = ""
    order: int = 50
    group: str | Promise = ""
    things: Callable[[Any], Sequence[tuple[str, str]]] | None = None
    when: Callable[[Any], bool] | None = None


@dataclass(frozen=True)
class Link:
    label: str
    url: str
    group: str = ""
    name: str = ""


@dataclass(frozen=True)
class MenuEntry:
    """One entry of the main menu: a single link, or a group that opens. key: for the ids of the page."""

    key: str
    label: str
    links: list[Link]
    is_group: bool


_DOORS: dict[tuple[str, str], Door] = {}


def add_door(door: Door) -> None:
    """Add a way in; the same page at the same place again replaces it."""
    _DOORS[door.place, door.url_name] = door


def doors_at(place: Place, user: Any, thing: Any = None, args: Sequence[Any] = ()) -> list[Link]:
    """What the person sees at a place, in order. thing: what permissions are asked about; args: of the address."""
    links = []
    for door in sorted((d for d in _DOORS.values() if d.place == place), key=lambda d: (d.order, d.url_name)):
        if not _open(door, user, thing):
            continue
        if door.things is not None:
            links += [Link(label, url, str(door.group), door.url_name) for label, url in door.things(user)]
        else:
            links.append(Link(str(door.label), reverse(door.url_name, args=args), str(door.group), door.url_name))
    return links


def menu(user: Any) -> list[MenuEntry]:
    """The main menu as the person sees it: the groups in order, then doors without one."""
    links = doors_at("menu", user)
    groups = [
        MenuEntry(f"menu-{i}", str(group), inside, True)
        for i, group in enumerate(MENU, 1)
        if (inside := [link for link in links if link.group == str(group)])
    ]
    known = {str(group) for group in MENU}
    alone = [link for link in links if link.group not in known]
    return groups + [MenuEntry(f"menu-{i}", link.label, [link], False) for i, link in enumerate(alone, len(MENU) + 1)]


def tabs_at(place: Place, user: Any, thing: Any, args: Sequence[Any], here: str, query: str = "") -> list[Tab]:
    """The doors of a thing as tabs. here: url name of the page that is open."""
    links = doors_at(place, user, thing, args)
    if place == "cluster":
        order = {str(group): i for i, group in enumerate(CLUSTER)}
        links.sort(key=lambda link: order.get(link.group, len(order)))
    return [Tab(link.label, link.url + query, link.name == here, link.group or link.label) for link in links]


def _open(door: Door, user: Any, thing: Any) -> bool:
    if not door.permission:
        return True
    if not getattr(user, "is_authenticated", False):
        return False
    if door.when is not None and not door.when(user):
        return False
    return door.permission == SIGNED_IN or bool(user.has_perm(door.permission, thing))
