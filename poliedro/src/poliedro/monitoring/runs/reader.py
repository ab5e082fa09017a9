"""Reads rows of numbers from an SQLite database and writes them to the standard output, as doubles of this machine.

Run as a script by `columns.py`, with the standard library alone. Told by one JSON object on the standard input:
database (an address), statement and before (SQL and its parameters; before, where it is given, asks for one whole
number, which goes first, in 64 bits), rows (at a time). Infinity is written as Python's JSON writes it.
"""

from __future__ import annotations

import json
import sqlite3
import sys
from functools import cache
from itertools import chain
from struct import Struct, pack


def main() -> None:
    asked = json.load(sys.stdin)
    database = sqlite3.connect(asked["database"], uri=True, timeout=60, isolation_level=None)
    database.execute("BEGIN")  # all that is read is of one moment
    if asked["before"]:
        [row] = database.execute(*asked["before"])
        sys.stdout.buffer.write(pack("q", *row))
    read = database.execute(*asked["statement"])
    while some := read.fetchmany(asked["rows"]):
        sys.stdout.buffer.write(_doubles(len(some) * len(some[0])).pack(*chain.from_iterable(some)))
    database.close()


@cache
def _doubles(number: int) -> Struct:
    return Struct(f"{number}d")


if __name__ == "__main__":
    main()
