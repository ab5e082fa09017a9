"""Interviews in fragments, coded apart, with figures that lead to what was said. See Note [Coded apart]."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from factories import cluster, manager_of, officer

from poliedro.surveys.models import Coding, Interview
from poliedro.surveys.queries.interviews import coded_with, passages_of
from poliedro.surveys.rules.coding import InvalidCodes, Said, code_lines, cohen_kappa, fragments_of, parse_codes
from poliedro.surveys.services.interviews import code_interview, enter_interview, publish_codebook

ENGLISH = {"accept-language": "en"}
CODES = parse_codes("funds: Only for funds - The cluster is a door to money\nready: Not ready")


def test_kappa_is_agreement_beyond_chance() -> None:
    """20 both yes, 5 and 10 apart, 15 both no of 50: (0.7 - (0.6 * 0.5 + 0.4 * 0.5)) / (1 - 0.5), Cohen's scheme."""
    pairs = [(True, True)] * 20 + [(True, False)] * 10 + [(False, True)] * 5 + [(False, False)] * 15
    chance = 30 / 50 * 25 / 50 + 20 / 50 * 25 / 50
    assert cohen_kappa(pairs) == pytest.approx((35 / 50 - chance) / (1 - chance))
    assert cohen_kappa([(a, a) for a in (True, False, True)]) == 1
    assert cohen_kappa([(True, True)]) is None  # both always said yes
    assert cohen_kappa([]) is None


def test_codes_are_lines_and_fragments_are_parted_by_empty_lines() -> None:
    assert [(c["key"], c["label"], c["meaning"]) for c in CODES] == [
        ("funds", "Only for funds", "The cluster is a door to money"),
        ("ready", "Not ready", ""),
    ]
    with pytest.raises(InvalidCodes, match="line 2 is 'Funds'"):
        parse_codes("a1: One\nFunds")
    with pytest.raises(InvalidCodes, match="repeats the key"):
        parse_codes("a1: One\na1: Two")
    assert fragments_of("One\ntwo\r\n\r\n\n three \n") == ["One two", "three"]
    assert [len(f) for f in fragments_of("x" * 5001)] == [5000, 1]


def test_a_fragment_carries_a_code_that_everybody_gave_it() -> None:
    both, one = frozenset({"funds"}), frozenset[str]()
    coded = {
        1: [Said(7, both, both), Said(8, both, both)],
        2: [Said(7, both, both), Said(8, one, one)],
        3: [Said(7, both, both)],
    }
    [line] = code_lines(["funds"], coded, {1: 10, 2: 10, 3: 11})
    assert (line.interviews, line.agreed, line.disputed, line.twice) == (2, (1, 3), (2,), 2)
    assert line.kappa == 0  # one of two agreed, and chance gives as much: 1 * 0.5 + 0 * 0.5
    coded[2][1] = Said(8, both, one)  # gave in afterwards
    [line] = code_lines(["funds"], coded, {1: 10, 2: 10, 3: 11})
    assert (line.agreed, line.kappa) == ((1, 2, 3), 0)


@pytest.mark.django_db
def test_two_code_apart_and_each_figure_leads_to_its_fragments(client: Client) -> None:
    first, second = officer("regional_officer"), officer("evaluator")
    client.force_login(first)
    form = {"act": "codebook", "codebook-title": "Roles", "codebook-codes": "no colon"}
    assert "line 1 is" in client.post("/cockpit/interviews/", form, headers=ENGLISH).content.decode()
    book = publish_codebook(title="Roles", codes=CODES, by=first)
    assert publish_codebook(title="Roles", codes=CODES, by=first) == book  # nothing new
    assert publish_codebook(title="Roles", codes=CODES[:1], by=first).version == 2
    form = {
        "act": "interview", "interview-title": "A mill", "interview-held_on": "2020-03-01",
        "interview-with_whom": "manager", "interview-codebook": book.pk,
        "interview-text": "It is for the money.\n\nWe are small.",
    }  # fmt: skip
    assert client.post("/cockpit/interviews/", form).status_code == 422  # who spoke did not agree
    answer = client.post("/cockpit/interviews/", {**form, "interview-agreed": "on"})
    talk = Interview.objects.get()
    money, small = talk.fragments.all()
    said = {f"codes-{money.pk}": ["funds", "no-such"], f"codes-{small.pk}": ["ready"]}
    client.post(answer["Location"], said)
    assert [c.codes for c in Coding.objects.order_by("fragment")] == [["funds"], ["ready"]]

    assert all(p.own is None and not p.others for p in passages_of(talk, second))  # kept back until coded
    held = coded_with(book, second)
    assert (held.interviews, held.kept_back, [line.agreed for line in held.lines]) == (0, 1, [(), ()])
    assert coded_with(book, first).interviews == 1
    code_interview(interview=talk, codes={money.pk: ["funds"], small.pk: []}, by=second)
    code_interview(interview=talk, codes={money.pk: []}, by=second)  # changed with the other's in sight, and back
    assert Coding.objects.get(fragment=money, coder=second).first == ["funds"]
    code_interview(interview=talk, codes={money.pk: ["funds"]}, by=second)
    assert [[c.codes for c in p.others] for p in passages_of(talk, second)] == [[["funds"]], [["ready"]]]
    lines = {line.key: line for line in coded_with(book, officer("agency_staff")).lines}
    assert (lines["funds"].agreed, lines["funds"].kappa) == ((money.pk,), 1)
    assert (lines["ready"].agreed, lines["ready"].disputed) == ((), (small.pk,))
    page = client.get(f"/cockpit/interviews/codes/{book.pk}/?code=funds", headers=ENGLISH).content.decode()
    assert "Roles v1: 1 interview coded" in page
    assert f'href="/cockpit/interviews/{talk.pk}/#fragment-{money.pk}"' in page
    assert "It is for the money." in page
    assert "We are small." not in page
    client.force_login(manager_of(cluster("agrifood")))
    assert client.get(f"/cockpit/interviews/{talk.pk}/").status_code == 403


@pytest.mark.django_db
def test_nobody_is_coded_who_did_not_agree() -> None:
    book = publish_codebook(title="Roles", codes=CODES, by=None)
    with pytest.raises(IntegrityError), transaction.atomic():
        enter_interview(
            title="A mill", held_on=date(2020, 3, 1), with_whom="manager", cluster=None, codebook=book, texts=["x"],
            agreed=False, by=None,
        )  # fmt: skip
