"""Files as published: a plain file, gzip, zip or a folder of them; any encoding; broken accents mended."""

from __future__ import annotations

import codecs
import gzip
import hashlib
import io
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

BLOCK = 1 << 20
SUFFIXES = {".csv", ".tsv", ".txt", ".json", ".geojson", ".gz", ".zip"}
LARGEST_BYTES = 8 << 30
"""A member that unpacks to more than this is refused: no open data set is that large, an archive bomb is."""


class UnreadableFile(ValueError):
    """The file is not what the importer reads: what was found, what to do, and the place of it where there is one.

    row: number of the line at fault. field: the column or option that is at fault or missing. value: what it says.
    """

    def __init__(
        self, problem: str, remedy: str = "", *, row: int | None = None, field: str | None = None,
        value: str | None = None,
    ) -> None:  # fmt: skip
        super().__init__(f"{problem}; {remedy}" if remedy else problem)
        self.problem, self.remedy, self.row, self.field, self.value = problem, remedy, row, field, value


@contextmanager
def undamaged(path: Path) -> Iterator[None]:
    """Raises UnreadableFile where an archive at `path` turns out to be cut off, or none."""
    try:
        yield
    except (EOFError, zlib.error, gzip.BadGzipFile, zipfile.BadZipFile) as error:
        raise UnreadableFile(f"{path.name} is a damaged archive ({error})", "download it again") from error


@dataclass(frozen=True)
class File:
    """One file of the published set. name: lower case, without folders and without .gz. open: its bytes."""

    name: str
    open: Callable[[], IO[bytes]]
    place: str = ""
    """Where it lies, for remembering what was found in it."""


def files_in(path: Path) -> Iterator[File]:
    """Every file at `path`, unpacked: itself, the members of an archive, or the files of a folder, in name order.

    A folder's own folders are not entered, and its workbooks are left alone: those are read when they are named.
    """
    if path.is_dir():
        for child in children(path):
            yield from files_in(child)
    elif not path.exists():
        raise UnreadableFile(f"there is no file {path.name!r}", "give the path of a file or folder as published")
    elif path.suffix.lower() == ".zip":
        yield from _members(path)
    elif path.suffix.lower() == ".gz":
        yield File(path.name[:-3].lower(), lambda: _unzipped(path), str(path))
    else:
        yield File(path.name.lower(), lambda: path.open("rb"), str(path))


def children(folder: Path) -> list[Path]:
    """The files of a published folder, in name order."""
    return sorted(
        p for p in folder.iterdir() if p.is_file() and p.suffix.lower() in SUFFIXES and not p.name.startswith(".")
    )


def _unzipped(path: Path) -> IO[bytes]:
    return cast("IO[bytes]", gzip.open(path))


def _members(path: Path) -> Iterator[File]:
    with undamaged(path), zipfile.ZipFile(path) as archive:
        members = [m for m in archive.infolist() if not m.is_dir()]
    for member in sorted(members, key=lambda m: m.filename):
        if member.file_size > LARGEST_BYTES:
            raise UnreadableFile(
                f"{member.filename} unpacks to {member.file_size} bytes", f"at most {LARGEST_BYTES} are read"
            )

        def opened(name: str = member.filename) -> IO[bytes]:
            return zipfile.ZipFile(path).open(name)

        yield File(Path(member.filename).name.lower(), opened, f"{path}/{member.filename}")


def checksum(path: Path) -> str:
    """SHA-256 over the names and bytes of the files at `path`, in order."""
    digest = hashlib.sha256()
    for child in children(path) if path.is_dir() else [path]:
        digest.update(child.name.encode())
        with child.open("rb") as stream:
            while block := stream.read(BLOCK):
                digest.update(block)
    return digest.hexdigest()


def encoding_of(file: File) -> str:
    """The encoding by byte-order mark, else UTF-8 if every byte fits it, else Windows-1252."""
    with file.open() as stream:
        block = stream.read(BLOCK)
        if block.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return "utf-16"
        if block.startswith(codecs.BOM_UTF8):
            return "utf-8-sig"
        decoder = codecs.getincrementaldecoder("utf-8")()
        try:
            while block:
                decoder.decode(block)
                block = stream.read(BLOCK)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "cp1252"
    return "utf-8"


def text_of(file: File) -> IO[str]:
    """The file as text. Bytes that Windows-1252 leaves undefined become the replacement character."""
    encoding = encoding_of(file)
    return io.TextIOWrapper(file.open(), encoding=encoding, errors="replace", newline="")


# Note [Broken accents]
# Text that was UTF-8 and was once read as Mac Roman ("Societ√†") or Windows-1252 ("SocietÃ") turns back if it is
# encoded so and read as UTF-8. Text that is right does not survive that round, because a lone accented byte is not
# valid UTF-8: it stays as it is.
def mended(text: str) -> str:
    """The text with accents restored where it was decoded wrongly; otherwise the text itself."""
    if text.isascii():
        return text
    return _mend(text) or " ".join(_mend(word) or word for word in text.split(" "))


def _mend(text: str) -> str | None:
    if text.isascii():
        return None
    for encoding in ("cp1252", "mac_roman"):
        try:
            return text.encode(encoding).decode("utf-8")
        except UnicodeError:
            continue
    return None
