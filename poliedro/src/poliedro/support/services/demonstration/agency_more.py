"""More of the agency's demonstration, so that each page shows a year of work: all of it invented."""

from __future__ import annotations

from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any

from poliedro.accounts.models import Person
from poliedro.accounts.services import declare_conflict
from poliedro.registry.models import Cluster
from poliedro.registry.queries.roles import managers_on
from poliedro.support.models import (
    AssetUse,
    Course,
    IncentiveFormula,
    JointAction,
    KnowledgeItem,
    Provider,
    ProviderCompetence,
    Roundtable,
    RoundtableItem,
    SharedAsset,
    SharedService,
    Suggestion,
)
from poliedro.support.rules.joint import BonusRule
from poliedro.support.services.agency import (
    close_course,
    enrol,
    follow_up_course,
    give_course_feedback,
    offer_to_peers,
    open_course,
    take_attendance,
)
from poliedro.support.services.coaching import write_need
from poliedro.support.services.joint import (
    add_formula,
    add_milestone,
    answer_item,
    approve_formula,
    finish_milestone,
    hold_roundtable,
    note_item,
    note_use,
    pay_formula,
    settle_service,
    simulate_formula,
    write_item,
)

EXPERTS = (
    ("Studio Ponte (demo)", {"finance": 4, "governance": 4}, Decimal(620)),
    ("Officina Europa (demo)", {"internationalisation": 4, "projects": 4, "evaluation": 3}, Decimal(700)),
)
ASSETS = (
    ("campaign", "Innovation week: one stand for all clusters", "Texts, pictures and a plan of posts.", -60),
    ("brand", "Mark 'member of a Piedmontese cluster'", "For members' own pages, in four colours.", -200),
    ("template", "Page on the portal: what to say in ten lines", "With three examples.", -150),
    ("calendar", "Fair of mobility technologies", "Joint stand; who comes says so a month before.", 45),
    ("calendar", "Open day of the laboratories", "Members visit for free.", 18),
)
PAST_COURSES = (
    ("Pricing services for members", "finance", -250, 6, True),
    ("Writing a proposal with ten partners", "projects", -130, 5, False),
)


def year_of_training(people: dict[str, Person], clusters: list[Cluster], today: date, by: Any) -> None:
    """Two courses that were held (one closed and followed up), one to come, needs that three clusters share."""
    coach = people["coach"]
    others = list(managers_on(today).exclude(pk__in=[p.pk for p in people.values()])[: max(len(clusters) - 2, 0)])
    managers = [people[k] for k in ("manager.agrifood", "manager.mesap") if k in people] + others[:4]
    provider = Provider.objects.get(person=coach)
    for title, competence, after, score, closed in PAST_COURSES:
        held = today + timedelta(days=after)
        course = open_course(
            title=title,
            text="One day, cases of the participants' own clusters.",
            competence=competence,
            provider=provider,
            coach=coach,
            seats=10,
            place="Torino",
            sessions=[(held, time(9, 30), time(16, 30))],
            by=by,
        )
        seats = [enrol(course=course, person=p, cluster=clusters[0], by=by) for p in managers]
        take_attendance(session=course.sessions.get(), present=[s.pk for s in seats], by=by)
        for n, seat in enumerate(seats):
            give_course_feedback(
                enrolment=seat,
                score=max(3, min(5, score - n % 2)),
                suggestion="Send the cases a week before." if n == 0 else "",
                on=held + timedelta(days=1),
                by=by,
                applied=closed or None,
            )
        if closed:
            course.refresh_from_db()
            follow_up = held + timedelta(days=120)
            close_course(
                course=course, follow_up_on=follow_up, action="Ask each what changed in the price list.", by=by
            )
            follow_up_course(course=course, on=follow_up + timedelta(days=3), by=by)
    to_come = open_course(
        title="Measuring what a cluster does for its members",
        text="Which figures say something, and which only look well.",
        competence="evaluation",
        provider=provider,
        coach=coach,
        seats=4,
        place="online",
        sessions=[(today + timedelta(days=52), time(14), time(18))],
        by=by,
    )
    for person in managers[:5]:
        enrol(course=to_come, person=person, cluster=clusters[0], by=by)
    Course.objects.filter(is_synthetic=False).update(is_synthetic=True)
    for cluster, person in zip(clusters[2:], others, strict=False):
        for competence in ("finance", "evaluation"):
            write_need(
                person=person,
                cluster=cluster,
                competence=competence,
                urgency=1,
                text="An invented need of the demonstration.",
                by=by,
            )
    for name, levels, price in EXPERTS:
        expert = Provider.objects.create(
            name=name, price_day_eur=price, days_a_year=20, references="Invented expert.", is_synthetic=True
        )
        ProviderCompetence.objects.bulk_create(
            [ProviderCompetence(provider=expert, competence=c, level=n) for c, n in levels.items()]
        )
    for cluster, person, competence, text in zip(
        clusters[2:], others, ("member_relations", "internationalisation"), OFFERS, strict=False
    ):
        offer_to_peers(person=person, cluster=cluster, competence=competence, text=text, on=today, by=by)


OFFERS = ("How we visit thirty members a year.", "How we prepare a fair abroad in eight weeks.")


def material(clusters: list[Cluster], today: date) -> None:
    """Campaigns, brand, templates and joint dates, with who used them; one more answered suggestion."""
    for n, (kind, title, text, after) in enumerate(ASSETS):
        on = today + timedelta(days=after)
        asset = SharedAsset.objects.create(
            kind=kind, title=title, text=text, starts_on=on if kind in ("campaign", "calendar") else None,
            is_synthetic=True,
        )  # fmt: skip
        for m, cluster in enumerate(clusters[: 2 + n % 3]):
            used = today - timedelta(days=10 + 7 * m)
            if kind != "calendar":
                AssetUse.objects.create(asset=asset, cluster=cluster, on=used, reach=400 + 150 * m)
    Suggestion.objects.create(
        text="Show us what courses others found useful.",
        origin="course",
        said_on=today - timedelta(days=200),
        answer="Each course's page shows its mean score from three answers on.",
        changed_on=today - timedelta(days=150),
        is_synthetic=True,
    )


def more_joint_work(clusters: list[Cluster], today: date, by: Any) -> None:
    """Milestones, three more sittings, last year's formula paid, two more shared services with settlements."""
    for action in JointAction.objects.order_by("pk"):
        half = action.starts_on + (action.due_on - action.starts_on) / 2
        first = add_milestone(action=action, title=f"{action.title}: half way", due_on=half, by=by)
        add_milestone(action=action, title=f"{action.title}: results shown", due_on=action.due_on, by=by)
        if half < today - timedelta(days=60):
            finish_milestone(milestone=first, on=half + timedelta(days=4), by=by)
    for n, (after, title) in enumerate(SITTINGS):
        table = hold_roundtable(
            title=title,
            held_on=today + timedelta(days=after),
            place="Torino",
            agenda="1. What was agreed last time\n2. What members say\n3. Who does what",
            seats=[
                ("region", "Directorate for innovation", after < 0),
                ("region", "Directorate for work and training", after < 0 and n % 2 == 0),
                *(("managers", f"Manager of {c.name}", after < 0 and (i + n) % 4 != 0) for i, c in enumerate(clusters)),
                ("universities", "Technical university", after < 0),
                ("universities", "University", after < 0 and n % 2 == 1),
                ("firms", "Association of small firms", after < 0),
            ],
            by=by,
        )
        if after < 0:
            note_item(roundtable=table, kind="decision", text=DECISIONS[n], by=by)
            agreed = note_item(
                roundtable=table,
                kind="action",
                text=ACTIONS[n],
                owner="Cluster agency",
                due_on=today + timedelta(days=after + 40),
                by=by,
            )
            if n == 0:
                RoundtableItem.objects.filter(pk=agreed.pk).update(done_on=today + timedelta(days=after + 31))
    Roundtable.objects.update(is_synthetic=True)
    formula = add_formula(
        title=f"Bonus for working together {today.year - 1}",
        starts_on=date(today.year - 1, 1, 1),
        ends_on=date(today.year, 1, 1),
        rules=[
            BonusRule("joint_services", Decimal(3_000), Decimal(9_000)),
            BonusRule("cross_projects", Decimal(2_000), Decimal(16_000)),
            BonusRule("new_micro_members", Decimal(250), Decimal(5_000)),
        ],
        budget_eur=Decimal(60_000),
        by=by,
    )
    simulate_formula(formula=formula, by=by)
    approve_formula(formula=formula, by=by)
    formula.refresh_from_db()
    pay_formula(formula=formula, today=today, by=by)
    IncentiveFormula.objects.update(is_synthetic=True)
    for title, text, fixed, hour, alone, key, paid in SERVICES:
        service = SharedService.objects.create(
            title=title, text=text, fixed_eur=fixed, hour_eur=hour, alone_eur=alone, key=key, is_synthetic=True
        )
        service.partners.set(clusters)
        for i, cluster in enumerate(clusters):
            note_use(
                service=service,
                cluster=cluster,
                on=date(today.year - 1, 6, 15),
                hours=Decimal(20 + 9 * i),
                paid_eur=paid if i == 1 else Decimal(0),
                text="hours of the year",
                by=by,
            )
        settle_service(service=service, year=today.year - 1, by=by)


SITTINGS = (
    (-260, "Roundtable on small firms"),
    (-150, "Roundtable on green production"),
    (25, "Roundtable on talent: spring sitting"),
)
DECISIONS = ("Each cluster names a person for micro firms.", "Clusters report by-products in one common list.")
ACTIONS = ("Write one page on what a micro firm gets", "Collect the by-products of ten members each")
SERVICES = (
    ("Legal desk for consortium agreements", "A lawyer two days a week.", Decimal(26_000), Decimal(0), Decimal(9_000),
     "members", Decimal("24811.37")),
    ("Joint press office", "One person who knows all clusters.", Decimal(38_000), Decimal(8), Decimal(21_000), "equal",
     Decimal("37250.02")),
)  # fmt: skip
PIECES: tuple[dict[str, Any], ...] = (
    {
        "kind": "practice",
        "audience": "public",
        "title": "A tour of visits instead of a questionnaire",
        "problem": "Small members answer no questionnaire, and the cluster does not know what they need.",
        "context": "A cluster of 150 members, half of them micro firms; two people for member relations.",
        "steps": ["Visit thirty members a year, by turns.", "Ask five questions, write half a page the same day.",
                  "Tell the member within a month what was done."],
        "checklist": ["Somebody with forty free days a year.", "A list of members with the day of the last visit."],
        "cost_eur": Decimal(14_000),
        "evidence": "Requests by visited members doubled in a year (counted by the cluster itself).",
    },
    {
        "kind": "practice",
        "audience": "public",
        "title": "Shared testing days of a laboratory",
        "problem": "Micro firms cannot pay for a day of testing alone, and machines of laboratories stand idle.",
        "steps": ["Fix a day a month.", "Put four firms into one day.", "Share the operator's cost by hours."],
        "checklist": ["A laboratory that takes several users on a day.", "Somebody who plans the day."],
        "cost_eur": Decimal(6_000),
        "evidence": "Eleven firms used a laboratory for the first time in two years.",
    },
    {
        "kind": "practice",
        "audience": "public",
        "title": "By-products of one member as material of another",
        "problem": "Members pay to get rid of what others could use, and nobody knows of it.",
        "steps": ["List by-products with amount and place.", "Match within forty kilometres.", "Try one load."],
        "checklist": ["Ten members that share their figures.", "An engineer for twenty days."],
    },
    {
        "kind": "template",
        "audience": "managers",
        "title": "Interview guide for a member who wants to leave",
        "problem": "Members leave and nobody learns why.",
        "steps": ["Call within a week.", "Ask what was hoped for and what came.", "Write it down without judging."],
    },
    {
        "kind": "article",
        "audience": "managers",
        "title": "What a consortium agreement has to settle",
        "problem": "Partners quarrel about results when a project ends.",
        "steps": ["Who owns what existed before.", "Who owns what is made.", "Who may leave, and how."],
    },
    {
        "kind": "question",
        "audience": "managers",
        "title": "How do you price a service that nobody sold before?",
        "problem": "We do not know what members would pay for a day with our project office.",
    },
)  # fmt: skip


def more_library(people: dict[str, Person], by: Any) -> None:
    """Practices, a template, an article, and a question with an answer."""
    for values in PIECES:
        made = write_item(values=values, by=by)
        KnowledgeItem.objects.filter(pk=made.pk).update(is_synthetic=True)
    coach = people.get("coach")
    if coach is not None and coach.user is not None:
        answer_item(item=made, text="Ask three members what the same day costs them elsewhere.", by=coach.user)


def two_sides(people: dict[str, Person], clusters: list[Cluster], today: date) -> None:
    """A declared conflict; the override that is asked for belongs to a call (`funding`)."""
    evaluator = people.get("evaluator")
    if evaluator is None:
        return
    subject = f"cluster:{clusters[0].key}"
    declare_conflict(
        person=evaluator,
        subject_key=subject,
        reason="Sat on its scientific board",
        valid_from=today - timedelta(days=900),
        valid_to=today - timedelta(days=200),
        by=evaluator.user,
    )
