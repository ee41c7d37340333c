"""The reference lists all that the code has, and the pages name nothing that it has not."""

import argparse
import ast
import re
from dataclasses import fields
from pathlib import Path

import pytest
from docs.pages import ROOT, blocks, pages

import aigclabel
from aigclabel import Limits, errors, model
from aigclabel.cli.arguments import parser
from aigclabel.plugins import policy_ids
from aigclabel.rules import leaf as policy_leaf
from aigclabel.rules import text as policy_text
from aigclabel.rules import tree

REFERENCE = ROOT / "docs" / "reference"
PACKAGE = Path(aigclabel.__file__).parent


def page(name):
    return (REFERENCE / name).read_text("utf-8")


def missing(names, text):
    """The names that the text does not have between backquotes."""
    told = set(re.findall(r"`([^`\n]+)`", text))
    told |= {word for each in told for word in re.split(r"[\s(]", each)}
    return sorted(set(names) - told)


def commands():
    (group,) = (a for a in parser()._actions if isinstance(a, argparse._SubParsersAction))
    return group.choices


def actions(name):
    """What a command takes, and its parts do (`certs csr`)."""
    for action in commands()[name]._actions:
        yield action
        if isinstance(action, argparse._SubParsersAction):
            for part in action.choices.values():
                yield from part._actions


def section(text, title):
    """What stands under a heading, to the next one of its level."""
    found = re.search(
        rf"^(#+) `?{re.escape(title)}\b.*?\n(.*?)(?=^\1 |\Z)", text, re.MULTILINE | re.DOTALL
    )
    assert found, f"no heading {title}"
    return found[2]


@pytest.mark.parametrize("name", commands())
def test_every_option_is_in_the_reference(name):
    told = section(page("command-line.md"), name)
    for action in actions(name):
        for option in action.option_strings:
            if option not in {"-h", "--help"}:
                assert option in told, f"{name} {option}"
        for choice in action.choices or ():
            assert choice in told, f"{name} {action.dest} {choice}"


def test_no_page_names_an_option_or_command_that_is_not_there():
    known = {o for name in commands() for a in actions(name) for o in a.option_strings}
    known |= {o for a in parser()._actions for o in a.option_strings}
    for path in pages():
        for block in blocks(path):
            if block.language not in {"sh", "console"}:
                continue
            text = block.text.replace("\\\n", " ")
            for line in re.findall(r"\baigclabel (?!:)([a-z]+\b.*|--.*)", text):
                first, *rest = line.split()
                assert first in commands() or first in known, f"{path.name}: aigclabel {first}"
                options = {each.split("=")[0] for each in rest if re.fullmatch(r"--[a-z].*", each)}
                assert not options - known, f"{path.name}: {line}"


def test_the_readme_names_every_command():
    assert not missing(commands(), (ROOT / "README.md").read_text("utf-8"))


def test_every_exit_status_is_in_the_reference():
    told = section(page("command-line.md"), "Exit status")
    assert {"0", "1", "2", "3"} <= set(re.findall(r"`(\d)`", told))


def test_every_error_is_in_the_reference():
    assert not missing(errors.__all__, page("errors.md"))


def test_every_public_name_is_in_the_reference():
    assert not missing(aigclabel.__all__, page("python.md"))


def test_every_policy_key_is_in_the_reference():
    text, lists = page("policy-language.md"), ("outside", "shown")
    for heading, keys in (
        ("The file", policy_text._TOP),
        ("`[requirement.NAME]`", policy_text._LEAF),
        ("The tree", policy_text._TREE),
        *((f"`[{kind}", keys) for kind, keys in policy_text._KEYS.items() if kind not in lists),
        *((f"`[[{kind}]]`", policy_text._KEYS[kind]) for kind in lists),
    ):
        told = text.partition(f"## {heading}")[2].partition("\n## ")[0]
        assert not missing(keys, told), heading
    words = (*policy_leaf.MEDIA, *policy_text._STATES, *model.ROLES, *tree.BASES, *tree.LEVELS)
    assert not missing((*words, *tree.SIGNATURE, *tree.CARRIERS), text)


def test_every_policy_is_in_the_reference():
    assert not missing(policy_ids(), page("policies.md"))


def test_every_limit_is_in_the_reference():
    text = page("limits-and-environment.md")
    for each in fields(Limits):
        assert re.search(rf"^\| `{each.name}` \| {each.default:,} ", text, re.MULTILINE), each.name


def test_every_environment_variable_is_in_the_reference():
    used = set()
    for path in [*PACKAGE.rglob("*.py"), *(ROOT / "tests").rglob("*.py"), ROOT / ".ci" / "run"]:
        used |= set(re.findall(r"\b(AIGCLABEL_[A-Z]+|XDG_DATA_HOME)\b", path.read_text("utf-8")))
    assert not missing(used, page("limits-and-environment.md"))


def _json_members(node):
    for name, each in node.get("properties", {}).items():
        yield name
        yield from _json_members(each)
    if isinstance(node.get("items"), dict):
        yield from _json_members(node["items"])


@pytest.mark.parametrize("path", sorted(PACKAGE.glob("report/*.schema.json")), ids=lambda p: p.name)
def test_every_json_member_is_in_the_reference(path):
    import json

    schema = json.loads(path.read_text("utf-8"))
    every = {schema_name for part in [schema, *schema.get("$defs", {}).values()]
             for schema_name in _json_members(part)}  # fmt: skip
    assert len(every) > 5
    assert not missing(every, page("json.md"))


# -- deviations -------------------------------------------------------------------------

_ID = re.compile(r"(?:cn\.aigc|iptc|notice|c2pa|xmp|exif|frontmatter|text|jpeg|png|webp|riff)"
                 r"\.[a-z][a-z0-9]*(?:-[a-z0-9]+)*")  # fmt: skip


def _written_out():
    """Ids that stand in the code as they are, apart from C2PA's own labels."""
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            text = node.value if isinstance(node, ast.Constant) else None
            if isinstance(text, str) and _ID.fullmatch(text) and not text.startswith("c2pa."):
                yield text


def _listed(module, prefix):
    """Ids that a schema's docstring lists: in a table, or as words between backquotes."""
    text = ast.get_docstring(ast.parse((PACKAGE / "schemas" / module).read_text("utf-8")))
    table = re.findall(r"^\| ([a-z][a-z, -]+) \|", text, re.MULTILINE)
    words = [w for row in table if row != "what" for w in row.split(", ")]
    listed = text.partition("Deviations that a reading can have")[2]
    words += re.findall(r"`([a-z]+(?:-[a-z]+)*)`", listed) if not table else []
    return {f"{prefix}.{word}" for word in words}


def deviations():
    """Every id: written out, listed by a schema, or given to labels of any schema in metadata."""
    names = {
        "cn.aigc": "cn_aigc.py",
        "iptc": "iptc.py",
        "latent": "latent.py",
        "rights": "rights.py",
    }
    schemas = {name: _listed(module, name) for name, module in names.items()}
    shared = ("duplicate", "conflict", "differs-from-manifest")
    found = {f"{name}.{each}" for name in (*schemas, "notice") for each in shared}
    return found.union(_written_out(), *schemas.values(), {"cn.aigc.relayed-after-signing"})


def test_every_deviation_is_in_the_reference():
    every = deviations()
    assert {"cn.aigc.wrapped", "cn.aigc.duplicate", "iptc.bare-code"} <= every
    assert not missing(every, page("schemas.md"))


def test_no_deviation_of_the_reference_is_gone():
    rows = re.findall(r"^\| `([^`]+)` \|", section(page("schemas.md"), "Deviations"), re.MULTILINE)
    assert set(rows) == deviations()


# -- links ------------------------------------------------------------------------------


def test_every_link_leads_somewhere():
    for path in pages():
        text = re.sub(r"^```.*?^```", "", path.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
        for target in re.findall(r"\]\(([^)\s]+)\)", text):
            name, _, anchor = target.partition("#")
            if re.match(r"[a-z]+:", target):
                continue
            there = (path.parent / name).resolve() if name else path
            assert there.exists(), f"{path.relative_to(ROOT)} → {target}"
            if anchor and there.suffix == ".md":
                heads = re.findall(r"^#+ (.+)$", there.read_text("utf-8"), re.MULTILINE)
                slugs = {re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in heads}
                assert anchor in slugs, f"{path.relative_to(ROOT)} → {target}"


def test_every_page_can_be_reached_from_the_readme():
    seen, todo = set(), [ROOT / "README.md"]
    while todo:
        path = todo.pop()
        if path in seen:
            continue
        seen.add(path)
        targets = re.findall(r"\]\(([^)#\s]+\.md)", path.read_text("utf-8"))
        todo += [(path.parent / name).resolve() for name in targets if "://" not in name]
    assert not set(pages()) - seen
