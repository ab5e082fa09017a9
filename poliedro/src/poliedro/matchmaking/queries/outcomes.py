"""Projects in the register that came of a challenge."""

from __future__ import annotations

from django.db.models import QuerySet

from poliedro.matchmaking.models import Challenge, FollowUp, Team
from poliedro.registry.models import Organisation, Participation, Project


def projects_of(team: Team) -> QuerySet[Project]:
    """Projects in which the team's organisation or whoever asked takes part, the newest first."""
    bodies = [pk for pk in (team.organisation_id, team.challenge.organisation_id) if pk is not None]
    own = Participation.objects.known().filter(organisation__in=bodies).values("project")
    return Project.objects.filter(pk__in=own, retracted_at=None).order_by("-starts_on", "pk")


def project_follow_ups(challenge: Challenge) -> list[FollowUp]:
    """Follow-ups that ended in a joint project, by team. One query."""
    rows = FollowUp.objects.filter(team__challenge=challenge, result=FollowUp.Result.PROJECT)
    return list(rows.select_related("project", "team__organisation", "team__challenge").order_by("team__number", "-pk"))


def challenges_behind(project: Project) -> list[Challenge]:
    """Challenges of which the project came. One query."""
    rows = FollowUp.objects.filter(project=project).values("team__challenge")
    return list(Challenge.objects.filter(pk__in=rows).order_by("-closes_on", "pk"))


def possible_parties(challenge: Challenge) -> QuerySet[Organisation]:
    """Whoever asked and the teams' organisations."""
    teams = challenge.teams.taking_part().exclude(organisation=None).values("organisation")
    return (
        Organisation.objects.filter(pk__in=teams) | Organisation.objects.filter(pk=challenge.organisation_id)
    ).order_by("name", "pk")
