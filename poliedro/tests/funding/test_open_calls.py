"""Open EU calls: a file with every fault that such files have, the feed, one's digest, what is read."""

from __future__ import annotations

import gzip
import json
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from factories import cluster, manager_of, officer
from funding_drafts import SME
from hypothesis import given
from hypothesis import strategies as st
from policy_made import call as region_call
from policy_made import measure

from poliedro.funding.models import Call
from poliedro.funding.models.open_calls import CallReading, OpenCall
from poliedro.funding.queries.open_calls import digest_of, open_calls, reach, regional_digest_of
from poliedro.funding.services.open_calls import load_open_calls, note_applied, note_reading, set_interest
from poliedro.funding.sources.eu_calls import NotOpenCalls, mend, objects_of, read_open_calls

TODAY = date(2026, 3, 1)


def row(topic: str, **fields: Any) -> dict[str, Any]:
    return {
        "topicId": topic,
        "title": f"Topic {topic}",
        "programme": "Horizon Europe",
        "callStatus": "open",
        "deadline": "2026-04-01",
        "portalUrl": f"https://ec.europa.eu/{topic}",
        **fields,
    }


def written(folder: Path, *rows: dict[str, Any], between: str = "", packed: bool = True) -> Path:
    raw = "\ufeff" + between.join(json.dumps(r, ensure_ascii=False) for r in rows)
    path = folder / "calls.jsonl.gz"
    path.write_bytes(gzip.compress(raw.encode()) if packed else raw.encode())
    return path


@pytest.mark.parametrize("between", ["", "\n", ",\n", " "])
def test_objects_are_read_however_they_are_strung_together(tmp_path: Path, between: str) -> None:
    for packed in (True, False):
        read = read_open_calls(written(tmp_path, row("A"), row("B"), between=between, packed=packed))
        assert [c.topic for c in read] == ["A", "B"]


def test_text_that_was_read_in_the_wrong_alphabet_is_mended() -> None:
    assert mend("the beneficiariesâ€™ costs") == "the beneficiaries’ costs"
    assert mend("cittÃ\xa0 e libertÃ\xa0") == "città e libertà"
    assert mend("città, 5 € – già") == "città, 5 € – già"


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=40))
def test_what_was_damaged_comes_back_as_it_was(text: str) -> None:
    damaged = "".join(
        bytes([b]).decode("cp1252") if b not in (0x81, 0x8D, 0x8F, 0x90, 0x9D) else chr(b) for b in text.encode()
    )
    if mend(text) == text:  # a text that itself looks damaged cannot be told apart
        assert mend(damaged) == text


def test_tags_amounts_and_days_are_read(tmp_path: Path) -> None:
    fields = {
        "description": "<p>Money &amp;  time</p>",
        "budgetMin": 2000000,
        "budgetMax": 1500000.5,
        "expectedGrants": 4,
        "deadline": "soon",
        "portalUrl": "javascript:alert(1)",
    }
    call = read_open_calls(written(tmp_path, row("A", **fields)))[0]
    assert (call.text, call.grants, call.deadline, call.url) == ("Money & time", 4, None, "")
    assert (call.least_eur, call.most_eur) == (Decimal("1500000.50"), Decimal("2000000.00"))


def test_a_file_that_breaks_off_is_refused_with_the_place() -> None:
    with pytest.raises(NotOpenCalls, match="character 13 begins no JSON object"):
        list(objects_of('{"a":1} {"b":'))


@pytest.mark.django_db
def test_loading_again_changes_nothing_and_what_is_gone_is_closed(tmp_path: Path) -> None:
    path = written(tmp_path, row("A"), row("B", callStatus="closed"))
    assert load_open_calls(path=path, by=None) == {"read": 2, "new": 2, "closed": 0}
    assert load_open_calls(path=path, by=None) == {"read": 2, "new": 0, "closed": 0}
    assert [c.topic for c in open_calls(TODAY)] == ["A"]
    assert load_open_calls(path=written(tmp_path, row("C")), by=None)["closed"] == 1
    assert [c.topic for c in open_calls(TODAY)] == ["C"]
    assert list(open_calls(date(2026, 4, 2))) == []


@pytest.mark.django_db
def test_digest_holds_what_one_wants_and_has_not_opened(tmp_path: Path) -> None:
    rows = [row("A", title="Robots for food"), row("B", title="Ships"), row("C", title="Food", deadline="2027-01-01")]
    load_open_calls(path=written(tmp_path, *rows), by=None)
    manager = manager_of(cluster())
    assert digest_of(manager.person, TODAY) == []
    set_interest(person=manager.person, words="food water", programme="", days=60, by=manager)
    found = digest_of(manager.person, TODAY)
    assert [c.topic for c in found] == ["A"]
    note_reading(call=found[0], person=manager.person)
    assert digest_of(manager.person, TODAY) == []
    note_applied(call=found[0], person=manager.person, on=TODAY, by=manager)
    assert [(r.call.topic, r.read, r.applied) for r in reach()] == [("A", 1, 1)]


@pytest.mark.django_db
def test_a_word_of_the_text_alone_brings_a_call_into_the_digest(tmp_path: Path) -> None:
    rows = [row("A", title="Robots", description="For blockchain in food chains"), row("B", keywords="Blockchain")]
    load_open_calls(path=written(tmp_path, *rows, row("C")), by=None)
    manager = manager_of(cluster())
    set_interest(person=manager.person, words="blockchain", programme="", days=60, by=manager)
    assert [c.topic for c in digest_of(manager.person, TODAY)] == ["A", "B"]


@pytest.mark.django_db
def test_the_digest_holds_the_regions_own_calls_and_says_how_many_there_are(client: Client, tmp_path: Path) -> None:
    today = timezone.localdate()
    soon = (today + timedelta(days=9)).isoformat()
    load_open_calls(path=written(tmp_path, *(row(f"T{n:02}", deadline=soon) for n in range(57))), by=None)
    made = {key: region_call(measure(f"m-{key}"), SME, key=key) for key in ("soon", "later", "open", "over", "draft")}
    days = {"soon": 10, "later": 300, "open": None, "over": -1, "draft": 10}
    for key, ends in days.items():
        closes = None if ends is None else today + timedelta(days=ends)
        Call.objects.filter(pk=made[key].pk).update(
            opens_on=today - timedelta(days=30), closes_on=closes, title_en=f"Regional {key}", title_it=f"Bando {key}"
        )
    Call.objects.filter(pk=made["draft"].pk).update(state=Call.State.DRAFT)
    manager = manager_of(cluster())
    set_interest(person=manager.person, words="", programme="Horizon Europe", days=60, by=manager)
    assert [c.key for c in regional_digest_of(manager.person, today)] == ["soon", "open"]
    client.force_login(manager)
    page = client.get("/open-calls/mine/", headers={"accept-language": "en"}).content.decode()
    assert "59 calls for you" in page
    assert "1 to 25 of 57" in page
    assert "Regional soon" in page.split("Of the European Union")[0]
    last = client.get("/open-calls/mine/?page=3", headers={"accept-language": "en"}).content.decode()
    assert "51 to 57 of 57" in last
    assert "A call of the region" in client.get("/today/?all", headers={"accept-language": "en"}).content.decode()
    set_interest(person=manager.person, words="bando-soon regional", programme="", days=60, by=manager)
    assert [c.key for c in regional_digest_of(manager.person, today)] == ["soon", "open"], "in either language"
    set_interest(person=manager.person, words="zebra", programme="", days=60, by=manager)
    assert regional_digest_of(manager.person, today) == []


@pytest.mark.django_db
def test_a_manager_filters_reads_and_says_that_the_cluster_applied(
    client: Client, tmp_path: Path, django_assert_max_num_queries: Any
) -> None:
    soon = (timezone.localdate() + timedelta(days=9)).isoformat()
    rows = [row("A", title="Robots", deadline=soon), row("B", title="Ships", deadline=soon)]
    load_open_calls(path=written(tmp_path, *rows), by=None)
    english = {"accept-language": "en"}
    page = client.get("/open-calls/?words=robots", headers=english).content.decode()
    assert "1 call is open" in page
    assert "Robots" in page
    assert "Ships" not in page
    manager = manager_of(cluster())
    client.force_login(manager)
    call = OpenCall.objects.get(topic="A")
    assert "We applied" in client.get(f"/open-calls/{call.pk}/", headers=english).content.decode()
    client.post(f"/open-calls/{call.pk}/applied/")
    assert CallReading.objects.get().applied_on == timezone.localdate()
    client.post("/open-calls/mine/", {"words": "ships", "programme": "", "days": 30})
    assert "closes soon" in client.get("/today/", headers=english).content.decode()
    assert "Ships" in client.get("/open-calls.csv").content.decode("utf-8-sig")
    with django_assert_max_num_queries(20):
        client.get("/open-calls/", headers=english)
    client.force_login(officer("agency_staff"))
    assert "Robots" in client.get("/open-calls/read/", headers=english).content.decode()


@pytest.mark.django_db
def test_the_real_file_is_read_whole(real_data: Path) -> None:
    path = real_data / "cordis" / "eu_open_calls_2026_open.jsonl.gz"
    read = read_open_calls(path)
    assert (len(read), sum(c.status == "closed" for c in read)) == (629, 4)
    assert not [c.topic for c in read if "â€" in c.title + c.text + c.who]
    assert load_open_calls(path=path, by=None)["read"] == 629
