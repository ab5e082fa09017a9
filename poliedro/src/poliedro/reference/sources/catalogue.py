"""The published data sets that the platform reads: what they are, whose, under which licence, and what they fill."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Published:
    """A data set. fills: what appears on the site once it is loaded."""

    key: str
    name: str
    publisher: str
    licence: str
    url: str
    description_en: str
    description_it: str
    fills_en: str
    fills_it: str
    certainty: str = "official"


SOURCES = (
    Published(
        "cordis-h2020", "CORDIS, Horizon 2020", "European Commission, Publications Office", "CC BY 4.0",
        "https://data.europa.eu/data/datasets/cordish2020projects",
        "Projects of Horizon 2020, their participants, roles and contributions.",
        "Progetti di Horizon 2020, con partecipanti, ruoli e contributi.",
        "Real organisations with their European projects and partners; the collaboration network.",
        "Organizzazioni reali con i loro progetti e partner europei; la rete di collaborazione.",
    ),
    Published(
        "cordis-horizon", "CORDIS, Horizon Europe", "European Commission, Publications Office", "CC BY 4.0",
        "https://data.europa.eu/data/datasets/cordis-eu-research-projects-under-horizon-europe-2021-2027",
        "Projects of Horizon Europe, their participants, roles and contributions.",
        "Progetti di Horizon Europe, con partecipanti, ruoli e contributi.",
        "Current European projects and partners of organisations.",
        "I progetti europei in corso e i partner delle organizzazioni.",
    ),
    Published(
        "opencoesione", "OpenCoesione", "Dipartimento per le politiche di coesione", "CC BY 4.0",
        "https://opencoesione.gov.it/it/opendata/",
        "Projects of cohesion policy in Italy, with their places.",
        "I progetti delle politiche di coesione in Italia, con le loro localizzazioni.",
        "Cohesion-policy projects of the region by municipality.",
        "I progetti di coesione della regione per comune.",
    ),
    Published(
        "eurostat-sbs", "Structural business statistics", "Eurostat", "CC BY 4.0",
        "https://ec.europa.eu/eurostat/databrowser/view/sbs_r_nuts06_r2",
        "Local units, persons employed, wages and investment by region and activity.",
        "Unità locali, addetti, retribuzioni e investimenti per regione e attività.",
        "Specialisation of the region and its peers by activity.",
        "La specializzazione della regione e delle regioni simili per attività.",
    ),
    Published(
        "gisco-nuts", "NUTS boundaries", "Eurostat GISCO, © EuroGeographics", "GISCO terms, non-commercial",
        "https://ec.europa.eu/eurostat/web/gisco/geodata/statistical-units/territorial-units-statistics",
        "Countries and regions of Europe, NUTS 0 to 3, with simplified borders.",
        "Paesi e regioni d'Europa, NUTS 0-3, con confini semplificati.",
        "Maps with real borders; places of European partners.",
        "Mappe con i confini reali; i luoghi dei partner europei.",
    ),
    Published(
        "nuts-crosswalk", "Correspondence of NUTS versions", "European Commission, JRC", "CC BY 4.0",
        "https://urban.jrc.ec.europa.eu/tools/nuts-converter",
        "What each region's code of 2006, 2010 and 2013 became in NUTS 2016.",
        "Che cosa è diventato in NUTS 2016 ogni codice di regione del 2006, 2010 e 2013.",
        "Series over time that survive a change of region codes; names and maps of older tables.",
        "Serie nel tempo che sopravvivono al cambio dei codici; nomi e mappe delle tavole meno recenti.",
    ),
    Published(
        "input-output", "Symmetric input-output tables", "Eurostat", "CC BY 4.0",
        "https://ec.europa.eu/eurostat/databrowser/view/naio_10_cp1700",
        "What each industry buys from which product group, by country and year.",
        "Che cosa ogni industria compra da quale gruppo di prodotti, per paese e anno.",
        "Value chains: suppliers and customers of each industry, and stages that the region lacks.",
        "Filiere: fornitori e clienti di ogni industria, e gli stadi che mancano alla regione.",
    ),
    Published(
        "us-cbp", "County Business Patterns", "US Census Bureau", "public domain",
        "https://www.census.gov/programs-surveys/cbp.html",
        "Employment and establishments of US metropolitan areas by activity (NAICS).",
        "Occupati e unità locali delle aree metropolitane degli Stati Uniti per attività (NAICS).",
        "The observatory on another continent's table, to compare methods.",
        "L'osservatorio sulla tavola di un altro continente, per confrontare i metodi.",
    ),
    Published(
        "italy-geo", "Italian municipalities, provinces and regions", "ISTAT, via openpolis and OpenDataSoft",
        "CC BY 4.0", "https://github.com/openpolis/geojson-italy",
        "Municipalities as points, provinces and regions with borders.",
        "Comuni come punti, province e regioni con i confini.",
        "Maps of the region by province and municipality; places of organisations.",
        "Mappe della regione per provincia e comune; i luoghi delle organizzazioni.",
    ),
    Published(
        "nace-rev2", "NACE Rev. 2", "Eurostat", "CC BY 4.0",
        "https://ec.europa.eu/eurostat/web/nace",
        "The European classification of economic activities of 2008.",
        "La classificazione europea delle attività economiche del 2008.",
        "Names of activities; cluster definitions.",
        "I nomi delle attività; le definizioni dei poli.",
    ),
    Published(
        "nace-rev21", "NACE Rev. 2.1", "Eurostat", "CC BY 4.0",
        "https://ec.europa.eu/eurostat/web/nace",
        "The European classification of economic activities in use from 2025, with its correspondence.",
        "La classificazione europea delle attività economiche in uso dal 2025, con la corrispondenza.",
        "Activities of firms coded from 2025 on.",
        "Le attività delle imprese codificate dal 2025.",
    ),
    Published(
        "ateco-2007", "ATECO 2007", "ISTAT", "CC BY 4.0",
        "https://www.istat.it/classificazione/classificazione-delle-attivita-economiche-ateco/",
        "The Italian classification of economic activities of 2007.",
        "La classificazione italiana delle attività economiche del 2007.",
        "Italian names of activities.", "I nomi italiani delle attività.",
    ),
    Published(
        "ateco-2025", "ATECO 2025", "ISTAT", "CC BY 4.0",
        "https://www.istat.it/classificazione/classificazione-delle-attivita-economiche-ateco/",
        "The Italian classification of economic activities in use from 2025, with its correspondence.",
        "La classificazione italiana delle attività economiche in uso dal 2025, con la corrispondenza.",
        "Activities of firms coded from 2025 on.",
        "Le attività delle imprese codificate dal 2025.",
    ),
    Published(
        "start-ups-it", "Innovative start-ups", "InfoCamere, Registro delle imprese", "IODL 2.0",
        "https://startup.registroimprese.it/",
        "Firms entered in the special section of the Italian business register for innovative start-ups.",
        "Imprese iscritte nella sezione speciale del registro delle imprese per le start-up innovative.",
        "The real innovative start-ups of the region.",
        "Le start-up innovative reali della regione.",
    ),
    Published(
        "business-register", "Business register", "Chambers of commerce", "By agreement",
        "https://www.registroimprese.it/",
        "Active firms by activity, place and size.",
        "Imprese attive per attività, luogo e dimensione.",
        "Coverage: how many firms of its industry each cluster has.",
        "Copertura: quante imprese del suo settore ha ciascun polo.",
    ),
    Published(
        "cluster-lists", "Lists of the cluster management organisations", "Cluster management organisations",
        "By agreement", "",
        "Members, yearly accounts and projects as each cluster management organisation reports them.",
        "Aderenti, conti annuali e progetti come li comunica ciascun soggetto gestore.",
        "Members, accounts and projects of clusters.",
        "Aderenti, conti e progetti dei poli.",
        certainty="reported",
    ),
    Published(
        "incubators", "Lists of the incubators", "Incubators of the region",
        "By agreement", "",
        "Start-ups by incubator, with the days they came and left, and what became of them.",
        "Start-up per incubatore, con i giorni di ingresso e di uscita e che cosa ne è stato.",
        "Survival after the incubator, and the way from incubator to cluster.",
        "Sopravvivenza dopo l'incubatore, e il percorso dall'incubatore al polo.",
        certainty="reported",
    ),
)  # fmt: skip
