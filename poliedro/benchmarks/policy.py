"""How fast the policy pages answer on the demonstration's database.

    POLIEDRO_DEMO=1 POLIEDRO_DATA=FOLDER poliedro demo --prepare         # once; then, with the same POLIEDRO_VAR:
    POLIEDRO_DEMO=1 python poliedro/benchmarks/policy.py [--requests 200]

Asks each kind of page that many times through Django's test client as the region's officer, over all its addresses: one
process, one request at a time. `kept`: nothing changed since the last request. `anew`: a table under the figures is
changed before each request, so that everything that a page keeps is computed again. Leaves with status 1 where a p95
passes 300 ms.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable
from itertools import cycle, islice

GOAL_MS = 300.0


def addresses() -> dict[str, list[str]]:
    """Kind of page -> its addresses in the demonstration."""
    from django.utils import timezone

    from poliedro.monitoring.models import PolicyIndicator, PolicyNode

    year = timezone.localdate().year
    return {
        "logic": ["/policy/"],
        "node": [f"/policy/nodes/{n.key}/" for n in PolicyNode.objects.order_by("pk")],
        "indicator": [f"/policy/indicators/{n.key}/" for n in PolicyIndicator.objects.order_by("pk")],
        "reports": ["/policy/reports/"],
        "report": [f"/policy/reports/{y}/{q}/" for y in (year - 1, year) for q in (1, 2, 3, 4)],
        "mix": ["/policy/mix/"],
        "S3 money": ["/policy/s3/"],
        "reconciliation": ["/policy/s3/reconciliation/"],
        "objectives": ["/policy/objectives/"],
    }


def change_something() -> None:
    """Every figure and the money rest on the sources: a change of one makes all of them anew."""
    from poliedro.reference.models import Source

    first = Source.objects.order_by("pk").first()
    assert first is not None
    Source.objects.filter(pk=first.pk).update(key=first.key)


def times_of(client: object, wanted: list[str], before: Callable[[], None]) -> tuple[list[float], list[float], int]:
    """Milliseconds of each answer, sorted; those of the processor alone, which other work on the machine changes less;
    and the most queries of one answer."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    times, worked, queries = [], [], 0
    for address in wanted:
        before()
        started, used = time.perf_counter(), time.process_time()
        answer = client.get(address)  # type: ignore[attr-defined]
        times.append((time.perf_counter() - started) * 1000)
        worked.append((time.process_time() - used) * 1000)
        assert answer.status_code in (200, 404), f"{address} answers {answer.status_code}"
    for address in wanted[:20]:
        before()
        with CaptureQueriesContext(connection) as asked:
            client.get(address)  # type: ignore[attr-defined]
        queries = max(queries, len(asked))
    return sorted(times), sorted(worked), queries


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--requests", type=int, default=200, help="requests a kind of page")
    chosen = options.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "poliedro.config.settings")
    import django

    django.setup()
    from django.conf import settings
    from django.test import Client

    from poliedro.accounts.models import User

    settings.ALLOWED_HOSTS = ["*"]
    settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
    client = Client()
    client.force_login(User.objects.get(email="region@demo.example"))
    client.get("/policy/")
    missed = []
    print(f"{'page':<16}{'':<6}{'p50 ms':>9}{'p95 ms':>9}{'cpu p95':>9}{'max ms':>9}{'queries':>9}")
    for page, all_of_it in addresses().items():
        found = [a for a in all_of_it if client.get(a).status_code == 200]
        for name, before, number in (
            ("kept", lambda: None, chosen.requests),
            ("anew", change_something, max(20, chosen.requests // 5)),
        ):
            times, worked, queries = times_of(client, list(islice(cycle(found), number)), before)
            p50, p95 = times[number // 2], times[int(number * 0.95)]
            numbers = (p50, p95, worked[int(number * 0.95)], times[-1])
            print(f"{page:<16}{name:<6}{''.join(f'{n:>9.1f}' for n in numbers)}{queries:>9}", flush=True)
            missed += [f"{page} ({name})"] if p95 >= GOAL_MS else []
    if missed:
        print(f"p95 is not under {GOAL_MS:.0f} ms: {', '.join(missed)}", file=sys.stderr)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
