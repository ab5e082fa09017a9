"""Who may work together next: predicted partners with reasons, from the stored run."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from poliedro.matchmaking.queries.cards import own_organisations
from poliedro.matchmaking.queries.partners import Likely, common_words, likely_pairs, partners_of, prediction
from poliedro.matchmaking.views.base import Action, Item, Part, Shown, page
from poliedro.matchmaking.views.find import organisation_by_pk
from poliedro.registry.models import Cluster
from poliedro.registry.present import facet
from poliedro.shared.access import signed_in
from poliedro.shared.components import Crumb, Empty
from poliedro.shared.jobs import start_job
from poliedro.shared.templatetags.poliedro import day as spoken_day
from poliedro.shared.templatetags.poliedro import spoken_number


def _notes() -> list[str]:
    return [
        _(
            "Learned from all joint projects of the register: shared partners, walks over two and three steps, "
            "activity, and which kinds and countries meet. Whoever has met before is left out."
        ),
        _(
            "A prediction says who is likely, not who fits best: on Horizon 2020, of ten that are named one to two "
            "became a partner, more than by any simpler count."
        ),
        _("The shares of the reasons are parts of what lifts the pair above the average candidate."),
    ]


def _nothing() -> Empty:
    return Empty(
        _("Nobody can be named yet"),
        _("The calculation needs joint projects of members; it runs each day once projects are loaded."),
        _("Ask in your own words"),
        reverse("matchmaking:ask"),
    )


def _items(rows: list[Likely], with_focal: bool) -> list[Item]:
    return [
        Item(
            f"{r.focal} – {r.partner}" if with_focal else str(r.partner),
            reverse("matchmaking:next_of", args=[r.focal.pk])
            if with_focal
            else reverse("portal:organisation", args=[r.partner.pk]),
            meta=common_words(r),
            tags=[
                str(r.partner.get_kind_display()),
                *(
                    [r.partner.territory.name]
                    if r.partner.territory
                    else [r.partner.country]
                    if r.partner.country
                    else []
                ),
            ],
            reasons=r.reasons,
        )
        for r in rows
    ]


@signed_in
def next_pairs(request: HttpRequest) -> HttpResponse:
    """Likely first projects of members, by cluster; smaller firms with large ones apart."""
    clusters = {str(c.pk): c for c in Cluster.objects.order_by("name")}
    chosen = clusters.get(request.GET.get("cluster", ""))
    large = request.GET.get("who") == "large"
    rows = likely_pairs(request.user, chosen.pk if chosen else None, large)
    run = prediction()
    facts: list[tuple[str, Any]] = []
    if run is not None:
        facts = [
            (_("Last run"), spoken_day(run.asked_at.date())),
            (
                _("Learned from"),
                _("%(projects)s projects of %(bodies)s organisations")
                % {
                    "projects": spoken_number(run.headline["projects"]),
                    "bodies": spoken_number(run.headline["organisations"]),
                },
            ),
            (
                _("Weights"),
                _("learned from later projects")
                if run.headline["learned"]
                else _("fixed ones; the history is too short to learn from"),
            ),
        ]
    actions = []
    if request.user.has_perm("matchmaking.run_engine"):

        def again() -> str:
            job = start_job(name="matchmaking.refresh", title=_("Search index and matches"), by=request.user)
            return reverse("shared:job", args=[job.pk])

        actions = [Action("run", _("Compute again now"), again)]
    return page(
        request,
        Shown(
            _("%(one)s and %(other)s are likely to work together next")
            % {"one": rows[0].focal, "other": rows[0].partner}
            if rows
            else _("Who may work together next"),
            _(
                "First joint projects that are likely, with the reasons. Use them to introduce people, or to ask why "
                "not yet."
            ),
            [Part(facts=facts, items=_items(rows, True), empty=_nothing(), actions=actions, notes=_notes())],
            [
                Crumb(_("Needs and offers"), reverse("matchmaking:cards")),
                Crumb(_("Who may work together next")),
            ],
            synthetic=any(r.focal.is_synthetic for r in rows),
            facets=[
                facet("cluster", _("Cluster"), [(k, c.name, None) for k, c in clusters.items()], request.GET),
                facet("who", _("Who"), [("large", _("small and mid-sized firms with large ones"), None)], request.GET),
            ],
        ),
    )


@signed_in
def next_of(request: HttpRequest, pk: int) -> HttpResponse:
    """The likely next partners of one organisation."""
    found = organisation_by_pk(pk)
    rows = partners_of(found, request.user)
    return page(
        request,
        Shown(
            _("%(name)s may next work with %(other)s") % {"name": found, "other": rows[0].partner}
            if rows
            else _("No next partner of %(name)s can be named") % {"name": found},
            _("Organisations it has never had a project with, the likeliest first."),
            [
                Part(
                    items=_items(rows, False),
                    empty=_nothing(),
                    links=[
                        *(
                            [
                                (
                                    _("Write a card to find partners"),
                                    reverse("matchmaking:new_card") + "?topic=rnd_partner",
                                )
                            ]
                            if own_organisations(request.user)
                            else []
                        ),
                        (_("All likely pairs"), reverse("matchmaking:next_pairs")),
                    ],
                    notes=_notes(),
                )
            ],
            [
                Crumb(_("Organisations"), reverse("portal:organisations")),
                Crumb(str(found), reverse("portal:organisation", args=[pk])),
                Crumb(_("Who may work together next")),
            ],
            synthetic=found.is_synthetic,
        ),
    )
