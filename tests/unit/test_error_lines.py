"""What people do wrong gets one line that says what to do, in words and not in error numbers."""

import re

import pytest
from unit.conftest import pem_of
from unit.test_cli import GB

from aigclabel.cli import main

SAYS = ("--policy", GB, "--producer", "Example", "--producer-code", "EXAMPLE")


@pytest.fixture
def here(tmp_path, monkeypatch, workshop):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    (tmp_path / "empty.bin").write_bytes(b"")
    (tmp_path / "note.txt").write_text("a policy without its ending", "utf-8")
    root = workshop.authority()
    leaf = workshop.leaf(root)
    (tmp_path / "key.pem").write_bytes(leaf.key_pem)
    (tmp_path / "chain.pem").write_bytes(leaf.pem + root.pem)
    (tmp_path / "locked.pem").write_bytes(pem_of(leaf.key, b"secret"))
    return tmp_path


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("read", "folder"), "folder is a directory: name a file"),
        (("certs", "check", "folder"), "folder is a directory: name a file in it"),
        (("trust", "install", "folder"), "folder is a directory: name a file in it"),
        (("stamp", "note.txt", "-o", "x", *SAYS, "--signer", "file:folder?chain=chain.pem"),
         "folder is a directory: name a file in it"),
        (("stamp", "note.txt", "-o", "x", *SAYS, "--signer", "file:locked.pem?chain=chain.pem"),
         "the key is encrypted: decrypt it first"),
        (("stamp", "note.txt", "-o", "x", *SAYS, "--signer",
          "file:key.pem?chain=chain.pem&tsa=http://127.0.0.1:9/"), "Connection refused"),
        (("verify", "note.txt", "--policy", "note.txt"), "a policy file's name ends in .toml"),
        (("demo", "--folder", "made", "missing.png"), "missing.png does not exist: check the name"),
        (("certs", "csr", "-o", "x", "--country", "DE", "--organization", "O", "--name", "N"),
         "needs either --key FILE"),
    ],
    ids=lambda each: " ".join(each)[:40] if isinstance(each, tuple) else "",
)  # fmt: skip
def test_a_wrong_file_or_word(here, capsys, words, told):
    assert main(list(words)) == 2
    line = capsys.readouterr().err
    assert told in line
    assert line.count("\n") == 1
    assert not re.search(r"\bErrno\b.*\bErrno\b|<urlopen|Traceback|secret", line)
    assert not (here / "x").exists()


def test_a_reason_that_several_requirements_share_is_told_once(here, capsys):
    assert main(["stamp", "empty.bin", "-o", "x", *SAYS]) == 2
    line = capsys.readouterr().err
    assert line.count("damaged, not recognised or not supported") == 1
    assert "notice-image (" in line
    assert "label (" in line


def test_a_signature_that_nobody_looked_for_is_not_called_absent(here, capsys):
    assert main(["read", "empty.bin"]) == 0
    shown = capsys.readouterr().out
    assert "signed provenance: not known" in shown
    assert "signed provenance: none" not in shown
