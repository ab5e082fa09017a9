"""The same organisation is found again; doubt goes to a person; a merge can be undone."""

from __future__ import annotations

from datetime import date

import pytest
from factories import cluster, membership, officer, organisation, source, territory
from hypothesis import given, settings
from hypothesis import strategies as st

from poliedro.registry.models import Identifier, MatchCandidate, MembershipSpell, Organisation, ResolutionRun
from poliedro.registry.queries.memberships import distinct_members, flow, members_by_cluster
from poliedro.registry.queries.resolution import kept_apart
from poliedro.registry.rules.names import fold_city, other_names_of_city, split_legal_form
from poliedro.registry.runs.resolution import Pair, _join, _prepare, resolve
from poliedro.registry.services.index import rebuild_index
from poliedro.registry.services.merges import CannotMerge, merge_organisations, undo_merge
from poliedro.registry.services.resolution import AlreadyDecided, decide_candidate, run_resolution
from poliedro.shared.dated import Moment
from poliedro.shared.models import Job
from poliedro.shared.search import search

WORDS = [
    "Alba",
    "Bosco",
    "Cervo",
    "Drago",
    "Erba",
    "Faro",
    "Gelso",
    "Isola",
    "Lago",
    "Monte",
    "Nube",
    "Olmo",
    "Pino",
    "Quercia",
    "Riva",
    "Sole",
    "Torre",
    "Vento",
]
DAY = Moment(date(2020, 1, 1))


@pytest.mark.parametrize(
    ("written", "core", "form"),
    [
        ("OFFICINE PROVA S.R.L.", "officine prova", "srl"),
        ("Officine Prova Società a responsabilità limitata", "officine prova", "srl"),
        ("Officine Prova S.c.a r.l.", "officine prova", "scarl"),
        ("Officine Prova Soc. Coop. a r.l.", "officine prova", "coop"),
        ("Officine Prova S.n.c. di Rossi & C.", "officine prova", "snc"),
        ("Officine Prova S.r.l.s.", "officine prova", "srls"),
        ("Prüfwerk GmbH & Co. KG", "prufwerk", "gmbh"),
        ("C.R.E.A.T.E. Consorzio di Ricerca", "create consorzio di ricerca", ""),
        ("S.p.A.", "spa", ""),
    ],
)
def test_legal_form_is_taken_off_however_it_is_written(written: str, core: str, form: str) -> None:
    assert split_legal_form(written) == (core, form)


@pytest.mark.parametrize(
    ("written", "city"),
    [
        ("TORINO TO", "torino"),
        ("TURIN", "torino"),
        ("10121 Torino", "torino"),
        ("PARIS CEDEX 05", "paris"),
        ("MÜNCHEN", "munich"),
        ("Bruxelles / Brussel", "brussels"),
        ("Torino (TO)", "torino"),
        ("(Torino)", "torino"),
        ("", ""),
    ],
)
def test_variants_of_a_city_are_one(written: str, city: str) -> None:
    assert fold_city(written) == city


@pytest.mark.parametrize(
    ("city", "others"),
    [("Torino", "turin"), ("TURIN", "torino"), ("Bruxelles", "brussel brussels"), ("Asti", ""), ("", "")],
)
def test_city_is_found_by_its_names_in_other_languages(city: str, others: str) -> None:
    assert other_names_of_city(city) == others


@pytest.mark.django_db
def test_organisation_of_torino_is_found_by_turin() -> None:
    firm = organisation("Officine Prova", place_text="TORINO")
    rebuild_index()
    assert [hit.key for hit in search("turin")] == [str(firm.pk)]


def pair(a: int, b: int, probability: float) -> Pair:
    return Pair(a, b, probability, (("name", "same"),))


def test_two_firms_at_one_address_are_for_a_person_however_probable() -> None:
    neighbours = Pair(1, 2, 0.999, (("name", "different"), ("street", "same"), ("city", "same")))
    found = _join([neighbours], {}, set(), 0.9)
    assert (found.groups, found.doubtful) == ([], [neighbours])


def test_umlaut_is_one_letter_however_it_is_written_where_people_write_it_so() -> None:
    rows = [
        {"key": i, "name": name, "city": city, "country": country, "identifiers": {}}
        for i, (name, city, country) in enumerate(
            [("Universität Zürich", "Zürich", "CH"), ("UNIVERSITAET ZUERICH", "ZUERICH", "CH"), ("Bleue", "Caen", "FR")]
        )
    ]
    frame = _prepare(rows).sort("unique_id")
    assert frame["squeezed"][0] == frame["squeezed"][1]
    assert frame["city"][0] == frame["city"][1]
    assert frame["squeezed"][2] == "bleue"


BODIES = """University of Lancaster|Lancaster|UK; Lancaster University|LANCASTER|UK
Bath Spa University|Bath|UK; University of Bath|Bath|UK
Aster Scpa|Bologna|IT; Arter Scpa|Bologna BO|IT
Università degli Studi di Torino|Torino|IT; UNIVERSITA DEGLI STUDI DI TORINO|Torino (TO)|IT
Università degli Studi di Bari|Bari|IT; Università degli Studi di Milano|Milano|IT
Officine Frankfurter Werke|Frankfurt am Main|DE; OFFICINE FRANKFURTER WERKE|Frankfurt|DE"""


@pytest.mark.parametrize(
    ("line", "one"), list(zip(BODIES.splitlines(), (True, False, False, True, False, True), strict=True))
)
def test_what_makes_two_rows_one_body(line: str, one: bool) -> None:
    """Among many others, two rows of one address are merged without a person or they are not."""
    others = [(f"{word} Istituto {n}", f"Luogo{n % 7}", "IT") for n, word in enumerate(WORDS * 8)]
    written = [tuple(part.split("|")) for part in line.split("; ")]
    rows = [
        {"key": key, "name": name, "city": city, "country": country, "street": f"Via {max(key, 1)}", "identifiers": {}}
        for key, (name, city, country) in enumerate([*written, *others])
    ]
    assert ([0, 1] in resolve(rows).groups) is one


def test_same_name_and_city_take_the_number_before_one_that_is_only_near() -> None:
    near = Pair(1, 3, 0.9995, (("name", "nearly the same"), ("city", "same")))
    same = Pair(2, 3, 0.999, (("name", "same"), ("city", "same")))
    found = _join(sorted([near, same], key=lambda p: p.rank), {1: {"pic": "A"}, 2: {"pic": "B"}}, set(), 0.9)
    assert found.groups == [[2, 3]]


def test_joining_never_puts_two_vat_numbers_together_even_through_a_third() -> None:
    numbers = {1: {"vat": "A"}, 2: {}, 3: {"vat": "B"}}
    found = _join([pair(1, 2, 0.99), pair(2, 3, 0.98)], numbers, set(), 0.9)
    assert found.groups == [[1, 2]]
    assert [(p.left, p.right) for p in found.doubtful] == [(2, 3)]
    assert found.doubtful[0].reasons[0] == ("numbers", "different")  # the reviewer sees why a sure pair waits


def test_pair_that_a_person_kept_apart_is_never_joined_or_offered_again() -> None:
    found = _join([pair(1, 2, 0.99), pair(2, 3, 0.95)], {}, {frozenset((1, 2))}, 0.9)
    assert found.groups == [[2, 3]]
    assert found.doubtful == []


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8), st.floats(0, 1)), max_size=20),
    st.dictionaries(st.integers(0, 8), st.sampled_from("AB")),
)
def test_no_group_ever_holds_two_numbers(drawn: list[tuple[int, int, float]], vat: dict[int, str]) -> None:
    pairs = sorted((pair(min(a, b), max(a, b), p) for a, b, p in drawn if a != b), key=lambda p: -p.probability)
    for group in _join(pairs, {k: {"vat": v} for k, v in vat.items()}, set(), 0.3).groups:
        assert len({vat[k] for k in group if k in vat}) <= 1


@pytest.mark.django_db
def test_merge_moves_everything_and_undoing_moves_it_back() -> None:
    agrifood, mesap = cluster("agrifood"), cluster("mesap")
    one, two = organisation("Officine Prova Srl"), organisation("OFFICINE PROVA")
    membership(one, agrifood)
    membership(two, mesap)
    Identifier.objects.create(organisation=two, scheme="pic", value="999", source=source(), certainty="official")
    assert distinct_members(DAY) == 2
    merge = merge_organisations(survivor=one, duplicate=two, by=None)
    assert distinct_members(DAY) == 1
    assert set(one.names.values_list("name", flat=True)) == {"OFFICINE PROVA"}
    assert one.identifiers.known().get().value == "999"
    assert list(Organisation.objects.current()) == [one]
    undo_merge(merge=merge, by=None)
    assert distinct_members(DAY) == 2
    assert two.identifiers.known().get().value == "999"
    assert not one.names.known().exists()
    with pytest.raises(CannotMerge, match="was undone"):
        undo_merge(merge=merge, by=None)


@pytest.mark.django_db
def test_row_that_would_break_a_rule_stays_and_comes_back() -> None:
    agrifood = cluster()
    one, two = organisation("A"), organisation("B")
    for firm in (one, two):
        membership(firm, agrifood, date(2015, 1, 1))
    merge = merge_organisations(survivor=one, duplicate=two, by=None)
    assert MembershipSpell.objects.filter(organisation=two).count() == 1
    assert (distinct_members(DAY), members_by_cluster(DAY)[agrifood.pk]) == (1, 1)
    undo_merge(merge=merge, by=None)
    assert MembershipSpell.objects.known().filter(organisation=two).count() == 1
    assert (distinct_members(DAY), members_by_cluster(DAY)[agrifood.pk]) == (2, 2)


@pytest.mark.django_db
def test_body_that_was_a_member_twice_counts_once_in_stock_and_series_after_the_merge() -> None:
    agrifood = cluster()
    one, two, three = organisation("A"), organisation("B"), organisation("C")
    membership(one, agrifood, date(2015, 1, 1))
    membership(two, agrifood, date(2016, 1, 1))
    membership(three, agrifood, date(2012, 1, 1), date(2014, 1, 1))  # before, and over: no double
    merges = [merge_organisations(survivor=one, duplicate=other, by=None) for other in (two, three)]
    period = flow(agrifood, date(2015, 6, 1), date(2020, 6, 1))
    assert (period.stock_start, period.entries, period.stock_end) == (1, 0, 1)
    assert flow(agrifood, date(2011, 1, 1), date(2013, 1, 1)).stock_end == 1
    for merge in reversed(merges):
        undo_merge(merge=merge, by=None)
    assert flow(agrifood, date(2015, 6, 1), date(2020, 6, 1)).stock_end == 2


@pytest.mark.django_db
def test_invented_and_real_never_become_one() -> None:
    real = organisation("A", source=source("cordis", "official"))
    invented = organisation("A", source=source("demonstration", "synthetic"))
    with pytest.raises(CannotMerge, match="one invented, one real"):
        merge_organisations(survivor=real, duplicate=invented, by=None)


@pytest.mark.django_db
def test_doubtful_pair_is_settled_once() -> None:
    one, two = organisation("A"), organisation("B")
    steward = officer("data_steward")
    candidate = MatchCandidate.objects.create(run=ResolutionRun.objects.create(), left=one, right=two, probability=0.7)
    decide_candidate(candidate=candidate, same=True, by=steward)
    two.refresh_from_db()
    assert two.merged_into == one
    with pytest.raises(AlreadyDecided, match="settled as merged"):
        decide_candidate(candidate=candidate, same=False, by=steward)


WORDS = [
    "alfa",
    "beta",
    "gamma",
    "delta",
    "sigma",
    "omega",
    "tecno",
    "agri",
    "bio",
    "eco",
    "info",
    "meta",
    "nano",
    "poli",
]


@pytest.mark.django_db
def test_run_merges_the_sure_and_nothing_else() -> None:
    places = ["Torino", "Milano", "Cuneo", "Asti", "Biella", "Novara"]
    for i, first in enumerate(WORDS):
        for j, second in enumerate(WORDS):
            if first != second:
                organisation(
                    f"{first.title()}{second} Sistemi {chr(97 + (i * j) % 26)}{i}{j} S.r.l.",
                    country="IT",
                    place_text=places[(i + j) % 6],
                    street=f"Via {WORDS[(i * 3 + j) % 14]} {i + j}",
                    postcode=f"10{i:01d}{j:02d}"[:5],
                )
    original = Organisation.objects.order_by("pk")[10]
    twins = []
    for o in Organisation.objects.order_by("pk")[:40]:
        twins.append(
            organisation(
                o.name.upper().replace("S.R.L.", "SRL"),
                country="IT",
                place_text=o.place_text.upper(),
                street=o.street,
                postcode=o.postcode,
            )
        )
    run = run_resolution(country="IT")
    assert run.organisations == len(WORDS) * (len(WORDS) - 1) + 40
    merged = dict(Organisation.objects.exclude(merged_into=None).values_list("pk", "merged_into"))
    true = {frozenset((o.pk, t.pk)) for o, t in zip(Organisation.objects.order_by("pk")[:40], twins, strict=True)}
    assert {frozenset(pair) for pair in merged.items()} <= true
    assert run.merged == len(merged) >= 38
    twins[10].refresh_from_db()
    assert twins[10].merged_into == original


@pytest.mark.django_db
def test_pair_kept_apart_stays_apart_through_a_merge_of_one_of_them() -> None:
    a, b, c = (organisation(f"Body {i}") for i in range(3))
    MatchCandidate.objects.create(
        run=ResolutionRun.objects.create(parameters={}, organisations=3), left=a, right=b, probability=0.5, reasons=[],
        state="distinct",
    )  # fmt: skip
    assert kept_apart() == [(a.pk, b.pk)]
    merge_organisations(survivor=c, duplicate=a, by=None, reason="test")
    assert kept_apart() == [(b.pk, c.pk)]


@pytest.mark.django_db
def test_pair_that_was_made_two_again_is_not_joined_by_the_next_run() -> None:
    a, b = (organisation("OFFICINE PROVA SRL", place_text="Torino", country="IT") for _ in range(2))
    merge = merge_organisations(survivor=a, duplicate=b, by=None, reason="run 1, sure")
    undo_merge(merge=merge, by=None)
    assert kept_apart() == [(a.pk, b.pk)]
    b.refresh_from_db()
    again = merge_organisations(survivor=b, duplicate=a, by=None, reason="on second thoughts")
    assert kept_apart() == []
    undo_merge(merge=again, by=None)
    assert kept_apart() == [(a.pk, b.pk)]


@pytest.mark.django_db
def test_queue_is_for_the_data_steward_alone(client: object) -> None:
    from django.test import Client

    assert isinstance(client, Client)
    client.force_login(officer("funding_officer"))
    assert client.get("/matches/").status_code == 403
    client.force_login(officer("data_steward"))
    assert client.get("/matches/").status_code == 200


@pytest.mark.django_db
def test_steward_has_the_register_searched_in_the_background_and_nobody_else(client: object) -> None:
    from django.test import Client

    assert isinstance(client, Client)
    organisation("Alfa Meccanica S.r.l.", country="IT")
    client.force_login(officer("funding_officer"))
    assert client.post("/matches/look-again/").status_code == 403
    client.force_login(officer("data_steward"))
    client.post("/matches/look-again/")
    assert Job.objects.get().state == "done"
    assert ResolutionRun.objects.get().by is not None


@pytest.mark.django_db
def test_queue_opens_on_the_region_is_searched_and_waits_on_the_stewards_page(client: object, in_english: None) -> None:
    from django.test import Client

    assert isinstance(client, Client)
    torino = territory("ITC11", "Torino")
    run = ResolutionRun.objects.create()
    for name, place in (("Alfa", torino), ("Omega", None)):
        one, two = organisation(f"{name} Uno", territory=place), organisation(f"{name} Due")
        MatchCandidate.objects.create(run=run, left=one, right=two, probability=0.9)
    client.force_login(officer("data_steward"))

    def read(address: str) -> str:
        return client.get(address, headers={"accept-language": "en"}).content.decode()  # type: ignore[attr-defined]

    assert "Alfa Uno" in read("/matches/")
    assert "Omega Uno" not in read("/matches/")
    assert "Omega Uno" in read("/matches/?where=all")
    assert "Omega Uno" in read("/matches/?q=omega")
    assert "Alfa Uno" not in read("/matches/?q=omega")
    work = read("/today/")
    assert "Decide about 2 doubtful pairs" in work
    assert "1 of them is of the region." in work
