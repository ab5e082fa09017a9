"""Hand-overs of the demonstration: past ones settled, one handed to a cluster, made once."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from factories import cluster, membership, organisation, source

from poliedro.monitoring.services.demonstration.hand_overs import build_hand_overs
from poliedro.reference.models import Load
from poliedro.registry.models import HandOver, HandOverItem, IncubateeSpell
from poliedro.registry.queries.hand_overs import handed_to, open_items_of


@pytest.mark.django_db
def test_past_hand_overs_are_settled_and_a_cluster_has_an_open_item_of_its_own() -> None:
    load = Load.objects.create(
        source=source(), importer="demonstration", file_name="x", state="loaded", parameters={"seed": 1}
    )
    home, incubator = cluster("agrifood"), organisation("Incubatore Prova", kind="incubator")
    synthetic = {"source": source(), "load": load, "certainty": "synthetic"}
    for n in range(20):
        firm = organisation(f"Nuova {n} S.r.l.", kind="start_up")
        left = date(2018, 1, 1) + timedelta(days=n)
        IncubateeSpell.objects.create(
            organisation=firm, incubator=incubator, valid_from=date(2015, 1, 1), valid_to=left, **synthetic
        )
    member = organisation("Aderente S.r.l.", kind="start_up", certainty="synthetic")
    membership(member, home, load=load)
    build_hand_overs()
    past = HandOver.objects.exclude(organisation=member)
    assert 5 < past.count() < 20
    assert not HandOverItem.objects.known().filter(hand_over__in=past, state="open").exists()
    assert handed_to([home.pk]).filter(hand_over__organisation=member).exists()
    assert [i.key for i in open_items_of(clusters=[home.pk])] == ["cluster"]
    assert build_hand_overs() == "no hand-overs to add"
    assert all(h.is_synthetic for h in HandOver.objects.all())
