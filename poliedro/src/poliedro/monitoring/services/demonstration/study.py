"""A study of the demonstration, declared and frozen; the worker computes it and the demonstration's evaluator signs."""

from __future__ import annotations

from typing import Any

from poliedro.accounts.models import User
from poliedro.monitoring.models import Study
from poliedro.monitoring.rules.impact import Declaration
from poliedro.monitoring.services.impact import declare_study, freeze_study
from poliedro.shared.jobs import start_job

TITLE = "Effetto dell'adesione ai poli, ciclo 2007-13"
QUESTION = "Di quanto l'adesione a un polo fa crescere il fatturato nei tre anni successivi?"
OPINION = (
    "Dati sintetici, con un effetto noto del 6,2%: lo studio lo ritrova, il semplice confronto della crescita no. "
    "Non dice nulla delle imprese vere."
)


def build_study(*, by: Any = None) -> str:
    if Study.objects.filter(title=TITLE).exists():
        return "the study is there already"
    evaluator = User.objects.filter(email="evaluator@demo.example").first()
    version = declare_study(
        title=TITLE, declaration=Declaration(question=QUESTION, cycle="2007-13"), by=evaluator or by
    )
    freeze_study(version=version, by=evaluator or by)
    start_job(name="monitoring.demonstrate_study", title=TITLE, by=None, pk=version.pk)
    return "a study is declared; the worker computes it"
