"""Write the documentation that the tests hold: docs/methods (a page a function) and docs/regionomics/api.md.

    python regionomics/tests/spec/pages.py

The pages are made of the `SPECS` of the test files beside this one and of the docstrings; `test_pages.py` fails where
a committed page is out of date.
"""

from __future__ import annotations

import dataclasses
import importlib.util
import inspect
import io
import re
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import narwhals as nw

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from spec import Example, Spec, Table, _value, answers, code_of  # noqa: E402  (the folder of the specs is not a package)

import regionomics as rg  # noqa: E402
from regionomics.peers import PEERS, Names, before_version_2  # noqa: E402

DOCS = HERE.parents[2] / "docs"
METHODS, API, NAMES = DOCS / "methods", DOCS / "regionomics" / "api.md", DOCS / "regionomics" / "names.md"
GENERATED = "<!-- Written by regionomics/tests/spec/pages.py from the tests and docstrings; change those. -->\n"
SECTIONS = {
    "Args": "Arguments",
    "Returns": "Returns",
    "Raises": "Raises",
    "Warns": "Warns",
    "Yields": "Yields",
    "Example": "Example",
    "Note": "Note",
    "Source": "Source",
}


@cache
def all_specs() -> list[Spec]:
    """Every Spec of the test files of this folder, in the order of the modules of the package."""
    found: list[Spec] = []
    for path in sorted(HERE.glob("test_*.py")):
        if path.name == "test_pages.py":
            continue
        name = f"spec_of_{path.stem}"
        description = importlib.util.spec_from_file_location(name, path)
        assert description is not None
        assert description.loader is not None
        module = importlib.util.module_from_spec(description)
        description.loader.exec_module(module)
        found += module.SPECS
    order = {module: i for i, module in enumerate(rg._MODULES)}
    return sorted(found, key=lambda s: (order.get(s.module, len(order)), rg._MODULES[s.module].index(s.function)))


def pages() -> dict[Path, str]:
    """Path below docs/ -> text of the page. The same on every machine."""
    specs = all_specs()
    with_page = {s.function for s in specs}
    out = {METHODS / "index.md": _index(specs), API: _api(with_page), NAMES: _names(with_page)}
    for spec in specs:
        out[METHODS / f"{spec.function}.md"] = _method(spec)
    return {path.relative_to(DOCS): text for path, text in out.items()}


def figures() -> Iterator[tuple[Path, str]]:
    """Path below docs/ -> SVG of each spec that has a plot."""
    for spec in all_specs():
        if spec.plot is not None:
            yield Path("methods") / f"{spec.function}.svg", svg(spec.plot())


def svg(figure: Any) -> str:
    """The figure as text, without a date and with the same identifiers each time."""
    import matplotlib as mpl
    import matplotlib.pyplot as plt

    with mpl.rc_context({"svg.hashsalt": "regionomics", "svg.fonttype": "none"}):
        out = io.StringIO()
        figure.savefig(out, format="svg", metadata={"Date": None})
    plt.close(figure)
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines()) + "\n"


EXTRAS = {
    "complexity_over_time": "plots",
    "density_complexity": "plots",
    "draw_curve": "plots",
    "entry_model": "models",
    "industry_space": "plots",
    "network_positions": "networks",
    "network_summary": "networks",
}
"""Pages whose code needs an extra; a test runs each page with what it says to install and nothing else."""


def install_of(function: str) -> str:
    """What the reader of a page types before running its code."""
    package = f"'./regionomics[{EXTRAS[function]}]'" if function in EXTRAS else "./regionomics"
    return f"pip install {package} polars"


_WITH_PANDAS = """
## With pandas

`pip install ./regionomics pandas`, and begin the code of any page with `import pandas as pl` in place of
`import polars as pl`: the tables are made in the same way, and the answer is a pandas frame. What picks rows or columns
out of an answer afterwards is polars', where the two differ. Keys stand in columns: call `reset_index()` on what
`groupby` or `set_index` made. A wide frame, a row a place and a column an activity, is wrapped by
`PlaceActivity.from_matrix`, which takes its index and columns for the labels:

```python
import pandas as pd
import regionomics as rg

jobs = pd.DataFrame({"place": ["Asti", "Asti", "Bra"], "activity": ["cars", "wine", "wine"], "persons": [30, 70, 50]})
rg.location_quotient(jobs, value="persons")  # a pandas frame: place, activity, location_quotient
wide = jobs.pivot(index="place", columns="activity", values="persons").fillna(0)
rg.location_quotient(rg.PlaceActivity.from_matrix(wide))  # the same
```
"""


def _index(specs: Sequence[Spec]) -> str:
    lines = [
        "# Methods",
        "",
        (
            "One page a function: formula, source, a worked table that is also its test, and what other packages do. "
            "Every figure is checked at each test run. The code is written with polars, and each page says what to "
            "install for it. The functions take and give tables of pandas, pyarrow, DuckDB and Spark as well."
        ),
        "",
        *_WITH_PANDAS.strip().splitlines(),
        "",
    ]
    for module in dict.fromkeys(s.module for s in specs):
        lines += [f"## {module}", "", _first_line(_module_doc(module)), ""]
        lines += [
            f"- [`{s.function}`]({s.function}.md): {_first_line(inspect.getdoc(_public(s.function)))}"
            for s in specs
            if s.module == module
        ] + [""]
    return GENERATED + "\n".join(lines).rstrip() + "\n"


def _method(spec: Spec) -> str:
    function = _public(spec.function)
    doc = inspect.getdoc(function) or ""
    parts = [f"# {spec.function}", _first_line(doc), f"In `regionomics.{spec.module}`; [all methods](index.md)."]
    how = install_of(spec.function)
    parts.append(f"To run the code, in the repository's folder: `{how}`; [with pandas](index.md#with-pandas).")
    source = f"**Source**: {spec.source}"
    parts += ["## Formula", spec.formula, source]
    if spec.notes:
        parts.append(spec.notes)
    if spec.plot is not None:
        parts.append(f"![{spec.function}]({spec.function}.svg)")
    parts += ["## Worked example" + ("s" if len(spec.examples) > 1 else "")]
    seen: dict[str, Table] = {}
    for example, code, answer in zip(spec.examples, code_of(spec), answers(spec), strict=True):
        parts += _example(example, seen, code, answer)
    parts += ["## What others do"]
    said = spec.conventions or _of_peers(spec.function)
    parts.append("\n".join(f"- **{name}**: {_as_text(what)}" for name, what in said.items()) or _NOBODY)
    parts += ["## Call", _signature(spec.function, function), *_docstring(doc)[1:]]
    parts = [p for p in parts if not p.startswith("**Source**") or p == source]
    return GENERATED + "\n\n".join(p.strip("\n") for p in parts if p) + "\n"


def _example(example: Example, seen: dict[str, Table], code: str, answer: Callable[[], Any]) -> list[str]:
    parts = [f"### {_as_text(example.title)}"]
    for name, table in example.tables.items():
        known = seen.get(name) == table
        parts += [f"`{name}`: as above."] if known else [f"`{name}`:", _markdown(table)]
    seen.update(example.tables)
    parts.append(f"```python\n{code}\n```")
    if not isinstance(example.expected, Mapping):
        return [*parts, f"gives {_shown(example.expected)}."]
    others = [c for c in nw.from_native(answer()).collect_schema().names() if c not in example.expected]
    beside = f" (and {', '.join(f'`{c}`' for c in others)})" if others else ""
    if not example.expected or not len(next(iter(example.expected.values()))):
        return [*parts, "gives no row."]
    return [
        *parts,
        f"gives{beside}",
        _markdown({k: [_shown(v) for v in vs] for k, vs in example.expected.items()}),
    ]


def _shown(value: Any) -> str:
    """An expected value as the reader sees it: the arithmetic, then its result."""
    if isinstance(value, str) and value.startswith("="):
        result = _value(value)
        return f"`{value[1:].strip()}` = {0.0 if abs(result) < 1e-12 else result:.6g}"  # what floats leave over is 0
    return _cell(value)


def _cell(value: Any) -> str:
    if value is None:
        return "*null*"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:.6g}" if not value.is_integer() else str(int(value))
    return _as_text(str(value))


def _as_text(text: str) -> str:
    """Stars and bars outside of code and formulas must not become markup."""
    return re.sub(r"(?<![`$])\*(?![`$])(?=[^`]*(?:`[^`]*`[^`]*)*$)", r"\\*", text).replace("|", "\\|")


def _markdown(table: Table) -> str:
    names = list(table)
    rows = list(zip(*table.values(), strict=True))
    shown = [[v if isinstance(v, str) and v.startswith(("`", "*null")) else _cell(v) for v in row] for row in rows]
    numeric = [all(isinstance(v, (int, float)) and not isinstance(v, bool) for v in table[n]) for n in names]
    head = ["| " + " | ".join(names) + " |", "|" + "|".join("---:" if n else "---" for n in numeric) + "|"]
    return "\n".join(head + ["| " + " | ".join(row) + " |" for row in shown])


_NOBODY = f"None of the packages compared has it ({', '.join(PEERS)}; [their names](../regionomics/names.md))."


def _of_peers(function: str) -> dict[str, str]:
    """What the packages call it that have it, where the spec says no more of them."""
    said: dict[str, str] = {}
    for peer, names in PEERS.items():
        own = [f"`{n}`" + (f" ({how})" if how else "") for n, (ours, how) in names.items() if function in ours]
        if own:
            said[peer] = ", ".join(own)
    return said


def _names(with_page: set[str]) -> str:
    remark = (
        "Every export of the peers, and what to call here. Differences of definition: [conventions](conventions.md)."
    )
    parts = ["# Their names and ours", remark]
    for peer, names in PEERS.items():
        old = before_version_2 if peer.startswith("EconGeo") else str
        parts += [f"## {peer}", _names_of(names, with_page, old)]
    return GENERATED + "\n\n".join(parts) + "\n"


def _names_of(names: Names, with_page: set[str], old: Callable[[str], str]) -> str:
    lines = ["| theirs | ours | |", "|---|---|---|"]
    for theirs, (ours, how) in names.items():
        links = [f"[`{n}`](../methods/{n}.md)" if n in with_page else f"`{n}` (not in this version)" for n in ours]
        also = f", before version 2 `{old(theirs)}`" if old(theirs) != theirs else ""
        lines.append(f"| `{theirs}`{also} | {', '.join(links) or 'none'} | {_as_text(how)} |")
    return "\n".join(lines)


# --- the reference of the whole package ------------------------------------------------------------------------------
def _api(with_page: set[str]) -> str:
    parts = [
        "# API reference",
        (
            "Everything public, by module. Functions take a long table of polars, pandas, pyarrow, DuckDB or Spark, "
            "or a `PlaceActivity`, and answer in the same kind of table. [Method pages](../methods/index.md) hold "
            "formulas and worked tables."
        ),
    ]
    parts.append(
        "\n".join(
            f"- [regionomics.{module}](#regionomics{module}): {', '.join(f'[`{n}`](#{n.lower()})' for n in names)}"
            for module, names in rg._MODULES.items()
        )
    )
    for module, names in rg._MODULES.items():
        parts += [f"## regionomics.{module}", _module_doc(module)]
        for name in names:
            thing = _public(name)
            parts += [f"### {name}", _signature(name, thing), *_docstring(inspect.getdoc(thing) or "")]
            if inspect.isclass(thing):
                parts += _members(thing)
            if name in with_page:
                parts.append(f"[Method page](../methods/{name}.md)")
        results = [r for r in _results(module, names) if r.__name__ not in names]
        for result in results:
            parts += [f"### {result.__name__} (a result)", *_docstring(inspect.getdoc(result) or ""), *_members(result)]
    return GENERATED + "\n\n".join(p.strip("\n") for p in parts if p) + "\n"


def _module_doc(module: str) -> str:
    """The module's docstring; `regionomics.<module>` itself may be a function of the same name."""
    importlib.import_module(f"regionomics.{module}")
    return inspect.cleandoc(sys.modules[f"regionomics.{module}"].__doc__ or "")


def _results(module: str, names: Sequence[str]) -> list[type]:
    """The frozen dataclasses that the module's functions return, in order of their functions."""
    found: dict[str, type] = {}
    for name in names:
        thing = _public(name)
        if inspect.isclass(thing):
            continue
        function = inspect.unwrap(thing)
        annotation = str(getattr(function, "__annotations__", {}).get("return", ""))
        home = sys.modules[function.__module__]
        for word in re.findall(r"[A-Z]\w+", annotation):
            thing = getattr(home, word, None)
            if inspect.isclass(thing) and dataclasses.is_dataclass(thing) and word != "PlaceActivity":
                found[word] = thing
    return list(found.values())


def _members(cls: type) -> list[str]:
    lines = []
    for name, member in vars(cls).items():
        function = member.__func__ if isinstance(member, (classmethod, staticmethod)) else member
        if name.startswith("_") or not inspect.isfunction(function) or not inspect.getdoc(function):
            continue
        lines.append(f"- `{name}{_arguments(function)}`: {_first_line(inspect.getdoc(function))}")
    return ["\n".join(lines)] if lines else []


def _public(name: str) -> Any:
    """The function or class behind a public name (a module that may be called stands for its function)."""
    thing = getattr(rg, name)
    return getattr(thing, name) if inspect.ismodule(thing) else thing


def _signature(name: str, thing: Any) -> str:
    if inspect.isclass(thing) and not dataclasses.is_dataclass(thing):
        return ""
    return f"```python\n{name}{_arguments(thing, wrap=True)}\n```"


def _arguments(thing: Any, *, wrap: bool = False) -> str:
    signature = inspect.signature(thing)
    shown, star = [], False
    for p in signature.parameters.values():
        if p.name in ("self", "cls"):
            continue
        if p.kind is p.KEYWORD_ONLY and not star:
            shown.append("*")
            star = True
        star = star or p.kind is p.VAR_POSITIONAL
        mark = {p.VAR_POSITIONAL: "*", p.VAR_KEYWORD: "**"}.get(p.kind, "")
        default = "" if p.default is p.empty else f"={_default(p.default)}"
        shown.append(f"{mark}{p.name}{default}")
    line = f"({', '.join(shown)})"
    if wrap and len(line) > 100:
        return "(\n    " + ",\n    ".join(shown) + ",\n)"
    return line


def _default(value: Any) -> str:
    if isinstance(value, str):
        return f'"{value}"'
    name = getattr(value, "__name__", None)
    if name:
        return str(name)
    text = repr(value)
    return "..." if " at 0x" in text or "<factory>" in text else text


def _first_line(doc: str | None) -> str:
    return (doc or "").split("\n\n")[0].replace("\n", " ").strip()


def _docstring(doc: str) -> list[str]:
    """The docstring as Markdown paragraphs: formulas as code, sections as lists."""
    parts: list[str] = []
    section = ""
    block: list[str] = []

    def close() -> None:
        if block:
            parts.extend(_block(section, block))
        block.clear()

    for line in doc.split("\n"):
        head = re.match(r"^(\w+):(?:\s+(.*))?$", line)
        if head and head[1] in SECTIONS:
            close()
            section = head[1]
            if head[2]:
                block.append(head[2])
        else:
            block.append(line)
    close()
    return parts


def _block(section: str, lines: list[str]) -> list[str]:
    text = inspect.cleandoc("\n".join(["", *lines])).strip("\n")
    if not section:
        return [_paragraph(p) for p in re.split(r"\n\s*\n", text) if p.strip()]
    if section == "Source":
        return [f"**Source**: {' '.join(text.split())}"]
    items = [" ".join(item.split()) for item in re.split(r"\n(?=\S)", text)]
    named = [re.match(r"^([\w, *.()]+?): (.+)$", item) for item in items]
    if section in ("Args", "Raises") and all(named):
        return [f"**{SECTIONS[section]}**", "\n".join(f"- `{m[1]}`: {_as_text(m[2])}" for m in named if m)]
    return [f"**{SECTIONS[section]}**: {_as_text(' '.join(items))}"]


def _paragraph(text: str) -> str:
    first = text.split("\n")[0]
    if text.lstrip().startswith("- "):
        return _as_text(text)
    if re.match(r"^\s*[\w\[\], .()|{}'^/*-]+ = ", first) and not first.startswith("With "):
        return f"```text\n{text}\n```"
    return _as_text(text)


def write() -> list[Path]:
    """Write what changed and drop pages of functions that are gone; the paths touched."""
    touched = []
    wanted = {**pages(), **dict(figures())}
    for path, text in wanted.items():
        target = DOCS / path
        if not target.exists() or target.read_text(encoding="utf-8") != text:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
            touched.append(path)
    for old in METHODS.glob("*"):
        if old.suffix in (".md", ".svg") and old.relative_to(DOCS) not in wanted:
            old.unlink()
            touched.append(old.relative_to(DOCS))
    return touched


if __name__ == "__main__":
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        changed = write()
    for each in changed:
        print(each)
    print(f"{len(changed)} files written")
