"""Words of the room's keys, in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from poliedro.monitoring.rules.lifecycle import UNKNOWN


def stage_words() -> dict[str, str]:
    return {
        "emergence": _("emergence"),
        "growth": _("growth"),
        "sustainment": _("sustainment"),
        "decline": _("decline"),
        "renewal": _("renewal"),
        UNKNOWN: _("cannot tell"),
    }


def dimension_words() -> dict[str, str]:
    return {
        "size": _("size"),
        "heterogeneity": _("heterogeneity"),
        "network": pgettext("life cycle", "network"),
        "action": _("collective action"),
    }


def lever_words() -> dict[str, str]:
    return {
        "renewal": _("the membership does not renew itself"),
        "novelty": _("no new activities come in"),
    }


def failed_words(failed: Iterable[str]) -> str:
    """Levers that fail and dimensions that fall, in words."""
    levers, dimensions = lever_words(), dimension_words()
    return "; ".join(
        levers[f] if f in levers else _("%(dimension)s falls") % {"dimension": dimensions[f]} for f in failed
    )


def action_words() -> dict[str, str]:
    return {
        "outreach": _("Approach firms that would fit and are no members"),
        "retention": _("Ask those who leave why, and those who stay what they need"),
        "start_ups": _("Bring in start-ups, from incubators and spin-offs"),
        "related": _("Open the cluster's definition to a related industry"),
        "new_themes": _("Start a working group on a new technology"),
        "cross_cluster": _("Set up a project with the cluster that is most related"),
        "introductions": _("Introduce members who could work together"),
        "outside_ties": _("Find partners outside the cluster and the region"),
        "isolates": _("Visit members who have no partner"),
        "joint_projects": _("Prepare a joint project for the next call"),
        "services": _("Offer services to members who never used one"),
        "working_groups": _("Give members a common task with a date"),
        "foresight": _("Look ahead at markets and technologies with members"),
    }


def light_words() -> dict[str, str]:
    return {
        "green": pgettext("light", "green"),
        "amber": pgettext("light", "amber"),
        "red": pgettext("light", "red"),
        "grey": pgettext("light", "grey"),
    }


def figure_words() -> dict[str, str]:
    """Figures that campaigns ask for, with their unit."""
    return {
        "firms-per-cluster": _("Member firms at the end of the year"),
        "members": _("Members of all kinds at the end of the year"),
        "entries": _("Members that joined in the year"),
        "exits": _("Members that left in the year"),
        "staff": _("Staff at the end of the year, persons"),
        "staff-fte": _("Staff at the end of the year, FTE"),
        "revenue": _("Revenue of the year, EUR"),
        "erdf-share": _("ERDF share of the revenue, in percent"),
        "services-delivered": _("Services delivered in the year"),
        "rd-investment": _("R&D investment of projects begun in the year, EUR"),
        "rd-firms": _("Firms in projects begun in the year"),
        "research-contracts": _("Research contracts signed in the year, EUR"),
    }


def reply_words() -> dict[str, str]:
    return {
        "asked": pgettext("campaign", "asked"),
        "started": pgettext("campaign", "begun"),
        "submitted": pgettext("campaign", "handed in"),
        "returned": pgettext("campaign", "sent back"),
        "signed": pgettext("campaign", "signed by both"),
    }


def campaign_words() -> dict[str, str]:
    return {
        "draft": pgettext("campaign", "draft"),
        "open": pgettext("campaign", "open"),
        "closed": pgettext("campaign", "closed"),
    }


def problem_words() -> dict[str, str]:
    return {
        "missing": _("Nothing is given."),
        "no_number": _("This is no number."),
        "negative": _("It is below 0."),
        "not_whole": _("It is not a whole number."),
        "too_large": _("It is too large."),
        "unexplained": _("It differs much from last year, without an explanation."),
    }


def remedy_words() -> dict[str, str]:
    return {
        "write": _("Answer in a sentence or two."),
        "give_or_zero": _("Give the number, or 0 where there is none."),
        "digits": _("Write digits, such as 1234,5."),
        "positive": _("Give 0 or more."),
        "round": _("Count whole ones."),
        "most": _("Give at most %(detail)s."),
        "explain": _("Say in a sentence why it changed (%(detail)s)."),
    }
