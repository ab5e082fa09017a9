"""The catalogue for everybody: find a service, see what it costs and who gives it, ask for it."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from poliedro.registry.models import Cluster, InnovationType, Organisation, ServiceOffer
from poliedro.registry.present import facet, link
from poliedro.registry.queries.roles import roles_of
from poliedro.registry.rules.permissions import RoleName
from poliedro.registry.shown import cluster_tabs
from poliedro.shared.access import public, signed_in
from poliedro.shared.components import Crumb, Empty, Facet, Pages, Table
from poliedro.shared.region import region
from poliedro.shared.spoken import short_day
from poliedro.support.forms.services import AskerForm, FeedbackForm, NeedForm, OtherNeedForm, PlanForm
from poliedro.support.models import Package, Service
from poliedro.support.queries.cases import requests_of
from poliedro.support.queries.catalogue import (
    CORE,
    FACETS,
    Item,
    find,
    item_of,
    items_on,
    left_of,
    package_items,
    package_with_words,
    service_with_words,
)
from poliedro.support.queries.vouchers import open_schemes, paying_for
from poliedro.support.rules.cases import CaseState, NotAllowed, RequestState, can_move_request
from poliedro.support.rules.plan import Capacity, Firm, Offer, plan
from poliedro.support.rules.vouchers import EVERY_SIZE, SIZES_OF
from poliedro.support.services.cases import answer_feedback
from poliedro.support.services.catalogue import price_on
from poliedro.support.services.letters import request_of, token_of
from poliedro.support.services.requests import Asker, ask_service, confirm_request, is_member_of, withdraw_request
from poliedro.support.views.words import pays_words, price_words, reason_words, refusal_words, verb_words

CARDS = 24


@public
@require_safe
def catalogue(request: HttpRequest) -> HttpResponse:
    """Every service of the region: facets on the left, cards on the right."""
    today = timezone.localdate()
    items = items_on(today)
    text = request.GET.get("q", "")[:100]
    found = find(items, {f: request.GET.get(f, "") for f in FACETS}, text)
    page = Paginator(found.items, CARDS).get_page(request.GET.get("page"))
    return render(
        request,
        "support/catalogue.html",
        {
            "rows": [_row(i) for i in page.object_list],
            "pages": Pages(
                page.number,
                CARDS,
                len(page.object_list),
                len(found.items),
                link(request.GET) + f"&page={page.number - 1}" if page.has_previous() else "",
                link(request.GET) + f"&page={page.number + 1}" if page.has_next() else "",
            ),
            "n": len(found.items),
            "others": sum(not i.is_rd for i in found.items),
            "q": text,
            "facets": _facets(request, found.counts, items),
            "kept": [(f, request.GET[f]) for f in FACETS if request.GET.get(f)],
            "packages": [_package_row(p) for p in package_items(today)] if not request.GET else [],
            "matrix": _matrix(items),
            "empty": Empty(
                _("No service matches"),
                _("Take a choice away, or say in your own words what you need: a request is answered by a named day."),
                _("Ask for something else"),
                reverse("support:ask_other"),
            ),
            "synthetic_data": any(i.is_synthetic for i in items),
            "crumbs": [Crumb(_("Home"), reverse("portal:home")), Crumb(_("Services"))],
        },
    )


@public
@require_safe
def cluster_services(request: HttpRequest, key: str) -> HttpResponse:
    """The services of one cluster, those of the core first."""
    cluster = Cluster.objects.filter(key=key).first()
    if cluster is None:
        raise Http404
    today = timezone.localdate()
    items = [i for i in items_on(today) if i.cluster_key == key]
    groups = [(_("The four core services"), [i for i in items if i.kind in CORE])]
    groups.append((_("More services"), [i for i in items if i.kind not in CORE]))
    return render(
        request,
        "support/cluster_services.html",
        {
            "cluster": cluster,
            "n": len(items),
            "others": sum(not i.is_rd for i in items),
            "groups": [(title, [_row(i) for i in rows]) for title, rows in groups if rows],
            "packages": [_package_row(p) for p in package_items(today, cluster, every=False)],
            "may_keep": request.user.has_perm("support.manage_catalogue", cluster),
            "may_work": request.user.has_perm("support.work_cases", cluster),
            "may_see": request.user.has_perm("support.view_service_figures", cluster),
            "tabs": cluster_tabs(cluster, request.user, "support:cluster_services"),
            "empty": Empty(
                _("No service is in the catalogue yet"),
                _("A service says what a firm gets, for whom it is, what it costs and how soon one is answered."),
                _("Say what you need"),
                reverse("support:ask_other") + f"?cluster={cluster.key}",
            ),
            "synthetic_data": any(i.is_synthetic for i in items),
            "crumbs": [*_cluster_crumbs(cluster), Crumb(_("Services"))],
        },
    )


@public
@require_safe
def service(request: HttpRequest, pk: int) -> HttpResponse:
    """One service: what one gets, for whom, at what price, and the button that asks for it."""
    held = service_with_words(pk)
    if held is None:
        raise Http404
    today = timezone.localdate()
    item = item_of(held, price_on(held, today))
    is_open = held.opened_on <= today and (held.closed_on is None or held.closed_on > today)
    return render(
        request,
        "support/service.html",
        {
            "service": held,
            "row": _row(item),
            "checklist": [_line(line) for line in held.checklist],
            "hours": sum((Decimal(str(line["hours"])) for line in held.checklist if line.get("hours")), Decimal(0)),
            "left": left_of(held, today),
            "voucher": pays_words(paying_for(open_schemes(today), held, EVERY_SIZE)),
            "is_open": is_open,
            "packages": [_package_row(p) for p in package_items(today) if any(i.pk == pk for i, _by in p.steps)],
            "may_keep": request.user.has_perm("support.manage_catalogue", held),
            "synthetic_data": held.is_synthetic,
            "crumbs": [Crumb(_("Services"), reverse("support:catalogue")), Crumb(held.name)],
        },
    )


@public
@require_safe
def package(request: HttpRequest, pk: int) -> HttpResponse:
    """One package: its steps in order, each with who gives it."""
    held = package_with_words(pk)
    if held is None:
        raise Http404
    today = timezone.localdate()
    found = next((p for p in package_items(today) if p.package.pk == pk), None)
    return render(
        request,
        "support/package.html",
        {
            "package": held,
            "row": _package_row(found) if found else None,
            "may_keep": request.user.has_perm("support.manage_catalogue", held),
            "synthetic_data": held.is_synthetic,
            "crumbs": [Crumb(_("Services"), reverse("support:catalogue")), Crumb(held.name)],
        },
    )


@public
@require_safe
def suggested(request: HttpRequest) -> HttpResponse:
    """Which services suit my firm: a first easy step, and what may follow. Nothing is kept."""
    form = PlanForm(request.GET if request.GET else None)
    rows: list[dict[str, Any]] = []
    if form.is_valid():
        data = form.cleaned_data
        items = {i.pk: i for i in items_on(timezone.localdate())}
        firm = Firm(data["audience"], frozenset(data["wants"]), Capacity(data["capacity"]), data["budget_eur"])
        offers = [
            Offer(
                i.pk,
                i.innovation,
                i.is_rd,
                i.tier,
                i.audiences,
                i.kind,
                i.members_eur if data["member"] else i.others_eur,
            )
            for i in items.values()
        ]
        schemes, sizes = open_schemes(timezone.localdate()), SIZES_OF.get(firm.audience, frozenset())
        rows = [
            {
                **_row(items[s.pk]),
                "reasons": [reason_words(r) for r in s.reasons],
                "later": s.later,
                "voucher": pays_words(paying_for(schemes, items[s.pk], sizes)),
            }
            for s in plan(offers, firm)
        ]
    return render(
        request,
        "support/plan.html",
        {
            "form": form,
            "asked": form.is_bound and form.is_valid(),
            "first": rows[0] if rows else None,
            "rows": rows[1:],
            "synthetic_data": any(r["item"].is_synthetic for r in rows),
            "crumbs": [Crumb(_("Services"), reverse("support:catalogue")), Crumb(_("What suits my firm"))],
        },
    )


# --- asking -----------------------------------------------------------------------------------------------------------
@public
def ask(request: HttpRequest, pk: int) -> HttpResponse:
    held = service_with_words(pk)
    if held is None or not Service.objects.open_on(timezone.localdate()).filter(pk=pk).exists():
        raise Http404
    return _ask(request, held.name, service=held)


@public
def ask_package(request: HttpRequest, pk: int) -> HttpResponse:
    held = package_with_words(pk)
    if held is None or not Package.objects.open_on(timezone.localdate()).filter(pk=pk).exists():
        raise Http404
    return _ask(request, held.name, package=held)


@public
def ask_other(request: HttpRequest) -> HttpResponse:
    """Ask for what the catalogue does not name: unanswered wishes become visible as unmet demand."""
    return _ask(request, _("Something else"))


def _ask(
    request: HttpRequest, name: str, service: Service | None = None, package: Package | None = None
) -> HttpResponse:
    bodies = _bodies(request.user)
    data = request.POST if request.method == "POST" else None
    clusters = [(c.key, c.name) for c in Cluster.objects.existing_on(timezone.localdate()).order_by("position")]
    need: NeedForm = (
        NeedForm(data)
        if service or package
        else OtherNeedForm(data, clusters=clusters, initial={"cluster": request.GET.get("cluster", "")})
    )
    asker_form = None if bodies else AskerForm(data, region_code=region().code)
    refused: list[str] = []
    if data is not None and need.is_valid() and (asker_form is None or asker_form.is_valid()):
        if asker_form is not None and asker_form.is_trapped:
            return redirect("support:sent")
        try:
            made = ask_service(
                asker=_asker(request, bodies, asker_form),
                text=need.cleaned_data["text"],
                at=timezone.now(),
                by=request.user,
                site=_site(request),
                origin=request.META.get("REMOTE_ADDR", ""),
                service=service,
                package=package,
                cluster=Cluster.objects.filter(key=need.cleaned_data.get("cluster") or "").first(),
                kind=need.cleaned_data.get("kind", ""),
                innovation=need.cleaned_data.get("innovation", ""),
            )
        except NotAllowed as refusal:
            refused = refusal_words(refusal.reasons)
        else:
            if made.status is RequestState.UNCONFIRMED:
                return redirect("support:sent")
            messages.success(
                request,
                _("Your request is on its way. You have an answer by %(day)s.") % {"day": short_day(made.promised_on)},
            )
            return redirect("support:mine")
    today = timezone.localdate()
    return render(
        request,
        "support/ask.html",
        {
            "name": name,
            "service": service,
            "package": package,
            "row": _row(item_of(service, price_on(service, today))) if service else None,
            "need": need,
            "asker": asker_form,
            "bodies": bodies,
            "is_member": bool(bodies) and service is not None and is_member_of(bodies[0], service.cluster, today),
            "refused": refused,
            "synthetic_data": False,
            "crumbs": [Crumb(_("Services"), reverse("support:catalogue")), Crumb(_("Ask for it"))],
        },
    )


@public
@require_safe
def sent(request: HttpRequest) -> HttpResponse:
    """What happens next: the letter that confirms."""
    return render(
        request,
        "support/sent.html",
        {
            "synthetic_data": False,
            "crumbs": [Crumb(_("Services"), reverse("support:catalogue")), Crumb(_("Request sent"))],
        },
    )


@public
def asked(request: HttpRequest, token: str) -> HttpResponse:
    """The asker's own page: confirm, follow, withdraw, say what it was worth. Its address is the key."""
    held = request_of(token)
    if held is None:
        raise Http404
    case = getattr(held, "case", None)
    feedback = getattr(case, "feedback", None) if case is not None else None
    to_judge = case is not None and case.status in (CaseState.FEEDBACK_ASKED, CaseState.UNANSWERED)
    form = FeedbackForm(request.POST if request.POST.get("action") == "feedback" else None)
    if request.method == "POST":
        today = timezone.localdate()
        action = request.POST.get("action")
        try:
            if action == "confirm":
                confirm_request(request=held, on=today, site=_site(request))
                messages.success(request, _("Confirmed. Your request has reached those who answer."))
                return redirect("support:asked", token=token)
            if action == "withdraw":
                withdraw_request(request=held, on=today)
                messages.success(request, _("Withdrawn. Nobody will write to you about it."))
                return redirect("support:asked", token=token)
            if action == "feedback" and feedback is not None and form.is_valid():
                answer_feedback(
                    feedback=feedback,
                    usefulness=int(form.cleaned_data["usefulness"]),
                    promptness=int(form.cleaned_data["promptness"]),
                    would_return={"yes": True, "no": False}.get(form.cleaned_data["would_return"]),
                    text=form.cleaned_data["text"],
                    on=today,
                    by=request.user,
                )
                messages.success(request, _("Thank you. Your answer reaches those who worked for you."))
                return redirect("support:asked", token=token)
        except NotAllowed as refusal:
            for words in refusal_words(refusal.reasons):
                messages.error(request, words)
            return redirect("support:asked", token=token)
    events = [(verb_words(e.verb), e) for e in held.events.all() if e.for_client]
    return render(
        request,
        "support/asked.html",
        {
            "asked": held,
            "case": case,
            "feedback": feedback,
            "to_judge": to_judge and feedback is not None and feedback.answered_on is None,
            "form": form,
            "events": events,
            "can_confirm": can_move_request(held.status, RequestState.WAITING)
            and held.status is RequestState.UNCONFIRMED,
            "can_withdraw": can_move_request(held.status, RequestState.WITHDRAWN),
            "price": price_words(held.price_eur) if held.service or held.package else "",
            "synthetic_data": held.is_synthetic,
            "crumbs": [Crumb(_("Services"), reverse("support:catalogue")), Crumb(_("Your request"))],
        },
    )


@signed_in
@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    """What I, or an organisation that I act for, asked for."""
    rows = [
        (r, reverse("support:asked", args=[token_of(r)]), getattr(r, "case", None)) for r in requests_of(request.user)
    ]
    return render(
        request,
        "support/mine.html",
        {
            "rows": rows,
            "synthetic_data": any(r.is_synthetic for r, _url, _case in rows),
            "crumbs": [Crumb(_("Services"), reverse("support:catalogue")), Crumb(_("My requests"))],
        },
    )


# --- putting together -------------------------------------------------------------------------------------------------
def _site(request: HttpRequest) -> str:
    return request.build_absolute_uri("/")


def _bodies(user: Any) -> list[Organisation]:
    keys = [r.organisation_id for r in roles_of(user) if r.name is RoleName.DELEGATE and r.organisation_id]
    return list(Organisation.objects.filter(pk__in=keys).select_related("territory").order_by("name", "pk"))


def _asker(request: HttpRequest, bodies: list[Organisation], form: AskerForm | None) -> Asker:
    if form is not None:
        data = {k: v for k, v in form.cleaned_data.items() if k not in ("website", "privacy")}
        return Asker(**data)
    chosen = next((b for b in bodies if str(b.pk) == request.POST.get("organisation")), bodies[0])
    user: Any = request.user
    return Asker(contact_name=user.name, email=user.email, organisation=chosen)


def _row(item: Item) -> dict[str, Any]:
    return {
        "item": item,
        "url": reverse("support:service", args=[item.pk]),
        "kind": ServiceOffer.Service(item.kind).label,
        "innovation": InnovationType(item.innovation).label,
        "tier": Service.Tier(item.tier).label,
        "audiences": [ServiceOffer.Audience(a).label for a in item.audiences],
        "members": price_words(item.members_eur, item.unit),
        "others": price_words(item.others_eur, item.unit),
    }


def _package_row(found: Any) -> dict[str, Any]:
    return {
        "found": found,
        "package": found.package,
        "url": reverse("support:package", args=[found.package.pk]),
        "steps": [(_row(item), provider) for item, provider in found.steps],
        "members": price_words(found.members_eur),
        "others": price_words(found.others_eur),
        "completed": None if found.completed is None else found.completed * 100,
    }


def _line(line: dict[str, Any]) -> dict[str, Any]:
    language = (get_language() or "it").split("-")[0]
    hours = Decimal(str(line["hours"])) if line.get("hours") else None
    return {"text": line.get(language) or line.get("it") or line.get("en") or "", "hours": hours}


def _facets(request: HttpRequest, counts: Any, items: Any) -> list[Facet]:
    names = {i.cluster_key or "agency": i.cluster_name or _("the agency") for i in items}
    words: dict[str, tuple[str, list[tuple[str, Any]]]] = {
        "kind": (_("Service"), ServiceOffer.Service.choices),
        "innovation": (_("What it renews"), InnovationType.choices),
        "rd": (_("R&D"), [("rd", _("about R&D")), ("other", _("without R&D"))]),
        "audience": (_("For whom"), ServiceOffer.Audience.choices),
        "tier": (_("How much of it"), Service.Tier.choices),
        "cluster": (_("Given by"), list(names.items())),
    }
    return [
        facet(
            name,
            label,
            [
                (value, str(text), counts[name][value])
                for value, text in choices
                if counts[name][value] or request.GET.get(name) == value
            ],
            request.GET,
        )
        for name, (label, choices) in words.items()
    ]


def _matrix(items: Any) -> Table:
    """Services by kind and audience: where nobody is served is seen at once."""
    cells = Counter((i.kind, a) for i in items for a in (i.audiences or ServiceOffer.Audience.values))
    audiences = ServiceOffer.Audience.choices
    return Table(
        [_("Service"), *(str(label) for _v, label in audiences)],
        [
            [str(label), *(cells[kind, value] for value, _l in audiences)]
            for kind, label in ServiceOffer.Service.choices
            if any(cells[kind, value] for value, _l in audiences)
        ],
        numeric=range(1, len(audiences) + 1),
        caption=_("How many services there are, by kind and audience"),
        full=True,
    )


def _cluster_crumbs(cluster: Cluster) -> list[Crumb]:
    return [
        Crumb(_("Clusters"), reverse("portal:clusters")),
        Crumb(cluster.name, reverse("portal:cluster", args=[cluster.key])),
    ]
