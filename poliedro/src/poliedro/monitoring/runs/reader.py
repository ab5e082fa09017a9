"""Reads rows of numbers from an SQLite database and writes them to the standard output, as doubles of this machine.

Run as a script by `columns.py`, with the standard library alone. Told by one JSON object on the standard input:
database (an address), sql, params, rows (at a time). Infinity is written as Python's JSON writes it.
"""

from __future__ import annotations

import json
import sqlite3
import sys
from functools import cache
from itertools import chain
from struct import Struct


def main() -> None:
    asked = json.load(sys.stdin)
    database = sqlite3.connect(asked["database"], uri=True, timeout=60)
    read = database.execute(asked["sql"], asked["params"])
    while some := read.fetchmany(asked["rows"]):
        sys.stdout.buffer.write(_doubles(len(some) * len(some[0])).pack(*chain.from_iterable(some)))
    database.close()


@cache
def _doubles(number: int) -> Struct:
    return Struct(f"{number}d")


if __name__ == "__main__":
    main()
