"""The table behind the digits of `relatedness_peers.json`: 12 places x 15 activities, made by a formula."""

PLACES = [f"P{p:02d}" for p in range(12)]
ACTIVITIES = [f"A{a:02d}" for a in range(15)]


def value(p: int, a: int) -> int:
    """Diverse places do almost everything, others only common activities; the amounts are arbitrary but fixed."""
    if (5 * p + 3 * a) % 13 + 2 * a > 6 + 3 * p:
        return 0
    return 1 + (7 * p + 11 * a + p * a) % 17 + (40 if (p + 2 * a) % 7 == 0 else 0)


ROWS = [(PLACES[p], ACTIVITIES[a], value(p, a)) for p in range(12) for a in range(15) if value(p, a)]
