"""A cluster's member list as a file that the importer of lists takes back without loss."""

from __future__ import annotations

import io
from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from typing import Any

from poliedro.audit.services import record
from poliedro.registry.models import Cluster, Identifier, MembershipSpell
from poliedro.registry.queries.visibility import NOBODY_IN, kept_back
from poliedro.registry.services.imports.uploads import check_may
from poliedro.shared.spreadsheet import csv_lines

HEADER = (
    "name", "tax_code", "vat", "lei", "pic", "number", "kind", "municipality", "province", "activity", "category",
    "fee_class", "joined_on", "left_on", "leave_reason", "website",
)  # fmt: skip


def member_rows(cluster: Cluster, by: Any = NOBODY_IN) -> Iterator[list[str]]:
    """Every spell of the cluster that is known now, by name and day, in the columns of HEADER. Three queries.

    by: the reader. A site, a town or an activity that the member keeps back is left empty; what the membership needs
    stands.
    """
    spells = (
        MembershipSpell.objects.known()
        .filter(cluster=cluster)
        .select_related("organisation__territory__parent", "organisation__nace")
        .order_by("organisation__name", "organisation", "valid_from")
    )
    numbers: dict[int, dict[str, str]] = defaultdict(dict)
    held = Identifier.objects.known().filter(organisation__memberships__cluster=cluster).distinct().order_by("pk")
    for organisation, scheme, value in held.values_list("organisation", "scheme", "value"):
        numbers[organisation].setdefault(scheme, value)
    hidden = kept_back(by, among=[s.organisation_id for s in spells])
    for spell in spells:
        body, own = spell.organisation, numbers[spell.organisation_id]
        place = None if body.pk in hidden["place"] else body.territory
        town = place.name if place and place.level == "lau" else ""
        province = place.parent if place and place.level == "lau" else place
        yield [
            body.name,
            own.get("tax_code", ""),
            own.get("vat", ""),
            own.get("lei", ""),
            own.get("pic", ""),
            str(body.pk),
            body.kind,
            town,
            (province.national_code or province.name) if province and province.level == "nuts3" else "",
            body.nace.code if body.nace and body.pk not in hidden["activities"] else "",
            spell.category,
            spell.fee_class,
            _day(spell.valid_from),
            _day(spell.valid_to),
            spell.leave_reason,
            "" if body.pk in hidden["website"] else body.website,
        ]


def _day(value: date | None) -> str:
    return value.isoformat() if value else ""


def export_members(*, cluster: Cluster, suffix: str, by: Any) -> bytes:
    """The list as "csv" (UTF-8 with its mark, `;`) or "xlsx". Raises NotPermitted.

    Text that a spreadsheet would take for a formula stays text: as CSV behind an apostrophe, which the importer takes
    away again.
    """
    check_may(by, "registry.view_member_file", cluster)
    rows = list(member_rows(cluster, by))
    record(
        by=by, verb="export_members", subject_kind="cluster", subject_key=cluster.key, act="read", rows=len(rows),
        format=suffix,
    )  # fmt: skip
    if suffix == "csv":
        return "".join(csv_lines([HEADER, *rows])).encode()
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    sheet = book.create_sheet("members")
    sheet.freeze_panes = "A2"
    sheet.append(HEADER)
    for row in rows:
        sheet.append([_text(sheet, cell) for cell in row])
    done = io.BytesIO()
    book.save(done)
    return done.getvalue()


def _text(sheet: Any, value: str) -> Any:
    """A cell of text, whatever it looks like: no number, no formula, no lost leading nought."""
    from openpyxl.cell import WriteOnlyCell

    cell = WriteOnlyCell(sheet, value=value)
    cell.data_type = "s"
    return cell if value else None
