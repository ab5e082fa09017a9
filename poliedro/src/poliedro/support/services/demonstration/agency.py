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
from poliedro.shared.invented import said, working_day
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
from poliedro.support.services.demonstration import library
from poliedro.support.services.joint import (
    add_action,
    add_formula,
    add_programme,
    approve_programme,
    hold_roundtable,
    note_item,
    note_use,
    settle_service,
    simulate_formula,
)

GRID = {"strategy": 4, "governance": 3, "finance": 3, "services": 4, "team": 3, "projects": 3}


def build_agency(region: Region, by: Any) -> str:
    """Build what is not there yet. Without the demonstration's logins: the library and joint work alone."""
    if KnowledgeItem.objects.filter(title=library.PRACTICE["title"]).exists():
        return "agency: there already"
    today = timezone.localdate()
    clusters = list(Cluster.objects.existing_on(today))
    library.found(clusters, by)
    if not clusters:
        return "agency: the library"
    joint_work(clusters, today, by)
    more.more_joint_work(clusters, today, by)
    more.material(clusters, today)
    people = {p.email.split("@")[0]: p for p in Person.objects.filter(email__endswith="@demo.example")}
    library.add(people, by)
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
        references=said(
            "Dieci anni con le organizzazioni di cluster di due regioni.",
            "Ten years with cluster organisations of two regions.",
        ),
        fields=["agrifood"],
        days_a_year=60,
        is_synthetic=True,
    )
    for competence, level in GRID.items():
        ProviderCompetence.objects.create(provider=coach, competence=competence, level=level)
    for cluster in clusters[:-1]:
        hand_over(cluster=cluster, person=people["agency"], starts_on=today - timedelta(days=300), handover="", by=by)
    days = (
        (working_day(today + timedelta(days=20)), time(9, 30), time(16, 30)),
        (working_day(today + timedelta(days=28)), time(9, 30), time(13)),
    )
    course = open_course(
        title=said("Industria 4.0 per chi gestisce un polo", "Industry 4.0 for cluster managers"),
        text=said(
            "Che cosa offrire agli aderenti che vogliono provare un gemello digitale, e chi coinvolgere.",
            "What to offer members that want to try a digital twin, and whom to bring in.",
        ),
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
            text=said(
                "Dipendiamo da un solo contributo, e non so che prezzo dare a ciò che facciamo per gli aderenti.",
                "We depend on one grant, and I do not know how to price what we do for members.",
            ),
            by=by,
        )
    if "agrifood" in managers:
        manager = managers["agrifood"]
        need = write_need(
            person=manager,
            cluster=by_key["agrifood"],
            competence="services",
            urgency=3,
            text=said(
                "Gli aderenti piccoli dicono che i nostri servizi non fanno per loro.",
                "Small members say that our services are not for them.",
            ),
            by=by,
        )
        case = ask_coaching(
            manager=manager,
            cluster=by_key["agrifood"],
            goal=said(
                "Due servizi che una microimpresa può usare in un pomeriggio.",
                "Two services that a micro firm can use in an afternoon.",
            ),
            provider=coach,
            on=today - timedelta(days=30),
            by=by,
            consent=said(
                "Accetto che la persona a cui chiedo di affiancarmi legga questo bisogno.",
                "I agree that the coach whom I ask reads this need.",
            ),
            need=need,
        )
        add_entry(
            case=case,
            kind="meeting",
            text=said(
                "Abbiamo riletto le ultime dodici richieste a cui si è detto di no.",
                "We went through the last twelve requests that were turned down.",
            ),
            met_on=working_day(today - timedelta(days=23)),
            by=people["coach"].user,
        )
        add_entry(
            case=case,
            kind="action",
            text=said(
                "Chiedere a cinque microimprese aderenti che cosa deve dare loro un pomeriggio.",
                "Ask five micro members what an afternoon should give them.",
            ),
            due_on=today + timedelta(days=10),
            by=people["coach"].user,
        )
        add_entry(
            case=case,
            kind="goal",
            text=said(
                "Cinque microimprese usano uno dei due servizi entro la primavera.",
                "Five micro firms use one of the two services by spring.",
            ),
            by=people["coach"].user,
        )
    if "mesap" in managers:
        offer_to_peers(
            person=managers["mesap"],
            cluster=by_key["mesap"],
            competence="projects",
            text=said(
                "Come portiamo dieci imprese dentro una sola proposta.", "How we bring ten firms into one proposal."
            ),
            on=today,
            by=by,
        )
    Suggestion.objects.create(
        text=said(
            "Corsi dopo le quattro, per favore: chi lavora in pochi non può togliersi una giornata.",
            "Courses after four o'clock, please: small teams cannot spare a day.",
        ),
        origin="course",
        said_on=today - timedelta(days=90),
        answer=said(
            "Da questa primavera ogni corso si tiene anche di pomeriggio.",
            "Since this spring each course has an afternoon variant.",
        ),
        changed_on=today - timedelta(days=40),
        is_synthetic=True,
    )
    Suggestion.objects.create(
        text=said(
            "Fateci vedere in una volta i corsi di tutto l'anno.", "Let us see the courses of the whole year at once."
        ),
        origin="coaching",
        said_on=today - timedelta(days=15),
        is_synthetic=True,
    )
    asset = SharedAsset.objects.create(
        kind="template",
        title=said("Comunicato stampa per un nuovo aderente", "Press release for a new member"),
        text=said("Mezza pagina, due citazioni.", "Half a page, two quotes."),
        is_synthetic=True,
    )
    AssetUse.objects.create(asset=asset, cluster=clusters[0], on=today - timedelta(days=12), reach=900)


def joint_work(clusters: list[Cluster], today: date, by: Any) -> None:
    """An approved programme with a late action, a roundtable, a simulated formula, a shared service, a settlement."""
    start = today - timedelta(days=150)
    programme = add_programme(
        title=said(f"Programma comune {today.year}", f"Joint work programme {today.year}"),
        cluster=None,
        starts_on=start,
        ends_on=start + timedelta(days=540),
        by=by,
    )
    titles = {
        "entrepreneurship": (
            said(
                "Bando comune alle start-up per i problemi degli aderenti",
                "Joint call for start-ups to solve members' problems",
            ),
            0,
            140,
            [],
        ),
        "digital": (said("Diagnosi digitale per 100 microimprese", "Digital check for 100 micro firms"), 20, 200, []),
        "diffusion": (
            said("Giornate per mostrare le soluzioni provate", "Demonstration days of tested solutions"),
            145,
            100,
            ["entrepreneurship"],
        ),
        "skills": (
            said("Corsi brevi con gli istituti tecnici", "Short courses with the technical schools"),
            300,
            150,
            ["digital", "diffusion"],
        ),
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
            lead=said("Regione", "Region") if theme == "skills" else clusters[0].name,
            starts_on=begins,
            due_on=begins + timedelta(days=days),
            budget_eur=sum(shares.values(), Decimal(0)),
            indicator=said("imprese raggiunte", "firms reached"),
            target="100",
            shares=shares,
            needs=[made[n] for n in needs],
            by=by,
        )
        made[theme] = action.pk
    approve_programme(programme=programme, by=by)
    JointProgramme.objects.filter(pk=programme.pk).update(is_synthetic=True)
    table = hold_roundtable(
        title=said("Tavolo su competenze e trasformazione digitale", "Roundtable on skills and digital transformation"),
        held_on=working_day(today - timedelta(days=38)),
        place="Torino",
        agenda=said(
            "1. Che cosa chiedono gli aderenti\n2. Che cosa offrono le università\n3. Chi fa che cosa entro l'estate",
            "1. What members ask for\n2. What universities can offer\n3. Who does what until summer",
        ),
        seats=[
            ("region", said("Direzione innovazione", "Directorate for innovation"), True),
            *(
                ("managers", said(f"Chi gestisce {c.name}", f"Manager of {c.name}"), i % 3 != 2)
                for i, c in enumerate(clusters)
            ),
            ("universities", said("Politecnico", "Technical university"), True),
            ("universities", said("Università", "University"), False),
        ],
        by=by,
    )
    Roundtable.objects.filter(pk=table.pk).update(is_synthetic=True)
    note_item(
        roundtable=table,
        kind="decision",
        text=said(
            "Un solo elenco comune dei laboratori che accolgono visitatori.",
            "One joint list of laboratories that take visitors.",
        ),
        by=by,
    )
    note_item(
        roundtable=table,
        kind="action",
        text=said("Raccogliere le condizioni dei laboratori", "Collect the laboratories' conditions"),
        owner=said("Politecnico", "Technical university"),
        due_on=today + timedelta(days=20),
        by=by,
    )
    formula = add_formula(
        title=said(f"Premio per chi lavora insieme {today.year}", f"Bonus for working together {today.year}"),
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
        title=said("Ufficio progetti europei", "European projects office"),
        text=said(
            "Due persone che scrivono e seguono le proposte europee di tutti i partner.",
            "Two people who write and run European proposals for all partners.",
        ),
        fixed_eur=Decimal(90_000),
        hour_eur=Decimal(12),
        alone_eur=Decimal(60_000),
        is_synthetic=True,
    )
    service.partners.set(clusters[:4])
    for i, cluster in enumerate(clusters[:4]):
        note_use(
            service=service,
            cluster=cluster,
            on=working_day(date(today.year - 1, 12, 15)),
            hours=Decimal(120 + 35 * i),
            paid_eur=Decimal("97531.45") if i == 0 else Decimal(0),
            text=said("ore dell'anno e spese anticipate", "hours of the year, and what was paid in advance"),
            by=by,
        )
        note_use(
            service=service,
            cluster=cluster,
            on=max(today - timedelta(days=12 + 5 * i), date(today.year, 1, 1)),
            hours=Decimal(46 + 17 * i),
            paid_eur=Decimal("41280.60") if i == 1 else Decimal(0),
            text=said("ore fino a oggi", "hours so far"),
            by=by,
        )
    settle_service(service=service, year=today.year - 1, today=today, by=by)
    simulate_formula(formula=formula, by=by)
    IncentiveFormula.objects.filter(pk=formula.pk).update(is_synthetic=True)
    assert SharedUse.objects.filter(service=service).exists()
