"""Where the memberships come from that a study counts before any outcome is read."""

from __future__ import annotations

from poliedro.registry.models import MembershipSpell


def sources_of_memberships() -> tuple[str, str]:
    """Names of the sources of what is known of memberships today, and "synthetic" where one of them is invented; empty
    texts where there are none."""
    rows = MembershipSpell.objects.known().order_by("source__name").values_list("source__name", "certainty").distinct()
    found = list(rows)
    names = dict.fromkeys(name for name, _certainty in found)
    return ", ".join(names), "synthetic" if any(certainty == "synthetic" for _name, certainty in found) else ""
