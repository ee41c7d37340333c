"""Every block of code in the README and the documentation runs, page by page."""

import contextlib
import io
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from docs.pages import ROOT, blocks, matches, pages
from PIL import Image, ImageDraw
from servers.authority import Authority, served

from aigclabel import Signer
from aigclabel.cli.scenes import make_originals

RUN = {"python", "sh", "console"}
PAGES = [page for page in pages() if any(b.language in RUN for b in blocks(page))]
STORY = "# A short walk\n\nThe path climbs through beech trees for an hour.\n"


def test_the_readme_has_two_commands_to_install():
    marked = [block for block in blocks(ROOT / "README.md") if "install" in block.words]
    assert [block.language for block in marked] == ["sh", "sh"]
    for block in marked:
        assert len(block.text.strip().splitlines()) == 1, "one command each"


def test_output_is_compared_line_by_line():
    assert matches("a\n…\nd …", "a\nb\nc\nd 1\n")
    assert matches("sized … bytes", "sized 4,096 bytes\n")
    assert not matches("a\nb", "a\nc\n")
    assert not matches("a", "a\nb\n")


@pytest.fixture
def prepared(tmp_path, monkeypatch):
    """A folder with what the pages speak of: cat.png, photo.jpg, story.md, key and chain."""
    picture = Image.linear_gradient("L").resize((960, 720)).convert("RGB")
    draw = ImageDraw.Draw(picture)
    draw.ellipse((360, 240, 600, 480), fill=(230, 150, 60))
    draw.polygon([(370, 300), (390, 190), (460, 260)], fill=(200, 120, 40))
    draw.polygon([(590, 300), (570, 190), (500, 260)], fill=(200, 120, 40))
    picture.save(tmp_path / "cat.png")
    picture.save(tmp_path / "photo.jpg", quality=90)
    (tmp_path / "story.md").write_text(STORY, "utf-8")
    signer = Signer.local()
    (tmp_path / "key.pem").write_bytes(signer.key)
    (tmp_path / "chain.pem").write_bytes(signer.chain)
    (tmp_path / "anchor.pem").write_bytes(signer.anchor)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    return tmp_path


@pytest.fixture
def provided(request, prepared, monkeypatch):
    """What only some pages speak of: a scene with texture, a time-stamp authority at $TSA and a
    folder of anchors."""
    text = request.getfixturevalue("page").read_text("utf-8")
    if "dusk.png" in text:
        for path in make_originals(prepared):
            if path.name != "dusk.png":
                path.unlink()
    if "$TSA" not in text:
        yield
        return
    office = Authority(prepared / "office")
    (prepared / "trust").mkdir()
    (prepared / "trust/TSA-root.pem").write_bytes(office.anchor)
    shutil.copy(prepared / "anchor.pem", prepared / "trust")
    with served(office) as where:
        monkeypatch.setenv("TSA", where)
        yield


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
@pytest.mark.usefixtures("provided")
def test_the_blocks_of_a_page_run(page, prepared):
    names = {"__name__": "page"}
    printed = ""
    for block in blocks(page):
        where = f"{page.name}:{block.line}"
        if "install" in block.words:
            continue
        for program in needed(block):
            if not shutil.which(program):
                pytest.skip(f"needs the program {program}")
        if block.file:
            (prepared / block.file).write_text(block.text, "utf-8")
            continue
        if block.words == ("text", "output"):
            assert matches(block.text, printed), f"{where} printed:\n{printed}"
        elif block.language == "python":
            printed = _python(block.text, where, names)
        elif block.language == "sh":
            printed = _shell(block.text, where)
        elif block.language == "console":
            _console(block.text, where)


def needed(block):
    """The programs that a block names: ```sh needs=openssl,jq."""
    named = (word.removeprefix("needs=") for word in block.words if word.startswith("needs="))
    return [program for each in named for program in each.split(",")]


def _python(text, where, names):
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(text, where, "exec"), names)  # noqa: S102  the documentation is ours
    return out.getvalue()


def _shell(text, where):
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", text],
        capture_output=True,
        stdin=subprocess.DEVNULL,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{where} exit {done.returncode}:\n{done.stdout}\n{done.stderr}"
    return done.stdout


def _console(text, where):
    before, *commands = re.split(r"^\$ ", text, flags=re.MULTILINE)
    assert not before, f"{where}: a console block starts with a command"
    for part in commands:
        command, _, expected = part.partition("\n")
        printed = _shell(f"{command} 2>&1 || echo exit $?", where)
        assert matches(expected, printed), f"{where} `{command}` printed:\n{printed}"
