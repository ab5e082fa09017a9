"""The least of services to firms, for tests: a service, a request, a case."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from factories import cluster, organisation

from poliedro.registry.models import Cluster, Delivery, Organisation
from poliedro.support.models import Case, CaseStep, Package, Request, Service, VoucherScheme
from poliedro.support.services.cases import record_delivery
from poliedro.support.services.catalogue import add_package, add_service
from poliedro.support.services.requests import Asker, ask_service, confirm_request, open_case
from poliedro.support.services.vouchers import open_scheme

DAY = date(2026, 3, 2)
"""A Monday."""
AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SITE = "https://poliedro.test"


def service(of: Cluster | None = None, **fields: Any) -> Service:
    held = {
        "kind": "management",
        "innovation": "process",
        "name_it": "Un giorno in reparto",
        "name_en": "A day on the floor",
        "description_it": "Tre cambiamenti da provare subito.",
        "description_en": "Three changes to try at once.",
        "audiences": ["micro_small", "medium"],
        "members_eur": Decimal("100.00"),
        "others_eur": Decimal("250.00"),
        "on": date(2026, 1, 1),
        **fields,
    }
    provider = held.pop("provider", None) or organisation("Ente Gestore Prova", kind="management_body")
    return add_service(cluster=of if of is not None else cluster("agrifood"), provider=provider, by=None, **held)


def package(of: Cluster | None = None, **fields: Any) -> Package:
    first = service(of, name_it="Primo", kind="digitalisation")
    second = service(of, name_it="Secondo", kind="finance", members_eur=Decimal("300.00"))
    partner = organisation("Politecnico Prova", kind="university")
    return add_package(
        cluster=of if of is not None else cluster("agrifood"),
        steps=[(first, partner), (second, second.provider)],
        on=date(2026, 1, 1),
        by=None,
        discount=Decimal("0.10"),
        name_it="Dal dire al fare",
        name_en="From saying to doing",
        **fields,
    )


def stranger(**fields: Any) -> Asker:
    """Somebody without an account."""
    return Asker(
        **{"contact_name": "Ada Rossi", "email": "ada@firm.test", "firm_name": "Officine Rossi S.n.c.", **fields}
    )


def request(held: Service | None = None, asker: Asker | None = None, **fields: Any) -> Request:
    """A confirmed request that waits for an answer."""
    what = held if held is not None or "package" in fields else service()
    made = ask_service(asker=asker or stranger(), text="Help us", at=AT, by=None, site=SITE, service=what, **fields)
    return made if made.promised_on else confirm_request(request=made, on=DAY, site=SITE)


def member_asks(held: Service | None = None, client: Organisation | None = None) -> Request:
    """A request of an organisation of the register: it needs no confirmation."""
    return request(held, Asker("Ada Rossi", "ada@firm.test", organisation=client or organisation()))


def case(held: Service | None = None, **fields: Any) -> Case:
    """An open case of a known client."""
    return open_case(request=member_asks(held), text="We come", on=DAY, by=None, site=SITE, **fields)


def give(step: CaseStep, **fields: Any) -> Delivery:
    """The step's service, as given on DAY."""
    held = {"on": DAY, "hours": Decimal(8), "cost_eur": Decimal("336.00"), "result": "Tried", "by": None, **fields}
    return record_delivery(step=step, **held)


def given_case(client: Organisation, on: date = DAY) -> Case:
    """A case of the client whose one service was given on the day."""
    made = open_case(request=member_asks(client=client), text="We come", on=min(on, DAY), by=None, site=SITE)
    record_delivery(step=made.steps.get(), on=on, hours=Decimal(2), cost_eur=None, result="Done", by=None)
    return made


def voucher_scheme(of: Cluster | None = None, **fields: Any) -> VoucherScheme:
    """A scheme for firms of every size: EUR 1 000 a voucher, 70% of each price."""
    held = {
        "name_it": "Primi passi",
        "name_en": "First steps",
        "description_it": "Innovare senza R&S.",
        "face_eur": Decimal(1000),
        "share": Decimal("0.7"),
        "budget_eur": Decimal(2500),
        **fields,
    }
    return open_scheme(cluster=of if of is not None else cluster("agrifood"), on=date(2026, 1, 1), by=None, **held)
