"""What the room wants settled, for the page "My work"."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from poliedro.monitoring.queries.campaigns import to_sign, waiting_for
from poliedro.monitoring.queries.policy.logic import has_logic, report_at
from poliedro.monitoring.rules.policy.logic import quarter_days, quarter_of
from poliedro.registry.queries.roles import own_clusters
from poliedro.shared.todos import Todo


def campaign_todos(user: Any, today: date) -> Iterator[Todo]:
    """Forms to hand in for managers, answers to sign for the region. At most three queries."""
    kind = _("Data campaign")
    for reply in waiting_for(own_clusters(user)):
        late = reply.campaign.due_on < today
        yield Todo(
            f"monitoring.campaign:{reply.pk}",
            _("%(title)s: figures of %(cluster)s") % {"title": reply.campaign.called, "cluster": reply.cluster.name},
            reply.return_note or _("The region asks; the form is filled in from the register."),
            reverse("monitoring:answer_form", args=[reply.cluster.key, reply.campaign.key]),
            _("Answer"),
            reply.campaign.due_on,
            kind,
            alarm=late,
        )
    if user.has_perm("monitoring.run_campaigns"):
        for reply in to_sign():
            yield Todo(
                f"monitoring.sign:{reply.pk}",
                _("%(cluster)s handed in: %(title)s") % {"title": reply.campaign.called, "cluster": reply.cluster.name},
                _("The manager signed; the figures are published when the region signs too."),
                reverse("monitoring:reply", args=[reply.campaign.key, reply.cluster.key]),
                _("Check and sign"),
                None,
                kind,
            )


def policy_todos(user: Any, today: date) -> Iterator[Todo]:
    """The report of the last quarter, where it is not published yet. Two queries."""
    if not user.has_perm("monitoring.publish_policy"):
        return
    year, quarter = quarter_of(today)
    year, quarter = (year, quarter - 1) if quarter > 1 else (year - 1, 4)
    if report_at(year, quarter) is None and has_logic():
        _first, last = quarter_days(year, quarter)
        yield Todo(
            f"monitoring.policy:{year}-{quarter}",
            _("Quarterly report of the policy: quarter %(q)d of %(year)d") % {"q": quarter, "year": year},
            _("The quarter is over; its figures wait to be published."),
            reverse("monitoring:policy_report", args=[year, quarter]),
            _("Look and publish"),
            last + timedelta(days=45),
            _("The region's policy"),
        )
