"""Letters to those who asked and to those who answer, in their language, sent once the transaction holds."""

from __future__ import annotations

from django.core import signing
from django.core.mail import send_mail
from django.db import transaction
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from poliedro.registry.models import StaffAssignment
from poliedro.registry.queries.roles import MANAGING
from poliedro.shared.spoken import short_day
from poliedro.support.models import Request

SALT = "poliedro.support.request"


def token_of(request: Request) -> str:
    """What proves that its bearer asked: signed, so that nobody can make one for another request."""
    return signing.dumps(request.pk, salt=SALT)


def request_of(token: str) -> Request | None:
    """The request behind a token; None where nobody gave it out."""
    try:
        pk = signing.loads(token, salt=SALT)
    except signing.BadSignature:
        return None
    rows = Request.objects.select_related("service", "package", "cluster", "organisation", "case__feedback")
    return rows.filter(pk=pk).first()


def address_of(request: Request, site: str) -> str:
    """The page on which the asker confirms, follows and judges. site: scheme and host, such as https://host."""
    return site.rstrip("/") + reverse("support:asked", args=[token_of(request)])


def write_to_asker(request: Request, subject: str, text: str) -> None:
    """A letter to the address that asked; none where it left no address."""
    if request.email:
        _send(request.email, subject, text)


def confirm_letter(request: Request, site: str) -> None:
    with translation.override(request.language):
        write_to_asker(
            request,
            _("Please confirm your request: %(what)s") % {"what": request.subject},
            _(
                "Somebody, we hope you, asked for this service on the platform of the clusters: %(what)s.\n\n"
                "Confirm it here and it reaches those who answer:\n%(url)s\n\n"
                "If it was not you, do nothing: the request is erased after a week."
            )
            % {"what": request.subject, "url": address_of(request, site)},
        )


def received_letter(request: Request, site: str) -> None:
    with translation.override(request.language):
        write_to_asker(
            request,
            _("We have your request: %(what)s") % {"what": request.subject},
            _("You will have an answer by %(day)s. Here you see how far it is:\n%(url)s")
            % {"day": short_day(request.promised_on), "url": address_of(request, site)},
        )


def answer_letter(request: Request, site: str, text: str) -> None:
    with translation.override(request.language):
        write_to_asker(
            request,
            _("Answer to your request: %(what)s") % {"what": request.subject},
            f"{text}\n\n{address_of(request, site)}",
        )


def feedback_letter(request: Request, site: str) -> None:
    with translation.override(request.language):
        write_to_asker(
            request,
            _("What was it worth to you? %(what)s") % {"what": request.subject},
            _("Three questions, one minute. Your answer helps us to do better:\n%(url)s")
            % {"url": address_of(request, site)},
        )


def remind_those_who_answer(request: Request) -> None:
    """A letter to the managers of the cluster that was asked."""
    if request.cluster_id is None:
        return
    people = (
        StaffAssignment.objects.known()
        .filter(cluster=request.cluster_id, role__in=MANAGING, valid_to=None, person__user__isnull=False)
        .order_by("pk")
        .values_list("person__user__email", "person__user__language")
    )
    for email, language in sorted(set(people)):
        with translation.override(language):
            _send(
                email,
                _("Nobody has answered: %(what)s") % {"what": str(request)},
                _("The answer was promised by %(day)s. The request waits under My work.")
                % {"day": short_day(request.promised_on)},
            )


def _send(to: str, subject: str, text: str) -> None:
    def now() -> None:
        send_mail(" ".join(subject.split()), text, None, [to])

    transaction.on_commit(now)
