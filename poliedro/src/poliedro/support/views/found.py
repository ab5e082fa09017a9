"""Finds what an address names, for the access rule above each view; raises Http404, inside the wall never."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404

from poliedro.registry.models import Cluster, Organisation
from poliedro.support.models import Case, Package, Request, Service, Voucher, VoucherScheme
from poliedro.support.queries.cases import case_with_words, requests_with_words
from poliedro.support.queries.catalogue import package_with_words, service_with_words


def inside(rows: QuerySet[Any], pk: int) -> Any:
    """A row inside the wall. One that is not there is refused like one that is another's: where "not found" and "not
    yours" differ, whoever tries numbers counts the needs and cases, and sees each new one come."""
    found = rows.filter(pk=pk).first()
    if found is None:
        raise PermissionDenied
    return found


def cluster_by_key(key: str) -> Cluster:
    found = Cluster.objects.filter(key=key).first()
    if found is None:
        raise Http404
    return found


@dataclass(frozen=True)
class Client:
    """An organisation at a cluster's desk. For permissions it is the cluster."""

    cluster: Cluster
    organisation: Organisation

    @property
    def cluster_id(self) -> int:
        return self.cluster.pk


def client_by_key(key: str, pk: int) -> Client:
    return Client(cluster_by_key(key), get_object_or_404(Organisation.objects.current(), pk=pk))


def service_by_pk(pk: int) -> Service:
    found = service_with_words(pk)
    if found is None:
        raise Http404
    return found


def package_by_pk(pk: int) -> Package:
    found = package_with_words(pk)
    if found is None:
        raise Http404
    return found


def request_by_pk(pk: int) -> Request:
    found = requests_with_words().filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def case_by_pk(pk: int) -> Case:
    found = case_with_words(pk)
    if found is None:
        raise Http404
    return found


def scheme_by_pk(pk: int) -> VoucherScheme:
    return get_object_or_404(VoucherScheme.objects.select_related("cluster"), pk=pk)


def voucher_by_pk(pk: int) -> Voucher:
    rows = Voucher.objects.select_related("scheme__cluster", "organisation").prefetch_related("uses")
    return get_object_or_404(rows, pk=pk)


@dataclass(frozen=True)
class Asking:
    """A firm that asks for a voucher of a scheme. For permissions it is the firm."""

    scheme: VoucherScheme
    organisation: Organisation

    @property
    def organisation_id(self) -> int:
        return int(self.organisation.pk)


def asking_by_pks(pk: int, firm: int) -> Asking:
    return Asking(get_object_or_404(VoucherScheme, pk=pk), get_object_or_404(Organisation.objects.current(), pk=firm))
