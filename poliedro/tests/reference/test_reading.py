from __future__ import annotations

import gzip
import zipfile
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from poliedro.reference.sources.classifications import accented
from poliedro.reference.sources.files import UnreadableFile, files_in, mended, text_of
from poliedro.reference.sources.tables import (
    BadValue,
    Rejected,
    Row,
    columns,
    country,
    day,
    money,
    read_rows,
    year,
)

pytestmark = pytest.mark.usefixtures("in_english")
ASKED = columns("name=Name|Nome, amount=Amount|Importo", "note=Note")


def _rows(path: Path) -> list[Row | Rejected]:
    return [row for file in files_in(path) for row in read_rows(file, ASKED)]


def _good(path: Path) -> list[dict[str, str]]:
    return [row.values for row in _rows(path) if isinstance(row, Row)]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_columns_are_found_by_header_whatever_their_order_and_delimiter(tmp_path: Path, delimiter: str) -> None:
    lines = [["Importo", "extra", "NOME"], ["12,5" if delimiter != "," else "12.5", "x", "Alfa"]]
    path = tmp_path / "t.csv"
    path.write_text("\n".join(delimiter.join(line) for line in lines), encoding="utf-8")
    assert _good(path)[0]["name"] == "Alfa"
    assert money("amount", _good(path)[0]["amount"]) == Decimal("12.50")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_every_encoding_gives_the_same_text(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes("Name;Amount\nSocietà Forlì;1\n".encode(encoding))
    assert _good(path) == [{"name": "Società Forlì", "amount": "1"}]


def test_zip_gzip_and_folder_hold_the_same_rows(tmp_path: Path) -> None:
    text = "Name;Amount\nAlfa;1\n"
    folder = tmp_path / "folder"
    (folder / "deeper").mkdir(parents=True)
    (folder / "t.csv").write_text(text)
    (folder / "deeper" / "u.csv").write_text(text)
    with zipfile.ZipFile(tmp_path / "t.zip", "w") as archive:
        archive.writestr("csv/t.csv", text)
    (tmp_path / "t.csv.gz").write_bytes(gzip.compress(text.encode()))
    expected = [{"name": "Alfa", "amount": "1"}]
    assert _good(folder) == _good(tmp_path / "t.zip") == _good(tmp_path / "t.csv.gz") == expected


@pytest.mark.parametrize(
    ("broken", "right"),
    [
        ("Societ√†", "Società"),
        ("M√ºnster", "Münster"),
        ("SocietÃ\xa0 agricola", "Società agricola"),
        ("GÃ¼ssing", "Güssing"),
        ("Società", "Società"),
        ("Łódź", "Łódź"),
        ("plain", "plain"),
    ],
)
def test_broken_accents_are_mended_and_right_ones_left(broken: str, right: str) -> None:
    assert mended(broken) == right


def test_workbook_reads_like_the_text_table(tmp_path: Path) -> None:
    from openpyxl import Workbook

    book = Workbook()
    for line in (["Name", "Amount", "Note"], ["Alfa", 12.0, date(2024, 3, 1)], ["Beta", None, None]):
        book.worksheets[0].append(line)
    book.save(tmp_path / "t.xlsx")
    assert _good(tmp_path / "t.xlsx") == [
        {"name": "Alfa", "amount": "12", "note": "2024-03-01"},
        {"name": "Beta", "amount": "", "note": ""},
    ]


def test_row_with_too_many_cells_is_rejected_with_its_number(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("Name;Amount\nAlfa;1;Rue X\nBeta;2\n")
    rejected, good = _rows(path)
    assert isinstance(rejected, Rejected)
    assert isinstance(good, Row)
    assert (rejected.number, good.number) == (2, 3)


def test_missing_column_is_named_with_what_was_found(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("Nome;Altro\nAlfa;1\n")
    with pytest.raises(UnreadableFile, match=r"Amount.*Nome, Altro"):
        _rows(path)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1234.5", "1234.50"),
        ("1234,5", "1234.50"),
        ("1.234,50", "1234.50"),
        ("1,234.50", "1234.50"),
        ("1.234.567", "1234567.00"),
        ("€ 10", "10.00"),
        ("0", "0.00"),
    ],
)
def test_money_takes_decimal_comma_and_point(text: str, value: str) -> None:
    assert money("amount", text) == Decimal(value)


def test_missing_money_is_null_not_zero() -> None:
    assert money("amount", "NA") is None
    assert money("amount", "") is None


@pytest.mark.parametrize("text", ["twelve", "1e400", "NaN1", "9" * 20])
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(BadValue):
        money("amount", text)


@pytest.mark.parametrize("text", ["2024-02-01", "01/02/2024", "1-2-2024", "20240201", "2024-02-01 10:00:00"])
def test_days_of_every_spelling(text: str) -> None:
    assert day("day", text) == date(2024, 2, 1)


def test_impossible_day_and_year_are_refused() -> None:
    with pytest.raises(BadValue):
        day("day", "31/02/2024")
    with pytest.raises(BadValue):
        year("year", "24")


def test_country_codes_of_the_eu_become_iso_and_namibia_is_kept() -> None:
    assert (country("EL"), country("UK"), country("it"), country("NA")) == ("GR", "GB", "IT", "NA")
    assert country("NA", fault="NA") == ""


def test_file_that_does_not_exist_is_named() -> None:
    with pytest.raises(UnreadableFile, match=r"nothing\.csv"):
        list(files_in(Path("nothing.csv")))


def test_text_keeps_line_ends_inside_quotes(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text('Name;Amount\n"Alfa\nBeta";1\n')
    assert _good(path) == [{"name": "Alfa\nBeta", "amount": "1"}]
    with text_of(next(files_in(path))) as text:
        assert text.readline() == "Name;Amount\n"


def test_accent_that_a_published_file_has_lost_comes_back_and_other_words_stay() -> None:
    assert accented("ATTIVIT IMMOBILIARI") == "ATTIVITÀ IMMOBILIARI"
    assert accented("Altre attivit postali, con unit mobili") == "Altre attività postali, con unità mobili"
    assert accented("Attività di robot e parquet") == "Attività di robot e parquet"
