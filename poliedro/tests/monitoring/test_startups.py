"""Start-ups after the incubator: being alive longer is not taken for an effect of help."""

from __future__ import annotations

from datetime import date, timedelta
from math import log, sqrt
from random import Random
from statistics import fmean, stdev

import pytest
from django.test import Client
from django.urls import reverse
from factories import management, organisation, source

from poliedro.evidence.services.runs import run_analysis
from poliedro.monitoring.queries.startups import StartUp, startups_after_incubation
from poliedro.monitoring.runs.startups import ever_helped, pace, pieces
from poliedro.registry.models import Delivery, IncubateeSpell, StatusRecord

LEFT = date(2010, 1, 1)


def region_without_effect(seed: int, n: int = 300) -> list[StartUp]:
    """Start-ups that close, and are helped, each at a pace of its own: help changes nothing."""
    dice = Random(seed)
    made = []
    for i in range(n):
        lives, waits, watched = dice.expovariate(0.15), dice.expovariate(0.25), 10 * dice.random() + 1
        end = min(lives, watched)
        helped = LEFT + timedelta(days=round(waits * 365)) if waits < end else None
        made.append(StartUp(i, 1, LEFT, helped, LEFT + timedelta(days=round(end * 365) + 1), lives < watched))
    return made


def test_where_help_does_nothing_none_is_found_though_the_helped_live_longer() -> None:
    fair = [pace(pieces(region_without_effect(seed)), "time-varying") for seed in range(20)]
    unfair = [pace(ever_helped(region_without_effect(seed)), "ever-helped") for seed in range(5)]
    rejected = sum(not r["low"] <= 1 <= r["high"] for r in fair)
    assert rejected <= 4, "5% of 20 is 1; more than 4 is chance of 3 in 1000"
    logs = [log(r["ratio"]) for r in fair]
    error = stdev(logs) / sqrt(len(logs))
    assert abs(fmean(logs)) < 3 * error, "on average no difference, within Monte-Carlo error"
    assert all(r["high"] < 1 for r in unfair), "counted as ever helped, help would seem to save them"


def test_spell_is_cut_at_the_day_of_help() -> None:
    one = StartUp(1, 1, LEFT, LEFT + timedelta(days=731), LEFT + timedelta(days=1461), True)
    rows = pieces([one]).to_dicts()
    assert [(r["entry"], r["closed"], r["helped"]) for r in rows] == [
        (0.0, False, 0.0),
        (pytest.approx(731 / 365.25), True, 1.0),
    ]


def test_few_start_ups_give_no_ratio() -> None:
    assert pace(pieces(region_without_effect(1, n=9)), "time-varying")["refused"]


@pytest.mark.django_db
def test_register_gives_days_of_leaving_help_and_closing() -> None:
    src = source("incubators", "synthetic")
    fact = {"source": src, "certainty": src.certainty}
    incubator, body = organisation("Incubatore", kind="incubator", source=src), management()
    firm, gone = (organisation(n, kind="start_up", source=src) for n in ("Alfa", "Beta"))
    for f in (firm, gone):
        IncubateeSpell.objects.create(
            organisation=f, incubator=incubator, valid_from=date(2008, 1, 1), valid_to=LEFT, **fact
        )
    Delivery.objects.create(
        provider=body.organisation, client=firm, service="finance", delivered_on=date(2009, 1, 1), **fact
    )
    Delivery.objects.create(
        provider=body.organisation, client=firm, service="finance", delivered_on=date(2012, 1, 1), **fact
    )
    StatusRecord.objects.create(
        organisation=firm, status="alive", valid_from=date(2008, 1, 1), checked_on=date(2015, 1, 1), **fact
    )
    StatusRecord.objects.create(
        organisation=gone, status="closed", valid_from=date(2011, 1, 1), checked_on=date(2015, 1, 1), **fact
    )
    a, b = startups_after_incubation()
    assert (a.left, a.supported, a.last, a.closed) == (LEFT, date(2012, 1, 1), date(2015, 1, 1), False)
    assert (b.supported, b.last, b.closed) == (None, date(2011, 1, 1), True)


@pytest.mark.django_db
def test_curve_along_which_nobody_closed_is_drawn_without_an_interval() -> None:
    src = source("incubators", "synthetic")
    fact = {"source": src, "certainty": src.certainty}
    incubator = organisation("Incubatore", kind="incubator", source=src)
    for k in range(12):
        firm = organisation(f"Start {k}", kind="start_up", source=src)
        IncubateeSpell.objects.create(
            organisation=firm, incubator=incubator, valid_from=date(2008, 1, 1), valid_to=LEFT, **fact
        )
        StatusRecord.objects.create(
            organisation=firm, status="alive", valid_from=LEFT, checked_on=date(2015, 1, 1), **fact
        )
    run_analysis(key="startup-survival")  # without a warning, which would fail here
    assert Client().get(reverse("monitoring:startups")).status_code == 200


@pytest.mark.django_db
def test_page_says_what_the_fair_comparison_finds_and_what_the_unfair_one_would() -> None:
    assert "non è ancora stata calcolata" in Client().get(reverse("monitoring:startups")).content.decode()
    src = source("incubators", "synthetic")
    fact = {"source": src, "certainty": src.certainty}
    incubator, body = organisation("Incubatore", kind="incubator", source=src), management()
    for s in region_without_effect(3, n=120):
        firm = organisation(f"Start {s.pk}", kind="start_up", source=src)
        IncubateeSpell.objects.create(
            organisation=firm, incubator=incubator, valid_from=date(2008, 1, 1), valid_to=s.left, **fact
        )
        StatusRecord.objects.create(
            organisation=firm, status="closed" if s.closed else "alive",
            valid_from=s.last if s.closed else s.left, checked_on=s.last, **fact,
        )  # fmt: skip
        if s.supported:
            Delivery.objects.create(
                provider=body.organisation, client=firm, service="finance", delivered_on=s.supported, **fact
            )
    run_analysis(key="startup-survival")
    page = Client().get(reverse("monitoring:startups")).content.decode()
    assert "rapporto" in page
    assert "mai o qualche volta aiutate" in page
