"""Letters that the site writes: sent once the transaction is kept, with the whole address of the page they speak of."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction


def address_of(path: str) -> str:
    """The whole address of a page, where the site knows its own (POLIEDRO_ORIGINS); else its path."""
    origins = list(settings.CSRF_TRUSTED_ORIGINS)
    return f"{origins[0]}{path}" if origins else path


def write_letter(*, to: Sequence[str], subject: str, text: str, path: str = "", stop: str = "") -> None:
    """One letter for each address, so that nobody reads the others'. Nothing is sent where the transaction fails.

    stop: the page that ends letters of this kind, for the mail program's own button (RFC 8058).
    """
    body = f"{text}\n\n{address_of(path)}\n" if path else f"{text}\n"
    for address in dict.fromkeys(a for a in to if a):
        transaction.on_commit(partial(_send, " ".join(subject.split()), body, address, stop))


def _send(subject: str, body: str, address: str, stop: str) -> None:
    headers = {"List-Unsubscribe": f"<{address_of(stop)}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    letter = EmailMessage(subject, body, settings.DEFAULT_FROM_EMAIL, [address], headers=headers if stop else None)
    letter.send()
