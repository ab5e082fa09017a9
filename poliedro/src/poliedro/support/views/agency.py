"""What the agency does for managers: three tiers, shared material, capability, suggestions, peers, contacts."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from poliedro.registry.models import Cluster
from poliedro.registry.queries.roles import managed_clusters
from poliedro.shared.access import needs
from poliedro.shared.blocks import Block, Button, Item, WorkingPage, show
from poliedro.shared.components import Crumb, Figure, Tab, Table
from poliedro.shared.spoken import short_day
from poliedro.support.forms.agency import AnswerForm, AssetForm, ProviderForm
from poliedro.support.models import Course, Provider, SharedAsset, Suggestion
from poliedro.support.models.agency import COMPETENCE_LABELS, SUPPORT_LABELS, TIER_LABELS
from poliedro.support.queries.agency import (
    SuggestionCounts,
    assets,
    contact_on,
    courses,
    office_people,
    suggestion_counts,
    told_suggestions,
)
from poliedro.support.queries.coaching import agency_grid, coaching_totals, shared_needs
from poliedro.support.rules.agency import COMPETENCES, ENOUGH, SUPPORT_TYPES, Tier, gaps, seats_left
from poliedro.support.services.agency import (
    add_asset,
    add_provider,
    answer_suggestion,
    use_asset,
)


def agency_tabs(user: Any, here: str) -> list[Tab]:
    """The agency's pages that the person may open."""
    ways = (
        ("support:agency", _("Services"), "support.use_agency"),
        ("support:training", _("Courses"), "support.use_agency"),
        ("support:peers", _("Colleagues"), "support.use_agency"),
        ("support:confidence", _("In confidence"), "support.confide"),
        ("support:suggestions", _("You said, we did"), "support.use_agency"),
        ("support:capability", _("What the agency can do"), "support.use_agency"),
        ("support:demand", _("Demand"), "support.view_demand"),
        ("support:contacts", _("Contacts"), "support.view_contacts"),
    )
    return [Tab(label, reverse(name), name == here) for name, label, permission in ways if user.has_perm(permission)]


def home_crumb() -> Crumb:
    return Crumb(_("Cluster agency"), reverse("support:agency"))


@needs("support.use_agency")
def agency(request: HttpRequest) -> HttpResponse:
    """The three tiers, each with what can be had in it now."""
    by_tier = {tier: [t for t in SUPPORT_TYPES if t.tier is tier] for tier in Tier}
    open_courses = [c for c in courses() if c.state == "open"]
    clusters = list(managed_clusters(request.user))
    material = assets()
    doors = {
        Tier.GENERAL: [],
        Tier.GROUP: [(_("All courses"), reverse("support:training")), (_("Colleagues"), reverse("support:peers"))],
        Tier.INDIVIDUAL: [(_("Write down a need, in confidence"), reverse("support:confidence"))]
        if request.user.has_perm("support.confide")
        else [],
    }
    blocks = [_contact_of(cluster) for cluster in clusters]
    for tier, types in by_tier.items():
        items = [
            Item(
                str(SUPPORT_LABELS[t.key]),
                meta=ngettext("usually %(n)s day", "usually %(n)s days", 1 if t.days == 1 else 2)
                % {"n": number_format(t.days, use_l10n=True)},
            )
            for t in types
        ]
        if tier is Tier.GROUP:
            items = [
                Item(
                    c.title,
                    url=reverse("support:course", args=[c.pk]),
                    meta=seats_words(c),
                )
                for c in open_courses[:5]
            ] or items
        blocks.append(Block(str(TIER_LABELS[tier]), items=items, links=doors[tier]))
    blocks.append(
        Block(
            _("Material and dates for everybody"),
            items=[_asset(a, clusters) for a in material],
            empty=_("Nothing yet: campaigns, brand elements, templates and dates appear here."),
        )
    )
    if request.user.has_perm("support.manage_agency"):
        url = reverse("support:asset_add")
        blocks.append(Block(folded=_("Add material"), form=AssetForm(), button=_("Add"), action=url))
    page = WorkingPage(
        _("What the cluster agency does for you"),
        _("For all clusters, for a group, or for one alone in confidence."),
        blocks,
        tabs=agency_tabs(request.user, "support:agency"),
    )
    synthetic = any(c.is_synthetic for c in open_courses) or any(a.is_synthetic for a in material)
    return show(request, page, [Crumb(_("Cluster agency"))], synthetic=synthetic)


def month_words(day: date) -> str:
    """The month inside a sentence: Italian writes it small."""
    words = date_format(day, "F Y")
    return words.lower() if (get_language() or "").startswith("it") else words


def _contact_of(cluster: Cluster) -> Block:
    """Whom a manager turns to at the agency, and how."""
    found = contact_on(cluster, timezone.localdate())
    history = [(_("Who it was before"), reverse("support:contact", args=[cluster.key]))]
    if found is None:
        return Block(_("Your contact"), text=_("Nobody is named yet; the agency sees this as an alarm."), links=history)
    write = [(_("Write to %(who)s") % {"who": found.person.name}, f"mailto:{found.person.email}")]
    return Block(
        _("Your contact"),
        items=[Item(found.person.name, meta=cluster.name)],
        links=[*(write if found.person.email else []), *history],
    )


def seats_words(course: Course) -> str:
    """How many seats are left, in words. See Note [Training demand]: only the coach of a course reads numbers."""
    words = {"left": _("places left"), "few": _("few places left"), "full": _("full: a waiting list is open")}
    return words[seats_left(course.seats, course.taken)]  # type: ignore[attr-defined]


def _used(times: int, by: int) -> str:
    return " ".join(
        (
            ngettext("used %(n)d time", "used %(n)d times", times) % {"n": times},
            ngettext("by %(m)d cluster", "by %(m)d clusters", by) % {"m": by},
        )
    )


def _asset(asset: SharedAsset, clusters: list[Cluster]) -> Item:
    when = f"{short_day(asset.starts_on)}, " if asset.starts_on else ""
    times, by = asset.times, asset.clusters  # type: ignore[attr-defined]
    return Item(
        asset.title,
        url=asset.url,
        text=asset.text,
        tag=str(asset.get_kind_display()),
        meta=when + (_used(times, by) if times else _("not used yet")),
        buttons=[
            Button(
                _("We used it"),
                reverse("support:asset_use", args=[asset.pk]),
                {"cluster": c.key},
                second=True,
                of=f"{asset.title} ({c.name})",
            )
            for c in clusters
        ],
    )


@needs("support.manage_agency")
@require_POST
def asset_add(request: HttpRequest) -> HttpResponse:
    form = AssetForm(request.POST)
    if form.is_valid():
        add_asset(by=request.user, **form.cleaned_data)
    else:
        messages.error(request, _("A title and a kind are needed; an address begins with https."))
    return redirect("support:agency")


@needs("support.use_agency")
@require_POST
def asset_use(request: HttpRequest, pk: int) -> HttpResponse:
    """A manager says that the own cluster used something."""
    asset = get_object_or_404(SharedAsset, pk=pk)
    mine = managed_clusters(request.user).filter(key=request.POST.get("cluster", "")).first()
    if mine is None:
        messages.error(request, _("Choose one of your clusters."))
    else:
        use_asset(asset=asset, cluster=mine, on=timezone.localdate(), by=request.user)
        messages.success(request, _("Noted."))
    return redirect("support:agency")


@needs("support.use_agency")
def suggestions(request: HttpRequest) -> HttpResponse:
    """You said, we did. A day would tell in which course or coaching it was said: pages tell the month, and the words
    of the suggestion itself only to who answers it, until there is an answer."""
    may_answer = request.user.has_perm("support.manage_agency")
    today = timezone.localdate()
    rows, counts = told_suggestions(may_answer, today), suggestion_counts(today)
    blocks = [
        Block(
            _("What was asked, and what was changed"),
            items=[
                Item(
                    s.text,
                    text=s.answer,
                    tag=_("changed in %(month)s") % {"month": month_words(s.changed_on)}
                    if s.changed_on
                    else _("answered, not changed yet")
                    if s.answer
                    else _("open"),
                    meta=_("said in %(month)s") % {"month": month_words(s.said_on)},
                )
                for s in rows
            ],
            empty=_("Nothing yet. Each course and each coaching asks what the agency should change."),
        )
    ]
    if counts.unanswered and not may_answer:
        blocks.append(_open_suggestions(counts))
    if may_answer:
        blocks += [
            Block(
                folded=_("Answer: %(what)s") % {"what": s.text[:60]},
                form=AnswerForm(initial={"answer": s.answer}, auto_id=f"id_{s.pk}_%s"),
                button=_("Answer"),
                action=reverse("support:suggestion_answer", args=[s.pk]),
            )
            for s in rows
            if s.changed_on is None
        ]
    waiting = sum(n for _month, n in counts.unanswered)
    page = WorkingPage(
        ngettext(
            "You said, we did: %(n)d of %(m)d suggestion led to a change",
            "You said, we did: %(n)d of %(m)d suggestions led to a change",
            counts.every,
        )
        % {"n": counts.changed, "m": counts.every},
        (ngettext("%(n)d waits for an answer.", "%(n)d wait for an answer.", waiting) % {"n": waiting} + " ")
        + _(
            "Suggestions reach the agency without a name; the others read them once they are answered. Those of this "
            "month are counted from the next one on."
        ),
        blocks,
        tabs=agency_tabs(request.user, "support:suggestions"),
    )
    return show(
        request, page, [home_crumb(), Crumb(_("You said, we did"))], synthetic=any(s.is_synthetic for s in rows)
    )


def _open_suggestions(counts: SuggestionCounts) -> Block:
    """How many wait for an answer, by the month in which they were said: no words, which could tell who said it."""
    return Block(
        _("Without an answer so far"),
        items=[
            Item(
                ngettext("%(n)d suggestion", "%(n)d suggestions", n) % {"n": n},
                meta=_("said in %(month)s") % {"month": month_words(month)},
            )
            for month, n in counts.unanswered
        ],
    )


@needs("support.manage_agency")
@require_POST
def suggestion_answer(request: HttpRequest, pk: int) -> HttpResponse:
    suggestion = get_object_or_404(Suggestion, pk=pk)
    form = AnswerForm(request.POST)
    if form.is_valid():
        answer_suggestion(suggestion=suggestion, by=request.user, **form.cleaned_data)
    else:
        messages.error(request, _("Say in words what was done."))
    return redirect("support:suggestions")


@needs("support.use_agency")
def capability(request: HttpRequest) -> HttpResponse:
    """What the agency's own people command, and where it falls short of what is asked (R082).

    What is asked is demand: whoever may not see that under the region's form reads what is covered, and no more.
    """
    may = request.user.has_perm("support.view_demand")
    grid, wanted = agency_grid(), shared_needs() if may else {}
    short = gaps(grid, wanted)
    totals = coaching_totals(timezone.localdate())
    table = Table(
        [
            _("Competence"),
            _("People who command it"),
            _("Who could teach it"),
            *([_("Clusters that ask for it")] if may else []),
        ],
        [
            [
                str(COMPETENCE_LABELS[key]),
                sum(n >= ENOUGH for n in grid.get(key, [])),
                sum(n >= 4 for n in grid.get(key, [])),
                *([_("three or more") if key in wanted else ""] if may else []),
            ]
            for key in COMPETENCES
        ],
        numeric=(1, 2),
        full=True,
    )
    blocks = [
        Block(
            figures=[
                Figure(
                    totals.score,
                    _("Satisfaction with coaching"),
                    unit="/ 5",
                    decimals=1,
                    n=totals.answers,
                    definition=_("Mean of the scores in cases closed in %(year)d; shown from three managers on.")
                    % {"year": totals.year},
                    null_means=_("fewer than three managers"),
                    source=_("managers' feedback"),
                )
            ]
        ),
        Block(
            _("Where the agency falls short"),
            items=[
                Item(
                    str(COMPETENCE_LABELS[key]),
                    meta="; ".join(
                        [
                            ngettext("%(n)d person commands it", "%(n)d people command it", able) % {"n": able},
                            *([_asked_by(asked)] if may else []),
                        ]
                    ),
                )
                for key, able, asked in short
            ],
            empty=_("Nowhere: each competence is covered."),
        ),
        Block(_("The grid"), table=table),
        Block(
            _("Providers"),
            items=[
                Item(p.name, text=p.references, tag=_("agency") if p.is_agency else _("outside"))
                for p in Provider.objects.filter(active=True)
            ],
            empty=_("Nobody yet."),
        ),
    ]
    if request.user.has_perm("support.manage_agency"):
        url = reverse("support:provider_add")
        form = ProviderForm(people=office_people(timezone.localdate()))
        blocks.append(Block(folded=_("Add a provider"), form=form, button=_("Keep"), action=url))
    page = WorkingPage(
        _("The agency falls short in %(n)d of %(m)d competences") % {"n": len(short), "m": len(COMPETENCES)},
        _("Needs of fewer than three clusters are not counted here, as one could tell whose they are.")
        if may
        else _("What clusters ask for stands with those who do not decide on funding."),
        blocks,
        tabs=agency_tabs(request.user, "support:capability"),
    )
    synthetic = Provider.objects.filter(is_synthetic=True).exists()
    return show(request, page, [home_crumb(), Crumb(_("What the agency can do"))], synthetic=synthetic)


def _asked_by(asked: int) -> str:
    """By how many clusters a competence is asked for, as far as that may be told."""
    return _("asked for by three clusters or more") if asked else _("asked for by fewer than three clusters")


@needs("support.manage_agency")
@require_POST
def provider_add(request: HttpRequest) -> HttpResponse:
    form = ProviderForm(request.POST, people=office_people(timezone.localdate()))
    if form.is_valid():
        data = form.cleaned_data
        add_provider(
            person=data["person"],
            name=data["name"],
            is_agency=data["is_agency"],
            levels=form.levels(),
            references=data["references"],
            price_day_eur=data["price_day_eur"],
            by=request.user,
        )
    else:
        messages.error(request, _("A name is needed, and each competence has a level."))
    return redirect("support:capability")


@needs("support.view_demand")
def demand(request: HttpRequest) -> HttpResponse:
    """Needs that at least three clusters share: what a course could answer (R077)."""
    found = shared_needs()
    offered = {c.competence: c for c in courses() if c.state == Course.State.OPEN}
    blocks = [
        Block(
            items=[
                Item(
                    str(COMPETENCE_LABELS[key]),
                    meta=_("three clusters or more ask for it"),
                    url=reverse("support:course", args=[offered[key].pk])
                    if key in offered
                    else reverse("support:course_new") + f"?competence={key}",
                    tag=_("a course is open") if key in offered else _("plan a course"),
                )
                for key in found
            ],
            empty=_(
                "No need is shared by three clusters or more; fewer are not shown, as one could tell whose they are."
            ),
        )
    ]
    page = WorkingPage(
        ngettext(
            "%(n)d need is shared by three clusters or more",
            "%(n)d needs are shared by three clusters or more",
            len(found),
        )
        % {"n": len(found)},
        _("Counted without names; the words stay with the managers and their coaches."),
        blocks,
        tabs=agency_tabs(request.user, "support:demand"),
    )
    return show(request, page, [home_crumb(), Crumb(_("Demand"))])
