from __future__ import annotations

from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from factories import organisation, source
from walk.world import the_world

from poliedro.registry.models import DataQualityFinding, Delegation, MatchCandidate, Project, StaffAssignment
from poliedro.registry.models.resolution import ResolutionRun
from poliedro.registry.services.imports.uploads import preview_list
from poliedro.registry.services.merges import merge_organisations


def samples() -> dict[str, list[dict[str, Any]]]:
    world = the_world()
    keys = [{"key": c.key} for c in world.clusters.values()]
    lists = []
    for side, cluster in world.clusters.items():
        body = b"name;joined_on;municipality;province\nGamma S.r.l.;2019-03-01;Torino;TO\n"
        upload = SimpleUploadedFile("members.csv", body)
        load = preview_list(kind="members", cluster=cluster, upload=upload, by=world.user(f"manager_{side}"))
        lists.append({"pk": load.pk})
    delegations = [{"pk": d.pk} for d in Delegation.objects.filter(organisation__in=world.firms.values())]
    finding = DataQualityFinding.objects.create(key="walk", kind="walk", title="Two numbers", statement="1 and 2")
    run = ResolutionRun.objects.create()
    pair = sorted((organisation("Delta S.r.l."), organisation("Delta S.p.A.")), key=lambda o: o.pk)
    doubt = MatchCandidate.objects.create(run=run, left=pair[0], right=pair[1], probability=0.7)
    one, same = organisation("Epsilon S.r.l."), organisation("Epsilon srl")
    merge = merge_organisations(survivor=one, duplicate=same, reason="walk", by=None)
    staff = [
        {"pk": StaffAssignment.objects.known().filter(cluster=c).order_by("pk")[0].pk} for c in world.clusters.values()
    ]
    project = Project.objects.create(
        scheme="regional", number="W2", title="Walk", source=source(), certainty="reported"
    )
    firms = [{"pk": firm.pk} for firm in world.firms.values()]
    return {
        "registry:staff": keys,
        "registry:end_staff": staff,
        "registry:accounts": keys,
        "registry:profiles": keys,
        "registry:statements": firms,
        "registry:reads": firms,
        "registry:standings": firms,
        "registry:terms": [{"pk": project.pk}],
        "registry:shares": [{"pk": project.pk}],
        "registry:prospects": keys,
        "registry:imports": keys,
        "registry:import_preview": lists,
        "registry:import_errors": lists,
        "registry:import_confirm": lists,
        "registry:import_discard": lists,
        "registry:import_undo": lists,
        "registry:import_template": [{"kind": "members", "suffix": "csv"}, {"kind": "projects", "suffix": "xlsx"}],
        "registry:visibility": [{"pk": firm.pk} for firm in world.firms.values()],
        "registry:delegations": [{"pk": firm.pk} for firm in world.firms.values()],
        "registry:end_delegation": delegations,
        "registry:explain": [{"pk": finding.pk}],
        "registry:decide_match": [{"pk": doubt.pk}],
        "registry:undo_merge": [{"pk": merge.pk}],
    }
