"""What of the register needs a manager now: firms that ask to join, next steps promised, memberships that end, fees
overdue, outreach due, a membership that stands still. A few queries for all clusters of the person."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Q, Sum
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from poliedro.registry.models import DataQualityFinding, FeeInvoice, Interaction, MembershipSpell
from poliedro.registry.queries.applications import waiting_applications
from poliedro.registry.queries.member_list import SOON
from poliedro.registry.queries.outreach import standing_contacts
from poliedro.registry.queries.resolution import open_candidates
from poliedro.registry.queries.roles import own_clusters
from poliedro.registry.queries.trends import retentions
from poliedro.shared.spoken import short_day
from poliedro.shared.templatetags.poliedro import signed_number, spoken_number
from poliedro.shared.todos import Todo

SHOWN = 8
"""Items of one kind a cluster; what is more is one line that leads to the list."""


def member_todos(user: Any, today: date) -> Iterable[Todo]:
    clusters = own_clusters(user)
    if not clusters:
        return
    names = {c.pk: c for c in clusters}
    yield from _applications(names, today)
    yield from _next_steps(names, today)
    yield from _endings(names, today)
    yield from _arrears(names, today)
    yield from _outreach(names, today)
    for cluster_id, trend in retentions(clusters).items():
        alarm = trend.payload["alarm"]
        if alarm["state"] in ("stagnant", "declining"):
            cluster = names[cluster_id]
            growth = signed_number(100 * alarm["growth"])
            why = _("Net growth of %(growth)s%% a year over three years.") % {"growth": growth}
            if alarm["entries"]["is_break"] and alarm["entries"]["after"] < alarm["entries"]["before"]:
                why += " " + _("Fewer firms join since %(year)d.") % {"year": alarm["entries"]["from"]}
            if alarm["exits"]["is_break"] and alarm["exits"]["after"] > alarm["exits"]["before"]:
                why += " " + _("More firms leave since %(year)d.") % {"year": alarm["exits"]["from"]}
            yield Todo(
                f"registry.trend:{cluster.key}:{trend.payload['until'][:4]}",
                _("The membership of %(cluster)s stands still") % {"cluster": cluster.name}
                if alarm["state"] == "stagnant"
                else _("The membership of %(cluster)s shrinks") % {"cluster": cluster.name},
                why,
                reverse("registry:trend", args=[cluster.key]),
                _("See why"),
                kind=_("alarms"),
                alarm=True,
                may_close=True,
            )


def steward_todos(user: Any, today: date) -> Iterable[Todo]:
    """What the register itself waits for: doubtful pairs of the region, and findings that nobody has explained yet."""
    if user.has_perm("registry.review_matches"):
        here, n = open_candidates(here=True).count(), open_candidates().count()
        if n:
            yield Todo(
                "registry.matches",
                ngettext("Decide about %(n)d doubtful pair", "Decide about %(n)d doubtful pairs", n) % {"n": n},
                ngettext("%(n)d of them is of the region.", "%(n)d of them are of the region.", here) % {"n": here},
                reverse("registry:matches"),
                _("Decide"),
                kind=_("register"),
            )
    if user.has_perm("registry.explain_findings"):
        n = DataQualityFinding.objects.filter(state=DataQualityFinding.State.OPEN).count()
        if n:
            yield Todo(
                "registry.findings",
                ngettext("Explain %(n)d place where sources disagree", "Explain %(n)d places where sources disagree", n)
                % {"n": n},
                _("What is explained or settled no longer stands open on public pages."),
                reverse("portal:quality"),
                _("Look at the findings"),
                kind=_("register"),
            )


def _applications(names: dict[int, Any], today: date) -> Iterable[Todo]:
    for row in waiting_applications(names)[: SHOWN * len(names)]:
        yield Todo(
            f"registry.application:{row.pk}",
            _("%(firm)s asks to join %(cluster)s") % {"firm": row.organisation, "cluster": names[row.cluster_id].name},
            _("An answer is promised by %(day)s.") % {"day": short_day(row.promised_on)},
            reverse("registry:application", args=[row.pk]),
            _("Answer"),
            row.promised_on,
            _("members"),
            alarm=row.promised_on < today,
        )


def _next_steps(names: dict[int, Any], today: date) -> Iterable[Todo]:
    rows = (
        Interaction.objects.filter(cluster__in=names, settled_on=None, next_on__isnull=False)
        .select_related("organisation")
        .order_by("next_on", "pk")[: SHOWN * len(names)]
    )
    for row in rows:
        yield Todo(
            f"registry.interaction:{row.pk}",
            row.next_step,
            _("%(firm)s, promised on %(day)s") % {"firm": row.organisation, "day": short_day(row.on)},
            reverse("registry:member_file", args=[names[row.cluster_id].key, row.organisation_id]) + "#notes",
            _("Open the file"),
            row.next_on,
            _("members"),
        )


def _endings(names: dict[int, Any], today: date) -> Iterable[Todo]:
    ending = (
        MembershipSpell.objects.known()
        .active_on(today)
        .filter(cluster__in=names, valid_to__lte=today + SOON)
        .select_related("organisation")
        .order_by("valid_to", "pk")[: SHOWN * len(names)]
    )
    for spell in ending:
        yield Todo(
            f"registry.ending:{spell.pk}",
            _("Renew the membership of %(firm)s") % {"firm": spell.organisation},
            _("It ends soon in %(cluster)s.") % {"cluster": names[spell.cluster_id].name},
            reverse("registry:member_file", args=[names[spell.cluster_id].key, spell.organisation_id]) + "#spells",
            _("Renew"),
            spell.valid_to,
            _("members"),
        )


def _arrears(names: dict[int, Any], today: date) -> Iterable[Todo]:
    late = (
        FeeInvoice.objects.filter(cluster__in=names, cancelled_at=None, due_on__lt=today)
        .annotate(paid=Sum("payments__amount_eur", default=Decimal(0)))
        .filter(paid__lt=F("amount_eur"))
        .order_by()
    )
    total: dict[int, tuple[int, Decimal, date]] = {}
    for cluster, amount, paid, due in late.values_list("cluster", "amount_eur", "paid", "due_on"):
        n, owed, first = total.get(cluster, (0, Decimal(0), due))
        total[cluster] = (n + 1, owed + amount - paid, min(first, due))
    for cluster_id, (n, owed, first) in sorted(total.items()):
        cluster = names[cluster_id]
        yield Todo(
            f"registry.arrears:{cluster.key}:{first.year}",
            ngettext("%(n)d fee is overdue", "%(n)d fees are overdue", n) % {"n": n},
            _("EUR %(eur)s are owed to %(cluster)s.") % {"eur": spoken_number(owed, 2), "cluster": cluster.name},
            reverse("registry:fees", args=[cluster.key]) + "?state=overdue",
            _("Write reminders"),
            first,
            _("fees"),
        )


def _outreach(names: dict[int, Any], today: date) -> Iterable[Todo]:
    due = (
        standing_contacts(today)
        .filter(Q(is_member=False), campaign__cluster__in=names, next_on__lte=today)
        .exclude(state__in=("joined", "refused"))
        .values("campaign", "campaign__name", "campaign__ends_on", "campaign__cluster")
        .annotate(n=Count("pk"))
        .order_by("campaign")
    )
    for row in due:
        cluster = names[row["campaign__cluster"]]
        yield Todo(
            f"registry.outreach:{row['campaign']}:{today:%G-%V}",
            ngettext("Ask %(n)d prospect again", "Ask %(n)d prospects again", row["n"]) % {"n": row["n"]},
            _("%(campaign)s, %(cluster)s") % {"campaign": row["campaign__name"], "cluster": cluster.name},
            reverse("registry:outreach_campaign", args=[row["campaign"]]),
            _("Contact"),
            row["campaign__ends_on"],
            _("prospects"),
        )
