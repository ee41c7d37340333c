"""The verbs as people call them: every source, prepared stamps, plug-ins of their own."""

import io
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
from laws.rules import GB, rules
from laws.samples import ONE_PER_FORMAT, asset, picture, sample
from laws.worlds import ARTICLE_9, TRUST, labels

from aigclabel import (
    LOCAL,
    Asset,
    Context,
    Layer,
    NotCompliant,
    Outcome,
    Plugins,
    PolicyError,
    Signer,
    Stamper,
    UsageError,
    discovery,
    policy,
    read,
    stamp,
    verify,
)
from aigclabel.containers.walk import Cut, assemble
from aigclabel.errors import CannotLabel, MalformedAsset
from aigclabel.protocols import Layout, Slot, Span
from aigclabel.schemas.iptc import Iptc
from aigclabel.testing import SAID, check_container, check_schema, check_stamp, check_twice


@pytest.mark.parametrize("name", ONE_PER_FORMAT)
def test_every_kind_of_source_is_the_same_content(name, tmp_path):
    it = sample(name)
    path = tmp_path / it.name
    path.write_bytes(it.data)
    expected = stamp(path, SAID, rules(GB), None).data()
    hint = it.media_type if name == "markdown-front" else None
    with path.open("rb") as stream:
        for source in (
            str(path),
            Asset.of_bytes(it.data, hint),
            Asset.of(bytearray(it.data), hint),
            Asset.of(io.BytesIO(it.data), hint),
            Asset.of(stream, hint),
            asset(name),
        ):
            assert stamp(source, SAID, rules(GB), None).data() == expected
    if hint is None:
        assert stamp(it.data, SAID, rules(GB), None).data() == expected
        assert stamp(io.BytesIO(it.data), SAID, rules(GB), None).data() == expected


@pytest.mark.parametrize("source", ["some text that is no path", 5, None, ["a"]])
def test_what_is_no_source_is_said(source):
    """A `str` is always a path; a text is `Asset.of_text`."""
    with pytest.raises(UsageError):
        read(source)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16"])
@pytest.mark.parametrize("kind", ["image/png", "image/jpeg", "image/webp"])
def test_a_picture_in_memory_of_any_mode(mode, kind):
    image = picture("L").convert("I;16") if mode == "I;16" else picture(mode)
    with suppress(UsageError):
        source = Asset.of_image(image, kind)
        made = check_stamp(source, SAID, rules(GB), or_refuse=False)
        check_twice(made, SAID, rules(GB))
        return
    assert (mode, kind) not in {("RGB", "image/png"), ("RGB", "image/jpeg"), ("RGBA", "image/webp")}


def test_a_stamp_prepared_once_and_used_often():
    stamper = Stamper(SAID, rules(GB), LOCAL, ARTICLE_9)
    made = [stamper.stamp(asset("png-grey"), content_id=f"id-{n}") for n in range(3)]
    for n, each in enumerate(made):
        (found,) = labels(read(each))
        assert found.mark.get("ProduceID") == f"id-{n}"
        assert each.report.outcome is Outcome.MET
        assert each.obligations


def test_the_event_is_told_once_with_what_was_made():
    told = []
    made = stamp(asset("png-grey"), SAID, rules(GB), on_event=told.append)
    assert [each.sha256 for each in told] == [made.sha256]
    stamp(made, SAID, rules(GB), on_event=told.append)
    assert len(told) == 2, "what came back as it was is told, too"
    with pytest.raises(CannotLabel):
        stamp(asset("png-grey"), SAID, rules("signed-only"), None, on_event=told.append)
    assert len(told) == 2


def test_many_at_once():
    def one(number):
        said = SAID
        name = ONE_PER_FORMAT[number % len(ONE_PER_FORMAT)]
        made = stamp(asset(name), said, rules(GB))
        return verify(made, rules(GB), TRUST).outcome

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(one, range(20))) == {Outcome.MET}


def test_a_report_has_no_truth_value_and_raises_on_request():
    report = verify(asset("png-grey"), rules(GB), context=Context(origin="generated"))
    with pytest.raises(UsageError):
        bool(report)
    with pytest.raises(NotCompliant, match="label"):
        report.raise_unless_ok()
    stamp(asset("png-grey"), SAID, rules(GB)).report.raise_unless_ok()


def test_a_policy_of_ones_own_in_a_file(tmp_path):
    path = tmp_path / "own.toml"
    path.write_text(
        'id = "own"\nversion = "1"\ntitle = "Ours"\njurisdiction = "XX"\nsource = "us"\n'
        'confidence = "sure"\nchecked_on = 2026-11-22\nstatus = "house"\nin_force = 2026-01-01\n'
        'involvement = ["generated"]\nrequire = { all_of = ["type"] }\n[requirement.type]\n'
        'clause = "1"\nduty = "say it"\nroles = ["provider"]\nmedia = ["image"]\n'
        'layer = "metadata"\nschema = "iptc"\npresent = ["DigitalSourceType"]\n',
        "utf-8",
    )
    for name in (path, str(path)):
        assert check_stamp(asset("png-grey"), SAID, policy(name), or_refuse=False)
    path.write_text(path.read_text("utf-8").replace("layer", "layr"), "utf-8")
    with pytest.raises(PolicyError, match=r"own.toml.*layr.*did you mean 'layer'"):
        policy(path)


# -- plug-ins -----------------------------------------------------------------------------


class Bitmap:
    """A container for BMP, as a third party might write one: XMP hung on at the end."""

    media_types = ("image/bmp",)
    mark = b"XMP!"

    def kinds(self, _):
        return ("xmp",)

    def scan(self, stream, media_type, limits):
        size = stream.seek(0, 2)
        stream.seek(0)
        head = stream.read(6)
        if len(head) < 6 or head[:2] != b"BM":
            raise MalformedAsset("this is not a BMP")
        end = min(int.from_bytes(head[2:], "little"), size)
        stream.seek(end)
        rest = stream.read(limits.slot)
        slots = ()
        if rest.startswith(self.mark):
            slots = (Slot("xmp", "", rest[4:], "tail", "bmp:tail", end),)
        return Layout(media_type, size, (), slots, (Span(0, end),))

    def splice(self, _, layout, edits):
        end = layout.payload[0].length
        cuts = [
            Cut(end, layout.size - end, self.mark + edit.data if edit.data else b"")
            for edit in edits
            if edit.kind == "xmp"
        ]
        return assemble(layout.size, cuts)

    def graft(self, *_):
        raise CannotLabel("not here")


def bitmap():
    out = io.BytesIO()
    picture().save(out, "BMP")
    return out.getvalue()


def test_a_container_of_ones_own_costs_one_class():
    own = Plugins(containers=(Bitmap(),))
    check_container(Bitmap(), [("image/bmp", bitmap())])
    source = Asset.of_bytes(bitmap(), name="a.bmp")
    for signer in (LOCAL, None):
        made = check_stamp(
            source, SAID, rules("t-iptc"), signer=signer, plugins=own, or_refuse=False
        )
        check_twice(made, SAID, rules("t-iptc"), signer=signer, plugins=own)
        assert (made.sidecar is None) == (signer is None)
        assert labels(read(made, plugins=own), "iptc")
    report = verify(source, rules(GB), context=Context(origin="generated"))
    assert report.outcome is Outcome.UNKNOWN, "without the plug-in nobody can say"


class House(Iptc):
    """A vocabulary of a house: IPTC's under a name of its own."""

    id = "house"

    def find(self, _):
        return ()


def test_a_schema_that_does_not_find_what_it_writes_is_found_out():
    own = Plugins(schemas=(House(),))
    rule = rules("t-iptc")
    from dataclasses import replace

    leaf = replace(rule.requirements[0], schema="house")
    (part,) = rule.instruments
    ours = replace(rule, instruments=(replace(part, root=replace(part.root, children=(leaf,))),))
    with pytest.raises(AssertionError, match="found 0 times"):
        check_schema(House())
    with pytest.raises(AssertionError, match="refused"):
        check_stamp(asset("png-grey"), SAID, ours, plugins=own, or_refuse=False)


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """A package with plug-ins, as pip would have put it there."""
    (tmp_path / "thirdparty.py").write_text(
        "from laws.test_verbs import Bitmap\n"
        "from laws.rules import built\n"
        "from aigclabel import Signer\n"
        "RULES = built('third', 'all_of = [\"source-type\"]')\n"
        "def signer(uri): return Signer.local()\n"
        "def nobody(uri): return 'no signer'\n",
        "utf-8",
    )
    info = tmp_path / "thirdparty-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: thirdparty\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[aigclabel.policies]\nt.third = thirdparty:RULES\n"
        "[aigclabel.containers]\nimage/bmp = thirdparty:Bitmap\n"
        "[aigclabel.signers]\nthird = thirdparty:signer\nnobody = thirdparty:nobody\n"
        "gone = nowhere:signer\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    _look_again()
    yield
    sys.modules.pop("thirdparty", None)
    monkeypatch.undo()
    _look_again()


def _look_again():
    """A process looks once for what is installed."""
    for each in (discovery.entry_point, discovery.entry_names):
        each.cache_clear()


def test_what_other_packages_install_is_found_by_name(installed):
    rule = policy("t.third")
    made = stamp(Asset.of_bytes(bitmap(), name="a.bmp"), SAID, rule, Signer.from_uri("third:x"))
    assert verify(made, rule, TRUST).outcome is Outcome.MET
    with pytest.raises(UsageError, match="gave no Signer"):
        Signer.from_uri("nobody:x")
    with pytest.raises(UsageError, match=r"'gone'.*does not load"):
        Signer.from_uri("gone:x")


def test_a_plug_in_that_is_not_installed_is_named():
    with pytest.raises(PolicyError, match=r"t\.third"):
        policy("t.third")
    with pytest.raises(UsageError, match="third"):
        Signer.from_uri("third:x")
    assert Plugins().container("image/bmp") is None
    assert Layer.WATERMARK in read(asset("png-grey")).unread
