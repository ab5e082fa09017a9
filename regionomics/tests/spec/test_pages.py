"""The documentation cannot lie: what is committed is what the specs, the docstrings and the code say today."""

import ast
import contextlib
import io
import json
import re
import subprocess
import sys
import warnings

import matplotlib as mpl
import pages
import pandas as pd
import polars as pl
import pytest
from spec import code_of

import regionomics as rg
from regionomics.peers import PEERS

beside_docs = pytest.mark.skipif(not pages.METHODS.is_dir(), reason="the docs folder is not beside this package")
REMEDY = "run python regionomics/tests/spec/pages.py and commit docs/"


@pytest.fixture(scope="module")
def wanted():
    return pages.pages()


@beside_docs
def test_committed_pages_are_up_to_date(wanted):
    stale = [
        str(path)
        for path, text in wanted.items()
        if not (pages.DOCS / path).exists() or (pages.DOCS / path).read_text(encoding="utf-8") != text
    ]
    assert not stale, f"{stale} are out of date; {REMEDY}"


@beside_docs
def test_no_page_is_left_of_a_function_that_is_gone(wanted):
    left = {f"methods/{p.name}" for p in pages.METHODS.glob("*.md")} - {p.as_posix() for p in wanted}
    assert not left, f"{left} have no spec; {REMEDY}"


@beside_docs
@pytest.mark.parametrize("spec", pages.all_specs(), ids=lambda spec: spec.function)
def test_page_has_formula_source_a_worked_table_and_what_others_do(spec):
    text = (pages.METHODS / f"{spec.function}.md").read_text(encoding="utf-8")
    parts = re.split(r"\n## ", text)
    heads = [part.partition("\n")[0] for part in parts[1:]]
    assert [h for h in heads if h != "Worked examples"] == [
        "Formula",
        *["Worked example"] * ("Worked example" in heads),
        "What others do",
        "Call",
    ]
    assert "**Source**: " in text
    others = parts[heads.index("What others do") + 1]
    assert "- **" in others or "None of the packages compared has it" in others


@beside_docs
def test_pages_link_only_to_pages_that_exist(wanted):
    for path, text in wanted.items():
        for target in re.findall(r"\]\(([^)#]+\.(?:md|svg))\)", text):
            assert (pages.DOCS / path.parent / target).exists(), (path, target)


@beside_docs
def test_committed_figures_are_what_the_specs_draw():
    for path, text in pages.figures():
        committed = (pages.DOCS / path).read_text(encoding="utf-8")
        if f"Matplotlib v{mpl.__version__}," in committed:
            assert text == committed, f"{path} is out of date; {REMEDY}"


@beside_docs
def test_written_examples_show_their_arithmetic_and_its_result():
    assert pages._shown("=(30 / 100) / (30 / 200)") == "`(30 / 100) / (30 / 200)` = 2"
    assert pages._shown(None) == "*null*"


@beside_docs
def test_every_export_of_the_peers_has_ours_or_a_reason():
    assert {peer: len(names) for peer, names in PEERS.items() if "econ" in peer.lower()} == {
        "EconGeo 2.1 (R)": 50,
        "econcomplex 1.0.1": 87,
        "OEC economic-complexity 0.3.0": 13,
        "economiccomplexity 2.0 (R)": 9,
    }
    for peer, names in PEERS.items():
        for theirs, (ours, how) in names.items():
            assert ours or how, f"{peer}: {theirs} has neither a name of ours nor a reason"


@beside_docs
@pytest.mark.parametrize("spec", pages.all_specs(), ids=lambda spec: spec.function)
def test_code_that_a_page_shows_is_what_its_examples_run(spec):
    """`test_examples` of each spec runs the blocks from top to bottom in one session and looks at what they give."""
    text = (pages.METHODS / f"{spec.function}.md").read_text(encoding="utf-8").split("\n## Call\n")[0]
    assert re.findall(r"```python\n(.*?)\n```", text, flags=re.DOTALL) == code_of(spec)
    assert code_of(spec)[0].startswith("import polars as pl\nimport regionomics as rg\n")


# Drawn many times (`test_resampling.py` runs them with pandas), or with a function of the reader's own.
OF_POLARS = {"bootstrap", "permutation", "novelty", "core_periphery"}


NEUTRAL = [s for s in pages.all_specs() if s.function not in OF_POLARS]


@pytest.mark.parametrize("spec", NEUTRAL, ids=lambda spec: spec.function)
def test_first_code_of_a_page_runs_with_pandas(spec):
    names: dict[str, object] = {}
    *made, call = ast.parse(code_of(spec)[0].replace("import polars as pl", "import pandas as pl")).body
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", rg.RegionomicsWarning)
        exec(compile(ast.Module(made, []), spec.function, "exec"), names)
        got = eval(compile(ast.Expression(call.value), spec.function, "eval"), names)
    spec.examples[0].check(pl.from_pandas(got) if isinstance(got, pd.DataFrame) else got)


@beside_docs
def test_what_the_index_says_of_pandas_holds():
    text = (pages.METHODS / "index.md").read_text(encoding="utf-8")
    *made, long, wide, wrapped = ast.parse(text.split("```python\n")[1].split("```")[0]).body
    names: dict[str, object] = {}
    exec(compile(ast.Module([*made, wide], []), "index.md", "exec"), names)
    answers = [eval(compile(ast.Expression(call.value), "index.md", "eval"), names) for call in (long, wrapped)]
    assert all(isinstance(answer, pd.DataFrame) for answer in answers)
    first = answers[0].set_index(["place", "activity"])["location_quotient"]
    assert first["Asti", "cars"] == pytest.approx((30 / 100) / (30 / 150))
    second = answers[1].set_index(["place", "activity"])["location_quotient"]
    assert second[first.index].tolist() == pytest.approx(first.tolist())


BARE = """
import contextlib, importlib.abc, io, json, sys, warnings

asked = json.load(sys.stdin)


class Missing(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name.partition(".")[0] in asked["missing"]:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


sys.meta_path.insert(0, Missing())
warnings.simplefilter("ignore")
failed = {}
for page, blocks in asked["pages"].items():
    names = {}
    try:
        for block in blocks:
            with contextlib.redirect_stdout(io.StringIO()):
                exec(compile(block, page, "exec"), names)
    except Exception as error:
        failed[page] = f"{type(error).__name__}: {error}"
print(json.dumps(failed))
"""
OPTIONAL = {"pandas", "duckdb", "igraph", "pyfixest", "numba", "matplotlib", "sklearn", "pyspark"}
BROUGHT = {"": set(), "networks": {"igraph"}, "plots": {"matplotlib"}, "models": OPTIONAL}  # pyfixest brings much


@beside_docs
@pytest.mark.parametrize("extra", BROUGHT)
def test_code_of_a_page_runs_with_what_the_page_says_to_install(extra):
    own = {s.function: code_of(s) for s in pages.all_specs()}
    texts = {name: (pages.METHODS / f"{name}.md").read_text(encoding="utf-8") for name in own}
    package = f"'./regionomics[{extra}]'" if extra else "./regionomics"
    said = f"`pip install {package} polars`"
    chosen = {name: blocks for name, blocks in own.items() if said in texts[name]}
    assert chosen
    others = {name: blocks for name, blocks in own.items() if name not in chosen} if not extra else {}
    asked = {"missing": sorted(OPTIONAL - BROUGHT[extra]), "pages": {**chosen, **others}}
    run = subprocess.run(
        [sys.executable, "-c", BARE], input=json.dumps(asked), capture_output=True, text=True, check=True, timeout=300
    )
    failed = json.loads(run.stdout)
    assert set(failed) == set(others), failed
    assert all(error.startswith("MissingDependency") for error in failed.values()), failed


@pytest.mark.parametrize("library", ["polars", "pandas"])
def test_readme_gives_its_first_result_in_ten_lines_with_either_library(library):
    text = (pages.HERE.parents[1] / "README.md").read_text(encoding="utf-8")
    code = text.split("```python\n")[1].split("```")[0]
    assert code.startswith("import polars as pl  # or pandas as pl\n")
    code = code.replace("import polars as pl", f"import {library} as pl")
    names: dict[str, object] = {}
    with contextlib.redirect_stdout(io.StringIO()) as out:
        exec(compile(code, "README.md", "exec"), names)
    assert "eci" in out.getvalue()
    assert "density" in out.getvalue()
    assert sum(bool(line.strip()) for line in code.splitlines()) <= 10
    jobs, related = names["jobs"], names["related"]
    eci = dict(rg.economic_complexity(jobs).places[["place", "eci"]].to_numpy().tolist())
    rounded = {place: round(value, 2) for place, value in eci.items()}
    assert rounded == {"Alba": 1.43, "Bari": 0.38, "Como": -0.61, "Dora": -1.2}
    rows = rg.relatedness_density(jobs, related, which="absent").to_numpy().tolist()
    density = {(place, activity): value for place, activity, value in rows}
    assert density["Bari", "robots"] == pytest.approx(100)
    assert density["Dora", "robots"] == 0
    assert "first (ECI 1.43), Dora last (-1.20)" in text
