"""What members of several clusters say, put together and weighed for those who did not answer (R040)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from poliedro.registry.models import Cluster
from poliedro.surveys.models import Campaign, Invitation, Sheet
from poliedro.surveys.queries.sheets import definition_of
from poliedro.surveys.rules.definition import Question, visible_answers
from poliedro.surveys.rules.shares import MINIMUM_CELL, UNSEEN, Rate, Share, option_shares, tells_of_few, weights

# Note [Pool less one]
# Managers read the results of their own cluster: less those, the pool is what the members of the others said. So a
# share is shown only where the rule of Note [Smallest cell] lets it be shown of all clusters together, and of all but
# each of them.
FEWEST_CLUSTERS = 2
"""With one cluster alone, what its managers read would be in the open."""


@dataclass(frozen=True)
class Voice:
    """One question: share of each option, in the order of the questionnaire. See Note [Pool less one]."""

    question: Question
    shares: list[Share]


@dataclass(frozen=True)
class Voices:
    """invited, answered: of all campaigns put together. first, last: their closing days. voices: empty where too few
    clusters have a campaign with answers enough to be shown."""

    clusters: list[Cluster]
    invited: int
    answered: int
    first: date | None
    last: date | None
    is_synthetic: bool
    voices: list[Voice]


@dataclass(frozen=True)
class Given:
    """What one member said, and how many it stands for."""

    campaign: int
    answers: Mapping[str, Any]
    weight: float


def _shares(question: Question, given: Sequence[Given]) -> list[Share]:
    """In the order of the options. See Note [Pool less one]."""
    keys = [o.key for o in question.options]

    def shares(rows: Sequence[Given]) -> dict[str, Share]:
        own = [g for g in rows if question.key in g.answers]
        if question.show_if is not None and tells_of_few(len(own), len(rows)):
            own = []
        said = [(frozenset(v if isinstance(v := g.answers[question.key], list) else [v]), g.weight) for g in own]
        return option_shares(said, keys, only_one=question.kind == "one")

    whole = shares(given)
    less_one = [shares([g for g in given if g.campaign != c]) for c in sorted({g.campaign for g in given})]
    unseen = {k for k in keys for rest in less_one if not rest[k].shown}
    return [replace(UNSEEN, n=whole[k].n) if k in unseen else whole[k] for k in keys]


def voices_of_members(
    *, questionnaire: str, questions: Sequence[str], clusters: Sequence[str], today: date
) -> Voices | None:
    """The latest closed campaign of each cluster (keys; none: every cluster). None where no cluster has one.

    An answer stands for those invited over those who answered in its cluster and size class. A cluster with fewer than
    five answers is left out, so that nobody can be worked out from the sum. Four queries and one a version.
    """
    rows = Campaign.objects.filter(
        version__questionnaire__key=questionnaire, cluster__isnull=False, closes_on__lt=today
    ).select_related("version", "cluster")
    if clusters:
        rows = rows.filter(cluster__key__in=list(clusters))
    latest: dict[int | None, Campaign] = {}
    for campaign in rows.order_by("closes_on", "pk"):
        latest[campaign.cluster_id] = campaign
    if not latest:
        return None
    campaigns = {c.pk: c for c in latest.values()}
    asked = list(
        Invitation.objects.filter(campaign__in=campaigns, group=Invitation.Group.MEMBER)
        .order_by("pk")
        .values_list("pk", "campaign_id", "stratum")
    )
    sheets = {
        s.invitation_id: s
        for s in Sheet.objects.filter(campaign__in=campaigns, submitted_at__isnull=False).prefetch_related("answers")
    }
    answered = Counter(campaign for pk, campaign, _s in asked if pk in sheets)
    shown = {pk: c for pk, c in campaigns.items() if answered[pk] >= MINIMUM_CELL}
    asked = [row for row in asked if row[1] in shown]
    invited = Counter((campaign, stratum) for _pk, campaign, stratum in asked)
    done = Counter((campaign, stratum) for pk, campaign, stratum in asked if pk in sheets)
    weight = weights([Rate(f"{c}/{s}", n, done[c, s]) for (c, s), n in invited.items()])
    definitions = {pk: definition_of(c.version) for pk, c in shown.items()}
    given = [
        Given(
            campaign,
            visible_answers(definitions[campaign], {a.question: a.value for a in sheets[pk].answers.all()}),
            weight[f"{campaign}/{stratum}"],
        )
        for pk, campaign, stratum in asked
        if pk in sheets
    ]
    voices = []
    if len(shown) >= FEWEST_CLUSTERS:
        newest = definitions[max(shown, key=lambda pk: (shown[pk].closes_on, pk))]
        for question in newest.questions():
            if question.key in questions:
                voices.append(Voice(question, _shares(question, given)))
    days = [c.closes_on for c in shown.values()]
    named = sorted((c.cluster for c in shown.values() if c.cluster), key=lambda c: c.name)
    return Voices(
        named,
        len(asked),
        len(given),
        min(days, default=None),
        max(days, default=None),
        any(c.is_synthetic for c in shown.values()),
        voices,
    )
