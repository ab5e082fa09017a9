"""Trying a call before it is published: simulations on the register, and two of them side by side."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from poliedro.funding.forms import DemandForm
from poliedro.funding.models import Call, Simulation
from poliedro.funding.queries.calls import newest_version, version_in_force
from poliedro.funding.rules.document import CallDocument, checksum, read_call
from poliedro.funding.rules.states import day_of_trial
from poliedro.funding.views.calls import language, title_of
from poliedro.funding.views.desk import DESIGN, call_by_key, desk_crumbs
from poliedro.funding.views.words import FACT_WORDS, INNOVATION_WORDS, value_word
from poliedro.registry.present import bars, stacked
from poliedro.shared.access import needs
from poliedro.shared.components import Crumb, Table
from poliedro.shared.jobs import start_job
from poliedro.shared.spoken import short_moment
from poliedro.shared.templatetags.poliedro import spoken_number


@needs(DESIGN, call=call_by_key)
def simulate(request: HttpRequest, call: Call) -> HttpResponse:
    """Try the newest version on the register, in the background; if asked, the published one beside it."""
    version = newest_version(call)
    form = DemandForm(request.POST or None)
    if request.method != "POST" or version is None:
        return redirect("funding:draft", call.key)
    if not form.is_valid():
        messages.error(request, _("An assumption is not a number in its range; correct it and try again."))
        return redirect("funding:draft", call.key)
    versions = [version]
    published = version_in_force(call)
    if "both" in request.POST and published is not None and published.pk != version.pk:
        versions = [published, version]
    for tried in versions:
        started = start_job(
            name="funding.simulate",
            title=_("Trying %(call)s, version %(n)s, on the register") % {"call": title_of(call), "n": tried.number},
            by=request.user,
            version=tried.pk,
            on=day_of_trial(call.closes_on, timezone.localdate()).isoformat(),
            assumptions=form.assumptions(),
        )
    return redirect("shared:job", started.pk)


def simulation_of(key: str, pk: int) -> Simulation:
    return get_object_or_404(Simulation.objects.select_related("version__call"), pk=pk, version__call__key=key)


def tried_document(simulation: Simulation) -> CallDocument:
    """The rules that were tried, which the draft may have left behind since."""
    return read_call(simulation.inputs.get("document") or simulation.version.document)


GROUPS = ("size_class", "kind", "age", "province", "cluster")


def _group_word(by: str, value: Any) -> str:
    if value is None:
        return _("not known")
    if by in ("size_class", "kind"):
        return value_word(by, value)
    return str(value)


def _group_title(by: str) -> str:
    return {
        "size_class": _("By size class"),
        "kind": _("By kind"),
        "age": _("By age in years"),
        "province": _("By province"),
        "cluster": _("By cluster (members)"),
    }[by]


@needs(DESIGN, simulation=simulation_of)
def simulation(request: HttpRequest, simulation: Simulation) -> HttpResponse:
    """Who is in and who is out of each line, who is shut out by one rule alone, how long the money lasts."""
    version = simulation.version
    document = tried_document(simulation)
    texts = {r.key: r.text.in_language(language()) for r in document.rules}
    texts = {r["rule"]: texts.get(r["rule"], r["rule"]) for line in simulation.result["lines"].values()
             for r in line["rules"]}  # fmt: skip
    source = simulation.source_names or _("Business register")
    facts: dict[str, Any] = {"certainty": simulation.certainty, "source": source}
    lines = []
    for i, (key, result) in enumerate(simulation.result["lines"].items()):
        alone = [r for r in result["rules"] if r["refuses"]]
        lines.append(
            {
                "key": key,
                "title": document.line(key).title.in_language(language()),
                "result": result,
                "missing": [(str(FACT_WORDS[f]), n) for f, n in result.get("missing", {}).items()],
                "sure_share": _share(result["sure"], result["firms"]),
                "possible_share": _share(result["possible"], result["firms"]),
                "charts": [
                    _in_and_out(f"line{i}-{by}", _group_title(by), result["by"][by], by, facts)
                    for by in GROUPS
                    if result["by"][by]
                ],
                "innovation": _innovation(f"line{i}-innovation", result["by_innovation"], facts),
                "rules": bars(
                    f"line{i}-rules",
                    _("Firms shut out by one rule alone"),
                    _("Without the rule they would be in."),
                    [(texts[r["rule"]], r["alone"], "") for r in sorted(alone, key=lambda r: -r["alone"])],
                    y_label=_("firms"),
                    table=Table(
                        [_("Rule"), _("Refuses"), _("Alone"), _("Cannot tell")],
                        [[texts[r["rule"]], r["refuses"], r["alone"], r["unknown"]] for r in result["rules"]],
                        numeric=[1, 2, 3],
                    ),
                    **facts,
                )
                if alone
                else None,
                "demand": _demand(result["demand"]),
            }
        )
    return render(
        request,
        "funding/simulation.html",
        {
            "call": version.call,
            "title": title_of(version.call),
            "simulation": simulation,
            "is_changed": checksum(document.raw) != version.checksum,
            "lines": lines,
            "on": date.fromisoformat(simulation.inputs["on"]),
            "rates": [
                (value_word("size_class", size), 100 * rate) for size, rate in simulation.assumptions["rate"].items()
            ],
            "synthetic_data": simulation.certainty == "synthetic",
            "crumbs": desk_crumbs(version.call, Crumb(_("Simulation"))),
        },
    )


def _share(part: int, whole: int) -> float | None:
    return None if not whole else 100 * part / whole


def _in_and_out(name: str, title: str, rows: list[dict[str, Any]], by: str, facts: dict[str, Any]) -> Any:
    labels = [_group_word(by, r["group"]) for r in rows]
    return stacked(
        name,
        title,
        _("Firms that are surely in, that may be in, and that are out."),
        labels,
        [
            (_("surely in"), [r["sure"] for r in rows]),
            (_("perhaps in"), [r["possible"] - r["sure"] for r in rows]),
            (_("out"), [r["out"] for r in rows]),
        ],
        y_label=_("firms"),
        heading=3,
        **facts,
    )


def _innovation(name: str, rows: list[dict[str, Any]], facts: dict[str, Any]) -> Any:
    return bars(
        name,
        _("By type of innovation"),
        _("Firms that may be in with a project of this type, whatever else it is."),
        [(str(INNOVATION_WORDS[r["group"]]), r["possible"], "") for r in rows],
        y_label=_("firms"),
        heading=3,
        **facts,
    )


def _demand(demand: dict[str, Any]) -> Table | None:
    if "sure" not in demand:
        return None
    rows = []
    for name, word in (("sure", _("firms surely in")), ("possible", _("all that may be in"))):
        part = demand[name]
        low, middle, high = part["requested_eur"]
        day = part["day"]
        between = f"{spoken_number(low, 0)} - {spoken_number(high, 0)}"
        ends = None if day is None else day[1]
        rows.append([word, part["firms"], middle, between, round(100 * part["exhausted"]), ends])
    return Table(
        [_("Demand from"), _("Firms"), _("Requested, EUR (median)"), _("9 of 10 draws, EUR"),
         _("Budget exhausted, % of draws"), _("Day on which it ends (median)")],
        rows,
        numeric=[1, 2, 4, 5],
        caption=_("Budget of EUR %(eur)s under the assumed demand") % {"eur": spoken_number(demand["budget_eur"], 0)},
    )  # fmt: skip


@needs(DESIGN, call=call_by_key)
def compare(request: HttpRequest, call: Call) -> HttpResponse:
    """Two simulations side by side: what a change of the rules does, group by group."""
    stored = Simulation.objects.select_related("version__call")
    numbers = [request.GET.get(n, "") for n in ("a", "b")]
    pair = [stored.filter(pk=n).first() if n.isdecimal() else None for n in numbers]
    tables: list[Table] = []
    if not any(numbers):  # nothing was chosen yet: what is published beside the draft, where both were tried
        pair = list(published_and_draft(call) or (None, None))
    one, two = pair
    if one is not None and two is not None:
        tables = _compared(one, two)
    return render(
        request,
        "funding/compare.html",
        {
            "call": call,
            "title": title_of(call),
            "simulations": [(s, _label(s)) for s in _offered(call)],
            "one": one,
            "two": two,
            "tables": tables,
            "synthetic_data": any(s is not None and s.certainty == "synthetic" for s in pair),
            "crumbs": desk_crumbs(call, Crumb(_("Two drafts side by side"))),
        },
    )


def published_and_draft(call: Call) -> tuple[Simulation, Simulation] | None:
    """The last trial of the published version and of the draft after it; None where one of them was not tried."""
    newest, published = newest_version(call), version_in_force(call)
    if newest is None or published is None or newest.pk == published.pk:
        return None
    tried = Simulation.objects.select_related("version__call").order_by("-computed_at")
    one, two = (tried.filter(version=version).first() for version in (published, newest))
    return None if one is None or two is None else (one, two)


def _offered(call: Call) -> list[Simulation]:
    """Simulations to choose from: those of this call first, each group newest first."""
    rows = Simulation.objects.select_related("version__call").order_by("-computed_at")
    return [*rows.filter(version__call=call)[:20], *rows.exclude(version__call=call)[:20]]


def _label(simulation: Simulation) -> str:
    """Call, version, and when: two trials of one draft differ by the minute, and by whether it changed since."""
    version = simulation.version
    at = timezone.localtime(simulation.computed_at)
    state = pgettext("call", "draft") if version.published_at is None else pgettext("call", "published")
    parts = [title_of(version.call), f"v{version.number} ({state})", short_moment(at)]
    if checksum(tried_document(simulation).raw) != version.checksum:
        parts.append(_("before the draft was changed"))
    return ", ".join(parts)


def _compared(one: Simulation, two: Simulation) -> list[Table]:
    tables = []
    a, b = one.result["lines"], two.result["lines"]
    for key in [k for k in a if k in b]:
        whole = (a[key]["sure"], a[key]["possible"], b[key]["sure"], b[key]["possible"])
        rows: list[list[Any]] = [[_("All firms"), *whole, whole[3] - whole[1]]]
        for by in GROUPS:
            left = {r["group"]: r for r in a[key]["by"][by]}
            right = {r["group"]: r for r in b[key]["by"][by]}
            for group in left:
                if group in right:
                    rows.append(
                        [f"{_group_title(by)}: {_group_word(by, group)}", left[group]["sure"], left[group]["possible"],
                         right[group]["sure"], right[group]["possible"],
                         right[group]["possible"] - left[group]["possible"]]
                    )  # fmt: skip
        tables.append(
            Table(
                [_("Group"), _("A: surely in"), _("A: may be in"), _("B: surely in"), _("B: may be in"), _("Change")],
                rows,
                numeric=[1, 2, 3, 4, 5],
                caption=_("Line %(line)s") % {"line": key},
                full=True,
            )
        )
    return tables
