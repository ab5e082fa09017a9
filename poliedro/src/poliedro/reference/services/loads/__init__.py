"""Loading files: all of a file's good rows in one transaction or nothing, with preview, and undo."""

from poliedro.reference.services.loads.load import LoadRefused, Outcome, count_anew, ensure_sources, load_file
from poliedro.reference.services.loads.run import Change, Facts, Importer, Progress, Rows, Run, Silence
from poliedro.reference.services.loads.undo import UndoRefused, undo_load

__all__ = [
    "Change",
    "Facts",
    "Importer",
    "LoadRefused",
    "Outcome",
    "Progress",
    "Rows",
    "Run",
    "Silence",
    "UndoRefused",
    "count_anew",
    "ensure_sources",
    "load_file",
    "undo_load",
]
