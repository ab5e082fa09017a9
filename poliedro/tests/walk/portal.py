from __future__ import annotations

from typing import Any

from django.utils import timezone
from factories import source
from walk.world import the_world

from poliedro.accounts.models import Consent
from poliedro.evidence import store
from poliedro.evidence.models import PortfolioOption, ResultTable, Run
from poliedro.registry.models import Project


def samples() -> dict[str, list[dict[str, Any]]]:
    world = the_world()
    keys = [{"key": c.key} for c in world.clusters.values()]
    project = Project.objects.create(
        scheme="regional", number="W1", title="Walk", source=source(), certainty="reported"
    )
    run = Run.objects.create(
        key="walk000000000000",
        analysis="options",
        version=1,
        code="walk 1",
        certainty="reported",
        source_names="Walk",
        started_at=timezone.now(),
    )
    option = PortfolioOption.objects.create(table="walk", territory="ITC1", activity="C13", run=run)
    table = ResultTable.objects.create(
        run=run,
        name="walk",
        title="Walk",
        path="walk/walk.parquet",
        checksum="0" * 64,
        rows=1,
        columns=[{"name": "place", "label": "Place", "unit": "", "null_means": ""}],
    )
    _table_of_one_row(table)
    consents = []
    for name in ("manager_a", "manager_b"):
        made = Consent.objects.create(person=world.user(name).person, purpose="walk")
        consents.append({"pk": made.pk, "_may": {name}})
    tables = [{"key": run.key, "name": "walk", "kind": kind} for kind in ("csv", "parquet")]
    return {
        "portal:consent_withdraw": consents,
        "portal:cluster": keys,
        "portal:cluster_members": keys,
        "portal:cluster_coverage": keys,
        "portal:organisation": [{"pk": firm.pk} for firm in world.firms.values()],
        "portal:organisation_partners": [{"pk": firm.pk} for firm in world.firms.values()][:1],
        "portal:project": [{"pk": project.pk}],
        "portal:comment_option": [{"pk": option.pk}],
        "portal:run": [{"key": run.key}],
        "portal:repeat_run": [{"key": run.key}],
        "portal:run_metadata": [{"key": run.key}],
        "portal:run_table": tables,
        "portal:search": [{"_query": "?q=alfa"}, {"_query": "?q=agrifood"}],
    }


def _table_of_one_row(table: ResultTable) -> None:
    import polars as pl

    path = store.folder() / table.path
    path.parent.mkdir(parents=True, exist_ok=True)
    pl.DataFrame({"place": ["ITC1"]}).write_parquet(path)
