"""Invented catalogue, requests and cases: past ones tied to the register's deliveries, present ones round today.

# Note [Two clocks]
The demonstration's figures speak of its own day; a work list must look alive today. So cases that are over rest on
deliveries of the demonstration's years, while what waits and what is under way is dated from the day of building.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from django.db.models import F
from django.utils import timezone

from poliedro.audit.services import record
from poliedro.reference.models import Certainty, Load, Source
from poliedro.registry.models import Cluster, Delegation, Delivery, Mandate, Organisation, StaffAssignment
from poliedro.registry.queries.memberships import members_of
from poliedro.registry.services.demo_logins import agency_name
from poliedro.shared.dated import Moment
from poliedro.shared.region import Region
from poliedro.support.models import (
    Case,
    CaseEvent,
    CaseStep,
    CaseTask,
    Feedback,
    FollowUp,
    Package,
    PackageStep,
    Request,
    Service,
    ServicePrice,
    Voucher,
    VoucherScheme,
    VoucherUse,
)
from poliedro.support.rules.cases import REMIND_AFTER_DAYS, REMINDERS, CaseState, RequestState, promised_day
from poliedro.support.rules.vouchers import paid_part
from poliedro.support.runs.services import run_breadth
from poliedro.support.services.demonstration import texts
from poliedro.support.services.published import publish_use
from poliedro.support.services.vouchers import settle_aid

OPENED = date(2017, 1, 1)
PAST_CASES = 14
"""Closed cases a cluster, on deliveries of the demonstration's last two years."""


def build_services(region: Region, by: Any = None) -> str:
    """Build the catalogue and its cases once; without a demonstration of the register, nothing."""
    raw = region.raw.get("demonstration")
    load = Load.objects.filter(importer="demonstration", state=Load.State.LOADED).first()
    if not raw or load is None:
        return "services: no demonstration"
    source = Source.objects.get(key="demonstration")
    if Service.objects.filter(source=source).exists():
        return "services: there already"
    made = _Builder(raw["today"], Random(f"services {raw['seed']}"), source, load)
    made.build(sorted(raw["clusters"]))
    run_breadth()
    publish_use(timezone.localdate())
    counts = {"services": Service.objects.count(), "requests": Request.objects.count(), "cases": Case.objects.count()}
    record(by=by, verb="build_demonstration_services", subject_kind="region", subject_key=region.key, counts=counts)
    return ", ".join(f"{n} {what}" for what, n in counts.items())


class _Builder:
    def __init__(self, then: date, dice: Random, source: Source, load: Load) -> None:
        self.then, self.dice, self.source, self.load = then, dice, source, load
        self.today = timezone.localdate()
        self.fact: dict[str, Any] = {"source": source, "certainty": Certainty.SYNTHETIC}

    def build(self, keys: list[str]) -> None:
        clusters = {c.key: c for c in Cluster.objects.filter(key__in=keys).order_by("position")}
        agency = Organisation.objects.filter(name=agency_name()).first()
        if agency is None:
            agency = Organisation.objects.create(
                name=agency_name(), kind=Organisation.Kind.PUBLIC_AUTHORITY, **self.fact
            )
        for row in texts.OF_THE_AGENCY:
            self.service(None, agency, row)
        helpers = self.helpers()
        for position, cluster in enumerate(clusters.values()):
            lead = Mandate.objects.known().filter(cluster=cluster).order_by("-is_lead", "pk")[0].body.organisation
            rows = [*texts.CORE, *self.dice.sample(texts.MORE, 3 if position % 4 == 3 else 7)]
            services = [self.service(cluster, lead, row) for row in rows]
            for row in texts.PACKAGES:
                self.package(cluster, row, services, helpers)
            firms = [o for o in members_of(cluster, Moment(self.then)) if o.certainty == Certainty.SYNTHETIC]
            self.past_cases(cluster, services)
            self.present(cluster, services, firms)
        self.for_the_firm()
        self.vouchers()

    def vouchers(self) -> None:
        """A scheme of the agency for first steps without R&D, with vouchers of small firms, some of them used."""
        scheme = VoucherScheme.objects.create(
            opened_on=OPENED, face_eur=Decimal(2000), share=Decimal("0.700"), budget_eur=Decimal(60_000),
            sizes=["micro", "small"], **texts.VOUCHERS, **self.fact,
        )  # fmt: skip
        steps = CaseStep.objects.filter(
            case__organisation__size_class__in=("micro", "small"), case__organisation__certainty="synthetic",
            delivery__isnull=False, case__request__price_eur__gt=0,
        )  # fmt: skip
        served: dict[int, Voucher] = {}
        for step in steps.exclude(service__is_rd=True).select_related("case__request", "delivery").order_by("pk"):
            firm, price, given = step.case.organisation_id, step.case.request.price_eur, step.delivery
            if firm is None or price is None or given is None or firm in served or len(served) == 9:
                continue
            day = given.delivered_on
            served[firm] = Voucher.objects.create(
                scheme=scheme, organisation_id=firm, face_eur=scheme.face_eur, issued_on=day - timedelta(days=40),
                valid_to=day + timedelta(days=325),
            )  # fmt: skip
            if paid := paid_part(price, scheme.share, scheme.face_eur):
                VoucherUse.objects.create(voucher=served[firm], step=step, used_on=day, price_eur=price, paid_eur=paid)
            settle_aid(voucher=served[firm], on=self.today, by=None)

    def helpers(self) -> list[Organisation]:
        """Universities and laboratories of the ecosystem, as partners in packages."""
        kinds = (Organisation.Kind.UNIVERSITY, Organisation.Kind.RESEARCH_BODY, Organisation.Kind.INCUBATOR)
        return list(Organisation.objects.filter(kind__in=kinds, source__key="region-file").order_by("pk"))

    def service(self, cluster: Cluster | None, provider: Organisation, row: dict[str, Any]) -> Service:
        fields = {k: v for k, v in row.items() if k != "prices"}
        service = Service.objects.create(
            cluster=cluster, provider=provider, opened_on=OPENED, **{"answer_days": 4, **fields}, **self.fact
        )
        members, others = row["prices"]
        first = Decimal(members) * Decimal("0.9") if members else members
        change = date(2020, 1, 1)
        for amounts, start, end in (((first, others), OPENED, change), ((members, others), change, None)):
            ServicePrice.objects.create(
                service=service,
                members_eur=amounts[0],
                others_eur=amounts[1],
                valid_from=start,
                valid_to=end,
                load=self.load,
                **self.fact,
            )
        return service

    def package(
        self, cluster: Cluster, row: dict[str, Any], services: list[Service], helpers: list[Organisation]
    ) -> None:
        chosen = [next((s for s in services if s.kind == kind), None) for kind in row["kinds"]]
        held = [s for s in chosen if s is not None]
        if len(held) < 2:
            return
        fields = {k: v for k, v in row.items() if k not in ("kinds", "discount")}
        package = Package.objects.create(
            cluster=cluster, opened_on=OPENED, discount=Decimal(row["discount"]), **fields, **self.fact
        )
        for position, service in enumerate(held, 1):
            outside = helpers and service.kind == "technology_transfer"
            provider = self.dice.choice(helpers) if outside else service.provider
            PackageStep.objects.create(package=package, position=position, service=service, provider=provider)

    # --- what is over -------------------------------------------------------------------------------------------------
    def past_cases(self, cluster: Cluster, services: list[Service]) -> None:
        by_kind = defaultdict(list)
        for service in services:
            by_kind[service.kind].append(service)
        rows = Delivery.objects.known().filter(
            cluster=cluster, load=self.load, delivered_on__year__gte=self.then.year - 1
        )
        given = [d for d in rows.select_related("client__territory").order_by("pk") if d.service in by_kind]
        for delivery in self.dice.sample(given, min(PAST_CASES, len(given))):
            asked_on = delivery.delivered_on - timedelta(days=self.dice.randint(20, 60))
            service = self.dice.choice(by_kind[delivery.service])
            request = self.request(
                cluster, delivery.client, asked_on, service, answered_after=self.dice.choice((1, 2, 2, 3, 5, 9))
            )
            closed_on = delivery.delivered_on + timedelta(days=self.dice.randint(10, 40))
            result = self.dice.choice(("knows_more", "partner", "application", "funded", "tried", "new_practice"))
            case = self.case(request, CaseState.FEEDBACK_ASKED, result=result)
            self.step(case, service, delivery)
            answered = self.dice.random() < 0.75
            self.feedback(case, delivery.delivered_on + timedelta(days=3), answered=answered)
            self.close(case, max(closed_on, case.opened_on), answered=answered)
            if case.follow_up_on is not None:  # of years ago: somebody looked long since
                FollowUp.objects.create(
                    case=case,
                    on=case.follow_up_on,
                    result=self.dice.choice(("new_practice", "new_product", "funded", "none", result)),
                    text="",
                )
        for kind, innovation, words in self.dice.sample(texts.NOT_OFFERED, 4):
            client = self.dice.choice(given).client if given else None
            if client is not None:
                day = self.then - timedelta(days=self.dice.randint(20, 400))
                self.declined(cluster, client, day, kind, innovation, words)

    # --- what is under way --------------------------------------------------------------------------------------------
    def present(self, cluster: Cluster, services: list[Service], firms: list[Organisation]) -> None:
        person = self.manager(cluster)
        for number, ago in enumerate((1, 1, 3, 9, 12)):
            service = self.dice.choice(services)
            day = self.today - timedelta(days=ago)
            if number == 2:
                self.from_outside(cluster, service, day)
            else:
                self.request(cluster, self.dice.choice(firms), day, service)
        for state, ago in (
            (CaseState.OPEN, 6),
            (CaseState.OPEN, 21),
            (CaseState.OPEN, 34),
            (CaseState.DELIVERED, 40),
            (CaseState.FEEDBACK_ASKED, 55),
        ):
            service = self.dice.choice(services)
            client = self.dice.choice(firms)
            day = self.today - timedelta(days=ago)
            request = self.request(cluster, client, day, service, answered_after=2)
            result = "" if state is not CaseState.FEEDBACK_ASKED else "knows_more"
            case = self.case(request, state, result=result, assigned_to=person)
            done_on = day + timedelta(days=20)
            self.step(case, service, None if state is CaseState.OPEN else self.delivery(case, service, done_on))
            if state is CaseState.FEEDBACK_ASKED:
                self.feedback(case, done_on + timedelta(days=5), answered=self.dice.random() < 0.5)
        for kind, innovation, words in self.dice.sample(texts.NOT_OFFERED, 2):
            day = self.today - timedelta(days=self.dice.randint(10, 80))
            self.declined(cluster, self.dice.choice(firms), day, kind, innovation, words)

    def for_the_firm(self) -> None:
        """The demonstration's firm has a request of its own to follow and one to judge."""
        held = Delegation.objects.known().filter(person__user__email="firm@demo.example")
        delegation = held.select_related("organisation", "person__user").first()
        if delegation is None:
            return
        firm, user = delegation.organisation, delegation.person.user
        spell = firm.memberships.known().select_related("cluster").order_by("pk").first()
        cluster = spell.cluster if spell is not None else None
        services = list(Service.objects.filter(cluster=cluster, source=self.source).order_by("pk"))
        if cluster is None or len(services) < 2:
            return
        waiting = self.request(cluster, firm, self.today - timedelta(days=1), services[0])
        over = self.request(cluster, firm, self.today - timedelta(days=30), services[2], answered_after=2)
        case = self.case(over, CaseState.FEEDBACK_ASKED, result="knows_more", assigned_to=self.manager(cluster))
        self.step(case, services[2], self.delivery(case, services[2], self.today - timedelta(days=8)))
        Feedback.objects.create(case=case, asked_on=self.today - timedelta(days=4))
        Request.objects.filter(pk__in=[waiting.pk, over.pk]).update(by=user, email=user.email, contact_name=user.name)

    # --- pieces -------------------------------------------------------------------------------------------------------
    def manager(self, cluster: Cluster) -> Any:
        held = StaffAssignment.objects.known().active_on(self.today).filter(cluster=cluster, role="manager")
        row = held.order_by(F("person__user").asc(nulls_last=True), "pk").select_related("person").first()
        return row.person if row is not None else None

    def request(
        self,
        cluster: Cluster,
        client: Organisation,
        day: date,
        service: Service,
        *,
        answered_after: int | None = None,
    ) -> Request:
        """A request of a member; answered_after: days, None where it still waits."""
        price = service.prices.active_on(day).order_by("-valid_from").first()
        request = Request.objects.create(
            cluster=cluster,
            service=service,
            kind=service.kind,
            innovation=service.innovation,
            text=need_of(service),
            price_eur=price.members_eur if price is not None else None,
            organisation=client,
            size_class=client.size_class,
            territory=client.territory,
            contact_name="Persona Demo",
            email=f"impresa-{client.pk}@demo.example",
            state=RequestState.WAITING.value if answered_after is None else RequestState.ACCEPTED.value,
            asked_at=self.at(day),
            promised_on=promised_day(day, service.answer_days),
            answered_on=None if answered_after is None else day + timedelta(days=answered_after),
            is_synthetic=True,
        )
        self.event(request, "asked", day)
        return request

    def from_outside(self, cluster: Cluster, service: Service, day: date) -> None:
        """A firm that the register does not know yet."""
        request = Request.objects.create(
            cluster=cluster,
            service=service,
            kind=service.kind,
            innovation=service.innovation,
            text=need_of(service),
            firm_name=f"Bottega Demo {cluster.name} S.n.c.",
            size_class="micro",
            contact_name="Persona Demo",
            email="bottega@demo.example",
            state=RequestState.WAITING.value,
            asked_at=self.at(day),
            promised_on=promised_day(day, service.answer_days),
            is_synthetic=True,
        )
        self.event(request, "asked", day)
        self.event(request, "confirmed", day)

    def declined(
        self, cluster: Cluster, client: Organisation, day: date, kind: str, innovation: str, words: str
    ) -> None:
        reason = self.dice.choice(("not_offered", "not_offered", "no_capacity", "too_dear", "other_body"))
        request = Request.objects.create(
            cluster=cluster,
            kind=kind,
            innovation=innovation,
            text=words,
            organisation=client,
            size_class=client.size_class,
            territory=client.territory,
            contact_name="Persona Demo",
            email=f"impresa-{client.pk}@demo.example",
            state=RequestState.DECLINED.value,
            asked_at=self.at(day),
            promised_on=promised_day(day, 3),
            answered_on=day + timedelta(days=self.dice.choice((1, 2, 3, 8))),
            decline_reason=reason,
            is_synthetic=True,
        )
        self.event(request, "asked", day)
        self.event(request, "declined", day + timedelta(days=2))

    def case(
        self,
        request: Request,
        state: CaseState,
        *,
        result: str = "",
        assigned_to: Any = None,
    ) -> Case:
        opened_on = request.answered_on or self.today
        case = Case.objects.create(
            request=request,
            cluster=request.cluster,
            organisation=request.organisation,
            assigned_to=assigned_to,
            state=state.value,
            opened_on=opened_on,
            result=result,
            follow_up_on=self.today + timedelta(days=180) if result else None,
        )
        self.event(request, "opened", opened_on, "Grazie, ce ne occupiamo: vi chiamiamo in settimana.")
        return case

    def close(self, case: Case, on: date, *, answered: bool) -> None:
        """See Note [Closed without an answer]."""
        case.state = (CaseState.CLOSED if answered else CaseState.UNANSWERED).value
        case.closed_on, case.follow_up_on = on, on + timedelta(days=180)
        case.save(update_fields=["state", "closed_on", "follow_up_on"])

    def step(self, case: Case, service: Service, delivery: Delivery | None) -> None:
        CaseStep.objects.create(
            case=case,
            position=1,
            service=service,
            kind=service.kind,
            innovation=service.innovation,
            provider=delivery.provider if delivery is not None else service.provider,
            delivery=delivery,
        )
        done = case.opened_on + timedelta(days=5)
        CaseTask.objects.bulk_create(
            CaseTask(
                case=case,
                position=1,
                text=line["it"],
                hours=Decimal(line["hours"]),
                done_on=done if delivery is not None or i < 2 else None,
            )
            for i, line in enumerate(service.checklist)
        )
        if delivery is not None:
            self.event(case.request, "delivered", delivery.delivered_on, service.name)

    def delivery(self, case: Case, service: Service, day: date) -> Delivery:
        hours, client = service.usual_hours or Decimal(4), case.organisation
        if client is None:
            raise LookupError(f"case {case.pk} has no client; give it one before its service")
        return Delivery.objects.create(
            provider=service.provider,
            client=client,
            cluster=case.cluster,
            service=service.kind,
            innovation=service.innovation,
            is_rd=service.is_rd,
            delivered_on=day,
            valid_from=day,
            hours=hours,
            cost_eur=Decimal(hours) * 42,
            result="",
            load=self.load,
            **self.fact,
        )

    def feedback(self, case: Case, asked_on: date, *, answered: bool) -> None:
        given = {
            "answered_on": asked_on + timedelta(days=self.dice.randint(1, 10)),
            "usefulness": self.dice.choices((5, 4, 3, 2), weights=(4, 5, 2, 1))[0],
            "promptness": self.dice.choices((5, 4, 3, 2, 1), weights=(4, 4, 2, 1, 1))[0],
            "would_return": self.dice.random() < 0.85,
            "text": self.dice.choice(texts.WORDS_OF_CLIENTS),
        }
        silent = {"reminders": REMINDERS, "reminded_on": asked_on + timedelta(days=REMIND_AFTER_DAYS[-1])}
        Feedback.objects.create(case=case, asked_on=asked_on, **(given if answered else silent))

    def event(self, request: Request, verb: str, day: date, text: str = "") -> None:
        CaseEvent.objects.create(request=request, verb=verb, at=self.at(day), text=text, for_client=True)

    def at(self, day: date) -> datetime:
        return timezone.make_aware(datetime.combine(day, time(10, 30)))


def need_of(service: Service) -> str:
    """What a firm that asks for the service would write."""
    return next((text for kind, text in texts.NEEDS if kind == service.kind), "")
