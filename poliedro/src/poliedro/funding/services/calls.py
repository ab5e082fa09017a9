"""Calls are written here: created from a document, changed as a new version, published, closed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import yaml
from django.db import transaction
from django.utils import timezone

from poliedro.audit.services import record
from poliedro.funding.models import Call, CallLine, CallVersion, Measure, Programme
from poliedro.funding.rules.document import CallDocument, InvalidCall, read_call, tried_cases, with_versions
from poliedro.funding.rules.soundness import faults_of, said_of
from poliedro.funding.rules.states import NotAllowed
from poliedro.reference.models import Certainty, Code, Load, ProgrammePeriod, Source
from poliedro.shared.refusals import Refusal


class CannotPublish(Refusal):
    """A draft that may not be published; the message says which rules stand against each other."""


@transaction.atomic
def create_call(
    *, measure: Measure, document: Mapping[str, Any], source: Source, by: Any, load: Load | None = None, **fields: Any
) -> Call:
    """A call in draft with its first version. Raises InvalidCall."""
    read = read_call(document)
    if Call.objects.filter(key=read.key).exists():
        raise InvalidCall("there is a call '%(call)s' already; change that one, or choose another key", call=read.key)
    call = Call.objects.create(
        measure=measure,
        key=read.key,
        title_it=read.title.it,
        title_en=read.title.en,
        about_it=read.about.it,
        about_en=read.about.en,
        source=source,
        certainty=source.certainty,
        load=load,
        **fields,
    )
    save_version(call=call, document=dict(document), note="", by=by)
    record(by=by, verb="create_call", subject_kind="funding.call", subject_key=call.key)
    return call


@transaction.atomic
def save_version(*, call: Call, document: dict[str, Any], note: str, by: Any) -> CallVersion:
    """Keep the document as the draft version: an open draft is rewritten, a published version followed by a new one.

    Raises InvalidCall.
    """
    read = read_call(document)
    if read.key != call.key:
        raise InvalidCall("the document is of call '%(read)s', not of '%(call)s'", read=read.key, call=call.key)
    newest = call.versions.order_by("-number").first()
    published = call.versions.filter(published_at__isnull=False).order_by("-number").first()
    number = 1 if newest is None else (newest.number if newest.published_at is None else newest.number + 1)
    stated = with_versions(document, published.document if published else None, number)
    if newest is not None and newest.published_at is None:
        newest.document, newest.note = stated, note or newest.note
        newest.created_by = by if getattr(by, "is_authenticated", False) else newest.created_by
        newest.save()
        version = newest
    else:
        version = CallVersion.objects.create(
            call=call,
            number=number,
            document=stated,
            note=note,
            created_by=by if getattr(by, "is_authenticated", False) else None,
        )
    if call.state == Call.State.DRAFT:
        _take_over(call, read)
        call.save(update_fields=["title_it", "title_en", "about_it", "about_en"])
        _lines(call, version)
    record(by=by, verb="save_version", subject_kind="funding.call", subject_key=call.key, version=version.number)
    return version


def _take_over(call: Call, read: CallDocument) -> None:
    """The call is called, and is about, what its document says; a published one follows when the next is published."""
    call.title_it, call.title_en = read.title.it, read.title.en
    call.about_it, call.about_en = read.about.it, read.about.en


def _lines(call: Call, version: CallVersion) -> None:
    """The call's lines as the document has them; a line with applications stays."""
    document = version.rules
    keys = [line.key for line in document.lines]
    call.lines.exclude(key__in=keys).filter(applications=None).delete()
    for position, line in enumerate(document.lines):
        CallLine.objects.update_or_create(
            call=call,
            key=line.key,
            defaults={
                "title_it": line.title.it,
                "title_en": line.title.en,
                "budget_eur": line.budget_eur,
                "position": position,
            },
        )


@transaction.atomic
def publish_version(
    *, version: CallVersion, by: Any, opens_on: date, closes_on: date | None = None, window_reason: str = ""
) -> CallVersion:
    """Put a version in force; the one before ends now. From then on it is frozen.

    window_reason: why a call without criteria is a window procedure, by order of arrival; kept where there are none.

    Raises:
        CannotPublish: a line cannot be won, or has no rules; a worked case comes out otherwise; or it has no criteria
            and no reason says that it is a window procedure.
        NotAllowed: the version was published before, or the call is over.
    """
    call = Call.objects.select_for_update().get(pk=version.call_id)
    if version.published_at is not None:
        raise NotAllowed("version %(number)s was published before; make a new one", number=version.number)
    if call.state in (Call.State.CLOSED, Call.State.DECIDED):
        raise NotAllowed("the call is %(call_state)s; a new edition is a new call", call_state=call.state)
    faults = [f for f in faults_of(version.rules) if f.blocks]
    if faults:
        raise CannotPublish("the rules are not sound: %(faults)s", faults=[said_of(f) for f in faults])
    check_cases(version.rules)
    reason = "" if version.rules.criteria else window_reason.strip()
    if not version.rules.criteria and not reason:
        raise CannotPublish(
            "it has no criteria, so that applications cannot be scored nor ranked; add criteria, or state why it is a "
            "window procedure, by order of arrival"
        )
    now = timezone.now()
    call.versions.filter(published_at__isnull=False, valid_to=None).update(valid_to=now)
    version.published_at, version.window_reason = now, reason
    version.save(update_fields=["published_at", "window_reason", "checksum"])
    call.state, call.opens_on, call.closes_on = Call.State.PUBLISHED, opens_on, closes_on
    _take_over(call, version.rules)
    call.full_clean(exclude=["load"])
    call.save()
    _lines(call, version)
    record(
        by=by, verb="publish_version", subject_kind="funding.call", subject_key=call.key, version=version.number,
        checksum=version.checksum, **({"why": reason} if reason else {}),
    )  # fmt: skip
    return version


def check_cases(document: CallDocument) -> None:
    """Raises CannotPublish where a worked case of the call comes out otherwise than it says."""
    wrong = [t for t in tried_cases(document) if t.differs]
    if wrong:
        raise CannotPublish(
            "worked cases come out otherwise than they say: %(cases)s; change the rule or the case",
            cases=[f"{t.case.name.it} / {t.case.name.en}" if t.case.name.it != t.case.name.en else t.case.name.en
                   for t in wrong],
        )  # fmt: skip


@transaction.atomic
def close_call(*, call: Call, by: Any) -> Call:
    """No more applications. Raises NotAllowed."""
    if call.state != Call.State.PUBLISHED:
        raise NotAllowed("the call is %(call_state)s; only a published one is closed", call_state=call.state)
    call.state = Call.State.CLOSED
    call.save(update_fields=["state"])
    record(by=by, verb="close_call", subject_kind="funding.call", subject_key=call.key)
    return call


@transaction.atomic
def load_call_file(
    *, path: Path, source: Source, by: Any, load: Load | None = None, publish: bool = True
) -> tuple[Call, bool]:
    """A call from a file (programme, measure, call, document), published with its days. Again: nothing changes.

    Returns the call and whether it was made. Raises InvalidCall.
    """
    raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    for part in ("programme", "measure", "call", "document"):
        if not isinstance(raw, dict) or part not in raw:
            raise InvalidCall(
                "%(name)s has no part '%(part)s'; it has programme, measure, call and document",
                name=path.name,
                part=part,
            )
    key = raw["document"].get("key")
    existing = Call.objects.filter(key=key).first()
    if existing is not None:
        return existing, False
    measure = _measure(raw, source, load)
    about = dict(raw["call"])
    is_example = bool(about.pop("example", False))
    opens_on, closes_on = about.pop("opens_on"), about.pop("closes_on", None)
    window_reason = about.pop("window_reason", "")
    areas = about.pop("areas", [])
    own = _example_source(source) if is_example else source
    call = create_call(measure=measure, document=raw["document"], source=own, by=by, load=load, **about)
    if areas:
        call.areas.set(Code.objects.filter(classification__key="s3", code__in=areas))
    if publish:
        version = call.versions.get(number=1)
        publish_version(version=version, by=by, opens_on=opens_on, closes_on=closes_on, window_reason=window_reason)
        call.refresh_from_db()
    return call, True


def _example_source(source: Source) -> Source:
    return Source.objects.get_or_create(
        key="example-calls",
        defaults={
            "name": "Example calls",
            "publisher": source.publisher,
            "certainty": Certainty.SYNTHETIC,
            "description_it": "Bandi d'esempio, non pubblicati da nessuna autorità.",
            "description_en": "Example calls, published by no authority.",
        },
    )[0]


def _measure(raw: Mapping[str, Any], source: Source, load: Load | None) -> Measure:
    p, m = raw["programme"], dict(raw["measure"])
    programme, _made = Programme.objects.get_or_create(
        key=p["key"],
        defaults={
            "name_it": p["it"],
            "name_en": p["en"],
            "authority": p["authority"],
            "period": ProgrammePeriod.objects.filter(key=p.get("period")).first(),
            "budget_eur": p.get("budget_eur"),
            "url": p.get("url", ""),
            "source": source,
            "certainty": source.certainty,
            "load": load,
        },
    )
    key, name_it, name_en = m.pop("key"), m.pop("it"), m.pop("en")
    measure, _made = Measure.objects.get_or_create(
        key=key,
        defaults={
            "programme": programme,
            "name_it": name_it,
            "name_en": name_en,
            "source": source,
            "certainty": source.certainty,
            "load": load,
            **m,
        },
    )
    return measure
