"""Campaigns in aggregate: who answered, shares weighted for those who did not, change, and who sees it otherwise."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Count, Q, QuerySet

from poliedro.reference.models import StoredResult
from poliedro.registry.models import Cluster
from poliedro.surveys.models import Campaign, Invitation, Sheet
from poliedro.surveys.queries.sheets import definition_of
from poliedro.surveys.rules.definition import Question, is_shown, visible_answers
from poliedro.surveys.rules.shares import (
    MINIMUM_CELL,
    Rate,
    Share,
    hidden,
    mean_of,
    option_shares,
    tells_of_few,
    weights,
)


@dataclass(frozen=True)
class CampaignLine:
    campaign: Campaign
    invited: int
    answered: int

    @property
    def rate(self) -> float | None:
        return self.answered / self.invited if self.invited else None


def unanswered(campaign: Campaign) -> QuerySet[Invitation]:
    """Those who were asked and have not handed in."""
    done = Sheet.objects.filter(campaign=campaign, submitted_at__isnull=False, invitation__isnull=False)
    return Invitation.objects.filter(campaign=campaign).exclude(pk__in=done.values("invitation"))


def campaigns_of(cluster: Cluster | None) -> list[CampaignLine]:
    """The campaigns of a cluster, or the region's own (None), with their response, latest first. One query."""
    rows = (
        Campaign.objects.filter(cluster=cluster)
        .select_related("version__questionnaire")
        .annotate(
            invited=Count("invitations", distinct=True),
            answered=Count("invitations", filter=Q(invitations__sheet__submitted_at__isnull=False), distinct=True),
        )
    )
    return [CampaignLine(c, c.invited, c.answered) for c in rows]


@dataclass(frozen=True)
class OptionShare:
    """One option with its share among those who were asked; change: against the campaign before, None without."""

    label: Mapping[str, str]
    key: str
    share: Share
    change: float | None = None


@dataclass(frozen=True)
class QuestionResult:
    """asked: answers to it. kept_back: nothing of it is shown, since it was asked of few, or of all but few. options:
    of one and many. mean: of a scale, as a share of its length. texts: in order of the alphabet, so that nobody is told
    apart by the moment of answering."""

    question: Question
    asked: int
    options: list[OptionShare]
    mean: Share | None
    texts: list[str]
    change: float | None = None
    kept_back: bool = False


@dataclass(frozen=True)
class GroupResult:
    """The same questions for one group of those invited."""

    group: str
    invited: int
    answered: int
    hidden: bool
    questions: list[QuestionResult]


@dataclass(frozen=True)
class CampaignResult:
    """rates: by group and stratum. groups: with the members first. is_over: results are shown once it has closed, so
    that two looks at an open campaign do not tell one answer apart. before: the campaign compared with."""

    campaign: Campaign
    rates: list[tuple[str, Rate]]
    groups: list[GroupResult]
    is_over: bool
    before: Campaign | None
    named: list[Sheet] = field(default_factory=list)


Answered = Sequence[tuple[Mapping[str, Any], float]]


def campaign_result(campaign: Campaign, today: date) -> CampaignResult:
    """Response and, once it has closed, results. A constant number of queries."""
    invitations, sheets = _handed_in(campaign)
    rates = _rates(invitations, set(sheets))
    is_over = campaign.closes_on < today
    before = _before(campaign)
    if not is_over:
        return CampaignResult(campaign, rates, [], False, before)
    groups = _groups(campaign, invitations, sheets, _earlier_shares(before) if before else {})
    named = [s for s in sheets.values() if s.named]
    return CampaignResult(campaign, rates, groups, True, before, named)


Invited = Sequence[tuple[int, str, str]]
"""Key, group and stratum of each invitation."""


def _handed_in(campaign: Campaign) -> tuple[list[tuple[int, str, str]], dict[int | None, Sheet]]:
    """Everybody invited, and the sheets that came back, by invitation."""
    invitations = Invitation.objects.filter(campaign=campaign).values_list("pk", "group", "stratum").order_by("pk")
    sheets = Sheet.objects.filter(campaign=campaign, submitted_at__isnull=False).prefetch_related("answers")
    return list(invitations), {s.invitation_id: s for s in sheets}


def _groups(
    campaign: Campaign,
    invitations: Invited,
    sheets: Mapping[int | None, Sheet],
    earlier: Mapping[tuple[str, str], Mapping[str, float]],
) -> list[GroupResult]:
    """The results of each group; those that must stay unseen have none."""
    rates, definition = _rates(invitations, set(sheets)), definition_of(campaign.version)
    unseen = hidden(dict(Counter(group for pk, group, _s in invitations if pk in sheets)))
    groups = []
    for group in dict.fromkeys(g for _pk, g, _s in invitations):
        weight = weights([rate for name, rate in rates if name == group])
        own = [
            (visible_answers(definition, {a.question: a.value for a in sheets[pk].answers.all()}), weight[stratum])
            for pk, name, stratum in invitations
            if name == group and pk in sheets
        ]
        shut = group in unseen or len(own) < MINIMUM_CELL
        groups.append(
            GroupResult(
                group,
                sum(name == group for _pk, name, _s in invitations),
                len(own),
                shut,
                [] if shut else [_result(q, own, earlier.get((group, q.key)) or {}) for q in definition.questions()],
            )
        )
    return groups


def _rates(invitations: Invited, answered: set[int | None]) -> list[tuple[str, Rate]]:
    invited: Counter[tuple[str, str]] = Counter((g, s) for _pk, g, s in invitations)
    done: Counter[tuple[str, str]] = Counter((g, s) for pk, g, s in invitations if pk in answered)
    return [(g, Rate(s, n, done[g, s])) for (g, s), n in sorted(invited.items())]


def _before(campaign: Campaign) -> Campaign | None:
    return (
        Campaign.objects.filter(
            cluster=campaign.cluster,
            version__questionnaire=campaign.version.questionnaire_id,
            closes_on__lt=campaign.opens_on,
        )
        .select_related("version")
        .first()
    )


def _earlier_shares(before: Campaign) -> dict[tuple[str, str], dict[str, float]]:
    """(group, question) -> option -> weighted share of the campaign before; "" for a scale's mean. Only what its own
    page shows: the change would tell the rest."""
    found: dict[tuple[str, str], dict[str, float]] = {}
    for group in _groups(before, *_handed_in(before), {}):
        for q in group.questions:
            shares = {o.key: o.share.weighted for o in q.options if o.share.weighted is not None}
            if q.mean is not None and q.mean.weighted is not None:
                shares[""] = q.mean.weighted
            found[group.group, q.question.key] = shares
    return found


def _result(question: Question, own: Answered, earlier: Mapping[str, float]) -> QuestionResult:
    given = [(answers[question.key], weight) for answers, weight in own if question.key in answers]
    saw = sum(is_shown(question, answers) for answers, _w in own)
    kept_back = question.show_if is not None and tells_of_few(saw, len(own))
    if kept_back:  # See Note [Smallest cell]
        given = []
    options: list[OptionShare] = []
    mean, texts = None, []
    if question.kind in ("one", "many"):
        chosen = [(frozenset(v if isinstance(v, list) else [v]), w) for v, w in given]
        shares = option_shares(chosen, [o.key for o in question.options], only_one=question.kind == "one")
        options = [
            OptionShare(o.text, o.key, shares[o.key], _change(shares[o.key], earlier.get(o.key)))
            for o in question.options
        ]
    elif question.kind == "scale":
        mean = mean_of([(100 * (v - 1) / (question.points - 1), w) for v, w in given])
    elif question.kind == "text" and len(given) >= MINIMUM_CELL:
        texts = sorted(str(v) for v, _w in given)
    change = _change(mean, earlier.get("")) if mean else None
    return QuestionResult(question, len(given), options, mean, texts, change, kept_back)


def _change(share: Share, before: float | None) -> float | None:
    return None if share.weighted is None or before is None else share.weighted - before


@dataclass(frozen=True)
class Aggregate:
    """Self-assessments of a cluster's members, as last published: scores by dimension over at least five firms."""

    questionnaire: str
    title: Mapping[str, str]
    n: int
    dimensions: list[dict[str, Any]]
    total: dict[str, Any]
    published_at: Any
    certainty: str


def aggregates_of(cluster: Cluster) -> list[Aggregate]:
    """The latest published aggregate of each self-assessment. One query."""
    latest: dict[str, StoredResult] = {}
    for row in StoredResult.objects.filter(key__startswith=f"assess-{cluster.key}-").order_by("computed_at"):
        latest[row.key] = row
    return [
        Aggregate(
            r.payload["questionnaire"], r.payload["title"], r.payload["n"], r.payload["dimensions"],
            r.payload["total"], r.computed_at, r.certainty,
        )
        for r in sorted(latest.values(), key=lambda r: r.key)
    ]  # fmt: skip


def invitations_sent(cluster_ids: Sequence[int], organisation_id: int) -> list[tuple[Invitation, bool]]:
    """What an organisation was asked by a cluster, and whether it answered; never what."""
    rows = (
        Invitation.objects.filter(campaign__cluster__in=cluster_ids, organisation=organisation_id)
        .select_related("campaign", "sheet")
        .order_by("-invited_on")
    )
    return [(r, bool(getattr(r, "sheet", None) and r.sheet.submitted_at)) for r in rows]


def unanswered_by_campaign(campaigns: Sequence[int]) -> dict[int, int]:
    """{campaign: how many have not answered}, of those where somebody has not."""
    rows = (
        Invitation.objects.filter(campaign__in=campaigns, sheet__submitted_at=None)
        .order_by()
        .values_list("campaign")
        .annotate(n=Count("pk"))
    )
    return dict(rows)
