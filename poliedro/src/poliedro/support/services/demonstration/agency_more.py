"""More of the agency's demonstration, so that each page shows a year of work: all of it invented."""

from __future__ import annotations

from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any

from poliedro.accounts.models import Person
from poliedro.accounts.services import declare_conflict
from poliedro.registry.models import Cluster, StaffAssignment
from poliedro.registry.queries.roles import managers_on
from poliedro.shared.invented import said, working_day
from poliedro.support.models import (
    AssetUse,
    Course,
    IncentiveFormula,
    JointAction,
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
from poliedro.support.services.course_days import say_days
from poliedro.support.services.joint import (
    add_formula,
    add_milestone,
    approve_formula,
    finish_milestone,
    hold_roundtable,
    note_item,
    note_use,
    pay_formula,
    settle_service,
    simulate_formula,
)

EXPERTS = (
    ("Studio Ponte (demo)", {"finance": 4, "governance": 4}, Decimal(620)),
    ("Officina Europa (demo)", {"internationalisation": 4, "projects": 4, "evaluation": 3}, Decimal(700)),
)
ASSETS = (
    (
        "campaign",
        said("Settimana dell'innovazione: uno stand per tutti i poli", "Innovation week: one stand for all clusters"),
        said("Testi, immagini e un piano di pubblicazioni.", "Texts, pictures and a plan of posts."),
        -60,
    ),
    (
        "brand",
        said("Marchio «aderente a un polo piemontese»", "Mark 'member of a Piedmontese cluster'"),
        said("Per le pagine degli aderenti, in quattro colori.", "For members' own pages, in four colours."),
        -200,
    ),
    (
        "template",
        said("Pagina sul portale: che cosa dire in dieci righe", "Page on the portal: what to say in ten lines"),
        said("Con tre esempi.", "With three examples."),
        -150,
    ),
    (
        "calendar",
        said("Fiera delle tecnologie per la mobilità", "Fair of mobility technologies"),
        said("Stand comune; chi viene lo dice un mese prima.", "Joint stand; who comes says so a month before."),
        45,
    ),
    (
        "calendar",
        said("Giornata aperta dei laboratori", "Open day of the laboratories"),
        said("Gli aderenti entrano senza pagare.", "Members visit for free."),
        18,
    ),
)
PAST_COURSES = (
    (said("Dare un prezzo ai servizi per gli aderenti", "Pricing services for members"), "finance", -250, 6, True),
    (
        said("Scrivere una proposta con dieci partner", "Writing a proposal with ten partners"),
        "projects",
        -130,
        5,
        False,
    ),
)


def year_of_training(people: dict[str, Person], clusters: list[Cluster], today: date, by: Any) -> None:
    """Two courses that were held (one closed and followed up), one to come, needs that three clusters share."""
    coach, own = people["coach"], clusters_of_managers(today)
    others = list(managers_on(today).exclude(pk__in=[p.pk for p in people.values()])[: max(len(clusters) - 2, 0)])
    managers = [people[k] for k in ("manager.agrifood", "manager.mesap") if k in people] + others[:4]
    provider = Provider.objects.get(person=coach)
    for title, competence, after, score, closed in PAST_COURSES:
        held = working_day(today + timedelta(days=after))
        course = open_course(
            title=title,
            text=said(
                "Una giornata, sui casi dei poli di chi partecipa.", "One day, cases of the participants' own clusters."
            ),
            competence=competence,
            provider=provider,
            coach=coach,
            seats=10,
            place="Torino",
            sessions=[(held, time(9, 30), time(16, 30))],
            by=by,
        )
        seats = [enrol(course=course, person=p, cluster=own[p.pk], by=by) for p in managers]
        take_attendance(session=course.sessions.get(), present=[s.pk for s in seats], by=by)
        for n, seat in enumerate(seats):
            give_course_feedback(
                enrolment=seat,
                score=max(3, min(5, score - n % 2)),
                suggestion=said("Mandate i casi una settimana prima.", "Send the cases a week before.")
                if n == 0
                else "",
                on=held + timedelta(days=1),
                by=by,
                applied=closed or None,
            )
        if closed:
            course.refresh_from_db()
            follow_up = held + timedelta(days=120)
            close_course(
                course=course,
                follow_up_on=follow_up,
                action=said(
                    "Chiedere a ciascuno che cosa è cambiato nel listino.", "Ask each what changed in the price list."
                ),
                by=by,
            )
            follow_up_course(course=course, on=follow_up + timedelta(days=3), by=by)
    to_come = open_course(
        title=said("Misurare che cosa fa un polo per i suoi aderenti", "Measuring what a cluster does for its members"),
        text=said(
            "Quali cifre dicono qualcosa, e quali fanno solo bella figura.",
            "Which figures say something, and which only look well.",
        ),
        competence="evaluation",
        provider=provider,
        coach=coach,
        seats=4,
        place=said("in linea", "online"),
        sessions=[(working_day(today + timedelta(days=52)), time(14), time(18))],
        by=by,
    )
    for person in managers[:5]:
        enrol(course=to_come, person=person, cluster=own[person.pk], by=by)
    looking = open_course(
        title=said("Farsi conoscere: sito, notizie, fiere", "Becoming known: site, news, fairs"),
        text=said(
            "Si cerca il giorno che va bene a chi ne ha bisogno.", "The day that suits who needs it is looked for."
        ),
        competence="communication",
        provider=provider,
        coach=coach,
        seats=3,
        place="Torino",
        sessions=[(working_day(today + timedelta(days=after)), time(9, 30), time(16, 30)) for after in (60, 67, 75)],
        by=by,
        proposed=True,
    )
    days = [day.pk for day in looking.proposed.all()]
    for n, person in enumerate(managers[1:6]):
        cluster = own[person.pk]
        say_days(course=looking, person=person, cluster=cluster, days=days[n % 3 :][:2], urgency=3 - n % 3, by=by)
    Course.objects.filter(is_synthetic=False).update(is_synthetic=True)
    for cluster, person in zip(clusters[2:], others, strict=False):
        for competence in ("finance", "evaluation"):
            write_need(
                person=person,
                cluster=cluster,
                competence=competence,
                urgency=1,
                text=said("Un bisogno inventato per la dimostrazione.", "An invented need of the demonstration."),
                by=by,
            )
    for name, levels, price in EXPERTS:
        expert = Provider.objects.create(
            name=name,
            price_day_eur=price,
            days_a_year=20,
            references=said("Esperto inventato.", "Invented expert."),
            is_synthetic=True,
        )
        ProviderCompetence.objects.bulk_create(
            [ProviderCompetence(provider=expert, competence=c, level=n) for c, n in levels.items()]
        )
    for cluster, person, competence, text in zip(
        clusters[2:], others, ("member_relations", "internationalisation"), OFFERS, strict=False
    ):
        offer_to_peers(person=person, cluster=cluster, competence=competence, text=text, on=today, by=by)


def clusters_of_managers(today: date) -> dict[int, Cluster]:
    """The cluster of each person who works for one; the first, where there are several."""
    held = StaffAssignment.objects.known().active_on(today).select_related("cluster").order_by("-pk")
    return {assignment.person_id: assignment.cluster for assignment in held}


OFFERS = (
    said("Come visitiamo trenta aderenti l'anno.", "How we visit thirty members a year."),
    said("Come prepariamo una fiera all'estero in otto settimane.", "How we prepare a fair abroad in eight weeks."),
)


def material(clusters: list[Cluster], today: date) -> None:
    """Campaigns, brand, templates and joint dates, with who used them; one more answered suggestion."""
    for n, (kind, title, text, after) in enumerate(ASSETS):
        on = working_day(today + timedelta(days=after))
        asset = SharedAsset.objects.create(
            kind=kind,
            title=title,
            text=text,
            starts_on=on if kind in ("campaign", "calendar") else None,
            is_synthetic=True,
        )
        for m, cluster in enumerate(clusters[: 2 + n % 3]):
            used = today - timedelta(days=10 + 7 * m)
            if kind != "calendar":
                AssetUse.objects.create(asset=asset, cluster=cluster, on=used, reach=400 + 150 * m)
    Suggestion.objects.create(
        text=said(
            "Fateci vedere quali corsi gli altri hanno trovato utili.", "Show us what courses others found useful."
        ),
        origin="course",
        said_on=today - timedelta(days=200),
        answer=said(
            "La pagina di ogni corso mostra il giudizio medio, da tre risposte in su.",
            "Each course's page shows its mean score from three answers on.",
        ),
        changed_on=today - timedelta(days=150),
        is_synthetic=True,
    )


def more_joint_work(clusters: list[Cluster], today: date, by: Any) -> None:
    """Milestones, three more sittings, last year's formula paid, two more shared services with settlements."""
    for action in JointAction.objects.order_by("pk"):
        half = action.starts_on + (action.due_on - action.starts_on) / 2
        first = add_milestone(
            action=action, title=said(f"{action.title}: a metà strada", f"{action.title}: half way"), due_on=half, by=by
        )
        add_milestone(
            action=action,
            title=said(f"{action.title}: risultati mostrati", f"{action.title}: results shown"),
            due_on=action.due_on,
            by=by,
        )
        if half < today - timedelta(days=60):
            finish_milestone(milestone=first, on=half + timedelta(days=4), by=by)
    for n, (after, title) in enumerate(SITTINGS):
        table = hold_roundtable(
            title=title,
            held_on=working_day(today + timedelta(days=after)),
            place="Torino",
            agenda=said(
                "1. Che cosa si era deciso l'altra volta\n2. Che cosa dicono gli aderenti\n3. Chi fa che cosa",
                "1. What was agreed last time\n2. What members say\n3. Who does what",
            ),
            seats=[
                ("region", said("Direzione innovazione", "Directorate for innovation"), after < 0),
                (
                    "region",
                    said("Direzione lavoro e formazione", "Directorate for work and training"),
                    after < 0 and n % 2 == 0,
                ),
                *(
                    ("managers", said(f"Chi gestisce {c.name}", f"Manager of {c.name}"), after < 0 and (i + n) % 4 != 0)
                    for i, c in enumerate(clusters)
                ),
                ("universities", said("Politecnico", "Technical university"), after < 0),
                ("universities", said("Università", "University"), after < 0 and n % 2 == 1),
                ("firms", said("Associazione delle piccole imprese", "Association of small firms"), after < 0),
            ],
            by=by,
        )
        if after < 0:
            note_item(roundtable=table, kind="decision", text=DECISIONS[n], by=by)
            agreed = note_item(
                roundtable=table,
                kind="action",
                text=ACTIONS[n],
                owner=said("Agenzia dei poli", "Cluster agency"),
                due_on=today + timedelta(days=after + 40),
                by=by,
            )
            if n == 0:
                RoundtableItem.objects.filter(pk=agreed.pk).update(done_on=today + timedelta(days=after + 31))
    Roundtable.objects.update(is_synthetic=True)
    formula = add_formula(
        title=said(f"Premio per chi lavora insieme {today.year - 1}", f"Bonus for working together {today.year - 1}"),
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
                on=working_day(date(today.year - 1, 12, 15)),
                hours=Decimal(20 + 9 * i),
                paid_eur=paid if i == 1 else Decimal(0),
                text="hours of the year",
                by=by,
            )
        settle_service(service=service, year=today.year - 1, today=today, by=by)


SITTINGS = (
    (-260, said("Tavolo sulle piccole imprese", "Roundtable on small firms")),
    (-150, said("Tavolo sulla produzione verde", "Roundtable on green production")),
    (25, said("Tavolo sui talenti", "Roundtable on talent: spring sitting")),
)
DECISIONS = (
    said("Ogni polo indica una persona per le microimprese.", "Each cluster names a person for micro firms."),
    said(
        "I poli segnalano i sottoprodotti in un solo elenco comune.", "Clusters report by-products in one common list."
    ),
)
ACTIONS = (
    said("Scrivere una pagina su che cosa ottiene una microimpresa", "Write one page on what a micro firm gets"),
    said("Raccogliere i sottoprodotti di dieci aderenti per polo", "Collect the by-products of ten members each"),
)
SERVICES = (
    (
        said("Sportello legale per gli accordi di consorzio", "Legal desk for consortium agreements"),
        said("Un'avvocata due giorni la settimana.", "A lawyer two days a week."),
        Decimal(26_000),
        Decimal(0),
        Decimal(9_000),
        "members",
        Decimal("24811.37"),
    ),
    (
        said("Ufficio stampa comune", "Joint press office"),
        said("Una persona che conosce tutti i poli.", "One person who knows all clusters."),
        Decimal(38_000),
        Decimal(8),
        Decimal(21_000),
        "equal",
        Decimal("37250.02"),
    ),
)


def two_sides(people: dict[str, Person], clusters: list[Cluster], today: date) -> None:
    """A declared conflict; the override that is asked for belongs to a call (`funding`)."""
    evaluator = people.get("evaluator")
    if evaluator is None:
        return
    subject = f"cluster:{clusters[0].key}"
    declare_conflict(
        person=evaluator,
        subject_key=subject,
        reason=said("È stato nel suo comitato scientifico", "Sat on its scientific board"),
        valid_from=today - timedelta(days=900),
        valid_to=today - timedelta(days=200),
        by=evaluator.user,
    )
