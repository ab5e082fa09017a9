"""Which activities go together, and which a place is close to.

The package is named after its main function: `regionomics.relatedness(...)` calls `relatedness`, whether or not the
package has been imported by itself.
"""

from __future__ import annotations

import inspect
import sys
from types import ModuleType
from typing import Any

from regionomics.relatedness._counts import load_compiled_loops
from regionomics.relatedness._presence import LabelledMatrix
from regionomics.relatedness.backtest import Backtest, backtest_density
from regionomics.relatedness.cross import CrossRelatedness, cross_relatedness
from regionomics.relatedness.density import coherence, local_relatedness, relatedness_density, relative_relatedness
from regionomics.relatedness.entry import EntryModel, entries_exits, entry_model, entry_panel
from regionomics.relatedness.measures import Cooccurrence, Relatedness, cooccurrence, relatedness

__all__ = [
    "Backtest",
    "Cooccurrence",
    "CrossRelatedness",
    "EntryModel",
    "LabelledMatrix",
    "Relatedness",
    "backtest_density",
    "coherence",
    "cooccurrence",
    "cross_relatedness",
    "entries_exits",
    "entry_model",
    "entry_panel",
    "load_compiled_loops",
    "local_relatedness",
    "relatedness",
    "relatedness_density",
    "relative_relatedness",
]


class _Callable(ModuleType):
    """Importing a subpackage binds its name in the parent, over the function of the same name: so it answers too."""

    __signature__ = inspect.signature(relatedness)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return relatedness(*args, **kwargs)


sys.modules[__name__].__class__ = _Callable
