"""The reconciliation with OpenCoesione: the run is stored, its differences become findings of data quality."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import override

from poliedro.audit.services import record
from poliedro.evidence import store
from poliedro.evidence.models import Run
from poliedro.evidence.runs.base import Reports, silent
from poliedro.evidence.services.runs import run_analysis
from poliedro.monitoring.queries.policy.reconcile import ANALYSIS
from poliedro.monitoring.rules.policy.reconcile import AMOUNT, BENEFICIARY, KINDS, MISSING_HERE, MISSING_THERE, TITLE
from poliedro.registry.models import DataQualityFinding
from poliedro.shared.templatetags.poliedro import spoken_number

MOST_SHOWN = 200
"""Findings of one kind; the stored run holds every difference, and one finding says how many more there are."""
FINDING = {kind: f"cup-{kind}" for kind in KINDS}
MORE = "cup-more"
WORDS: dict[str, tuple[str, str, str, str]] = {
    MISSING_HERE: (
        "CUP {cup}: in OpenCoesione, not among our projects",
        "CUP {cup}: in OpenCoesione, non tra i nostri progetti",
        (
            "The national open data know this project of the region; we hold no granted application or project with "
            "its "
            "CUP."
        ),
        (
            "I dati aperti nazionali conoscono questo progetto della regione; noi non abbiamo domande concesse né "
            "progetti con "
            "il suo CUP."
        ),
    ),
    MISSING_THERE: (
        "CUP {cup}: ours, not in OpenCoesione",
        "CUP {cup}: nostro, non in OpenCoesione",
        "We granted it; the loaded file of OpenCoesione does not have it. It may be too recent, or its CUP wrong.",
        (
            "Lo abbiamo concesso noi; il file di OpenCoesione caricato non lo contiene. Può essere troppo recente, o "
            "avere un "
            "CUP errato."
        ),
    ),
    AMOUNT: (
        "CUP {cup}: two public contributions",
        "CUP {cup}: due contributi pubblici",
        "Our grant and the public financing of OpenCoesione differ by {gap} EUR.",
        "La nostra concessione e il finanziamento pubblico di OpenCoesione differiscono di {gap} EUR.",
    ),
    TITLE: (
        "CUP {cup}: two titles",
        "CUP {cup}: due titoli",
        "Both sides name the project differently; check that it is the same.",
        "Le due fonti chiamano il progetto in modo diverso: verificare che sia lo stesso.",
    ),
    BENEFICIARY: (
        "CUP {cup}: two beneficiaries",
        "CUP {cup}: due beneficiari",
        "The applicant here and the beneficiary there are not the same body.",
        "Il richiedente presso di noi e il beneficiario nei dati nazionali non sono lo stesso soggetto.",
    ),
}


def run_reconciliation(*, by: Any = None, report: Reports = silent) -> Run:
    """Compare both sides as they are now and keep the findings. Where nothing changed, the stored run is found again
    and the findings stay as they are.

    Raises NoInput: nothing of OpenCoesione is loaded.
    """
    run = run_analysis(key=ANALYSIS, by=by, report=report)
    keep_findings(run=run, by=by)
    return run


@transaction.atomic
def keep_findings(*, run: Run, by: Any = None) -> int:
    """A finding for each difference; one that is gone is resolved, one that somebody explained stays explained.

    Returns how many differences the run holds.
    """
    rows = store.read_rows(run.tables.get(name="differences"))
    keys: list[str] = []
    for kind in KINDS:
        of_kind = [r for r in rows if r["kind"] == kind]
        for row in of_kind[:MOST_SHOWN]:
            keys.append(_keep(row))
        if len(of_kind) > MOST_SHOWN:
            keys.append(_more(kind, len(of_kind) - MOST_SHOWN))
    gone = DataQualityFinding.objects.filter(kind__in=[*FINDING.values(), MORE], state="open").exclude(key__in=keys)
    gone.update(state="resolved")
    record(by=by, verb="keep_reconciliation", subject_kind="evidence.run", subject_key=run.key, differences=len(rows))
    return len(rows)


def _keep(row: dict[str, Any]) -> str:
    kind, cup = row["kind"], row["cup"]
    gap = {language: _spoken(row["gap_eur"], language) for language in ("en", "it")}
    title_en, title_it, said_en, said_it = (
        w.format(cup=cup, gap=gap[language]) for w, language in zip(WORDS[kind], ("en", "it", "en", "it"), strict=True)
    )
    unit = "EUR" if kind == AMOUNT else ""
    return _write(
        f"{FINDING[kind]}-{cup}".lower(),
        {
            "kind": FINDING[kind],
            "severity": "warning" if kind in (AMOUNT, BENEFICIARY) else "note",
            "title_en": title_en,
            "title_it": title_it,
            "statement_en": said_en,
            "statement_it": said_it,
            "subject_kind": "cup",
            "subject_key": cup,
            "sides": [
                {"what": cup, "value": row[side] or None, "low": None, "high": None, "unit": unit if row[side] else "",
                 "source": row[source] or "–", "quote": ""}
                for side, source in (("ours", "our_source"), ("theirs", "their_source"))
                if row[side]
            ],
        },
    )  # fmt: skip


def _spoken(amount: Any, language: str) -> str:
    """An amount as a language writes it; empty for none."""
    if amount is None:
        return ""
    with override(language):
        return spoken_number(Decimal(str(amount)), 2)


def _more(kind: str, n: int) -> str:
    return _write(
        f"{MORE}-{kind}",
        {
            "kind": MORE,
            "severity": "note",
            "title_en": f"{n} more differences of this kind: {kind}",
            "title_it": f"Altre {n} differenze dello stesso tipo: {kind}",
            "statement_en": "The page of the reconciliation lists them all.",
            "statement_it": "La pagina della riconciliazione le elenca tutte.",
            "subject_kind": "cup",
            "subject_key": kind,
            "sides": [],
        },
    )


def _write(key: str, values: dict[str, Any]) -> str:
    """A finding that was resolved and is seen again is open again."""
    found, made = DataQualityFinding.objects.update_or_create(key=key, defaults=values)
    if not made and found.state == DataQualityFinding.State.RESOLVED:
        found.state = DataQualityFinding.State.OPEN
        found.save(update_fields=["state"])
    return key
