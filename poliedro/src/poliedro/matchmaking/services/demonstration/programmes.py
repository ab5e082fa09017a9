"""Invented lessons from abroad, and an accelerator with a finished cohort and one that takes applications."""

from __future__ import annotations

from poliedro.matchmaking.models import (
    Accelerator,
    Cohort,
    CohortApplication,
    CohortMentor,
    Deal,
    FairApplication,
    Lesson,
    LessonUse,
    Mentor,
)
from poliedro.matchmaking.services.demonstration.stage import SYNTHETIC, Stage

LESSONS = (
    (
        "Che cosa chiedono i distributori tedeschi",
        "Vogliono il listino in confezioni intere e la prova di durata prima del primo incontro.",
        "Preparare la scheda di durata in tedesco.",
    ),
    (
        "Uno stand comune rende più di uno proprio",
        "Da soli avevamo otto contatti, insieme ventidue: chi cerca un fornitore passa anche dal vicino.",
        "Chiedere al polo chi altro va alla stessa fiera.",
    ),
    (
        "Il primo ordine è piccolo, e va bene così",
        "L'ordine di prova copre appena il viaggio; il secondo arriva dopo quattro mesi se la consegna è puntuale.",
        "Tenere pronta la merce per un ordine di prova.",
    ),
)


def build_programmes(stage: Stage) -> None:
    went = list(
        FairApplication.objects.filter(state="took_part", certainty="synthetic").select_related("fair").order_by("pk")
    )
    for n, (application, (title, text, first)) in enumerate(zip(went, LESSONS, strict=False)):
        lesson = Lesson.objects.create(
            organisation=application.organisation,
            application=application,
            title=title,
            country=application.fair.country,
            text=text,
            first_step=first,
            **SYNTHETIC,
        )
        for body in dict.fromkeys(stage.of("mesap") for _ in range(2 - n % 2)):
            if body != lesson.organisation:
                what = "Usata per preparare la prima fiera."
                LessonUse.objects.create(lesson=lesson, organisation=body, on=stage.day(12), what=what)
    _accelerator(stage)


def _accelerator(stage: Stage) -> None:
    made = Accelerator.objects.create(
        organisation=stage.large[0],
        cluster=stage.clusters.get("mesap"),
        title="Acceleratore mobilità (demo)",
        text="Sei mesi con mentori, prove su strada e una giornata davanti agli investitori.",
        tags=["mobility"],
        **SYNTHETIC,
    )
    past = Cohort.objects.create(
        accelerator=made,
        apply_by=stage.day(330),
        starts_on=stage.event_day(300),
        demo_day_on=stage.event_day(120),
        places=5,
    )
    next_ = Cohort.objects.create(
        accelerator=made,
        apply_by=stage.day(-30),
        starts_on=stage.event_day(-60),
        demo_day_on=stage.event_day(-240),
        places=6,
    )
    invested = [d.round.organisation for d in Deal.objects.filter(state="invested").select_related("round")]
    bodies = list(dict.fromkeys([*invested, *stage.start_ups]))[:8]
    states = ("finished", "finished", "finished", "left", "refused", "refused", "withdrawn")
    for n, (body, state) in enumerate(zip(bodies, states, strict=False)):
        CohortApplication.objects.create(
            cohort=past,
            organisation=body,
            motive="Provare il prodotto con una flotta.",
            referred_by=made.cluster if n % 3 == 0 else None,
            state=state,
            **SYNTHETIC,
        )
    for body in bodies[-2:]:
        CohortApplication.objects.create(
            cohort=next_, organisation=body, motive="Trovare il primo cliente.", state="sent", **SYNTHETIC
        )
    for n, mentor in enumerate(Mentor.objects.order_by("pk")[:3]):
        named = stage.moment(290 if n < 2 else 3)
        CohortMentor.objects.create(
            cohort=past if n < 2 else next_, mentor=mentor, named_at=named, agreed_at=named if n < 2 else None
        )
