"""The gate: what `CI` makes of a skip, and that the tests have a home of their own."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from docs.pages import ROOT, blocks, pages


@pytest.mark.parametrize(
    ("reason", "fails"),
    [
        ("needs the program nothing-such", True),
        ("AIGCLABEL_CORPUS is not set: name the folder", True),
        ("could not import 'nothing_such'", True),
        ("only root may do this", False),
    ],
)
@pytest.mark.parametrize("at", ["in a test", "at import"])
def test_a_skip_for_want_of_something_fails_where_ci_is_set(tmp_path, reason, fails, at):
    shutil.copy(ROOT / "tests" / "conftest.py", tmp_path)
    skip = f"import pytest\npytest.skip({reason!r}, allow_module_level=True)\n"
    if at == "in a test":
        skip = f"import pytest\ndef test_x():\n    pytest.skip({reason!r})\n"
    (tmp_path / "test_x.py").write_text(f"{skip}\ndef test_y():\n    assert True\n", "utf-8")
    for ci, failed in (("true", fails), ("", False)):
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)],
            env={**_without_pytest(), "CI": ci},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        # 5: nothing but the skipped module was there.
        assert (done.returncode in {0, 5}) is not failed, done.stdout
        assert (reason in done.stdout) is failed


def _without_pytest():
    """The environment, without what this run's own pytest put there."""
    return {name: text for name, text in os.environ.items() if not name.startswith("PYTEST_")}


def test_the_identity_of_whoever_runs_this_is_left_alone():
    home = Path(os.environ["AIGCLABEL_HOME"])
    assert home.name.startswith("aigclabel-tests-")
    assert not home.is_relative_to(Path.home() / ".local")


def test_the_gate_is_a_script_that_bash_understands():
    for name in ("run", "long"):
        script = ROOT / ".ci" / name
        assert os.access(script, os.X_OK)
        assert subprocess.run(["bash", "-n", str(script)], check=False).returncode == 0


def test_the_gate_installs_what_the_pages_need():
    script = (ROOT / ".ci" / "run").read_text("utf-8")
    needs = dict(re.findall(r"^need (\S+) (.+)$", script, re.MULTILINE))
    named = (word.removeprefix("needs=") for path in pages() for block in blocks(path)
             for word in block.words if word.startswith("needs="))  # fmt: skip
    assert {each for words in named for each in words.split(",")} <= set(needs)
    # apt-get takes several packages as several words.
    lines = "\n".join(f"need no-such-{n} {packages}" for n, packages in enumerate(needs.values()))
    wanted = re.search(r"^wanted=\(\)\nneed\(\).+\n", script, re.MULTILINE)[0]
    told = subprocess.run(
        ["bash", "-c", f'{wanted}{lines}\nprintf "%s\\n" "${{wanted[@]}}"'],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    assert len(told) > len(needs)
    assert all(re.fullmatch(r"[a-z0-9][a-z0-9.+-]+", each) for each in told)
