"""A made-up register of any size, for the benchmarks. The same seed gives the same rows."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import islice
from typing import Any

FIRST = [
    "Alba",
    "Aurora",
    "Biella",
    "Cavour",
    "Cervino",
    "Dora",
    "Eridano",
    "Galileo",
    "Granda",
    "Lagrange",
    "Langhe",
    "Mole",
    "Monviso",
    "Novara",
    "Orione",
    "Pellice",
    "Rocciamelone",
    "Sesia",
    "Stella",
    "Superga",
    "Tanaro",
    "Ticino",
    "Valle",
    "Vega",
    "Verbano",
    "Volta",
    "Zaffiro",
    "Piemonte",
    "Società",
    "Città",
    "Perù",
]
SECOND = [
    "Automazione",
    "Bioscienze",
    "Cantine",
    "Chimica",
    "Consulting",
    "Costruzioni",
    "Digitale",
    "Elettronica",
    "Energia",
    "Farmaceutici",
    "Filati",
    "Food",
    "Fotonica",
    "Gestioni",
    "Impianti",
    "Informatica",
    "Ingegneria",
    "Laboratori",
    "Logistica",
    "Meccanica",
    "Meccatronica",
    "Microsystems",
    "Officine",
    "Packaging",
    "Plastica",
    "Robotica",
    "Servizi",
    "Software",
    "Tessuti",
    "Torneria",
]
ENDING = ("S.r.l.", "S.p.A.", "S.r.l.s.", "S.n.c.", "Società cooperativa", "di Rossi & C. S.a.s.")
PROVINCES = {
    "ITC11": "Torino",
    "ITC12": "Vercelli",
    "ITC13": "Biella",
    "ITC14": "Verbano-Cusio-Ossola",
    "ITC15": "Novara",
    "ITC16": "Cuneo",
    "ITC17": "Asti",
    "ITC18": "Alessandria",
}
SIZES = ("micro", "small", "medium", "large")


@dataclass(frozen=True)
class Scale:
    """How much of everything. municipalities: in each province."""

    organisations: int = 100_000
    clusters: int = 20
    members: int = 20_000
    firms: int = 400_000
    projects: int = 12_000
    municipalities: int = 140
    classes: int = 600

    def divided(self, by: int) -> Scale:
        return Scale(
            self.organisations // by,
            max(3, self.clusters // 4),
            self.members // by,
            self.firms // by,
            self.projects // by,
            5,
            30,
        )


# --- filling ----------------------------------------------------------------------------------------------------------
def fill(scale: Scale, seed: int = 1, say: Callable[[str], None] = lambda text: None) -> None:
    """Fill the current database with a register of that scale. The same seed gives the same rows."""
    from django.db import transaction

    chance = random.Random(seed)
    with transaction.atomic():
        source, load = _source()
        places = _places(scale)
        classes = _classes(scale)
        say(f"{scale.organisations} organisations")
        organisations = _organisations(scale, source, places, classes, chance)
        say(f"{scale.clusters} clusters, {scale.members} members")
        clusters = _clusters(scale, source, classes, chance)
        _members(scale, source, organisations, clusters, chance)
        say(f"{scale.projects} projects")
        _projects(scale, source, organisations, clusters, chance)
        say(f"{scale.firms} firms of the business register")
        _firms(scale, source, load, places, classes, chance)
    say("services, requests and cases")
    _services(scale, organisations, clusters, chance)
    say("life cycle and report")
    _health(scale)
    say("search index")
    from poliedro.registry.services.index import rebuild_index

    started = time.perf_counter()
    entries = rebuild_index()
    say(f"{entries} entries indexed in {time.perf_counter() - started:.1f} s")


def _bulk(model: Any, rows: Iterable[Any]) -> None:
    iterator = iter(rows)
    while batch := list(islice(iterator, 5000)):
        model.objects.bulk_create(batch)


def _source() -> tuple[Any, Any]:
    from poliedro.reference.models import Load, Source

    source, _ = Source.objects.get_or_create(
        key="benchmark",
        defaults={"name": "Benchmark", "publisher": "Nobody", "certainty": "synthetic"},
    )
    return source, Load.objects.create(source=source, importer="benchmark", file_name="none", state="loaded")


def _places(scale: Scale) -> list[Any]:
    """Municipalities, each with its province as parent."""
    from poliedro.reference.models import Territory

    def place(code: str, level: str, name: str, parent: Any = None) -> Any:
        return Territory.objects.get_or_create(
            code=code, version="2016", level=level, defaults={"name": name, "parent": parent}
        )[0]

    region = place("ITC1", "nuts2", "Piemonte")
    rows = []
    for i, (code, name) in enumerate(PROVINCES.items()):
        province = place(code, "nuts3", name, region)
        rows += [
            Territory(
                code=f"B{i:02}{j:03}",
                level="lau",
                name=f"{name} {j}",
                parent=province,
                latitude=45 + j / 200,
                longitude=8 + i / 10,
            )
            for j in range(scale.municipalities)
        ]
    _bulk(Territory, rows)
    return list(Territory.objects.filter(level="lau").select_related("parent").order_by("pk"))


def _classes(scale: Scale) -> list[Any]:
    """Classes of four digits under their divisions."""
    from poliedro.reference.models import Classification, Code

    nace, _ = Classification.objects.get_or_create(key="nace", version="2", defaults={"name": "NACE Rev. 2"})
    divisions = max(2, scale.classes // 7)
    _bulk(
        Code,
        (
            Code(classification=nace, code=f"{d + 10}", label=f"Divisione {d}", label_it=f"Divisione {d}", level=2)
            for d in range(divisions)
        ),
    )
    parents = list(Code.objects.filter(classification=nace, level=2).order_by("code"))
    _bulk(
        Code,
        (
            Code(
                classification=nace,
                code=f"{parents[i % divisions].code}.{10 + i // divisions}",
                label=f"Attività {i}",
                label_it=f"Attività {i}",
                label_en=f"Activity {i}",
                level=4,
                parent=parents[i % divisions],
            )
            for i in range(scale.classes)
        ),
    )
    return list(Code.objects.filter(classification=nace, level=4).order_by("code"))


def _organisations(
    scale: Scale, source: Any, places: list[Any], classes: list[Any], chance: random.Random
) -> list[Any]:
    from poliedro.registry.models import Identifier, Organisation, RegisterFlag

    kinds = [k for k in Organisation.Kind.values if k not in {"enterprise", "unknown"}]

    def rows() -> Iterator[Any]:
        for i in range(scale.organisations):
            kind = "enterprise" if chance.random() < 0.85 else chance.choice(kinds)
            name = f"{chance.choice(FIRST)} {chance.choice(SECOND)} {i} {chance.choice(ENDING)}"
            place = chance.choice(places)
            yield Organisation(
                name="" if i % 1000 == 999 else name,
                kind=kind,
                country="IT",
                territory=place,
                place_text=place.name,
                founded_on=date(1980, 1, 1) + timedelta(days=chance.randrange(15_000)),
                size_class=chance.choice(("", *SIZES)),
                nace=chance.choice(classes) if chance.random() < 0.9 else None,
                source=source,
                certainty="synthetic" if i % 50 else "official",
            )

    _bulk(Organisation, rows())
    made = list(Organisation.objects.filter(source=source).order_by("pk"))
    facts = {"source": source, "certainty": "synthetic"}
    _bulk(
        Identifier,
        (Identifier(organisation=o, scheme="pic", value=str(900_000_000 + o.pk), **facts) for o in made[::3]),
    )
    _bulk(
        RegisterFlag,
        (
            RegisterFlag(organisation=o, flag="innovative_start_up", valid_from=date(2015, 1, 1), **facts)
            for o in made
            if o.kind == "start_up"
        ),
    )
    return made


def _clusters(scale: Scale, source: Any, classes: list[Any], chance: random.Random) -> list[Any]:
    from poliedro.registry.models import (
        Cluster,
        ClusterDefinition,
        DefinitionCode,
        ManagementOrganisation,
        Mandate,
        Organisation,
        RevenueLine,
    )
    from poliedro.registry.models.clusters import RevenueSource

    made = []
    facts = {"source": source, "certainty": "synthetic"}
    for i in range(scale.clusters):
        cluster = Cluster.objects.create(
            key=f"benchmark-{i}", name=f"Polo {SECOND[i % len(SECOND)]} {i}", founded_on=date(2009, 1, 1), position=i,
            is_synthetic=True,
        )  # fmt: skip
        definition = ClusterDefinition.objects.create(cluster=cluster, version=1, valid_from=date(2009, 1, 1), **facts)
        chosen = chance.sample(classes, min(25, len(classes)))
        DefinitionCode.objects.bulk_create(DefinitionCode(definition=definition, code=c) for c in chosen)
        body = ManagementOrganisation.objects.create(
            organisation=Organisation.objects.create(
                name=f"Ente gestore {i}", kind="management_body", source=source, certainty="synthetic"
            )
        )
        Mandate.objects.create(cluster=cluster, body=body, valid_from=date(2009, 1, 1), **facts)
        RevenueLine.objects.bulk_create(
            RevenueLine(body=body, cluster=cluster, year=year, origin=origin, amount_eur=1000 * (i + 1), **facts)
            for year in range(2012, 2026)
            for origin in RevenueSource.values
        )
        made.append(cluster)
    return made


def _members(scale: Scale, source: Any, organisations: list[Any], clusters: list[Any], chance: random.Random) -> None:
    from poliedro.registry.models import MembershipSpell

    def rows() -> Iterator[Any]:
        for o in chance.sample(organisations, min(scale.members, len(organisations))):
            for cluster in chance.sample(clusters, chance.choice((1, 1, 1, 2, 3))):
                start = date(2009, 1, 1) + timedelta(days=chance.randrange(6000))
                end = start + timedelta(days=1 + chance.randrange(1500)) if chance.random() < 0.3 else None
                yield MembershipSpell(
                    organisation=o, cluster=cluster, valid_from=start, valid_to=end, source=source,
                    certainty="synthetic",
                )  # fmt: skip

    _bulk(MembershipSpell, rows())


def _projects(scale: Scale, source: Any, organisations: list[Any], clusters: list[Any], chance: random.Random) -> None:
    """Projects of about five partners; a university takes part in one of twenty, so in 600 of 12 000."""
    from poliedro.registry.models import Participation, Project, ProjectShare

    facts = {"source": source, "certainty": "synthetic"}
    _bulk(
        Project,
        (
            Project(
                scheme="h2020" if i % 2 else "regional",
                number=f"B{i}",
                title="" if i % 5 == 4 else f"{chance.choice(SECOND)} per la {chance.choice(SECOND).lower()} {i}",
                starts_on=date(2014, 1, 1) + timedelta(days=i % 2500),
                ends_on=date(2022, 1, 1),
                total_cost_eur=100_000 + i,
                **facts,
            )
            for i in range(scale.projects)
        ),
    )
    active = chance.sample(organisations, min(5000, len(organisations)))

    def parts() -> Iterator[Any]:
        for i, project in enumerate(Project.objects.filter(source=source).order_by("pk")):
            team = chance.sample(active[1:], chance.randrange(2, 8))
            for j, o in enumerate([active[0], *team] if i % 20 == 0 else team):
                yield Participation(
                    project=project, organisation=o, role="participant" if j else "coordinator",
                    contribution_eur=1000 * (j + 1), **facts,
                )  # fmt: skip

    _bulk(Participation, parts())
    _bulk(
        ProjectShare,
        (
            ProjectShare(project=p, cluster=chance.choice(clusters), share=1, **facts)
            for p in Project.objects.filter(source=source, scheme="regional").order_by("pk")
        ),
    )


def _firms(scale: Scale, source: Any, load: Any, places: list[Any], classes: list[Any], chance: random.Random) -> None:
    """The firms, and their counts by class, province and size for three years."""
    from collections import Counter

    from django.utils import timezone

    from poliedro.registry.models import RegisterCount, RegisteredFirm

    counts: Counter[tuple[int, int, str]] = Counter()

    def rows() -> Iterator[Any]:
        for i in range(scale.firms):
            place, code, size = chance.choice(places), chance.choice(classes), chance.choices(SIZES, (90, 7, 2, 1))[0]
            counts[code.pk, place.parent_id, size] += 1
            yield RegisteredFirm(
                register_code=f"{i:011}", name=f"{chance.choice(FIRST)} {i}", code=code, territory=place,
                size_class=size, active_from=date(2000, 1, 1), load=load, certainty="synthetic",
            )  # fmt: skip

    _bulk(RegisteredFirm, rows())
    now = timezone.now()
    _bulk(
        RegisterCount,
        (
            RegisterCount(
                year=year, code_id=code, territory_id=place, size_class=size, firms=n, load=load, source=source,
                certainty="synthetic", recorded_at=now,
            )
            for year in (2019, 2020, 2021)
            for (code, place, size), n in sorted(counts.items())
        ),
    )  # fmt: skip


def _services(scale: Scale, organisations: list[Any], clusters: list[Any], chance: random.Random) -> None:
    """A catalogue for each cluster, one request a member firm over six years, and the cases that answered them."""
    from poliedro.registry.models import Mandate
    from poliedro.support.models import Case, Feedback, Request
    from poliedro.support.services.catalogue import add_service

    offered = []
    for cluster in clusters:
        provider = Mandate.objects.get(cluster=cluster).body.organisation
        for i in range(15):
            kind, innovation = ("management", "finance", "digitalisation")[i % 3], ("process", "product")[i % 2]
            offered.append(
                add_service(
                    cluster=cluster,
                    provider=provider,
                    kind=kind,
                    innovation=innovation,
                    name_it=f"Servizio {i}",
                    name_en=f"Service {i}",
                    description_it="Prova",
                    description_en="Trial",
                    members_eur=Decimal(100),
                    others_eur=Decimal(250),
                    on=date(2015, 1, 1),
                    by=None,
                )
            )
    states = ("accepted", "declined", "waiting")

    def requests() -> Iterator[Any]:
        for i in range(scale.members):
            service, state = chance.choice(offered), states[0 if i % 10 else 1 + i % 20 // 10]
            at = datetime(2019, 1, 1, 9, tzinfo=UTC) + timedelta(days=chance.randrange(2200))
            yield Request(
                cluster=service.cluster, service=service, kind=service.kind, innovation=service.innovation,
                organisation=chance.choice(organisations), state=state, asked_at=at, price_eur=Decimal(100),
                promised_on=at.date() + timedelta(days=3), decline_reason="no_capacity" if state == "declined" else "",
                answered_on=None if state == "waiting" else at.date(), is_synthetic=True,
            )  # fmt: skip

    _bulk(Request, requests())
    accepted = Request.objects.filter(state="accepted").order_by("pk")
    _bulk(
        Case,
        (
            Case(request=r, cluster_id=r.cluster_id, organisation_id=r.organisation_id, opened_on=r.answered_on)
            for r in accepted.iterator(chunk_size=5000)
        ),
    )
    ended = list(Case.objects.order_by("pk"))
    ended = [c for c in ended if c.pk % 20]
    for case in ended:  # a case closes with the answer of its client
        case.state, case.result = "closed", "knows_more"
        case.closed_on = case.opened_on + timedelta(days=20)
        case.follow_up_on = case.opened_on + timedelta(days=200)
    _bulk(Feedback, (Feedback(case=c, asked_on=c.closed_on, answered_on=c.closed_on, usefulness=4) for c in ended))
    Case.objects.bulk_update(ended, ["state", "result", "closed_on", "follow_up_on"], batch_size=500)


def _health(scale: Scale) -> None:
    """The stored life cycle, a published report, an officer who may open the cockpit, and a manager of a cluster."""
    from poliedro.accounts.models import Person, User
    from poliedro.monitoring.services.lifecycle import run_life_cycles
    from poliedro.reference.models import Source
    from poliedro.registry.models import Mandate, Office, Organisation, StaffAssignment
    from poliedro.reports.services.reports import draft_report, publish_report

    run_life_cycles()
    publish_report(report=draft_report(year=2020, by=None), by=None)
    login = User.objects.create_user("region@benchmark.example", "not used to sign in", name="Officer")
    person = Person.objects.create(user=login, name="Officer", email=login.email)
    Office.objects.create(
        person=person, organisation=Organisation.objects.order_by("pk")[0], function="regional_officer",
        valid_from=date(2010, 1, 1), source=Source.objects.get(key="benchmark"), certainty="synthetic",
    )  # fmt: skip
    login = User.objects.create_user("manager@benchmark.example", "not used to sign in", name="Manager")
    mandate = Mandate.objects.filter(cluster__key="benchmark-0").select_related("cluster", "body").get()
    StaffAssignment.objects.create(
        body=mandate.body, cluster=mandate.cluster, person=Person.objects.create(user=login, email=login.email),
        role="manager", fte=1, valid_from=date(2010, 1, 1), source=mandate.source, certainty="synthetic",
    )  # fmt: skip
