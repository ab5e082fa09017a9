"""Self-checks, campaigns, earlier projects and kinds of innovation of the demonstration: all invented from its seed."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from django.db import transaction
from django.utils import timezone

from poliedro.monitoring.models import CampaignReply, DataCampaign, ProjectNature
from poliedro.monitoring.queries.campaigns import register_values
from poliedro.monitoring.rules.campaigns import ASKABLE
from poliedro.monitoring.rules.excellence import latest_version
from poliedro.monitoring.services.benchmark import publish_comparison, save_self_check
from poliedro.monitoring.services.campaigns import (
    close_campaign,
    create_campaign,
    open_campaign,
    save_answers,
    sign_reply,
)
from poliedro.monitoring.services.lifecycle import override_stage, run_life_cycles
from poliedro.reference.models import Certainty, Load
from poliedro.registry.models import Cluster, Lineage, MembershipSpell, Participation, Project, ProjectShare
from poliedro.registry.queries.memberships import FIRM_KINDS, members_by_cluster
from poliedro.registry.services.findings import refresh_findings
from poliedro.shared.dated import Moment
from poliedro.shared.invented import said
from poliedro.shared.region import Region

ASKED = ("firms-per-cluster", "members", "staff", "staff-fte", "revenue", "erdf-share")
TITLE = {"it": "Monitoraggio annuale dei poli", "en": "Yearly monitoring of the clusters"}
QUESTION = "Che cosa è cambiato nei bisogni delle imprese più piccole?"
EARLIER = range(2010, 2017)
"""Years before the study's: their projects give the life cycle a network to look back on."""


@transaction.atomic
def build_health(*, region: Region, by: Any = None) -> str:
    """A signed and an open campaign, self-checks compared, natures of projects, an expert's judgement; once."""
    raw = region.raw.get("demonstration")
    load = Load.objects.filter(importer="demonstration", state=Load.State.LOADED).select_related("source").first()
    if not raw or load is None:
        return "no demonstration"
    if DataCampaign.objects.filter(is_synthetic=True).exists():
        return "campaigns are there"
    today: date = raw["today"]
    dice = Random(raw["seed"] + 5)
    clusters = list(Cluster.objects.existing_on(today).order_by("position", "name"))
    earlier = _earlier_projects(load, dice)
    kinds = _natures(load, dice)
    _campaigns(clusters, today.year, dice, by)
    _self_checks(clusters, today.year, dice, by)
    run_life_cycles(by=by)
    last = clusters[-2]
    override_stage(
        cluster=last,
        stage="sustainment",
        reason=said(
            "Chi è uscito era fermo da tempo; chi resta partecipa a più progetti di prima.",
            "The members that left were dormant; those that stay take part in more projects than before.",
        ),
        on=today,
        by=by,
    )
    refresh_findings(moment=Moment(today), by=by)
    return f"{earlier} earlier projects, {kinds} natures, 2 campaigns, {len(clusters)} self-checks"


def _earlier_projects(load: Load, dice: Random) -> int:
    """Projects of the clusters of that time, among their members: as many a member as in the study's years, since fewer
    would look like a turn of all clusters at once."""
    fact: dict[str, Any] = {"source": load.source, "load": load, "certainty": Certainty.SYNTHETIC}
    spells: dict[int, list[tuple[int, date, date | None]]] = defaultdict(list)
    held = MembershipSpell.objects.known().filter(load=load, organisation__kind__in=FIRM_KINDS).order_by("pk")
    for cluster, firm, start, end in held.values_list("cluster_id", "organisation_id", "valid_from", "valid_to"):
        spells[cluster].append((firm, start, end))
    pace, number = _pace(), 0
    for year in EARLIER:
        day = date(year, 9, 1)
        for cluster in Cluster.objects.existing_on(day).order_by("position", "name"):
            there = [f for f, start, end in spells[cluster.pk] if start <= day and (end is None or end > day)]
            for _ in range(round(len(there) * pace.get(cluster.pk, 0.0) * dice.uniform(0.85, 1.15))):
                number += 1
                cost = Decimal(round(dice.uniform(80_000, 400_000), -2)).quantize(Decimal("0.01"))
                project = Project.objects.create(
                    scheme="regional",
                    number=f"DEMO-H{number:04d}",
                    title=f"Progetto dimostrativo {year}/{number:03d}",
                    acronym=f"DEMOH{number:03d}",
                    starts_on=date(year, 1 + dice.randrange(11), 1),
                    ends_on=date(year + 2, 12, 31),
                    total_cost_eur=cost,
                    public_contribution_eur=(cost * Decimal("0.45")).quantize(Decimal("0.01")),
                    **fact,
                )
                ProjectShare.objects.create(project=project, cluster=cluster, share=1, **fact)
                team = dice.sample(there, min(len(there), dice.randint(3, 6)))
                Participation.objects.bulk_create(
                    Participation(
                        project=project, organisation_id=firm, role="partner" if i else "coordinator",
                        valid_from=project.starts_on, valid_to=project.ends_on, **fact,
                    )
                    for i, firm in enumerate(team)
                )  # fmt: skip
    return number


def _pace() -> dict[int, float]:
    """Projects a year and member firm of each cluster in the study's years; an older one has that of its successors."""
    rows = ProjectShare.objects.known().filter(certainty=Certainty.SYNTHETIC).order_by("pk")
    begun: dict[int, Counter[int]] = defaultdict(Counter)
    for cluster, day in rows.values_list("cluster", "project__starts_on"):
        begun[cluster][day.year] += 1
    members = members_by_cluster(Moment(max(date(y, 12, 31) for own in begun.values() for y in own)), firms_only=True)
    pace = {c: own.total() / len(own) / members[c] for c, own in begun.items() if members.get(c)}
    older: dict[int, list[float]] = defaultdict(list)
    for line in Lineage.objects.known().filter(successor__in=pace).order_by("pk"):
        older[line.predecessor_id].append(pace[line.successor_id])
    return {**{c: sum(own) / len(own) for c, own in older.items()}, **pace}


def _natures(load: Load, dice: Random) -> int:
    """What each invented project renews, and how near to the market it ends."""
    kinds = ProjectNature.Innovation
    weights = {kinds.PRODUCT: 46, kinds.PROCESS: 34, kinds.ORGANISATION: 10, kinds.MANAGEMENT: 4, kinds.MARKETING: 6}
    rows = []
    for project in Project.objects.filter(load=load, retracted_at=None, scheme="regional").order_by("pk"):
        kind = dice.choices(list(weights), weights=list(weights.values()))[0]
        rd = kind in (kinds.PRODUCT, kinds.PROCESS) or dice.random() < 0.2
        start = dice.choices((2, 3, 4, 5, 6), weights=(1, 3, 4, 3, 1))[0]
        rows.append(
            ProjectNature(
                project=project, innovation=kind, is_rd=rd, trl_start=start if rd else None,
                trl_end=min(9, start + dice.choice((1, 2, 2, 3))) if rd else None, source=load.source, load=load,
                certainty=Certainty.SYNTHETIC,
            )
        )  # fmt: skip
    ProjectNature.objects.bulk_create(rows, batch_size=500)
    return len(rows)


def _campaigns(clusters: list[Cluster], year: int, dice: Random, by: Any) -> None:
    """Last year's is signed, with two answers that differ from the register; this year's is open, on real days."""
    past = create_campaign(
        title=TITLE,
        year=year - 1,
        figures=ASKED,
        clusters=clusters,
        opens_on=date(year, 1, 15),
        due_on=date(year, 2, 28),
        by=by,
        questions=(QUESTION,),
    )
    open_campaign(campaign=past, by=by)
    odd = set(dice.sample(range(len(clusters)), min(2, len(clusters))))
    for i, reply in enumerate(past.replies.select_related("cluster", "campaign")):
        save_answers(
            reply=reply, given=_as_held(reply.cluster, year - 1, 3 if i in odd else 0), submit=True, by=by,
            texts=_in_words(reply),
        )  # fmt: skip
        if reply.state == "submitted":
            sign_reply(reply=reply, by=by)
    close_campaign(campaign=past, by=by)
    day = timezone.localdate()
    now = create_campaign(
        title=TITLE,
        year=year,
        figures=(*ASKED, "services-delivered"),
        clusters=clusters,
        opens_on=day - timedelta(days=20),
        due_on=day + timedelta(days=10),
        by=by,
        instructions={
            "it": "Dati al 31 dicembre; spiegare le variazioni oltre il 25%.",
            "en": "Figures of 31 December; explain changes above 25%.",
        },
        questions=(QUESTION,),
    )
    open_campaign(campaign=now, by=by)
    for i, reply in enumerate(now.replies.select_related("cluster", "campaign")):
        if i % 3 == 1:  # every third has handed in; the others have yet to
            given, texts = _as_held(reply.cluster, year, 0), _in_words(reply)
            save_answers(reply=reply, given=given, submit=True, by=by, texts=texts)


def _in_words(reply: CampaignReply) -> dict[int, str]:
    """The same sentence from everybody: it is invented, and says so."""
    return {t.question_id: "Dato dimostrativo: progetti più piccoli, con più imprese alla prima esperienza."
            for t in reply.texts.all()}  # fmt: skip


def _as_held(cluster: Cluster, year: int, more: int) -> dict[str, tuple[str, str]]:
    """Answers as the register has them, the number of firms off by `more`; each with an explanation to hand."""
    held = register_values([cluster], year)[cluster.pk]
    given = {}
    for key in ASKABLE:
        value = held[key] or Decimal(0)
        why = "Come da registro del polo."
        if more and key == "firms-per-cluster":
            value += more
            why = "Tre imprese hanno aderito dopo la chiusura dell'elenco."
        given[key] = (str(value), why)
    return given


def _self_checks(clusters: list[Cluster], year: int, dice: Random, by: Any) -> None:
    version = latest_version()
    for cluster in clusters:
        ground = dice.choice((1, 2, 2, 3))
        levels = {i.key: min(4, max(0, ground + dice.choice((-1, 0, 0, 1, 1)))) for i in version.items}
        save_self_check(cluster=cluster, year=year, levels=levels, notes={}, files={}, submit=True, by=by)
    publish_comparison(year=year, by=by)
