"""One login per role, for the demonstration alone. Their passwords are printed, so they never exist elsewhere."""

from __future__ import annotations

from datetime import date

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import transaction

from poliedro.accounts.models import Person, User
from poliedro.accounts.queries import demo_logins
from poliedro.reference.models import Certainty, Source
from poliedro.registry.models import (
    Cluster,
    Delegation,
    Mandate,
    MembershipSpell,
    Office,
    Organisation,
    StaffAssignment,
)
from poliedro.registry.rules.permissions import RoleName
from poliedro.shared.invented import said

SINCE = date(2020, 1, 1)


class NotADemonstration(RuntimeError):
    """Demonstration logins were asked for on a site that is not a demonstration."""


@transaction.atomic
def create_demo_logins() -> int:
    """Create the missing logins, with the relations from which their roles follow. Returns how many were made."""
    if not settings.DEMO:
        raise NotADemonstration("set POLIEDRO_DEMO=1 to create demonstration logins; their passwords are public")
    source, _ = Source.objects.get_or_create(
        key="demonstration",
        defaults={"name": "Demonstration", "publisher": "Poliedro", "certainty": Certainty.SYNTHETIC},
    )
    made = 0
    for login in demo_logins():
        if User.objects.filter(email=login.email).exists():
            continue
        user = User.objects.create_user(login.email, login.password, name=login.name)
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
        person = Person.objects.create(user=user, name=f"{login.name} (demo)", email=login.email)
        _give_role(person, RoleName(login.role), login.email, source)
        made += 1
    return made


def _give_role(person: Person, role: RoleName, email: str, source: Source) -> None:
    fact = {"person": person, "valid_from": SINCE, "source": source, "certainty": Certainty.SYNTHETIC}
    if role is RoleName.CLUSTER_MANAGER:
        cluster = Cluster.objects.get(key=email.split("@")[0].split(".")[1])
        mandate = Mandate.objects.known().active_on(SINCE).filter(cluster=cluster).order_by("-is_lead", "pk").first()
        if mandate is None:
            raise LookupError(
                f"cluster {cluster.key} has no managing body on {SINCE}; load the demonstration region first"
            )
        StaffAssignment.objects.create(body=mandate.body, cluster=cluster, role="manager", fte="1.000", **fact)
    elif role is RoleName.DELEGATE and email.startswith("incubator@"):
        incubator = Organisation.objects.current().filter(kind=Organisation.Kind.INCUBATOR).order_by("pk").first()
        if incubator is not None:  # a region without one has nobody to act for it
            Delegation.objects.create(organisation=incubator, scope="full", **fact)
    elif role is RoleName.DELEGATE:
        spell = (
            MembershipSpell.objects.known()
            .active_on(SINCE)
            .filter(organisation__certainty=Certainty.SYNTHETIC, organisation__kind=_acts_for(email))
            .order_by("pk")
            .first()
        )
        if spell is None:
            raise LookupError("no synthetic member of that kind to act for; load the demonstration region first")
        Delegation.objects.create(organisation=spell.organisation, scope="full", **fact)
    else:
        Office.objects.create(organisation=_office_of(role, source), function=role.value, **fact)


def _acts_for(email: str) -> str:
    """The kind of organisation that a delegate of the demonstration acts for."""
    kinds = {"startup": Organisation.Kind.START_UP, "laboratory": Organisation.Kind.RESEARCH_BODY}
    return kinds.get(email.split("@")[0], Organisation.Kind.ENTERPRISE)


def agency_name() -> str:
    """The cluster agency of the demonstration, which also gives services of its own."""
    return said("Agenzia dei poli (demo)", "Cluster agency (demo)")


def _office_of(role: RoleName, source: Source) -> Organisation:
    names = {
        RoleName.AGENCY_STAFF: agency_name(),
        RoleName.COACH: agency_name(),
        RoleName.EVALUATOR: said("Istituto di valutazione (demo)", "Evaluation institute (demo)"),
        RoleName.FDI_OFFICER: said("Agenzia per gli investimenti (demo)", "Inward-investment agency (demo)"),
    }
    return Organisation.objects.get_or_create(
        name=names.get(role, said("Amministrazione regionale (demo)", "Regional government (demo)")),
        kind=Organisation.Kind.PUBLIC_AUTHORITY,
        defaults={"source": source, "certainty": Certainty.SYNTHETIC},
    )[0]
