"""The directory's bits say what the register's rows say, for any choice and after any change."""

from __future__ import annotations

from collections import Counter
from datetime import date
from random import Random
from typing import Any

import pytest
from django.utils import timezone
from factories import cluster, code, membership, organisation, territory

from poliedro.registry.models import MembershipSpell, Organisation
from poliedro.registry.queries.directory import FACETS, PAGE, Choice, find, organisations
from poliedro.registry.queries.directory_index import bits, directory_index
from poliedro.shared.dated import Moment

pytestmark = pytest.mark.django_db
NOW = Moment(date(2024, 6, 1))


@pytest.fixture
def register() -> None:
    """Sixty organisations drawn from a seed, some without a name, place, class or size."""
    chance = Random(4)
    provinces = [territory("ITC11", "Torino"), territory("ITC16", "Cuneo")]
    towns = [territory(f"T{i}", f"Town {i}", "lau", parent=p) for i, p in enumerate(provinces)]
    classes = [code("10", level=2), code("10.11"), code("28", level=2), code("28.9"), None]
    for i in range(60):
        o = organisation(
            "" if i % 20 == 19 else f"Firm {chance.randrange(1000):04}",
            chance.choice(["enterprise", "university", "its"]),
            territory=chance.choice([*provinces, *towns, None]),
            nace=chance.choice(classes),
            size_class=chance.choice(["", "micro", "large"]),
            founded_on=chance.choice([None, date(1990 + i % 7, 1, 1)]),
            certainty=chance.choice(["official", "reported"]),
        )
        for key in ("agrifood", "ict"):
            if chance.random() < 0.4:
                membership(o, cluster(key), end=chance.choice([None, date(2020, 1, 1)]))
    Organisation.objects.filter(name="Firm 0001").update(retracted_at=timezone.now())


def by_rows(choice: Choice, facet: str) -> Counter[str]:
    """The counts beside a facet, one organisation at a time."""
    others = Choice(values={f: v for f, v in choice.values.items() if f != facet})
    counted: Counter[str] = Counter()
    for o in organisations(others, NOW).select_related("territory__parent", "nace"):
        place = o.territory
        own = place and (place.parent.code if place.level == "lau" and place.parent else place.code)
        held = list(MembershipSpell.objects.at(NOW).filter(organisation=o).values_list("cluster__key", flat=True))
        here = place and (place.code.startswith("ITC1") or (place.parent and place.parent.code.startswith("ITC1")))
        values = {
            "where": [] if place is None else ["here" if here else "elsewhere"],
            "projects": [],
            "kind": [o.kind, *(["firms"] if o.kind == "enterprise" else [])],
            "size": [o.size_class or "unknown"],
            "certainty": [o.certainty],
            "province": [own] if own else [],
            "activity": [o.nace.code[:2]] if o.nace else [],
            "cluster": [*held, *(["any"] if held else [])],
        }[facet]
        counted.update(values)
    return counted


@pytest.mark.usefixtures("register")
def test_counts_pages_and_totals_are_those_of_the_rows_for_any_choice() -> None:
    chance = Random(5)
    choices: dict[str, list[str]] = {
        "where": ["here", "elsewhere"],
        "kind": ["enterprise", "firms", "its", "incubator"],
        "cluster": ["agrifood", "ict", "any", "none-such"],
        "province": ["ITC11", "T1"],  # a province, and a municipality: no value of the facet, still a choice
        "size": ["unknown", "micro"],
        "activity": ["10", "28.9", "10.11"],
        "certainty": ["official"],
    }
    for _ in range(40):
        picked = chance.sample(sorted(choices), chance.randrange(4))
        choice = Choice(values={f: chance.choice(choices[f]) for f in picked})
        found = find(choice, NOW)
        assert found.total == organisations(choice, NOW).count()
        assert {o.pk for o in found.rows} <= set(organisations(choice, NOW).values_list("pk", flat=True))
        for facet in FACETS:
            assert {c.value: c.count for c in found.facets[facet]} == by_rows(choice, facet), (choice, facet)


@pytest.mark.usefixtures("register")
def test_pages_follow_the_order_and_those_without_a_name_come_last() -> None:
    everybody = [o for page in (1, 2, 3) for o in find(Choice(), NOW, page=page).rows]
    names = [o.name for o in everybody]
    assert len(everybody) == find(Choice(), NOW).total > 2 * PAGE
    assert names == sorted(names, key=lambda n: (n == "", n))
    assert find(Choice(), NOW, page=9).rows == []
    newest = [o for page in (1, 2, 3) for o in find(Choice(order="newest"), NOW, page=page).rows]
    assert [o.pk for o in newest] == [
        o.pk for o in sorted(everybody, key=lambda o: o.founded_on or date.min, reverse=True)
    ]


@pytest.mark.usefixtures("register")
def test_one_new_membership_or_name_shows_at_once() -> None:
    before = {c.value: c.count for c in find(Choice(), NOW).facets["cluster"]}
    outsider = Organisation.objects.current().filter(memberships=None).order_by("pk").first()
    membership(outsider, cluster("ict"))
    after = {c.value: c.count for c in find(Choice(), NOW).facets["cluster"]}
    assert after == {**before, "ict": before["ict"] + 1, "any": before["any"] + 1}
    Organisation.objects.filter(pk=outsider.pk).update(name="AAA")
    assert find(Choice(), NOW).rows[0].pk == outsider.pk


@pytest.mark.usefixtures("register")
def test_text_limits_to_the_keys_given() -> None:
    keys = list(Organisation.objects.current().order_by("pk").values_list("pk", flat=True)[:7])
    found = find(Choice("some words"), NOW, keys=[*keys, 10**9])
    assert found.total == 7
    assert sum(c.count for c in found.facets["kind"] if c.value != "firms") == 7
    assert find(Choice("some words"), NOW, keys=[]).total == 0


@pytest.mark.usefixtures("register")
def test_queries_do_not_grow_with_the_register(django_assert_max_num_queries: Any) -> None:
    find(Choice(), NOW)
    with django_assert_max_num_queries(6):
        find(Choice(values={"cluster": "ict", "kind": "its"}), NOW)


def test_bits_of_nobody_and_of_the_last() -> None:
    assert bits(0, []) == 0
    assert bits(17, [16]) == 1 << 16


def test_index_refuses_to_speak_of_an_earlier_knowledge() -> None:
    with pytest.raises(ValueError, match="known now"):
        directory_index(Moment.known_on(date(2024, 1, 1), date(2023, 1, 1)))


@pytest.mark.usefixtures("register")
def test_best_matches_come_first_and_every_page_holds_what_the_others_do_not() -> None:
    everybody = directory_index(NOW).ids
    best = Random(6).sample(everybody, PAGE + 3)
    choice = Choice("x", order="best")
    pages = [find(choice, NOW, page=n, keys=everybody, best=[*best, 10**9]) for n in (1, 2, 3)]
    listed = [o.pk for found in pages for o in found.rows]
    assert listed[: len(best)] == best
    assert listed[len(best) :] == [pk for pk in everybody if pk not in best], "the others by name"
    narrowed = Choice("x", {"cluster": "ict"}, order="best")
    held = set(organisations(narrowed, NOW).values_list("pk", flat=True))
    assert [o.pk for o in find(narrowed, NOW, keys=everybody, best=best).rows][:3] == [p for p in best if p in held][:3]
