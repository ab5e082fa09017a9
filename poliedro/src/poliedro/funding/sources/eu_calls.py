"""Reads open calls as exported from the EU Funding & Tenders portal, with the faults that such files have.

The file: JSON objects run together with or without line breaks, plain or gzipped, with or without a byte-order mark;
text that was UTF-8 and was once read as cp1252 ("beneficiariesâ€™"); closed calls among the open ones; HTML left over.
"""

from __future__ import annotations

import gzip
import html
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from poliedro.shared.refusals import Refusal

GZIP = b"\x1f\x8b"
UNDEFINED = {0x81: "\x81", 0x8D: "\x8d", 0x8F: "\x8f", 0x90: "\x90", 0x9D: "\x9d"}
"""Bytes that cp1252 leaves undefined and that lenient readers pass on."""


def _byte_of(char: str) -> int | None:
    if ord(char) in UNDEFINED:
        return ord(char)
    try:
        return char.encode("cp1252")[0]
    except UnicodeEncodeError:
        return None


_NOT_ASCII = [chr(c) for c in range(0x80, 0x2123) if _byte_of(chr(c)) is not None]
_RUN = re.compile("[" + "".join(map(re.escape, _NOT_ASCII)) + "]{2,}")


class NotOpenCalls(Refusal):
    """The file holds no calls, or stops being JSON somewhere; the message says where."""


@dataclass(frozen=True)
class ReadCall:
    """One call of the file. status: open, forthcoming or closed, as published. Amounts in EUR; None: not stated."""

    topic: str
    title: str
    programme: str
    call: str
    call_title: str
    kind: str
    status: str
    deadline: date | None
    stages: str
    least_eur: Decimal | None
    most_eur: Decimal | None
    grants: int | None
    keywords: str
    text: str
    who: str
    url: str


def mend(text: str) -> str:
    """Text as it was before its UTF-8 was read as cp1252; what is no such fault stays as it is.

    "lâ€™ambiente" -> "l’ambiente"; "cittÃ " -> "città"; "città" -> "città".
    """
    return _RUN.sub(_mended, text)


def _mended(found: re.Match[str]) -> str:
    raw = bytes(b for b in map(_byte_of, found.group()) if b is not None)
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return found.group()


def plain(text: str) -> str:
    """Mended text without tags, entities and runs of spaces."""
    without = re.sub(r"<[^>]*>", " ", html.unescape(mend(text)))
    return re.sub(r"\s+", " ", without).strip().removeprefix('">').strip()


def objects_of(text: str) -> Iterator[dict[str, Any]]:
    """The JSON objects of a text, however they are strung together: lines, commas, an array, nothing at all.

    Raises:
        NotOpenCalls: at a place that is no object.
    """
    decoder, at, end = json.JSONDecoder(), 0, len(text)
    while True:
        while at < end and text[at] in " \t\r\n,[]":
            at += 1
        if at == end:
            return
        try:
            found, at = decoder.raw_decode(text, at)
        except json.JSONDecodeError as error:
            near = text[error.pos : error.pos + 40]
            raise NotOpenCalls(
                "character %(pos)s begins no JSON object ('%(near)s'); export the file again", pos=error.pos, near=near
            ) from error
        if not isinstance(found, dict):
            raise NotOpenCalls("'%(found)s' is no call; the file has to hold objects", found=str(found)[:40])
        yield found


def read_open_calls(path: Path) -> list[ReadCall]:
    """Every call of a file, closed ones included; a topic that comes twice counts once, the later one.

    Raises:
        NotOpenCalls: no JSON, or no call in it.
    """
    raw = path.read_bytes()
    if raw[:2] == GZIP:
        raw = gzip.decompress(raw)
    found = {call.topic: call for call in map(_call, objects_of(raw.decode("utf-8-sig"))) if call.topic}
    if not found:
        raise NotOpenCalls("%(name)s holds no call with a topicId", name=path.name)
    return list(found.values())


def _call(row: dict[str, Any]) -> ReadCall:
    def text(name: str, size: int | None = None) -> str:
        value = row.get(name)
        return plain(value if isinstance(value, str) else "")[:size]

    least, most = _amount(row.get("budgetMin")), _amount(row.get("budgetMax"))
    if least is not None and most is not None and most < least:
        least, most = most, least
    status = text("callStatus").lower()
    return ReadCall(
        topic=text("topicId", 120),
        title=text("title", 500),
        programme=text("programme", 200),
        call=text("callIdentifier", 120),
        call_title=text("callTitle", 500),
        kind=text("typesOfAction", 200),
        status=status if status in ("open", "forthcoming") else "closed",
        deadline=_day(row.get("deadline")),
        stages=text("deadlineModel", 60) or text("stage", 60),
        least_eur=least,
        most_eur=most,
        grants=int(row["expectedGrants"]) if str(row.get("expectedGrants") or "").isdigit() else None,
        keywords=text("keywords"),
        text=text("description") or text("objectives"),
        who=text("topicConditions"),
        url=text("portalUrl", 500) if text("portalUrl").startswith("https://") else "",
    )


def _day(value: Any) -> date | None:
    try:
        return date.fromisoformat(str(value or "")[:10])
    except ValueError:
        return None


def _amount(value: Any) -> Decimal | None:
    """EUR above zero; None where nothing is stated."""
    if isinstance(value, int | float) and value > 0:
        return Decimal(str(value)).quantize(Decimal("0.01"))
    return None
