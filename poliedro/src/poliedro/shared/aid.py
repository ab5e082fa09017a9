"""State aid that a room grants is kept in the register of aid of another room beside it, which neither may import.

The room that keeps the register says so once (`keep_aid_register`); whoever grants aid hands it over (`grant_aid`) in
its own transaction and remembers the key of the award. Without a register nothing is handed over, and the key is None.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, Protocol


class AidRegister(Protocol):
    """Keeps aid to firms. `grant` raises a Refusal where the aid would pass a ceiling."""

    def grant(
        self,
        *,
        organisation: Any,
        regime: str,
        amount_eur: Decimal,
        granted_on: date,
        measure: str,
        source: Any,
        by: Any,
    ) -> int: ...

    def amend(self, *, key: int, amount_eur: Decimal, by: Any) -> int | None: ...


_REGISTER: list[AidRegister] = []


def keep_aid_register(register: AidRegister) -> None:
    _REGISTER[:] = [register]


def grant_aid(**aid: Any) -> int | None:
    """Hand over aid that was granted; the key of the award. Fields as of `AidRegister.grant`. Raises its Refusal."""
    return _REGISTER[0].grant(**aid) if _REGISTER else None


def amend_aid(*, key: int, amount_eur: Decimal, by: Any) -> int | None:
    """Have the award of that key count with another amount; the key of what counts now, None for no amount. Raises the
    register's Refusal where more than before would pass a ceiling."""
    return _REGISTER[0].amend(key=key, amount_eur=amount_eur, by=by) if _REGISTER else None
