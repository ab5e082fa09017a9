"""Hand-overs of start-ups: what each step needs, who reads what, what stays known of it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from factories import cluster, delegate_of, manager_of, membership, officer, organisation, source

from poliedro.audit.models import LogEntry
from poliedro.registry.models import HandOver, HandOverItem, IncubateeSpell
from poliedro.registry.queries.hand_over_todos import hand_over_todos
from poliedro.registry.queries.hand_overs import (
    checklist_of,
    count_hand_overs,
    handed_to,
    open_items_of,
    pages_of_hand_overs,
)
from poliedro.registry.rules.hand_overs import HandOverRefused, InvalidItems, ItemState, Owner, items_in
from poliedro.registry.rules.permissions import NotPermitted
from poliedro.registry.services.hand_over_items import hand_over_items
from poliedro.registry.services.hand_overs import (
    confirm_hand_over,
    hand_start_up_over,
    open_hand_over,
    propose_clusters,
    settle_item,
    state_item,
)

pytestmark = pytest.mark.django_db
TODAY = date(2026, 3, 1)
AT = datetime(2026, 3, 1, 9, tzinfo=UTC)
LEAVES = date(2026, 4, 1)


class Party:
    """An incubator, a start-up that leaves it, two clusters, and somebody for each."""

    def __init__(self) -> None:
        self.incubator = organisation("Incubatore Prova", kind="incubator")
        self.firm = organisation("Nuova S.r.l.", kind="start_up")
        self.agrifood, self.mesap = cluster("agrifood"), cluster("mesap")
        self.keeper = delegate_of(self.incubator, "keeper@test.example")
        self.founder = delegate_of(self.firm, "founder@test.example")
        self.manager = manager_of(self.agrifood, "agrifood@test.example")
        self.other = manager_of(self.mesap, "mesap@test.example")
        self.spell = IncubateeSpell.objects.create(
            organisation=self.firm, incubator=self.incubator, valid_from=date(2024, 1, 1), valid_to=LEAVES,
            source=source(), certainty="reported",
        )  # fmt: skip

    def opened(self) -> HandOver:
        return open_hand_over(
            spell=self.spell, leaves_on=LEAVES, items=hand_over_items(), today=TODAY, by=self.keeper, at=AT
        )

    def state(self, row: HandOver, key: str, hours: int = 1, **change: Any) -> HandOverItem:
        wanted = {
            "state": "open", "note": "", "owner": "start_up", "cluster": None, "due_on": LEAVES, "today": TODAY,
            "by": self.keeper, "at": AT + timedelta(hours=hours), **change,
        }  # fmt: skip
        return state_item(hand_over=row, key=key, **wanted)

    def confirmed(self) -> HandOver:
        """Proposed to agrifood, which sees to one item, handed over and confirmed on the same day."""
        row = self.opened()
        propose_clusters(hand_over=row, clusters=[self.agrifood], by=self.keeper, at=AT + timedelta(hours=1))
        self.state(row, "cluster", 2, owner="cluster", cluster=self.agrifood)
        self.state(row, "money", 2, note="A loan of the bank")
        hand_start_up_over(hand_over=row, by=self.keeper, at=AT + timedelta(hours=3))
        return confirm_hand_over(hand_over=row, by=self.founder, at=AT + timedelta(hours=4))


@pytest.fixture
def party() -> Party:
    return Party()


def test_checklist_opens_with_every_item_of_the_region_open_and_somebody_to_see_to_it(party: Party) -> None:
    items = checklist_of(party.opened()).items
    assert [i.key for i in items] == [i.key for i in hand_over_items()]
    assert {i.state for i in items} == {"open"}
    first = next(i for i in hand_over_items() if i.key == "legal")
    assert (items[0].title_it, items[0].owner) == (first.title_it, first.owner)
    assert items[0].due_on == LEAVES - timedelta(days=30)


def test_nothing_is_due_before_the_day_on_which_the_checklist_is_opened() -> None:
    item = next(i for i in hand_over_items() if i.key == "legal")
    assert item.due_on(date(2026, 3, 10), TODAY) == TODAY


def test_stay_has_one_checklist(party: Party) -> None:
    party.opened()
    with pytest.raises(HandOverRefused, match="already"):
        party.opened()


def test_item_that_is_not_needed_says_why(party: Party) -> None:
    row = party.opened()
    with pytest.raises(HandOverRefused, match="why"):
        party.state(row, "mentor", state="not_needed", note="  ")
    assert party.state(row, "mentor", state="not_needed", note="It has none").state == ItemState.NOT_NEEDED


def test_only_a_proposed_cluster_sees_to_an_item_and_is_not_dropped_while_it_does(party: Party) -> None:
    row = party.opened()
    with pytest.raises(HandOverRefused, match="propose it first"):
        party.state(row, "cluster", owner="cluster", cluster=party.agrifood)
    propose_clusters(hand_over=row, clusters=[party.agrifood], by=party.keeper)
    party.state(row, "cluster", owner="cluster", cluster=party.agrifood)
    with pytest.raises(HandOverRefused, match="still sees to"):
        propose_clusters(hand_over=row, clusters=[], by=party.keeper)


def test_earlier_version_stays_known(party: Party) -> None:
    row = party.opened()
    party.state(row, "legal", 5, state="done", note="Filed")
    before = HandOverItem.objects.known(AT + timedelta(hours=4)).get(hand_over=row, key="legal")
    now = HandOverItem.objects.known().get(hand_over=row, key="legal")
    assert (before.state, now.state, now.valid_from, now.note) == ("open", "done", TODAY, "Filed")


def test_start_up_confirms_only_what_was_handed_over_and_again_after_a_change(party: Party) -> None:
    row = party.opened()
    with pytest.raises(HandOverRefused, match="still works"):
        confirm_hand_over(hand_over=row, by=party.founder)
    hand_start_up_over(hand_over=row, by=party.keeper, at=AT + timedelta(hours=3))
    with pytest.raises(HandOverRefused, match="nothing was changed"):
        hand_start_up_over(hand_over=row, by=party.keeper)
    confirm_hand_over(hand_over=row, by=party.founder, at=AT + timedelta(hours=4))
    party.state(row, "legal", 5, state="done")
    row.refresh_from_db()
    assert checklist_of(row).is_being_changed
    with pytest.raises(HandOverRefused, match="still works"):
        confirm_hand_over(hand_over=row, by=party.founder)
    hand_start_up_over(hand_over=row, by=party.keeper, at=AT + timedelta(hours=6))
    row.refresh_from_db()
    assert checklist_of(row).awaits_confirmation


def test_cluster_reads_it_once_the_start_up_has_confirmed_and_a_later_one_after_the_next_confirmation(
    party: Party,
) -> None:
    row = party.opened()
    propose_clusters(hand_over=row, clusters=[party.agrifood], by=party.keeper, at=AT + timedelta(hours=1))
    hand_start_up_over(hand_over=row, by=party.keeper, at=AT + timedelta(hours=2))
    assert not handed_to([party.agrifood.pk])
    confirm_hand_over(hand_over=row, by=party.founder, at=AT + timedelta(hours=3))
    assert [h.hand_over for h in handed_to([party.agrifood.pk])] == [row]
    both = [party.agrifood, party.mesap]
    propose_clusters(hand_over=row, clusters=both, by=party.keeper, at=AT + timedelta(hours=4))
    assert not handed_to([party.mesap.pk])
    hand_start_up_over(hand_over=row, by=party.keeper, at=AT + timedelta(hours=5))
    confirm_hand_over(hand_over=row, by=party.founder, at=AT + timedelta(hours=6))
    assert [h.hand_over for h in handed_to([party.mesap.pk])] == [row]


def test_each_settles_its_own_items_alone_and_none_opens_one_again(party: Party) -> None:
    row = party.confirmed()
    settled = {"state": "done", "note": "", "today": TODAY}
    with pytest.raises(HandOverRefused, match="somebody else"):
        settle_item(hand_over=row, key="cluster", by=party.founder, **settled)
    with pytest.raises(HandOverRefused, match="somebody else"):
        settle_item(hand_over=row, key="legal", by=party.manager, cluster=party.agrifood, **settled)
    with pytest.raises(HandOverRefused, match="somebody else"):
        settle_item(hand_over=row, key="cluster", by=party.other, cluster=party.mesap, **settled)
    settle_item(hand_over=row, key="cluster", by=party.manager, cluster=party.agrifood, **settled)
    settle_item(hand_over=row, key="legal", by=party.founder, **settled)
    with pytest.raises(HandOverRefused, match="settled already"):
        settle_item(hand_over=row, key="legal", by=party.founder, **settled)
    row.refresh_from_db()
    assert not checklist_of(row).is_being_changed, "what its owners settle needs no new confirmation"


def test_services_refuse_whoever_is_no_party(party: Party) -> None:
    row = party.confirmed()
    for outsider in (party.founder, party.manager, officer("regional_officer", "region@test.example")):
        with pytest.raises(NotPermitted):
            party.state(row, "legal", by=outsider)
        with pytest.raises(NotPermitted):
            propose_clusters(hand_over=row, clusters=[], by=outsider)
        with pytest.raises(NotPermitted):
            hand_start_up_over(hand_over=row, by=outsider)
    for outsider in (party.keeper, party.manager):
        with pytest.raises(NotPermitted):
            confirm_hand_over(hand_over=row, by=outsider)
    with pytest.raises(NotPermitted):
        settle_item(
            hand_over=row, key="cluster", state="done", note="", today=TODAY, by=party.other, cluster=party.agrifood
        )


def test_pages_show_it_to_its_parties_and_the_clusters_it_was_handed_to(party: Party, client: Client) -> None:
    row = party.confirmed()
    ours = reverse("registry:received_hand_over", args=["agrifood", row.pk])
    theirs = reverse("registry:received_hand_over", args=["mesap", row.pk])
    client.force_login(party.other)
    assert client.get(theirs).status_code == 403, "its own cluster was not proposed"
    assert client.get(ours).status_code == 403
    client.force_login(party.manager)
    page = client.get(ours).content.decode()
    assert "Nuova S.r.l." in page
    assert "A loan of the bank" not in page, "of private items a cluster sees the state alone"
    assert LogEntry.objects.filter(verb="view_hand_over", subject_key=str(party.firm.pk)).count() == 1
    client.force_login(party.founder)
    assert "A loan of the bank" in client.get(reverse("registry:own_hand_over", args=[row.pk])).content.decode()
    assert client.get(reverse("registry:hand_over", args=[row.pk])).status_code == 403
    client.force_login(party.keeper)
    assert "A loan of the bank" in client.get(reverse("registry:hand_over", args=[row.pk])).content.decode()


def test_start_up_sees_nothing_of_a_checklist_that_is_being_prepared(party: Party, client: Client) -> None:
    row = party.opened()
    party.state(row, "money", note="A loan of the bank")
    client.force_login(party.founder)
    page = client.get(reverse("registry:own_hand_over", args=[row.pk])).content.decode()
    assert "A loan of the bank" not in page


def test_search_finds_nothing_of_what_a_checklist_says(party: Party, client: Client) -> None:
    row = party.opened()
    party.state(row, "contact", note="Zzerbino answers")
    for reader in (party.founder, party.manager, party.keeper):
        client.force_login(reader)
        page = client.get(reverse("portal:search"), {"q": "Zzerbino"}).content.decode()
        assert "Zzerbino answers" not in page


def test_work_holds_what_each_sees_to(party: Party) -> None:
    def keys(user: Any) -> set[str]:
        return {t.key.split(":")[0] + ":" + t.key.rpartition(":")[2] for t in hand_over_todos(user, TODAY)}

    assert {k.partition(":")[0] for k in keys(party.keeper)} == {"registry.leaving"}
    row = party.opened()
    assert keys(party.founder) == set(), "it is the incubator's until it hands over"
    propose_clusters(hand_over=row, clusters=[party.agrifood], by=party.keeper, at=AT)
    party.state(row, "cluster", owner="cluster", cluster=party.agrifood)
    hand_start_up_over(hand_over=row, by=party.keeper, at=AT + timedelta(hours=3))
    assert keys(party.manager) == set(), "not confirmed yet"
    assert "registry.hand_over_item:legal" in keys(party.founder)
    assert any(k.startswith("registry.confirm") for k in keys(party.founder))
    confirm_hand_over(hand_over=row, by=party.founder, at=AT + timedelta(hours=4))
    assert keys(party.manager) == {"registry.hand_over_item:cluster"}
    assert keys(party.other) == set()
    assert not any(k.startswith("registry.confirm") for k in keys(party.founder))
    settle_item(
        hand_over=row, key="cluster", state="done", note="Met", today=TODAY, by=party.manager, cluster=party.agrifood
    )
    assert keys(party.manager) == set()
    assert not open_items_of(clusters=[party.agrifood.pk])


def test_way_to_the_page_stands_only_with_those_whose_organisation_is_concerned(party: Party) -> None:
    stranger = delegate_of(organisation("Altra S.r.l."), "other@test.example")
    assert [bool(pages_of_hand_overs(u)) for u in (party.keeper, party.founder, stranger, party.manager)] == [
        True, True, False, False,
    ]  # fmt: skip


def test_counts_hide_few_and_all_but_few(party: Party) -> None:
    row = party.confirmed()
    one = (party.firm.pk, party.incubator.pk, date(2024, 1, 1))
    others = [(10**6 + n, party.incubator.pk, date(2024, 1, 1)) for n in range(9)]
    few = count_hand_overs([one, *others], TODAY, least=5)
    assert (few.exits, few.handed, few.confirmed, few.open_items) == (10, None, None, None)
    shown = count_hand_overs([one, *others], TODAY, least=1)
    assert (shown.handed, shown.confirmed, shown.open_items) == (1, 1, len(checklist_of(row).open_items))
    none = count_hand_overs(others, TODAY, least=5)
    assert (none.handed, none.open_items) == (0, None)


def test_items_are_data_with_faults_told() -> None:
    good = {"key": "one", "it": "Uno", "en": "One", "owner": "start_up"}
    assert [i.owner for i in items_in({"items": [good]})] == [Owner.START_UP]
    for wrong, said in (
        ([{**good, "it": ""}], "'it'"),
        ([good, good], "twice"),
        ([{**good, "owner": "region"}], "region"),
        ([], "no items"),
    ):
        with pytest.raises(InvalidItems, match=said):
            items_in({"items": wrong})


def test_region_may_keep_a_list_of_its_own(settings: Any, tmp_path: Any) -> None:
    from poliedro.shared.region import region

    (tmp_path / "ours.yaml").write_text("items: [{key: only, it: Solo, en: Only, owner: incubator}]")
    (tmp_path / "region.yaml").write_text("{key: r, code: R1, country: IT, names: {it: R}, hand_over: ours.yaml}")
    settings.REGION = str(tmp_path / "region.yaml")
    region.cache_clear()
    try:
        assert [i.key for i in hand_over_items()] == ["only"]
    finally:
        region.cache_clear()


def test_incubator_goes_from_its_list_to_the_handed_over_checklist(party: Party, client: Client) -> None:
    membership(party.firm, party.mesap)  # a member elsewhere already: nothing of this page depends on it
    IncubateeSpell.objects.filter(pk=party.spell.pk).update(valid_to=timezone.localdate() + timedelta(days=20))
    client.force_login(party.keeper)
    listed = client.get(reverse("registry:hand_overs", args=[party.incubator.pk])).content.decode()
    assert "Nuova S.r.l." in listed
    leaves = (timezone.localdate() + timedelta(days=20)).isoformat()
    begun = client.post(reverse("registry:begin_hand_over", args=[party.spell.pk]), {"leaves_on": leaves})
    row = HandOver.objects.get()
    assert begun["Location"] == reverse("registry:hand_over", args=[row.pk])
    page = reverse("registry:hand_over", args=[row.pk])
    client.post(page, {"act": "clusters", "clusters": ["agrifood"]})
    said = {"legal-state": "not_needed", "legal-note": "", "legal-owner": "start_up", "legal-due_on": leaves}
    assert client.post(page, {"act": "legal", **said}).status_code == 422
    client.post(page, {"act": "legal", **said, "legal-note": "Closed its books"})
    to_cluster = {"cluster-state": "open", "cluster-note": "", "cluster-owner": "cluster:agrifood"}
    client.post(page, {"act": "cluster", **to_cluster, "cluster-due_on": leaves})
    client.post(page, {"act": "hand-over"})
    client.force_login(party.founder)
    client.post(reverse("registry:own_hand_over", args=[row.pk]), {"act": "confirm"})
    client.force_login(party.manager)
    assert "Nuova S.r.l." in client.get(reverse("registry:received_hand_overs", args=["agrifood"])).content.decode()
    ours = reverse("registry:received_hand_over", args=["agrifood", row.pk])
    client.post(ours, {"act": "cluster", "cluster-state": "done", "cluster-note": "Met on Monday"})
    now = {i.key: (i.state, i.note) for i in checklist_of(row).items}
    assert (now["legal"], now["cluster"]) == (("not_needed", "Closed its books"), ("done", "Met on Monday"))
