"""Asking for a service and answering: by the day that was promised, or with the reason why not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import get_language, gettext

from poliedro.accounts.models import Person
from poliedro.audit.services import record
from poliedro.reference.models import Territory
from poliedro.registry.models import Cluster, Mandate, MembershipSpell, Organisation
from poliedro.support.models import Case, CaseEvent, CaseStep, CaseTask, Package, Request, Service
from poliedro.support.rules.cases import (
    CONFIRM_DAYS,
    CaseState,
    RequestState,
    check_can_ask,
    check_can_move_request,
    is_unanswered,
    promised_day,
)
from poliedro.support.services import letters
from poliedro.support.services.allow import check_may
from poliedro.support.services.catalogue import price_on

ANSWER_DAYS = 3
"""Working days of the promise where no service is named."""
ORIGIN_KEPT = timedelta(days=1)


@dataclass(frozen=True)
class Asker:
    """Who asks, as the form gives it. Of a firm in the register the rest is known."""

    contact_name: str = ""
    email: str = ""
    phone: str = ""
    organisation: Organisation | None = None
    firm_name: str = ""
    tax_code: str = ""
    size_class: str = ""
    territory: Territory | None = None


@transaction.atomic
def ask_service(
    *,
    asker: Asker,
    text: str,
    at: datetime,
    by: Any,
    site: str,
    origin: str = "",
    service: Service | None = None,
    package: Package | None = None,
    cluster: Cluster | None = None,
    kind: str = "",
    innovation: str = "",
    quiet: bool = False,
) -> Request:
    """Ask for a service, a package, or something that nobody offers yet.

    Who acts for an organisation is answered from now on; anybody else confirms by e-mail first. origin: the network
    address, kept for a day as a keyed hash, to slow down those who flood. quiet: no letter, since an answer follows.

    Raises NotAllowed where too much was asked from one place or address.
    """
    what = service or package
    hashed = salted_hmac("support.origin", origin).hexdigest() if origin else ""
    known = asker.organisation is not None
    if not known:
        recent = Request.objects.filter(asked_at__gt=at - timedelta(days=1))
        here = recent.filter(asked_at__gt=at - timedelta(hours=1), origin=hashed).count() if hashed else 0
        check_can_ask(here, recent.filter(email__iexact=asker.email).count())
    request = Request(
        cluster=what.cluster if what is not None else cluster,
        service=service,
        package=package,
        kind=service.kind if service is not None else kind,
        innovation=service.innovation if service is not None else innovation,
        text=text,
        price_eur=_price(service, package, asker.organisation, at.date()),
        organisation=asker.organisation,
        firm_name=asker.firm_name,
        tax_code=asker.tax_code,
        size_class=asker.organisation.size_class if asker.organisation is not None else asker.size_class,
        territory=asker.organisation.territory if asker.organisation is not None else asker.territory,
        contact_name=asker.contact_name,
        email=asker.email,
        phone=asker.phone,
        language=(get_language() or settings.LANGUAGE_CODE).split("-")[0],
        by=by if getattr(by, "is_authenticated", False) else None,
        origin=hashed,
        asked_at=at,
    )
    request.full_clean()
    request.save(force_insert=True)
    note(request, "asked", by=by, at=at, for_client=True)
    if known:
        _wait(request, at.date(), "" if quiet else site)
    else:
        letters.confirm_letter(request, site)
    record(by=by, verb="ask_service", subject_kind="support.request", subject_key=request.pk, known=known)
    return request


@transaction.atomic
def confirm_request(*, request: Request, on: date, site: str) -> Request:
    """The one who asked confirms the address; the promise runs from now. Raises NotAllowed."""
    request = _locked(request)
    check_can_move_request(request.status, RequestState.WAITING)
    _wait(request, on, site)
    note(request, "confirmed", by=None, for_client=True)
    record(by=None, verb="confirm_request", subject_kind="support.request", subject_key=request.pk)
    return request


def _wait(request: Request, on: date, site: str) -> None:
    offered = [request.service] if request.service else [s.service for s in _steps(request.package)]
    days = min((s.answer_days for s in offered), default=ANSWER_DAYS)
    request.state = RequestState.WAITING.value
    request.promised_on = promised_day(on, days)
    request.save(update_fields=["state", "promised_on"])
    if site:
        letters.received_letter(request, site)


@transaction.atomic
def withdraw_request(*, request: Request, on: date, by: Any = None) -> Request:
    """The one who asked no longer wants it. Raises NotAllowed."""
    request = _locked(request)
    check_can_move_request(request.status, RequestState.WITHDRAWN)
    request.state, request.answered_on = RequestState.WITHDRAWN.value, on
    request.save(update_fields=["state", "answered_on"])
    note(request, "withdrawn", by=by, for_client=True)
    record(by=by, verb="withdraw_request", subject_kind="support.request", subject_key=request.pk)
    return request


@transaction.atomic
def decline_request(*, request: Request, reason: str, text: str, on: date, by: Any, site: str) -> Request:
    """Say no, with the reason: it counts as demand that nobody met. text goes to the firm. Raises NotAllowed."""
    request = _locked(request)
    check_may(by, "support.work_cases", request)
    check_can_move_request(request.status, RequestState.DECLINED)
    request.state, request.answered_on = RequestState.DECLINED.value, on
    request.decline_reason, request.decline_note = reason, text
    request.full_clean()
    request.save()
    note(request, "declined", text=text, by=by, for_client=True)
    letters.answer_letter(request, site, text)
    record(by=by, verb="decline_request", subject_kind="support.request", subject_key=request.pk, reason=reason)
    return request


@transaction.atomic
def hand_over_request(*, request: Request, cluster: Cluster | None, text: str, on: date, by: Any) -> Request:
    """Give a waiting request to another cluster, or to the agency (None). The day that was promised stays.

    Raises NotAllowed.
    """
    request = _locked(request)
    check_may(by, "support.work_cases", request)
    check_can_move_request(request.status, RequestState.ACCEPTED)
    was, request.cluster = request.cluster, cluster
    request.save(update_fields=["cluster"])
    where = cluster.name if cluster is not None else gettext("the agency")
    note(request, "handed_over", text=f"{where}. {text}".strip(), by=by, for_client=True)
    record(
        by=by,
        verb="hand_over_request",
        subject_kind="support.request",
        subject_key=request.pk,
        was=was.key if was is not None else "",
        now=cluster.key if cluster is not None else "",
    )
    return request


@transaction.atomic
def open_case(*, request: Request, text: str, on: date, by: Any, site: str, assigned_to: Person | None = None) -> Case:
    """Take a request on: its services become the steps, their checklists the tasks. text: the first answer to the firm.

    Raises NotAllowed.
    """
    request = _locked(request)
    check_may(by, "support.work_cases", request)
    check_can_move_request(request.status, RequestState.ACCEPTED)
    request.state, request.answered_on = RequestState.ACCEPTED.value, on
    request.save(update_fields=["state", "answered_on"])
    case = Case.objects.create(
        request=request,
        cluster=request.cluster,
        organisation=request.organisation,
        assigned_to=assigned_to or getattr(by, "person", None),
        state=CaseState.OPEN.value,
        opened_on=on,
    )
    for position, (service, provider) in enumerate(_planned(request), 1):
        CaseStep.objects.create(
            case=case,
            position=position,
            service=service,
            kind=service.kind,
            innovation=service.innovation,
            provider=provider,
        )
        CaseTask.objects.bulk_create(
            CaseTask(case=case, position=position, text=_spoken(line, request.language), hours=_hours(line))
            for line in service.checklist
        )
    note(request, "opened", text=text, by=by, for_client=True)
    letters.answer_letter(request, site, text)
    record(by=by, verb="open_case", subject_kind="support.case", subject_key=case.pk, request=request.pk)
    return case


@transaction.atomic
def take_request(
    *, asker: Asker, service: Service | None, cluster: Cluster, text: str, answer: str, at: datetime, by: Any, site: str
) -> Case:
    """A firm of the register asked by telephone or in a meeting: its request is noted by who took it, and its case is
    open. answer: what the firm was told; it goes to its address too, where one is given. Raises NotAllowed."""
    check_may(by, "support.work_cases", cluster)
    request = ask_service(asker=asker, text=text, at=at, by=by, site=site, service=service, cluster=cluster, quiet=True)
    return open_case(request=request, text=answer, on=at.date(), by=by, site=site)


def _planned(request: Request) -> list[tuple[Service, Organisation]]:
    if request.service is not None:
        return [(request.service, request.service.provider)]
    return [(step.service, step.provider) for step in _steps(request.package)]


def _steps(package: Package | None) -> list[Any]:
    return list(package.steps.select_related("service", "provider")) if package is not None else []


def _spoken(line: Mapping[str, Any], language: str) -> str:
    return str(line.get(language) or line.get("it") or line.get("en") or "")


def _hours(line: Mapping[str, Any]) -> Decimal | None:
    return Decimal(str(line["hours"])) if line.get("hours") is not None else None


def _price(
    service: Service | None, package: Package | None, organisation: Organisation | None, on: date
) -> Decimal | None:
    """What it costs this firm on the day; None: on request."""
    offered = [service] if service is not None else [s.service for s in _steps(package)]
    is_member = is_member_of(organisation, (service or package).cluster, on) if service or package else False  # type: ignore[union-attr]
    prices = [p and (p.members_eur if is_member else p.others_eur) for p in (price_on(s, on) for s in offered)]
    if not prices or any(p is None for p in prices):
        return None
    total = sum((p for p in prices if p), Decimal(0))
    discount = package.discount if package is not None else Decimal(0)
    return (total * (1 - discount)).quantize(Decimal("0.01"))


def is_member_of(organisation: Organisation | None, cluster: Cluster | None, on: date) -> bool:
    """Whether the members' price holds: a member of the cluster; of any, for what the agency offers."""
    if organisation is None:
        return False
    spells = MembershipSpell.objects.known().active_on(on).filter(organisation=organisation)
    return (spells if cluster is None else spells.filter(cluster=cluster)).exists()


def provider_of(cluster: Cluster | None, on: date) -> Organisation | None:
    """The body that leads the cluster on the day."""
    mandate = (
        Mandate.objects.known()
        .active_on(on)
        .filter(cluster=cluster)
        .order_by("-is_lead", "pk")
        .select_related("body__organisation")
        .first()
    )
    return mandate.body.organisation if mandate is not None else None


def note(
    request: Request, verb: str, *, by: Any, text: str = "", at: datetime | None = None, for_client: bool = False
) -> CaseEvent:
    """Add to the history of a request and its case."""
    return CaseEvent.objects.create(
        request=request,
        verb=verb,
        text=text,
        at=at or timezone.now(),
        by=by if getattr(by, "is_authenticated", False) else None,
        for_client=for_client,
    )


def _locked(request: Request) -> Request:
    """The row as it is now, held to the end of the transaction: two who answer at once do not both win."""
    return (
        Request.objects.select_for_update(of=("self",))
        .select_related("service", "package", "cluster", "organisation")
        .get(pk=request.pk)
    )


# --- once a day -------------------------------------------------------------------------------------------------------
def look_after_requests(today: date) -> str:
    """Erase what nobody confirmed and where requests came from; remind once a day of what nobody answered."""
    limit = timezone.make_aware(datetime.combine(today - timedelta(days=CONFIRM_DAYS), datetime.min.time()))
    with transaction.atomic():
        expired = Request.objects.filter(state=RequestState.UNCONFIRMED.value, asked_at__lt=limit)
        erased = expired.update(
            state=RequestState.EXPIRED.value, contact_name="", email="", phone="", firm_name="", tax_code="", text=""
        )
        yesterday = timezone.make_aware(datetime.combine(today, datetime.min.time())) - ORIGIN_KEPT
        Request.objects.filter(asked_at__lt=yesterday).exclude(origin="").update(origin="")
        late = Request.objects.filter(state=RequestState.WAITING.value, promised_on__lt=today).exclude(
            reminded_on=today
        )
        reminded = 0
        for request in late.select_related("service", "package", "organisation").order_by("pk"):
            if is_unanswered(request.status, request.promised_on, today):
                letters.remind_those_who_answer(request)
                note(request, "unanswered", by=None)
                reminded += 1
        late.update(reminded_on=today)
        if erased or reminded:
            record(
                by=None,
                verb="look_after_requests",
                subject_kind="support.request",
                subject_key=today,
                erased=erased,
                reminded=reminded,
            )
    return f"{erased} never confirmed, {reminded} unanswered"
