"""Loops compiled by numba, the extra `speed`. Imported only where the table is large and numba is there.

Each works on its own rows or columns of `out` and lets other threads run; sums go in an order that depends on the table
alone, so that the number of threads never changes a digit.
"""
# mypy: disallow-untyped-defs=False, disallow-untyped-decorators=False
# numba has no types to check against.

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic
from numba.np.arrayobj import make_array

LINE = 64  # bytes of a cache line, and of the widest vectors: what starts at a multiple is read in one piece
ROWS = 32  # activities whose rows are measured together: their counts and a stripe of bits stay in near caches
STRIPE = 256  # activities whose words of bits stand side by side: 2 KB, long enough for vector instructions
WIDTH = 256  # columns of a product summed at a time, likewise
SET_BITS, SETS = 6, 8  # 8 tables of the sums of all 64 sets of six lines: 32 KB, which stay in the nearest cache
SET_LINES = 8  # lines of each row copied at a time


def _compile(function):
    """Compile once and keep the machine code on disk; where no folder is writable, once a process."""
    try:
        return njit(nogil=True, cache=True, error_model="numpy")(function)
    except RuntimeError:
        return njit(nogil=True, error_model="numpy")(function)


def _instruction(code: Any) -> Any:
    """numba's `intrinsic`: a function given as LLVM code."""
    return intrinsic(code)


@_instruction
def _ones(typingctx, word):
    """How many bits of a word are 1: the processor's own instruction, which numba has no name for."""

    def code(context, builder, signature, args):
        return builder.ctpop(args[0])

    return types.int64(types.uint64), code


@_instruction
def _add_lines(typingctx, lines, to, of):
    """lines[to] = the sum of lines[k] over the positions k of the tuple `of`; each line is LINE bytes, one vector.

    lines: made by `_empty`, because such vectors must start where a cache line does. As loops of numba they would be
    tested for overlap at every call, which takes longer than adding eight lines.
    """

    def code(context, builder, signature, args):
        vector = ir.VectorType(context.get_data_type(lines.dtype), LINE // (lines.dtype.bitwidth // 8))
        start = builder.bitcast(make_array(lines)(context, builder, args[0]).data, vector.as_pointer())
        terms = [builder.load(builder.gep(start, [builder.extract_value(args[2], k)])) for k in range(len(of))]
        while len(terms) > 1:
            terms = (
                [builder.fadd(*terms[:2]), *terms[2:]]
                if len(terms) % 2
                else [builder.fadd(x, y) for x, y in zip(terms[::2], terms[1::2], strict=True)]
            )
        builder.store(terms[0], builder.gep(start, [args[1]]))
        return context.get_dummy_value()

    return types.void(lines, types.uint64, of), code


@_compile
def _empty(size, like):
    """An empty array of `size` numbers of the kind of `like`, from the start of a cache line on."""
    room = np.empty(size + LINE // like.itemsize, like.dtype)
    skip = -room.ctypes.data % LINE // like.itemsize
    return room[skip : skip + size]


# --- relatedness of all pairs of activities ---------------------------------------------------------------------------
# `method` is the position of its name in `_counts.MEASURES`. The formulas are those of `measures.formula`, in the same
# order of operations, so that the digits are the same with and without numba. Both halves of the matrix are counted:
# that is faster than writing each number to two places, because each row is then written once, while it is near.


@_compile
def _measure_row(method, counts, i, j0, j1, s, t, out):
    """out[i, j] = the measure of counts[j - j0], for j0 <= j < j1."""
    si = s[i]
    row = out[i]
    if method == 0:
        for j in range(j0, j1):
            row[j] = counts[j - j0]
    elif method == 1:
        for j in range(j0, j1):
            row[j] = counts[j - j0] * t / (si * s[j])
    elif method == 2:
        rest = 1.0 / (t - si) if t > si else np.inf
        for j in range(j0, j1):
            other = 1.0 / (t - s[j]) if t > s[j] else np.inf
            row[j] = counts[j - j0] * 2.0 / (si * s[j] * (rest + other))
    elif method == 3:
        for j in range(j0, j1):
            row[j] = counts[j - j0] / np.sqrt(si * s[j])
    elif method == 4:
        for j in range(j0, j1):
            row[j] = counts[j - j0] / (si + s[j] - counts[j - j0])
    elif method == 5:
        for j in range(j0, j1):
            row[j] = counts[j - j0] / max(si, s[j])
    else:
        for j in range(j0, j1):
            row[j] = counts[j - j0] / min(si, s[j])
    if j0 <= i < j1:
        row[i] = 0.0


@_compile
def measure_by_scatter(start, stop, column_starts, column_places, row_starts, row_activities, method, s, t, out):
    """Rows start..stop of the matrix: add up the activities of each place of an activity, then measure."""
    n = len(s)
    counts = np.empty(n, np.int64)
    for i in range(start, stop):
        counts[:] = 0
        for at in range(column_starts[i], column_starts[i + 1]):
            place = column_places[at]
            for other in range(row_starts[place], row_starts[place + 1]):
                counts[np.uint64(row_activities[other])] += 1
        _measure_row(method, counts, i, 0, n, s, t, out)


@_compile
def cut_for_bits(row_starts, row_activities, places, n):
    """The table as bits, for `measure_by_bits`: (n_stripes, n_words, STRIPE) of uint64.

    Bit k of word w is the activity's presence in places[64 w + k], so that an order of places by diversity leaves rare
    activities many words of 0.
    """
    n_stripes, n_words = (n + STRIPE - 1) // STRIPE, (len(places) + 63) // 64
    bits = _empty(n_stripes * n_words * STRIPE, np.empty(0, np.uint64)).reshape((n_stripes, n_words, STRIPE))
    bits[:] = 0
    for at in range(len(places)):
        bit = np.uint64(1) << np.uint64(at % 64)
        for k in range(row_starts[places[at]], row_starts[places[at] + 1]):
            a = row_activities[k]
            bits[a // STRIPE, at // 64, a % STRIPE] |= bit
    return bits


@_compile
def _count_eight(bits, counts, where, word):
    """counts[c] += the places that activity c of the stripe shares with eight words of another activity."""
    a, b, c, d, e, f, g, h = where[0], where[1], where[2], where[3], where[4], where[5], where[6], where[7]
    p, q, r, s, t, u, v, w = word[0], word[1], word[2], word[3], word[4], word[5], word[6], word[7]
    for j in range(STRIPE):
        left = (_ones(bits[a, j] & p) + _ones(bits[b, j] & q)) + (_ones(bits[c, j] & r) + _ones(bits[d, j] & s))
        right = (_ones(bits[e, j] & t) + _ones(bits[f, j] & u)) + (_ones(bits[g, j] & v) + _ones(bits[h, j] & w))
        counts[j] += left + right


@_compile
def measure_by_bits(start, stop, bits, method, s, t, out):
    """Rows start..stop of the matrix: places shared are the ones of two activities' words, 64 places to a word.

    Words of 0 are left out, the others taken eight at a time and compared with a whole stripe of activities.
    """
    n, n_words = len(s), bits.shape[1]
    where = np.zeros((stop - start, (n_words + 7) // 8 * 8), np.uint64)
    words = np.zeros(where.shape, np.uint64)
    held = np.zeros(stop - start, np.int64)
    for i in range(start, stop):
        for w in range(n_words):
            word = bits[i // STRIPE, w, i % STRIPE]
            if word:
                where[i - start, held[i - start]] = w
                words[i - start, held[i - start]] = word
                held[i - start] += 1
    counts = _empty(STRIPE, np.empty(0, np.int64))
    for k in range(bits.shape[0]):
        j0, j1 = k * STRIPE, min(n, (k + 1) * STRIPE)
        for i in range(start, stop):
            counts[:] = 0
            for w in range(0, held[i - start], 8):
                _count_eight(bits[k], counts, where[i - start, w : w + 8], words[i - start, w : w + 8])
            _measure_row(method, counts, i, j0, j1, s, t, out)


# --- presences times a dense matrix -----------------------------------------------------------------------------------
# Note [Parts begin at 0]: numba takes a position that is added up, as in dense[j, first + c], for one that may be below
# 0, tests it for every number and uses no vectors. Parts of rows counted from 0 are read several times as fast.


@_compile
def _scaled(row, part, times):
    """row[c] = part[c] * times for the numbers of part. See Note [Parts begin at 0]."""
    for c in range(len(part)):
        row[c] = part[c] * times


@_compile
def _copied(part, row):
    """part[c] = row[c] for the numbers of part. See Note [Parts begin at 0]."""
    for c in range(len(part)):
        part[c] = row[c]


@_compile
def _add_eight(rows, sums, p, b0, b1, b2, b3, b4, b5, b6, b7):
    for c in range(rows.shape[1]):
        left = (rows[b0, c] + rows[b1, c]) + (rows[b2, c] + rows[b3, c])
        right = (rows[b4, c] + rows[b5, c]) + (rows[b6, c] + rows[b7, c])
        sums[p, c] += left + right


@_compile
def add_rows(starts, activities, dense, by, chunk, at_once, first, last, out):
    """out[p, first:last] = sum of the rows `activities` of place p of dense[:, first:last], row j times by[j].

    `chunk` rows of `dense` are copied together at a time, so that they are read from a near cache for all places, of
    which `at_once` have their sums held at a time.
    """
    n_places, n, width = out.shape[0], dense.shape[0], last - first
    rows = np.empty((chunk, width), dense.dtype)
    sums = np.empty((min(at_once, n_places), width), dense.dtype)
    at = starts[:-1].copy()
    for p0 in range(0, n_places, at_once):
        p1 = min(n_places, p0 + at_once)
        sums[:] = 0.0
        for j0 in range(0, n, chunk):
            j1 = min(n, j0 + chunk)
            for j in range(j0, j1):
                _scaled(rows[j - j0], dense[j, first:last], by[j])
            for p in range(p0, p1):
                k, end = at[p], at[p]
                while end < starts[p + 1] and activities[end] < j1:
                    end += 1
                at[p] = end
                while k + 7 < end:
                    _add_eight(
                        rows,
                        sums,
                        p - p0,
                        np.uint64(activities[k] - j0),
                        np.uint64(activities[k + 1] - j0),
                        np.uint64(activities[k + 2] - j0),
                        np.uint64(activities[k + 3] - j0),
                        np.uint64(activities[k + 4] - j0),
                        np.uint64(activities[k + 5] - j0),
                        np.uint64(activities[k + 6] - j0),
                        np.uint64(activities[k + 7] - j0),
                    )
                    k += 8
                while k < end:
                    b = np.uint64(activities[k] - j0)
                    for c in range(width):
                        sums[p - p0, c] += rows[b, c]
                    k += 1
        for p in range(p0, p1):
            _copied(out[p, first:last], sums[p - p0])


@_compile
def cut_in_sets(row_starts, row_activities, rank):
    """What `add_sets` takes: which of each 48 activities, by rank, each place has, where it has any.

    Returns starts, owners, sets: place owners[k] has the sets[k] (six bits of each byte of a word) of the g-th 48
    activities, for starts[g] <= k < starts[g + 1].
    """
    n_places, n_groups = len(row_starts) - 1, (len(rank) + SETS * SET_BITS - 1) // (SETS * SET_BITS)
    all_sets = np.zeros((n_groups, n_places), np.uint64)
    for p in range(n_places):
        for k in range(row_starts[p], row_starts[p + 1]):
            q, bit = divmod(rank[row_activities[k]], SET_BITS)
            all_sets[q // SETS, p] |= np.uint64(1) << np.uint64(q % SETS * 8 + bit)
    n_held = np.count_nonzero(all_sets)
    starts, owners, sets = np.zeros(n_groups + 1, np.int64), np.empty(n_held, np.int32), np.empty(n_held, np.uint64)
    held = 0
    for g in range(n_groups):
        for p in range(n_places):
            if all_sets[g, p]:
                owners[held], sets[held] = p, all_sets[g, p]
                held += 1
        starts[g + 1] = held
    return starts, owners, sets


@_compile
def _line(word, q):
    """Where the sum of the q-th set of a word stands."""
    return np.uint64(q << SET_BITS) + (word >> np.uint64(8 * q) & np.uint64((1 << SET_BITS) - 1))


@_compile
def _fill_tables(lines, rows, t):
    """lines[64 q + v] = the sum of the rows 6 q .. 6 q + 5 that the bits of v name, line t of each, for q < SETS."""
    numbers = lines.shape[1]
    for q in range(SETS):
        base = q << SET_BITS
        lines[base, :] = 0.0
        for b in range(SET_BITS):
            power = base + (1 << b)
            for c in range(numbers):
                lines[power, c] = rows[q * SET_BITS + b, t * numbers + c]
            for v in range(1, 1 << b):
                _add_lines(lines, np.uint64(power + v), (np.uint64(base + v), np.uint64(power)))


@_compile
def add_sets(out, starts, owners, sets, order, dense, by, first, last):
    """As `add_rows` where places have much, by the method of the four Russians.

    starts, owners, sets: of `cut_in_sets`. order: activities by rank. The sums of all 64 sets of six rows are made
    once, by one addition each, and looked up for every place: one addition for six activities. Tables and sums are
    lines of one array.
    """
    n_places, numbers = out.shape[0], LINE // dense.itemsize
    n_lines = (last - first + numbers - 1) // numbers
    own = SETS << SET_BITS  # where the sums begin: line t of place p is own + t n_places + p
    lines = _empty((own + n_lines * n_places) * numbers, dense).reshape((-1, numbers))
    lines[own:] = 0.0
    rows = np.zeros((SETS * SET_BITS, n_lines * numbers), dense.dtype)  # past the last, any: no set names them
    for g in range(len(starts) - 1):
        mine = order[g * len(rows) : (g + 1) * len(rows)]
        for j in range(len(mine)):
            _scaled(rows[j], dense[mine[j], first:last], by[mine[j]])
        for t in range(n_lines):
            _fill_tables(lines, rows, t)
            for k in range(starts[g], starts[g + 1]):
                s, to = sets[k], np.uint64(own + t * n_places + owners[k])
                left = _line(s, 0), _line(s, 1), _line(s, 2), _line(s, 3)
                right = _line(s, 4), _line(s, 5), _line(s, 6), _line(s, 7)
                _add_lines(lines, to, (to, *left, *right))
    for p in range(n_places):
        for t in range(n_lines):
            start = first + t * numbers
            _copied(out[p, start : min(last, start + numbers)], lines[own + t * n_places + p])
