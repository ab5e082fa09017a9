"""Applications: begun from the register, saved as they grow, handed in, taken into evaluation."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from poliedro.audit.services import record
from poliedro.funding.models import Application, CallLine, CallVersion, CostClaim, Partner, WorkPackage
from poliedro.funding.queries.evaluation import grant_asked
from poliedro.funding.queries.facts import dossier_of
from poliedro.funding.queries.receipts import checksum_of, receipt_number
from poliedro.funding.rules.document import WORDS, judge
from poliedro.funding.rules.facts import Scope, read_values
from poliedro.funding.rules.states import NotAllowed, check_can_apply, check_can_move
from poliedro.funding.services.contracts import close_contracts
from poliedro.registry.models import Organisation
from poliedro.shared.letters import write_letter
from poliedro.shared.refusals import Refusal, Said


class CannotSubmit(Refusal):
    """An application that is not complete or that a rule refuses; the message names the rules."""


OPEN_POINTS = {
    "rule_fail": "rule %(subject)s refuses it",
    "rule_unknown": "rule %(subject)s cannot be told yet",
    "cost": "%(subject)s has not stated its cost",
    "agreement": "%(subject)s has not agreed to take part",
    "summary": "what the project is about is not written",
    "no_packages": "no work package is planned",
    "nothing": "no intensity of the call fits its costs: nothing would be granted",
    "packages": "the work packages and the partners' costs differ by %(subject)s EUR",
}
"""What keeps an application from being handed in."""


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """Facts as JSON keeps them: numbers as text, so that no cent is lost."""
    return {k: str(v) if isinstance(v, Decimal) else v for k, v in values.items()}


@transaction.atomic
def start_application(*, line: CallLine, organisation: Organisation, title: str, by: Any, today: date) -> Application:
    """Begin an application under the version in force, with the organisation as its first party. Raises NotAllowed."""
    call = line.call
    check_can_apply(call.state, call.opens_on, call.closes_on, today)
    version = CallVersion.objects.get(call=call, published_at__isnull=False, valid_to=None)
    application = Application.objects.create(
        line=line, version=version, organisation=organisation, title=title, by=by,
        certainty=organisation.certainty if organisation.is_synthetic else "reported",
    )  # fmt: skip
    Partner.objects.create(application=application, organisation=organisation, is_lead=True, agreed_at=timezone.now())
    record(by=by, verb="start_application", subject_kind="funding.application", subject_key=application.pk)
    return application


def _check_draft(application: Application) -> None:
    if application.state != Application.State.DRAFT:
        raise NotAllowed(
            "the application is %(application_state)s; only a draft is changed", application_state=application.state
        )


@transaction.atomic
def save_application(
    *, application: Application, title: str, summary: str, facts: Mapping[str, Any], by: Any
) -> Application:
    """Keep title, summary and the project's facts. Raises NotAllowed, InvalidFact."""
    _check_draft(application)
    application.title, application.summary = title, summary
    application.facts = _plain(read_values(facts, Scope.PROJECT))
    application.save(update_fields=["title", "summary", "facts"])
    record(by=by, verb="save_application", subject_kind="funding.application", subject_key=application.pk)
    return application


@transaction.atomic
def set_partner(
    *, application: Application, organisation: Organisation, cost_eur: Decimal | None, facts: Mapping[str, Any], by: Any
) -> Partner:
    """Add a partner, or change its cost and what it states; its yes to another cost no longer counts.

    Raises NotAllowed, InvalidFact.
    """
    _check_draft(application)
    values: dict[str, Any] = {"cost_eur": cost_eur, "facts": _plain(read_values(facts, Scope.PARTY))}
    known = application.partners.filter(organisation=organisation).first()
    if known is not None and not known.is_lead and known.cost_eur != cost_eur:
        values["agreed_at"] = None
    partner, _made = Partner.objects.update_or_create(
        application=application, organisation=organisation, defaults=values
    )
    record(
        by=by, verb="set_partner", subject_kind="funding.application", subject_key=application.pk,
        organisation=organisation.pk,
    )  # fmt: skip
    return partner


@transaction.atomic
def remove_partner(*, partner: Partner, by: Any) -> None:
    """Take a partner out of a draft; the applicant stays. Raises NotAllowed."""
    _check_draft(partner.application)
    if partner.is_lead:
        raise NotAllowed("the applicant cannot be taken out; withdraw the application instead")
    record(
        by=by, verb="remove_partner", subject_kind="funding.application", subject_key=partner.application_id,
        organisation=partner.organisation_id,
    )  # fmt: skip
    partner.delete()


@transaction.atomic
def agree_to_take_part(*, partner: Partner, by: Any) -> Partner:
    """A partner's own yes; without it the application is not handed in."""
    _check_draft(partner.application)
    partner.agreed_at = timezone.now()
    partner.save(update_fields=["agreed_at"])
    record(
        by=by, verb="agree_to_take_part", subject_kind="funding.application", subject_key=partner.application_id,
        organisation=partner.organisation_id,
    )  # fmt: skip
    return partner


@transaction.atomic
def set_work_package(
    *, application: Application, number: int, title: str, lead: Partner | None, first_month: int, last_month: int,
    cost_eur: Decimal, by: Any,
) -> WorkPackage:  # fmt: skip
    """Add or change a work package. Raises NotAllowed, ValidationError."""
    _check_draft(application)
    package, _made = WorkPackage.objects.update_or_create(
        application=application,
        number=number,
        defaults={
            "title": title, "lead": lead, "first_month": first_month, "last_month": last_month, "cost_eur": cost_eur,
        },
    )  # fmt: skip
    package.full_clean()
    record(by=by, verb="set_work_package", subject_kind="funding.application", subject_key=application.pk)
    return package


def open_points(application: Application) -> list[tuple[str, str]]:
    """What keeps the application from being handed in: (kind, subject); nothing: it can be.

    Kinds: summary, no_packages and nothing (no subject), rule_fail and rule_unknown (subject: the rule's key), cost and
    agreement (a partner's name), packages (the difference in EUR between the partners' costs and the work packages').
    """
    points: list[tuple[str, str]] = []
    document = application.version.rules
    answers = judge(document, application.line.key, dossier_of(application, timezone.localdate()))
    for key, answer in answers.items():
        if answer.value is not True:
            points.append(("rule_fail" if answer.value is False else "rule_unknown", key))
    if not application.summary.strip():
        points.append(("summary", ""))
    partners = list(application.partners.select_related("organisation"))
    points += [("cost", str(p.organisation)) for p in partners if p.cost_eur is None]
    points += [("agreement", str(p.organisation)) for p in partners if p.agreed_at is None]
    if document.intensities and _gets_nothing(application):
        points.append(("nothing", ""))
    packages = list(application.work_packages.all())
    if not packages:
        points.append(("no_packages", ""))
    else:
        gap = sum((p.cost_eur or Decimal(0) for p in partners), Decimal(0)) - sum(
            (w.cost_eur for w in packages), Decimal(0)
        )
        if gap:
            points.append(("packages", f"{gap}"))
    return points


def _gets_nothing(application: Application) -> bool:
    """Whether every cost and intensity is known, and no party gets anything."""
    parts = grant_asked(application, timezone.localdate())
    return all(p is not None and not p.grant_eur + p.loan_eur for p in parts)


@transaction.atomic
def submit_application(*, application: Application, by: Any, today: date) -> Application:
    """Hand it in: every rule passes, every cost is stated, every partner has agreed.

    Raises:
        NotAllowed: the call takes none on the day, or the application is no draft.
        CannotSubmit: something is open; the message names it.
    """
    call = application.line.call
    check_can_apply(call.state, call.opens_on, call.closes_on, today)
    check_can_move(application.state, Application.State.SUBMITTED)
    points = open_points(application)
    if points:
        raise CannotSubmit(
            "it is not ready: %(points)s",
            points=[Said(OPEN_POINTS[kind], **({"subject": subject} if subject else {})) for kind, subject in points],
        )
    answers = judge(application.version.rules, application.line.key, dossier_of(application, today))
    application.verdict = {key: WORDS[answer.value] for key, answer in answers.items()}
    application.state, application.submitted_at = Application.State.SUBMITTED, timezone.now()
    application.save(update_fields=["verdict", "state", "submitted_at"])
    checksum = checksum_of(application)
    record(
        by=by, verb="submit_application", subject_kind="funding.application", subject_key=application.pk,
        checksum=checksum,
    )  # fmt: skip
    _send_receipt(application, checksum, by)
    return application


def _send_receipt(application: Application, checksum: str, by: Any) -> None:
    """A letter to whoever handed it in, with number, day and checksum; the document is on the application's page."""
    at = timezone.localtime(application.submitted_at)
    words = {
        "title": application.title, "call": str(application.line.call), "number": receipt_number(application),
        "day": date_format(at, "j F Y"), "hour": date_format(at, "H:i"), "who": str(application.organisation),
        "checksum": checksum,
    }  # fmt: skip
    write_letter(
        to=[getattr(by, "email", "")],
        subject=_("Handed in: %(number)s") % words,
        text=_(
            '%(who)s handed in "%(title)s" for the call "%(call)s" on %(day)s at %(hour)s. '
            "Its number is %(number)s. The receipt, with what was handed in, is on the page of the application. The "
            "legal act is the application on the region's portal. "
            "Checksum of what was handed in (SHA-256): %(checksum)s."
        )
        % words,
        path=reverse("funding:application", args=[application.pk]),
    )


@transaction.atomic
def move_application(*, application: Application, to: str, by: Any, why: str = "") -> Application:
    """Withdraw, take into evaluation, find inadmissible, complete. Raises NotAllowed."""
    check_can_move(application.state, to)
    if to in (Application.State.INADMISSIBLE, Application.State.WITHDRAWN) and not why.strip():
        raise NotAllowed("an application becomes %(to)s with a reason; write it", to=to)
    if to == Application.State.COMPLETED:
        _check_can_complete(application)
    if to == Application.State.WITHDRAWN:
        close_contracts(application, why, timezone.localdate())
    application.state = to
    application.save(update_fields=["state"])
    record(
        by=by, verb="move_application", subject_kind="funding.application", subject_key=application.pk, to=to, why=why
    )
    return application


def _check_can_complete(application: Application) -> None:
    """Raises NotAllowed: claims or milestones are open."""
    if application.claims.filter(state=CostClaim.State.CLAIMED).exists():
        raise NotAllowed("a claim waits for its settlement; settle it first")
    missed = application.milestones.filter(reached_on=None).order_by("due_on", "pk").first()
    if missed is not None:
        raise NotAllowed(
            "the milestone %(title)s was not reported as reached; ask for its evidence", title=missed.title
        )
