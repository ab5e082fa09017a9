"""The data room's extract: accounts of the firms of a frozen declaration, under pseudonyms, as one Parquet file.

A country's register holds millions of statements: no objects are made of them (`columns.py`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from io import BytesIO

import numpy as np
import polars as pl
from django.conf import settings
from django.db.models import Case, FloatField, IntegerField, Value, When
from django.db.models.functions import Cast

from poliedro.monitoring.queries.impact import FlowStep, Sample, Stated, sample_of
from poliedro.monitoring.rules.impact import Declaration
from poliedro.monitoring.runs.columns import columns_of
from poliedro.reference.models import Certainty
from poliedro.registry.models import FinancialStatement

AMOUNTS = ("turnover", "assets", "debt", "labour_cost", "value_added")
WORDS = ("section", "division", "province", "legal_form")
RANK = {"official": 0, "reported": 1, "estimated": 2, "synthetic": 3}


class NothingToStudy(LookupError):
    """The register has no treated firm, no control or no accounts; the message says which and what to load."""


@dataclass(frozen=True)
class Extract:
    """body: the Parquet file. checksum: its SHA-256. certainty: the least certain of the accounts in it."""

    body: bytes
    checksum: str
    rows: int
    flow: list[FlowStep]
    sources: str
    certainty: str


def make_extract(declaration: Declaration, study: str) -> Extract:
    """Firm by year: what a frozen declaration may read. study: its key, which the pseudonyms depend on.

    Columns: firm, year, cohort (year of joining, 0 never), cluster, section, division, province, legal_form, founded,
    closed (years, null unknown), turnover, assets, debt, labour_cost, value_added (EUR), persons (annual work units).
    Rows in the order of firm and year, so that the same register gives the same bytes.
    """
    read = _accounts(declaration)  # is read beside what follows
    sample = sample_of(declaration, lambda years, asked: _stated_in(read().frame)(years, asked))
    if not sample.treated or not sample.controls:
        missing = "joined in the years of the declaration" if not sample.treated else "never joined a cluster"
        raise NothingToStudy(f"no firm with accounts {missing}; load memberships and financial statements")
    firms = _firms(sample, study)
    frame = firms.join(read().frame, on="pk", maintain_order="left_right")  # both are in order: nothing needs sorting
    frame = frame.select("firm", "year", *[c for c in firms.columns if c not in ("pk", "firm")], *AMOUNTS, "persons")
    body = BytesIO()
    frame.write_parquet(body, compression="zstd", compression_level=1, statistics=False)
    content = body.getvalue()
    sources = ", ".join(read().sources)[:300]
    return Extract(content, hashlib.sha256(content).hexdigest(), frame.height, sample.flow, sources, read().certainty)


def pseudonyms(study: str, keys: Iterable[int]) -> list[str]:
    """The same firm has the same name in all versions of a study and another one in another study.

    The keyed digest of RFC 2104 in its two steps: the library's takes twice as long to set up as to compute.
    """
    digest = hashlib.sha256
    secret = settings.SECRET_KEY.encode()
    block = (secret if len(secret) <= _BLOCK else digest(secret).digest()).ljust(_BLOCK, b"\0")
    inner, outer = bytes(b ^ 0x36 for b in block) + study.encode() + b"/", bytes(b ^ 0x5C for b in block)
    return [digest(outer + digest(inner + b"%d" % pk).digest()).hexdigest()[:12] for pk in keys]


_BLOCK = 64
"""Bytes of a block of SHA-256."""


def _firms(sample: Sample, study: str) -> pl.DataFrame:
    """One row a firm, in the order of pseudonyms. Words are of a fixed list each, in its order: less to write and read,
    and the same bytes whatever was read before."""
    firms = sample.firms
    joined = pl.DataFrame(
        {
            "pk": pl.Series(list(sample.treated), dtype=pl.Int64),
            "cohort": pl.Series(list(sample.treated.values()), dtype=pl.Int64),
            "cluster": pl.Series([sample.cluster[pk] for pk in sample.treated], dtype=pl.String),
        }
    )
    chosen = pl.concat([joined["pk"], pl.Series("pk", list(sample.controls), dtype=pl.Int64)])
    words = {c: pl.Series(getattr(firms, c), dtype=pl.String) for c in WORDS}
    years = {c: pl.Series(getattr(firms, c), dtype=pl.Int64) for c in ("founded", "closed")}
    frame = (
        pl.DataFrame({"pk": pl.Series(firms.pk, dtype=pl.Int64), **words, **years})
        .filter(pl.col("pk").is_in(chosen.implode()))
        .join(joined, on="pk", how="left", maintain_order="left")
        .with_columns(pl.col("cohort").fill_null(0), pl.col("cluster").fill_null(""))
    )
    named = pl.Series("firm", pseudonyms(study, frame["pk"].to_list()), dtype=pl.String)
    listed = [_listed(frame[c]) for c in ("cluster", *words)]
    return frame.select("pk", named, "cohort", *listed, *years).sort("firm")


def _listed(words: pl.Series) -> pl.Series:
    return words.cast(pl.Enum(words.unique().sort()))


@dataclass(frozen=True)
class Accounts:
    """frame: one row a firm and year, in order, from the most certain source that states it. sources: their names.
    certainty: the least certain of what was read."""

    frame: pl.DataFrame
    sources: list[str]
    certainty: str


def _accounts(d: Declaration) -> Callable[[], Accounts]:
    """Begins to read the accounts; what it returns waits for them."""
    rank = Case(*(When(certainty=k, then=Value(v)) for k, v in RANK.items()), output_field=IntegerField())
    names = [*(f"{a}_eur" for a in ("turnover", "total_assets", "debt", "labour_cost", "value_added")), "persons"]
    rows = (
        FinancialStatement.objects.known()
        .filter(year__gte=d.first_year, year__lte=d.last_year)
        .annotate(rank=rank, **{f"x{i}": Cast(name, FloatField()) for i, name in enumerate(names)})
        .order_by()
    )
    keys = {"organisation_id": "pk", "year": "year", "source_id": "source", "rank": "rank"}
    amounts = {f"x{i}": name for i, name in enumerate([*AMOUNTS, "persons"])}
    columns = columns_of(rows, list(keys), list(amounts))
    return cache(lambda: _one_each(columns().rename({**keys, **amounts})))


def _one_each(frame: pl.DataFrame) -> Accounts:
    used, place = frame, (frame["pk"] * 10_000 + frame["year"]).to_numpy()
    if (np.diff(place) <= 0).any():  # not one row a firm and year, in order
        used = frame.sort("pk", "year", "rank", "source").unique(["pk", "year"], keep="first", maintain_order=True)
    worst = used["rank"].max()
    certainty = next((k for k, v in RANK.items() if v == worst), str(Certainty.REPORTED.value))
    return Accounts(used.drop("source", "rank"), _source_names(used["source"].unique().to_list()), certainty)


def _stated_in(accounts: pl.DataFrame) -> Stated:
    """Whose accounts were read: one row a firm and year, in order."""
    pks, years = accounts["pk"].to_numpy(), accounts["year"].to_numpy()

    def stated(asked: range, own: Mapping[int, int]) -> tuple[set[int], set[int]]:
        inside = (years >= asked.start) & (years < asked.stop)
        some, known = pks[inside], pks[inside] * 10_000 + years[inside]
        some = some[np.diff(some, prepend=-1) > 0]
        joined = np.array([*own.items()], dtype=np.int64).reshape(-1, 2)
        keys = joined[:, 0] * 10_000 + joined[:, 1]
        at = np.minimum(np.searchsorted(known, keys), max(len(known) - 1, 0))
        before = joined[known[at] == keys, 0] if len(known) else joined[:0, 0]
        return set(some.tolist()), set(before.tolist())

    return stated


def _source_names(keys: list[int]) -> list[str]:
    from poliedro.reference.models import Source

    return list(Source.objects.filter(pk__in=keys).order_by("name").values_list("name", flat=True))
