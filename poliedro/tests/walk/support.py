"""Real objects for the walk over the addresses of the room."""

from __future__ import annotations

from typing import Any

from services_made import DAY, SITE, member_asks, package, request, service, voucher_scheme
from walk.world import the_world

from poliedro.support.services.letters import token_of
from poliedro.support.services.requests import open_case
from poliedro.support.services.vouchers import issue_voucher


def samples() -> dict[str, list[dict[str, Any]]]:
    """Address -> its parts, of two clusters."""
    clusters = list(the_world().clusters.values())
    services = [service(c) for c in clusters]
    packages = [package(c) for c in clusters]
    waiting = [request(s) for s in services]
    cases = [open_case(request=member_asks(s), text="We come", on=DAY, by=None, site=SITE) for s in services]
    keys = [{"key": c.key} for c in clusters]
    of_services, of_packages = [{"pk": s.pk} for s in services], [{"pk": p.pk} for p in packages]
    pages = ("cluster_services", "desk", "cluster_use", "cluster_unmet", "keep", "new_service", "new_package")
    found: dict[str, list[dict[str, Any]]] = {f"support:{page}": keys for page in pages}
    found |= {f"support:{n}": of_services for n in ("service", "ask", "edit_service", "end_service")}
    found |= {f"support:{n}": of_packages for n in ("package", "ask_package", "end_package")}
    firms = the_world().firms.values()
    found["support:new_case_for"] = keys
    found["support:new_case"] = [{**k, "pk": f.pk} for k, f in zip(keys, firms, strict=True)]
    schemes = [voucher_scheme(c) for c in clusters]
    vouchers = [issue_voucher(scheme=s, organisation=f, on=DAY, by=None) for s, f in zip(schemes, firms, strict=True)]
    found["support:voucher_schemes"] = keys
    found["support:end_scheme"] = [{"pk": s.pk} for s in schemes]
    found["support:voucher"] = [{"pk": v.pk} for v in vouchers]
    found["support:ask_voucher"] = [{"pk": s.pk, "firm": f.pk} for s, f in zip(schemes, firms, strict=True)]
    found["support:asked"] = [{"token": token_of(r)} for r in waiting]
    found["support:answer"] = [{"pk": r.pk} for r in waiting]
    found["support:answer_with"] = [{"pk": r.pk, "action": "decline"} for r in waiting]
    found["support:case"] = [{"pk": c.pk} for c in cases]
    found["support:case_do"] = [{"pk": c.pk, "action": "note"} for c in cases]
    return found
