"""The steps of a study in words, for whoever watches it run."""

from __future__ import annotations

from django.utils.translation import gettext_noop as _

from poliedro.evidence.runs.base import Reports
from poliedro.monitoring.rules.impact import Declaration
from poliedro.shared.jobs import step_of

_STEPS = {
    "extract": _("drawing the extract from the register"),
    "prepare": _("the variables of each firm and year"),
    "production": _("estimating the production function"),
    "effects": _("matching and effects"),
    "checks": _("checks and placebos"),
    "breakdowns": _("by cluster and size"),
    "correction": _("correction for several outcomes"),
}
_OUTCOMES = {
    "turnover": _("Turnover"),
    "persons": _("Persons employed"),
    "value_added_per_worker": _("Value added per worker"),
    "tfp": _("Total factor productivity"),
}


def steps_of(d: Declaration) -> list[tuple[str, str]]:
    """Step and outcome, in their order."""
    each = ("effects", "checks", "breakdowns") if d.breakdowns else ("effects", "checks")
    first = ["extract", "prepare", *(["production"] if "tfp" in d.outcomes else [])]
    return [*((s, "") for s in first), *((s, o) for o in d.outcomes for s in each), ("correction", "")]


class Progress:
    """Tells which of the steps is under way; steps that a refusal spares are passed over."""

    def __init__(self, report: Reports, d: Declaration) -> None:
        self.report = report
        self.steps = steps_of(d)

    def begin(self, step: str, outcome: str = "") -> None:
        words = [_OUTCOMES[outcome]] if outcome else []
        self.report(self.steps.index((step, outcome)), len(self.steps), step_of(*words, _STEPS[step]))
