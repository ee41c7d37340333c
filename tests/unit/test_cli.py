"""The command line: every command, every exit status, one-line errors, and JSON as promised."""

import io
import json
import subprocess
import sys
import time
from importlib.resources import files

import jsonschema
import pytest
import referencing
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from PIL import Image

from aigclabel import Declaration, Signer
from aigclabel.cli import main
from aigclabel.schemas.cn_aigc import seal_code

GB = "cn.gb45438-2025"
SAYS = ["--policy", GB, "--producer", "Example Models Ltd", "--producer-code", "EXAMPLE-MODELS",
        "--system", "example-image", "--system-version", "3.1",
        "--content-id", "img-1"]  # fmt: skip
SCHEMAS = {
    name: json.loads((files("aigclabel") / "report" / f"{name}.schema.json").read_text("utf-8"))
    for name in ("evidence-1", "report-1")
}
REGISTRY = referencing.Registry().with_resources(
    (schema["$id"], referencing.Resource.from_contents(schema)) for schema in SCHEMAS.values()
)


def valid(told, schema):
    jsonschema.Draft202012Validator(SCHEMAS[schema], registry=REGISTRY).validate(told)
    return told


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A working folder with a picture, a text and a Markdown text."""
    monkeypatch.chdir(tmp_path)
    Image.effect_noise((420, 300), 60).convert("RGB").save("a.png")
    Image.effect_noise((420, 300), 60).save("a.jpg", quality=88)
    (tmp_path / "a.txt").write_text("Some words.\n", "utf-8")
    (tmp_path / "a.md").write_text("# Title\n\nSome words.\n", "utf-8")
    return tmp_path


@pytest.fixture
def run(folder, capsys):
    """The exit status and what was printed."""

    def call(*arguments):
        capsys.readouterr()
        try:
            status = main([str(each) for each in arguments])
        except SystemExit as exited:
            status = exited.code
        said = capsys.readouterr()
        return status, said.out, said.err

    return call


@pytest.fixture
def anchor():
    return Signer.local().anchor


@pytest.fixture
def trust(folder, anchor):
    (folder / "root.pem").write_bytes(anchor)
    return folder / "root.pem"


def one_line(err, *words):
    assert err.count("\n") == 1, err
    assert err.startswith("aigclabel: ")
    for word in words:
        assert word in err


# -- stamp --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.txt", "a.md"])
def test_stamp_then_verify_then_read(run, name, trust):
    status, out, err = run("stamp", name, "-o", f"out-{name}", *SAYS)
    assert (status, err) == (0, "")
    assert f"wrote out-{name}" in out
    assert "MET" in out
    status, out, _ = run("verify", f"out-{name}", "--policy", GB, "--trust", trust)
    assert status == 0
    assert "UNMET" not in out
    status, out, _ = run("read", f"out-{name}", "--trust", trust)
    assert status == 0
    assert "trusted" in out


def test_a_sidecar_lies_beside_a_text(run, folder):
    run("stamp", "a.txt", "-o", "out.txt", "--signature", "sidecar", *SAYS)
    assert sorted(each.name for each in folder.glob("out*")) == ["out.txt", "out.txt.c2pa"]
    status, out, _ = run("read", "out.txt", "--json")
    assert json.loads(out)["provenance"]["mode"] == "sidecar"
    (folder / "out.txt.c2pa").rename(folder / "elsewhere.bin")
    _, out, _ = run("read", "out.txt", "--json")
    assert json.loads(out)["provenance"]["present"] is False
    _, out, _ = run("read", "out.txt", "--json", "--sidecar", "elsewhere.bin")
    assert json.loads(out)["provenance"]["intact"] is True
    (folder / "elsewhere.bin").rename(folder / "out.c2pa")
    _, out, _ = run("read", "out.txt", "--json")
    assert json.loads(out)["provenance"]["present"] is True, "<stem>.c2pa is looked for, too"
    status, _, err = run("read", "out.txt", "a.png", "--sidecar", "out.c2pa")
    assert status == 2
    one_line(err, "--sidecar")


def test_stamp_prints_its_report_as_json(run):
    status, out, err = run("stamp", "a.png", "-o", "out.png", *SAYS, "--json")
    assert (status, err) == (0, "")
    told = valid(json.loads(out), "report-1")
    assert told["output"] == "out.png"
    assert told["obligations"] == []
    assert told["outcome"] == "met"
    assert told["ok"] is True
    (mark,) = [
        m
        for m in told["evidence"]["marks"]
        if m["carrier"] == "metadata" and m["schema"] == "cn.aigc"
    ]
    assert mark["fields"]["ContentProducer"] == "EXAMPLE-MODELS"
    assert mark["fields"]["ProduceID"] == "img-1"
    assert mark["place"] == "normative"
    assert mark["deviations"] == []


def test_an_existing_output_needs_force(run, folder):
    (folder / "out.png").write_bytes(b"mine")
    status, out, err = run("stamp", "a.png", "-o", "out.png", *SAYS)
    assert (status, out) == (2, "")
    one_line(err, "--force")
    assert (folder / "out.png").read_bytes() == b"mine"
    assert run("stamp", "a.png", "-o", "out.png", *SAYS, "--force")[0] == 0


def test_the_source_itself_as_output_is_replaced(run, folder):
    old = (folder / "a.png").read_bytes()
    for name in ("a.png", "./a.png", folder / "a.png"):
        assert run("stamp", "a.png", "-o", name, *SAYS)[0] == 0
    assert (folder / "a.png").read_bytes() != old


def test_article_9(run):
    status, out, err = run("stamp", "a.png", "-o", "o.png", *SAYS, "--without-notice")
    assert (status, out) == (2, "")
    one_line(err, "--agreement", "--recipient")
    both = ("--agreement", "A-1", "--recipient", "R-1")
    status, out, _ = run(
        "stamp", "a.png", "-o", "o.png", *SAYS, "--without-notice", *both, "--json"
    )
    assert status == 0
    (duty,) = json.loads(out)["obligations"]
    assert "A-1" in duty
    assert "R-1" in duty
    assert run("verify", "o.png", "--policy", GB, *both)[0] == 0
    assert run("verify", "o.png", "--policy", GB)[0] == 1


def test_no_signer(run, folder):
    status, out, _ = run("stamp", "a.png", "-o", "plain.png", *SAYS, "--signer", "none", "--json")
    assert status == 0
    assert json.loads(out)["evidence"]["provenance"]["present"] is False
    run("stamp", "a.png", "-o", "signed.png", *SAYS)
    status, out, err = run("stamp", "signed.png", "-o", "again.png", *SAYS, "--signer", "none")
    assert (status, out) == (2, "")
    one_line(err, "signer")
    assert not (folder / "again.png").exists()


@pytest.mark.parametrize("uri", ["file:none.pem", "nobody:x", "key.pem", "file:a.png"])
def test_a_signer_that_does_not_serve(run, folder, uri):
    status, out, err = run("stamp", "a.png", "-o", "o.png", *SAYS, "--signer", uri)
    assert (status, out) == (2, "")
    one_line(err)
    assert not (folder / "o.png").exists()


def test_a_watermark_that_cannot_be_put_there_is_refused_in_one_line(run, folder):
    Image.effect_noise((60, 60), 60).save("s.png")
    small = ("stamp", "s.png", "-o", "o.png", "--policy", "iptc-only", "--producer", "X")
    words = ("stamp", "a.txt", "-o", "o.txt", *SAYS)
    for asked, about in ((small, "a larger one"), (words, "where --fingerprint records")):
        status, _, err = run(*asked, "--watermark", "standard")
        assert status == 2
        one_line(err, about)
        assert not (folder / asked[3]).exists()
        assert run(*asked, "--watermark", "none")[0] == 0


def test_the_options_of_watermarks(run, folder):
    (folder / "k").write_bytes(b"0123456789abcdef")
    Image.radial_gradient("L").resize((500, 400)).convert("RGB").save("a.png")
    asked = ("stamp", "a.png", "-o", "o.png", *SAYS, "--watermark", "durable")
    status, _, err = run(*asked, "--payload", "00112233aabbccdd", "--watermark-key", "k")
    assert (status, err) == (0, "")
    found = json.loads(run("read", "o.png", "--json", "--watermark-key", "k")[1])["marks"]
    (mark,) = (each for each in found if each["layer"] == "watermark")
    assert (mark["fields"]["payload"], mark["fields"]["key"]) == ("00112233aabbccdd", "k")
    assert '"layer": "watermark"' not in run("read", "o.png", "--json")[1]
    assert (
        "watermark" in json.loads(run("read", "o.png", "--json", "--effort", "none")[1])["unread"]
    )
    (folder / "public.key").write_bytes(b"0123456789abcdef")
    assert run(*asked, "--force", "--content-id", "unstated")[0] == 0
    for wrong in (
        ("--payload", "xyz"),
        ("--payload", "unstated"),
        ("--watermark", "loud"),
        ("--watermark-key", "none"),
        ("--watermark-key", "public.key"),
    ):
        status, _, err = run(*asked[:-2], "--force", "--watermark", "standard", *wrong)
        assert status == 2
        one_line(err)


def test_a_file_that_is_no_key_is_named(run, folder):
    for name, held in (("empty.key", b""), ("a b.key", b"0123456789abcdef"), ("public", b"x" * 20)):
        (folder / name).write_bytes(held)
        status, _, err = run("read", "a.png", "--watermark-key", name)
        assert status == 2
        one_line(err, name)


@pytest.mark.parametrize(
    "more",
    [
        ("--notice", "AI"),
        ("--locale", "xx"),
        ("--role", "nobody"),
        ("--origin", "human"),
        ("--on", "tomorrow"),
        ("--fact", "deepfake"),
        ("--fact", "deepfake=maybe"),
        ("--policy", "cn.gb4538"),
        ("--policy", "none.toml"),
        ("--media-type",),
        ("--nonsense",),
        ("--users", "many"),
        ("--placed", "x"),
    ],
)
def test_a_mistake_is_one_line_and_nothing_is_written(run, folder, more):
    status, out, err = run("stamp", "a.png", "-o", "o.png", *SAYS, *more)
    assert (status, out) == (2, "")
    one_line(err)
    assert not (folder / "o.png").exists()


@pytest.mark.parametrize("left_out", ["--policy", "--producer", "-o"])
def test_what_a_stamp_cannot_do_without(run, left_out):
    arguments = ["a.png", "-o", "o.png", *SAYS]
    at = arguments.index(left_out)
    status, _, err = run("stamp", *arguments[:at], *arguments[at + 2 :])
    assert status == 2
    one_line(err, left_out)


def test_a_near_miss_names_what_was_meant(run):
    _, _, err = run("stamp", "a.png", "-o", "o.png", *SAYS, "--policy", "cn.gb4538-2025")
    one_line(err, GB)


def test_two_policies_at_once(run, folder):
    text = (files("aigclabel") / "policies" / f"{GB}.toml").read_text("utf-8")
    own = text.replace(f'id = "{GB}"', 'id = "own.rules"')
    (folder / "own.toml").write_text(own, "utf-8")
    status, out, _ = run("stamp", "a.png", "-o", "o.png", *SAYS, "--policy", "own.toml", "--json")
    assert status == 0
    assert json.loads(out)["policy"]["id"] == f"{GB} & own.rules"
    assert run("verify", "o.png", "--policy", "own.toml", "--policy", GB)[0] == 0


def test_a_platform_relays(run):
    run("stamp", "a.png", "-o", "made.png", *SAYS)
    status, out, _ = run(
        "stamp", "made.png", "-o", "relayed.png", "--policy", GB, "--role", "platform",
        "--producer", "Example Video", "--propagator", "Example Video",
        "--propagator-code", "EX-VIDEO", "--propagate-id", "p-7", "--json",
    )  # fmt: skip
    assert status == 0
    (mark,) = [m for m in json.loads(out)["evidence"]["marks"] if m["where"].startswith("png:iTXt")
               and m["schema"] == "cn.aigc"]  # fmt: skip
    assert mark["fields"]["ContentProducer"] == "EXAMPLE-MODELS"
    assert mark["fields"]["ContentPropagator"] == "EX-VIDEO"
    assert mark["fields"]["PropagateID"] == "p-7"


# -- standard input and output ------------------------------------------------------------


def command(*arguments, data=b"", **more):
    return subprocess.run(
        [sys.executable, "-m", "aigclabel", *map(str, arguments)],
        input=data, capture_output=True, check=False, **more,
    )  # fmt: skip


def test_standard_input_and_output(folder):
    picture = (folder / "a.png").read_bytes()
    done = command("stamp", "-", "-o", "-", *SAYS, data=picture)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(b"\x89PNG")
    assert b"wrote -" in done.stderr
    with Image.open(io.BytesIO(done.stdout)) as image:
        assert image.size == (420, 300)
    checked = command("verify", "-", "--policy", GB, data=done.stdout)
    assert checked.returncode == 0, checked.stderr
    assert b"MET" in checked.stdout
    assert command("read", "-", "--json", data=done.stdout).returncode == 0


def test_standard_output_cannot_carry_a_sidecar(folder):
    beside = ("--signature", "sidecar")
    done = command("stamp", "-", "-o", "-", *SAYS, *beside, data=b"Some words.\n")
    assert done.returncode == 2
    assert done.stdout == b""
    one_line(done.stderr.decode(), "-o FILE")
    done = command("stamp", "-", "-o", "-", *SAYS, "--signer", "none", data=b"Some words.\n")
    assert done.returncode == 0
    assert "AI生成".encode() in done.stdout


def test_text_from_standard_input_with_a_hint(folder):
    done = command(
        "stamp", "-", "-o", "-", *SAYS, "--signer", "none", "--media-type", "text/markdown",
        data=b"# Title\n",
    )  # fmt: skip
    assert done.returncode == 0
    assert done.stdout.startswith(b"---\n")


def test_a_reader_that_goes_away_is_no_traceback(folder):
    with subprocess.Popen(
        [sys.executable, "-m", "aigclabel", "policies", GB],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        process.stdout.close()
        assert process.stderr.read() == b""


def test_a_terminal_is_safe_from_what_files_say(run, folder):
    (folder / "evil.md").write_text(
        '---\nAIGC:\n  Label: "1"\n  ContentProducer: "\x1b[31m\u202eEVIL"\n---\n', "utf-8"
    )
    for arguments in (("read", "evil.md"), ("verify", "evil.md", "--policy", GB)):
        _, out, _ = run(*arguments)
        assert "\x1b" not in out
        assert "\u202e" not in out


# -- verify -------------------------------------------------------------------------------


def test_the_status_of_verify(run, folder):
    run("stamp", "a.png", "-o", "met.png", *SAYS)
    (folder / "empty.png").write_bytes(b"")
    (folder / "noise.bin").write_bytes(bytes(range(256)) * 8)
    generated = ("--origin", "generated")
    expected = {
        ("met.png",): 0,
        ("a.txt", "--origin", "human"): 0,
        ("a.txt", "--on", "2025-08-31"): 0,
        ("a.txt", *generated): 3,
        ("a.png", *generated): 1,
        ("a.png",): 3,
        ("empty.png",): 3,
        ("noise.bin", *generated): 3,
        ("none.png",): 2,
        (".",): 2,
        ("met.png", "a.png"): 3,
        ("met.png", "a.png", *generated): 1,
        ("a.png", "none.png", "met.png", *generated): 2,
        ("a.png", "noise.bin", *generated): 1,
    }
    for arguments, status in expected.items():
        assert run("verify", "--policy", GB, *arguments)[0] == status, arguments


def test_several_files_give_json_lines_and_one_gives_an_object(run, folder):
    run("stamp", "a.png", "-o", "met.png", *SAYS)
    status, out, _ = run("verify", "met.png", "--policy", GB, "--json")
    assert status == 0
    valid(json.loads(out), "report-1")
    status, out, err = run("verify", "met.png", "none.png", "a.txt", "--policy", GB, "--json")
    assert status == 2
    one_line(err, "none.png")
    told = [valid(json.loads(line), "report-1") for line in out.splitlines()]
    assert [each["evidence"]["asset"]["name"] for each in told] == ["met.png", "a.txt"]
    assert [each["outcome"] for each in told] == ["met", "unknown"]
    for finding in told[1]["findings"]:
        assert finding["needs"] or finding["outcome"] != "unknown"


def test_every_answer_is_in_the_json(run, folder):
    run("stamp", "a.png", "-o", "met.png", *SAYS)
    _, out, _ = run("read", "met.png", "a.jpg", "a.txt", "a.md", "--json")
    for line in out.splitlines():
        told = valid(json.loads(line), "evidence-1")
        assert told["schema"] == "aigclabel.evidence/1"
    first = json.loads(out.splitlines()[0])["provenance"]
    assert first["present"] is True
    assert first["mode"] == "embedded"
    assert first["ai"] == "generated"
    assert first["revoked"] is None
    assert first["ingredients"] == {"count": 0, "worst": "none"}
    second = json.loads(out.splitlines()[1])["provenance"]
    assert second.pop("present") is False
    assert not any(second.values()), "absent means nulls, and empty lists"


def test_a_report_of_nothing_that_applies_says_so_first(run):
    status, out, _ = run("verify", "a.png", "--policy", GB, "--origin", "human")
    assert status == 0
    assert out.splitlines()[1].startswith("Nothing in this policy applies")


def test_a_report_as_a_page(run, folder):
    (folder / "x<script>.png").write_bytes((folder / "a.png").read_bytes())
    status, _, _ = run("verify", "a.png", "x<script>.png", "--policy", GB, "--html", "page.html")
    assert status == 3
    page = (folder / "page.html").read_text("utf-8")
    assert "<script" not in page
    assert page.count("<h1>") == 2
    assert "http" not in page.replace("http-equiv", "").replace("http://", "").replace(
        "https://", ""
    )


def test_trust_as_file_and_as_folder(run, folder, anchor, trust):
    run("stamp", "a.png", "-o", "met.png", *SAYS)
    (folder / "anchors").mkdir()
    (folder / "anchors" / "some.pem").write_bytes(anchor)
    (folder / "anchors" / "readme.txt").write_text("ignored", "utf-8")
    (folder / "times").mkdir()
    (folder / "times" / "Some-TSA.pem").write_bytes(anchor)
    (folder / "empty").mkdir()
    for given, trusted in ((trust, True), ("anchors", True), (None, False)):
        options = ("--trust", given) if given else ()
        _, out, _ = run("read", "met.png", "--json", *options)
        assert json.loads(out)["provenance"]["signer_trusted"] is trusted
    _, out, _ = run("read", "met.png", "--json", "--trust", "times", "--trust", trust)
    assert json.loads(out)["provenance"]["signer_trusted"] is True
    for wrong in ("times", "empty", "none.pem", "a.png"):
        status, out, err = run("read", "met.png", "--trust", wrong)
        assert (status, out) == (2, ""), "a store that vouches for nobody is refused"
        one_line(err)


def test_a_time_stamp_anchor_vouches_for_no_signer(run, folder, anchor, trust):
    """Names with TSA are for time stamps only."""
    from aigclabel.testing import trust_of

    assert trust_of(Signer.local()).anchors == (anchor,)
    (folder / "mixed").mkdir()
    (folder / "mixed" / "my-TSA.pem").write_bytes(anchor)
    (folder / "mixed" / "other.pem").write_bytes(_another_root())
    run("stamp", "a.png", "-o", "met.png", *SAYS)
    _, out, _ = run("read", "met.png", "--json", "--trust", "mixed")
    told = json.loads(out)["provenance"]
    assert told["intact"] is True
    assert told["signer_trusted"] is False


def _another_root():
    from datetime import UTC, datetime, timedelta

    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.serialization import Encoding

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "another root")])
    start = datetime.now(UTC) - timedelta(days=1)
    builder = x509.CertificateBuilder(name, name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(start)
    builder = builder.not_valid_after(start + timedelta(days=9))
    return builder.sign(key, SHA256()).public_bytes(Encoding.PEM)


def test_the_moment_at_which_certificates_are_judged(run, trust):
    run("stamp", "a.png", "-o", "met.png", *SAYS)
    for at, trusted in (("2020-01-01", False), ("2100-01-01T00:00:00Z", False)):
        status, out, _ = run("read", "met.png", "--json", "--trust", trust, "--at", at)
        assert status == 0
        told = json.loads(out)["provenance"]
        assert told["signer_trusted"] is trusted
        assert told["intact"] is True, "the dates of a certificate change no bytes"
    status, _, err = run("read", "met.png", "--at", "noon")
    assert status == 2
    one_line(err, "--at")


@pytest.mark.parametrize("effort", ["direct", "geometry", "deep"])
def test_effort_is_accepted_and_changes_nothing_yet(run, effort):
    _, plain, _ = run("read", "a.png", "--json")
    status, out, _ = run("read", "a.png", "--json", "--effort", effort)
    assert (status, out) == (0, plain)
    assert run("verify", "a.png", "--policy", GB, "--effort", effort)[0] == 3


@pytest.mark.parametrize("verb", ["read", "verify"])
def test_a_file_that_cannot_be_opened(run, verb):
    more = ("--policy", GB) if verb == "verify" else ()
    status, out, err = run(verb, "none.png", *more)
    assert (status, out) == (2, "")
    one_line(err, "none.png", "does not exist")


# -- the other commands -------------------------------------------------------------------


def test_policies(run):
    status, out, _ = run("policies")
    assert status == 0
    assert GB in out
    status, out, _ = run("policies", "--json")
    (gb,) = [each for each in json.loads(out)["policies"] if each["id"] == GB]
    assert gb["status"] == "in_force"
    status, out, _ = run("policies", GB)
    assert status == 0
    for said in ("5.2", "Measures Art. 9", "notice-image", "open questions"):
        assert said in out
    status, out, _ = run("policies", GB, "--json")
    (detail,) = json.loads(out)["policies"]
    assert {each["requirement"] for each in detail["requirements"]} > {"label", "notice-image"}
    status, _, err = run("policies", "nothing")
    assert status == 2
    one_line(err)


def test_certs_dev(run):
    status, out, _ = run("certs", "dev", "--json")
    told = json.loads(out)
    assert status == 0
    assert told["self_issued"] is True
    assert len(told["fingerprint"]) == 64
    with open(told["anchor"], "rb") as stream:
        assert b"BEGIN CERTIFICATE" in stream.read()
    status, out, _ = run("certs", "dev")
    assert status == 0
    assert "--trust" in out
    run("stamp", "a.png", "-o", "o.png", *SAYS)
    _, out, _ = run("read", "o.png", "--json", "--trust", told["anchor"])
    assert json.loads(out)["provenance"]["signer_trusted"] is True


def test_doctor(run):
    status, out, _ = run("doctor")
    assert status == 0, out
    assert "FAIL" not in out
    status, out, _ = run("doctor", "--json")
    told = {each["check"]: each["ok"] for each in json.loads(out)["checks"]}
    assert all(told.values())
    assert {"python", "c2pa-python", "local identity"} <= set(told)


def test_demo_is_quick_and_everything_comes_out_as_it_must(run, folder):
    start = time.monotonic()
    status, out, _ = run("demo", "--json", "--folder", "demo")
    assert time.monotonic() - start < 20
    assert status == 0
    told = json.loads(out)
    assert told["folder"] == "demo"
    steps = [(each["step"], each["report"]) for each in told["steps"]]
    for _, report in steps:
        valid(report, "report-1")
    labelled = [report for step, report in steps if step == "labelled"]
    assert len(labelled) == 4
    assert {each["outcome"] for each in labelled} == {"met"}
    (small,) = [report for step, report in steps if step == "watermark in a small copy"]
    assert "watermark" in {mark["layer"] for mark in small["evidence"]["marks"]}
    tampered = {step: report for step, report in steps[len(labelled) :] if report is not small}
    assert len(tampered) == 4
    for step, report in tampered.items():
        broken = report["evidence"]["provenance"]["intact"] is False
        assert broken or not report["ok"], step
    assert all((folder / each["file"]).is_file() for each in told["steps"])


def test_demo_in_words_with_a_picture_of_ones_own(run, folder):
    status, out, _ = run("demo", "a.png")
    assert status == 0
    assert "The files are in" in out
    assert "a.png: MET" in out
    assert "BROKEN" in out


def test_help_and_version(run):
    for arguments in (("--version",), ("--help",), ("stamp", "--help"), ("verify", "--help")):
        status, out, err = run(*arguments)
        assert (status, err) == (0, "")
        assert "aigclabel" in out
    for arguments in ((), ("nothing",)):
        status, _, err = run(*arguments)
        assert status == 2
        one_line(err)


def test_an_interrupt_is_one_line(monkeypatch, run):
    from aigclabel.cli import run_policies

    def interrupted(_):
        raise KeyboardInterrupt

    monkeypatch.setattr(run_policies, "run", interrupted)
    status, _, err = run("policies")
    assert status == 130
    one_line(err)


# -- security codes ---------------------------------------------------------------------


def test_a_security_code_stands_in_the_label_and_is_checked(run, folder):
    """One that was signed for this label, by a key that only the caller has."""
    private = ec.generate_private_key(ec.SECP256R1())
    public = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    said = Declaration("Example Models Ltd", "EXAMPLE-MODELS", content_id="img-1")
    code = seal_code(said, lambda text: private.sign(text, ec.ECDSA(SHA256())), public)
    stamped = ("stamp", "a.png", "-o", "b.png", *SAYS, "--signer", "none")
    assert run(*stamped, "--security-code", code)[0] == 0
    (label,) = (
        each for each in json.loads(run("read", "b.png", "--json")[1])["marks"]
        if each["schema"] == "cn.aigc"
    )  # fmt: skip
    assert label["fields"]["ReservedCode1"] == code
    assert label["trust"] == "intact"
    other = ("stamp", "a.jpg", "-o", "c.jpg", *SAYS[:-1], "img-2", "--signer", "none")
    status, _, err = run(*other, "--security-code", code)
    assert status == 2
    one_line(err, "security_code is not of this label")
