"""Take the guide's pictures from a running demonstration, and write the page that shows them.

make demo                                                        # in another terminal, without POLIEDRO_DATA
.venv/bin/python docs/guide/screenshots.py http://127.0.0.1:8000
.venv/bin/python docs/guide/screenshots.py http://127.0.0.1:8000 observatory     # that chapter only, with POLIEDRO_DATA
"""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

HERE = Path(__file__).parent
PHONE, DESKTOP = (390, 844), (1280, 900)


@dataclass(frozen=True)
class Picture:
    """login: the address to sign in with; empty for a visitor. click: what to open before the picture is taken."""

    name: str
    path: str
    caption: str
    login: str = ""
    size: tuple[int, int] = DESKTOP
    language: str = "en"
    click: str = ""


OBSERVATORY = "The observatory"
"""Needs Eurostat's statistics, so it is left out unless it is asked for."""

CHAPTERS: dict[str, list[Picture]] = {
    "Visitors": [
        Picture("home", "/", "The region at a glance: search, five figures, the map, doors by role."),
        Picture("home-phone", "/", "The same on a phone, in Italian.", size=PHONE, language="it"),
        Picture("search", "/search/?q=demo+al", "Search by words; the last one may be cut short."),
    ],
    "Firms, universities, schools": [
        Picture("organisations", "/organisations/?cluster=agrifood", "The directory: facets with counts, chips."),
        Picture("ecosystem", "/ecosystem/", "Who helps whom with what, and what nobody offers."),
    ],
    "Region and evaluators": [
        Picture("clusters", "/clusters/", "The clusters, who manages them, and those that were merged."),
        Picture("cluster", "/clusters/agrifood/", "A cluster: its figures, each with its source."),
        Picture(
            "figure",
            "/clusters/agrifood/",
            "The mark beside a figure opens its definition, kind, period and source.",
            click=".figure-card details.mark summary",
        ),
        Picture("members", "/clusters/agrifood/members/", "Who its members are, where, and how far from its seat."),
        Picture("coverage", "/clusters/mesap/coverage/", "How much of its industry it covers, and where the gap is."),
        Picture("lineage", "/lineage/", "Which cluster went into which, with the firms that went along."),
        Picture("contracts", "/contracts/", "Who orders research from whom."),
        Picture("tables", "/tables/", "All clusters side by side, as of any day and as known on any day."),
        Picture("network", "/network/?cluster=mesap", "Who works with whom, narrowed to a cluster."),
        Picture("quality", "/quality/", "Where sources disagree: both sides are kept."),
    ],
    OBSERVATORY: [
        Picture("observatory", "/observatory/", "Where the economy stands, in one sentence a page."),
        Picture("specialisation", "/observatory/specialisation/", "What the region does more than others."),
        Picture("space", "/observatory/space/", "The industry space: the region's industries in blue."),
        Picture("options", "/observatory/options/", "Where it could go: near to what it does, and of high value."),
        Picture("partners", "/observatory/partners/", "Whose strengths would fill the gaps, less the ties that exist."),
        Picture("between", "/observatory/between/", "Clusters near each other that do little together."),
    ],
    "People with a role": [
        Picture("sign-in", "/accounts/login/", "One login per role in the demonstration."),
        Picture("my-roles", "/my/", "What I may do, and why.", login="manager.agrifood@demo.example"),
        Picture("lists", "/clusters/agrifood/lists/", "A cluster's lists.", login="manager.agrifood@demo.example"),
        Picture("audit", "/audit/", "The log of writes and of reads of protected data.", login="auditor@demo.example"),
    ],
}


def take(browser: Any, address: str, picture: Picture) -> None:
    width, height = picture.size
    context = browser.new_context(
        viewport={"width": width, "height": height},
        locale=picture.language,
        reduced_motion="reduce",
        device_scale_factor=1,
    )
    page = context.new_page()
    if picture.login:
        page.goto(f"{address}/accounts/login/")
        page.locator("li", has_text=picture.login).get_by_role("button").click()
        page.wait_for_url(f"{address}/")
    answer = page.goto(f"{address}{picture.path}")
    if answer is None or answer.status != 200:
        sys.exit(f"{picture.path} answers {answer.status if answer else 'nothing'}; is it the whole demonstration?")
    page.locator("[data-chart]:not([data-drawn])").first.wait_for(state="detached")
    page.wait_for_timeout(500)
    if picture.click:
        page.locator(picture.click).first.click()
    page.screenshot(path=HERE / "images" / f"{picture.name}.png")
    context.close()


def write_page() -> None:
    lines = [
        "# What the pages look like",
        "",
        "Taken from the running demonstration by `docs/guide/screenshots.py`, which also writes this page. All firms,",
        "accounts and projects in it are invented.",
    ]
    for title, pictures in CHAPTERS.items():
        lines += ["", f"## {title}"]
        for p in pictures:
            lines += ["", p.caption, "", f"![{p.caption}](images/{p.name}.png)"]
    (HERE / "README.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


def main(address: str, only: str = "") -> None:
    wanted = [OBSERVATORY] if only else [title for title in CHAPTERS if title != OBSERVATORY]
    chromium = os.environ.get("POLIEDRO_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        for title in wanted:
            for picture in CHAPTERS[title]:
                take(browser, address.rstrip("/"), picture)
        browser.close()
    write_page()


if __name__ == "__main__":
    if len(sys.argv) not in {2, 3}:
        sys.exit("give the address of a running demonstration: screenshots.py http://127.0.0.1:8000 [observatory]")
    main(*sys.argv[1:])
