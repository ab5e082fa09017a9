"""Value chains: an industry between its suppliers and its customers, and which of these stages the region has."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from poliedro.evidence.models import Run
from poliedro.portal.views.observatory.frame import (
    Content,
    Scope,
    Section,
    Select,
    answer,
    chosen,
    csv_address,
    rows,
)
from poliedro.reference.rules import divisions_in
from poliedro.registry.present import certainty_of, flow
from poliedro.registry.queries.clusters import clusters_on
from poliedro.registry.queries.stages import Stage, stages
from poliedro.shared.access import public
from poliedro.shared.components import Chart, Table
from poliedro.shared.dated import Moment
from poliedro.shared.templatetags.poliedro import spoken_number

SHOWN = 8
"""Suppliers and customers in the picture; the tables name all."""
WEIGHTY = 0.01
"""The part of an industry's output from which a purchase makes a stage of its chain."""
MISSING, THIN = 0.5, 0.8
"""Location quotients below which a stage is missing, or thin."""


@public
def value_chain(request: HttpRequest) -> HttpResponse:
    """Who supplies an industry and who buys from it, and the stages that the region lacks."""
    return answer(request, "value_chain", "value-chain", _build)


def _build(request: HttpRequest, scope: Scope, run: Run) -> Content:
    industries = {r["activity"]: r for r in rows(run, "industries")}
    quotients = {r["activity"]: r for r in rows(run, "stages", {"place": scope.place})}
    strongest = max(industries, key=lambda i: (_quotient(quotients, i) or 0.0, i))
    industry = chosen(request, "industry", list(industries), strongest)
    flows = rows(run, "flows")
    suppliers = sorted(
        (f for f in flows if f["customer"] == industry and f["supplier"] != industry), key=lambda f: -f["value"]
    )
    customers = sorted(
        (f for f in flows if f["supplier"] == industry and f["customer"] != industry), key=lambda f: -f["value"]
    )
    here = stages(list(industries), clusters_on(Moment.today()), Moment.today()) if scope.is_home else {}
    names = {i: group_name(scope, i) for i in industries}
    weighty = [f["supplier"] for f in suppliers if f["of_customer"] >= WEIGHTY]
    lacking = [i for i in weighty if _is_missing(quotients, i)]
    alone = [i for i in weighty if i in here and here[i].register == 1]
    head = run.headline
    return Content(
        _title(names, industry, lacking, alone, scope),
        _lead(names, suppliers, customers),
        [
            Section([_picture(run, names, industry, suppliers, customers)]),
            Section(
                tables=[_table(scope, names, suppliers, "supplier", "of_customer", quotients, here)],
                title=_("What it buys: the stages before it"),
                text=_(
                    "Share: of the industry's output. Missing: the region has less than half of its share of Europe's "
                    "jobs there; one firm: the chain hangs on it."
                ),
            ),
            Section(
                tables=[_table(scope, names, customers, "customer", "of_supplier", quotients, here)],
                title=_("Who buys from it: the stages after it"),
            ),
            Section(tables=[_linkages(names, industries)], title=_("Which industries pull the others")),
        ],
        [Select("industry", _("Industry"), [(i, names[i]) for i in industries], industry)],
        [
            _(
                "Purchases are those of the input-output table of %(country)s, %(year)s: nobody publishes one of the "
                "region, so its firms are taken to buy as the country's do."
            )
            % {"country": scope.place_name(head["country"]), "year": head["year"]},
            _("Location quotient: the region's share of people in the stage over that of all regions that state it."),
            _("Pull and weight: Leontief and Ghosh linkages over their mean; above 1 in both: a key industry."),
            _(
                "Firms: the business register of the region, where it counts the industry; "
                "members: firms of the region in its clusters."
            ),
        ],
        [
            *(
                []
                if head["own"]
                else [
                    _("The table is of another country (%(country)s), so read the order of partners, not their shares.")
                    % {"country": scope.place_name(head["country"])}
                ]
            ),
            _("The table has %(n)d groups of industries: a stage within a group does not show.")
            % {"n": head["industries"]},
            _("A missing stage may be bought nearby: no table says what crosses the region's border."),
        ],
    )


def group_name(scope: Scope, group: str, length: int = 44) -> str:
    """The name of a product group, or of the sections or divisions that it holds, with its code."""
    held = divisions_in(group, sorted(scope.activities))
    labels = [scope.activities[h] for h in ([h for h in held if len(h) == 1] or held)]
    name = _aggregates().get(group) or "; ".join(labels)
    if not name:
        return group
    return f"{name if len(name) <= length else name[: length - 1].rstrip(' ,;') + '…'} ({group})"


def _aggregates() -> dict[str, str]:
    """Names of groups of sections, after the aggregates that national accounts use."""
    return {
        "B-E": _("Industry"),
        "G-I": _("Trade, transport, food and lodging"),
        "J-N": _("Information, finance, business services"),
        "O-Q": _("Public services, education, health"),
        "O-T": _("Public and personal services"),
        "O-U": _("Public and personal services"),
        "R-U": _("Arts and personal services"),
    }


def _quotient(quotients: dict[str, dict[str, Any]], industry: str) -> float | None:
    found = quotients.get(industry)
    return found["location_quotient"] if found else None


def _is_missing(quotients: dict[str, dict[str, Any]], industry: str) -> bool:
    lq = _quotient(quotients, industry)
    return lq is not None and lq < MISSING


def _verdict(quotients: dict[str, dict[str, Any]], here: dict[str, Stage], industry: str) -> str:
    lq = _quotient(quotients, industry)
    if _is_missing(quotients, industry):
        return _("missing")
    if industry in here and here[industry].register == 1:
        return _("one firm")
    if lq is None:
        return _("not known")
    return _("thin") if lq < THIN else _("there")


def _title(names: dict[str, str], industry: str, lacking: list[str], alone: list[str], scope: Scope) -> str:
    words = {"industry": names[industry], "region": scope.place_name(scope.place)}
    if lacking:
        return _("%(industry)s: %(region)s lacks %(stages)s") % {
            **words,
            "stages": "; ".join(names[i] for i in lacking[:2]),
        }
    if alone:
        return _("%(industry)s hangs on one firm for %(stages)s") % {
            **words,
            "stages": "; ".join(names[i] for i in alone[:2]),
        }
    return _("%(industry)s: no supplying stage that is known is missing in %(region)s") % words


def _lead(
    names: dict[str, str],
    suppliers: list[dict[str, Any]],
    customers: list[dict[str, Any]],
) -> str:
    if not suppliers or not customers:
        return ""
    return _("It buys most from %(supplier)s (%(a)s%% of its output) and sells most to %(customer)s (%(b)s%%).") % {
        "supplier": names[suppliers[0]["supplier"]],
        "a": spoken_number(100 * suppliers[0]["of_customer"], 1),
        "customer": names[customers[0]["customer"]],
        "b": spoken_number(100 * customers[0]["of_supplier"], 1),
    }


def _picture(
    run: Run,
    names: dict[str, str],
    industry: str,
    suppliers: list[dict[str, Any]],
    customers: list[dict[str, Any]],
) -> Chart:
    before = [(_("from %(name)s") % {"name": names[f["supplier"]]}, f["value"]) for f in suppliers[:SHOWN]]
    after = [(_("to %(name)s") % {"name": names[f["customer"]]}, f["value"]) for f in customers[:SHOWN]]
    links = [(name, names[industry], value) for name, value in before]
    links += [(names[industry], name, value) for name, value in after]
    table = Table(
        [pgettext("amount", "From"), pgettext("amount", "To"), _("Million")],
        [[a, b, round(v)] for a, b, v in links],
        numeric=[2],
    )
    return flow(
        "value-chain",
        _("From suppliers to customers, with purchases in million"),
        _("The %(n)d largest on either side; what it buys from itself is left out.") % {"n": SHOWN},
        links,
        table=table,
        height="large",
        source=run.source_names,
        certainty=certainty_of(run.certainty),
        download_url=csv_address(run, "flows"),
    )


def _table(
    scope: Scope,
    names: dict[str, str],
    flows: list[dict[str, Any]],
    side: str,
    share: str,
    quotients: dict[str, dict[str, Any]],
    here: dict[str, Stage],
) -> Table:
    own = scope.is_home
    lines = []
    for f in flows:
        other = f[side]
        lq = _quotient(quotients, other)
        line = [names[other], round(100 * f[share], 1), None if lq is None else round(lq, 2)]
        if own:
            stage = here[other]
            line += [stage.register, stage.members, ", ".join(c.name for c in stage.clusters) or "–"]
        lines.append([*line, _verdict(quotients, here, other)])
    firms = [_("Firms"), _("Members of clusters"), _("Clusters that speak for it")] if own else []
    return Table(
        [_("Industry"), _("Share, %"), _("Location quotient"), *firms, _("Stage")],
        lines,
        numeric=range(1, 5 if own else 3),
        decimals={2: 2},
    )


def _linkages(names: dict[str, str], industries: dict[str, dict[str, Any]]) -> Table:
    kinds = {"key": _("key"), "backward": _("pulls"), "forward": _("feeds"), "weak": _("weak")}
    found = sorted(industries.values(), key=lambda r: -(r["backward"] + r["forward"]))
    return Table(
        [_("Industry"), _("Pull on suppliers"), _("Weight for customers"), _("Kind of linkage")],
        [[names[r["activity"]], round(r["backward"], 2), round(r["forward"], 2), kinds[r["kind"]]] for r in found],
        numeric=[1, 2],
        decimals={1: 2, 2: 2},
    )
