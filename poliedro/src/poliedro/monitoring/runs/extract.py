"""The data room's extract: accounts of the firms of a frozen declaration, under pseudonyms, as one Parquet file.

A country's register holds millions of statements: no objects are made of them (`columns.py`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from io import BytesIO

import numpy as np
import polars as pl
from django.conf import settings
from django.db.models import BigIntegerField, Case, ExpressionWrapper, F, FloatField, IntegerField, Value, When
from django.db.models.functions import Cast

from poliedro.monitoring.queries.impact import Firms, FlowStep, Sample, Stated, firms_of_region, sample_of
from poliedro.monitoring.rules.impact import Declaration
from poliedro.monitoring.runs.columns import columns_of
from poliedro.reference.models import Certainty
from poliedro.registry.models import FinancialStatement

WORDS = ("section", "division", "province", "legal_form")
RANK = {"official": 0, "reported": 1, "estimated": 2, "synthetic": 3}
FIELDS = {
    "turnover": "turnover_eur",
    "assets": "total_assets_eur",
    "debt": "debt_eur",
    "labour_cost": "labour_cost_eur",
    "value_added": "value_added_eur",
    "persons": "persons",
}
"""Where the register keeps an amount of the accounts."""
_YEARS, _RANKS = 10_000, 4
"""More than any year, and as many as ranks: firm and year are one number, source and rank another."""


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
    closed (years, null unknown), and of the accounts the amounts that the declaration needs alone
    (`Declaration.amounts`): who opens the room sees no outcome that was not declared. Rows in the order of firm and
    year, so that the same register gives the same bytes.
    """
    with _accounts(declaration) as read:  # they are read beside what follows
        region = firms_of_region()
        register = _register(region, study)
        sample = sample_of(declaration, region, lambda years, asked: _stated_in(read().frame)(years, asked))
        accounts = read()
    if not sample.treated or not sample.controls:
        missing = "joined in the years of the declaration" if not sample.treated else "never joined a cluster"
        raise NothingToStudy(f"no firm with accounts {missing}; load memberships and financial statements")
    firms = _firms(register, sample)
    frame = firms.join(accounts.frame, on="pk", maintain_order="left_right")  # both are in order: nothing needs sorting
    about = [c for c in firms.columns if c not in ("pk", "firm")]
    frame = frame.select("firm", "year", *about, *declaration.amounts)
    body = BytesIO()
    frame.write_parquet(body, compression="zstd", compression_level=1, statistics=False)
    content = body.getvalue()
    sources = ", ".join(accounts.sources)[:300]
    return Extract(content, hashlib.sha256(content).hexdigest(), frame.height, sample.flow, sources, accounts.certainty)


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


def _register(firms: Firms, study: str) -> pl.DataFrame:
    """What the register says of each firm, under its pseudonym."""
    words = {c: pl.Series(getattr(firms, c), dtype=pl.String) for c in WORDS}
    years = {c: pl.Series(getattr(firms, c), dtype=pl.Int64) for c in ("founded", "closed")}
    keys, named = pl.Series(firms.pk, dtype=pl.Int64), pl.Series(pseudonyms(study, firms.pk), dtype=pl.String)
    return pl.DataFrame({"pk": keys, "firm": named, **words, **years})


def _firms(register: pl.DataFrame, sample: Sample) -> pl.DataFrame:
    """One row a firm of the sample, in the order of pseudonyms. Words are of a fixed list each, in its order: less to
    write and read, and the same bytes whatever was read before."""
    joined = pl.DataFrame(
        {
            "pk": pl.Series(list(sample.treated), dtype=pl.Int64),
            "cohort": pl.Series(list(sample.treated.values()), dtype=pl.Int64),
            "cluster": pl.Series([sample.cluster[pk] for pk in sample.treated], dtype=pl.String),
        }
    )
    chosen = pl.concat([joined["pk"], pl.Series("pk", list(sample.controls), dtype=pl.Int64)])
    frame = (
        register.filter(pl.col("pk").is_in(chosen.implode()))
        .join(joined, on="pk", how="left", maintain_order="left")
        .with_columns(pl.col("cohort").fill_null(0), pl.col("cluster").fill_null(""))
    )
    listed = [_listed(frame[c]) for c in ("cluster", *WORDS)]
    return frame.select("pk", "firm", "cohort", *listed, "founded", "closed").sort("firm")


def _listed(words: pl.Series) -> pl.Series:
    return words.cast(pl.Enum(words.unique().sort()))


@dataclass(frozen=True)
class Accounts:
    """frame: one row a firm and year, in order, from the most certain source that states it. sources: their names.
    certainty: the least certain of what was read."""

    frame: pl.DataFrame
    sources: list[str]
    certainty: str


@contextmanager
def _accounts(d: Declaration) -> Iterator[Callable[[], Accounts]]:
    """Begins to read the accounts; what it gives waits for them.

    Of each row one number says where it belongs and one where it comes from: every number read costs time.
    """
    rank = Case(*(When(certainty=k, then=Value(v)) for k, v in RANK.items()), output_field=IntegerField())
    place = F("organisation_id") * Value(_YEARS, BigIntegerField()) + F("year")
    origin = F("source_id") * Value(_RANKS, BigIntegerField()) + rank
    rows = (
        FinancialStatement.objects.known()
        .filter(year__gte=d.first_year, year__lte=d.last_year)
        .annotate(
            place=ExpressionWrapper(place, BigIntegerField()),
            origin=ExpressionWrapper(origin, BigIntegerField()),
            **{f"as_{name}": Cast(FIELDS[name], FloatField()) for name in d.amounts},
        )
        .order_by()
    )
    amounts = {f"as_{name}": name for name in d.amounts}
    with columns_of(rows, ["place", "origin"], list(amounts), "organisation_id") as columns:
        yield cache(lambda: _one_each(columns().rename(amounts)))


def _one_each(read: pl.DataFrame) -> Accounts:
    """read: place, origin, amounts."""
    used = read
    if (np.diff(read["place"].to_numpy()) <= 0).any():  # not one row a firm and year, in order
        ranked = read.with_columns(rank=pl.col("origin") % _RANKS)
        used = ranked.sort("place", "rank", "origin").unique("place", keep="first", maintain_order=True).drop("rank")
    worst = (read["origin"] % _RANKS).max()
    certainty = next((k for k, v in RANK.items() if v == worst), str(Certainty.REPORTED.value))
    sources = _source_names((used["origin"] // _RANKS).unique().to_list())
    amounts = pl.col(used.columns[2:])
    frame = used.select((pl.col("place") // _YEARS).alias("pk"), (pl.col("place") % _YEARS).alias("year"), amounts)
    return Accounts(frame, sources, certainty)


def _stated_in(accounts: pl.DataFrame) -> Stated:
    """Whose accounts were read: one row a firm and year, in order."""
    pks, years = accounts["pk"].to_numpy(), accounts["year"].to_numpy()
    places = pks * _YEARS + years

    def stated(asked: range, own: Mapping[int, int]) -> tuple[set[int], set[int]]:
        inside = (years >= asked.start) & (years < asked.stop)
        some, known = pks[inside], places[inside]
        some = some[np.diff(some, prepend=-1) > 0]
        joined = np.array([*own.items()], dtype=np.int64).reshape(-1, 2)
        keys = joined[:, 0] * _YEARS + joined[:, 1]
        at = np.minimum(np.searchsorted(known, keys), max(len(known) - 1, 0))
        before = joined[known[at] == keys, 0] if len(known) else joined[:0, 0]
        return set(some.tolist()), set(before.tolist())

    return stated


def _source_names(keys: list[int]) -> list[str]:
    from poliedro.reference.models import Source

    return list(Source.objects.filter(pk__in=keys).order_by("name").values_list("name", flat=True))
