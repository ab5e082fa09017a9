"""Writes of data campaigns: ask, answer, chase, sign. Signed answers become facts whose source is the campaign."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from django.core.mail import send_mail
from django.db import transaction
from django.utils import timezone, translation
from django.utils.text import slugify
from django.utils.translation import gettext as _

from poliedro.audit.services import record
from poliedro.monitoring.models import (
    CampaignAnswer,
    CampaignFigure,
    CampaignQuestion,
    CampaignReply,
    CampaignText,
    DataCampaign,
)
from poliedro.monitoring.queries.campaigns import addresses, last_year_texts, last_year_values, register_values
from poliedro.monitoring.rules.campaigns import (
    ASKABLE,
    ASKED,
    CLOSED,
    DRAFT,
    OPEN,
    RETURNED,
    SIGNED,
    STARTED,
    SUBMITTED,
    WAITING,
    CampaignRefused,
    Problem,
    check_answer,
    check_can_move,
    check_text,
    disagrees,
)
from poliedro.reference.models import Certainty, IndicatorCard, Source
from poliedro.registry.models import Cluster, DataQualityFinding, ReportedFigure
from poliedro.registry.services.facts import record_fact
from poliedro.shared.region import region
from poliedro.shared.spoken import both, short_day

CHASE_BEFORE, CHASE_EVERY = timedelta(days=7), timedelta(days=7)


@transaction.atomic
def create_campaign(
    *,
    title: Mapping[str, str],
    year: int,
    figures: Sequence[str],
    clusters: Sequence[Cluster],
    opens_on: date,
    due_on: date,
    by: Any,
    threshold: float = 0.25,
    instructions: Mapping[str, str] | None = None,
    questions: Sequence[str] = (),
) -> DataCampaign:
    """A draft: what is asked, of whom, by when.

    title, instructions: by language (it, en), at least one of the title; readers of the other one get what there is.
    questions: answered in words.
    Raises:
        CampaignRefused: no title, no figures or clusters, or unknown figures.
    """
    told = instructions or {}
    first, first_told = _first(title), _first(told)
    unknown = sorted(set(figures) - set(ASKABLE))
    if not first:
        raise CampaignRefused("a campaign without a title: write one, in Italian or English")
    if unknown or not figures or not clusters:
        raise CampaignRefused(
            f"{list(figures)} of {len(clusters)} clusters: choose one or more of each; figures are {', '.join(ASKABLE)}"
        )
    base = slugify(f"{year} {first}")[:50] or str(year)
    taken = DataCampaign.objects.filter(key__startswith=base).count()
    made = DataCampaign.objects.create(
        key=f"{base}-{taken + 1}" if taken else base,
        title=first,
        title_it=title.get("it", ""),
        title_en=title.get("en", ""),
        year=year,
        opens_on=opens_on,
        due_on=due_on,
        threshold=threshold,
        instructions=first_told,
        instructions_it=told.get("it", ""),
        instructions_en=told.get("en", ""),
        created_by=by,
        is_synthetic=all(c.is_synthetic for c in clusters),
    )
    CampaignFigure.objects.bulk_create(
        CampaignFigure(campaign=made, indicator=key, position=i) for i, key in enumerate(dict.fromkeys(figures))
    )
    asked = dict.fromkeys(q.strip() for q in questions if q.strip())
    CampaignQuestion.objects.bulk_create(
        CampaignQuestion(campaign=made, text=text[:300], position=i) for i, text in enumerate(asked)
    )
    CampaignReply.objects.bulk_create(CampaignReply(campaign=made, cluster=c) for c in clusters)
    record(by=by, verb="create_campaign", subject_kind="campaign", subject_key=made.key, clusters=len(clusters))
    return made


def _first(texts: Mapping[str, str]) -> str:
    """The text as first written: in Italian where there is one, since the demonstration's region speaks it."""
    return texts.get("it") or texts.get("en", "")


@transaction.atomic
def open_campaign(*, campaign: DataCampaign, by: Any) -> DataCampaign:
    """Prefill every form with the register and last year, and write to the managers. Raises CampaignRefused."""
    if campaign.state != DRAFT:
        raise CampaignRefused(f"{campaign.key} is {campaign.state}; only a draft can be opened")
    certainty = Certainty.SYNTHETIC if campaign.is_synthetic else Certainty.REPORTED
    titles = [t for t in (campaign.title_it, campaign.title_en) if t] or [campaign.title]
    campaign.source = Source.objects.create(
        key=f"campaign-{campaign.key}"[:60],
        name=both(*(f"{t[:190]}, {campaign.year}" for t in titles)),
        publisher=region().name,
        certainty=certainty,
        description_it=campaign.instructions_it or campaign.instructions,
        description_en=campaign.instructions_en or campaign.instructions,
    )
    campaign.state = OPEN
    campaign.save(update_fields=["source", "state"])
    replies = list(campaign.replies.select_related("cluster"))
    held = register_values([r.cluster for r in replies], campaign.year)
    before = register_values([r.cluster for r in replies], campaign.year - 1)
    rows = []
    for reply in replies:
        answered = last_year_values(reply.cluster, campaign.year)
        for figure in campaign.figures.all():
            key, pk = figure.indicator, reply.cluster_id
            rows.append(
                CampaignAnswer(
                    reply=reply,
                    figure=figure,
                    register=held[pk][key],
                    last_year=answered.get(key, before[pk][key]),
                )
            )
    CampaignAnswer.objects.bulk_create(rows)
    questions = list(campaign.questions.all())
    said = last_year_texts([r.cluster for r in replies], campaign.year) if questions else {}
    CampaignText.objects.bulk_create(
        CampaignText(reply=reply, question=q, last_year=said.get((reply.cluster_id, q.text), ""))
        for reply in replies
        for q in questions
    )
    record(by=by, verb="open_campaign", subject_kind="campaign", subject_key=campaign.key)
    _write(replies, by=by, first=True)
    return campaign


@transaction.atomic
def save_answers(
    *,
    reply: CampaignReply,
    given: Mapping[str, tuple[str, str]],
    submit: bool,
    by: Any,
    at: datetime | None = None,
    texts: Mapping[int, str] | None = None,
) -> list[Problem]:
    """Keep what is given (figure -> value as typed, explanation); with `submit`, hand it in if nothing is wrong.
    texts: {question: answer in words}.

    Returns what is wrong, row by row; a number that can be read is kept even so, one that cannot is not.
    Raises CampaignRefused where the campaign is not open or the reply was handed in.
    """
    if reply.campaign.state != OPEN or reply.state not in WAITING:
        raise CampaignRefused(
            f"the reply is {reply.state} in a campaign that is {reply.campaign.state}; it stays as it is"
        )
    problems: list[Problem] = []
    for answer in reply.answers.select_related("figure"):
        text, why = given.get(answer.figure.indicator, ("", ""))
        value, wrong = check_answer(
            answer.figure.indicator,
            text,
            before=answer.last_year,
            threshold=reply.campaign.threshold,
            explanation=why,
            required=answer.figure.required,
        )
        problems += wrong
        answer.value, answer.explanation = value, why.strip()
        answer.save(update_fields=["value", "explanation"])
    for row in reply.texts.select_related("question"):
        row.text = (texts or {}).get(row.question_id, row.text).strip()
        row.save(update_fields=["text"])
        problems += check_text(row.question_id, row.text, required=row.question.required)
    if submit and not problems:
        check_can_move(reply.state, SUBMITTED)
        reply.state, reply.submitted_at, reply.submitted_by = SUBMITTED, at or timezone.now(), by
    elif reply.state == ASKED:
        reply.state = STARTED
    reply.save(update_fields=["state", "submitted_at", "submitted_by"])
    verb = "submit_answers" if reply.state == SUBMITTED else "save_answers"
    record(by=by, verb=verb, subject_kind="campaign_reply", subject_key=reply.pk, problems=len(problems))
    return problems


@transaction.atomic
def return_reply(*, reply: CampaignReply, note: str, by: Any) -> CampaignReply:
    """Send the answers back with a note on what to correct. Raises CampaignRefused."""
    check_can_move(reply.state, RETURNED)
    if len(note.strip()) < 5:
        raise CampaignRefused(f"the note is {note!r}; say what is to be corrected")
    reply.state, reply.return_note = RETURNED, note.strip()
    reply.save(update_fields=["state", "return_note"])
    record(by=by, verb="return_reply", subject_kind="campaign_reply", subject_key=reply.pk)
    return reply


@transaction.atomic
def sign_reply(*, reply: CampaignReply, by: Any, at: datetime | None = None) -> list[ReportedFigure]:
    """The region's signature under the manager's: each answer that is public becomes a fact, and where one differs from
    the register a finding says so. Raises CampaignRefused."""
    check_can_move(reply.state, SIGNED)
    campaign, moment = reply.campaign, at or timezone.now()
    source = campaign.source
    if source is None:
        raise CampaignRefused(f"{campaign.key} was never opened; open it first")
    now = register_values([reply.cluster], campaign.year)[reply.cluster_id]
    facts = []
    for answer in reply.answers.select_related("figure"):
        if answer.value is None:
            continue
        key = answer.figure.indicator
        if ASKABLE[key].public:
            answer.fact = _stated(answer, reply, campaign, source, by)
            facts.append(answer.fact)
        answer.register = now[key]
        answer.save(update_fields=["fact", "register"])
        if disagrees(answer.value, now[key], whole=ASKABLE[key].whole):
            _find(answer, reply, campaign)
    reply.state, reply.signed_at, reply.signed_by = SIGNED, moment, by
    reply.save(update_fields=["state", "signed_at", "signed_by"])
    record(by=by, verb="sign_reply", subject_kind="campaign_reply", subject_key=reply.pk, facts=len(facts))
    return facts


def _stated(
    answer: CampaignAnswer, reply: CampaignReply, campaign: DataCampaign, source: Source, by: Any
) -> ReportedFigure:
    key = answer.figure.indicator
    return record_fact(
        ReportedFigure(
            indicator=key,
            cluster=reply.cluster,
            period=str(campaign.year),
            value=float(answer.value or 0),
            unit=ASKABLE[key].unit,
            quote=answer.explanation,
            counting_rule=campaign.title,
            valid_from=date(campaign.year, 1, 1),
            valid_to=date(campaign.year + 1, 1, 1),
            source=source,
            certainty=source.certainty,
        ),
        by=by,
    )


def _find(answer: CampaignAnswer, reply: CampaignReply, campaign: DataCampaign) -> None:
    """Both sides of a disagreement, kept until somebody explains it."""
    key, name = answer.figure.indicator, reply.cluster.name
    value, held = float(answer.value or 0), float(answer.register or 0)
    card = IndicatorCard.objects.known().filter(key=key).order_by("version").last()
    called = {k: getattr(card, f"name_{k}", key) for k in ("en", "it")}
    DataQualityFinding.objects.update_or_create(
        key=f"campaign-{campaign.pk}-{reply.cluster.key}-{key}"[:100],
        defaults={
            "kind": "campaign-disagrees",
            "severity": "warning",
            "title_en": f"{name}, {called['en']} {campaign.year}: {value:g} reported, {held:g} in the register",
            "title_it": f"{name}, {called['it']} {campaign.year}: {value:g} dichiarato, {held:g} nel registro",
            "statement_en": "The answer that manager and region signed differs from the register. Both are kept.",
            "statement_it": "La risposta firmata da gestore e Regione differisce dal registro. Entrambe restano.",
            "subject_kind": "cluster",
            "subject_key": reply.cluster.key,
            "sides": [
                {"what": name, "indicator": key, "value": value, "low": None, "high": None, "unit": ASKABLE[key].unit,
                 "source": campaign.source.name if campaign.source else "", "quote": answer.explanation},
                {"what": name, "indicator": key, "value": held, "low": None, "high": None, "unit": ASKABLE[key].unit,
                 "source": "Register", "quote": ""},
            ],
        },
    )  # fmt: skip


@transaction.atomic
def close_campaign(*, campaign: DataCampaign, by: Any) -> DataCampaign:
    """End it; what is not signed stays out. Raises CampaignRefused where it is not open or answers wait for a
    signature."""
    if campaign.state != OPEN:
        raise CampaignRefused(f"{campaign.key} is {campaign.state}; only an open campaign can be closed")
    waiting = campaign.replies.filter(state=SUBMITTED).count()
    if waiting:
        raise CampaignRefused(f"{waiting} answers wait for the region's signature; sign or return them first")
    campaign.state, campaign.closed_at = CLOSED, timezone.now()
    campaign.save(update_fields=["state", "closed_at"])
    record(by=by, verb="close_campaign", subject_kind="campaign", subject_key=campaign.key)
    return campaign


@transaction.atomic
def chase(*, campaign: DataCampaign, by: Any, at: datetime | None = None) -> int:
    """Write to the managers who have not answered. Returns to how many clusters."""
    replies = list(campaign.replies.filter(state__in=WAITING).select_related("cluster"))
    if campaign.state != OPEN:
        raise CampaignRefused(f"{campaign.key} is {campaign.state}; only an open campaign is chased")
    _write(replies, by=by, at=at)
    record(by=by, verb="chase_campaign", subject_kind="campaign", subject_key=campaign.key, clusters=len(replies))
    return len(replies)


def chase_due(today: date) -> str:
    """The daily round: a week before the day, on it, and every week after, to those who have not answered."""
    written = 0
    for campaign in DataCampaign.objects.filter(state=OPEN).order_by("pk"):
        if today < campaign.due_on - CHASE_BEFORE:
            continue
        for reply in campaign.replies.filter(state__in=WAITING).select_related("cluster", "campaign"):
            last = timezone.localdate(reply.reminded_at) if reply.reminded_at else None
            if last is not None and today - last < CHASE_EVERY and not (today == campaign.due_on != last):
                continue
            at = timezone.make_aware(datetime.combine(today, datetime.min.time()))
            _write([reply], by=None, at=at)
            written += 1
    return f"{written} reminders"


def _write(replies: Sequence[CampaignReply], *, by: Any, first: bool = False, at: datetime | None = None) -> None:
    """A message to each cluster's managers, in the region's language, once the transaction is through."""
    moment = at or timezone.now()
    for reply in replies:
        to = addresses(reply.cluster, moment.date())
        if not first:
            reply.reminded_at, reply.reminders = moment, reply.reminders + 1
            reply.save(update_fields=["reminded_at", "reminders"])
        if to:
            transaction.on_commit(partial(_send, reply, to, first))


def _send(reply: CampaignReply, to: Sequence[str], first: bool) -> None:
    with translation.override("it" if region().country == "IT" else "en"):
        said = {
            "title": reply.campaign.called,
            "cluster": reply.cluster.name,
            "day": short_day(reply.campaign.due_on),
        }
        subject = _("%(title)s: figures of %(cluster)s by %(day)s") % said
        body = (
            _("The region asks for the figures of %(cluster)s by %(day)s. The form is filled in from the register.")
            % said
            if first
            else _("The figures of %(cluster)s are still missing; they were asked for by %(day)s.") % said
        )
        send_mail(subject, f"{body}\n\n/clusters/{reply.cluster.key}/campaigns/{reply.campaign.key}/", None, list(to))
