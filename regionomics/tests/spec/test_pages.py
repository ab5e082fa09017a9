"""The documentation cannot lie: what is committed is what the specs, the docstrings and the code say today."""

import contextlib
import io
import re
import warnings

import matplotlib as mpl
import pages
import pytest

import regionomics as rg
from regionomics.peers import PEERS

pytestmark = pytest.mark.skipif(not pages.METHODS.is_dir(), reason="the docs folder is not beside this package")
REMEDY = "run python regionomics/tests/spec/pages.py and commit docs/"


@pytest.fixture(scope="module")
def wanted():
    return pages.pages()


def test_committed_pages_are_up_to_date(wanted):
    stale = [
        str(path)
        for path, text in wanted.items()
        if not (pages.DOCS / path).exists() or (pages.DOCS / path).read_text(encoding="utf-8") != text
    ]
    assert not stale, f"{stale} are out of date; {REMEDY}"


def test_no_page_is_left_of_a_function_that_is_gone(wanted):
    left = {f"methods/{p.name}" for p in pages.METHODS.glob("*.md")} - {p.as_posix() for p in wanted}
    assert not left, f"{left} have no spec; {REMEDY}"


def test_pages_link_only_to_pages_that_exist(wanted):
    for path, text in wanted.items():
        for target in re.findall(r"\]\(([^)#]+\.(?:md|svg))\)", text):
            assert (pages.DOCS / path.parent / target).exists(), (path, target)


def test_committed_figures_are_what_the_specs_draw():
    for path, text in pages.figures():
        committed = (pages.DOCS / path).read_text(encoding="utf-8")
        if f"Matplotlib v{mpl.__version__}," in committed:
            assert text == committed, f"{path} is out of date; {REMEDY}"


def test_written_examples_show_their_arithmetic_and_its_result():
    assert pages._shown("=(30 / 100) / (30 / 200)") == "`(30 / 100) / (30 / 200)` = 2"
    assert pages._shown(None) == "*null*"


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


@pytest.mark.parametrize("spec", pages.all_specs(), ids=lambda spec: spec.function)
def test_code_of_a_page_runs_when_it_is_copied(spec):
    """From top to bottom, in one session, with what the page imports and nothing else."""
    text = (pages.METHODS / f"{spec.function}.md").read_text(encoding="utf-8").split("\n## Call\n")[0]
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore", rg.RegionomicsWarning)
        names: dict[str, object] = {}
        for code in re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL):
            exec(compile(code, f"{spec.function}.md", "exec"), names)
    assert "rg" in names


def test_readme_example_runs_and_is_ten_lines():
    text = (pages.HERE.parents[1] / "README.md").read_text(encoding="utf-8")
    code = text.split("```python\n")[1].split("```")[0]
    with contextlib.redirect_stdout(io.StringIO()) as out:
        exec(compile(code, "README.md", "exec"), {})
    assert "eci" in out.getvalue()
    assert "density" in out.getvalue()
    assert sum(bool(line.strip()) for line in code.splitlines()) <= 12
