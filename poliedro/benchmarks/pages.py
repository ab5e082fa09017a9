"""How fast pages answer when the register is large.

Fills a scratch database with a made-up register (100 000 organisations, 20 clusters, 400 000 firms of the business
register, 60 000 participations), then asks each page 200 times with varied parameters through Django's test client: one
process, one request at a time, so the times are server times. Prints p50, p95, the largest number of queries, and
whether p95 stays under the goal of 100 ms.

    python poliedro/benchmarks/pages.py                 # SQLite in a temporary folder, removed at the end
    python poliedro/benchmarks/pages.py --keep FOLDER   # keeps the database there, and uses it again
    python poliedro/benchmarks/pages.py --small         # a hundredth of everything
    DATABASE_URL=postgresql://... python poliedro/benchmarks/pages.py   # an empty scratch database of PostgreSQL

Leaves with status 1 where a page misses the goal (not with --small).
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from made_up import ENDING, FIRST, PROVINCES, SECOND, SIZES, Scale, fill

GOAL_MS = 100.0
REQUESTS = 200

REPORTED = {
    "cockpit": "/cockpit/",
    "rd": "/tables/rd/",
    "value-report": "/value-report/",
    "home": "/",
    "tables": "/tables/",
    "services": "/services/",
    "clusters": "/clusters/",
    "contracts": "/contracts/",
}
OF_A_CLUSTER = {
    "cluster": "/clusters/{}/",
    "life-cycle": "/clusters/{}/life-cycle/",
    "members": "/clusters/{}/members/",
    "coverage": "/clusters/{}/coverage/",
    "cluster-services": "/clusters/{}/services/",
}
MANAGED = {
    "member-list": "/clusters/benchmark-0/manage/",
    "desk": "/clusters/benchmark-0/services/desk/",
    "use-of-services": "/clusters/benchmark-0/services/use/",
    "prospects": "/clusters/benchmark-0/prospects/",
}
"""Pages of a cluster that its manager alone may open."""


# --- asking -----------------------------------------------------------------------------------------------------------
def addresses(page: str, number: int, seed: int = 2) -> list[str]:
    """Addresses of a page with varied parameters."""
    from django.db.models import Count

    from poliedro.registry.models import Cluster, Organisation, Participation

    chance = random.Random(f"{seed}{page}")
    if page in ("organisation", "partners"):
        busiest = list(
            Participation.objects.values("organisation").annotate(n=Count("pk")).order_by("-n", "organisation")[:20]
        )
        keys = list(Organisation.objects.current().order_by("pk").values_list("pk", flat=True))
        chosen = [b["organisation"] for b in busiest] + [chance.choice(keys) for _ in range(number)]
        below = "partners/" if page == "partners" else ""
        return [
            f"/organisations/{chance.choice(chosen[:20]) if i % 4 == 0 else chosen[20 + i]}/{below}"
            for i in range(number)
        ]
    if page in REPORTED:
        return [REPORTED[page]] * number
    if page in MANAGED:
        return [f"{MANAGED[page]}{f'?page={1 + i % 8}' if page == 'member-list' else ''}" for i in range(number)]
    if page in OF_A_CLUSTER:
        slugs = list(Cluster.objects.order_by("position").values_list("key", flat=True))
        return [OF_A_CLUSTER[page].format(chance.choice(slugs)) for _ in range(number)]
    return [_varied(page, chance, i) for i in range(number)]


def _varied(page: str, chance: random.Random, i: int) -> str:
    from urllib.parse import urlencode

    if page == "search":
        words = chance.choice(
            (
                chance.choice(FIRST),
                chance.choice(SECOND)[:5],
                f"{chance.choice(FIRST)} {chance.choice(SECOND)[:4]}",
                f"{chance.choice(FIRST)} {chance.choice(ENDING)}",
                chance.choice(("srl", "spa", "societa")),
                str(chance.randrange(100_000)),
                chance.choice(("Robottica", "Mecatronnica", "Langhhe", "zzzzqq")),
            )
        )
        return "/search/?" + urlencode({"q": words})
    facets = {
        "kind": chance.choice(("enterprise", "start_up", "university", "its")),
        "province": chance.choice(list(PROVINCES)),
        "size": chance.choice((*SIZES, "unknown")),
        "certainty": chance.choice(("synthetic", "official")),
        "cluster": f"benchmark-{chance.randrange(3)}",
        "activity": str(10 + chance.randrange(3)),
        "q": chance.choice(FIRST),
        "order": "newest",
        "page": str(chance.choice((2, 3, 10, 400, 3000))),
    }
    chosen = chance.sample(sorted(facets), i % 4)
    return "/organisations/?" + urlencode({name: facets[name] for name in chosen})


@dataclass(frozen=True)
class Timing:
    """Server times of one page in ms, and the most queries that one of its answers took. cpu: processor time of the
    process and of its server process of PostgreSQL, which other work on the machine changes less."""

    page: str
    requests: int
    p50_ms: float
    p95_ms: float
    cpu_p50_ms: float
    cpu_p95_ms: float
    max_ms: float
    queries: int


PAGES = ("organisations", "search", "organisation", "partners", *OF_A_CLUSTER, *REPORTED, *MANAGED)
AS = {"cockpit": "region", **dict.fromkeys(MANAGED, "manager")}
"""Who asks for the pages that are not for everybody."""


def _database_time() -> Callable[[], float]:
    """Processor time so far, in seconds, of the server process that answers; 0 where nobody tells."""
    from django.db import connection

    told = Path("/proc/0")
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            told = Path(f"/proc/{cursor.fetchone()[0]}/schedstat")
    return lambda: int(told.read_text().split()[0]) / 1e9 if told.is_file() else 0.0


def measure(page: str, number: int = REQUESTS) -> Timing:
    """Ask a page that many times. Queries are counted in a second pass, so that counting costs no time."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    client = Client()
    if page in AS:
        from poliedro.accounts.models import User

        client.force_login(User.objects.get(email=f"{AS[page]}@benchmark.example"))
    wanted = addresses(page, number)
    for address in wanted[:2]:
        client.get(address)
    times, worked, database = [], [], _database_time()
    for address in wanted:
        before = time.process_time() + database()
        started = time.perf_counter()
        answer = client.get(address)
        times.append((time.perf_counter() - started) * 1000)
        worked.append((time.process_time() + database() - before) * 1000)
        assert answer.status_code == 200, f"{address} answers {answer.status_code}"
    queries = 0
    for address in wanted[:20]:
        with CaptureQueriesContext(connection) as captured:
            client.get(address)
        queries = max(queries, len(captured))
    times.sort()
    worked.sort()
    half, most = number // 2, int(number * 0.95)
    return Timing(page, number, times[half], times[most], worked[half], worked[most], times[-1], queries)


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--small", action="store_true", help="a hundredth of everything")
    options.add_argument("--keep", metavar="FOLDER", help="keep the database in this folder, and use it again")
    options.add_argument("--only", metavar="PAGE", nargs="+", choices=PAGES, help="these pages")
    options.add_argument("--requests", type=int, default=REQUESTS, help="requests a page")
    options.add_argument("--json", action="store_true", help="print the result as JSON")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = chosen.keep or scratch
        os.environ["POLIEDRO_VAR"] = folder
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "poliedro.config.settings")
        import django

        django.setup()
        return _run(chosen)


def _run(chosen: argparse.Namespace) -> int:
    from django.conf import settings
    from django.core.management import call_command
    from django.utils import timezone

    from poliedro.registry.models import Organisation
    from poliedro.shared.stored import keep_ready

    settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
    call_command("migrate", verbosity=0)
    scale = Scale().divided(100) if chosen.small else Scale()
    if not Organisation.objects.exists():
        started = time.perf_counter()
        fill(scale, say=lambda text: print(f"  {time.perf_counter() - started:6.1f} s  {text}", file=sys.stderr))
    started = time.perf_counter()
    stored = keep_ready(timezone.localdate())  # as the worker does after a change
    print(f"  {time.perf_counter() - started:6.1f} s  {stored} results stored by the worker", file=sys.stderr)
    timings = []
    if not chosen.json:
        heads = ("requests", "p50 ms", "p95 ms", "cpu p50", "cpu p95", "max ms", "queries")
        print(f"{'page':<16}{''.join(f'{head:>9}' for head in heads)}")
    for page in chosen.only or PAGES:
        t = measure(page, chosen.requests)
        timings.append(t)
        if not chosen.json:
            numbers = (t.p50_ms, t.p95_ms, t.cpu_p50_ms, t.cpu_p95_ms, t.max_ms)
            print(f"{t.page:<16}{t.requests:>9}{''.join(f'{n:>9.1f}' for n in numbers)}{t.queries:>9}", flush=True)
    if chosen.json:
        print(json.dumps([vars(t) for t in timings], indent=1))
    missed = [t.page for t in timings if t.p95_ms >= GOAL_MS]
    if missed and not chosen.small:
        print(f"p95 is not under {GOAL_MS:.0f} ms: {', '.join(missed)}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
