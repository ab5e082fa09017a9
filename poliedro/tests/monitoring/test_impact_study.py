"""An impact study from declaration to signature: what may be opened when; the planted effect is found again."""

from __future__ import annotations

import io
import re
import zlib
from contextlib import suppress
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest
from django.db import IntegrityError, connection, transaction
from django.db.utils import DatabaseError
from django.test import Client
from django.urls import reverse
from factories import cluster, delegate_of, officer, organisation
from studies import EFFECT, SMALL, address, effects, entered, signed_study
from surveys_made import answered_survey

from poliedro.audit.models import LogEntry
from poliedro.evidence.runs.base import Context
from poliedro.evidence.store import read_rows
from poliedro.monitoring.models import StudyVersion
from poliedro.monitoring.queries.impact import sample_of
from poliedro.monitoring.rules.impact import (
    AMOUNTS,
    StudyRefused,
    fingerprint,
    stored_form,
)
from poliedro.monitoring.runs.extract import make_extract
from poliedro.monitoring.runs.impact.study import study
from poliedro.monitoring.services.impact import (
    change_declaration,
    declare_study,
    freeze_study,
    open_data_room,
    read_extract,
    replication_package,
    revise_study,
    run_study,
    sign_study,
    start_study,
)
from poliedro.registry.models import FinancialStatement, Organisation

pytestmark = pytest.mark.django_db


# --- nothing is opened before the declaration is frozen ---
def test_outcomes_cannot_be_opened_by_a_service_before_freezing(draft: StudyVersion, evaluator: Any) -> None:
    for act in (
        lambda: open_data_room(version=draft, by=evaluator),
        lambda: run_study(version=draft, by=evaluator),
        lambda: start_study(version=draft, title="Run", by=evaluator),
        lambda: read_extract(version=draft, what="extract", by=evaluator),
        lambda: replication_package(version=draft, by=evaluator),
        lambda: sign_study(version=draft, opinion="Fine.", by=evaluator),
    ):
        with pytest.raises(StudyRefused):
            act()
    draft.refresh_from_db()
    assert (draft.opened_at, draft.run) == (None, None)


def test_outcomes_cannot_be_opened_by_an_address_or_an_export_before_freezing(
    draft: StudyVersion, evaluator: Any
) -> None:
    client = entered(evaluator)
    for what in ("extract", "pairs", "replication"):
        assert client.get(address("room_file", draft, what=what)).status_code == 403
    for kind in ("html", "pdf", "csv"):
        assert client.get(address("study_report", draft, kind=kind)).status_code == 404
    for act in ("open_data_room", "run_study"):
        client.post(address(act, draft))
    draft.refresh_from_db()
    assert draft.opened_at is None
    page = client.get(address("study", draft)).content.decode()
    assert "congelata" in page
    assert "Calcola lo studio" not in page


def test_evaluator_reads_no_firm_of_a_study_by_any_address_of_the_register(draft: StudyVersion, evaluator: Any) -> None:
    client = entered(evaluator)
    firms = [Organisation.objects.filter(source__key="accounts").order_by(order).first() for order in ("pk", "-pk")]
    for firm in firms:
        assert firm is not None
        assert client.get(reverse("registry:statements", args=[firm.pk])).status_code == 403
        amount = FinancialStatement.objects.filter(organisation=firm).order_by("-year").first()
        assert amount is not None
        assert amount.turnover_eur is not None
        page = client.get(reverse("portal:organisation", args=[firm.pk]))
        assert f"{amount.turnover_eur:.0f}" not in page.content.decode()


def test_no_page_before_freezing_reads_an_amount(
    draft: StudyVersion, evaluator: Any, django_assert_max_num_queries: Any
) -> None:
    """The review shows who would be studied; the statements' amounts are named in none of its queries."""
    client = entered(evaluator)
    with django_assert_max_num_queries(60) as seen:
        page = client.get(address("declare", draft, step="review"))
    assert "60" in page.content.decode()
    asked = [q["sql"] for q in seen.captured_queries if "financialstatement" in q["sql"]]
    assert asked
    assert not [q for q in asked if "turnover" in q or "value_added" in q or '"persons"' in q]


def test_the_database_itself_refuses_to_open_before_freezing(draft: StudyVersion) -> None:
    rows = StudyVersion.objects.filter(pk=draft.pk)
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.update(opened_at=draft.created_at, extract_checksum="a" * 64, extract_path="x")
    frozen = freeze_study(version=draft, by=None)
    assert frozen.frozen_at is not None
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.update(opened_at=frozen.frozen_at - timedelta(days=1), extract_checksum="a" * 64, extract_path="x")
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.update(signed_at=frozen.frozen_at)


def test_a_frozen_declaration_stays_in_services_and_in_the_database(draft: StudyVersion, evaluator: Any) -> None:
    frozen = freeze_study(version=draft, by=evaluator)
    assert frozen.hash == fingerprint(SMALL)
    with pytest.raises(StudyRefused, match="new version"):
        change_declaration(version=frozen, declaration=replace(SMALL, horizon=1), by=evaluator)
    with pytest.raises(StudyRefused):
        freeze_study(version=frozen, by=evaluator)
    for change in ({"declaration": stored_form(replace(SMALL, horizon=1))}, {"hash": "b" * 64}, {"frozen_at": None}):
        with pytest.raises(DatabaseError), transaction.atomic():
            StudyVersion.objects.filter(pk=frozen.pk).update(**change)
    with connection.cursor() as cursor, pytest.raises(DatabaseError), transaction.atomic():
        cursor.execute("UPDATE monitoring_studyversion SET declaration = '{}' WHERE id = %s", [frozen.pk])


def test_what_was_frozen_is_not_deleted_by_the_database(draft: StudyVersion, evaluator: Any) -> None:
    other = declare_study(title="Never frozen", declaration=SMALL, by=evaluator)
    assert StudyVersion.objects.filter(pk=other.pk).delete()[0] == 1, "a draft may go"
    freeze_study(version=draft, by=evaluator)
    with pytest.raises(DatabaseError), transaction.atomic():
        StudyVersion.objects.filter(pk=draft.pk).delete()
    with connection.cursor() as cursor, pytest.raises(DatabaseError), transaction.atomic():
        cursor.execute("DELETE FROM monitoring_studyversion WHERE id = %s", [draft.pk])
    for change in ({"why": "Another reason"}, {"frozen_by": None}, {"created_at": draft.created_at - timedelta(1)}):
        with pytest.raises(DatabaseError), transaction.atomic():
            StudyVersion.objects.filter(pk=draft.pk).update(**change)


@pytest.mark.django_db(transaction=True)
def test_a_frozen_version_is_not_deleted_outside_of_a_transaction_either() -> None:
    """The test's tables are emptied after it all the same: Note [Emptying tables that refuse to be emptied]."""
    version = signed_study(by=officer("evaluator"))
    with pytest.raises(DatabaseError):
        StudyVersion.objects.filter(pk=version.pk).delete()
    assert StudyVersion.objects.filter(pk=version.pk).exists()


def test_a_signed_result_stays(evaluator: Any) -> None:
    version = signed_study(by=evaluator)
    with pytest.raises(DatabaseError), transaction.atomic():
        StudyVersion.objects.filter(pk=version.pk).delete()
    for change in (
        {"opinion": "Other"},
        {"run": None},
        {"signed_at": None},
        {"signed_by": None},
        {"computed_at": None},
        {"certainty": "official"},
        {"flow": [{"step": "other"}]},
        {"extract_path": "elsewhere"},
        {"extract_rows": 7},
        {"extract_sources": "other"},
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            StudyVersion.objects.filter(pk=version.pk).update(**change)


# --- what is found ---
def test_planted_effect_is_found_and_the_plain_comparison_is_wrong(computed: StudyVersion, evaluator: Any) -> None:
    by_name = {r["estimator"]: r for r in effects(computed, outcome="turnover", breakdown="all")}
    main = by_name["matched"]
    assert main["low"] < EFFECT < main["high"]
    assert by_name["dr"]["low"] < EFFECT < by_name["dr"]["high"]
    assert by_name["naive"]["low"] > EFFECT, "members grow faster anyway: the plain comparison gives too much"
    assert main["percent"] == pytest.approx(100 * (2.718281828459045 ** main["att"] - 1))
    persons = {r["estimator"]: r for r in effects(computed, outcome="persons", breakdown="all")}["matched"]
    assert abs(persons["att"]) < 3 * persons["se"], "nothing was planted on employment"
    assert computed.run is not None
    assert computed.run.inputs[0]["checksum"] == computed.extract_checksum
    assert not computed.run.open
    client = entered(evaluator)
    page = client.get(address("study", computed)).content.decode()
    assert "Effetto stimato dell'adesione sul fatturato: +" in page.replace("&#x27;", "'")
    waiting = client.get(address("study_report", computed, kind="pdf"))
    assert waiting.status_code == 409, "a draft's paper is drawn in the background, when somebody asks for it"
    assert "Impagina i PDF" in waiting.content.decode()
    client.post(address("draw_papers", computed))
    assert "Impagina i PDF" not in client.get(address("study", computed)).content.decode()
    for kind, sign in (("csv", b"\xef\xbb\xbf"), ("pdf", b"%PDF"), ("html", b"<!doctype html>")):
        answer = client.get(address("study_report", computed, kind=kind))
        assert answer.status_code == 200
        assert answer.content.startswith(sign)


def test_result_rests_on_the_extract_not_on_the_register(computed: StudyVersion, evaluator: Any) -> None:
    FinancialStatement.objects.update(turnover_eur=1)
    again = run_study(version=computed, by=evaluator)
    assert again.pk == computed.run_id
    path_of = read_extract(version=computed, what="extract", by=evaluator)
    assert path_of[:4] == b"PAR1"
    revised = revise_study(version=computed, why="The register was corrected.", by=evaluator)
    freeze_study(version=revised, by=evaluator)
    opened = open_data_room(version=revised, by=evaluator)
    assert opened.extract_checksum != computed.extract_checksum


def test_extract_names_nobody_and_readings_are_logged(computed: StudyVersion, evaluator: Any) -> None:
    client = entered(evaluator)
    body = client.get(address("room_file", computed, what="extract")).content
    frame = pl.read_parquet(io.BytesIO(body))
    assert frame["firm"].n_unique() == 200
    assert not {str(pk) for pk in Organisation.objects.values_list("pk", flat=True)} & set(frame["firm"])
    assert not {"name", "pk", "organisation_id"} & set(frame.columns)
    log = LogEntry.objects.filter(subject_kind="impact_study", act="read", verb="read_extract")
    assert log.count() == 1
    assert "ha preso l&#x27;estratto" in client.get(address("data_room", computed)).content.decode()
    region = entered(officer("regional_officer"))
    assert region.get(address("data_room", computed)).status_code == 403
    assert region.get(address("room_file", computed, what="extract")).status_code == 403


def test_extract_holds_the_amounts_that_were_declared_and_no_other_outcome(draft: StudyVersion) -> None:
    assert draft.declared.amounts == AMOUNTS
    asked = replace(SMALL, outcomes=("turnover",))
    assert asked.amounts == ("turnover", "assets", "debt")
    assert replace(asked, breakdowns=("size",)).amounts == ("turnover", "assets", "debt", "persons")
    made = make_extract(asked, "one")
    frame = pl.read_parquet(io.BytesIO(made.body))
    assert set(frame.columns).intersection(AMOUNTS) == {"turnover", "assets", "debt"}
    whole = pl.read_parquet(io.BytesIO(make_extract(SMALL, "one").body))
    assert frame.equals(whole.select(frame.columns)), "the same firms, years and values"
    answers = [study(extract, asked, [], Context({}, seed=asked.seed)).tables["effects"] for extract in (frame, whole)]
    assert answers[0].equals(answers[1])
    assert answers[0]["att"].is_not_null().all()


def test_only_an_evaluator_signs_and_then_anyone_reads(
    computed: StudyVersion, evaluator: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    public, firm = Client(), entered(delegate_of(organisation("Elsewhere")))
    assert public.get(address("study", computed)).status_code == 302
    assert firm.get(address("study", computed)).status_code == 403
    assert computed.study.title not in public.get(reverse("monitoring:studies")).content.decode()
    assert (
        entered(officer("regional_officer")).post(address("sign_study", computed), {"opinion": "x"}).status_code == 403
    )
    with pytest.raises(StudyRefused, match="think"):
        sign_study(version=computed, opinion="  ", by=evaluator)
    on_request = "Impagina i PDF"
    assert on_request in entered(evaluator).get(address("study", computed)).content.decode()
    entered(evaluator).post(address("sign_study", computed), {"opinion": "It holds for firms with little debt."})
    # The papers were drawn with the signature: nobody waits for one, and what was signed stays as it was drawn
    monkeypatch.setattr("poliedro.monitoring.report.paper.pdf_of", lambda *_: pytest.fail("drawn anew"))
    for kind in ("pdf", "summary-it", "summary-en"):
        assert public.get(address("study_report", computed, kind=kind)).content.startswith(b"%PDF")
    assert on_request not in public.get(address("study", computed)).content.decode()
    page = public.get(address("study", computed)).content.decode()
    assert "It holds for firms with little debt." in page
    assert computed.study.title in public.get(reverse("monitoring:studies")).content.decode()
    assert public.get(address("study_report", computed, kind="csv")).status_code == 200
    assert public.get(address("data_room", computed)).status_code == 302
    assert public.get(f"/observatory/runs/{computed.run.key}/").status_code == 404  # type: ignore[union-attr]


def test_versions_stand_beside_each_other_with_what_changed(computed: StudyVersion, evaluator: Any) -> None:
    revised = revise_study(version=computed, why="A shorter horizon.", by=evaluator)
    with pytest.raises(StudyRefused, match="draft already"):
        revise_study(version=computed, why="Again.", by=evaluator)
    change_declaration(version=revised, declaration=replace(SMALL, horizon=1), by=evaluator)
    page = entered(evaluator).get(address("study", computed)).content.decode()
    assert "A shorter horizon." in page
    assert "da 1 a 1" in page
    computed.refresh_from_db()
    assert computed.declared == SMALL


def test_public_sees_every_frozen_version_beside_a_signed_one_and_who_could_have_seen_outcomes(evaluator: Any) -> None:
    first = signed_study(by=evaluator)
    second = revise_study(version=first, why="Only capital companies.", by=evaluator)
    change_declaration(version=second, declaration=replace(SMALL, horizon=1), by=evaluator)
    assert "Only capital companies." not in Client().get(address("study", first)).content.decode(), "a draft is not"
    second = freeze_study(version=second, by=evaluator)
    page = Client().get(address("study", first)).content.decode()
    for shown in ("Only capital companies.", second.hash, "Versione 2 (congelata, non calcolata)"):
        assert shown in page, shown
    assert address("study", second) not in page, "its own page stays with those who work on it"
    assert "Only capital companies." in Client().get(reverse("monitoring:studies")).content.decode()
    assert "Dichiarata dopo" not in page
    own = entered(evaluator).get(address("study", second)).content.decode()
    assert "Dichiarata dopo l'apertura degli esiti" in own.replace("&#x27;", "'")
    elsewhere = declare_study(title="Others", declaration=replace(SMALL, first_join=2015, last_join=2016), by=evaluator)
    freeze_study(version=elsewhere, by=evaluator)
    assert "Dichiarata dopo" not in entered(evaluator).get(address("study", elsewhere)).content.decode()


def test_list_of_studies_is_paged_and_asks_as_much_for_one_as_for_twenty(
    evaluator: Any, django_assert_max_num_queries: Any
) -> None:
    for k in range(21):
        signed_study(by=evaluator, title=f"Study {k:02d}")
    with django_assert_max_num_queries(12):
        page = Client().get(reverse("monitoring:studies")).content.decode()
    assert "Study 20" in page
    assert "Study 00" not in page
    assert "?page=2" in page
    assert "Study 00" in Client().get(reverse("monitoring:studies"), {"page": 2}).content.decode()


def pages_of(pdf: bytes) -> int:
    """How many pages a PDF has: its objects lie in compressed streams."""
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL)
    inside = []
    for stream in streams:
        with suppress(zlib.error):
            inside.append(zlib.decompress(stream))
    return len(re.findall(rb"/Type /Page\b", b"".join([pdf, *inside])))


def test_summary_is_one_page_in_either_language(computed: StudyVersion, evaluator: Any) -> None:
    client = entered(evaluator)
    client.post(address("draw_papers", computed))
    for kind in ("summary-it", "summary-en"):
        body = client.get(address("study_report", computed, kind=kind)).content
        assert body.startswith(b"%PDF")
        assert pages_of(body) == 1
    assert client.get(address("study_report", computed, kind="summary-fr")).status_code == 404


def test_page_of_a_study_shows_what_was_compared_who_was_dropped_and_what_members_say(
    computed: StudyVersion, evaluator: Any
) -> None:
    client = entered(evaluator)
    page = client.get(address("study", computed)).content.decode()
    assert "non come erano prima dell" in page, "facts of firms are those of the register on that day"
    for words in (
        "Goodman-Bacon",
        "Effetti per anno di adesione",
        "Il campione, passo per passo",
        "Per polo",
        "chi è sparito dai bilanci",
        "Gli errori poggiano su abbastanza imprese",
    ):
        assert words in page, words
    assert "Che cosa dicono gli aderenti" not in page, "nobody was asked"
    for key in ("agrifood", "mesap"):
        answered_survey(cluster(key), closes_on=date(2020, 6, 30))
    page = client.get(address("study", computed)).content.decode()
    assert "Che cosa dicono gli aderenti" in page
    assert "Hanno risposto 12 dei 30 aderenti" in page


# --- refusals ---
def test_study_refuses_with_reason_and_advice_where_support_fails(draft: StudyVersion, evaluator: Any) -> None:
    strict = replace(SMALL, caliper=0.01, minimum_share=0.9, outcomes=("turnover", "persons"))
    change_declaration(version=draft, declaration=strict, by=evaluator)
    freeze_study(version=draft, by=evaluator)
    run_study(version=draft, by=evaluator)
    version = StudyVersion.objects.select_related("study", "run").get(pk=draft.pk)
    row = next(r for r in effects(version, breakdown="all") if r["estimator"] == "matched")
    assert row["att"] is None
    assert "find a control" in row["refused"]
    page = entered(evaluator).get(address("study", version)).content.decode()
    assert "I dati non danno una stima" in page
    cards = page.split('<ul class="figures">')[1].split("</ul>")[0]
    assert "nessuna stima" in cards
    assert "non noto" not in cards
    assert 'class="figure-why">Solo' in cards, "why stands on the card, not behind its mark alone"
    table = entered(evaluator).get(address("study_report", version, kind="csv")).content.decode()
    assert "find a control" not in table
    assert table.splitlines()[0].lstrip("\ufeff").startswith("Esito;")
    named = ("Differenza nelle differenze con abbinamento", "tutti gli aderenti", ";sintetic", "minimo, %;massimo, %")
    for words in named:
        assert words in table.lower() or words in table, f"{words}: no code stays"
    assert ";matched;" not in table
    assert "trovano un'impresa simile" in table
    assert "trovano un&#x27;impresa simile" in page or "trovano un'impresa simile" in page
    assert "strati più larghi" in page
    assert "Perché non c'è stima, e che cosa aiuterebbe" in page
    # The other design has an answer, and bounds of it: to show them would be to choose it after seeing results
    other = next(r for r in effects(version, breakdown="all", outcome="turnover") if r["estimator"] == "dr")
    assert other["att"] is not None
    assert other["p_adjusted"] is not None
    assert version.run is not None
    assert read_rows(version.run.tables.get(name="trends"))
    report = entered(evaluator).get(address("study_report", version, kind="html")).content.decode()
    for shown in (page, report):
        for hidden in ("Corretto per aver guardato più esiti", "Contiene lo 0?", "estratte a caso tra"):
            assert hidden not in shown, hidden
    lines = [line.split(";") for line in table.splitlines()[1:] if ";tutti gli aderenti;" in line]
    assert len(lines) == 12
    assert {cell for line in lines for cell in line[4:13]} == {""}, "no number beside the refusal"


def test_sample_drops_are_counted_step_by_step(draft: StudyVersion) -> None:
    one = Organisation.objects.filter(memberships=None, source__key="accounts").order_by("pk").first()
    assert one is not None
    Organisation.objects.filter(pk=one.pk).update(legal_form="S.n.c.")
    steps = {s.step: s for s in sample_of(SMALL).flow}
    assert (steps["in_region"].treated, steps["in_region"].controls) == (60, 140)
    assert steps["legal_form"].dropped_controls == 1
    only = sample_of(replace(SMALL, first_join=2011, clusters=("mesap",)))
    assert set(only.treated.values()) == {2011}
    assert set(only.cluster.values()) == {"mesap"}
    assert len(only.controls) == 139, "members of other clusters are no controls"
