"""The groups of actors that an ecosystem is made of, coarser than kinds of organisation."""

from __future__ import annotations

GROUPS: dict[str, tuple[str, ...]] = {
    "firms": ("enterprise", "start_up", "large_firm"),
    "research": ("university", "department", "research_body"),
    "schools": ("its",),
    "support": ("incubator", "accelerator", "science_park", "management_body", "association", "fdi_agency"),
    "capital": ("investor", "bank_foundation"),
    "public": ("public_authority", "third_sector"),
}
"""Group -> kinds; every other kind belongs to `others`."""
_GROUP = {kind: group for group, kinds in GROUPS.items() for kind in kinds}


def group_of(kind: str) -> str:
    return _GROUP.get(kind, "others")
