"""Stable allocation under capacity: mentors to mentees, laboratories to requests, placements to students."""

from __future__ import annotations

from dataclasses import dataclass
from heapq import heappush, heappushpop
from typing import Any, Literal

import numpy as np
import pyarrow as pa

from regionomics.errors import InvalidTable
from regionomics.relatedness._presence import one_of
from regionomics.tables import Codes, Family, encode, numbers, read_columns

Proposing = Literal["applicant", "host"]


@dataclass(frozen=True)
class Allocation:
    """Who goes to whom, and for every other acceptable pair why it does not want to leave.

    pairs: `<applicant>`, `<host>`, applicant_rank, host_rank; one row an applicant that has a place.
    applicants: `<applicant>`, `<host>` (null: no place); every applicant of the preferences.
    hosts: `<host>`, capacity, filled; every host.
    proof: `<applicant>`, `<host>`, reason, for each acceptable pair that is not allocated: "applicant" (is with a host
        that it likes at least as much) or "host" (is full with applicants that it likes at least as much). That every
        pair has one is what stable means.
    """

    pairs: Any
    applicants: Any
    hosts: Any
    proof: Any


@dataclass(frozen=True)
class _Market:
    """Acceptable pairs as positions: who, where, their ranks; capacity: (n_hosts,)."""

    applicant: Codes
    host: Codes
    a: np.ndarray
    h: np.ndarray
    rank_a: np.ndarray
    rank_h: np.ndarray
    capacity: np.ndarray
    family: Family


def allocate(
    preferences: Any,
    hosts: Any,
    *,
    applicant: str = "applicant",
    host: str = "host",
    applicant_rank: str = "applicant_rank",
    host_rank: str = "host_rank",
    capacity: str = "capacity",
    conflicts: Any = None,
    proposing: Proposing = "applicant",
) -> Allocation:
    """Give each applicant at most one host, within capacities, so that no two would rather have each other.

    Deferred acceptance. A pair blocks when the applicant has no host or likes this one better than its own, and the
    host has room or likes this applicant better than one that it holds. With "applicant" every applicant gets the best
    host that it has in any stable allocation; with "host" every host gets its best. Equal ranks are broken by the
    order of the labels, so that the answer does not depend on the order of the rows.

    Args:
        preferences: one row per acceptable pair; ranks are numbers, the smallest is liked best. A pair without a row is
            acceptable to neither; a row whose rank is null on one side is not acceptable to that side.
        hosts: one row a host with its capacity, a whole number >= 0.
        conflicts: pairs (applicant, host) that may never be allocated, whatever the ranks say.
    Returns:
        Allocation, with .pairs, .applicants, .hosts and .proof.
    Raises:
        InvalidTable: a pair or a host twice, a host without capacity, a capacity that is not a whole number >= 0.
    Source: Gale and Shapley (1962), doi:10.1080/00029890.1962.11989827; Roth (1984), doi:10.1086/261272.
    """
    one_of("proposing", proposing, Proposing)
    names = (applicant, host, applicant_rank, host_rank)
    market = _read(preferences, hosts, names, capacity, conflicts)
    run = _applicants_propose if proposing == "applicant" else _hosts_propose
    held = run(market)  # (n_applicants,): position of its row in the market, -1 = none
    if len(_blocking(market, held)[0]):
        raise AssertionError("the allocation has a blocking pair")  # a fault of this function, never of the data
    return _answer(market, held, names, capacity)


def blocking_pairs(
    preferences: Any,
    hosts: Any,
    pairs: Any,
    *,
    applicant: str = "applicant",
    host: str = "host",
    applicant_rank: str = "applicant_rank",
    host_rank: str = "host_rank",
    capacity: str = "capacity",
) -> Any:
    """List the pairs that would rather have each other than what an allocation gives them.

    Works on any allocation, also one made by hand, so that an allocation can be checked without trusting who made it.

    Args:
        preferences, hosts: as for `allocate`.
        pairs: one row per allocated (applicant, host).
    Returns:
        Applicant and host of each blocking pair, in order; no row means that the allocation is stable.
    Raises:
        InvalidTable: an applicant with two hosts, a pair that is not acceptable, a host with more than its capacity.
    Source: Gale and Shapley (1962), doi:10.1080/00029890.1962.11989827.
    """
    names = (applicant, host, applicant_rank, host_rank)
    market = _read(preferences, hosts, names, capacity, None)
    given, _ = read_columns(pairs, names[:2])
    rows = {
        (a, h): k
        for k, (a, h) in enumerate(
            zip(_labels(market.applicant, market.a), _labels(market.host, market.h), strict=True)
        )
    }
    held = np.full(len(market.applicant.labels), -1)
    for pair in zip(given[applicant].to_pylist(), given[host].to_pylist(), strict=True):
        if pair not in rows:
            raise InvalidTable(f"{pair[0]} with {pair[1]} is not an acceptable pair; add it to the preferences")
        row = rows[pair]
        if held[market.a[row]] >= 0:
            raise InvalidTable(f"{pair[0]} has more than one host; leave one")
        held[market.a[row]] = row
    load = np.bincount(market.h[held[held >= 0]], minlength=len(market.capacity))
    if (load > market.capacity).any():
        at = int(np.argmax(load > market.capacity))
        raise InvalidTable(f"{market.host.labels[at]} holds {load[at]}, more than its {market.capacity[at]} places")
    a, h = _blocking(market, held)
    return market.family.emit({applicant: market.applicant.labels.take(pa.array(a)), host: _take(market.host, h)})


def _labels(codes: Codes, at: np.ndarray) -> list[Any]:
    return list(codes.labels.take(pa.array(at)).to_pylist())


def _take(codes: Codes, at: np.ndarray) -> pa.Array:
    return codes.labels.take(pa.array(at))


def _read(preferences: Any, hosts: Any, names: tuple[str, str, str, str], capacity: str, conflicts: Any) -> _Market:
    applicant, host, rank_a, rank_h = names
    arrow, family = read_columns(preferences, names)
    places, _ = read_columns(hosts, (host, capacity))
    known = encode(places[host], f"hosts: {host}")
    count = np.bincount(known.codes, minlength=len(known.labels))
    if (count > 1).any():
        raise InvalidTable(f"hosts: {known.labels[int(np.argmax(count > 1))]} appears twice; give one row each")
    rooms = numbers(places[capacity], capacity)
    if (rooms != np.floor(rooms)).any():
        at = int(np.argmax(rooms != np.floor(rooms)))
        raise InvalidTable(f"{capacity} is {rooms[at]:g} for {places[host][at]}; give a whole number >= 0")
    room = np.zeros(len(known.labels), dtype=np.int64)
    room[known.codes] = rooms
    a, h = encode(arrow[applicant], applicant), encode(arrow[host], host)
    where = {label: k for k, label in enumerate(known.labels.to_pylist())}
    missing = [label for label in h.labels.to_pylist() if label not in where]
    if missing:
        raise InvalidTable(f"{missing[0]} has no capacity ({len(missing)} in all); add it to the hosts")
    hosts_at = np.array([where[label] for label in h.labels.to_pylist()], dtype=np.int64)[h.codes]
    key = a.codes * max(len(known.labels), 1) + hosts_at
    _, first, times = np.unique(key, return_index=True, return_counts=True)
    if (times > 1).any():
        at = int(first[np.argmax(times > 1)])
        raise InvalidTable(f"{arrow[applicant][at]} with {arrow[host][at]} appears twice; give one row each")
    keep = ~(_null(arrow[rank_a]) | _null(arrow[rank_h]))
    if conflicts is not None:
        bad, _ = read_columns(conflicts, (applicant, host))
        never = set(zip(bad[applicant].to_pylist(), bad[host].to_pylist(), strict=True))
        pair = zip(arrow[applicant].to_pylist(), arrow[host].to_pylist(), strict=True)
        keep &= np.array([p not in never for p in pair], dtype=bool)
    rows = np.flatnonzero(keep)
    kept = arrow.take(pa.array(rows))
    ranks = [numbers(kept[c], c, nonnegative=False) for c in (rank_a, rank_h)]
    return _Market(a, known, a.codes[rows], hosts_at[rows], ranks[0], ranks[1], room, family)


def _null(column: Any) -> np.ndarray:
    return np.asarray(column.is_null().to_numpy())


def _lists(of: np.ndarray, rank: np.ndarray, other: np.ndarray, n: int) -> tuple[list[int], list[int]]:
    """Rows of each of n, liked best first: rows[start[i] : start[i + 1]]."""
    order = np.lexsort((other, rank, of))
    return order.tolist(), np.searchsorted(of[order], np.arange(n + 1)).tolist()


def _places(of: np.ndarray, rank: np.ndarray, other: np.ndarray, n: int) -> list[int]:
    """For each row its place in the list of its owner, ties broken by label: 0 is liked best."""
    order, start = _lists(of, rank, other, n)
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order)) - np.asarray(start)[of[order]]
    return place.tolist()


def _applicants_propose(market: _Market) -> np.ndarray:
    n, hosts = len(market.applicant.labels), len(market.capacity)
    rows, start = _lists(market.a, market.rank_a, market.h, n)
    place = _places(market.h, market.rank_h, market.a, hosts)
    a, h, room = market.a.tolist(), market.h.tolist(), market.capacity.tolist()
    following = start[:-1].copy() if n else []
    holds: list[list[tuple[int, int]]] = [[] for _ in range(hosts)]  # heaps, the one liked least on top
    free = list(range(n))
    while free:
        i = free.pop()
        while following[i] < start[i + 1]:
            row = rows[following[i]]
            following[i] += 1
            j = h[row]
            entry = (-place[row], row)
            if len(holds[j]) < room[j]:
                heappush(holds[j], entry)
                break
            if room[j]:
                out = heappushpop(holds[j], entry)
                if out[1] != row:
                    free.append(a[out[1]])
                    break
    held = np.full(n, -1)
    for heap in holds:
        for _, row in heap:
            held[a[row]] = row
    return held


def _hosts_propose(market: _Market) -> np.ndarray:
    n, hosts = len(market.applicant.labels), len(market.capacity)
    rows, start = _lists(market.h, market.rank_h, market.a, hosts)
    place = _places(market.a, market.rank_a, market.h, n)
    a, h, left = market.a.tolist(), market.h.tolist(), market.capacity.tolist()
    following = start[:-1].copy() if hosts else []
    held = [-1] * n
    free = list(range(hosts))
    while free:
        j = free.pop()
        while left[j] and following[j] < start[j + 1]:
            row = rows[following[j]]
            following[j] += 1
            now = held[a[row]]
            if now < 0 or place[row] < place[now]:
                held[a[row]] = row
                left[j] -= 1
                if now >= 0:
                    left[h[now]] += 1
                    if h[now] != j:
                        free.append(h[now])
    return np.array(held, dtype=np.int64)


def _wishes(market: _Market, held: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """For each acceptable pair: allocated?, would the applicant move?, would the host take it?"""
    taken = np.zeros(len(market.a), dtype=bool)
    taken[held[held >= 0]] = True
    own = np.full(len(held), np.inf)
    own[held >= 0] = market.rank_a[held[held >= 0]]
    load = np.bincount(market.h[taken], minlength=len(market.capacity))
    worst = np.full(len(market.capacity), -np.inf)
    np.maximum.at(worst, market.h[taken], market.rank_h[taken])
    moves = (held < 0)[market.a] | (market.rank_a < own[market.a])
    takes = (load < market.capacity)[market.h] | (market.rank_h < worst[market.h])
    return taken, moves, takes


def _blocking(market: _Market, held: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    taken, moves, takes = _wishes(market, held)
    rows = np.flatnonzero(~taken & moves & takes)
    rows = rows[np.lexsort((market.h[rows], market.a[rows]))]
    return market.a[rows], market.h[rows]


def _answer(market: _Market, held: np.ndarray, names: tuple[str, str, str, str], capacity: str) -> Allocation:
    applicant, host, rank_a, rank_h = names
    emit = market.family.emit
    placed = np.flatnonzero(held >= 0)
    rows = held[placed]
    taken, moves, _ = _wishes(market, held)
    others = np.flatnonzero(~taken)
    others = others[np.lexsort((market.h[others], market.a[others]))]
    at = np.where(held >= 0, market.h[held] if len(market.h) else 0, 0)
    empty = pa.nulls(len(held), market.host.labels.type)
    where = market.host.labels.take(pa.array(at, mask=held < 0)) if len(market.host.labels) else empty
    return Allocation(
        pairs=emit(
            {
                applicant: _take(market.applicant, placed),
                host: _take(market.host, market.h[rows]),
                rank_a: market.rank_a[rows],
                rank_h: market.rank_h[rows],
            }
        ),
        applicants=emit({applicant: market.applicant.labels, host: where}),
        hosts=emit(
            {
                host: market.host.labels,
                capacity: market.capacity,
                "filled": np.bincount(market.h[rows], minlength=len(market.capacity)).astype(np.int64),
            }
        ),
        proof=emit(
            {
                applicant: _take(market.applicant, market.a[others]),
                host: _take(market.host, market.h[others]),
                "reason": pa.array(np.where(moves[others], "host", "applicant").tolist(), pa.string()),
            }
        ),
    )
