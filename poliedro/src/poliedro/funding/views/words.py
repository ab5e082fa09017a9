"""Facts, conditions and changes in the reader's language."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.forms import BaseForm
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from poliedro.funding.models import Application, Call, Contract, CostClaim, Decision
from poliedro.funding.rules.conditions import PARTNERS, Condition
from poliedro.funding.rules.document import CallDocument
from poliedro.funding.rules.explain import Step
from poliedro.funding.rules.facts import FACTS, Kind
from poliedro.registry.models import Organisation
from poliedro.shared.refusals import Refusal
from poliedro.shared.templatetags.poliedro import spoken_number
from poliedro.shared.told import Words, told

FACT_WORDS: dict[str, str | Promise] = {
    "kind": gettext_lazy("kind of organisation"),
    "size_class": gettext_lazy("size class, linked firms counted"),
    "age_years": gettext_lazy("age in years"),
    "years_of_accounts": gettext_lazy("years of filed accounts"),
    "persons": gettext_lazy("persons employed"),
    "nace": gettext_lazy("main activity (NACE)"),
    "site_in_region": gettext_lazy("has a site in the region"),
    "innovative_start_up": gettext_lazy("innovative start-up (official list)"),
    "cluster_member": gettext_lazy("member of an innovation cluster"),
    "end_user": gettext_lazy("end user of the results"),
    "reports_due": gettext_lazy("never reported on earlier aid"),
    "in_difficulty": gettext_lazy("firm in difficulty"),
    "other_applications": gettext_lazy("other applications to this call"),
    "de_minimis_room_eur": gettext_lazy("de minimis aid still possible, EUR"),
    "staff_costs_only": gettext_lazy("claims staff costs only"),
    "grant_part_share": gettext_lazy("part of its cost paid as a grant"),
    "cost_share": gettext_lazy("its part of the cost"),
    "trl_start": gettext_lazy("TRL at the start"),
    "trl_end": gettext_lazy("TRL at the end"),
    "innovation_type": gettext_lazy("type of innovation"),
    "research_kind": gettext_lazy("what the project mostly does"),
    "duration_months": gettext_lazy("duration in months"),
    "total_cost_eur": gettext_lazy("total cost, EUR"),
    "research_contract_share": gettext_lazy("part of the cost in research contracts"),
    "hires_apprentice": gettext_lazy("hires a higher apprentice"),
    "feasibility_study": gettext_lazy("is a feasibility study"),
    "buys_services": gettext_lazy("buys innovation services"),
    "business_plan": gettext_lazy("has a business plan"),
    "milestone_plan": gettext_lazy("has a plan of milestones"),
    "incubator_letter": gettext_lazy("has a letter of an incubator"),
    "in_research_agenda": gettext_lazy("in the cluster's research agenda"),
}
INNOVATION_WORDS: dict[str, str | Promise] = {
    "research": gettext_lazy("research and development"),
    "product": gettext_lazy("product"),
    "process": gettext_lazy("process"),
    "organisation": gettext_lazy("organisation and management"),
    "marketing": gettext_lazy("marketing"),
    "design": gettext_lazy("design"),
    "social": gettext_lazy("social innovation"),
}
RESEARCH_WORDS: dict[str, str | Promise] = {
    "fundamental": gettext_lazy("fundamental research"),
    "industrial": gettext_lazy("industrial research"),
    "experimental": gettext_lazy("experimental development"),
    "study": gettext_lazy("a feasibility study"),
}

STATES = dict(Application.State.choices)
SCOPES: dict[str, str | Promise] = {"party": gettext_lazy("party"), "project": gettext_lazy("project")}
CODES: Words = {
    "call_state": dict(Call.State.choices),
    "application_state": STATES,
    "to": STATES,
    "allowed": STATES,
    "claim_state": dict(CostClaim.State.choices),
    "contract_state": dict(Contract.State.choices),
    "fact": FACT_WORDS,
    "other_fact": FACT_WORDS,
    "scope": SCOPES,
    "other": SCOPES,
}
"""Blanks of refusals that hold a code -> the word for each."""


def refusal_words(refused: Refusal) -> str:
    """Why not, in the reader's language."""
    return told(refused, CODES)


def fact_word(key: str) -> str:
    return _("a partner") if key == PARTNERS else str(FACT_WORDS[key])


def value_word(key: str, value: Any) -> str:
    """A fact's value in words."""
    spec = FACTS[key]
    if value is None:
        return _("not known")
    if spec.kind is Kind.FLAG:
        return _("yes") if value else _("no")
    if key == "kind":
        return str(Organisation.Kind(value).label)
    if key == "size_class":
        return str(Organisation.SizeClass(value).label)
    if key == "innovation_type":
        return str(INNOVATION_WORDS[value])
    if key == "research_kind":
        return str(RESEARCH_WORDS[value])
    if spec.unit == "share":
        return f"{spoken_number(float(value) * 100)}%"
    if spec.kind is Kind.NUMBER:
        number = Decimal(str(value))
        return spoken_number(number, 0 if number == number.to_integral_value() else 2)
    return str(value)


def choices_of(key: str) -> list[tuple[str, str]]:
    return [(c, value_word(key, c)) for c in FACTS[key].choices]


def condition_words(condition: Condition) -> str:
    """A condition as a sentence, for the editor: what the data say, beside what the rule's author wrote."""
    if not condition:
        return _("anybody")
    if "fact" in condition:
        return _comparison(condition)
    if "all" in condition:
        return _(" and ").join(_within(c) for c in condition["all"])
    if "any" in condition:
        return _(" or ").join(_within(c) for c in condition["any"])
    if "not" in condition:
        return _("not: %(what)s") % {"what": _within(condition["not"])}
    if "when" in condition:
        return _("if %(when)s, then %(then)s") % {
            "when": condition_words(condition["when"]),
            "then": condition_words(condition["then"]),
        }
    if "every_partner" in condition:
        return _("for every partner: %(what)s") % {"what": condition_words(condition["every_partner"])}
    if "some_partner" in condition:
        return _("for at least one partner: %(what)s") % {"what": condition_words(condition["some_partner"])}
    limits = " ".join(_limit(name, condition[name], "partners" in condition) for name in _LIMITS if name in condition)
    if "partners" in condition:
        return _("partners (%(who)s): %(limits)s") % {"who": condition_words(condition["partners"]), "limits": limits}
    return _("part of the cost borne by (%(who)s): %(limits)s") % {
        "who": condition_words(condition["cost_share"]),
        "limits": limits,
    }


_LIMITS = ("at_least", "at_most")


def _limit(name: str, value: Any, is_count: bool) -> str:
    shown = spoken_number(value) if is_count else f"{spoken_number(float(value) * 100)}%"
    return (_("at least %(n)s") if name == "at_least" else _("at most %(n)s")) % {"n": shown}


def _within(condition: Condition) -> str:
    text = condition_words(condition)
    return f"({text})" if "all" in condition or "any" in condition else text


def _comparison(condition: Condition) -> str:
    key = condition["fact"]
    word = fact_word(key)
    if "is" in condition:
        return f"{word}: {value_word(key, condition['is'])}"
    if "in" in condition:
        return f"{word}: {_(' or ').join(value_word(key, v) for v in condition['in'])}"
    if "under" in condition:
        return _("%(fact)s under %(codes)s") % {"fact": word, "codes": ", ".join(condition["under"])}
    name = "at_least" if "at_least" in condition else "at_most"
    shown = value_word(key, condition[name])
    return f"{word} {(_('at least %(n)s') if name == 'at_least' else _('at most %(n)s')) % {'n': shown}}"


def step_words(step: Step) -> str:
    """A change in words."""
    if step.kind == "set_cost":
        return _("change the total cost to EUR %(eur)s, shared among the partners as now") % {
            "eur": spoken_number(Decimal(step.value), 2)
        }
    if step.kind == "set_project":
        return _("change %(fact)s to %(value)s") % {
            "fact": fact_word(step.fact),
            "value": value_word(step.fact, step.value),
        }
    if step.kind == "set_party":
        return _("%(who)s: %(fact)s becomes %(value)s") % {
            "who": party_word(step.party),
            "fact": fact_word(step.fact),
            "value": value_word(step.fact, step.value),
        }
    if step.kind == "wait":
        return ngettext("wait %(n)s year", "wait %(n)s years", int(step.value)) % {"n": spoken_number(step.value)}
    if step.kind == "drop_partner":
        return _("go without %(who)s") % {"who": party_word(step.party)}
    if step.kind == "add_partner":
        about = ", ".join(f"{fact_word(k)}: {value_word(k, v)}" for k, v in step.facts)
        if step.share:
            return _("bring in a partner with %(share)s of the cost (%(about)s)") % {
                "share": f"{spoken_number(float(step.share) * 100)}%",
                "about": about or _("of any kind"),
            }
        return _("bring in a partner (%(about)s)") % {"about": about or _("of any kind")}
    return _("let them bear %(share)s of the cost: %(who)s") % {
        "share": f"{spoken_number(float(step.share or 0) * 100)}%",
        "who": condition_words(dict(step.facts)["condition"]),
    }


def party_word(name: str) -> str:
    return _("the applicant") if name == "applicant" else name


def answer_words(verdict: str) -> str:
    return {
        "pass": pgettext("answer", "passes"),
        "fail": pgettext("answer", "refused"),
        "unknown": _("cannot be told yet"),
        "partner": _("with a partner"),
    }[verdict]


def first_wrong(form: BaseForm) -> tuple[str, str]:
    """Of a form that is wrong: the first field's label, and what is wrong with it."""
    name, wrong = next(iter(form.errors.items()))
    return str(form.fields[name].label) if name in form.fields else "", str(wrong[0])


def decision_words(decision: Decision, document: CallDocument, language: str) -> str:
    """Why it was decided so, in the reader's language; a decision of before that kept its words alone gives them."""
    basis = decision.basis
    if not basis:
        return decision.reasons
    said = [_act_words(basis)]
    if basis.get("fails"):
        texts = {c.key: c.text.in_language(language) for c in document.criteria}
        named = ", ".join(texts.get(k, k) for k in basis["fails"])
        said.append(_("below the least of: %(criteria)s") % {"criteria": named})
    if basis.get("outcome") == "reserve":
        said.append(_("the budget ends before this place"))
    if basis.get("outcome") == "nothing":
        said.append(_("no intensity of the call fits its costs: nothing can be granted"))
    return joined([w for w in (*said, basis.get("note", "")) if w])


def _act_words(basis: dict[str, Any]) -> str:
    act = basis["act"]
    if act == "ranked":
        return _("%(total)s points of 100, place %(place)s") % {
            "total": spoken_number(Decimal(basis["total"]), 2), "place": basis["place"],
        }  # fmt: skip
    if act == "lowered":
        return _("lowered for %(who)s from EUR %(before)s to EUR %(after)s") % {
            "who": basis["who"], "before": spoken_number(Decimal(basis["before"]), 2),
            "after": spoken_number(Decimal(basis["after"]), 2),
        }  # fmt: skip
    return _("granted from the reserve list") if act == "from_reserve" else ""


def joined(words: Sequence[str]) -> str:
    return "; ".join(words)
