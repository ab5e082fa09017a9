"""Words of the policy pages."""

from __future__ import annotations

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from poliedro.shared.components import Crumb, Tab

Words = dict[str, str | Promise]
KINDS: Words = {
    "area": _("focus area"),
    "objective": _("objective"),
    "action": pgettext_lazy("policy", "action"),
    "indicator": _("indicator"),
    "measure": _("measure"),
}
ROLES: Words = {"output": _("output"), "result": _("result")}
STATUS: Words = {
    "reached": _("target reached"),
    "on_track": _("on track"),
    "behind": _("behind"),
    "missed": _("target missed"),
    "unknown": _("cannot be told"),
    "unlike": _("not compared: one of baseline and value is invented, the other is not"),
}
STATUS_MARKS: dict[str, str] = {
    "reached": "✓",
    "on_track": "●",
    "behind": "▲",
    "missed": "✕",
    "unknown": "?",
    "unlike": "≠",
}
ORPHANS: Words = {
    "objective-hangs-loose": _("The objective belongs to no focus area: choose one."),
    "action-hangs-loose": _("The action serves no objective: choose one, or end the action."),
    "area-without-objective": _("The focus area has no objective: add one."),
    "objective-without-action": _("Nobody acts on the objective: add an action."),
    "objective-without-result": _("The objective has no result indicator: nobody will see whether it is met."),
    "action-without-output": _("The action has no output indicator: nobody will see what it makes."),
    "node-without-owner": _("Nobody answers for it: name an owner."),
    "indicator-hangs-loose": _("The indicator belongs to no objective or action."),
    "indicator-without-owner": _("Nobody answers for the indicator: name an owner."),
    "indicator-without-evidence": _("It is not said where its values can be checked: name the evidence."),
    "indicator-without-target": _("The indicator has no target."),
    "measure-without-action": _("A measure in force serves no action: link it to one."),
}
SOURCES: Words = {
    "calls": _("Calls, decisions and cost claims"),
    "clusters": _("Regional projects of the clusters"),
    "cohesion": _("OpenCoesione"),
}
FAULTS: Words = {
    "committed-beyond-allocated": _("More is committed than was allocated."),
    "paid-beyond-committed": _("More is paid than was committed."),
}
GROUPS: Words = {
    "start_up": _("start-ups"),
    "micro": _("micro firms"),
    "small": _("small firms"),
    "medium": _("medium firms"),
    "large": _("large firms"),
    "research_body": _("research bodies"),
    "university": _("universities"),
    "its": _("higher technical schools (ITS)"),
    "third_sector": _("third-sector bodies"),
}
STAGES: Words = {
    "idea": _("idea"),
    "start_up": _("start-up"),
    "growth": _("growth"),
    "mature": _("established firm"),
    "body": "",
}
DIFFERENCES: Words = {
    "missing-here": _("in OpenCoesione, not here"),
    "missing-there": _("here, not in OpenCoesione"),
    "amount": _("another amount"),
    "title": _("another title"),
    "beneficiary": _("another beneficiary"),
}


def language() -> str:
    """ "it" or "en"."""
    return "it" if (get_language() or "").startswith("it") else "en"


def in_language(it: str, en: str) -> str:
    return (it if language() == "it" else en) or it or en


def policy_tabs(here: str) -> list[Tab]:
    """The pages of the policy. here: url name of the open one."""
    pages = (
        ("monitoring:policy", _("Intervention logic")),
        ("monitoring:policy_reports", _("Quarterly reports")),
        ("monitoring:policy_mix", _("Policy mix")),
        ("monitoring:s3", _("S3 monitoring")),
        ("monitoring:objectives", _("Industrial modernisation")),
    )
    return [Tab(str(label), reverse(name), name == here) for name, label in pages]


def policy_crumbs(*more: Crumb) -> list[Crumb]:
    return [Crumb(str(_("Intervention logic")), reverse("monitoring:policy")), *more]
