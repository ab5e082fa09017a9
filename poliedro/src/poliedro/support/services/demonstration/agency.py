"""The agency's part of the demonstration: providers, courses, contacts, a coaching case, joint work, the library.

All of it is invented, but for the practice of bioPmed, which the study describes. Work lists speak of today.
"""

from __future__ import annotations

from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from poliedro.accounts.models import Person
from poliedro.registry.models import Cluster
from poliedro.shared.region import Region
from poliedro.support.models import (
    AssetUse,
    Course,
    IncentiveFormula,
    JointProgramme,
    KnowledgeItem,
    Provider,
    ProviderCompetence,
    Roundtable,
    SharedAsset,
    SharedService,
    SharedUse,
    Suggestion,
)
from poliedro.support.rules.joint import THEMES, BonusRule
from poliedro.support.services.agency import enrol, hand_over, offer_to_peers, open_course
from poliedro.support.services.coaching import add_entry, ask_coaching, write_need
from poliedro.support.services.demonstration import agency_more as more
from poliedro.support.services.joint import (
    add_action,
    add_formula,
    add_programme,
    approve_programme,
    hold_roundtable,
    note_item,
    note_use,
    reuse_item,
    settle_service,
    simulate_formula,
    write_item,
)

GRID = {"strategy": 4, "governance": 3, "finance": 3, "services": 4, "team": 3, "projects": 3}


def build_agency(region: Region, by: Any) -> str:
    """Build what is not there yet. Without the demonstration's logins: the library and joint work alone."""
    if KnowledgeItem.objects.filter(title=PRACTICE["title"]).exists():
        return "agency: there already"
    today = timezone.localdate()
    clusters = list(Cluster.objects.existing_on(today))
    library(clusters, by)
    if not clusters:
        return "agency: the library"
    joint_work(clusters, today, by)
    more.more_joint_work(clusters, today, by)
    more.material(clusters, today)
    people = {p.email.split("@")[0]: p for p in Person.objects.filter(email__endswith="@demo.example")}
    more.more_library(people, by)
    if {"coach", "agency", "manager.agrifood", "manager.mesap"} <= set(people):
        support(people, clusters, today, by)
        more.year_of_training(people, clusters, today, by)
        more.two_sides(people, clusters, today)
    return (
        f"agency: {Course.objects.count()} courses, {KnowledgeItem.objects.count()} pieces of the library, joint work"
    )


def support(people: dict[str, Person], clusters: list[Cluster], today: date, by: Any) -> None:
    """Provider, contacts (one cluster left vacant: an alarm), courses, a running case, peers, suggestions."""
    coach = Provider.objects.create(
        person=people["coach"],
        name=people["coach"].name,
        is_agency=True,
        references="Ten years with cluster organisations of two regions.",
        fields=["agrifood"],
        days_a_year=60,
        is_synthetic=True,
    )
    for competence, level in GRID.items():
        ProviderCompetence.objects.create(provider=coach, competence=competence, level=level)
    for cluster in clusters[:-1]:
        hand_over(cluster=cluster, person=people["agency"], starts_on=today - timedelta(days=300), handover="", by=by)
    days = (
        (today + timedelta(days=20), time(9, 30), time(16, 30)),
        (today + timedelta(days=27), time(9, 30), time(13)),
    )
    course = open_course(
        title="Industry 4.0 for cluster managers",
        text="What to offer members that want to try a digital twin, and whom to bring in.",
        competence="industry_40",
        provider=coach,
        coach=people["coach"],
        seats=8,
        place="Torino",
        sessions=days,
        by=by,
    )
    Course.objects.filter(pk=course.pk).update(is_synthetic=True)
    by_key = {c.key: c for c in clusters}
    managers = {key: people[f"manager.{key}"] for key in ("agrifood", "mesap") if key in by_key}
    for key, manager in managers.items():
        enrol(course=course, person=manager, cluster=by_key[key], by=by)
        write_need(
            person=manager,
            cluster=by_key[key],
            competence="finance",
            urgency=2,
            text="We depend on one grant, and I do not know how to price what we do for members.",
            by=by,
        )
    if "agrifood" in managers:
        manager = managers["agrifood"]
        need = write_need(
            person=manager,
            cluster=by_key["agrifood"],
            competence="services",
            urgency=3,
            text="Small members say that our services are not for them.",
            by=by,
        )
        case = ask_coaching(
            manager=manager,
            cluster=by_key["agrifood"],
            goal="Two services that a micro firm can use in an afternoon.",
            provider=coach,
            on=today - timedelta(days=30),
            by=by,
            need=need,
        )
        add_entry(
            case=case,
            kind="meeting",
            text="We went through the last twelve requests that were turned down.",
            met_on=today - timedelta(days=20),
            by=people["coach"].user,
        )
        add_entry(
            case=case,
            kind="action",
            text="Ask five micro members what an afternoon should give them.",
            due_on=today + timedelta(days=10),
            by=people["coach"].user,
        )
    if "mesap" in managers:
        offer_to_peers(
            person=managers["mesap"],
            cluster=by_key["mesap"],
            competence="projects",
            text="How we bring ten firms into one proposal.",
            on=today,
            by=by,
        )
    Suggestion.objects.create(
        text="Courses after four o'clock, please: small teams cannot spare a day.",
        origin="course",
        said_on=today - timedelta(days=90),
        answer="Since this spring each course has an afternoon variant.",
        changed_on=today - timedelta(days=40),
        is_synthetic=True,
    )
    Suggestion.objects.create(
        text="Let us see the courses of the whole year at once.",
        origin="coaching",
        said_on=today - timedelta(days=15),
        is_synthetic=True,
    )
    asset = SharedAsset.objects.create(
        kind="template", title="Press release for a new member", text="Half a page, two quotes.", is_synthetic=True
    )
    AssetUse.objects.create(asset=asset, cluster=clusters[0], on=today - timedelta(days=12), reach=900)


def joint_work(clusters: list[Cluster], today: date, by: Any) -> None:
    """An approved programme with a late action, a roundtable, a simulated formula, a shared service, a settlement."""
    start = today - timedelta(days=150)
    programme = add_programme(
        title=f"Joint work programme {today.year}",
        cluster=None,
        starts_on=start,
        ends_on=start + timedelta(days=540),
        by=by,
    )
    titles = {
        "entrepreneurship": ("Joint call for start-ups to solve members' problems", 0, 140, []),
        "digital": ("Digital check for 100 micro firms", 20, 200, []),
        "diffusion": ("Demonstration days of tested solutions", 200, 100, ["digital"]),
        "skills": ("Short courses with the technical schools", 300, 150, ["digital", "diffusion"]),
    }
    made: dict[str, int] = {}
    for theme in THEMES:
        title, after, days, needs = titles[theme]
        shares: dict[int | None, Decimal] = {None: Decimal(30_000)}
        shares.update({c.pk: Decimal(5_000) for c in clusters})
        begins = start + timedelta(days=after)
        action = add_action(
            programme=programme,
            title=title,
            theme=theme,
            lead="Region" if theme == "skills" else clusters[0].name,
            starts_on=begins,
            due_on=begins + timedelta(days=days),
            budget_eur=sum(shares.values(), Decimal(0)),
            indicator="firms reached",
            target="100",
            shares=shares,
            needs=[made[n] for n in needs],
            by=by,
        )
        made[theme] = action.pk
    approve_programme(programme=programme, by=by)
    JointProgramme.objects.filter(pk=programme.pk).update(is_synthetic=True)
    table = hold_roundtable(
        title="Roundtable on skills and digital transformation",
        held_on=today - timedelta(days=35),
        place="Torino",
        agenda="1. What members ask for\n2. What universities can offer\n3. Who does what until summer",
        seats=[
            ("region", "Directorate for innovation", True),
            *(("managers", f"Manager of {c.name}", i % 3 != 2) for i, c in enumerate(clusters)),
            ("universities", "Technical university", True),
            ("universities", "University", False),
        ],
        by=by,
    )
    Roundtable.objects.filter(pk=table.pk).update(is_synthetic=True)
    note_item(roundtable=table, kind="decision", text="One joint list of laboratories that take visitors.", by=by)
    note_item(
        roundtable=table,
        kind="action",
        text="Collect the laboratories' conditions",
        owner="Technical university",
        due_on=today + timedelta(days=20),
        by=by,
    )
    formula = add_formula(
        title=f"Bonus for working together {today.year}",
        starts_on=date(today.year, 1, 1),
        ends_on=date(today.year + 1, 1, 1),
        rules=[
            BonusRule("joint_services", Decimal(4_000), Decimal(12_000)),
            BonusRule("cross_projects", Decimal(2_500), Decimal(20_000)),
            BonusRule("new_micro_members", Decimal(300), Decimal(6_000)),
        ],
        budget_eur=Decimal(90_000),
        by=by,
    )
    service = SharedService.objects.create(
        title="European projects office",
        text="Two people who write and run European proposals for all partners.",
        fixed_eur=Decimal(90_000),
        hour_eur=Decimal(12),
        alone_eur=Decimal(60_000),
        is_synthetic=True,
    )
    service.partners.set(clusters[:4])
    for year in (today.year - 1, today.year):
        for i, cluster in enumerate(clusters[:4]):
            note_use(
                service=service,
                cluster=cluster,
                on=date(year, 1, 15),
                hours=Decimal(120 + 35 * i),
                paid_eur=Decimal("97531.45") if i == 0 else Decimal(0),
                text="hours of the year",
                by=by,
            )
    settle_service(service=service, year=today.year - 1, by=by)
    simulate_formula(formula=formula, by=by)
    IncentiveFormula.objects.filter(pk=formula.pk).update(is_synthetic=True)
    assert SharedUse.objects.filter(service=service).exists()


PRACTICE = {
    "kind": "practice",
    "audience": "public",
    "title": "bioPmed: a science park as hub between academia and industry",
    "problem": "Start-ups and small firms of the life sciences do not meet researchers, investors and large firms.",
    "context": "Piedmont, life sciences; the managing body is a science park with laboratories and an incubator.",
    "steps": [
        "Let the managing body also run laboratories and an incubator, so that firms come anyway.",
        "Offer services in packages with partners: laboratory, certification, funding advice, international fairs.",
        "Hold a yearly event at which start-ups, researchers, large firms and investors meet by appointment.",
    ],
    "checklist": [
        "A managing body with premises where firms and researchers are every day.",
        "At least one university and one hospital that sign up as partners.",
        "Somebody who follows up each meeting after three months.",
    ],
    "evidence": "Described as good practice in the OECD study of 2021; no figures of its effect are published there.",
    "source_url": "https://www.oecd.org/",
}


def library(clusters: list[Cluster], by: Any) -> None:
    """The practice of the study, and three invented pieces."""
    hub = write_item(values=PRACTICE, by=by)
    pieces = (
        {
            "kind": "practice",
            "audience": "public",
            "title": "A yearly climate challenge that becomes projects",
            "problem": "Ideas of a hackathon die after the weekend.",
            "steps": ["Name a mentor for each winner.", "Look again after three and after nine months."],
            "checklist": ["A managing body that pays one mentor for a year."],
        },
        {
            "kind": "template",
            "audience": "managers",
            "title": "Agreement between clusters that share a service",
            "problem": "Several clusters want one expert and do not know how to share the cost.",
            "steps": ["Agree on the key: parts, hours or members.", "Settle once a year, to the cent."],
        },
        {
            "kind": "question",
            "audience": "managers",
            "title": "How do you win micro firms as members?",
            "problem": "Fees and meetings put micro firms off; they say that the cluster is for the large ones.",
        },
    )
    for values in pieces:
        made = write_item(values=values, by=by)
        KnowledgeItem.objects.filter(pk=made.pk).update(is_synthetic=True)
    if clusters:
        reuse_item(
            item=hub,
            cluster=clusters[0],
            fulfilled=[0, 2],
            result="A first day of meetings is planned.",
            on=timezone.localdate(),
            by=by,
        )
