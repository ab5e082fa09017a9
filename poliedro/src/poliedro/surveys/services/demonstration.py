"""The room's part of the demonstration: surveys answered in part, self-assessments, one begun. All invented."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any

from django.db import transaction
from django.utils import timezone

from poliedro.reference.models import Certainty
from poliedro.registry.models import Cluster, Delegation, Organisation
from poliedro.registry.queries.memberships import FIRM_KINDS, members_of
from poliedro.shared.dated import Moment
from poliedro.shared.region import Region
from poliedro.surveys.models import Answer, Campaign, FollowUp, Invitation, QuestionnaireVersion, Sheet
from poliedro.surveys.queries.sheets import definition_of
from poliedro.surveys.rules.definition import Definition, is_shown
from poliedro.surveys.rules.scoring import score
from poliedro.surveys.services.campaigns import publish_aggregates

RATES = {"micro": 0.28, "small": 0.42, "medium": 0.55, "large": 0.65}
"""Who answers, by size class: the larger the more, so that weights matter."""
LEANING = {
    "innovate": {"decisive": 34, "helped": 36, "no": 22, "none": 8},
    "partners": {"decisive": 28, "helped": 40, "no": 26, "none": 6},
    "stay": {"yes": 74, "perhaps": 20, "no": 6},
    "know": {"well": 55, "name": 38, "no": 7},
    "role": {"funds": 48, "partners": 24, "technology": 16, "voice": 6, "skills": 6},
    "without": {"yes": 30, "part": 38, "no": 20, "unknown": 12},
}
OWN = {"role": {"funds": 10, "partners": 42, "technology": 30, "voice": 12, "skills": 6}}
"""How the cluster's own staff sees it."""
WISHES = ("Più incontri in azienda", "Un elenco di laboratori aggiornato", "Aiuto per i bandi europei", "Corsi la sera")


@transaction.atomic
def build_demonstration(*, region: Region, by: Any = None) -> str:
    """Campaigns and self-assessments of every synthetic cluster. Again: nothing changes."""
    if Campaign.objects.filter(is_synthetic=True).exists():
        return "was there"
    versions = {v.questionnaire.key: v for v in QuestionnaireVersion.objects.select_related("questionnaire")}
    dice = Random((region.raw.get("demonstration") or {}).get("seed", 0))
    today = timezone.localdate()
    clusters = list(Cluster.objects.filter(is_synthetic=True).existing_on(today))
    asked = handed = 0
    for cluster in clusters:
        members = list(members_of(cluster, Moment(today)).filter(kind__in=FIRM_KINDS))
        for name, days, version in (
            (f"Soddisfazione {today.year - 2}", 800, "member-satisfaction"),
            (f"Soddisfazione {today.year - 1}", 430, "member-satisfaction"),
        ):
            asked += _campaign(cluster, versions[version], name, today - timedelta(days=days), 45, members, dice)
        asked += _campaign(
            cluster, versions["member-satisfaction"], f"Soddisfazione {today.year}", today - timedelta(days=20), 32,
            members, dice, share=0.6,
        )  # fmt: skip
        asked += _perception(cluster, versions["cluster-perception"], today, members, dice)
        handed += _assessments(cluster, versions, today, members, dice)
        publish_aggregates(cluster=cluster, today=today, by=by)
    return f"{asked} invitations, {handed} self-assessments; {_of_the_firm(versions, today, dice)}"


def _campaign(
    cluster: Cluster,
    version: QuestionnaireVersion,
    name: str,
    opens_on: date,
    days: int,
    members: list[Organisation],
    dice: Random,
    *,
    share: float = 1.0,
) -> int:
    campaign = Campaign.objects.create(
        version=version, cluster=cluster, name=name, opens_on=opens_on, closes_on=opens_on + timedelta(days=days),
        is_synthetic=True,
    )  # fmt: skip
    rows = Invitation.objects.bulk_create(
        [Invitation(campaign=campaign, organisation=m, stratum=m.size_class, invited_on=opens_on) for m in members],
        batch_size=500,
    )
    answering = [r for r in rows if dice.random() < share * RATES.get(r.stratum, 0.3)]
    _answered(campaign, answering, dice, LEANING)
    return len(rows)


def _perception(
    cluster: Cluster, version: QuestionnaireVersion, today: date, members: list[Organisation], dice: Random
) -> int:
    opens_on = today - timedelta(days=120)
    campaign = Campaign.objects.create(
        version=version, cluster=cluster, name=f"Il polo visto da fuori {opens_on.year}", opens_on=opens_on,
        closes_on=opens_on + timedelta(days=40), is_synthetic=True,
    )  # fmt: skip
    inside = {m.pk for m in members}
    outside = list(
        Organisation.objects.current()
        .filter(certainty=Certainty.SYNTHETIC, kind__in=FIRM_KINDS)
        .exclude(pk__in=inside)
        .order_by("pk")[:400]
    )
    bodies = list(Organisation.objects.current().filter(kind__in=("university", "research_body")).order_by("pk")[:30])
    groups = (
        ("member", dice.sample(members, min(60, len(members))), 0.5),
        ("non_member", dice.sample(outside, min(60, len(outside))), 0.35),
        ("university", bodies, 0.6),
    )
    rows, total = [], 0
    for group, chosen, rate in groups:
        made = Invitation.objects.bulk_create(
            [
                Invitation(campaign=campaign, organisation=o, group=group, stratum=o.size_class, invited_on=opens_on)
                for o in chosen
            ]
        )
        total += len(made)
        rows += [r for r in made if dice.random() < rate]
    _answered(campaign, rows, dice, LEANING)
    own = Invitation.objects.bulk_create(
        [Invitation(campaign=campaign, group="own", invited_on=opens_on) for _ in range(7)]
    )
    _answered(campaign, own[:6], dice, {**LEANING, **OWN})
    FollowUp.objects.create(
        campaign=campaign, text="Giornata aperta nei laboratori per chi non aderisce",
        due_on=today + timedelta(days=dice.randint(5, 40)),
    )  # fmt: skip
    return total + len(own)


def _answered(
    campaign: Campaign, invitations: list[Invitation], dice: Random, leaning: dict[str, dict[str, int]]
) -> None:
    definition = definition_of(campaign.version)
    at = _noon(campaign.opens_on + timedelta(days=9))
    given = [_answers(definition, dice, leaning) for _ in invitations]
    sheets = Sheet.objects.bulk_create(
        [
            Sheet(
                version=campaign.version, campaign=campaign, invitation=row, organisation_id=row.organisation_id,
                started_at=at, saved_at=at, submitted_at=at, result=score(definition, answers).stored(),
                named=row.organisation_id is not None and dice.random() < 0.1, is_synthetic=True,
            )
            for row, answers in zip(invitations, given, strict=True)
        ],
        batch_size=500,
    )  # fmt: skip
    _keep(sheets, given, at)


def _keep(sheets: list[Sheet], given: list[dict[str, Any]], at: datetime) -> None:
    Answer.objects.bulk_create(
        [
            Answer(sheet=sheet, question=key, value=value, saved_at=at)
            for sheet, answers in zip(sheets, given, strict=True)
            for key, value in answers.items()
        ],
        batch_size=1000,
    )


def _answers(
    definition: Definition, dice: Random, leaning: dict[str, dict[str, int]], level: float = 0.55
) -> dict[str, Any]:
    """One set of answers. level: how far up the options a firm tends to be, 0 to 1."""
    answers: dict[str, Any] = {}
    for question in definition.questions():
        if not is_shown(question, answers):
            continue
        if question.kind == "scale":
            answers[question.key] = max(1, min(question.points, round(dice.gauss(1 + 4 * level, 1))))
        elif question.kind == "many":
            answers[question.key] = [o.key for o in question.options if dice.random() < level] or [
                question.options[0].key
            ]
        elif question.kind == "one" and question.key in leaning:
            weights = leaning[question.key]
            answers[question.key] = dice.choices(list(weights), weights=list(weights.values()))[0]
        elif question.kind == "one":
            last = len(question.options) - 1
            answers[question.key] = question.options[max(0, min(last, round(dice.gauss(last * level, 0.8))))].key
        elif question.kind == "text" and dice.random() < 0.3:
            answers[question.key] = dice.choice(WISHES)
    return answers


def _assessments(
    cluster: Cluster,
    versions: dict[str, QuestionnaireVersion],
    today: date,
    members: list[Organisation],
    dice: Random,
) -> int:
    total = 0
    for key, share in (("digital-maturity", 0.16), ("management-capability", 0.1), ("circularity", 0.08)):
        chosen = dice.sample(members, max(6, round(len(members) * share)))
        held = set(
            Sheet.objects.filter(version=versions[key], organisation__in=chosen).values_list("organisation", flat=True)
        )
        chosen = [m for m in chosen if m.pk not in held]
        for member in chosen:
            _handed_in(versions[key], member, today - timedelta(days=dice.randint(20, 300)), dice, 0.5)
        total += len(chosen)
    return total


def _handed_in(version: QuestionnaireVersion, body: Organisation, day: date, dice: Random, level: float) -> None:
    definition, at = definition_of(version), _noon(day)
    answers = _answers(definition, dice, {}, level)
    sheet = Sheet.objects.create(
        version=version, organisation=body, started_at=at, saved_at=at, submitted_at=at,
        result=score(definition, answers).stored(), is_synthetic=True,
    )  # fmt: skip
    _keep([sheet], [answers], at)


def _of_the_firm(versions: dict[str, QuestionnaireVersion], today: date, dice: Random) -> str:
    """For the login that acts for a firm: digital maturity before and after, and one self-assessment begun."""
    delegation = (
        Delegation.objects.known()
        .active_on(today)
        .filter(person__user__email="firm@demo.example")
        .select_related("organisation", "person__user")
        .first()
    )
    if delegation is None:
        return "no login that acts for a firm"
    body = delegation.organisation
    Sheet.objects.filter(organisation=body, campaign=None).delete()
    _handed_in(versions["digital-maturity"], body, today - timedelta(days=500), dice, 0.35)
    _handed_in(versions["digital-maturity"], body, today - timedelta(days=60), dice, 0.6)
    begun = Sheet.objects.create(
        version=versions["absorptive-capacity"], organisation=body, user=delegation.person.user, is_synthetic=True
    )
    Answer.objects.create(sheet=begun, question="search", value=3)
    return f"before and after for {body}"


def _noon(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time(12)))
