"""Take the guide's pictures from a running demonstration, and write the page that shows them.

make demo                                                        # in another terminal, with POLIEDRO_DATA
.venv/bin/python docs/guide/screenshots.py http://127.0.0.1:8000
.venv/bin/python docs/guide/screenshots.py http://127.0.0.1:8000 home cockpit    # these pictures only
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
    """login: the address to sign in with; empty for a visitor. click: what to open before the picture is taken. part:
    the piece of the page that is taken; empty: the window."""

    name: str
    path: str
    caption: str
    login: str = ""
    size: tuple[int, int] = DESKTOP
    language: str = "en"
    click: str = ""
    part: str = ""


MANAGER, OFFICER, FIRM = "manager.agrifood@demo.example", "region@demo.example", "firm@demo.example"

CHAPTERS: dict[str, list[Picture]] = {
    "Visitors": [
        Picture("home", "/", "The region at a glance: search, five figures, the map, doors by role."),
        Picture("menu", "/", "The menu in four groups.", click="#menu .dropdown-toggle >> nth=1"),
        Picture("home-phone", "/", "The same on a phone, in Italian.", size=PHONE, language="it"),
        Picture("menu-phone", "/", "Its menu.", size=PHONE, language="it", click=".menu-button"),
        Picture("search", "/search/?q=politecnico", "Search by words; the last one may be cut short."),
        Picture("ask", "/ask/", "One question in one's own words, with or without an account."),
    ],
    "Firms, universities, schools": [
        Picture("organisations", "/organisations/?cluster=agrifood", "The directory: facets with counts, chips."),
        Picture(
            "organisation",
            "/organisations/?q=politecnico+di+torino",
            "An organisation: its projects, its partners, what its profile lacks.",
            click=".results a",
        ),
        Picture("ecosystem", "/ecosystem/", "Who helps whom with what, and what nobody offers."),
        Picture("services", "/services/", "What the clusters offer to firms, with prices and promises."),
        Picture("plan-phone", "/services/plan/", "What suits my firm, on a phone.", size=PHONE, language="it"),
        Picture("cards", "/cards/", "Needs and offers; who stands behind a card is told when an interest is accepted."),
        Picture("call", "/calls/pass/", "A call with its rules in plain words."),
        Picture("check-phone", "/calls/pass/check/", "Am I in? On a phone.", size=PHONE, language="it"),
        Picture("open-calls", "/open-calls/", "The EU's open calls."),
        Picture("assessments", "/surveys/", "Self-assessments of a firm.", login=FIRM),
        Picture("work-phone", "/today/", "What needs me now, on a phone.", login=FIRM, size=PHONE, language="it"),
    ],
    "Region and evaluators": [
        Picture("clusters", "/clusters/", "The clusters, who manages them, and those that were merged."),
        Picture("cluster", "/clusters/agrifood/", "A cluster: its figures, each with its source."),
        Picture("cluster-phone", "/clusters/agrifood/", "The same on a phone, in Italian.", size=PHONE, language="it"),
        Picture(
            "figure",
            "/clusters/agrifood/",
            "The mark beside a figure opens its definition, kind, period and source.",
            click=".figure-card details.mark summary",
        ),
        Picture("members", "/clusters/agrifood/members/", "Who its members are, where, and how far from its seat."),
        Picture("coverage", "/clusters/mesap/coverage/", "How much of its industry it covers, and where the gap is."),
        Picture("density", "/clusters/agrifood/coverage/", "Where its industry is dense.", part="#chart-towns"),
        Picture("lifecycle", "/clusters/agrifood/life-cycle/", "The stage of its life cycle, with its probability."),
        Picture("lineage", "/lineage/", "Which cluster went into which, with the firms that went along."),
        Picture("contracts", "/contracts/", "Who orders research from whom."),
        Picture("tables", "/tables/", "All clusters side by side, as of any day and as known on any day."),
        Picture("report", "/value-report/", "The yearly report on what the clusters give the region."),
        Picture("impact", "/impact/", "Does membership work? Declared, frozen, computed, signed."),
        Picture("network", "/network/", "Who works with whom in EU projects."),
        Picture("ties", "/network/ties/?projects=regional", "Missing links, bridges and isolates, over kinds of ties."),
        Picture("quality", "/quality/", "Where sources disagree: both sides are kept."),
        Picture("sources", "/sources/", "What is loaded, from where, and what else there is."),
        Picture("cockpit", "/cockpit/", "All clusters side by side, with alarms.", login=OFFICER),
        Picture("life-cycles", "/cockpit/life-cycles/", "The life-cycle board.", login=OFFICER),
        Picture("benchmark", "/cockpit/benchmark/", "The benchmark among clusters of a type.", login=OFFICER),
        Picture("stress", "/stress/", "What happens to a cluster without public money.", login=OFFICER),
        Picture("incomplete", "/quality/profiles/", "Incomplete profiles.", login="steward@demo.example"),
    ],
    "The observatory": [
        Picture("observatory", "/observatory/", "Where the economy stands, in one sentence a page."),
        Picture("specialisation", "/observatory/specialisation/", "What the region does more than others."),
        Picture("space", "/observatory/space/", "The industry space: the region's industries in blue."),
        Picture("options", "/observatory/options/", "Where it could go: near to what it does, and of high value."),
        Picture("partners", "/observatory/partners/", "Whose strengths would fill the gaps, less the ties that exist."),
        Picture("between", "/observatory/between/", "Clusters near each other that do little together."),
        Picture("value-chain", "/observatory/value-chain/", "Who supplies an industry and who buys from it."),
    ],
    "People with a role": [
        Picture("sign-in", "/accounts/login/", "One login per role in the demonstration."),
        Picture("my-roles", "/my/", "What I may do, and why.", login=MANAGER),
        Picture("work", "/today/", "What needs a manager now, and the ways to all pages.", login=MANAGER),
        Picture("member-list", "/clusters/agrifood/manage/", "The members, and who needs attention.", login=MANAGER),
        Picture("prospects", "/clusters/agrifood/prospects/", "Firms that fit and are no members.", login=MANAGER),
        Picture("desk", "/clusters/agrifood/services/desk/", "Requests that wait, and cases.", login=MANAGER),
        Picture("money", "/clusters/agrifood/money/", "What the cluster lives on.", login=MANAGER),
        Picture("lists", "/clusters/agrifood/lists/", "A cluster's lists.", login=MANAGER),
        Picture("staff", "/clusters/agrifood/staff/", "Staff by name.", login=MANAGER),
        Picture("accounts", "/clusters/agrifood/accounts/", "Every line of the accounts.", login=MANAGER),
        Picture("matches", "/matches/", "Pairs that may be one organisation.", login="steward@demo.example"),
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
        page.wait_for_url(f"{address}/today/")
    answer = page.goto(f"{address}{picture.path}")
    if answer is None or answer.status != 200:
        sys.exit(f"{picture.path} answers {answer.status if answer else 'nothing'}; is it the whole demonstration?")
    if picture.click:
        page.locator(picture.click).first.click()
        page.wait_for_load_state()
    page.locator("[data-chart]:not([data-drawn])").first.wait_for(state="detached")
    page.wait_for_timeout(500)
    path = HERE / "images" / f"{picture.name}.png"
    if picture.part:
        page.locator(picture.part).screenshot(path=path)
    else:
        page.screenshot(path=path)
    context.close()


def write_page() -> None:
    lines = [
        "# What the pages look like",
        "",
        "Taken from the running demonstration by `docs/guide/screenshots.py`, which also writes this page. Members of",
        "clusters, their accounts and regional projects are invented, and labelled so; participants of EU projects,",
        "start-ups and statistics come from their official sources.",
        "",
        "Step by step: [for a cluster's managers](managers.md), [for the region](region.md),",
        "[services to firms, money and the stress test](services.md), [the region's policy](policy.md).",
    ]
    for title, pictures in CHAPTERS.items():
        lines += ["", f"## {title}"]
        for p in pictures:
            lines += ["", p.caption, "", f"![{p.caption}](images/{p.name}.png)"]
    (HERE / "README.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


def main(address: str, *names: str) -> None:
    """Take the pictures of these names, or all."""
    wanted = [p for pictures in CHAPTERS.values() for p in pictures if not names or p.name in names]
    chromium = os.environ.get("POLIEDRO_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        for picture in wanted:
            take(browser, address.rstrip("/"), picture)
        browser.close()
    write_page()


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit("give the address of a running demonstration: screenshots.py http://127.0.0.1:8000 [picture ...]")
    main(*sys.argv[1:])
