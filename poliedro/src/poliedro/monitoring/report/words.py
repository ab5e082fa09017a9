"""Steps, checks and refusals of a study in plain words."""

from __future__ import annotations

import re
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from poliedro.monitoring.models import StudyVersion
from poliedro.monitoring.report.names import OUTCOME_WORDS
from poliedro.registry.models import Cluster, Organisation
from poliedro.shared.templatetags.poliedro import spoken_number

STATE_WORDS = {
    "draft": gettext_lazy("draft"),
    "frozen": gettext_lazy("frozen, not computed"),
    "computed": gettext_lazy("computed, not signed"),
    "signed": gettext_lazy("signed"),
}


def reading_words() -> dict[str, str]:
    """What somebody did in the data room, by the verb of the log."""
    return {
        "open_data_room": _("opened the data room"),
        "read_extract": _("took the extract"),
        "read_pairs": _("took the matched pairs"),
        "read_replication_package": _("took the replication package"),
    }


def step_words(anticipation: int = 0) -> dict[str, str]:
    return {
        "in_region": _("Firms of the region that ever joined a cluster; firms that never did"),
        "legal_form": _("with a legal form that was declared"),
        "joined_in_cycle": _("that joined for the first time in the declared years and clusters"),
        "with_accounts": _("with accounts of the year that all are compared with (controls: of one such year)")
        if anticipation
        else _("with accounts of the year before joining (controls: of one such year)"),
        "matched": _("that found a firm alike (controls: that serve as one)"),
    }


def comparison_words() -> dict[str, str]:
    """Kinds of comparison within plain two-way fixed effects."""
    return {
        "joined against never": _("those who join with those who never do"),
        "earlier against later": _("those who join early with those who have not joined yet"),
        "later against earlier": _("those who join late with those who have joined already (wrong where effects grow)"),
    }


def why_unmatched(text: str, anticipation: int = 0) -> str:
    """Why a member was not compared, in the reader's words. anticipation: as declared, for the year compared with."""
    place = re.match(r"no control in (.+)", text)
    far = re.match(r"no control within (\S+)", text)
    if far:
        return _("no control within a distance of %(far)s") % {"far": _spoken(far[1])}
    if place:
        return _("no control in its stratum (%(stratum)s)") % {"stratum": place[1]}
    unknown, without = (
        (
            _("an amount of the year that all are compared with is not known"),
            _("no outcome in the year that all are compared with"),
        )
        if anticipation
        else (_("an amount of the year before joining is not known"), _("no outcome in the year before joining"))
    )
    return {
        "a covariate is null": unknown,
        "no control, or a covariate is null": unknown,
        "no outcome or stratum in the period before joining": without,
        "all controls are taken": _("all its controls serve another member"),
        "no weights make the controls' means those of the cohort": _("no weights make controls like its cohort"),
    }.get(text, text)


def why_not_asked(note: str) -> str:
    """Why a check has no answer."""
    if note == "pairs share firms":
        return _(
            "It needs pairs that share no firm: one control a member, and each control once. Declare controls that "
            "serve once to have it."
        )
    if note == "no year before joining has an estimate" or note.startswith("no period before joining"):
        return _("No year before joining can be compared: earlier accounts are needed.")
    return why_refused(note)[0]


def verdict_words() -> dict[str, str]:
    return {
        "sound": _("holds"),
        "doubt": _("casts doubt"),
        "fails": _("fails"),
        "unknown": _("cannot be asked"),
    }


def cell_words() -> dict[str, str]:
    """Clusters and size classes by key."""
    sizes = {str(value): str(label) for value, label in Organisation.SizeClass.choices if value}
    return {**sizes, **dict(Cluster.objects.order_by("pk").values_list("key", "name"))}


def open_clusters() -> int:
    return Cluster.objects.filter(closed_on=None).count()


def why_refused(text: str) -> tuple[str, str]:
    """A refusal in the reader's words: why, and what data would help."""
    if text.startswith("designs: "):
        return (
            _(
                "Neither pairs nor the doubly robust design can compare like with like here; a model alone is no "
                "evidence."
            ),
            why_refused(text.removeprefix("designs: "))[1],
        )
    few = re.match(r"(\d+) of (\d+) who joined find a control, (\d+)", text)
    if few:
        return (
            _("Only %(found)s of %(all)s members find a firm alike; %(least)s were declared as the least.")
            % {"found": _spoken(few[1]), "all": _spoken(few[2]), "least": _spoken(few[3])},
            _("More non-members with accounts, coarser strata or a larger farthest distance, in a new version."),
        )
    apart = re.match(r"(\S+) stays ([\d.]+) standard deviations apart", text)
    if apart:
        from poliedro.monitoring.report.names import MATCHING_WORDS

        return (
            _("After matching, members and controls still differ by %(far)s standard deviations in: %(what)s.")
            % {"far": _spoken(apart[2]), "what": MATCHING_WORDS.get(apart[1], apart[1])},
            _("Firms that look like members before joining are missing: a wider pool, or a smaller farthest distance."),
        )
    handful = re.match(r"the weighed controls are worth ([\d.]+) equal ones, (\d+)", text)
    if handful:
        return (
            _("The weighed controls are worth %(worth)s equal ones; %(least)s were declared as the least.")
            % {"worth": _spoken(handful[1]), "least": handful[2]},
            _("Fewer variables to be alike in, or more non-members like those who joined, in a new version."),
        )
    if text.startswith("pretrends"):
        return (
            _("Members and controls moved apart already before joining (%(p)s, as declared).") % {"p": _below(text)},
            _(
                "Variables that explain the different trends, such as earlier growth or investment, and earlier "
                "accounts."
            ),
        )
    alone = re.match(r"few: (\d+) joined, at least (\d+)", text)
    if alone:
        return (
            _(
                "Only %(found)s members joined in the declared years and have accounts to start from; %(least)s were "
                "declared as the least."
            )
            % {"found": _spoken(alone[1]), "least": _spoken(alone[2])},
            _("More years of joining, or cells put together."),
        )
    if text.startswith(("few", "complement")):
        return (
            _("Too few members in this cell, or another cell could be worked out from it."),
            _("More years of joining, or cells put together."),
        )
    if "no solution" in text or "amounts" in text or "does not vary" in text:
        return (
            _("The production function cannot be estimated from these accounts."),
            _("Value added, persons, assets and materials of more firms, in years that follow each other."),
        )
    return (_reason(text), _("More firms with accounts before and after joining, among members and others."))


def _spoken(number: str) -> str:
    """A number of a refusal as the reader writes it."""
    try:
        return spoken_number(float(number), len(number.partition(".")[2]))
    except ValueError:
        return number


def _below(text: str) -> str:
    """`pretrends: p = 0.0097 is below 0.01` as p = 0,0097 < 0,01."""
    stated = re.match(r"pretrends: p = (\S+) is below (\S+)", text)
    return f"p = {_spoken(stated[1])} < {_spoken(stated[2])}" if stated else text.removeprefix("pretrends: ")


def _reason(text: str) -> str:
    """The other refusals of the estimators in the reader's words; the stored table holds them as they were given."""
    for pattern, said in (
        ("no common support", _("The declared variables tell members from others without fail: nobody is alike.")),
        ("follows from the covariates", _("One of the declared variables follows from the others.")),
        ("is the same for all", _("One of the declared variables is the same for all firms that could be compared.")),
        ("with an outcome in both periods", _("Too few members or controls have accounts in both years.")),
        ("have an outcome after joining", _("Too few members have accounts after joining.")),
        ("no effect at", _("Not every declared year after joining has an estimate.")),
        ("event times", _("Not every declared year around joining has an estimate.")),
        ("no period from joining on", _("No year after joining can be compared.")),
        ("nobody joins after", _("Nobody joined within the years of the accounts.")),
        ("in no period somebody", _("In no year there are members and others beside each other.")),
        ("no treated unit has both", _("No member has accounts before joining and others beside it.")),
        ("pairs differ", _("Too few pairs differ.")),
        ("draws have no answer", _("Too few firms never joined to draw pretended members from.")),
        ("no weights make", _("No weights make controls like the members.")),
        ("every value is rejected", _("The years before joining contradict each other.")),
        ("no vertex", _("The errors of the years cannot be told apart.")),
        ("no error", _("One of the years has no error of its own.")),
        ("there is nothing to compare", _("There is one year of joining only, and nobody to compare it with.")),
        (
            "firms have a change and all declared",
            _("Too few firms have all declared variables and accounts in both years."),
        ),
        ("joining follows from", _("The declared variables tell members from others without fail: nobody is alike.")),
    ):
        if pattern in text:
            return said
    return _("The data cannot answer it; the stored table of effects holds the estimator's own words.")


def advice_of(row: dict[str, Any]) -> str:
    return why_refused(row["refused"])[1] if row["refused"] else ""


def searched_words(version: StudyVersion) -> str:
    """By what the site's search finds a signed study beside its title: question, opinion, outcomes, clusters, period.

    Outcomes are named in both languages: who searches may read either.
    """
    d = version.declared
    clusters = [name for key, name in Cluster.objects.order_by("pk").values_list("key", "name") if key in d.clusters]
    words = [d.question, version.opinion, d.cycle, *clusters]
    for language in ("it", "en"):
        with override(language):
            words += [_("Impact studies"), _("Evaluation"), _("Does membership work?")]
            words += [str(OUTCOME_WORDS[o]) for o in d.outcomes]
    return " ".join(w for w in words if w)
