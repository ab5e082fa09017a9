"""What addresses speak of, for `needs(...)`; each raises Http404 where there is no such thing."""

from __future__ import annotations

from django.http import Http404
from django.shortcuts import get_object_or_404

from poliedro.registry.models import Cluster, Organisation
from poliedro.surveys.models import Campaign, Codebook, FollowUp, Interview, Invitation, Sheet
from poliedro.surveys.models.campaigns import invitation_number


def cluster_by_key(key: str) -> Cluster:
    return get_object_or_404(Cluster, key=key)


def organisation_by_pk(pk: int) -> Organisation:
    return get_object_or_404(Organisation, pk=pk)


def sheet_by_pk(pk: int) -> Sheet:
    """A self-assessment; for permissions it is its organisation. Sheets of campaigns are opened by their invitation."""
    rows = Sheet.objects.select_related("version__questionnaire", "organisation")
    return get_object_or_404(rows, pk=pk, campaign=None)


def campaign_by_pk(pk: int) -> Campaign:
    """A cluster's campaign; the region's has an address of its own."""
    rows = Campaign.objects.select_related("cluster", "version__questionnaire")
    return get_object_or_404(rows, pk=pk, cluster__isnull=False)


def region_campaign_by_pk(pk: int) -> Campaign:
    return get_object_or_404(Campaign.objects.select_related("version__questionnaire"), pk=pk, cluster=None)


class FoundFollowUp:
    """For permissions it is its campaign's cluster."""

    def __init__(self, follow_up: FollowUp) -> None:
        self.follow_up = follow_up
        self.cluster_id = follow_up.campaign.cluster_id


def follow_up_by_pk(pk: int) -> FoundFollowUp:
    rows = FollowUp.objects.select_related("campaign__cluster")
    return FoundFollowUp(get_object_or_404(rows, pk=pk, campaign__cluster__isnull=False))


def region_follow_up_by_pk(pk: int) -> FollowUp:
    return get_object_or_404(FollowUp.objects.select_related("campaign"), pk=pk, campaign__cluster=None)


def invitation_by_token(token: str) -> Invitation:
    number = invitation_number(token)
    if number is None:
        raise Http404
    rows = Invitation.objects.select_related("campaign__version__questionnaire", "campaign__cluster", "organisation")
    return get_object_or_404(rows, pk=number)


def interview_by_pk(pk: int) -> Interview:
    return get_object_or_404(Interview.objects.select_related("cluster", "codebook"), pk=pk)


def codebook_by_pk(pk: int) -> Codebook:
    return get_object_or_404(Codebook, pk=pk)
