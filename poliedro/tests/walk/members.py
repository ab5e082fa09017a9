"""Real objects for the walk over the pages of a cluster's managers, and words that only they may read."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from factories import membership, organisation
from walk.world import the_world

from poliedro.registry.models import (
    Contact,
    FeeInvoice,
    Interaction,
    MembershipApplication,
    Organisation,
    OutreachContact,
)
from poliedro.registry.rules.prospects import Prospect
from poliedro.registry.services.applications import apply_for_membership
from poliedro.registry.services.fees import issue_fees, set_fee_rate
from poliedro.registry.services.outreach import open_outreach
from poliedro.registry.services.relations import add_contact, record_interaction

DAY = date(2020, 1, 1)


def samples() -> dict[str, list[dict[str, Any]]]:
    world = the_world()
    files = []
    for side, cluster in world.clusters.items():
        manager, firm = world.user(f"manager_{side}"), world.firms[side]
        Organisation.objects.filter(pk=firm.pk).update(size_class="micro")  # so that it owes a fee too
        member = organisation(f"Member of {cluster.key}", size_class="micro")
        membership(member, cluster)
        files.append({"key": cluster.key, "pk": member.pk})
        contact = add_contact(
            cluster=cluster, organisation=member, name="Anna", email=f"anna@{cluster.key}.example", by=manager
        )
        record_interaction(
            cluster=cluster, organisation=member, channel="call", on=DAY, contact=contact, by=manager,
            text=world.keep_secret(f"they think of leaving {cluster.key}", f"manager_{side}"), next_step="Call again",
        )  # fmt: skip
        set_fee_rate(cluster=cluster, fee_class="micro", amount_eur=Decimal(90), since=DAY, by=manager)
        issue_fees(cluster=cluster, year=2020, part="whole", issued_on=DAY, due_on=DAY, by=manager)
        open_outreach(
            cluster=cluster, name="Round", goal="", starts_on=DAY, ends_on=DAY, by=manager,
            prospects=[Prospect(firm.pk, True, False, "micro", False, 0)],
        )  # fmt: skip
        apply_for_membership(
            organisation=world.firms["b" if side == "a" else "a"], cluster=cluster, category="ordinary", on=DAY,
            motive="We look for partners", by=world.user("delegate_b" if side == "a" else "delegate_a"),
        )  # fmt: skip
    keys = [{"key": c.key} for c in world.clusters.values()]
    applications = [{"pk": a.pk} for a in MembershipApplication.objects.order_by("pk")]
    invoices = [{"pk": i.pk} for i in FeeInvoice.objects.order_by("pk")]
    contacts = [{"pk": c.pk} for c in Contact.objects.order_by("pk")]
    firms = [{"pk": f.pk} for f in world.firms.values()]
    names = (
        "member_list",
        "join_search",
        "fees",
        "fee_run",
        "fee_reminders",
        "trend",
        "trend_refresh",
        "gaps",
        "outreach",
        "ask_prospects",
        "applications",
        "apply",
    )
    return {
        **{f"registry:{name}": keys for name in names},
        "registry:member_export": [{**k, "suffix": "csv"} for k in keys],
        "registry:member_file": files,
        "registry:contact_consents": contacts,
        "registry:contact_end": contacts,
        "registry:interaction_settle": [{"pk": i.pk} for i in Interaction.objects.order_by("pk")],
        "registry:application": applications,
        "registry:withdraw_application": applications,
        "registry:own_memberships": firms,
        "registry:invoice": invoices,
        "registry:invoice_pdf": invoices,
        "registry:own_invoice_pdf": invoices,
        "registry:own_invoices": firms,
        "registry:own_position": firms,
        "registry:outreach_campaign": [{"pk": c.campaign_id} for c in OutreachContact.objects.order_by("pk")],
        "registry:outreach_contact": [{"pk": c.pk} for c in OutreachContact.objects.order_by("pk")],
    }
