"""Keeping the catalogue: services and packages of a cluster, or of the agency."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from poliedro.registry.models import Cluster, Organisation, ServiceOffer
from poliedro.shared.access import needs
from poliedro.shared.components import Crumb
from poliedro.support.forms.services import PackageForm, ServiceForm
from poliedro.support.models import Package, Service
from poliedro.support.queries.catalogue import services_kept_by
from poliedro.support.services.catalogue import (
    add_package,
    add_service,
    change_service,
    price_on,
    withdraw_package,
    withdraw_service,
)
from poliedro.support.services.requests import provider_of
from poliedro.support.views.found import cluster_by_key, package_by_pk, service_by_pk


@needs("support.manage_catalogue", cluster=cluster_by_key)
@require_safe
def keep(request: HttpRequest, cluster: Cluster) -> HttpResponse:
    """What the cluster offers and offered, and the ways to add to it."""
    return _keep(request, cluster)


@needs("support.manage_catalogue")
@require_safe
def agency_keep(request: HttpRequest) -> HttpResponse:
    return _keep(request, None)


def _keep(request: HttpRequest, cluster: Cluster | None) -> HttpResponse:
    today = timezone.localdate()
    services = services_kept_by(cluster)
    packages = Package.objects.filter(cluster=cluster).order_by("closed_on", "pk")
    return render(
        request,
        "support/keep.html",
        {
            "cluster": cluster,
            "services": [(s, s.closed_on is None or s.closed_on > today) for s in services],
            "packages": [(p, p.closed_on is None or p.closed_on > today) for p in packages],
            "new_url": _address(cluster, "new_service"),
            "package_url": _address(cluster, "new_package"),
            "vouchers_url": reverse("support:voucher_schemes", args=[cluster.key])
            if cluster is not None
            else reverse("support:agency_schemes"),
            "synthetic_data": any(s.is_synthetic for s in services),
            "crumbs": _crumbs(cluster),
        },
    )


@needs("support.manage_catalogue", cluster=cluster_by_key)
def new_service(request: HttpRequest, cluster: Cluster) -> HttpResponse:
    return _new_service(request, cluster)


@needs("support.manage_catalogue")
def agency_new_service(request: HttpRequest) -> HttpResponse:
    return _new_service(request, None)


def _new_service(request: HttpRequest, cluster: Cluster | None) -> HttpResponse:
    lead = provider_of(cluster, timezone.localdate()) if cluster is not None else None
    start = {"provider": lead, "answer_days": 3, "priority": "3", "tier": Service.Tier.STANDARD}
    form = ServiceForm(request.POST or None, providers=providers_of_services(), initial=start)
    if request.method == "POST" and form.is_valid():
        made = add_service(cluster=cluster, on=timezone.localdate(), by=request.user, **_fields(form))
        messages.success(request, _("In the catalogue from today."))
        return redirect("support:service", pk=made.pk)
    return _form(request, cluster, form, _("Add a service"), _("Put it into the catalogue"))


@needs("support.manage_catalogue", service=service_by_pk)
def edit_service(request: HttpRequest, service: Service) -> HttpResponse:
    """Change a service. Another price holds from today; requests keep the one they saw."""
    price = price_on(service, timezone.localdate())
    initial = {
        f: getattr(service, f)
        for f in ServiceForm.base_fields
        if hasattr(service, f) and f not in {"checklist", "priority"}
    }
    initial |= {
        "priority": str(service.priority),
        "checklist": "\n".join(_as_line(line) for line in service.checklist),
        "members_eur": price.members_eur if price else None,
        "others_eur": price.others_eur if price else None,
        "unit": price.unit if price else "once",
    }
    form = ServiceForm(request.POST or None, providers=providers_of_services(), initial=initial)
    if request.method == "POST" and form.is_valid():
        change_service(service=service, on=timezone.localdate(), by=request.user, **_fields(form))
        messages.success(request, _("Changed from today."))
        return redirect("support:service", pk=service.pk)
    return _form(request, service.cluster, form, service.name, _("Change it from today"))


@needs("support.manage_catalogue", service=service_by_pk)
@require_POST
def end_service(request: HttpRequest, service: Service) -> HttpResponse:
    withdraw_service(service=service, on=timezone.localdate(), by=request.user)
    messages.success(request, _("No longer offered from today. Cases under way go on."))
    return redirect(_address(service.cluster, "keep"))


@needs("support.manage_catalogue", cluster=cluster_by_key)
def new_package(request: HttpRequest, cluster: Cluster) -> HttpResponse:
    return _new_package(request, cluster)


@needs("support.manage_catalogue")
def agency_new_package(request: HttpRequest) -> HttpResponse:
    return _new_package(request, None)


def _new_package(request: HttpRequest, cluster: Cluster | None) -> HttpResponse:
    today = timezone.localdate()
    services = {s.pk: s for s in Service.objects.open_on(today).select_related("provider", "cluster")}
    own = [s for s in services.values() if s.cluster_id == (cluster.pk if cluster else None)]
    rest = [s for s in services.values() if s not in own]
    choices = [(str(s.pk), s.name) for s in own]
    choices += [(str(s.pk), f"{s.name} ({s.cluster.name if s.cluster else _('the agency')})") for s in rest]
    form = PackageForm(request.POST or None, services=choices, providers=providers_of_services())
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        chosen = [
            (services[int(data[f"service_{n}"])], data[f"provider_{n}"]) for n in range(1, 6) if data[f"service_{n}"]
        ]
        made = add_package(
            cluster=cluster,
            steps=[(s, provider or s.provider) for s, provider in chosen],
            on=today,
            by=request.user,
            discount=data["discount"] / Decimal(100),
            name_it=data["name_it"],
            name_en=data["name_en"] or None,
            description_it=data["description_it"],
            description_en=data["description_en"] or None,
        )
        messages.success(request, _("In the catalogue from today."))
        return redirect("support:package", pk=made.pk)
    return _form(request, cluster, form, _("Add a package"), _("Put it into the catalogue"))


@needs("support.manage_catalogue", package=package_by_pk)
@require_POST
def end_package(request: HttpRequest, package: Package) -> HttpResponse:
    withdraw_package(package=package, on=timezone.localdate(), by=request.user)
    messages.success(request, _("No longer offered from today. Cases under way go on."))
    return redirect(_address(package.cluster, "keep"))


def _fields(form: ServiceForm) -> dict[str, Any]:
    data = dict(form.cleaned_data)
    data["priority"] = int(data["priority"])
    for name in ("name_en", "description_en"):
        data[name] = data[name] or None
    return data


def _form(request: HttpRequest, cluster: Cluster | None, form: Any, title: str, button: str) -> HttpResponse:
    return render(
        request,
        "support/keep_form.html",
        {
            "form": form,
            "title": title,
            "button": button,
            "synthetic_data": False,
            "crumbs": [*_crumbs(cluster), Crumb(title)],
        },
    )


def providers_of_services() -> Any:
    """Bodies that offer support in the region: those that manage clusters and those on the map of the ecosystem."""
    managing = Organisation.objects.filter(management__isnull=False)
    helping = Organisation.objects.filter(
        pk__in=ServiceOffer.objects.known().active_on(timezone.localdate()).values("organisation")
    )
    return (managing | helping).order_by("name", "pk").distinct()


def _as_line(line: dict[str, Any]) -> str:
    text = str(line.get("it") or line.get("en") or "")
    return f"{text}; {line['hours']}" if line.get("hours") else text


def _address(cluster: Cluster | None, name: str) -> str:
    return reverse(f"support:{name}", args=[cluster.key]) if cluster is not None else reverse(f"support:agency_{name}")


def _crumbs(cluster: Cluster | None) -> list[Crumb]:
    if cluster is None:
        return [Crumb(_("Services"), reverse("support:catalogue")), Crumb(_("Keep the catalogue"))]
    return [
        Crumb(_("Clusters"), reverse("portal:clusters")),
        Crumb(cluster.name, reverse("portal:cluster", args=[cluster.key])),
        Crumb(_("Services"), reverse("support:cluster_services", args=[cluster.key])),
        Crumb(_("Keep the catalogue"), reverse("support:keep", args=[cluster.key])),
    ]
