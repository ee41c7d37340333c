"""Label material for app stores: what is told, what is missing, and what a reviewer can check."""

import json
import shutil
from datetime import date
from html.parser import HTMLParser

import pytest
from unit.test_models import CODE

from aigclabel import Declaration, Signer, TrustStore, policy, stamp
from aigclabel.asset import Asset
from aigclabel.cli import main
from aigclabel.errors import UsageError
from aigclabel.intake.ledger import Ledger
from aigclabel.intake.models import Filing, Models, Plan
from aigclabel.intake.models_material import ITEMS, Material, export, missing
from aigclabel.intake.models_reviewed import reviewed
from aigclabel.intake.store import Store

NUMBER = "Beijing-Example-20261009"
HOSTILE = '"><script>alert(1)</script> & <b>'
SIGNER = Signer.local()


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    """A register with one filed and one planned model, a sample, and a folder made of them."""
    from PIL import Image

    folder = tmp_path_factory.mktemp("shop")
    store = Store(f"sqlite:///{folder}/intake.db")
    register = Models(store, Ledger(store, SIGNER))
    plan = Plan("m31", CODE, "example-image", "3.1", HOSTILE, date(2026, 10, 19))
    register.add(plan, "Ann Secret", "her reason")
    register.file("m31", Filing("filed", date(2026, 10, 9), NUMBER, "", ("ab" * 32,)), "Ben Secret")
    register.add(Plan("m40", CODE, "example-image", "4.0", HOSTILE), "Ann Secret")
    store.close()
    picture = Asset.of_image(Image.effect_noise((320, 240), 50).convert("RGB"), "image/png")
    said = Declaration("EXAMPLE-MODELS", system="example-image", version="3.1", content_id="img-1")
    stamp(picture, said, policy("cn.gb45438-2025"), SIGNER).save(folder / "sample.png")
    picture.save(folder / "bare.png")
    (folder / "letter.pdf").write_bytes(b"%PDF-1.4 a letter")
    return folder


def made(base, target, material, ids=("m31",), **more):
    store = Store(f"sqlite:///{base}/intake.db")
    try:
        ledger = Ledger(store, SIGNER)
        register = Models(store, ledger)
        models = tuple(register.get(each) for each in ids)
        return export(models, material, ledger, SIGNER, target, **more)
    finally:
        store.close()


@pytest.fixture(scope="module")
def whole(base):
    documents = dict.fromkeys(("self-assessment", "commitment"), (base / "letter.pdf",))
    material = Material(f"App {HOSTILE}", documents, (base / "sample.png",))
    made(base, base / "whole", material)
    return base / "whole"


@pytest.fixture
def folder(whole, tmp_path):
    return shutil.copytree(whole, tmp_path / "copy")


def states(folder):
    told = json.loads((folder / "material.json").read_text("utf-8"))["material"]
    return {each["name"]: each["state"] for each in told["items"]}


def trust():
    return TrustStore((SIGNER.anchor,))


def test_each_item_is_given_told_or_missing(base, whole, tmp_path):
    assert states(whole) == {
        "explicit-scheme": "told",
        "explicit-places": "told",
        "implicit-scheme": "told",
        "implicit-content": "told",
        "filing-proof": "told",
        "self-assessment": "given",
        "commitment": "given",
    }
    told = made(base, tmp_path / "bare", Material("App"), ("m40",))
    assert missing(told) == tuple(each.name for each in ITEMS)


def test_nothing_is_made_up_of_a_sample_without_labels(base, tmp_path):
    told = made(base, tmp_path / "x", Material("App", {}, (base / "bare.png",)), ("m40",))
    assert missing(told) == tuple(each.name for each in ITEMS)
    assert told["samples"][0]["outcome"] == "unmet"
    assert told["samples"][0]["lacks"]


def test_a_filing_counts_from_its_day(base, tmp_path):
    told = made(base, tmp_path / "x", Material("App", on=date(2026, 10, 8)))
    (proof,) = [each for each in told["items"] if each["name"] == "filing-proof"]
    assert proof["state"] == "missing"
    assert not any(NUMBER in each for each in proof["facts"])


def test_one_model_that_is_not_filed_leaves_the_proof_missing(base, tmp_path):
    told = made(base, tmp_path / "x", Material("App"), ("m31", "m40"))
    assert "filing-proof" in missing(told)
    (proof,) = [each for each in told["items"] if each["name"] == "filing-proof"]
    assert any(NUMBER in each for each in proof["facts"])
    assert any("4.0: planned" in each for each in proof["facts"])


def test_a_reviewer_checks_it_with_the_folder_alone(folder):
    found = reviewed(folder, trust())
    assert (found.ok, found.problem, found.app) == (True, "", f"App {HOSTILE}")
    assert not reviewed(folder).ok
    assert reviewed(folder).vouched.trusted is None


def test_nobody_who_wrote_in_the_register_is_in_it(whole):
    every = b"".join(each.read_bytes() for each in whole.rglob("*") if each.is_file())
    assert b"Secret" not in every
    assert b"her reason" not in every


def _edit(path, old, new):
    data = path.read_bytes()
    assert old in data
    path.write_bytes(data.replace(old, new, 1))


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        ("material.json", b'"state": "told"', b'"state": "given"', "altered"),
        ("material.json", NUMBER.encode(), b"Beijing-Example-20251009", "altered"),
        ("files/self-assessment-*", b"letter", b"Letter", "was altered"),
        ("files/sample-*", b"IHDR", b"IHDS", "was altered"),
        ("ledger/records.jsonl", NUMBER.encode(), b"Beijing-Example-20251009", "does not hold"),
        ("ledger/checkpoint.txt", b"time 20", b"time 19", "does not hold"),
    ],
)
def test_whatever_is_altered_is_found(folder, name, old, new, said):
    (path,) = folder.glob(name)
    _edit(path, old, new)
    found = reviewed(folder, trust())
    assert not found.ok
    assert said in found.problem


def test_what_was_taken_out_is_found(folder, base, tmp_path):
    next(folder.glob("files/commitment-*")).unlink()
    assert "is not there" in reviewed(folder, trust()).problem
    material = Material("App")
    made(base, tmp_path / "other", material, ("m31", "m40"))
    lines = (tmp_path / "other/ledger/records.jsonl").read_text("utf-8").splitlines(keepends=True)
    (tmp_path / "other/ledger/records.jsonl").write_text("".join(lines[1:]), "utf-8")
    _edit(tmp_path / "other/ledger/evidence.json", b'"count": 3', b'"count": 2')
    assert "not that which was signed" in reviewed(tmp_path / "other", trust()).problem


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"schema": "aigclabel.app-material/1"}', "\x00"])
def test_what_is_no_material_is_refused_in_one_line(tmp_path, text):
    (tmp_path / "material.json").write_text(text, "utf-8")
    with pytest.raises(UsageError, match="no label material"):
        reviewed(tmp_path)
    with pytest.raises(UsageError):
        reviewed(tmp_path / "nowhere")


class _Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.links = set(), []

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.links += [value for name, value in attrs if name in {"src", "href"}]


def test_the_page_is_text_whatever_names_say_and_fetches_nothing(whole):
    page = _Tags()
    page.feed((whole / "report.html").read_text("utf-8"))
    assert not {"script", "b", "link", "iframe"} & page.tags
    for link in page.links:
        assert link.startswith(("files/", "data:image/png"))
        assert link.startswith("data:") or (whole / link).is_file()
    text = (whole / "report.html").read_text("utf-8")
    assert all(each.chinese in text for each in ITEMS)
    assert NUMBER in text


def test_another_folder_is_never_replaced(base, whole, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/letter.txt").write_text("dear", "utf-8")
    for force in (False, True):
        with pytest.raises(UsageError, match="name another folder"):
            made(base, tmp_path / "mine", Material("App"), force=force)
    assert (tmp_path / "mine/letter.txt").read_text("utf-8") == "dear"
    copy = shutil.copytree(whole, tmp_path / "copy")
    with pytest.raises(UsageError, match="exists"):
        made(base, copy, Material("App"))
    made(base, copy, Material("Another"), force=True)
    assert reviewed(copy, trust()).app == "Another"
    assert not [each for each in tmp_path.iterdir() if each.name.startswith(".")]


def test_a_document_that_cannot_be_read_leaves_nothing(base, tmp_path):
    gone = Material("App", {"commitment": (tmp_path / "gone.pdf",)})
    with pytest.raises(UsageError, match=r"gone\.pdf"):
        made(base, tmp_path / "x", gone)
    assert not list(tmp_path.iterdir())
    with pytest.raises(UsageError, match="no item is"):
        Material("App", {"other": ()})
    with pytest.raises(UsageError, match="control"):
        Material("App\x1b[2J")


def test_on_the_command_line(base, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    shutil.copy(base / "intake.db", tmp_path)
    (tmp_path / "anchor.pem").write_bytes(SIGNER.anchor)
    ledger = ("--ledger", "sqlite:///intake.db")
    asked = ["models", "export", "--for", "app-store", "--app", "An App", "--model", "m31", *ledger]
    letter = ("--item", f"commitment={base}/letter.pdf")
    assert main([*asked, "-o", "store", *letter, "--sample", f"{base}/sample.png"]) == 0
    assert "still to be given: --item self-assessment=FILE" in capsys.readouterr().out
    assert main(["models", "verify", "store", "--trust", "anchor.pem"]) == 0
    assert main(["models", "verify", "store"]) == 3
    assert main(["ledger", "verify", "store/ledger", "--trust", "anchor.pem"]) == 0
    (tmp_path / "store/report.html").write_text("anything", "utf-8")  # it proves nothing
    assert main(["models", "verify", "store", "--trust", "anchor.pem", "--json"]) == 0
    next((tmp_path / "store/files").glob("commitment-*")).write_bytes(b"another")
    assert main(["models", "verify", "store", "--trust", "anchor.pem"]) == 1
    for more in (["-o", "-"], ["-o", "s", "--people"], ["-o", "s", "--item", "commitment"]):
        assert main([*asked, *more]) == 2
    assert main(["models", "export", "-o", "x.json", "--app", "An App", *ledger]) == 2
    assert main(["models", "verify", "store", "--name", "x"]) == 2
