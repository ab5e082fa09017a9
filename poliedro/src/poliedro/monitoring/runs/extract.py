"""The data room's extract: accounts of the firms of a frozen declaration, under pseudonyms, as one Parquet file.

Read with the database's own cursor, since a country's register holds millions of statements.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from io import BytesIO

import numpy as np
import polars as pl
from django.conf import settings
from django.db.models import Case, FloatField, IntegerField, Value, When
from django.db.models.functions import Cast

from poliedro.monitoring.queries.impact import Firm, FlowStep, Sample, Stated, sample_of
from poliedro.monitoring.rules.impact import Declaration
from poliedro.monitoring.runs.columns import columns_of
from poliedro.reference.models import Certainty
from poliedro.registry.models import FinancialStatement

AMOUNTS = ("turnover", "assets", "debt", "labour_cost", "value_added")
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
    accounts, sources, certainty = _accounts(declaration)
    sample = sample_of(declaration, _stated_in(accounts))
    if not sample.treated or not sample.controls:
        missing = "joined in the years of the declaration" if not sample.treated else "never joined a cluster"
        raise NothingToStudy(f"no firm with accounts {missing}; load memberships and financial statements")
    firms = _firms(sample, study)
    frame = firms.join(accounts, on="pk", maintain_order="left_right")  # both are in order: nothing needs sorting
    frame = frame.select("firm", "year", *[c for c in firms.columns if c not in ("pk", "firm")], *AMOUNTS, "persons")
    body = BytesIO()
    frame.write_parquet(body, compression="zstd", compression_level=1, statistics=False)
    content = body.getvalue()
    return Extract(
        content, hashlib.sha256(content).hexdigest(), frame.height, sample.flow, ", ".join(sources)[:300], certainty
    )


def pseudonyms(study: str, keys: Iterable[int]) -> list[str]:
    """The same firm has the same name in all versions of a study and another one in another study."""
    secret, digest = settings.SECRET_KEY.encode(), hmac.digest
    return [digest(secret, b"%s/%d" % (study.encode(), pk), "sha256").hex()[:12] for pk in keys]


def _firms(sample: Sample, study: str) -> pl.DataFrame:
    """One row a firm, in the order of pseudonyms."""
    chosen = [*sample.treated, *sample.controls]
    facts = zip(*(sample.firms[pk] for pk in chosen), strict=True)
    columns = dict(zip(Firm._fields, facts, strict=True))
    words = {c: pl.Series(columns[c], dtype=pl.String) for c in ("section", "division", "province", "legal_form")}
    years = {c: pl.Series(columns[c], dtype=pl.Int64) for c in ("founded", "closed")}
    return pl.DataFrame(
        {
            "pk": pl.Series(chosen, dtype=pl.Int64),
            "firm": pl.Series(pseudonyms(study, chosen), dtype=pl.String),
            "cohort": pl.Series([sample.treated.get(pk, 0) for pk in chosen], dtype=pl.Int64),
            "cluster": pl.Series([sample.cluster.get(pk, "") for pk in chosen], dtype=pl.String),
            **words,
            **years,
        }
    ).sort("firm")


def _accounts(d: Declaration) -> tuple[pl.DataFrame, list[str], str]:
    """One row a firm and year, from the most certain source that states it; names of the sources; certainty."""
    rank = Case(*(When(certainty=k, then=Value(v)) for k, v in RANK.items()), output_field=IntegerField())
    names = [*(f"{a}_eur" for a in ("turnover", "total_assets", "debt", "labour_cost", "value_added")), "persons"]
    rows = (
        FinancialStatement.objects.known()
        .filter(year__gte=d.first_year, year__lte=d.last_year)
        .annotate(rank=rank, **{f"x{i}": Cast(name, FloatField()) for i, name in enumerate(names)})
        .order_by()
        .values_list("organisation_id", "year", "source_id", "rank", *(f"x{i}" for i in range(len(names))))
    )
    keys, amounts = ["pk", "year", "source", "rank"], [*AMOUNTS, "persons"]
    read = columns_of(rows, [*keys, *amounts])
    frame = pl.DataFrame(
        [pl.Series(c, read[c].astype(np.int64)) for c in keys]
        + [pl.Series(c, read[c], nan_to_null=True) for c in amounts]
    )
    used = frame
    if (np.diff(read["pk"] * 10_000 + read["year"]) <= 0).any():  # not one row a firm and year, in order
        used = frame.sort("pk", "year", "rank", "source").unique(["pk", "year"], keep="first", maintain_order=True)
    sources = _source_names(used["source"].unique().to_list())
    worst = used["rank"].max()
    certainty = next((k for k, v in RANK.items() if v == worst), str(Certainty.REPORTED.value))
    return used.drop("source", "rank"), sources, certainty


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
