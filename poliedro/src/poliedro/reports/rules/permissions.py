"""The room's part of the permission matrix."""

from __future__ import annotations

from poliedro.registry.rules.permissions import Form, Reach, RoleName

GRANTS: dict[str, dict[RoleName, Reach]] = {
    "reports.edit_report": {RoleName.REGIONAL_OFFICER: Reach.ALL},
    "reports.publish_report": {RoleName.REGIONAL_OFFICER: Reach.ALL},
}
DIFFERENCES: dict[Form, dict[str, dict[RoleName, Reach | None]]] = {
    Form.SECRETARIAT: {"reports.edit_report": {RoleName.AGENCY_STAFF: Reach.ALL}},
}
