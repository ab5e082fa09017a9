"""Loads NACE and ATECO, and the tables that tie their versions."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from poliedro.reference.models import Classification, Code, Concordance
from poliedro.reference.services.loads.run import Importer, Rows, Run
from poliedro.reference.sources import classifications
from poliedro.reference.sources.classifications import CLASS, ClassRow, LinkRow
from poliedro.reference.sources.files import File, UnreadableFile, files_in
from poliedro.reference.sources.tables import BadValue, Rejected, number

NAMES = {
    ("nace", "2"): "NACE Rev. 2",
    ("nace", "2.1"): "NACE Rev. 2.1",
    ("ateco", "2007"): "ATECO 2007",
    ("ateco", "2025"): "ATECO 2025",
}
EXCERPTS = Path(__file__).resolve().parent.parent / "excerpts"
"""Small hand-made parts of NACE Rev. 2.1, ATECO 2025 and their concordances: enough for the start-up list."""


def classification(key: str, version: str, run: Run) -> Classification:
    made, _ = Classification.objects.get_or_create(
        key=key, version=version, defaults={"name": NAMES[key, version], "source": run.source}
    )
    if made.name != NAMES[key, version]:  # it was an excerpt
        made.name, made.source = NAMES[key, version], run.source
        made.save(update_fields=["name", "source"])
    return made


FIXED = Path(__file__).resolve().parent.parent / "fixed"
FIXED_NAMES = {
    ("sdg", "2015"): "Sustainable Development Goals (United Nations, A/RES/70/1)",
    ("size", "2003"): "Size classes of enterprises (Recommendation 2003/361/EC)",
}
"""Small classifications that are shipped whole; each file is named by key and version."""


def ensure_fixed() -> None:
    """Have the classifications that are shipped whole. Safe to run twice."""
    for (key, version), name in FIXED_NAMES.items():
        owner, _ = Classification.objects.get_or_create(key=key, version=version, defaults={"name": name})
        if not owner.codes.exists():
            _excerpt(owner, FIXED / f"{key}_{version}.csv")


def ensure_excerpts() -> None:
    """Have the hand-made excerpts, where the official tables are not loaded."""
    for key, version in (("nace", "2.1"), ("ateco", "2025")):
        owner, _ = Classification.objects.get_or_create(
            key=key, version=version, defaults={"name": f"{NAMES[key, version]} (excerpt)"}
        )
        if not owner.codes.exists():
            _excerpt(owner, EXCERPTS / f"{key}_{'rev' if key == 'nace' else ''}{version}_excerpt.csv")
    for key, older, newer in (("nace", "2", "2.1"), ("ateco", "2007", "2025")):
        if not Concordance.objects.filter(origin__classification__key=key).exists():
            _excerpt_links(key, older, newer)


def _excerpt(owner: Classification, path: Path) -> None:
    held: dict[str, Code] = {}
    is_flat = (owner.key, owner.version) in FIXED_NAMES
    with path.open(encoding="utf-8") as text:
        rows = list(csv.DictReader(text))
    for row in rows:
        parent = "" if is_flat else row["code"]
        while parent and (parent == row["code"] or parent not in held):
            parent = classifications.parent_of(parent)
        level = 1 if is_flat else classifications.level_of(row["code"])
        code = Code(classification=owner, code=row["code"], level=level)
        code.parent = held.get(parent)
        _label(code, row["label_en"], row["label_it"])
        code.save()
        held[code.code] = code


def _excerpt_links(key: str, older: str, newer: str) -> None:
    of = Code.objects.filter(classification__key=key)
    origins = {c.code: c for c in of.filter(classification__version=older)}
    targets = {c.code: c for c in of.filter(classification__version=newer)}
    name = "nace_rev2_rev2.1" if key == "nace" else "ateco_2007_2025"
    with (EXCERPTS / f"{name}_excerpt.csv").open(encoding="utf-8") as text:
        rows = [tuple(row) for row in list(csv.reader(text))[1:]]
    links = [(origins.get(a), targets.get(b)) for a, b in rows]
    Concordance.objects.bulk_create(Concordance(origin=a, target=b) for a, b in links if a and b)


def load_codes(run: Run, path: Path, *, key: str, version: str) -> None:
    reader: Callable[[File], Iterator[ClassRow | Rejected]]
    if (key, version) == ("nace", "2"):
        files, reader = _files(path, classifications.is_nace), classifications.read_nace
    else:
        files, reader = _files(path, classifications.is_codes), classifications.read_codes
        if path.is_dir():
            files = [f for f in files if version in f.name]
    if not files:
        raise UnreadableFile(f"{path.name} holds no table of {NAMES[key, version]}", "give the official table of codes")
    owner = classification(key, version, run)
    held = {c.code: c for c in owner.codes.all()}
    rows = Rows(run, Code)
    stated = _read(run, files, reader)
    twins = _twins(key, version)
    for level in sorted({c.level for c in stated}):
        for row in (c for c in stated if c.level == level):
            _code(run, rows, held, owner, row, _labels(twins.get(row.code)))
        rows.create()
    for code, twin in twins.items():
        lent = zip(("label_en", "label_it"), _labels(twin), _labels(held.get(code)), strict=True)
        rows.change(twin, **{name: new for name, old, new in lent if new and not old})
    rows.save()


TWINS = {("nace", "2"): ("ateco", "2007"), ("ateco", "2007"): ("nace", "2")}
"""ATECO is NACE down to the class (level 4): each lends the other the titles of its language."""


def _twins(key: str, version: str) -> dict[str, Any]:
    """Code -> the same class in the sister classification; empty where there is none."""
    if (key, version) not in TWINS:
        return {}
    other, of = TWINS[key, version]
    rows = Code.objects.filter(classification__key=other, classification__version=of, level__lte=CLASS)
    return {c.code: c for c in rows}


def _read(run: Run, files: list[File], reader: Callable[[File], Iterator[ClassRow | Rejected]]) -> list[ClassRow]:
    good = []
    for file in files:
        run.progress.start(file.name)
        for row in reader(file):
            run.read += 1
            if isinstance(row, Rejected):
                run.rejected.append(row)
            else:
                good.append(row)
        run.progress.advance(len(good))
    return good


def _code(
    run: Run, rows: Rows, held: dict[str, Code], owner: Classification, row: ClassRow, lent: tuple[str, str]
) -> None:
    """Make or change one class. lent: what the sister classification calls it, English and Italian."""
    parent = _nearest(held, row)
    label_en, label_it = row.label_en[:500] or lent[0], row.label_it[:500] or lent[1]
    if not (label_en or label_it):
        run.notes["classes without a label, which take that of the class above"] += 1
        label_en, label_it = _labels(parent) if parent else (row.code, row.code)
    code = held.get(row.code)
    if code is None:
        code = Code(classification=owner, code=row.code, level=row.level, parent=parent, load=run.load)
        _label(code, label_en, label_it)
        held[row.code] = code
        rows.add(code)
        run.done(True)
        return
    values: dict[str, object] = {"level": row.level, "parent_id": parent.pk if parent else None}
    values |= {n: v for n, v in (("label_en", label_en), ("label_it", label_it)) if v}
    run.done(rows.change(code, **values))


def _label(code: Any, label_en: str, label_it: str) -> None:
    """Each language has its own column, which modeltranslation adds to Code."""
    code.label_en, code.label_it = label_en or None, label_it or None


def _labels(code: Any) -> tuple[str, str]:
    """English and Italian; titles in capitals as sentences. Empty for what is not there."""
    english, italian = (code.label_en or "", code.label_it or "") if code else ("", "")
    return _sentence(english), _sentence(italian)


def _sentence(title: str) -> str:
    return title.capitalize() if title.isupper() else title


def _nearest(held: dict[str, Code], row: ClassRow) -> Code | None:
    """The class above; where a table leaves a level out, the one above that."""
    code = row.parent
    while code and code not in held:
        code = classifications.parent_of(code)
    return held.get(code)


def _files(path: Path, suits: Callable[[File], bool]) -> list[File]:
    return [f for f in files_in(path) if suits(f)]


def load_links(run: Run, path: Path, *, key: str, versions: tuple[str, str]) -> None:
    older, newer = ({c.code: c for c in classification(key, v, run).codes.all()} for v in versions)
    held = {
        (c.origin_id, c.target_id): c
        for c in Concordance.objects.filter(
            origin__classification__key=key, origin__classification__version=versions[0],
            target__classification__version=versions[1],
        )
    }  # fmt: skip
    rows = Rows(run, Concordance)
    for file in files_in(path):
        asked = classifications.link_columns(file, key)
        if asked is None:
            continue
        run.progress.start(file.name)
        for row in classifications.read_links(file, asked):
            run.read += 1
            if isinstance(row, Rejected):
                run.rejected.append(row)
                continue
            try:
                _link(run, rows, held, row, older, newer, versions)
            except BadValue as error:
                run.rejected.append(error.row(row.number, row.file))
    rows.save()


def _link(
    run: Run,
    rows: Rows,
    held: dict[tuple[int, int], Concordance],
    row: LinkRow,
    older: dict[str, Code],
    newer: dict[str, Code],
    versions: tuple[str, str],
) -> None:
    for codes, code, version in ((older, row.origin, versions[0]), (newer, row.target, versions[1])):
        if code not in codes:
            raise BadValue("code", code, f"is not in the loaded version {version}", "load that classification first")
    key = (older[row.origin].pk, newer[row.target].pk)
    link = held.get(key)
    if link is not None:
        run.done(rows.change(link, share=row.share))
        return
    link = Concordance(origin_id=key[0], target_id=key[1], share=row.share, source=run.source, load=run.load)
    held[key] = link
    rows.add(link)
    run.done(True)


def _reads_codes(path: Path, *, word: str) -> bool:
    return any(word in f.name and classifications.is_codes(f) for f in files_in(path))


def _reads_links(path: Path, *, family: str) -> bool:
    return any(classifications.link_columns(f, family) for f in files_in(path))


def load_crosswalk(run: Run, path: Path) -> None:
    """What each NUTS code of an older version became in NUTS 2016 (countries to NUTS 2).

    The share is that of the older region's people who live in the newer one; overlaps without people are left out, as
    they come of borders drawn at different scales.
    """
    versions = {
        version: Classification.objects.get_or_create(
            key="nuts", version=version, defaults={"name": f"NUTS {version}", "source": run.source}
        )[0]
        for version in (*classifications.OLDER_NUTS, classifications.NUTS)
    }
    stated = []
    for file in filter(classifications.is_crosswalk, files_in(path)):
        stated += list(run.rows(classifications.read_crosswalk(file), file.name))
    people = {
        (r["from_version"], r["from_code"], r["to_code"]): float(number("pop21", r["people"]) or 0) for r in stated
    }
    total: dict[tuple[str, str], float] = defaultdict(float)
    for (version, old, _new), n in people.items():
        total[version, old] += n
    links = [link for link, n in people.items() if n > 0]
    held = {(c.classification_id, c.code): c for c in Code.objects.filter(classification__in=versions.values())}
    codes = Rows(run, Code)
    for version, code in sorted({(v, a) for v, a, _ in links} | {(classifications.NUTS, b) for _, _, b in links}):
        if (versions[version].pk, code) not in held:
            made = Code(classification=versions[version], code=code, level=len(code) - 2, load=run.load)
            _label(made, code, code)
            held[versions[version].pk, code] = made
            codes.add(made)
    codes.save()
    known = set(Concordance.objects.filter(origin__classification__key="nuts").values_list("origin_id", "target_id"))
    rows = Rows(run, Concordance)
    for version, a, b in sorted(links):
        pair = held[versions[version].pk, a].pk, held[versions[classifications.NUTS].pk, b].pk
        run.done(pair not in known)
        if pair not in known:
            share = min(1.0, people[version, a, b] / total[version, a])
            rows.add(Concordance(origin_id=pair[0], target_id=pair[1], share=share, source=run.source, load=run.load))
    rows.save()


IMPORTERS = (
    Importer(
        "nuts-crosswalk", "Correspondence of NUTS versions", "nuts-crosswalk",
        "from_code,to_code,from_version,to_version,level (JRC NUTS converter)",
        lambda path: any(classifications.is_crosswalk(f) for f in files_in(path)), load_crosswalk, order=12,
    ),
    Importer(
        "nace", "NACE Rev. 2", "nace-rev2", "RAMON's table: Level, Code, Parent, Description",
        lambda path: any(classifications.is_nace(f) for f in files_in(path)),
        partial(load_codes, key="nace", version="2"), order=20,
    ),
    Importer(
        "ateco-2007", "ATECO 2007", "ateco-2007", "Codice;Descrizione", partial(_reads_codes, word="2007"),
        partial(load_codes, key="ateco", version="2007"), order=21,
    ),
    Importer(
        "nace-2.1", "NACE Rev. 2.1", "nace-rev21", "a table with Code and Heading",
        partial(_reads_codes, word="nace_rev2.1"),
        partial(load_codes, key="nace", version="2.1"), order=22,
    ),
    Importer(
        "ateco-2025", "ATECO 2025", "ateco-2025", "a table with Codice and Titolo", partial(_reads_codes, word="2025"),
        partial(load_codes, key="ateco", version="2025"), order=23,
    ),
    Importer(
        "nace-links", "Correspondence of NACE Rev. 2 and 2.1", "nace-rev21", "a table with a code of each version",
        partial(_reads_links, family="nace"), partial(load_links, key="nace", versions=("2", "2.1")), order=24,
    ),
    Importer(
        "ateco-links", "Correspondence of ATECO 2007 and 2025", "ateco-2025", "a table with a code of each version",
        partial(_reads_links, family="ateco"), partial(load_links, key="ateco", versions=("2007", "2025")), order=25,
    ),
)  # fmt: skip
