"""The demonstration's services and requests, in the words that a cluster would use. Invented."""

from __future__ import annotations

from typing import Any

Row = dict[str, Any]


def _service(
    kind: str,
    names: tuple[str, str],
    texts: tuple[str, str],
    innovation: str,
    prices: tuple[int | None, int | None],
    audiences: tuple[str, ...],
    **more: Any,
) -> Row:
    return {
        "kind": kind,
        "name_it": names[0],
        "name_en": names[1],
        "description_it": texts[0],
        "description_en": texts[1],
        "innovation": innovation,
        "prices": prices,
        "audiences": list(audiences),
        **more,
    }


SMALL, FIRMS = ("start_up", "micro_small"), ("start_up", "micro_small", "medium", "large")
SME = ("micro_small", "medium")

CORE: tuple[Row, ...] = (
    _service(
        "matchmaking",
        ("Incontra il partner giusto", "Meet the right partner"),
        (
            "Tre incontri preparati con imprese, laboratori o clienti scelti per te, e un seguito dopo un mese.",
            "Three prepared meetings with firms, laboratories or customers chosen for you; a call after a month.",
        ),
        "product",
        (0, 250),
        FIRMS,
        tier="first_step",
        usual_hours=6,
        priority=5,
        answer_days=3,
        state_aid="gber_27",
    ),
    _service(
        "project_development",
        ("Dall'idea al progetto di R&S", "From the idea to an R&D project"),
        (
            "Un tecnico aiuta a scrivere obiettivi, piano di lavoro e costi, e trova chi manca nel partenariato.",
            "An expert helps to write goals, work plan and costs, and finds who is missing in the partnership.",
        ),
        "product",
        (900, 1800),
        ("micro_small", "medium", "large", "research"),
        is_rd=True,
        tier="tailored",
        usual_hours=32,
        priority=4,
        answer_days=5,
        state_aid="gber_25",
        yearly_capacity=40,
    ),
    _service(
        "finance",
        ("Quale fondo fa per te", "Which fund suits you"),
        (
            "Un colloquio e una pagina: bandi, garanzie e investitori adatti, con scadenze e ciò che chiedono.",
            "A talk and one page: calls, guarantees and investors that suit you, with deadlines and what they ask.",
        ),
        "management",
        (0, 150),
        FIRMS,
        tier="first_step",
        usual_hours=4,
        priority=4,
        answer_days=3,
        state_aid="gber_27",
    ),
    _service(
        "technology_transfer",
        ("Prova in laboratorio", "Trial in a laboratory"),
        (
            "Una prova breve in un laboratorio del polo o dell'università, con un rapporto chiaro a chi produce.",
            "A short trial in a laboratory of the cluster or university, with a report in plain words.",
        ),
        "process",
        (1200, 2000),
        FIRMS,
        is_rd=True,
        usual_hours=20,
        priority=3,
        answer_days=5,
        state_aid="gber_28",
        yearly_capacity=30,
    ),
)
MORE: tuple[Row, ...] = (
    _service(
        "management",
        ("Un giorno in reparto: produzione snella", "A day on the floor: lean production"),
        (
            "Un esperto guarda con te un flusso di lavoro e lascia tre cambiamenti da provare subito.",
            "An expert looks at one work flow with you and leaves three changes to try at once.",
        ),
        "process",
        (0, 350),
        SME,
        tier="first_step",
        usual_hours=8,
        priority=4,
        state_aid="gber_28",
    ),
    _service(
        "management",
        ("Organizzare bene una squadra piccola", "Organising a small team well"),
        (
            "Ruoli, turni, deleghe: quattro incontri col titolare e i capi, con strumenti che restano in azienda.",
            "Roles, shifts, delegation: four meetings with owner and foremen, with simple tools that stay in the firm.",
        ),
        "organisation",
        (400, 800),
        SMALL,
        usual_hours=16,
        priority=3,
        state_aid="gber_28",
    ),
    _service(
        "management",
        ("Crescere chi guida l'impresa", "Growing those who run the firm"),
        (
            "Affiancamento di sei mesi al titolare: numeri, obiettivi, priorità, e una verifica prima e dopo.",
            "Six months beside the owner: figures, goals, priorities, with a check before and after.",
        ),
        "management",
        (1500, 2500),
        SME,
        tier="tailored",
        usual_hours=40,
        priority=2,
        state_aid="de_minimis",
        yearly_capacity=12,
    ),
    _service(
        "marketing",
        ("Imballaggio e immagine nuovi", "New packaging and look"),
        (
            "Un progettista e tre prototipi di confezione, provati con venti clienti prima di cambiare la linea.",
            "A designer and three prototypes of packaging, tried with twenty customers before the line changes.",
        ),
        "design",
        (700, 1200),
        SMALL,
        usual_hours=18,
        priority=2,
        state_aid="gber_28",
    ),
    _service(
        "marketing",
        ("Vendere in rete, sul serio", "Selling online, in earnest"),
        (
            "Vetrina, prezzi, consegne e reclami: che cosa serve davvero e quanto costa, con una prova di tre mesi.",
            "Shop window, prices, delivery, complaints: what is needed and what it costs, with a three-month trial.",
        ),
        "marketing",
        (300, 600),
        SMALL,
        usual_hours=12,
        priority=2,
        state_aid="de_minimis",
    ),
    _service(
        "digitalisation",
        ("Fotografia digitale dell'impresa", "Digital snapshot of the firm"),
        (
            "Mezza giornata: dove siete nelle sei dimensioni della maturità digitale e quale passo viene prima.",
            "Half a day: where you stand in the six dimensions of digital maturity and which step comes first.",
        ),
        "organisation",
        (0, 200),
        FIRMS,
        tier="first_step",
        usual_hours=5,
        priority=4,
        state_aid="gber_27",
    ),
    _service(
        "digitalisation",
        ("Dai fogli al gestionale", "From sheets to a system"),
        (
            "Scelta e avvio di un gestionale leggero, con i dati di oggi dentro e chi lo usa formato.",
            "Choosing and starting a light management system, with today's data in it and its users trained.",
        ),
        "process",
        (1100, 1900),
        SME,
        usual_hours=30,
        priority=3,
        state_aid="gber_28",
    ),
    _service(
        "eu_funds",
        ("Le carte per un bando europeo", "The papers for a European call"),
        (
            "Che cosa serve, quante ore costa, chi ti dà una mano: requisiti, cofinanziamento, documenti.",
            "What is needed, how many hours it takes, and who helps: eligibility check, co-financing, documents.",
        ),
        "management",
        (200, 450),
        FIRMS,
        usual_hours=12,
        priority=4,
        state_aid="gber_27",
        checklist=[
            {
                "it": "Verificare i requisiti e la classe dimensionale",
                "en": "Check eligibility and size class",
                "hours": "2",
            },
            {"it": "Stimare il cofinanziamento e la cassa", "en": "Estimate co-financing and cash", "hours": "3"},
            {"it": "Raccogliere bilanci e dichiarazioni", "en": "Collect accounts and declarations", "hours": "4"},
            {"it": "Dichiarare gli aiuti de minimis ricevuti", "en": "Declare de minimis aid received", "hours": "1.5"},
            {"it": "Firmare l'accordo di partenariato", "en": "Sign the partnership agreement", "hours": "2"},
            {
                "it": "Caricare la domanda e controllare la ricevuta",
                "en": "Upload and check the receipt",
                "hours": "1.5",
            },
        ],
    ),
    _service(
        "training",
        ("Aula corta: qualità e norme", "Short course: quality and standards"),
        (
            "Due pomeriggi per chi produce, con esempi della tua filiera e un attestato.",
            "Two afternoons for production people, with examples of your supply chain and a certificate.",
        ),
        "organisation",
        (120, 220),
        FIRMS,
        usual_hours=8,
        priority=3,
        state_aid="gber_31",
    ),
    _service(
        "internationalisation",
        ("Primo mercato estero", "First foreign market"),
        (
            "Scelta del paese, prezzi a destino, dieci contatti qualificati e una missione preparata.",
            "Choice of country, landed prices, ten qualified contacts and a prepared mission.",
        ),
        "marketing",
        (600, 1000),
        SME,
        usual_hours=24,
        priority=3,
        state_aid="de_minimis",
    ),
)
OF_THE_AGENCY: tuple[Row, ...] = (
    _service(
        "eu_funds",
        ("Sportello fondi europei della regione", "The region's desk for European funds"),
        (
            "Una risposta scritta alla tua domanda su regole, costi ammessi e aiuti di Stato, prima che tu parta.",
            "A written answer to your question on rules, eligible costs and state aid, before you set out.",
        ),
        "management",
        (0, 0),
        (*FIRMS, "research"),
        tier="first_step",
        usual_hours=3,
        answer_days=5,
        state_aid="none",
        priority=4,
    ),
    _service(
        "management",
        ("Innovazione organizzativa: primo colloquio", "Organisational innovation: first talk"),
        (
            "Un'ora, anche al telefono: dove perdi tempo, chi può aiutarti, quale servizio fa per te.",
            "An hour, by telephone too: where you lose time, who can help, which service suits you.",
        ),
        "organisation",
        (0, 0),
        SMALL,
        tier="first_step",
        usual_hours=1,
        answer_days=2,
        state_aid="none",
        priority=5,
    ),
)
PACKAGES: tuple[Row, ...] = (
    {
        "name_it": "Dal laboratorio al mercato",
        "name_en": "From the laboratory to the market",
        "description_it": "Prova, progetto e primo cliente in sei mesi, con un solo referente.",
        "description_en": "Trial, project and first customer within six months, with one contact person.",
        "kinds": ("technology_transfer", "project_development", "matchmaking"),
        "discount": "0.150",
    },
    {
        "name_it": "Partire col piede giusto",
        "name_en": "Off to a good start",
        "description_it": "Per chi non ha nessuno che segua l'innovazione: guardare, scegliere, provare.",
        "description_en": "For those who have nobody for innovation: look, choose, try.",
        "kinds": ("digitalisation", "management", "finance"),
        "discount": "0.200",
    },
)
NEEDS: tuple[tuple[str, str], ...] = (
    (
        "management",
        "Perdiamo due ore al giorno a cercare attrezzi e carte. Vorremmo capire come riordinare il reparto.",
    ),
    ("eu_funds", "Abbiamo visto un bando europeo ma non sappiamo se possiamo partecipare né quanto lavoro sia."),
    ("technology_transfer", "Ci serve una prova di resistenza su un materiale riciclato prima di cambiare fornitore."),
    ("digitalisation", "Gli ordini arrivano per telefono, posta e messaggi. Vorremmo un solo posto."),
    ("matchmaking", "Cerchiamo chi possa fare con noi un sensore semplice per la catena del freddo."),
    ("finance", "Vogliamo comprare una macchina: prestito, garanzia o bando?"),
    ("marketing", "La confezione è vecchia di vent'anni e il cliente estero ce lo dice."),
    ("training", "Due persone nuove in qualità: esiste un corso breve qui vicino?"),
    ("internationalisation", "Un distributore in Francia ci ha scritto. Da dove si comincia?"),
    ("project_development", "Con l'università abbiamo un'idea di progetto, ma nessuno che la scriva."),
)
NOT_OFFERED: tuple[tuple[str, str, str], ...] = (
    ("management", "organisation", "Passaggio generazionale: vorremmo qualcuno che ci accompagni per un anno."),
    ("placement", "organisation", "Cerchiamo uno studente ITS per l'estate, in provincia."),
    ("laboratory", "product", "Ci servirebbe una camera pulita per due settimane."),
    ("marketing", "design", "Disegno industriale di un prodotto intero, non solo l'imballaggio."),
    ("investment", "management", "Un socio finanziario piccolo, sotto i 100 000 euro."),
    ("digitalisation", "process", "Sicurezza informatica: una verifica seria, non un questionario."),
)
WORDS_OF_CLIENTS: tuple[str, ...] = (
    "Risposta chiara e veloce.",
    "Utile, ma il seguito è arrivato tardi.",
    "Finalmente qualcuno che viene in reparto.",
    "Le carte restano troppe, però non da soli.",
    "",
    "",
)

VOUCHERS = {
    "name_it": "Primi passi senza R&S",
    "name_en": "First steps without R&D",
    "description_it": "Per micro e piccole imprese che non hanno chi si occupi di innovazione: organizzazione, "
    "qualità, digitale, marketing, con chi le sa fare.",
    "description_en": "For micro and small firms that have nobody for innovation: organisation, quality, digital "
    "tools, marketing, with somebody who knows how.",
}
