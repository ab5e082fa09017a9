"""Words of the report: dimensions and indicators, in the language that is active."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from poliedro.reports.rules.whole import Gap, gaps_of


def dimension_words() -> dict[str, str]:
    return {
        "innovation": _("Innovation"),
        "knowledge": _("Knowledge provision"),
        "growth": _("Growth"),
        "society": _("Challenges of society"),
        "international": _("International collaboration"),
        "investment": _("Attracting investment"),
    }


def indicator_words() -> dict[str, tuple[str, str, str]]:
    """Name, definition, formula."""
    return {
        "rd_per_firm": (
            _("R&D investment per member firm"),
            _("Cost of the projects that start in the years, by the cluster's share."),
            _("sum of cost x share / member firms at the year's end"),
        ),
        "rd_taking_part": (
            _("Members that take part in R&D"),
            _("Member firms with a place in a project of their cluster that starts in the years."),
            _("member firms in projects / member firms"),
        ),
        "contracts_per_firm": (
            _("Research contracts per member firm"),
            _("Value of the research that firms order from universities and laboratories."),
            _("value of contracts signed in the years / member firms"),
        ),
        "services_per_member": (
            _("Services delivered per member"),
            _("Services that the cluster's management delivered in the year."),
            _("services / members at the year's end"),
        ),
        "entry_rate": (
            _("Entry rate"),
            _("Members that joined in the year, against those at its start."),
            _("entries / members at the start"),
        ),
        "turnover_growth": (
            _("Growth of members' turnover"),
            _("Member firms with statements of both years; no effect of membership is claimed."),
            _("turnover of the last year / turnover of the year before - 1"),
        ),
        "challenge_rd_per_firm": (
            _("R&D for challenges of society per member firm"),
            _("R&D investment times the cluster's weight in the S3 areas of environment, health, food and mobility."),
            _("sum of cost x share x weight / member firms"),
        ),
        "other_eu_share": (
            _("Revenue from European programmes"),
            _("Share of the managing bodies' revenue from European programmes other than ERDF."),
            _("other EU revenue / revenue"),
        ),
        "private_leverage": (
            _("Private euro for each public euro"),
            _("What firms put into R&D projects beside the public contribution."),
            _("(cost - public contribution) / public contribution"),
        ),
    }


def type_words(kind: str) -> str:
    """Sectoral or transversal: what a cluster is."""
    return {"sectoral": _("sectoral"), "transversal": _("transversal")}[kind]


def missing_words(content: Mapping[str, Any], language: str) -> list[str]:
    """What a report does not tell, each in a sentence; nothing where it is whole."""
    return [_gap_words(gap, language) for gap in gaps_of(content)]


def _gap_words(gap: Gap, language: str) -> str:
    said = {
        "indicator": gap.label[language],
        "clusters": ", ".join(gap.clusters),
        "year": gap.until,
        "years": ", ".join(map(str, gap.silent)),
    }
    if gap.silent:
        return _("%(indicator)s: no project is known that began in %(years)s.") % said
    if gap.until is not None:
        return _("%(indicator)s: known up to %(year)d.") % said
    if gap.clusters:
        return _("%(indicator)s: not known of %(clusters)s.") % said
    return _("%(indicator)s: not known of any cluster.") % said
