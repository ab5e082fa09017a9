"""Rules that hold for the whole package: what is public is explained, exampled, quick to load and free of the site."""

import ast
import inspect
import subprocess
import sys
import time
from pathlib import Path

import pages
import pytest

import regionomics as rg

SOURCE = Path(rg.__file__).resolve().parent
FILES = sorted(SOURCE.rglob("*.py"))
HEAVY = {"igraph", "sklearn", "pyfixest", "matplotlib", "pandas", "polars", "duckdb", "pyspark", "numba"}
FUNCTION = (ast.FunctionDef, ast.AsyncFunctionDef)
FORBIDDEN = {"django", "poliedro"}
MODULES_OF_CLASSES = {"errors", "tables"}
FUNCTIONS = [(m, n) for m, names in rg._MODULES.items() if m not in MODULES_OF_CLASSES for n in names]
SPECS = {s.function for s in pages.all_specs()}


def imports(path: Path, *, module_level: bool) -> set[str]:
    """The top names of the packages that the file imports, anywhere or as soon as it is loaded."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found: set[str] = set()

    def visit(node: ast.AST) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Import):
                found.update(a.name.split(".")[0] for a in child.names)
            elif isinstance(child, ast.ImportFrom) and child.module and not child.level:
                found.add(child.module.split(".")[0])
            if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.dump(child.test):
                continue
            if module_level and isinstance(child, FUNCTION):
                continue
            visit(child)

    visit(tree)
    return found


@pytest.mark.parametrize(("module", "name"), FUNCTIONS, ids=[n for _, n in FUNCTIONS])
def test_public_function_says_what_it_gives_and_where_it_comes_from(module, name):
    doc = inspect.getdoc(pages._public(name)) or ""
    first = doc.split("\n\n")[0]
    assert first.endswith((".", "?")), f"{name}: the first paragraph is one sentence that says what the reader gets"
    lines = [line.strip() for line in doc.split("\n")]
    assert any(line.startswith("Source:") for line in lines), f"{name} has no line 'Source: ...'"


@pytest.mark.parametrize("name", [n for _, n in FUNCTIONS])
def test_public_function_has_a_method_page_that_is_checked(name):
    assert name in SPECS, f"{name} has no Spec in tests/spec/"


def test_every_spec_is_of_a_public_function():
    assert {n for _, n in FUNCTIONS} >= SPECS


def test_package_loads_in_less_than_three_tenths_of_a_second():
    def seconds() -> float:
        start = time.perf_counter()
        subprocess.run([sys.executable, "-c", "pass"], check=True)
        bare = time.perf_counter() - start
        start = time.perf_counter()
        subprocess.run([sys.executable, "-c", "import regionomics"], check=True)
        return time.perf_counter() - start - bare

    assert min(seconds() for _ in range(3)) < 0.3


def test_loading_the_package_loads_nothing_heavy():
    code = "import sys, regionomics; print(*{m.split('.')[0] for m in sys.modules})"
    loaded = set(
        subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.split()
    )
    assert not loaded & (HEAVY | FORBIDDEN | {"scipy", "numpy", "pyarrow"})


@pytest.mark.parametrize("path", FILES, ids=[str(p.relative_to(SOURCE)) for p in FILES])
def test_file_stands_on_its_own_and_is_short(path):
    assert not imports(path, module_level=False) & FORBIDDEN
    assert path.read_text(encoding="utf-8").count("\n") < 500


EAGER = [p for p in FILES if p.name != "_compiled.py"]  # that one is loaded only where numba is installed


@pytest.mark.parametrize("path", EAGER, ids=[str(p.relative_to(SOURCE)) for p in EAGER])
def test_optional_packages_are_loaded_by_the_function_that_needs_them(path):
    assert not imports(path, module_level=True) & HEAVY


def test_every_public_name_is_where_the_table_says_and_is_listed():
    for module, names in rg._MODULES.items():
        for name in names:
            assert pages._public(name) is not None, (module, name)
    assert set(rg.__all__) == {n for names in rg._MODULES.values() for n in names}
    assert set(rg.__all__) <= set(dir(rg))


def test_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        rg.nothing  # noqa: B018  (reading it is the test)
