"""Reads of coaching for those who may: the manager concerned and the coaches assigned. Pages check before they ask."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.timezone import make_aware

from poliedro.accounts.models import Person
from poliedro.audit.models import LogEntry
from poliedro.audit.queries import named
from poliedro.support.models import (
    CoachAssignment,
    CoachingCase,
    CompetenceProfile,
    NeedCard,
    PeerOffer,
    Provider,
    ProviderCompetence,
    Sealed,
)
from poliedro.support.rules.agency import GROUP_SIZE, OVER, Candidate, Suited, shortlist


@dataclass(frozen=True)
class Need:
    """A need card, opened for its reader. competence: "" where it was erased."""

    pk: int
    cluster: str
    competence: str
    urgency: int
    text: str
    written_on: date


def _values(card: NeedCard) -> dict[str, Any]:
    return {} if card.content is None else json.loads(card.content.content())


def needs_of(person: Person) -> list[Need]:
    """The person's own need cards, opened."""
    cards = NeedCard.objects.of_person(person).filter(closed_on=None).select_related("content", "who")
    return [need_of(card) for card in cards]


def need_of(card: NeedCard) -> Need:
    values = _values(card)
    return Need(
        card.pk,
        card.cluster.name if card.cluster else "",
        values.get("competence", ""),
        values.get("urgency", 0),
        values.get("text", ""),
        card.written_at.date(),
    )


def asked_with(card: NeedCard) -> dict[int, CoachingCase]:
    """Coach -> the case in which this need was put to them, as long as it goes on."""
    over = [state.value for state in OVER]
    rows = CoachAssignment.objects.filter(case__need=card, valid_to=None).exclude(case__state__in=over)
    return {row.person_id: row.case for row in rows.select_related("case")}


@dataclass(frozen=True)
class Agreed:
    """To what a manager agreed when asking for coaching. wording: "" where it was asked before it was kept."""

    case: CoachingCase
    wording: str
    given_at: datetime


def agreed_by(person: Person) -> list[Agreed]:
    """The person's own consents to coaching that hold, last first: opened for the person alone."""
    rows = CoachingCase.objects.of_person(person).filter(erased_on=None).select_related("consent", "who")
    return [_agreed(case) for case in rows]


def _agreed(case: CoachingCase) -> Agreed:
    if case.consent is None:
        return Agreed(case, "", make_aware(datetime.combine(case.asked_on, time())))
    values = json.loads(case.consent.content())
    return Agreed(case, values["wording"], datetime.fromisoformat(values["given_at"]))


def profile_of(person: Person) -> dict[str, int]:
    """The person's own competence grid; empty where it was never filled in."""
    found = CompetenceProfile.objects.of_person(person).select_related("content").first()
    if found is None or found.content is None:
        return {}
    levels: dict[str, int] = json.loads(found.content.content()).get("levels", {})
    return levels


@dataclass(frozen=True)
class PeerLevel:
    """What a colleague who showed it said of the person."""

    competence: str
    level: int
    on: date


def peer_levels_of(person: Person) -> list[PeerLevel]:
    """What colleagues said of the person's competences, last first: for the person alone."""
    found = CompetenceProfile.objects.of_person(person).select_related("content").first()
    if found is None or found.content is None:
        return []
    said = json.loads(found.content.content()).get("peers", {}).values()
    rows = [PeerLevel(s["competence"], s["level"], date.fromisoformat(s["on"])) for s in said]
    return sorted(rows, key=lambda row: (row.on, row.competence), reverse=True)


def clusters_by_need() -> Counter[str]:
    """Competence -> how many clusters have an open need for it: opened and counted, never stored."""
    seen: set[tuple[str, str]] = set()
    for card in NeedCard.objects.filter(closed_on=None).select_related("content", "who"):
        values, who = _values(card), card.opened_who
        if values and who:
            seen.add((values["competence"], who["cluster"]))
    return Counter(competence for competence, _cluster in seen)


def shared_needs() -> dict[str, int]:
    """Needs of at least three clusters -> three: neither fewer nor how many more are told.

    With a handful of clusters, a count that moves from four to five the day after a manager wrote tells who wrote.
    """
    return {name: GROUP_SIZE for name, n in sorted(clusters_by_need().items()) if n >= GROUP_SIZE}


def cases_of(person: Person) -> list[CoachingCase]:
    """The cases in which the person is the manager or a coach who is assigned now."""
    own = CoachingCase.objects.of_person(person).values_list("pk", flat=True)
    named = Q(pk__in=list(own)) | Q(coaches__person=person, coaches__valid_to=None)
    return list(CoachingCase.objects.filter(named).select_related("who", "need__content", "need__who").distinct())


@dataclass(frozen=True)
class Reader:
    """Who opened a case, and when."""

    name: str
    at: datetime


def readers_of(case: CoachingCase) -> list[Reader]:
    """Who opened the case, last first: shown to its manager (R080). The log itself names nobody."""
    rows = LogEntry.objects.filter(subject_kind="coaching", subject_key=str(case.pk), act=LogEntry.Act.READ)
    return _who_acted(rows)


def _who_acted(rows: QuerySet[LogEntry]) -> list[Reader]:
    """Who did these acts, last first, whether the log names them or keeps them sealed."""
    acts = named(rows.order_by("-pk")[:50])
    sealed = Sealed.objects.in_bulk([a.detail["who"] for a in acts if "who" in a.detail], field_name="id")
    names = {str(pk): json.loads(row.content())["name"] for pk, row in sealed.items()}
    return [Reader(names.get(a.detail.get("who", ""), a.actor_name), a.at) for a in acts]


def tries_of(case: CoachingCase) -> list[Reader]:
    """Who tried to open the case and was refused, last first: shown to its manager."""
    asked = [reverse("support:coaching", args=[case.pk])]
    if case.need_id is not None:
        asked.append(reverse("support:need", args=[case.need_id]))
    tried = Q()
    for address in asked:
        tried |= Q(subject_key__startswith=address)
    rows = LogEntry.objects.filter(tried, verb="try_the_wall", act=LogEntry.Act.REFUSED, at__date__gte=case.asked_on)
    return _who_acted(rows)


def suited(
    competences: Collection[str], *, field_key: str, days: float, barred: Collection[int], year: int
) -> list[Suited]:
    """Providers able to meet a need, best first. barred: people who stand on the funding side.

    A rating counts from three managers on, in whole points: one score would be read off by the next who writes a need.
    """
    providers = Provider.objects.filter(active=True, person__isnull=False).prefetch_related("competences")
    ratings = _ratings()
    busy = Counter(
        CoachAssignment.objects.filter(valid_from__year=year, provider__isnull=False).values_list("provider", flat=True)
    )
    candidates = [
        Candidate(
            p.pk,
            p.name,
            {c.competence: c.level for c in p.competences.all()},
            price_eur=None if p.price_day_eur is None else float(p.price_day_eur),
            rating=ratings.get(p.pk),
            free_days=None if p.days_a_year is None else max(float(p.days_a_year) - 3 * busy[p.pk], 0),
            is_agency=p.is_agency,
            knows_field=field_key in p.fields,
            conflict="funding" if p.person_id in barred else "",
        )
        for p in providers
    ]
    return shortlist(candidates, list(competences), days=days)


def _ratings() -> dict[int, float]:
    """Provider -> mean score in whole points, from three managers on; scores are opened and counted, never stored."""
    given: dict[int, list[tuple[int | None, int]]] = {}
    rows = CoachAssignment.objects.filter(case__score__isnull=False, provider__isnull=False)
    for row in rows.select_related("case__score", "case__who"):
        given.setdefault(row.provider_id or 0, []).append((row.case.whose, row.case.feedback_score or 0))
    return {
        provider: float(round(sum(score for _who, score in scores) / len(scores)))
        for provider, scores in given.items()
        if len({who for who, _score in scores if who is not None}) >= GROUP_SIZE
    }


def agency_grid() -> dict[str, list[int]]:
    """Competence -> levels of the agency's own people."""
    grid: dict[str, list[int]] = {}
    rows = ProviderCompetence.objects.filter(provider__is_agency=True, provider__active=True)
    for competence, level in rows.values_list("competence", "level"):
        grid.setdefault(competence, []).append(level)
    return grid


def peers_for(person: Person, competence: str) -> list[PeerOffer]:
    """Managers who offered to show a competence, other than the person."""
    offers = PeerOffer.objects.filter(competence=competence, withdrawn_on=None).exclude(person=person)
    return list(offers.select_related("person", "cluster"))


@dataclass(frozen=True)
class Satisfaction:
    """Scores of the cases closed in a finished year. score: None, and no count either, below three managers."""

    year: int
    answers: int | None = None
    score: float | None = None


def coaching_totals(today: date) -> Satisfaction:
    """Satisfaction in the last full year: a figure that moved with each answer would tell who gave which score."""
    year = today.year - 1
    closed = CoachingCase.objects.filter(closed_on__year=year, feedback_on__year__lte=year, score__isnull=False)
    rows = [(c.whose, c.feedback_score) for c in closed.select_related("who", "score")]
    if len({manager for manager, _score in rows if manager is not None}) < GROUP_SIZE:
        return Satisfaction(year)
    return Satisfaction(year, len(rows), sum(score or 0 for _manager, score in rows) / len(rows))
