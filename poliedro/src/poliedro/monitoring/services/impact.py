"""Impact studies: declare, freeze, open the data room, compute, revise, sign. Each act is audited."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext

from poliedro.audit.models import LogEntry
from poliedro.audit.services import record
from poliedro.evidence.files import folder, keep_file
from poliedro.evidence.models import Run
from poliedro.evidence.runs.base import Reports, silent
from poliedro.evidence.services.runs import keep_analysis
from poliedro.monitoring.models import Study, StudyVersion
from poliedro.monitoring.queries.impact import DRAW, RUN, running
from poliedro.monitoring.report.words import searched_words
from poliedro.monitoring.rules.impact import (
    Declaration,
    StudyRefused,
    check_can_change,
    check_can_open,
    check_can_sign,
    check_declaration,
    fingerprint,
    stored_form,
)
from poliedro.shared.jobs import start_job
from poliedro.shared.models import Job
from poliedro.shared.search import Entry, index

KIND = "impact_study"


def _key(version: StudyVersion) -> str:
    return f"{version.study.key}/{version.number}"


def _user(by: Any) -> Any:
    return by if getattr(by, "is_authenticated", False) else None


@transaction.atomic
def declare_study(*, title: str, declaration: Declaration, by: Any) -> StudyVersion:
    """A new study with its first version, a draft."""
    base = slugify(title)[:50] or "study"
    key, n = base, 1
    while Study.objects.filter(key=key).exists():
        n += 1
        key = f"{base}-{n}"
    study = Study.objects.create(key=key, title=title[:200], by=_user(by))
    version = StudyVersion.objects.create(study=study, number=1, declaration=stored_form(declaration), by=_user(by))
    record(by=by, verb="declare_study", subject_kind=KIND, subject_key=_key(version))
    return version


def _locked(version: StudyVersion) -> StudyVersion:
    return StudyVersion.objects.select_for_update(of=("self",)).select_related("study").get(pk=version.pk)


@transaction.atomic
def change_declaration(*, version: StudyVersion, declaration: Declaration, by: Any) -> StudyVersion:
    """Change a draft. Raises StudyRefused once it is frozen."""
    found = _locked(version)
    check_can_change(found.state)
    found.declaration = stored_form(declaration)
    found.save(update_fields=["declaration"])
    record(by=by, verb="change_declaration", subject_kind=KIND, subject_key=_key(found))
    return found


@transaction.atomic
def freeze_study(*, version: StudyVersion, by: Any) -> StudyVersion:
    """Close the declaration with its fingerprint. Only then may outcomes be opened.

    Raises:
        DeclarationRefused: it cannot be estimated as it stands. StudyRefused: it is frozen already.
    """
    found = _locked(version)
    check_can_change(found.state)
    check_declaration(found.declared)
    found.hash, found.frozen_at, found.frozen_by = fingerprint(found.declared), timezone.now(), _user(by)
    found.save(update_fields=["hash", "frozen_at", "frozen_by"])
    record(by=by, verb="freeze_study", subject_kind=KIND, subject_key=_key(found), hash=found.hash)
    return found


def open_data_room(*, version: StudyVersion, by: Any) -> StudyVersion:
    """Draw the extract from the register, once; from then on the study reads the extract alone.

    Raises:
        StudyRefused: the declaration is a draft. NothingToStudy: nobody to treat or to compare with.
    """
    from poliedro.monitoring.runs.extract import make_extract  # the numeric libraries cost seconds to load

    current = StudyVersion.objects.select_related("study").get(pk=version.pk)
    check_can_open(current.state)
    if current.opened_at is not None:
        return current
    made = make_extract(current.declared, current.study.key)
    path = f"rooms/{current.study.key}/{current.number}-{made.checksum[:16]}.parquet"
    keep_file(path, made.body)
    with transaction.atomic():
        found = _locked(version)
        check_can_open(found.state)
        if found.opened_at is None:  # else another process was faster
            found.opened_at, found.extract_path, found.extract_checksum = timezone.now(), path, made.checksum
            found.extract_rows, found.extract_sources, found.certainty = made.rows, made.sources, made.certainty
            found.flow = [step.stored() for step in made.flow]
            found.save()
            record(
                by=by, verb="open_data_room", subject_kind=KIND, subject_key=_key(found), checksum=made.checksum,
                rows=made.rows,
            )  # fmt: skip
    return found


def read_extract(*, version: StudyVersion, what: str, by: Any) -> bytes:
    """The extract's file for the data room; who read it is logged.

    Raises:
        StudyRefused: the declaration is not frozen, or the room was not opened yet, or the file is not what was drawn.
    """
    import hashlib

    check_can_open(version.state)
    if not version.extract_path:
        raise StudyRefused("the data room was not opened yet; run the study, or open the room")
    path = folder() / version.extract_path
    if not path.exists():
        raise StudyRefused(f"{version.extract_path} is not in the store; restore it")
    body = path.read_bytes()
    if hashlib.sha256(body).hexdigest() != version.extract_checksum:
        raise StudyRefused(f"{version.extract_path} is not what was drawn; restore it")
    log_reading(version=version, what=what, by=by)
    return body


def log_reading(*, version: StudyVersion, what: str, by: Any) -> None:
    """Put into the log that somebody read data of single firms."""
    record(by=by, act=LogEntry.Act.READ, verb=f"read_{what}", subject_kind=KIND, subject_key=_key(version))


@transaction.atomic
def start_study(*, version: StudyVersion, title: str, by: Any) -> Job:
    """Queue the calculation; while one is under way, that is the answer. Raises StudyRefused for a draft."""
    check_can_open(version.state)
    _locked(version)
    return running(version) or start_job(name=RUN, title=title, by=by, pk=version.pk)


def run_study(*, version: StudyVersion, by: Any = None, report: Reports = silent) -> Run:
    """Open the data room if need be, compute, and keep the result in the evidence store with where it comes from.

    Raises:
        StudyRefused: the declaration is a draft. NothingToStudy: nobody to treat or to compare with.
    """
    from poliedro.monitoring.runs.impact.progress import Progress
    from poliedro.monitoring.runs.impact.study import analysis_of

    if version.opened_at is None:
        Progress(report, version.declared).begin("extract")
    opened = open_data_room(version=version, by=by)
    run = keep_analysis(analysis=analysis_of(opened), by=by, report=report)
    with transaction.atomic():
        found = _locked(version)
        if found.signed_at is None and found.run_id != run.pk:
            found.run, found.computed_at = run, timezone.now()
            found.save(update_fields=["run", "computed_at"])
            record(by=by, verb="run_study", subject_kind=KIND, subject_key=_key(found), run=run.key)
    return run


@transaction.atomic
def revise_study(*, version: StudyVersion, why: str, by: Any) -> StudyVersion:
    """A new version, a draft that begins with the declaration of an earlier one, which stays beside it.

    Raises:
        StudyRefused: no reason is given, or a draft is open already.
    """
    if not why.strip():
        raise StudyRefused("say in a sentence what changes and why; it will stand beside the earlier version")
    study = Study.objects.select_for_update().get(pk=version.study_id)
    draft = study.versions.filter(frozen_at=None).order_by("-number").first()
    if draft is not None:
        raise StudyRefused(f"version {draft.number} is a draft already; change that one")
    last = study.versions.aggregate(n=Max("number"))["n"] or 0
    new = StudyVersion.objects.create(
        study=study, number=last + 1, declaration=version.declaration, why=why.strip()[:300], by=_user(by)
    )
    record(by=by, verb="revise_study", subject_kind=KIND, subject_key=_key(new), of=version.number)
    return new


@transaction.atomic
def sign_study(*, version: StudyVersion, opinion: str, by: Any, site: str = "") -> StudyVersion:
    """The evaluator's name under the result: from then on anyone may read it.

    site: with its scheme, such as https://host/; given, the papers are drawn in the background.


    Raises:
        StudyRefused: not computed, signed already, or without an opinion.
    """
    found = _locked(version)
    check_can_sign(found.state)
    if not opinion.strip():
        raise StudyRefused("write what you think of the result; it is published with your name")
    found.signed_at, found.signed_by, found.opinion = timezone.now(), _user(by), opinion.strip()
    found.save(update_fields=["signed_at", "signed_by", "opinion"])
    index_studies([found])
    record(by=by, verb="sign_study", subject_kind=KIND, subject_key=_key(found))
    if site:
        _start_drawing(found, site, by)
    return found


def index_studies(signed: Iterable[StudyVersion]) -> int:
    """Put studies into the site's search with their last signed version. Nothing takes them out: what is signed stays.

    Unsigned versions among them are passed over. Returns how many studies.
    """
    last = {v.study_id: v for v in sorted(signed, key=lambda v: v.number) if v.signed_at}
    return index(
        Entry(
            "study",
            version.study.key,
            version.study.title,
            searched_words(version),
            reverse("monitoring:study", args=[version.study.key, version.number]),
        )
        for version in last.values()
    )


def index_studies_daily(today: date) -> str:
    """Daily: every signed study in the search, also those that were signed before studies were indexed."""
    rows = StudyVersion.objects.filter(signed_at__isnull=False).select_related("study").order_by("study", "number")
    return f"{index_studies(rows)} studies in the search"


@transaction.atomic
def draw_papers(*, version: StudyVersion, site: str, by: Any) -> Job:
    """Queue the papers of a computed version; while they are being drawn, that is the answer.

    Raises:
        StudyRefused: not computed.
    """
    found = _locked(version)
    if found.run_id is None:
        raise StudyRefused(f"the study is {found.state}; run it first")
    return running(found, DRAW) or _start_drawing(found, site, by)


def _start_drawing(version: StudyVersion, site: str, by: Any) -> Job:
    title = gettext("Draw the report of %(study)s") % {"study": str(version)}
    return start_job(name=DRAW, title=title, by=by, pk=version.pk, site=site)


def replication_package(*, version: StudyVersion, by: Any) -> bytes:
    """A zip with the panel, the program and the digits; who took it is logged.

    Raises:
        StudyRefused: not computed, or the extract is not what was drawn.
    """
    from poliedro.monitoring.runs.impact.replicate import package

    if version.run is None:
        raise StudyRefused(f"the study is {version.state}; run it first")
    read_extract(version=version, what="replication_package", by=by)
    return package(version)
