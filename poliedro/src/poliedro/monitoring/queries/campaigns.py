"""Reads of data campaigns: what the register holds, how far answers are, who is to answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Count, Q, QuerySet

from poliedro.monitoring.models import CampaignAnswer, CampaignReply, CampaignText, DataCampaign
from poliedro.monitoring.rules.campaigns import SIGNED, SUBMITTED, WAITING, change
from poliedro.registry.models import Cluster, Delivery, ReportedFigure, StaffAssignment
from poliedro.registry.queries.memberships import NOBODY, flows, make_up
from poliedro.registry.queries.money import accounts_of, staff_of
from poliedro.registry.queries.projects import activity_by_cluster
from poliedro.registry.queries.roles import MANAGING
from poliedro.shared.dated import Moment


def register_values(clusters: list[Cluster], year: int) -> dict[int, dict[str, Decimal | None]]:
    """What the register holds of each figure that can be asked, at or over the year: {cluster id: {figure: value}}.
    None: nothing is held. Shares in percent."""
    end = Moment(date(year, 12, 31))
    made, staff, accounts = make_up(end), staff_of(clusters, end), accounts_of(clusters, year)
    activity, _region = activity_by_cluster(clusters, year, year)
    served = dict(
        Delivery.objects.known()
        .filter(cluster__in=clusters, delivered_on__year=year)
        .values_list("cluster")
        .annotate(n=Count("pk"))
        .order_by()
    )
    found: dict[int, dict[str, Decimal | None]] = {}
    moves = flows(clusters, date(year - 1, 12, 31), end.on)
    for c in clusters:
        moved = moves[c.pk]
        own, people, work, members = accounts.get(c.pk), staff.get(c.pk), activity[c.pk], made.get(c.pk, NOBODY)
        share = own.erdf_share if own else None
        found[c.pk] = {
            "firms-per-cluster": Decimal(members.firms) if members.organisations else None,
            "members": Decimal(members.organisations) if members.organisations else None,
            "entries": Decimal(moved.entries),
            "exits": Decimal(moved.exits),
            "staff": Decimal(people.persons) if people else None,
            "staff-fte": people.fte if people else None,
            "revenue": own.total_eur if own else None,
            "erdf-share": None if share is None else round(Decimal(str(share)) * 100, 2),
            "services-delivered": Decimal(served[c.pk]) if c.pk in served else None,
            "rd-investment": work.invested_eur if work.projects else None,
            "rd-firms": Decimal(work.firms) if work.projects else None,
            "research-contracts": work.contracts_eur if work.contracts else None,
        }
    return found


def last_year_values(cluster: Cluster, year: int) -> dict[str, Decimal]:
    """The signed answers of the year before: {figure: value}."""
    rows = CampaignAnswer.objects.filter(
        reply__cluster=cluster, reply__state=SIGNED, reply__campaign__year=year - 1, value__isnull=False
    ).order_by("reply__signed_at")
    return {a.figure.indicator: a.value for a in rows.select_related("figure") if a.value is not None}


def last_year_texts(clusters: Sequence[Cluster], year: int) -> dict[tuple[int, str], str]:
    """What clusters answered in words the year before, and signed: {(cluster id, question): answer}. One query."""
    rows = CampaignText.objects.filter(
        reply__cluster__in=clusters, reply__state=SIGNED, reply__campaign__year=year - 1
    ).order_by("reply__signed_at", "pk")
    return {
        (cluster, question): text
        for cluster, question, text in rows.values_list("reply__cluster_id", "question__text", "text")
    }


def texts_of(reply: CampaignReply) -> list[CampaignText]:
    """The reply's answers in words, in order of the questions. One query."""
    return list(reply.texts.select_related("question").order_by("question__position", "pk"))


@dataclass(frozen=True)
class Progress:
    """asked: clusters asked; answered: submitted or signed; signed: by both."""

    asked: int
    answered: int
    signed: int

    @property
    def rate(self) -> float | None:
        return self.answered / self.asked if self.asked else None


def campaigns() -> list[tuple[DataCampaign, Progress]]:
    """Every campaign with its response, the latest first. One query."""
    rows = DataCampaign.objects.annotate(
        asked=Count("replies"),
        answered=Count("replies", filter=Q(replies__state__in=(SUBMITTED, SIGNED))),
        signed=Count("replies", filter=Q(replies__state=SIGNED)),
    ).order_by("-year", "-due_on", "pk")
    return [(c, Progress(c.asked, c.answered, c.signed)) for c in rows]


def progress(campaign: DataCampaign) -> Progress:
    states = list(campaign.replies.values_list("state", flat=True))
    return Progress(len(states), sum(s in (SUBMITTED, SIGNED) for s in states), states.count(SIGNED))


def replies_of(campaign: DataCampaign) -> QuerySet[CampaignReply]:
    """The clusters' replies with their answers. Five queries."""
    return (
        CampaignReply.objects.filter(campaign=campaign)
        .select_related("cluster", "submitted_by", "signed_by")
        .prefetch_related("answers__figure", "texts__question")
        .order_by("cluster__position", "pk")
    )


def replies_of_cluster(cluster: Cluster) -> QuerySet[CampaignReply]:
    """What the cluster was asked, open campaigns first."""
    return (
        CampaignReply.objects.filter(cluster=cluster)
        .exclude(campaign__state="draft")
        .select_related("campaign")
        .order_by("-campaign__state", "-campaign__due_on", "pk")
    )


def waiting_for(clusters: Iterable[Cluster]) -> QuerySet[CampaignReply]:
    """Open questions to these clusters, the first due first."""
    return (
        CampaignReply.objects.filter(cluster__in=list(clusters), campaign__state="open", state__in=WAITING)
        .select_related("campaign", "cluster")
        .order_by("campaign__due_on", "pk")
    )


def to_sign() -> QuerySet[CampaignReply]:
    """Answers that wait for the region's signature, the oldest first."""
    return (
        CampaignReply.objects.filter(campaign__state="open", state=SUBMITTED)
        .select_related("campaign", "cluster")
        .order_by("submitted_at", "pk")
    )


def addresses(cluster: Cluster, on: date) -> list[str]:
    """E-mail addresses of those who manage the cluster on the day."""
    rows = (
        StaffAssignment.objects.known()
        .active_on(on)
        .filter(cluster=cluster, role__in=MANAGING)
        .exclude(person__email="")
        .order_by("person__email")
        .values_list("person__email", flat=True)
        .distinct()
    )
    return list(rows)


def changes(answers: Sequence[CampaignAnswer]) -> dict[int, float | None]:
    """{answer id: change to last year, as a share of it}."""
    return {a.pk: change(a.value, a.last_year) for a in answers}


def answers_behind(figures: Iterable[ReportedFigure]) -> Mapping[int, int]:
    """{reported figure id: the campaign answer that it came from}. One query."""
    rows = CampaignAnswer.objects.filter(fact__in=[f.pk for f in figures], reply__state=SIGNED)
    return {fact: pk for fact, pk in rows.values_list("fact_id", "pk") if fact is not None}
