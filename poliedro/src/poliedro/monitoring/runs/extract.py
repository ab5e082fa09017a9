"""The data room's extract: accounts of the firms of a frozen declaration, under pseudonyms, as one Parquet file.

Read with the database's own cursor, since a country's register holds millions of statements.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from io import BytesIO

import polars as pl
from django.conf import settings
from django.db import connection
from django.db.models import Case, FloatField, IntegerField, Value, When
from django.db.models.functions import Cast

from poliedro.monitoring.queries.impact import FlowStep, Sample, sample_of
from poliedro.monitoring.rules.impact import Declaration
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
    sample = sample_of(declaration)
    if not sample.treated or not sample.controls:
        missing = "joined in the years of the declaration" if not sample.treated else "never joined a cluster"
        raise NothingToStudy(f"no firm with accounts {missing}; load memberships and financial statements")
    firms = _firms(sample, study)
    accounts, sources, certainty = _accounts(declaration)
    frame = accounts.join(firms, on="pk").drop("pk").sort("firm", "year")
    frame = frame.select("firm", "year", *[c for c in firms.columns if c not in ("pk", "firm")], *AMOUNTS, "persons")
    body = BytesIO()
    frame.write_parquet(body, compression="zstd")
    content = body.getvalue()
    return Extract(
        content, hashlib.sha256(content).hexdigest(), frame.height, sample.flow, ", ".join(sources)[:300], certainty
    )


def pseudonym(study: str, pk: int) -> str:
    """The same firm has the same name in all versions of a study and another one in another study."""
    return hmac.new(settings.SECRET_KEY.encode(), f"{study}/{pk}".encode(), hashlib.sha256).hexdigest()[:12]


def _firms(sample: Sample, study: str) -> pl.DataFrame:
    chosen = [*sample.treated, *sample.controls]
    firms = [sample.firms[pk] for pk in chosen]
    return pl.DataFrame(
        {
            "pk": chosen,
            "firm": [pseudonym(study, pk) for pk in chosen],
            "cohort": [sample.treated.get(pk, 0) for pk in chosen],
            "cluster": [sample.cluster.get(pk, "") for pk in chosen],
            "section": [f.section for f in firms],
            "division": [f.division for f in firms],
            "province": [f.province for f in firms],
            "legal_form": [f.legal_form for f in firms],
            "founded": [f.founded for f in firms],
            "closed": [f.closed for f in firms],
        },
        schema_overrides={"pk": pl.Int64, "cohort": pl.Int64, "founded": pl.Int64, "closed": pl.Int64},
    )


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
    sql, params = rows.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        found = cursor.fetchall()
    columns = ["pk", "year", "source", "rank", *AMOUNTS, "persons"]
    types = [pl.Int64, pl.Int64, pl.Int64, pl.Int64, *[pl.Float64] * (len(AMOUNTS) + 1)]
    # Column by column: polars takes a million rows several times faster so than as rows.
    values = list(zip(*found, strict=True)) or [()] * len(columns)
    frame = pl.DataFrame(
        [pl.Series(c, v, dtype=t, strict=False) for c, v, t in zip(columns, values, types, strict=True)]
    )
    used = frame.sort("pk", "year", "rank", "source").unique(["pk", "year"], keep="first", maintain_order=True)
    sources = _source_names(used["source"].unique().to_list())
    worst = used["rank"].max()
    certainty = next((k for k, v in RANK.items() if v == worst), str(Certainty.REPORTED.value))
    return used.drop("source", "rank"), sources, certainty


def _source_names(keys: list[int]) -> list[str]:
    from poliedro.reference.models import Source

    return list(Source.objects.filter(pk__in=keys).order_by("name").values_list("name", flat=True))
