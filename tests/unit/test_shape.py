"""The shape of the code: who may import whom, how long things are, what import costs."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

import aigclabel

PACKAGE = Path(aigclabel.__file__).parent
SOURCES = sorted(PACKAGE.rglob("*.py"))
TREES = {path: ast.parse(path.read_text("utf-8")) for path in SOURCES}

FLOORS = (
    ("errors",),
    ("provenance",),
    ("model",),
    ("files", "media", "discovery", "fetching", "report"),
    ("asset", "protocols", "segments", "rules", "signing"),
    ("slots", "pcm"),
    ("schemas", "containers"),
    ("carriers",),
    ("plugins",),
    ("engine",),
    ("testing", "wrappers"),
    ("cli",),
    ("__main__",),
)
"""From the ground up: a room may import from the floors below and from its own room."""
FLOOR = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}
SAME_FLOOR = {
    ("protocols", "asset"),
    ("segments", "protocols"),
    ("segments", "asset"),
    ("report", "files"),
}
HEAVY = {"PIL", "c2pa", "cryptography", "lxml", "numpy", "piexif"}
VERBS = {"policy", "plan", "stamp", "peek", "read", "verify", "carry", "admit"}


def room(path: Path) -> str:
    first = path.relative_to(PACKAGE).parts[0]
    return first.removesuffix(".py")


def imports(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_point_one_way(path):
    here = room(path)
    if here == "__init__":
        pytest.skip("the face of the package hands names on")
    for module in imports(TREES[path]):
        parts = module.split(".")
        if parts[0] != "aigclabel" or len(parts) == 1:
            continue
        there = parts[1]
        assert there in FLOOR, f"{there} has no floor: add it to FLOORS"
        fine = there == here or FLOOR[there] < FLOOR[here] or (here, there) in SAME_FLOOR
        assert fine, f"{path.name} in {here} imports {module}, which is above or beside it"


def test_only_one_folder_imports_c2pa():
    users = {path for path in SOURCES if "c2pa" in {m.split(".")[0] for m in imports(TREES[path])}}
    assert {path.parent.relative_to(PACKAGE).as_posix() for path in users} == {
        "carriers/signed/sdk"
    }


def test_no_module_is_called_like_a_verb():
    assert not {path.stem for path in SOURCES} & VERBS


def test_the_public_names_are_what_the_package_exports():
    public = {
        name
        for name, value in vars(aigclabel).items()
        if not name.startswith("_") and not isinstance(value, type(sys))
    }
    assert public == set(aigclabel.__all__)


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_files_and_functions_stay_short(path):
    assert path.read_text("utf-8").count("\n") <= 400
    for node in ast.walk(TREES[path]):
        if isinstance(node, ast.FunctionDef):
            assert node.end_lineno - node.lineno < 60, f"{node.name} is too long"


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_everything_public_has_a_docstring(path):
    assert ast.get_docstring(TREES[path]), "the module"
    for node in TREES[path].body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            assert ast.get_docstring(node), node.name
            for member in getattr(node, "body", ()):
                if isinstance(member, ast.FunctionDef) and not member.name.startswith("_"):
                    assert ast.get_docstring(member), f"{node.name}.{member.name}"


def test_importing_is_light():
    code = (
        "import sys; before = set(sys.modules); import aigclabel; "
        "print(*sorted(set(sys.modules) - before))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = out.stdout.split()
    assert not {name.split(".")[0] for name in loaded} & HEAVY
    assert len(loaded) <= 110, f"{len(loaded)} modules"


def test_nothing_offers_to_take_labels_off():
    """Measures Art. 10: no tool or service that removes labels."""
    word = re.compile(r"strip_label|remove_label|unlabel|erase|remove_manifest|delete_label")
    names = {
        node.name
        for tree in TREES.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
    }
    assert not {name for name in names if word.search(name) and not name.startswith("_")}
    assert not {name for name in aigclabel.__all__ if word.search(name.lower())}
