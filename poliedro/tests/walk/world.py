"""The people and clusters of the walk: two clusters, everybody who could want in, and words that few may read."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from factories import cluster, delegate_of, manager_of, membership, officer, organisation, user

from poliedro.accounts.models import User
from poliedro.registry.models import Cluster, Office, Organisation
from poliedro.registry.queries.roles import roles_of
from poliedro.registry.rules.permissions import Form, Role, RoleName

OFFICES = (
    "regional_officer",
    "funding_officer",
    "agency_staff",
    "coach",
    "evaluator",
    "fdi_officer",
    "data_steward",
    "auditor",
)


@dataclass(frozen=True)
class Actor:
    """Somebody who tries every way in. roles: by construction, not as the site works them out."""

    name: str
    user: User | None
    roles: tuple[Role, ...] = ()
    had_funding_role: bool = False

    def stands_on_the_funding_side(self, form: Form) -> bool:
        from poliedro.registry.rules.permissions import funding_roles

        return self.had_funding_role or bool({r.name for r in self.roles} & funding_roles(form))


@dataclass(frozen=True)
class Secret:
    """Words inside the wall. readers: names of the actors who may read them; everybody else must never meet them."""

    words: str
    readers: frozenset[str]


@dataclass
class World:
    clusters: dict[str, Cluster]
    firms: dict[str, Organisation]
    actors: dict[str, Actor]
    secrets: list[Secret] = field(default_factory=list)

    def keep_secret(self, words: str, *readers: str) -> str:
        """Note words that only these actors may read; returns them."""
        self.secrets.append(Secret(words, frozenset(readers)))
        return words

    def user(self, name: str) -> User:
        found = self.actors[name].user
        assert found is not None
        return found


_CURRENT: list[World] = []


def the_world() -> World:
    """The world that `build_world` made last: for the samples of rooms."""
    return _CURRENT[-1]


def build_world() -> World:
    """Nobody, a person without roles, managers and delegates of two clusters, every office, a second coach, and a coach
    who held a funding role until lately."""
    clusters = {"a": cluster("agrifood"), "b": cluster("mesap")}
    firms = {"a": organisation("Alfa S.r.l."), "b": organisation("Beta S.r.l.")}
    for key in ("a", "b"):
        membership(firms[key], clusters[key])
    actors = {"nobody": Actor("nobody", None), "stranger": Actor("stranger", user("stranger@walk.example"))}
    for key in ("a", "b"):
        login = manager_of(clusters[key], f"manager_{key}@walk.example")
        role = Role(RoleName.CLUSTER_MANAGER, cluster_id=clusters[key].pk, person_id=login.person.pk)
        actors[f"manager_{key}"] = Actor(f"manager_{key}", login, (role,))
        login = delegate_of(firms[key], f"delegate_{key}@walk.example")
        role = Role(RoleName.DELEGATE, organisation_id=firms[key].pk, member_of=frozenset({clusters[key].pk}))
        actors[f"delegate_{key}"] = Actor(f"delegate_{key}", login, (role,))
    for function in OFFICES:
        actors[function] = _office(function, function)
    actors["coach_b"] = _office("coach_b", "coach")
    turned = _office("coach_from_funding", "coach")
    assert turned.user is not None
    past = Office.objects.get(person=turned.user.person)
    Office.objects.create(
        person=past.person,
        organisation=past.organisation,
        function="funding_officer",
        valid_from=date(2015, 1, 1),
        valid_to=_lately(),
        source=past.source,
        certainty=past.certainty,
    )
    actors["coach_from_funding"] = Actor("coach_from_funding", turned.user, turned.roles, had_funding_role=True)
    world = World(clusters, firms, actors)
    _CURRENT[:] = [world]
    return world


def _lately() -> date:
    from datetime import timedelta

    from django.utils import timezone

    return timezone.localdate() - timedelta(days=400)


def _office(name: str, function: str) -> Actor:
    login = officer(function, f"{name}@walk.example")
    return Actor(name, login, (Role(RoleName(function), person_id=login.person.pk),))


def roles_agree(world: World) -> list[str]:
    """Where the site works out other roles than those by which the people were made."""
    return [
        f"{a.name}: {roles_of(a.user)} instead of {a.roles}"
        for a in world.actors.values()
        if a.user is not None and set(roles_of(a.user)) != set(a.roles)
    ]
