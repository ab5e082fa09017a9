"""A region from its file: places, periods, S3 areas, clusters, managing bodies, ecosystem, published figures.

Everything is created if missing and left alone if there, so that the file can be loaded again after an addition.
"""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path
from typing import Any

from django.db import transaction

import poliedro.reference
from poliedro.audit.services import record
from poliedro.reference.models import Certainty, Classification, Code, ProgrammePeriod, Source, Territory
from poliedro.reference.services.classifications import ensure_fixed
from poliedro.registry.models import (
    Cluster,
    ClusterAreaLink,
    ClusterDefinition,
    DefinitionCode,
    LabelAward,
    Lineage,
    ManagementOrganisation,
    Mandate,
    Organisation,
    ReportedFigure,
    ServiceOffer,
)
from poliedro.registry.services.region_bodies import FileBodies
from poliedro.shared.region import InvalidRegion, Region

SOURCES: dict[str, dict[str, str]] = {
    "region-file": {
        "name": "Region's configuration file",
        "publisher": "Region",
        "certainty": "reported",
        "description_it": "Poli, soggetti gestori, aree e ecosistema come la regione li dichiara.",
        "description_en": "Clusters, managing bodies, areas and ecosystem as the region states them.",
    },
    "oecd": {
        "name": "OECD 2021, cluster policy for Piedmont",
        "publisher": "OECD",
        "certainty": "reported",
        "url": "https://doi.org/10.1787/6ed34a47-en",
        "description_it": "Capitolo dello studio OCSE sulla politica dei poli in Piemonte.",
        "description_en": "Chapter of the OECD study on cluster policy in Piedmont.",
    },
    "oecd-text": {
        "name": "OECD 2021, running text",
        "publisher": "OECD",
        "certainty": "reported",
        "url": "https://doi.org/10.1787/6ed34a47-en",
        "description_it": "Lo stesso capitolo, altrove nel testo.",
        "description_en": "The same chapter, elsewhere in its text.",
    },
    "press": {
        "name": "Press and cluster sites",
        "publisher": "Clusters, press",
        "certainty": "reported",
        "description_it": "Dati dichiarati dai singoli poli o dalla stampa.",
        "description_en": "Figures stated by single clusters or in the press.",
    },
    "delegation": {
        "name": "Declared by the organisation",
        "publisher": "Organisation",
        "certainty": "reported",
        "description_it": "Dichiarato da chi agisce per l'organizzazione.",
        "description_en": "Stated by those who act for the organisation.",
    },
    "member-entries": {
        "name": "Entries of cluster managers",
        "publisher": "Cluster management organisations",
        "certainty": "reported",
        "description_it": "Adesioni, quote e obiettivi che chi gestisce un polo registra a mano.",
        "description_en": "Memberships, fees and targets that a cluster's managers record by hand.",
    },
    "hand-overs": {
        "name": "Hand-overs by incubators",
        "publisher": "Incubators",
        "certainty": "reported",
        "description_it": "Liste di passaggio: che cosa è fatto, che cosa resta aperto e di chi è.",
        "description_en": "Checklists of hand-over: what is done, what stays open and whose it is.",
    },
    "introductions": {
        "name": "Results of introductions",
        "publisher": "Organisations",
        "certainty": "reported",
        "description_it": "Progetti e contratti nati da un contatto mediato, detti dalle due parti o da chi li segue.",
        "description_en": "Projects and contracts that came of an introduction, told by both sides or by staff.",
    },
    "challenges": {
        "name": "Follow-ups of challenges",
        "publisher": "Organisations",
        "certainty": "reported",
        "description_it": "Progetti nati da un hackathon o da una sfida, detti da chi li segue o dalle due parti.",
        "description_en": "Projects that came of a hackathon or an open challenge, told by staff or by both sides.",
    },
    "policy-entries": {
        "name": "Entries of the region's officers",
        "publisher": "Regional government",
        "certainty": "reported",
        "description_it": "Obiettivi, azioni, valori attesi e osservati che l'ufficio regionale registra.",
        "description_en": "Objectives, actions, targets and observed values that the regional office records.",
    },
    "size-assessment": {
        "name": "Size classes, computed from statements and links",
        "publisher": "Poliedro",
        "certainty": "estimated",
        "description_it": "Classe dimensionale UE, per anno, da bilanci e legami di gruppo.",
        "description_en": "EU size class, by year, from statements and group links.",
    },
    "nace-excerpt": {
        "name": "NACE Rev. 2, excerpt",
        "publisher": "Eurostat",
        "certainty": "official",
        "description_it": "Le classi che servono alla dimostrazione; il file ufficiale le completa.",
        "description_en": "The classes that the demonstration needs; the official file completes them.",
    },
}


def ensure_source(key: str) -> Source:
    """A source of this module, created if missing."""
    return Source.objects.get_or_create(key=key, defaults=SOURCES[key])[0]


@transaction.atomic
def load_region(region: Region, *, by: Any = None) -> dict[str, int]:
    """Have in the register what the region's file states. Returns how many of each kind the region now has.

    Raises:
        InvalidRegion: the file names a province, area, cluster or class that it does not define, or gives a body a
            number that cannot be its own.
    """
    setup = _Setup(region, by)
    setup.places()
    setup.codes()
    setup.periods()
    clusters = setup.clusters()
    setup.predecessors()
    setup.ecosystem()
    setup.published()
    setup.bodies.index()
    counts = {
        "clusters": clusters,
        "organisations": Organisation.objects.count(),
        "territories": Territory.objects.count(),
    }
    record(by=by, verb="load_region", subject_kind="region", subject_key=region.key, counts=counts)
    return counts


class _Setup:
    def __init__(self, region: Region, by: Any) -> None:
        self.region, self.raw = region, region.raw
        self.source = ensure_source("region-file")
        self.bodies = FileBodies(country=region.country, source=self.source, by=by)
        self.fact = {"source": self.source, "certainty": Certainty.REPORTED}
        self._fields = {row["key"]: row["field"] for row in self.raw.get("clusters", ())}

    def places(self) -> None:
        parent = None
        for row in [
            *self.raw.get("parents", ()),
            {"code": self.region.code, "name": self._name(), "level": _level(self.region.code)},
        ]:
            parent = self._territory(row["code"], row["level"], row["name"], parent)
        for row in self.raw.get("provinces", ()):
            self._territory(
                row["code"],
                "nuts3",
                row["name"],
                parent,
                national_code=row.get("sign", ""),
                latitude=row.get("latitude"),
                longitude=row.get("longitude"),
            )

    def _territory(self, code: str, level: str, name: str, parent: Territory | None, **fields: Any) -> Territory:
        place, _ = Territory.objects.get_or_create(
            code=code,
            version="2016",
            level=level,
            defaults={"name": name, "parent": parent, "source": self.source, **fields},
        )
        missing = {k: v for k, v in {"parent": parent, **fields}.items() if v and not getattr(place, k)}
        for field, value in missing.items():
            setattr(place, field, value)
        if missing:
            place.save(update_fields=list(missing))
        return place

    def _name(self) -> str:
        return self.region.names.get("it") or next(iter(self.region.names.values()))

    def codes(self) -> None:
        ensure_fixed()
        nace, _ = Classification.objects.get_or_create(
            key="nace", version="2", defaults={"name": "NACE Rev. 2", "source": ensure_source("nace-excerpt")}
        )
        held = {c.code: c for c in nace.codes.all()}
        for row in _nace_excerpt():
            if row["code"] not in held:
                held[row["code"]] = Code.objects.create(
                    classification=nace,
                    code=row["code"],
                    level=int(row["level"]),
                    parent=held.get(row["parent"]),
                    label_it=row["label_it"],
                    label_en=row["label_en"],
                )
        self.nace = held
        for period, areas in self.raw.get("s3", {}).items():
            classification, _ = Classification.objects.get_or_create(
                key="s3", version=period, defaults={"name": f"S3 {period}", "source": self.source}
            )
            for area in areas:
                Code.objects.get_or_create(
                    classification=classification,
                    code=area["code"],
                    defaults={"label_it": area["it"], "label_en": area["en"]},
                )

    def periods(self) -> None:
        for row in self.raw.get("periods", ()):
            ProgrammePeriod.objects.get_or_create(
                key=row["key"], defaults={"valid_from": row["from"], "valid_to": row["to"]}
            )

    def clusters(self) -> int:
        for position, row in enumerate(self.raw.get("clusters", ())):
            cluster, new = Cluster.objects.get_or_create(
                key=row["key"],
                defaults={
                    "name": row["name"],
                    "type": row["type"],
                    "founded_on": row["founded"],
                    "colour": row["colour"],
                    "position": position,
                    "field_it": row["field"]["it"],
                    "field_en": row["field"]["en"],
                    "description_it": row.get("description", {}).get("it", ""),
                    "description_en": row.get("description", {}).get("en", ""),
                },
            )
            if new:
                self._define(cluster, row)
                continue
            for body in row.get("bodies", ()):
                self._organisation(body, Organisation.Kind.MANAGEMENT_BODY)
        return len(self.raw.get("clusters", ()))

    def _define(self, cluster: Cluster, row: dict[str, Any]) -> None:
        since = {"valid_from": row["founded"], **self.fact}
        if row.get("definition"):
            definition = ClusterDefinition.objects.create(cluster=cluster, version=1, **since)
            for code in row["definition"]:
                if code not in self.nace:
                    raise InvalidRegion(
                        f"cluster {cluster.key} is defined by NACE {code}, which is not loaded; "
                        "load the official NACE file first, or correct the class"
                    )
                DefinitionCode.objects.create(definition=definition, code=self.nace[code])
        for period, areas in row.get("areas", {}).items():
            frame = ProgrammePeriod.objects.get(key=period)
            for area, weight in areas.items():
                ClusterAreaLink.objects.create(
                    cluster=cluster,
                    period=frame,
                    weight=weight,
                    valid_from=max(frame.valid_from, row["founded"]),
                    valid_to=frame.valid_to,
                    area=Code.objects.get(classification__key="s3", code=area, classification__version=period),
                    **self.fact,
                )
        for body in row.get("bodies", ()):
            organisation = self._organisation(body, Organisation.Kind.MANAGEMENT_BODY)
            manager, _ = ManagementOrganisation.objects.get_or_create(organisation=organisation)
            Mandate.objects.create(cluster=cluster, body=manager, is_lead=body.get("lead", False), **since)
        for label in row.get("labels", ()):
            LabelAward.objects.create(
                cluster=cluster, label=label["label"], valid_from=label["from"], valid_to=label.get("to"), **self.fact
            )

    def predecessors(self) -> None:
        block: dict[str, Any] = self.raw.get("predecessors") or {}
        for position, row in enumerate(block.get("poles", ())):
            successor = self._cluster(row["into"])
            pole, _ = Cluster.objects.get_or_create(
                key=row["key"],
                defaults={
                    "name": row["name"],
                    "founded_on": block["from"],
                    "closed_on": block["to"],
                    "position": 100 + position,
                    "type": successor.type,
                    "colour": successor.colour,
                    **{f"field_{language}": text for language, text in self._fields[successor.key].items()},
                },
            )
            Lineage.objects.known().get_or_create(
                predecessor=pole, successor=successor, defaults={"on": block["to"], **self.fact}
            )

    def ecosystem(self) -> None:
        whole = Territory.objects.get(code=self.region.code, version="2016")
        for row in self.raw.get("ecosystem", ()):
            body = self._organisation(row, row["kind"])
            for service, audiences in row.get("offers", {}).items():
                for audience in audiences:
                    ServiceOffer.objects.get_or_create(
                        organisation=body,
                        service=service,
                        audience=audience,
                        territory=whole,
                        retracted_at=None,
                        defaults=self.fact,
                    )
        for mandate in Mandate.objects.known().select_related("body__organisation"):
            for service in ("matchmaking", "project_development", "finance", "technology_transfer"):
                for audience in ("micro_small", "medium", "large"):
                    ServiceOffer.objects.get_or_create(
                        organisation=mandate.body.organisation,
                        service=service,
                        audience=audience,
                        territory=whole,
                        retracted_at=None,
                        defaults=self.fact,
                    )

    def published(self) -> None:
        for row in self.raw.get("published", ()):
            cluster = self._cluster(row["cluster"]) if row.get("cluster") else None
            source = ensure_source(row["source"])
            ReportedFigure.objects.get_or_create(
                indicator=row["indicator"],
                cluster=cluster,
                period=str(row["period"]),
                source=source,
                retracted_at=None,
                defaults={
                    "low": row.get("low"),
                    "value": row.get("value"),
                    "high": row.get("high"),
                    "unit": row["unit"],
                    "quote": row.get("quote", ""),
                    "certainty": Certainty.REPORTED,
                    "counting_rule": row.get("counting_rule", ""),
                },
            )

    def _cluster(self, key: str) -> Cluster:
        try:
            return Cluster.objects.get(key=key)
        except Cluster.DoesNotExist:
            raise InvalidRegion(f"the region's file names cluster {key!r}, which it does not define") from None

    def _organisation(self, row: dict[str, Any], kind: str) -> Organisation:
        name, seat = row["name"], row["seat"]
        try:
            place = Territory.objects.get(code=seat, version="2016")
        except Territory.DoesNotExist:
            raise InvalidRegion(f"{name} has its seat in {seat!r}, which is not among the provinces") from None
        return self.bodies.body(
            name=name, kind=kind, place=place, town=row.get("town", ""), identifiers=row.get("identifiers")
        )


def _level(code: str) -> str:
    return f"nuts{max(0, len(code) - 2)}"


@cache
def _nace_excerpt() -> list[dict[str, str]]:
    path = Path(poliedro.reference.__file__).parent / "data" / "nace2_excerpt.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
