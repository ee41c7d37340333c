"""The shape of the code: who may import whom, how long things are, what import costs."""

import ast
import graphlib
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
    ("told",),
    ("provenance",),
    ("model",),
    ("files", "media", "discovery", "fetching", "report", "keys", "seals", "backends"),
    ("asset", "protocols", "insides", "segments", "rules", "signing", "resolving"),
    ("slots", "pcm"),
    ("schemas", "containers"),
    ("carriers",),
    ("plugins",),
    ("engine",),
    ("testing", "wrappers", "intake"),
    ("cli",),
    ("__main__",),
)
"""From the ground up: a room may import from the floors below and from its own room."""
FLOOR = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}
SAME_FLOOR = {
    ("protocols", "asset"),
    ("resolving", "asset"),
    ("insides", "protocols"),
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


def name_of(path):
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {name_of(path): TREES[path] for path in SOURCES}


def run_time(node):
    """Every node below, but what stands there for type checkers only."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            continue
        yield child
        yield from run_time(child)


def needed(tree, modules):
    """The modules that one imports, anywhere in it; a name out of a package is the module of that
    name, else the package itself."""
    for node in run_time(tree):
        if isinstance(node, ast.ImportFrom):
            assert not node.level, "imports name the whole path"
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield inner if inner in modules else node.module
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def circle(modules):
    """Modules that import each other in a circle, also by way of functions; none is empty."""
    graph = {name: set(needed(tree, modules)) & set(modules) for name, tree in modules.items()}
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as found:
        return found.args[1]
    return []


def test_no_modules_import_each_other():
    assert circle(MODULES) == []


def test_a_circle_would_be_found():
    """By a function, by a package's own name, by a module of itself; not by type checkers'."""
    there = {"a.b": "from a import c", "a.c": "def f():\n    import a.b"}
    beside = {"a": "from a.b import x", "a.b": "def f():\n    from a import y"}
    types = "if TYPE_CHECKING:\n    import a.b"
    for wrong in (there, beside, {"a": "import a"}):
        assert circle({name: ast.parse(code) for name, code in wrong.items()})
    fine = {"a.b": ast.parse("import a.c"), "a.c": ast.parse(types)}
    assert circle(fine) == []


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
    assert len(loaded) <= 117, f"{len(loaded)} modules"


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
