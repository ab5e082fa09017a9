from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter


class AccountAdapter(DefaultAccountAdapter):
    """A user has a name and an e-mail address, no user name."""

    def populate_username(self, request: Any, user: Any) -> None:
        return None
