"""What this room holds of a person: for the copy, and for erasure."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from poliedro.accounts.models import Person
from poliedro.accounts.personal import ToldConsent
from poliedro.support.models import (
    CoachingCase,
    CompetenceProfile,
    ContactTerm,
    Enrolment,
    NeedCard,
    PeerExchange,
    PeerOffer,
)
from poliedro.support.queries.agency import every_enrolment_of
from poliedro.support.queries.coaching import agreed_by, needs_of, peer_levels_of, profile_of
from poliedro.support.services.coaching import erase_case, erase_seats
from poliedro.support.services.sealed import erase, forget_actors, forget_tries, open_text, open_values


def personal_data(person: Person) -> list[dict[str, Any]]:
    """Needs, grid, cases as manager, enrolments, offers to peers, terms as a contact: opened for the person alone."""
    found: list[dict[str, Any]] = [
        {"need": n.competence, "urgency": n.urgency, "text": n.text, "written_on": str(n.written_on)}
        for n in needs_of(person)
    ]
    if grid := profile_of(person):
        found.append({"competence_grid": grid})
    found += [{"colleague_says": p.competence, "level": p.level, "on": str(p.on)} for p in peer_levels_of(person)]
    for case in CoachingCase.objects.of_person(person).select_related("goal", "feedback", "score", "consent"):
        found.append(
            {
                "coaching": case.pk,
                "asked_on": str(case.asked_on),
                "state": case.state,
                "goal": open_text(case.goal),
                "agreed_to": open_values(case.consent).get("wording", ""),
                "feedback": open_text(case.feedback),
                "score": case.feedback_score,
                "entries": [
                    open_text(e.name) if e.kind == "document" else open_text(e.content)
                    for e in case.entries.select_related("content", "name")
                ],
                "goals_reached": [
                    f"{open_text(e.content)}: {e.attainment:+d}"
                    for e in case.entries.exclude(rating=None).select_related("content", "rating")
                ],
            }
        )
    found += [_enrolment(e) for e in every_enrolment_of(person)]
    found += [
        {"asked_a_colleague": e.offer.competence, "asked_on": str(e.asked_on)}
        for e in PeerExchange.objects.of_person(person).select_related("offer")
    ]
    found += [{"offers_to_show": o.competence} for o in PeerOffer.objects.filter(person=person)]
    found += [
        {"contact_of": t.cluster.name, "from": str(t.starts_on)}
        for t in ContactTerm.objects.filter(person=person).select_related("cluster")
    ]
    return found


def coaching_consents(person: Person) -> list[ToldConsent]:
    """To what the person agreed when asking for coaching; it stands with the case, inside the wall."""
    return [
        ToldConsent(
            _("Coaching asked of %(coach)s")
            % {"coach": ", ".join(agreed.case.coaches.values_list("person__name", flat=True))},
            agreed.wording or _("You agreed by asking; the words were not kept yet."),
            agreed.given_at,
            reverse("support:coaching_withdraw", args=[agreed.case.pk]),
            _("To withdraw erases every word of this case at once, for your coach, too. This cannot be undone."),
        )
        for agreed in agreed_by(person)
    ]


def _enrolment(enrolment: Enrolment) -> dict[str, Any]:
    """A seat or a wish; days: those of the proposed ones on which the person can."""
    who = enrolment.opened
    days = enrolment.course.proposed.filter(pk__in=who.days) if who and who.days else ()
    return {
        "course": enrolment.course.title,
        "state": enrolment.state,
        "days": [str(day.on) for day in days],
        "urgency": who.urgency if who else 0,
        "score": enrolment.score,
    }


def erase_personal(person: Person, on: date) -> int:
    """Erase the words of the person's cases, needs and grid, and take offers to peers back. Days and scores stay."""
    erased = sum(
        erase_case(case=c, on=on, by=None)
        for c in CoachingCase.objects.of_person(person).filter(erased_on=None).select_related("who", "need__who")
    )
    cards = list(NeedCard.objects.of_person(person).select_related("content", "who"))
    erased += erase(*(sealed for card in cards for sealed in (card.content, card.who)))
    forget_actors("need", [card.pk for card in cards])
    erased += erase_seats(every_enrolment_of(person))
    for profile in CompetenceProfile.objects.of_person(person).select_related("content", "who"):
        erased += erase(profile.content, profile.who)
        profile.delete()
    exchanges = list(PeerExchange.objects.of_person(person).select_related("who", "score"))
    erased += erase(*(sealed for e in exchanges for sealed in (e.who, e.score)))
    forget_actors("peer_exchange", [e.pk for e in exchanges])
    PeerOffer.objects.filter(person=person, withdrawn_on=None).update(withdrawn_on=on, text="")
    if person.user_id is not None:
        erased += forget_tries(user=person.user_id)
    return erased
