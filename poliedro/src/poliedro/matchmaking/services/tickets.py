"""The single access point: a question becomes a ticket with an owner, a promise, a first contact and an outcome."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django.core import signing
from django.db import transaction
from django.db.models import Count, Max, Q
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from poliedro.evidence.models import Run
from poliedro.evidence.queries.runs import table_of
from poliedro.evidence.runs.base import NoInput
from poliedro.evidence.services.runs import keep_analysis
from poliedro.evidence.store import read_rows
from poliedro.matchmaking.models import ContactPoint, Ticket, TicketMessage, TicketSuggestion
from poliedro.matchmaking.queries.cards import cluster_of, possible_partners
from poliedro.matchmaking.queries.concepts import concepts_named
from poliedro.matchmaking.queries.found import Found
from poliedro.matchmaking.rules.refusals import Refused
from poliedro.matchmaking.rules.routing import (
    DAILY_LIMIT,
    PROMISE_DAYS,
    UNCONFIRMED_DAYS,
    Contact,
    choose_contact,
    working_days_later,
)
from poliedro.matchmaking.rules.states import TICKET
from poliedro.matchmaking.services.steps import check, creator, in_language, move, note, tell, write_to
from poliedro.registry.models import Organisation, Participation, ResearchContract
from poliedro.registry.services.joint import record_joint_project
from poliedro.shared.region import region

SALT = "matchmaking.ticket"


def key_of(ticket: Ticket) -> str:
    """The secret part of the address under which the asker, who needs no account, follows the ticket."""
    return signing.Signer(salt=SALT).sign(ticket.code)


def ticket_of(key: str) -> Ticket | None:
    """The ticket behind such an address; None for a forged one."""
    try:
        code = signing.Signer(salt=SALT).unsign(key)
    except signing.BadSignature:
        return None
    return Ticket.objects.select_related("owner__person", "organisation").filter(code=code).first()


def sender_of(address: str) -> str:
    """A network address as a keyed hash: enough to count by, not to know by."""
    return salted_hmac(SALT, address, algorithm="sha256").hexdigest()


@transaction.atomic
def ask(
    *,
    question: str,
    email: str,
    name: str,
    found: Sequence[Found],
    by: Any,
    sender: str = "",
    organisation: Organisation | None = None,
    today: date | None = None,
    **fields: Any,
) -> Ticket:
    """Keep a question with what was found for it. Whoever has no account confirms the address by a letter first.

    Raises Refused: too_many (DAILY_LIMIT a sender or address in 24 hours).
    """
    since = timezone.now() - timedelta(hours=24)
    lately = Ticket.objects.filter(created_at__gte=since)
    if lately.filter(Q(email=email) | Q(sender=sender, sender__gt="")).count() >= DAILY_LIMIT:
        raise Refused("too_many", email)
    ticket = Ticket(
        code=_next_code(),
        question=question,
        email=email,
        name=name,
        sender=sender,
        organisation=organisation,
        cluster=cluster_of(organisation) if organisation else None,
        first_with_research=organisation is not None and not works_with_research(organisation),
        created_by=creator(by),
        **fields,
    )
    ticket.full_clean()
    ticket.save(force_insert=True)
    TicketSuggestion.objects.bulk_create(
        TicketSuggestion(
            ticket=ticket,
            document=f.document,
            kind=f.kind,
            title=f.title[:300],
            url=f.url,
            organisation_id=f.organisation_id,
            rank=rank,
            score=f.score,
            reasons=[[r.words, r.weight] for r in f.reasons],
        )
        for rank, f in enumerate(found, start=1)
    )
    note(ticket, Ticket.State.UNCONFIRMED, by=by)
    if getattr(by, "is_authenticated", False):
        return confirm(ticket=ticket, by=by, today=today)
    with in_language(ticket.language):
        write_to(
            email,
            _("Confirm your question %(code)s") % {"code": ticket.code},
            _(
                "Good day %(name)s,\n\nyou asked the cluster network of %(region)s:\n\n%(question)s\n\nOpen the page "
                "and confirm; then a person takes it on. Without it nothing happens, and it is erased after %(days)d "
                "days."
            )
            % {"name": name, "region": region().name, "question": question, "days": UNCONFIRMED_DAYS},
            f"/ask/ticket/{key_of(ticket)}/",
        )
    return ticket


def works_with_research(organisation: Organisation) -> bool:
    """Whether it ever had a project with, or ordered research from, a university or research body (R105)."""
    kinds = (Organisation.Kind.UNIVERSITY, Organisation.Kind.DEPARTMENT, Organisation.Kind.RESEARCH_BODY)
    if ResearchContract.objects.known().filter(firm=organisation).exists():
        return True
    own = Participation.objects.known().filter(organisation=organisation).values("project")
    return Participation.objects.known().filter(project__in=own, organisation__kind__in=kinds).exists()


def _next_code() -> str:
    n = (Ticket.objects.aggregate(n=Max("pk"))["n"] or 0) + 1
    while Ticket.objects.filter(code=f"T-{n:05d}").exists():
        n += 1
    return f"T-{n:05d}"


@transaction.atomic
def confirm(*, ticket: Ticket, by: Any, today: date | None = None) -> Ticket:
    """The address is right: the question goes to the contact who fits and has most room, with a promised day.

    Raises Refused: nobody (no contact point is set up). A ticket that is already confirmed stays as it is.
    """
    if ticket.state != Ticket.State.UNCONFIRMED:
        return ticket
    day = today or timezone.localdate()
    owner = route(ticket, day)
    if owner is None:
        raise Refused("nobody", ticket.code)
    moved = move(
        ticket,
        TICKET,
        Ticket.State.OPEN,
        by=by,
        text=owner.person.name,
        owner=owner,
        cluster=owner.cluster,
        confirmed_at=timezone.now(),
        promised_on=working_days_later(day, PROMISE_DAYS),
    )
    user = owner.person.user
    with in_language(user.language if user else ""):
        write_to(
            owner.person.email,
            _("A new question: %(code)s") % {"code": moved.code},
            moved.question,
            f"/tickets/{moved.code}/",
        )
    return moved


def route(ticket: Ticket, day: date) -> ContactPoint | None:
    """The contact point for a question. See rules.routing."""
    points = (
        ContactPoint.objects.filter(valid_from__lte=day)
        .filter(Q(valid_to=None) | Q(valid_to__gt=day))
        .annotate(busy=Count("tickets", filter=Q(tickets__state__in=("open", "contacted"))))
        .select_related("person__user", "cluster")
        .order_by("pk")
    )
    known = {p.pk: p for p in points}
    contacts = [
        Contact(
            p.pk,
            frozenset(p.topics),
            p.busy,
            p.capacity,
            p.cluster_id is not None and p.cluster_id == ticket.cluster_id,
        )
        for p in known.values()
    ]
    chosen = choose_contact(contacts, concepts_named(ticket.question))
    return known[chosen.key] if chosen else None


@transaction.atomic
def hand_over(*, ticket: Ticket, owner: ContactPoint, by: Any) -> Ticket:
    """Give the ticket to another contact; the promise stays."""
    check(by, "matchmaking.answer_tickets", ticket)
    Ticket.objects.filter(pk=ticket.pk).update(owner=owner, cluster=owner.cluster)
    note(ticket, "handed_over", by=by, text=owner.person.name)
    user = owner.person.user
    with in_language(user.language if user else ""):
        subject = _("A new question: %(code)s") % {"code": ticket.code}
        write_to(owner.person.email, subject, ticket.question, f"/tickets/{ticket.code}/")
    ticket.refresh_from_db()
    return ticket


@transaction.atomic
def write_message(*, ticket: Ticket, text: str, by: Any, from_asker: bool = False) -> TicketMessage:
    """A message of the owner (the first one is the first contact) or of the asker."""
    if from_asker:
        message = TicketMessage.objects.create(ticket=ticket, text=text, by=None)
        note(ticket, "asker_wrote", by=by)
        owner = ticket.owner.person if ticket.owner else None
        if owner is not None:
            write_to(owner.email, f"{ticket.code}: {ticket.name}", text, f"/tickets/{ticket.code}/")
        return message
    check(by, "matchmaking.answer_tickets", ticket)
    message = TicketMessage.objects.create(ticket=ticket, text=text, by=creator(by))
    if ticket.state == Ticket.State.OPEN:
        move(ticket, TICKET, Ticket.State.CONTACTED, by=by, contacted_at=timezone.now())
    else:
        note(ticket, "wrote", by=by)
    with in_language(ticket.language):
        write_to(
            ticket.email,
            _("An answer to your question %(code)s") % {"code": ticket.code},
            text,
            f"/ask/ticket/{key_of(ticket)}/",
        )
    return message


@transaction.atomic
def mark_suggestion(*, suggestion: TicketSuggestion, state: str, by: Any) -> TicketSuggestion:
    """Propose what was found to the asker, or note whether the laboratory or firm takes it on."""
    ticket = suggestion.ticket
    check(by, "matchmaking.answer_tickets", ticket)
    news = state != suggestion.state
    suggestion.state = state
    suggestion.save(update_fields=["state"])
    note(ticket, f"suggestion_{state}"[:20], by=by, text=suggestion.title)
    if news and ticket.email:
        with in_language(ticket.language):
            said = {
                TicketSuggestion.State.PROPOSED: _("%(what)s may help you. Open the page and say whether it may know."),
                TicketSuggestion.State.TAKEN: _("%(what)s takes your question on."),
                TicketSuggestion.State.DECLINED: _("%(what)s cannot take your question on."),
            }.get(TicketSuggestion.State(state), "%(what)s")
            write_to(
                ticket.email,
                _("News of your question %(code)s") % {"code": ticket.code},
                said % {"what": suggestion.title},
                f"/ask/ticket/{key_of(ticket)}/",
            )
    return suggestion


@transaction.atomic
def want_suggestion(*, suggestion: TicketSuggestion, by: Any, today: date | None = None) -> TicketSuggestion:
    """The asker takes a proposal: by that it consents that the other side reads the question and who asks.

    Those who act for the organisation are written to, and the person in charge. Raises Refused: not_proposed.
    """
    ticket = suggestion.ticket
    if suggestion.state != TicketSuggestion.State.PROPOSED or ticket.state == Ticket.State.CLOSED:
        raise Refused("not_proposed", suggestion.state)
    suggestion.state = TicketSuggestion.State.WANTED
    suggestion.wanted_on = today or timezone.localdate()
    suggestion.save(update_fields=["state", "wanted_on"])
    note(ticket, "suggestion_wanted", by=by, text=suggestion.title)
    _tell_other_side(suggestion)
    return suggestion


def _tell_other_side(suggestion: TicketSuggestion) -> None:
    """Whoever may help learns the question and who asks; the person in charge learns that they were told, or that
    nobody acts for them here and who asks waits for a call."""
    ticket, told = suggestion.ticket, 0
    said = {"what": suggestion.title, "question": ticket.question, "name": ticket.name, "email": ticket.email}
    if suggestion.organisation_id is not None:
        told = tell(
            suggestion.organisation_id,
            None,
            lambda: _("Can you help? %(code)s") % {"code": ticket.code},
            lambda: (
                _("%(name)s (%(email)s) asks, and was pointed to %(what)s:\n\n%(question)s\n\nWrite to them directly.")
                % said
            ),
            suggestion.url,
        )
    owner = ticket.owner.person if ticket.owner else None
    if owner is not None:
        with in_language(owner.user.language if owner.user else ""):
            write_to(
                owner.email,
                f"{ticket.code}: {suggestion.title}",
                (
                    _("The asker wants to be put in contact with %(what)s. Note what comes of it.")
                    if told
                    else _(
                        "The asker wants to be put in contact with %(what)s, for whom nobody has an account here: "
                        "nobody there was written to. Call or write to them yourself, and note what comes of it."
                    )
                )
                % said,
                f"/tickets/{ticket.code}/",
            )
    if not told:
        note(ticket, "suggestion_unreached", by=None, text=suggestion.title)


def remind_wanted(today: date) -> int:
    """One reminder to both where a taken proposal stays without an answer for PROMISE_DAYS twice."""
    reminded = 0
    waiting = TicketSuggestion.objects.filter(
        state=TicketSuggestion.State.WANTED, reminded_on=None, wanted_on__lt=today - timedelta(days=2 * PROMISE_DAYS)
    ).exclude(ticket__state__in=("closed", "dropped"))
    for suggestion in waiting.select_related("ticket__owner__person__user"):
        with transaction.atomic():
            TicketSuggestion.objects.filter(pk=suggestion.pk).update(reminded_on=today)
            note(suggestion.ticket, "suggestion_reminded", by=None, text=suggestion.title)
            _tell_other_side(suggestion)
        reminded += 1
    return reminded


@transaction.atomic
def share_out(*, by: Any) -> Run:
    """Give open questions to laboratories and experts, stable under what each can carry, and propose them.

    Whoever answers the ticket sees the proposal and asks the laboratory. Raises Refused: too_few.
    """
    check(by, "matchmaking.answer_tickets", None)
    from poliedro.matchmaking.runs.laboratories import ANALYSIS

    try:
        run = keep_analysis(analysis=ANALYSIS, by=by)
    except NoInput as nothing:
        raise Refused("too_few", str(nothing)) from nothing
    for row in read_rows(table_of(run, "pairs"), order="ticket"):
        found = TicketSuggestion.objects.select_related("ticket").get(pk=row["suggestion"])
        if found.state == TicketSuggestion.State.FOUND:
            mark_suggestion(suggestion=found, state=TicketSuggestion.State.PROPOSED, by=by)
    return run


def answer(*, ticket: Ticket, by: Any) -> Ticket:
    """The owner has done what could be done; the asker may confirm and rate."""
    check(by, "matchmaking.answer_tickets", ticket)
    return move(ticket, TICKET, Ticket.State.ANSWERED, by=by)


@transaction.atomic
def close(
    *,
    ticket: Ticket,
    outcome: str,
    by: Any,
    outcome_note: str = "",
    amount_eur: Any = None,
    partner: TicketSuggestion | None = None,
    joint_title: str = "",
) -> Ticket:
    """End it with what came of it.

    partner: who took the question on; a joint project with it enters the register, told by the staff in charge for
    both. Raises Refused: no_partner (partner is not one of `possible_partners`).
    """
    check(by, "matchmaking.answer_tickets", ticket)
    if partner is not None and not possible_partners(ticket).filter(pk=partner.pk).exists():
        raise Refused("no_partner", partner.title)
    closed = move(
        ticket,
        TICKET,
        Ticket.State.CLOSED,
        by=by,
        text=outcome_note,
        outcome=outcome,
        outcome_note=outcome_note,
        amount_eur=amount_eur,
        closed_at=timezone.now(),
    )
    asker, other = closed.organisation, partner.organisation if partner else None
    if outcome == Ticket.Outcome.PROJECT and asker is not None and other is not None:
        parties = (asker, other)
        closed.project = record_joint_project(
            number=f"question-{closed.pk}",
            title=joint_title or _("Joint project of %(a)s and %(b)s") % {"a": parties[0], "b": parties[1]},
            organisations=parties,
            starts_on=timezone.localdate(),
            cost_eur=amount_eur,
            certainty=closed.certainty,
            by=by,
        )
        closed.save(update_fields=["project"])
    return closed


def rate(*, ticket: Ticket, rating: int) -> Ticket:
    """The asker's 1 to 5, once answered. Raises Refused: not_answered."""
    if ticket.state not in (Ticket.State.ANSWERED, Ticket.State.CLOSED):
        raise Refused("not_answered", ticket.code)
    ticket.rating = rating
    ticket.save(update_fields=["rating"])
    note(ticket, "rated", by=None, text=str(rating))
    return ticket


def raise_alarms(today: date) -> str:
    """Daily: a question without first contact after the promised day raises an alarm; one never confirmed is erased."""
    late = Ticket.objects.filter(state=Ticket.State.OPEN, promised_on__lt=today, alarmed_on=None)
    alarmed = 0
    for ticket in late.select_related("owner__person"):
        with transaction.atomic():
            Ticket.objects.filter(pk=ticket.pk).update(alarmed_on=today)
            note(ticket, "alarm", by=None)
            write_to(
                ticket.owner.person.email if ticket.owner else "",
                f"{ticket.code}: {ticket.promised_on}",
                _("The promised day of first contact has passed."),
                f"/tickets/{ticket.code}/",
            )
        alarmed += 1
    before = timezone.now() - timedelta(days=UNCONFIRMED_DAYS)
    dropped = 0
    for ticket in Ticket.objects.filter(state=Ticket.State.UNCONFIRMED, created_at__lt=before):
        move(
            ticket,
            TICKET,
            Ticket.State.DROPPED,
            by=None,
            question="",
            email="erased@invalid.invalid",
            name="",
            firm="",
            sender="",
        )
        dropped += 1
    reminded = remind_wanted(today)
    return f"{alarmed} alarms, {dropped} unconfirmed questions erased, {reminded} reminded of a taken proposal"
