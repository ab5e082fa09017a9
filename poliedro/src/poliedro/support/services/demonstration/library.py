"""The library of the demonstration: the practice of bioPmed that the study describes, and invented pieces."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.utils import timezone

from poliedro.accounts.models import Person
from poliedro.registry.models import Cluster
from poliedro.shared.invented import said
from poliedro.support.models import KnowledgeItem
from poliedro.support.services.joint import answer_item, reuse_item, write_item

PRACTICE = {
    "kind": "practice",
    "audience": "public",
    "title": said(
        "bioPmed: un parco scientifico come snodo tra ricerca e industria",
        "bioPmed: a science park as hub between academia and industry",
    ),
    "problem": said(
        "Start-up e piccole imprese delle scienze della vita non incontrano ricercatori, investitori e grandi imprese.",
        "Start-ups and small firms of the life sciences do not meet researchers, investors and large firms.",
    ),
    "context": said(
        "Piemonte, scienze della vita; il soggetto gestore è un parco scientifico con laboratori e un incubatore.",
        "Piedmont, life sciences; the managing body is a science park with laboratories and an incubator.",
    ),
    "steps": [
        said(
            "Far gestire allo stesso soggetto anche laboratori e un incubatore, così le imprese ci vengono comunque.",
            "Let the managing body also run laboratories and an incubator, so that firms come anyway.",
        ),
        said(
            "Offrire pacchetti di servizi con i partner: laboratorio, certificazione, fondi, fiere internazionali.",
            "Offer services in packages with partners: laboratory, certification, funding advice, international fairs.",
        ),
        said(
            "Tenere ogni anno un evento in cui start-up, ricerca, grandi imprese e investitori si incontrano.",
            "Hold a yearly event at which start-ups, researchers, large firms and investors meet by appointment.",
        ),
    ],
    "checklist": [
        said(
            "Un soggetto gestore con una sede in cui imprese e ricercatori sono ogni giorno.",
            "A managing body with premises where firms and researchers are every day.",
        ),
        said(
            "Almeno un'università e un ospedale che firmano come partner.",
            "At least one university and one hospital that sign up as partners.",
        ),
        said(
            "Qualcuno che richiama dopo ogni incontro, a tre mesi di distanza.",
            "Somebody who follows up each meeting after three months.",
        ),
    ],
    "evidence": said(
        "Descritta come buona pratica nello studio OCSE del 2021, che non pubblica cifre sul suo effetto.",
        "Described as good practice in the OECD study of 2021; no figures of its effect are published there.",
    ),
    "source_url": "https://www.oecd.org/",
}


def found(clusters: list[Cluster], by: Any) -> None:
    """The practice of the study, and three invented pieces."""
    hub = write_item(values=PRACTICE, by=by)
    pieces = (
        {
            "kind": "practice",
            "audience": "public",
            "title": said(
                "Una sfida annuale sul clima che diventa progetti", "A yearly climate challenge that becomes projects"
            ),
            "problem": said(
                "Le idee di un hackathon muoiono dopo il fine settimana.", "Ideas of a hackathon die after the weekend."
            ),
            "steps": [
                said("Dare un mentore a ogni vincitore.", "Name a mentor for each winner."),
                said("Tornare a guardare dopo tre e dopo nove mesi.", "Look again after three and after nine months."),
            ],
            "checklist": [
                said(
                    "Un soggetto gestore che paga un mentore per un anno.",
                    "A managing body that pays one mentor for a year.",
                )
            ],
        },
        {
            "kind": "template",
            "audience": "managers",
            "title": said(
                "Accordo tra poli che condividono un servizio", "Agreement between clusters that share a service"
            ),
            "problem": said(
                "Più poli vogliono lo stesso esperto e non sanno come dividere il costo.",
                "Several clusters want one expert and do not know how to share the cost.",
            ),
            "steps": [
                said("Accordarsi sulla chiave: parti, ore o aderenti.", "Agree on the key: parts, hours or members."),
                said("Fare i conti una volta l'anno, al centesimo.", "Settle once a year, to the cent."),
            ],
        },
        {
            "kind": "question",
            "audience": "managers",
            "title": said(
                "Come si conquistano le microimprese come aderenti?", "How do you win micro firms as members?"
            ),
            "problem": said(
                "Quote e riunioni scoraggiano le microimprese, che dicono: il polo è per i grandi.",
                "Fees and meetings put micro firms off; they say that the cluster is for the large ones.",
            ),
        },
    )
    for values in pieces:
        made = write_item(values=values, by=by)
        KnowledgeItem.objects.filter(pk=made.pk).update(is_synthetic=True)
    if clusters:
        reuse_item(
            item=hub,
            cluster=clusters[0],
            fulfilled=[0, 2],
            result=said("È in programma una prima giornata di incontri.", "A first day of meetings is planned."),
            on=timezone.localdate(),
            by=by,
        )


PIECES: tuple[dict[str, Any], ...] = (
    {
        "kind": "practice",
        "audience": "public",
        "title": said("Un giro di visite al posto del questionario", "A tour of visits instead of a questionnaire"),
        "problem": said(
            "Le imprese piccole non rispondono ai questionari, e il polo non sa di che cosa hanno bisogno.",
            "Small members answer no questionnaire, and the cluster does not know what they need.",
        ),
        "context": said(
            "Un polo di 150 aderenti, metà microimprese; due persone per i rapporti con gli aderenti.",
            "A cluster of 150 members, half of them micro firms; two people for member relations.",
        ),
        "steps": [
            said("Visitare trenta aderenti l'anno, a rotazione.", "Visit thirty members a year, by turns."),
            said(
                "Fare cinque domande e scrivere mezza pagina lo stesso giorno.",
                "Ask five questions, write half a page the same day.",
            ),
            said(
                "Dire all'aderente, entro un mese, che cosa si è fatto.",
                "Tell the member within a month what was done.",
            ),
        ],
        "checklist": [
            said("Qualcuno con quaranta giornate libere l'anno.", "Somebody with forty free days a year."),
            said(
                "Un elenco degli aderenti con il giorno dell'ultima visita.",
                "A list of members with the day of the last visit.",
            ),
        ],
        "cost_eur": Decimal(14_000),
        "evidence": said(
            "Le richieste degli aderenti visitati sono raddoppiate in un anno (le ha contate il polo).",
            "Requests by visited members doubled in a year (counted by the cluster itself).",
        ),
    },
    {
        "kind": "practice",
        "audience": "public",
        "title": said("Giornate di prova condivise in un laboratorio", "Shared testing days of a laboratory"),
        "problem": said(
            "Una microimpresa sola non può pagare una giornata di prove, e le macchine dei laboratori restano ferme.",
            "Micro firms cannot pay for a day of testing alone, and machines of laboratories stand idle.",
        ),
        "steps": [
            said("Fissare un giorno al mese.", "Fix a day a month."),
            said("Mettere quattro imprese in una giornata.", "Put four firms into one day."),
            said("Dividere a ore il costo dell'operatore.", "Share the operator's cost by hours."),
        ],
        "checklist": [
            said(
                "Un laboratorio che accetta più utenti nello stesso giorno.",
                "A laboratory that takes several users on a day.",
            ),
            said("Qualcuno che organizza la giornata.", "Somebody who plans the day."),
        ],
        "cost_eur": Decimal(6_000),
        "evidence": said(
            "In due anni undici imprese hanno usato un laboratorio per la prima volta.",
            "Eleven firms used a laboratory for the first time in two years.",
        ),
    },
    {
        "kind": "practice",
        "audience": "public",
        "title": said(
            "Lo scarto di un aderente come materia prima di un altro",
            "By-products of one member as material of another",
        ),
        "problem": said(
            "Gli aderenti pagano per liberarsi di ciò che altri potrebbero usare, e nessuno lo sa.",
            "Members pay to get rid of what others could use, and nobody knows of it.",
        ),
        "steps": [
            said("Elencare gli scarti con quantità e luogo.", "List by-products with amount and place."),
            said("Cercare chi li usa entro quaranta chilometri.", "Match within forty kilometres."),
            said("Provare un carico.", "Try one load."),
        ],
        "checklist": [
            said("Dieci aderenti che mettono a disposizione i propri numeri.", "Ten members that share their figures."),
            said("Un ingegnere per venti giornate.", "An engineer for twenty days."),
        ],
    },
    {
        "kind": "template",
        "audience": "managers",
        "title": said(
            "Traccia di colloquio con un aderente che vuole uscire", "Interview guide for a member who wants to leave"
        ),
        "problem": said("Gli aderenti escono e nessuno sa perché.", "Members leave and nobody learns why."),
        "steps": [
            said("Telefonare entro una settimana.", "Call within a week."),
            said("Chiedere che cosa si sperava e che cosa è arrivato.", "Ask what was hoped for and what came."),
            said("Metterlo per iscritto senza giudicare.", "Write it down without judging."),
        ],
    },
    {
        "kind": "article",
        "audience": "managers",
        "title": said("Che cosa deve regolare un accordo di consorzio", "What a consortium agreement has to settle"),
        "problem": said(
            "Alla fine del progetto i partner litigano sui risultati.",
            "Partners quarrel about results when a project ends.",
        ),
        "steps": [
            said("Di chi è ciò che c'era prima.", "Who owns what existed before."),
            said("Di chi è ciò che si fa.", "Who owns what is made."),
            said("Chi può uscire, e come.", "Who may leave, and how."),
        ],
    },
    {
        "kind": "question",
        "audience": "managers",
        "title": said(
            "Che prezzo si dà a un servizio che nessuno ha mai venduto?",
            "How do you price a service that nobody sold before?",
        ),
        "problem": said(
            "Non sappiamo quanto gli aderenti pagherebbero una giornata del nostro ufficio progetti.",
            "We do not know what members would pay for a day with our project office.",
        ),
    },
)


def add(people: dict[str, Person], by: Any) -> None:
    """Practices, a template, an article, and a question with an answer."""
    for values in PIECES:
        made = write_item(values=values, by=by)
        KnowledgeItem.objects.filter(pk=made.pk).update(is_synthetic=True)
    coach = people.get("coach")
    if coach is not None and coach.user is not None:
        answer_item(
            item=made,
            text=said(
                "Chiedete a tre aderenti quanto costa loro la stessa giornata altrove.",
                "Ask three members what the same day costs them elsewhere.",
            ),
            by=coach.user,
        )
