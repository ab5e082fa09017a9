"""A small table of regions by activity as Eurostat publishes it, with a structure that analyses must find again.

Seven industrial and seven service regions; retail everywhere. Services pay twice the wages. ITC1 has motor vehicles
(C29), machines (C28) and metal (C25) but hardly any textiles (C13), which belong with them.
"""

from __future__ import annotations

from pathlib import Path
from random import Random

from factories import source, territory

from poliedro.registry.services.imports import IMPORTERS, import_path

KEY = "sbs_r_nuts06_r2_2008_2013"
INDUSTRIAL = ("ITC1", "ITC2", "ITC3", "ITH1", "ITH3", "ITH4", "ITH5")
SERVICES = ("ITC4", "ITH2", "ITI1", "ITI2", "ITI3", "ITI4", "FRL0")
INDUSTRY, SERVICE, EVERYWHERE = ("C10", "C13", "C25", "C28", "C29"), ("J61", "J62", "M70", "M71"), ("G47",)
YEARS = (2013, 2012, 2011, 2010)
PLANT = 20
"""Persons in an establishment."""


def persons(place: str, activity: str, year: int) -> int:
    """What the table says. The same in every run."""
    at_home = (place in INDUSTRIAL and activity in INDUSTRY) or (place in SERVICES and activity in SERVICE)
    base = 2000 if activity in EVERYWHERE else (1500 if at_home else 200)
    if (place, activity) == ("ITC1", "C13"):
        base = 100
    if (place, activity, year) == ("ITC2", "J62", 2013):
        base = 3000  # the one entry into what is far from home
    noise = Random(f"{place} {activity} {year}").uniform(0.85, 1.15)
    return int(base * noise) // PLANT * PLANT


def cells(place: str, year: int) -> dict[tuple[str, str], str]:
    """Indicator and activity -> the cell. Sections hold a tenth more than their divisions; M71 of FRL0 is withheld."""
    found: dict[tuple[str, str], str] = {}
    sums: dict[str, int] = {}
    for activity in (*INDUSTRY, *SERVICE, *EVERYWHERE):
        n = persons(place, activity, year)
        pay = (40 if activity in SERVICE else 20) * n / 1000
        found["V16110", activity], found["V11210", activity] = f"{n} ", f"{n // PLANT} "
        found["V13320", activity] = f"{pay:.3f} "
        sums[activity[0]] = sums.get(activity[0], 0) + n
    for section, n in sums.items():
        found["V16110", section], found["V11210", section] = f"{n * 11 // 10} ", f"{n * 11 // 10 // PLANT} "
        found["V13320", section] = f"{n * 30 / 1000:.3f} "
    if place == "FRL0":
        found["V16110", "M71"] = ": c"
    return found


def write_table(folder: Path) -> Path:
    """The TSV file, under the name that the observatory reads."""
    lines = ["nace_r2,indic_sb,geo\\time\t" + "\t".join(f"{y} " for y in YEARS)]
    by_place = {(p, y): cells(p, y) for p in (*INDUSTRIAL, *SERVICES) for y in YEARS}
    keys = sorted(by_place["ITC1", 2013])
    for place in (*INDUSTRIAL, *SERVICES):
        for indicator, activity in keys:
            row = [by_place[place, y][indicator, activity] for y in YEARS]
            lines.append(f"{activity},{indicator},{place}\t" + "\t".join(row))
    path = folder / f"{KEY}.tsv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


FLOWS = {("C13", "C29"): 30, ("C25", "C29"): 200, ("C29", "C28"): 50, ("C28", "C25"): 20, ("M70_71", "C29"): 5}
"""Purchases in the input-output table, supplier and customer; every industry makes 1000."""


def write_flows(folder: Path) -> Path:
    """An input-output table of Italy in long form: C13 supplies C29, of which ITC1 has hardly any."""
    industries = ("C13", "C25", "C28", "C29", "M70_71")
    lines = ["prd_ava,ind_use,geo,TIME_PERIOD,stk_flow,unit,OBS_VALUE"]
    for customer in industries:
        for supplier in industries:
            value = FLOWS.get((supplier, customer), 0)
            lines.append(f"CPA_{supplier},CPA_{customer},IT,2020,TOTAL,MIO_EUR,{value}")
            lines.append(f"CPA_{supplier},CPA_{customer},IT,2020,DOM,MIO_EUR,{value / 2}")
        lines.append(f"P1,CPA_{customer},IT,2020,TOTAL,MIO_EUR,1000")
        lines.append(f"CPA_{customer},P3_S14,IT,2020,TOTAL,MIO_EUR,400")
        lines.append(f"CPA_C,CPA_{customer},IT,2020,TOTAL,MIO_EUR,{sum(FLOWS.values())}")
    lines += ["P1,CPA_C,IT,2020,TOTAL,MIO_EUR,4000", "CPA_C,CPA_C,IT,2020,TOTAL,MIO_EUR,300"]
    path = folder / "naio_long.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def load_panel(folder: Path) -> None:
    """Both tables in the store, and the regions with centres and borders (a square each)."""
    for i, code in enumerate((*INDUSTRIAL, *SERVICES)):
        x, y = float(i % 4), float(i // 4) + 42
        square = [[x, y], [x + 0.9, y], [x + 0.9, y + 0.9], [x, y + 0.9], [x, y]]
        territory(
            code,
            f"Region {code}" if code != "ITC1" else "Piemonte",
            "nuts2",
            latitude=y,
            longitude=x,
            geometry={"type": "Polygon", "coordinates": [square]},
            source=source("gisco-nuts", "official"),
        )
    import_path(importer=IMPORTERS["eurostat-sbs"], path=write_table(folder), by=None)
    import_path(importer=IMPORTERS["input-output"], path=write_flows(folder), by=None)
