"""What addresses speak of: each finds the thing by the parts of an address, or raises Http404. For `needs(...)`."""

from __future__ import annotations

from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404

from poliedro.reference.models import Load
from poliedro.registry.models import (
    Cluster,
    Contact,
    Delegation,
    FeeInvoice,
    HandOver,
    IncubateeSpell,
    Interaction,
    MembershipApplication,
    Organisation,
    OutreachCampaign,
    OutreachContact,
    Project,
    StaffAssignment,
)
from poliedro.registry.queries.hand_overs import handed_to
from poliedro.registry.services.imports.uploads import LISTS, cluster_of


def cluster_by_key(key: str) -> Cluster:
    return get_object_or_404(Cluster, key=key)


def organisation_by_pk(pk: int) -> Organisation:
    return get_object_or_404(Organisation, pk=pk)


def project_by_pk(pk: int) -> Project:
    return get_object_or_404(Project, pk=pk, retracted_at=None)


def assignment_by_pk(pk: int) -> StaffAssignment:
    found: StaffAssignment = get_object_or_404(StaffAssignment.objects.known().select_related("cluster"), pk=pk)
    return found


def delegation_by_pk(pk: int) -> Delegation:
    found: Delegation = get_object_or_404(Delegation.objects.known().select_related("organisation"), pk=pk)
    return found


@dataclass(frozen=True)
class ClusterList:
    """A list that was uploaded for a cluster."""

    load: Load
    cluster: Cluster

    @property
    def cluster_id(self) -> int:
        return self.cluster.pk


def list_by_pk(pk: int) -> ClusterList:
    load = get_object_or_404(Load.objects.select_related("by"), pk=pk, importer__in=LISTS)
    cluster = cluster_of(load)
    if cluster is None:
        raise Http404
    return ClusterList(load, cluster)


@dataclass(frozen=True)
class ClusterMember:
    """An organisation in the books of a cluster's managers, member or not. For permissions it is the cluster."""

    cluster: Cluster
    organisation: Organisation

    @property
    def cluster_id(self) -> int:
        return self.cluster.pk


def member_by_key(key: str, pk: int) -> ClusterMember:
    return ClusterMember(
        cluster_by_key(key),
        get_object_or_404(Organisation.objects.select_related("territory__parent", "nace"), pk=pk),
    )


def contact_by_pk(pk: int) -> Contact:
    return get_object_or_404(Contact.objects.select_related("cluster", "organisation", "person"), pk=pk)


def interaction_by_pk(pk: int) -> Interaction:
    return get_object_or_404(Interaction.objects.select_related("cluster"), pk=pk)


def invoice_by_pk(pk: int) -> FeeInvoice:
    """For permissions it is its cluster; the organisation invoiced asks with `own_invoice_by_pk`."""
    return get_object_or_404(
        FeeInvoice.objects.select_related("cluster", "organisation__territory", "body__organisation__territory", "run"),
        pk=pk,
    )


@dataclass(frozen=True)
class OwnInvoice:
    """An invoice as the organisation sees it that owes it."""

    invoice: FeeInvoice

    @property
    def organisation_id(self) -> int:
        return self.invoice.organisation_id


def own_invoice_by_pk(pk: int) -> OwnInvoice:
    return OwnInvoice(invoice_by_pk(pk))


def outreach_by_pk(pk: int) -> OutreachCampaign:
    return get_object_or_404(OutreachCampaign.objects.select_related("cluster"), pk=pk)


@dataclass(frozen=True)
class Asked:
    """A prospect in a campaign. For permissions it is the campaign's cluster."""

    contact: OutreachContact

    @property
    def cluster_id(self) -> int:
        return self.contact.campaign.cluster_id


def asked_by_pk(pk: int) -> Asked:
    rows = OutreachContact.objects.select_related("campaign__cluster", "organisation__territory", "organisation__nace")
    return Asked(get_object_or_404(rows, pk=pk))


def application_by_pk(pk: int) -> MembershipApplication:
    rows = MembershipApplication.objects.select_related("cluster", "organisation__territory", "organisation__nace")
    return get_object_or_404(rows, pk=pk)


@dataclass(frozen=True)
class AtCluster:
    """An application as the cluster's managers see it."""

    application: MembershipApplication

    @property
    def cluster_id(self) -> int:
        return self.application.cluster_id


def cluster_application_by_pk(pk: int) -> AtCluster:
    return AtCluster(application_by_pk(pk))


@dataclass(frozen=True)
class OwnApplication:
    """An application as the organisation sees it that asks."""

    application: MembershipApplication

    @property
    def organisation_id(self) -> int:
        return self.application.organisation_id


def own_application_by_pk(pk: int) -> OwnApplication:
    return OwnApplication(application_by_pk(pk))


@dataclass(frozen=True)
class HandOverBy:
    """A checklist as the incubator sees it that keeps it."""

    row: HandOver

    @property
    def organisation_id(self) -> int:
        return self.row.incubator_id


@dataclass(frozen=True)
class HandOverOf:
    """A checklist as the start-up sees it that leaves."""

    row: HandOver

    @property
    def organisation_id(self) -> int:
        return self.row.organisation_id


@dataclass(frozen=True)
class HandOverTo:
    """A checklist as a cluster sees it that a start-up was handed to."""

    row: HandOver
    cluster: Cluster

    @property
    def cluster_id(self) -> int:
        return self.cluster.pk


@dataclass(frozen=True)
class StayAt:
    """A start-up's stay, as its incubator sees it."""

    spell: IncubateeSpell

    @property
    def organisation_id(self) -> int:
        return self.spell.incubator_id


def stay_by_pk(pk: int) -> StayAt:
    rows = IncubateeSpell.objects.known().select_related("organisation", "incubator")
    return StayAt(get_object_or_404(rows, pk=pk))


def _hand_over(pk: int) -> HandOver:
    return get_object_or_404(HandOver.objects.select_related("organisation", "incubator"), pk=pk)


def hand_over_by_pk(pk: int) -> HandOverBy:
    return HandOverBy(_hand_over(pk))


def own_hand_over_by_pk(pk: int) -> HandOverOf:
    return HandOverOf(_hand_over(pk))


def hand_over_to(key: str, pk: int) -> HandOverTo:
    """Refuses alike where there is none and where it was not handed to the cluster: the number tells nothing."""
    cluster = cluster_by_key(key)
    row = handed_to([cluster.pk]).filter(hand_over=pk).first()
    if row is None:
        raise PermissionDenied("no hand-over to this cluster")
    return HandOverTo(row.hand_over, cluster)
