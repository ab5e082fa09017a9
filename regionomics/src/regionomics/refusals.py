"""What is said of a table that cannot be read, and what to do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import narwhals as nw

from regionomics.errors import InvalidTable

_MOST_NAMES = 20  # of columns that a message counts up


def remedy(frame: nw.DataFrame[Any] | nw.LazyFrame[Any], missing: Sequence[str], schema: nw.Schema) -> str:
    """What a table without the columns has in their place, and what to do."""
    names = schema.names()
    pandas = frame.implementation.is_pandas_like()
    many = len(names) > _MOST_NAMES
    shown = f"{str(list(names[:_MOST_NAMES]))[:-1]}, ...] ({len(names)} columns)" if many else str(list(names))
    words = [name for name, kind in schema.items() if not kind.is_numeric()]
    kept = set(nw.to_native(frame).index.names) if pandas else set()
    is_wide = len(words) <= 1 and len(names) - len(words) >= 2 and not set(missing) <= kept
    if missing[0] in kept and not is_wide:
        return "but in its index; call reset_index() on it"
    wide = ""
    if is_wide:
        table = (
            f"table.set_index({words[0]!r})"
            if words and pandas
            else "table"
            if pandas
            else "matrix, places, activities"
        )
        wide = (
            f", or, if each column is an activity, wrap it by PlaceActivity.from_matrix({table}) "
            "or turn it into one row a pair (unpivot, melt)"
        )
    elif many:
        wide = ", or, if each column is an activity, turn it into one row a pair (unpivot, melt)"
    return f"which has {shown}; name it in the call{wide}"


def refuse_mixed(frame: nw.DataFrame[Any]) -> None:
    """Say which column of a pandas table holds words and numbers at once."""
    for name in frame.columns:
        first: dict[str, int] = {}
        for row, value in enumerate(frame[name].to_list()):
            if value is not None and value == value:  # NaN is not itself
                first.setdefault(type(value).__name__, row + 1)
        if len(first) > 1:
            seen = ", ".join(f"{kind} in row {row}" for kind, row in first.items())
            raise InvalidTable(f"{name} holds values of several types ({seen}); convert it to one before the call")
