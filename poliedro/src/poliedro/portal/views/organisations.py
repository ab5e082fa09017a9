from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from poliedro.matchmaking.queries.outcomes import challenges_behind
from poliedro.registry.models import Identifier, Organisation, Participation, Project
from poliedro.registry.present import facet, link, page_asked, pages_of, ring
from poliedro.registry.queries.directory import FACETS, PAGE, Choice, find, organisations
from poliedro.registry.queries.directory_index import ANY, FIRMS, HERE, directory_index
from poliedro.registry.queries.organisation import PARTNERS as LISTED
from poliedro.registry.queries.organisation import PROJECTS, Profile, profile, similar
from poliedro.registry.queries.resolution import counterparts
from poliedro.registry.queries.visibility import hidden_from, keep_places, kept_back, without_place
from poliedro.registry.words import part_words
from poliedro.shared.access import public
from poliedro.shared.components import Chart, Crumb, Empty, Option, Table
from poliedro.shared.dated import Moment
from poliedro.shared.region import region
from poliedro.shared.search import every_key, nearest, ranked
from poliedro.shared.spreadsheet import csv_lines
from poliedro.shared.templatetags.poliedro import certainty_label, spoken_number

EVERYWHERE = "all"
"""The value of "where" of a reader who wants no place."""
AMONG = 10_000  # numbers that a database takes in one question, with room to spare
PARTNERS = 100  # of a project on one page
NEAR = (10, 20, LISTED)
"""How many partners of an organisation the reader may have drawn; the table beside has all that are listed."""


def _choice(query: QueryDict) -> Choice:
    """What is looked for by a text comes in the order of how well it matches, unless another was chosen."""
    text = query.get("q", "").strip()[:200]
    asked, usual = query.get("order", ""), "best" if text else "name"
    order = asked if asked in ("newest", "name") else usual
    values = {name: query.get(name, "").replace("\x00", "\ufffd")[:40] for name in FACETS}
    if values["where"] == EVERYWHERE:
        values["where"] = ""
    return Choice(text, values, order)


def _asked(request: HttpRequest) -> QueryDict:
    """What the reader chose; who asks nothing sees the region, if anybody of it is in the directory."""
    if request.GET or not directory_index(Moment.today()).masks["where"].get(HERE):
        return request.GET
    return QueryDict(f"where={HERE}")


@public
def directory(request: HttpRequest) -> HttpResponse:
    query = _asked(request)
    choice = _choice(query)
    moment, number = Moment.today(), page_asked(request)
    matching = ranked(choice.text, "organisation") if choice.text else None
    keys = None if matching is None else [int(k) for k in matching.keys]
    best = [] if matching is None else [int(k) for k in matching.best]
    found = find(choice, moment, page=number, keys=keys, best=best)
    kinds, sizes = dict(Organisation.Kind.choices), dict(Organisation.SizeClass.choices)
    names = {c.value: c.label for c in found.facets["cluster"]}
    labels = {
        "where": _("Where"),
        "projects": _("Projects"),
        "kind": _("Kind"),
        "cluster": _("Cluster"),
        "province": _("Province"),
        "size": _("Size"),
        "activity": _("Activity (NACE)"),
        "certainty": _("How it is known"),
    }
    words = {
        "where": lambda v: _("in %(region)s") % {"region": region().name} if v == HERE else _("elsewhere"),
        "projects": lambda v: _("in EU projects"),
        "kind": lambda v: _("firms of every kind") if v == FIRMS else str(kinds[v]),
        "cluster": lambda v: _("a member of any") if v == ANY else names[v],
        "certainty": certainty_label,
        "size": lambda v: _("not known") if v == "unknown" else str(sizes[v]),
    }
    facets = [
        facet(
            name,
            labels[name],
            [(c.value, words[name](c.value) if name in words else c.label, c.count) for c in found.facets[name]],
            query,
            nothing=f"?where={EVERYWHERE}",
        )
        for name in FACETS
    ]
    pages = pages_of(query, number, PAGE, shown=len(found.rows), total=found.total)
    titles = titles_of(found.rows)
    rows = [
        {
            "organisation": o,
            "title": titles[o.pk],
            "clusters": found.clusters.get(o.pk, []),
            "is_start_up": o.pk in found.start_ups,
        }
        for o in found.rows
    ]
    return render(
        request,
        "portal/organisations.html",
        {
            "rows": rows,
            "facets": facets,
            "pages": pages,
            "text": choice.text,
            "total": found.total,
            "offers": nearest(choice.text) if choice.text and not found.total else [],
            "clear_url": f"?where={EVERYWHERE}",
            "query": query.urlencode(),
            "by_match": link(query, order="") if choice.text else "",
            "by_name": link(query, order="name"),
            "by_age": link(query, order="newest"),
            "order": choice.order,
            "empty": Empty(
                _("No organisation matches"),
                _("Take a choice away, or search for fewer words."),
                _("All organisations"),
                f"?where={EVERYWHERE}",
            ),
            "synthetic_data": any(o.is_synthetic for o in found.rows),
            "crumbs": [Crumb(_("Home"), reverse("portal:home")), Crumb(_("Organisations"))],
        },
    )


@public
def download(request: HttpRequest) -> StreamingHttpResponse:
    """The whole result as CSV, streamed."""
    choice = _choice(request.GET)
    keys = [int(k) for k in every_key(choice.text, "organisation")] if choice.text else None
    few, among = keys is None or len(keys) <= AMONG, None if keys is None else frozenset(keys)
    rows = (
        organisations(choice, Moment.today(), keys if few else None)
        .select_related("territory", "nace", "source")
        .order_by("name", "pk")
    )
    hidden = kept_back()

    def content() -> Iterator[list[Any]]:
        yield ["id", "name", "kind", "size_class", "place", "country", "activity", "certainty", "source"]
        for o in rows.iterator(chunk_size=2000):
            if among is not None and o.pk not in among:
                continue
            yield [
                o.pk,
                o.name,
                o.kind,
                "" if o.pk in hidden["size"] else o.size_class,
                "" if o.pk in hidden["place"] else o.territory.name if o.territory else o.place_text,
                o.country,
                o.nace.code if o.nace and o.pk not in hidden["activities"] else "",
                o.certainty,
                o.source.name,
            ]

    return StreamingHttpResponse(
        csv_lines(content()),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="organisations.csv"'},
    )


def title_of(organisation: Organisation, numbers: dict[str, str]) -> str:
    """Its name; without one, its number, and that the name is not known. Nothing is invented."""
    if organisation.name:
        return organisation.name
    if "pic" in numbers:
        return _("PIC %(n)s, name not in the loaded file") % {"n": numbers["pic"]}
    return _("Organisation %(n)s, name not in the loaded file") % {"n": organisation.pk}


def titles_of(rows: Sequence[Organisation]) -> dict[int, str]:
    """The titles of many; one query where some have no name, else none."""
    nameless = [o.pk for o in rows if not o.name]
    held = (
        Identifier.objects.known().filter(organisation__in=nameless, scheme="pic").values_list("organisation", "value")
    )
    pics = dict(held) if nameless else {}
    return {o.pk: title_of(o, {"pic": pics[o.pk]} if o.pk in pics else {}) for o in rows}


@public
def organisation(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(
        Organisation.objects.select_related("territory__parent", "nace", "source", "load"), pk=pk, retracted_at=None
    )
    if found.merged_into_id:
        return redirect("portal:organisation", pk=found.merged_into_id)
    number = page_asked(request)
    near = _near_asked(request)
    known = profile(found, Moment.today(), number, near)
    title = title_of(found, {i.scheme: i.value for i in known.identifiers})
    hidden = hidden_from(found, request.user)
    if "place" in hidden:
        without_place(found)
    if aspects := {{"size": "size_class", "activities": "nace"}.get(f) for f in hidden}:
        known = replace(known, standings=[s for s in known.standings if s.aspect not in aspects])
    pages = pages_of(request.GET, number, PROJECTS, shown=len(known.participations), total=known.projects)
    return render(
        request,
        "portal/organisation.html",
        {
            "organisation": found,
            "title": title,
            "profile": known,
            "hidden": hidden,
            "pages": pages,
            "chart": None if "projects" in hidden else _partners_chart(found, title, known, near),
            "near": _ways_near(request, known, near),
            "similar": similar(found),
            "maybe_same": counterparts(found),
            "completeness_percent": known.completeness.share * 100,
            "missing": [part_words()[part] for part in known.completeness.missing],
            "is_stale": known.completeness.is_stale(timezone.localdate()),
            "synthetic_data": found.is_synthetic,
            "crumbs": [
                Crumb(_("Home"), reverse("portal:home")),
                Crumb(_("Organisations"), reverse("portal:organisations")),
                Crumb(title),
            ],
        },
    )


def _partners_chart(found: Organisation, title: str, known: Profile, near: int) -> Chart | None:
    """The organisation in the middle, the partners with most joint projects round it, and the strongest ties among
    these: all ties of a large organisation would be a knot."""
    if not known.partners:
        return None
    titles = titles_of([p.organisation for p in known.partners])
    middle = {"id": found.pk, "name": title, "size": 26, "group": 0, "label": Truncator(title).chars(34)}
    nodes: list[dict[str, Any]] = [{**middle, "x": 0, "y": 0, "side": "bottom"}]
    around = known.partners[:near]
    for p, (x, y) in zip(around, ring(len(around)), strict=True):
        name = titles[p.organisation.pk]
        nodes.append(
            {
                "id": p.organisation.pk,
                "name": name,
                "note": ngettext("%(n)d joint project", "%(n)d joint projects", p.projects) % {"n": p.projects},
                "size": 9 + min(18, p.projects * 2),
                "group": 1,
                "label": Truncator(name).chars(34),
                "x": x,
                "y": y,
                "side": "left" if x < 0 else "right",
                "url": reverse("portal:organisation", args=[p.organisation.pk]),
            }
        )
    edges = [
        {"source": found.pk, "target": p.organisation.pk, "width": min(6, p.projects), "value": p.projects}
        for p in around
    ]
    strongest = known.ties[:near]
    edges += [{"source": a, "target": b, "width": min(4, n), "value": n} for a, b, n in strongest]
    rows = [[titles[p.organisation.pk], p.organisation.country, p.projects] for p in known.partners]
    first, said = known.partners[0], {"all": spoken_number(known.partners_in_all), "k": len(around)}
    summary = _("Most joint projects with %(name)s (%(n)d).") % {
        "name": titles[first.organisation.pk],
        "n": first.projects,
    }
    summary += " " + (
        _("All %(k)d partners are drawn.") % said
        if len(around) == known.partners_in_all
        else _("Drawn: the %(k)d partners of %(all)s with most joint projects.") % said
    )
    if len(strongest) < len(known.ties):
        summary += " " + _("Lines among them: the %(n)d ties with most joint projects.") % {"n": len(strongest)}
    return Chart(
        "graph",
        "partners",
        _("With whom it works"),
        summary,
        {"nodes": nodes, "edges": edges, "groups": [{"name": _("this organisation")}, {"name": _("partners")}]},
        Table(
            [_("Partner"), _("Country"), _("Joint projects")],
            rows,
            numeric=[2],
            links={i: reverse("portal:organisation", args=[p.organisation.pk]) for i, p in enumerate(known.partners)},
            caption=_("The %(n)d partners with most joint projects, of %(all)s")
            % {"n": len(rows), "all": spoken_number(known.partners_in_all)}
            if len(rows) < known.partners_in_all
            else "",
        ),
        height="large",
    )


def _near_asked(request: HttpRequest) -> int:
    text = request.GET.get("partners", "")
    return int(text) if text in {str(n) for n in NEAR} else NEAR[0]


def _ways_near(request: HttpRequest, known: Profile, near: int) -> list[Option]:
    """How many partners to draw: the choices that make a difference."""
    asked = [n for i, n in enumerate(NEAR) if i == 0 or known.partners_in_all > NEAR[i - 1]]
    found = [
        Option(str(n), str(min(n, known.partners_in_all)), None, n == near, link(request.GET, partners=n))
        for n in asked
    ]
    return found if len(found) > 1 else []


@public
def project(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Project.objects.select_related("source"), pk=pk, retracted_at=None)
    every = (
        Participation.objects.known()
        .filter(project=found)
        .select_related("organisation__territory", "source")
        .order_by("role", "organisation__name", "pk")
    )
    number, total = page_asked(request), every.count()
    parts = list(every[(number - 1) * PARTNERS : number * PARTNERS])
    keep_places([p.organisation for p in parts], request.user)
    titles = titles_of([p.organisation for p in parts])
    pages = pages_of(request.GET, number, PARTNERS, shown=len(parts), total=total)
    shares = list(found.shares.filter(retracted_at=None).select_related("cluster").order_by("-share"))
    title = found.title or found.acronym or _("Project %(n)s") % {"n": found.number}
    return render(
        request,
        "portal/project.html",
        {
            "project": found,
            "title": title,
            "parts": [(p, titles[p.organisation_id]) for p in parts],
            "pages": pages,
            "shares": shares,
            "origins": challenges_behind(found),
            "places": [
                p.territory.name for p in found.places.filter(retracted_at=None).select_related("territory")[:20]
            ],
            "synthetic_data": found.certainty == "synthetic",
            "crumbs": [
                Crumb(_("Home"), reverse("portal:home")),
                Crumb(_("Search"), reverse("portal:search")),
                Crumb(title),
            ],
        },
    )
