"""What a search found, as pages show it. Names are read when shown, so that what was hidden since stays hidden."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from poliedro.matchmaking.models import Card, Equipment, ExpertProfile
from poliedro.matchmaking.queries.cards import faces, visible_cards
from poliedro.matchmaking.queries.concepts import label_of
from poliedro.matchmaking.rules.faces import face_words
from poliedro.matchmaking.rules.routing import worth
from poliedro.registry.models import Organisation, Project, ServiceOffer
from poliedro.registry.queries.visibility import kept_back
from poliedro.shared.region import region

KINDS = ("equipment", "laboratory", "person", "service", "card", "project", "organisation")


def kind_label(kind: str) -> str:
    return {
        "equipment": _("equipment"),
        "laboratory": _("laboratory"),
        "person": _("expert"),
        "service": _("service"),
        "card": _("card"),
        "project": _("project"),
        "organisation": _("organisation"),
    }[kind]


@dataclass(frozen=True)
class Reason:
    """Why, in words, and what part of the score it makes up (0..1)."""

    words: str
    weight: float

    @property
    def percent(self) -> int:
        return round(100 * self.weight)


@dataclass(frozen=True)
class Found:
    """Something that answers a question. document: its key in the index ("equipment:3")."""

    document: str
    kind: str
    title: str
    text: str
    url: str
    score: float
    reasons: tuple[Reason, ...] = ()
    organisation_id: int | None = None
    organisation: str = ""
    tags: tuple[str, ...] = field(default=())
    synthetic: bool = False


@dataclass(frozen=True)
class Hit:
    """A row of the index that matched: terms with their parts of the score; a concept is written "=key"."""

    document: str
    score: float
    terms: tuple[tuple[str, float], ...]
    words: Mapping[str, str] = field(default_factory=dict)


def reasons_of(hit: Hit) -> tuple[Reason, ...]:
    """The shared words as the asker wrote them, and the shared concepts by their labels; at most four."""
    found = []
    for term, weight in hit.terms:
        if term == "#":
            found.append(Reason(_("it means much the same, by the language model"), weight))
        elif term.startswith("=w:"):
            found.append(Reason(_("the meaning “%(label)s”") % {"label": label_of(term[1:])}, weight))
        elif term.startswith("="):
            found.append(Reason(_("the field “%(label)s”") % {"label": label_of(term[1:])}, weight))
        else:
            found.append(Reason(_("the word “%(word)s”") % {"word": hit.words.get(term, term)}, weight))
    whole: dict[str, float] = {}
    for reason in found:
        whole[reason.words] = whole.get(reason.words, 0.0) + reason.weight
    best = sorted(whole.items(), key=lambda pair: -pair[1])
    return tuple(Reason(words, weight) for words, weight in best[:4])


def shown(hits: Iterable[Hit], user: Any, limit: int) -> list[Found]:
    """The hits as the reader may see them, at most `limit`; one query a kind, a few for the cards."""
    hits = list(hits)
    keys: dict[str, list[int]] = {}
    for hit in hits:
        kind, _colon, key = hit.document.partition(":")
        keys.setdefault(kind, []).append(int(key))
    rows = {kind: _READ[kind](ids, user) for kind, ids in keys.items()}
    found = []
    for hit in hits:
        kind, _colon, key = hit.document.partition(":")
        known = rows[kind].get(int(key))
        if known is not None:
            near = known.pop("near", True)
            found.append(Found(hit.document, score=hit.score * worth(kind, near), reasons=reasons_of(hit), **known))
    return _once(sorted(found, key=lambda f: -f.score))[:limit]


def _once(rows: list[Found]) -> list[Found]:
    """The same service for several audiences as one, with all their tags."""
    kept: dict[tuple[Any, ...], Found] = {}
    for f in rows:
        key = (f.kind, f.title, f.url) if f.kind == "service" else (f.document,)
        first = kept.get(key)
        if first is not None:
            f = replace(first, tags=tuple(dict.fromkeys((*first.tags, *f.tags))))
        kept[key] = f
    return list(kept.values())


def _cards(keys: list[int], user: Any) -> dict[int, dict[str, Any]]:
    rows = list(visible_cards(user).filter(pk__in=keys))
    known = faces(rows, user)
    return {
        c.pk: {
            "kind": "card",
            "title": c.title,
            "text": c.text,
            "url": reverse("matchmaking:card", args=[c.code]),
            "organisation": face_words(known[c.pk]),
            "organisation_id": known[c.pk].organisation_id,
            "tags": (str(Card.Kind(c.kind).label), str(Card.Topic(c.topic).label)),
            "synthetic": c.is_synthetic,
        }
        for c in rows
    }


def _profiles(keys: list[int], user: Any) -> dict[int, dict[str, Any]]:
    rows = ExpertProfile.objects.filter(pk__in=keys, agreed_at__isnull=False).select_related("organisation")
    rows = rows.exclude(organisation__in=kept_back(user)["expertise"])
    return {
        p.pk: {
            "kind": "person" if p.kind == ExpertProfile.Kind.PERSON else "laboratory",
            "title": p.name,
            "text": p.text,
            "url": reverse("matchmaking:expert", args=[p.pk]),
            "organisation": str(p.organisation),
            "organisation_id": p.organisation_id,
            "synthetic": p.is_synthetic,
        }
        for p in rows
    }


def _equipment(keys: list[int], user: Any) -> dict[int, dict[str, Any]]:
    rows = Equipment.objects.filter(pk__in=keys).select_related("laboratory__organisation")
    rows = rows.exclude(laboratory__organisation__in=kept_back(user)["expertise"])
    return {
        e.pk: {
            "kind": "equipment",
            "title": e.name,
            "text": e.text,
            "url": reverse("matchmaking:equipment", args=[e.pk]),
            "organisation": f"{e.laboratory.name}, {e.laboratory.organisation}",
            "organisation_id": e.laboratory.organisation_id,
            "synthetic": e.is_synthetic,
        }
        for e in rows
    }


def _services(keys: list[int], user: Any) -> dict[int, dict[str, Any]]:
    rows = ServiceOffer.objects.known().filter(pk__in=keys).select_related("organisation", "territory")
    rows = rows.exclude(organisation__in=kept_back(user)["services"])
    return {
        s.pk: {
            "kind": "service",
            "title": _("%(service)s by %(body)s")
            % {"service": ServiceOffer.Service(s.service).label, "body": s.organisation},
            "text": s.note,
            "url": reverse("portal:organisation", args=[s.organisation_id]),
            "organisation": str(s.organisation),
            "organisation_id": s.organisation_id,
            "tags": (str(ServiceOffer.Audience(s.audience).label), s.territory.name),
            "synthetic": s.certainty == "synthetic",
        }
        for s in rows
    }


def _projects(keys: list[int], user: Any) -> dict[int, dict[str, Any]]:
    return {
        p.pk: {
            "kind": "project",
            "title": str(p),
            "text": p.objective[:300],
            "url": reverse("portal:project", args=[p.pk]),
            "organisation": str(p.starts_on.year) if p.starts_on else "",
            "synthetic": p.certainty == "synthetic",
        }
        for p in Project.objects.filter(pk__in=keys, retracted_at=None)
    }


def _organisations(keys: list[int], user: Any) -> dict[int, dict[str, Any]]:
    rows = Organisation.objects.current().filter(pk__in=keys).select_related("territory", "nace")
    code = region().code
    here = set(
        rows.filter(Q(territory__code__startswith=code) | Q(territory__parent__code__startswith=code)).values_list(
            "pk", flat=True
        )
    )
    hidden = kept_back(user, among=keys)
    without = hidden["place"]
    return {
        o.pk: {
            "kind": "organisation",
            "title": str(o),
            "text": "" if o.pk in hidden["description"] else o.description,
            "url": reverse("portal:organisation", args=[o.pk]),
            "organisation": ", ".join(
                w
                for w in (
                    str(Organisation.Kind(o.kind).label),
                    o.territory.name if o.territory and o.pk not in without else "",
                )
                if w
            ),
            "organisation_id": o.pk,
            "synthetic": o.is_synthetic,
            "near": o.pk in here,
        }
        for o in rows
    }


_READ = {
    "card": _cards,
    "person": _profiles,
    "laboratory": _profiles,
    "equipment": _equipment,
    "service": _services,
    "project": _projects,
    "organisation": _organisations,
}
