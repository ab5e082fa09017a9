"""The policy of the demonstration: its logic from the region's file, tags, money by priority, a proposal, a report.

Focus areas are real where the file names their source; everything else is invented and labelled synthetic.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import yaml
from django.db import transaction
from django.utils import timezone

from poliedro.funding.models import (
    AidAward,
    Application,
    Call,
    CallLine,
    CallVersion,
    CostClaim,
    Decision,
    Measure,
    Output,
    Partner,
)
from poliedro.funding.rules.aid import CENT, part_of
from poliedro.monitoring.models import ObjectiveTag, PolicyNode
from poliedro.monitoring.queries.policy.logic import report_at
from poliedro.monitoring.rules.policy.logic import quarter_of
from poliedro.monitoring.services.demonstration.grants import Grant, admitted_grants, as_stated
from poliedro.monitoring.services.policy.logic import add_indicator, add_node, record_observation
from poliedro.monitoring.services.policy.objectives import tag_projects, tag_service
from poliedro.monitoring.services.policy.reports import publish_report
from poliedro.reference.models import Certainty, Load, Source
from poliedro.registry.models import MembershipSpell, Organisation, Project, ProjectSpending
from poliedro.registry.services.region_setup import ensure_source
from poliedro.shared.jobs import start_job
from poliedro.shared.region import SHIPPED, Region

OBJECTIVE_CHOICES: tuple[list[str], ...] = (
    ["digital"],
    ["collaboration"],
    ["cross_sector"],
    ["digital", "collaboration"],
    [],
)
SERVICES = {
    "digitalisation": ["digital"],
    "matchmaking": ["collaboration", "cross_sector"],
    "technology_transfer": ["collaboration"],
    "project_development": ["collaboration"],
    "training": ["digital"],
    "laboratory": ["cross_sector"],
}
EACH, FIRMS = 12, 60
TOPICS = ("Sensori", "Biomateriali", "Tessuti tecnici", "Diagnostica", "Idrogeno", "Robotica", "Imballaggi", "Software")


def build_policy(*, region: Region, by: Any = None) -> str:
    """Build what is not there yet; without a policy in the region's file, nothing."""
    path = region.raw.get("policy")
    load = Load.objects.filter(importer="demonstration", state=Load.State.LOADED).order_by("-pk").first()
    if not path or load is None:
        return "no policy in the region's file"
    if PolicyNode.objects.exists():
        return "the policy is there already"
    with transaction.atomic():
        raw = yaml.safe_load((SHIPPED / path).read_text(encoding="utf-8"))
        nodes = _logic(raw, load.source)
        tags = _tags(load)
        projects = _money(load, raw.get("granted", []))
        _proposal(load)
        _report()
        start_job(name="monitoring.reconcile", title="Riconciliazione con OpenCoesione", by=None)
    return f"{nodes} nodes of the policy, {tags} tags, {projects} granted projects"


def _logic(raw: Mapping[str, Any], invented: Source) -> int:
    """Nodes and indicators from the file, each from the day that it states."""
    since, owner = raw["from"], raw["owner"]
    made = 0

    def node(kind: str, row: Mapping[str, Any], parent: PolicyNode | None, position: int) -> PolicyNode:
        nonlocal made
        made += 1
        about = row.get("about", {})
        terms = add_node(
            kind=kind, key=row["key"], on=since, by=None, parent=parent,
            measure=Measure.objects.filter(key=row.get("measure", "")).first(),
            source=ensure_source(row["source"]) if "source" in row else invented,
            values={
                "title_it": row["title"]["it"], "title_en": row["title"]["en"], "position": position,
                "about_it": about.get("it", ""), "about_en": about.get("en", ""), "owner": row.get("owner", owner),
            },
        )  # fmt: skip
        for indicator in row.get("indicators", ()):
            _indicator(terms.node, indicator, since, owner, invented)
        return terms.node

    for i, area in enumerate(raw["areas"]):
        top = node("area", area, None, i)
        for j, objective in enumerate(area["objectives"]):
            middle = node("objective", objective, top, j)
            for k, action in enumerate(objective["actions"]):
                node("action", action, middle, k)
    return made


def _indicator(node: PolicyNode, row: Mapping[str, Any], since: date, owner: str, invented: Source) -> None:
    names = ("role", "baseline", "baseline_on", "target", "target_on", "evidence")
    own = row.get("card")
    card = None
    if own:
        card = {
            "name_it": own["it"], "name_en": own["en"], "unit_it": own["unit_it"], "unit_en": own["unit_en"],
            "definition_it": own["definition_it"], "definition_en": own["definition_en"],
            "formula_it": "conteggio", "formula_en": "count", "null_means_it": "Non osservato.",
            "null_means_en": "Not observed.",
        }  # fmt: skip
    terms = add_indicator(
        node=node, values={**{k: row[k] for k in names if k in row}, "owner": row.get("owner", owner)}, on=since,
        by=None, computed_by=row.get("computed", ""), card=card, source=invented,
    )  # fmt: skip
    for seen in row.get("observed", ()):
        record_observation(
            indicator=terms.indicator, on=seen["day"], value=float(seen["value"]), evidence=seen["evidence"], by=None,
            source=invented,
        )  # fmt: skip


def _tags(load: Load) -> int:
    """Every fifth project keeps no objective, so that the page has something to mend."""
    projects = list(Project.objects.filter(load=load, scheme="regional", retracted_at=None).order_by("number"))
    for n, objectives in enumerate(OBJECTIVE_CHOICES):
        if objectives:
            tag_projects(
                projects=projects[n :: len(OBJECTIVE_CHOICES)], objectives=objectives, by=None, source=load.source
            )
    ObjectiveTag.objects.filter(load=None, source=load.source).update(load=load)
    for service, objectives in SERVICES.items():
        tag_service(service=service, objectives=objectives, by=None, source=load.source)
    return ObjectiveTag.objects.known().count()


def _money(load: Load, calls: Sequence[str]) -> int:
    """Granted applications of the calls that the file names, with decisions and payments, and what invented national
    data state of them: most the same, some not."""
    dice = Random(20)
    made = 0
    for call in Call.objects.filter(key__in=calls).order_by("key"):
        version = call.versions.order_by("number").first()
        if version is None:
            continue
        first = call.opens_on or date(2018, 1, 1)
        last = min(call.closes_on or timezone.localdate(), timezone.localdate() - timedelta(days=200))
        days = [first + (last - first) * n / EACH for n in range(EACH)]
        firms = _members_since(first, load)
        lines = {line.key: line for line in call.lines.all()}
        for n, grant in enumerate(admitted_grants(version.rules, firms, days, dice)):
            cup = f"J{grant.day.year % 100:02d}E{made + 1:011d}"
            title = f"{TOPICS[n % len(TOPICS)]} {made + 1:02d} (demo)"
            _granted(version, lines[grant.line], grant, title, cup, load, paid=dice.choice((0, 40, 80, 100)))
            _national(title, cup, grant.grant_eur, grant.firm, grant.day, load, made)
            made += 1
    for n in range(3):  # known to the national data alone
        day = date(2024, 3 + n, 1)
        _stated(
            f"DEMO-OC-X{n}",
            f"Progetto sconosciuto {n + 1} (demo)",
            f"J24E{900 + n:011d}",
            Decimal(120_000),
            "",
            day,
            load,
        )
    return made


def _members_since(day: date, load: Load) -> list[Organisation]:
    """Firms that were members on the day, newest in the register first."""
    spells = (
        MembershipSpell.objects.known()
        .filter(load=load, organisation__kind=Organisation.Kind.ENTERPRISE, valid_from__lte=day)
        .select_related("organisation")
        .order_by("-pk")[: 2 * FIRMS]
    )
    return list({s.organisation_id: s.organisation for s in spells}.values())[:FIRMS]


def _aided(application: Application, version: CallVersion, line: CallLine, grant: Grant, load: Load) -> None:
    """What was granted stands in the register of aid, as it does after a contract."""
    rules = version.rules
    AidAward.objects.create(
        organisation=grant.firm, regime=rules.regime, category=rules.category_of(line.key), load=load,
        amount_eur=grant.grant_eur, granted_on=grant.day + timedelta(days=90), measure=f"{line.call.key}, {line.key}",
        application=application, source=load.source, certainty=Certainty.SYNTHETIC,
    )  # fmt: skip


def _granted(
    version: CallVersion, line: CallLine, grant: Grant, title: str, cup: str, load: Load, *, paid: int
) -> None:
    """An application that was granted, with what was claimed and paid so far (percent)."""
    day = grant.day
    application = Application.objects.create(
        line=line, version=version, organisation=grant.firm, title=title, summary="Progetto dimostrativo, inventato.",
        state=Application.State.COMPLETED if paid == 100 else Application.State.GRANTED, cup=cup,
        facts=as_stated(grant.project),
        submitted_at=timezone.make_aware(datetime.combine(day, time(12))), certainty=Certainty.SYNTHETIC, load=load,
    )  # fmt: skip
    lead = Partner.objects.create(
        application=application, organisation=grant.firm, is_lead=True, cost_eur=grant.cost_eur, load=load,
        agreed_at=timezone.now(), facts=as_stated(grant.stated),
    )  # fmt: skip
    Decision.objects.create(
        application=application, outcome=Application.State.GRANTED, grant_eur=grant.grant_eur, loan_eur=grant.loan_eur,
        reasons="80.00/100, #1 (demo)",
        basis={"act": "ranked", "total": "80.00", "place": 1, "fails": [], "outcome": "funded", "note": ""},
        decided_on=day + timedelta(days=60), load=load,
    )  # fmt: skip
    if grant.grant_eur:
        _aided(application, version, line, grant, load)
    if paid:
        at = timezone.make_aware(datetime.combine(day + timedelta(days=190), time(12)))
        spent = (grant.cost_eur * paid / 100).quantize(CENT)
        CostClaim.objects.create(
            application=application, partner=lead, period=str(at.year), cost_eur=spent, accepted_eur=spent,
            paid_eur=part_of(grant.grant_eur, spent, grant.cost_eur), state=CostClaim.State.ACCEPTED, claimed_at=at,
            load=load,
        )  # fmt: skip
    if paid == 100:
        Output.objects.create(
            application=application,
            kind=Output.Kind.PROTOTYPE,
            amount=1,
            reached_on=day + timedelta(days=190),
            load=load,
        )


def _national(title: str, cup: str, grant: Decimal, firm: Organisation, day: date, load: Load, n: int) -> None:
    """What the national data say of it. Every eighth project is missing there, some are stated differently."""
    if n % 8 == 5:
        return
    amount = grant + 5_000 if n % 8 == 1 else grant
    name = f"{title}, fase 2" if n % 8 == 3 else title
    body = "Altra Impresa S.r.l. (demo)" if n % 12 == 7 else firm.name
    _stated(f"DEMO-OC-{n:02d}", name, cup, amount, body, day, load)


def _stated(number: str, title: str, cup: str, amount: Decimal, body: str, day: date, load: Load) -> None:
    fact: dict[str, Any] = {"source": load.source, "load": load, "certainty": Certainty.SYNTHETIC}
    project = Project.objects.create(
        scheme=Project.Scheme.COHESION, number=number, title=title, cup=cup, starts_on=day + timedelta(days=60),
        public_contribution_eur=amount, programme="Programma dimostrativo", **fact,
    )  # fmt: skip
    period = "2014-2020" if day < date(2021, 1, 1) else "2021-2027"
    for months, part in ((10, Decimal("0.4")), (20, Decimal("0.8"))):
        ProjectSpending.objects.create(
            project=project, stated_on=day + timedelta(days=30 * months), committed_eur=amount,
            paid_eur=(amount * part).quantize(Decimal("0.01")), beneficiary=body,
            cycle=f"Ciclo di programmazione {period}", **fact,
        )  # fmt: skip


def _proposal(load: Load) -> None:
    """A measure that is not adopted, for what is not R&D."""
    programme = Measure.objects.order_by("-valid_from").select_related("programme").first()
    if programme is None:
        return
    Measure.objects.get_or_create(
        key="voucher-first-steps",
        defaults={
            "programme": programme.programme, "name_it": "Voucher per i primi passi (proposta, demo)",
            "name_en": "Vouchers for first steps (proposal, demo)", "groups": ["micro", "small", "third_sector"],
            "stages": ["start_up", "growth", "mature"], "instrument": "voucher", "trl_from": 1, "trl_to": 4,
            "objectives": ["digital"], "budget_eur": Decimal(3_000_000), "valid_from": timezone.localdate(),
            "is_proposed": True, "source": load.source, "certainty": Certainty.SYNTHETIC, "load": load,
        },
    )  # fmt: skip


def _report() -> None:
    """The report of the quarter before the last; the last one waits for the officer."""
    today = timezone.localdate()
    year, quarter = quarter_of(today)
    for _n in range(2):
        year, quarter = (year, quarter - 1) if quarter > 1 else (year - 1, 4)
    if report_at(year, quarter) is None:
        publish_report(year=year, quarter=quarter, today=today, by=None)
