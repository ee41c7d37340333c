"""What every container owes, over files of every kind that Pillow makes: edits keep all else,
damage is told, nothing else is ever raised, and cost stays in bounds."""

import io
import struct
import time
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageSequence, PngImagePlugin

from aigclabel.containers import payload_digest
from aigclabel.containers.jpeg import JpegContainer
from aigclabel.containers.png import PngContainer
from aigclabel.containers.riff import RiffContainer
from aigclabel.containers.text import TextContainer
from aigclabel.errors import CannotLabel, MalformedAsset
from aigclabel.protocols import Edit, Limits
from aigclabel.segments import write

CONTAINERS = {
    "image/jpeg": JpegContainer(),
    "image/png": PngContainer(),
    "image/webp": RiffContainer(),
    "text/markdown": TextContainer(),
    "text/plain": TextContainer(),
}
XMP = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>a packet</x:xmpmeta>"
PROFILE = b"an ICC profile, as far as any container cares"


def picture(mode, size=(16, 8)):
    width, height = size
    ramp = Image.frombytes(
        "L", size, bytes((x * 5 + y * 7) % 256 for y in range(height) for x in range(width))
    )
    return ramp.convert("RGB").convert(mode)


def exif():
    tags = Image.Exif()
    tags[0x0112], tags[0x010E] = 6, "a description"
    return tags.tobytes()


def saved(image, kind, **options):
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def texts():
    info = PngImagePlugin.PngInfo()
    info.add_text("parameters", "a cat, 20 steps")
    info.add_text("workflow", "{" + "x" * 500 + "}", zip=True)
    info.add_itxt("Title", "一只猫", lang="zh", tkey="标题")
    return info


def frames(mode):
    return [picture(mode).rotate(90 * n) for n in range(1, 3)]


def samples():
    rgb, cmyk, rgba = picture("RGB"), picture("CMYK"), picture("RGBA")
    more = {"exif": exif(), "icc_profile": PROFILE}
    yield "jpeg", "image/jpeg", saved(rgb, "JPEG")
    yield "jpeg-full", "image/jpeg", saved(rgb, "JPEG", **more, comment=b"hello", xmp=XMP)
    yield "jpeg-progressive", "image/jpeg", saved(rgb, "JPEG", progressive=True, **more)
    yield "jpeg-cmyk", "image/jpeg", saved(cmyk, "JPEG")
    yield "jpeg-restarts", "image/jpeg", saved(rgb, "JPEG", restart_marker_blocks=1)
    yield "jpeg-trailing", "image/jpeg", saved(rgb, "JPEG") + b"\xff\xe1\0\x20AIGC after the end"
    yield "png", "image/png", saved(rgb, "PNG")
    yield "png-full", "image/png", saved(rgba, "PNG", pnginfo=texts(), dpi=(72, 72), **more)
    yield "png-palette", "image/png", saved(picture("P"), "PNG", transparency=3)
    yield "png-16", "image/png", saved(picture("L").convert("I;16"), "PNG")
    yield "png-trailing", "image/png", saved(picture("LA"), "PNG") + b"more behind the end"
    yield "apng", "image/png", saved(rgb, "PNG", save_all=True, append_images=frames("RGB"))
    yield "webp", "image/webp", saved(rgb, "WEBP")
    yield "webp-lossless", "image/webp", saved(rgba, "WEBP", lossless=True)
    yield "webp-alpha", "image/webp", saved(translucent(), "WEBP")
    yield "webp-full", "image/webp", saved(rgb, "WEBP", **more, xmp=XMP)
    yield "webp-trailing", "image/webp", saved(rgb, "WEBP", exif=exif()) + b"more"
    yield (
        "webp-animated",
        "image/webp",
        saved(rgb, "WEBP", save_all=True, append_images=frames("RGB")),
    )
    yield "markdown", "text/markdown", "# 标题\n\ntext\n".encode()
    yield "markdown-front", "text/markdown", b"---\ntitle: x\n---\n# Head\n\n---\n\nend"
    yield "markdown-crlf", "text/markdown", b"\xef\xbb\xbf# Head\r\n\r\ntext\r\n"


def translucent():
    image = picture("RGBA")
    image.putalpha(picture("L"))
    return image


SAMPLES = {name: (media_type, data) for name, media_type, data in samples()}
PICTURES = [name for name, (media_type, _) in SAMPLES.items() if media_type.startswith("image")]
each = pytest.mark.parametrize("name", SAMPLES)
each_picture = pytest.mark.parametrize("name", PICTURES)


def scan(media_type, data, limits=None):
    return CONTAINERS[media_type].scan(io.BytesIO(data), media_type, limits or Limits())


def splice(media_type, data, *edits):
    stream, out = io.BytesIO(data), io.BytesIO()
    layout = scan(media_type, data)
    write(CONTAINERS[media_type].splice(stream, layout, edits), (stream,), out)
    return out.getvalue()


def graft(media_type, data, coded):
    streams, out = (io.BytesIO(data), io.BytesIO(coded)), io.BytesIO()
    segments, notes = CONTAINERS[media_type].graft(streams[0], scan(media_type, data), streams[1])
    write(segments, streams, out)
    return out.getvalue(), notes


def pixels(data):
    with Image.open(io.BytesIO(data)) as image:
        return [(f.mode, f.size, f.tobytes()) for f in ImageSequence.Iterator(image)]


def digest(media_type, data):
    return payload_digest(io.BytesIO(data), scan(media_type, data))


def values(media_type, data, but=()):
    found = scan(media_type, data).slots
    return [(s.kind, s.name, s.data, s.form) for s in found if s.kind not in but]


def main(media_type, data):
    """The kind that carries labels here, and its present slot."""
    kind = CONTAINERS[media_type].kinds(media_type)[0]
    return kind, next((s for s in scan(media_type, data).slots if s.kind == kind), None)


def untouched(media_type, data, kinds=("xmp",)):
    """Every part that an edit of these kinds leaves alone, as bytes in order."""
    layout = scan(media_type, data)
    own = {s.start for s in layout.slots if s.kind in kinds}
    kept = [p for p in layout.parts if p.start not in own and p.tag != "VP8X"]
    return [data[p.start : p.start + p.length] for p in kept]


@each
def test_no_edit_changes_nothing(name):
    media_type, data = SAMPLES[name]
    assert splice(media_type, data) == data


@each
@given(value=st.binary(min_size=1, max_size=300))
def test_a_value_put_in_comes_back_and_all_else_stays(name, value):
    media_type, data = SAMPLES[name]
    kind, old = main(media_type, data)
    value = value if kind == "xmp" else b"AIGC:\n  Label: " + value.hex().encode() + b"\n"
    new = splice(media_type, data, Edit(kind, "", value, old))
    slot = main(media_type, new)[1]
    layout = scan(media_type, new)
    assert layout.whole
    assert not layout.faults
    assert digest(media_type, new) == digest(media_type, data)
    assert values(media_type, new, {kind}) == values(media_type, data, {kind})
    assert slot.home
    assert slot.data == (value.replace(b"\n", b"\r\n") if name == "markdown-crlf" else value)
    if media_type.startswith("image"):
        assert untouched(media_type, new) == untouched(media_type, data)
        assert pixels(new) == pixels(data)


@each
def test_what_is_put_in_can_be_taken_out_again(name):
    media_type, data = SAMPLES[name]
    kind, old = main(media_type, data)
    data = splice(media_type, data, Edit(kind, "", None, old)) if old else data
    new = splice(media_type, data, Edit(kind, "", b"AIGC: x\n"))
    assert main(media_type, new)[1] is not None
    gone = splice(media_type, new, Edit(kind, "", None, main(media_type, new)[1]))
    assert main(media_type, gone)[1] is None
    if name in {"webp", "webp-lossless"}:
        assert untouched(media_type, gone) == untouched(media_type, data)
        assert scan(media_type, gone).parts[0].tag == "VP8X"
    else:
        assert gone == data


@each_picture
@given(value=st.binary(min_size=8, max_size=200))
def test_exif_goes_in_beside_xmp(name, value):
    media_type, data = SAMPLES[name]
    slots = {slot.kind: slot for slot in scan(media_type, data).slots}
    edits = [Edit(kind, "", b"v" + value, slots.get(kind)) for kind in ("xmp", "exif")]
    new = splice(media_type, data, *edits)
    found = {s.kind: s.data for s in scan(media_type, new).slots}
    assert found["xmp"] == found["exif"] == b"v" + value
    assert digest(media_type, new) == digest(media_type, data)
    assert untouched(media_type, new, ("xmp", "exif")) == untouched(
        media_type, data, ("xmp", "exif")
    )


@each_picture
def test_truncation_anywhere_is_told_and_stops_a_splice(name):
    media_type, data = SAMPLES[name]
    trailing = [part.length for part in scan(media_type, data).parts if part.tag == "trailing"]
    for length in range(12, len(data) - sum(trailing)):
        layout = scan(media_type, data[:length])
        if name.startswith("webp") and length == len(data) - 1 and layout.whole:
            assert layout.faults  # only the last pad byte is missing
            continue
        assert not layout.whole, length
        assert layout.faults
        with pytest.raises(MalformedAsset, match="repair or re-export it first"):
            CONTAINERS[media_type].splice(io.BytesIO(data[:length]), layout, ())
        with pytest.raises(MalformedAsset, match="repair or re-export it first"):
            CONTAINERS[media_type].graft(io.BytesIO(data[:length]), layout, io.BytesIO(data))


@each
@given(data=st.data())
def test_mutated_bytes_never_raise_anything_else(name, data):
    media_type, good = SAMPLES[name]
    bad = bytearray(good)
    for _ in range(data.draw(st.integers(1, 8))):
        bad[data.draw(st.integers(0, len(bad) - 1))] = data.draw(st.integers(0, 255))
    start = data.draw(st.integers(0, len(bad)))
    bad[start : start + data.draw(st.integers(0, 40))] = data.draw(st.binary(max_size=20))
    work_through(media_type, bytes(bad), good)


@pytest.mark.parametrize("media_type", CONTAINERS)
@given(junk=st.binary(max_size=400))
def test_junk_never_raises_anything_else(media_type, junk):
    heads = {
        "image/jpeg": b"\xff\xd8",
        "image/png": b"\x89PNG\r\n\x1a\n",
        "image/webp": b"RIFF\xff\0\0\0WEBP",
    }
    work_through(media_type, junk, junk)
    work_through(media_type, heads.get(media_type, b"---\n") + junk, junk)


def work_through(media_type, bad, coded):
    try:
        layout = scan(media_type, bad)
        for slot in layout.slots:
            splice(media_type, bad, Edit(slot.kind, slot.name, None, slot))
        graft(media_type, bad, coded)
        for kind in CONTAINERS[media_type].kinds(media_type)[:1]:
            new = splice(media_type, bad, Edit(kind, "", b"AIGC: x\n"))
            assert scan(media_type, new).whole
            assert digest(media_type, new) == digest(media_type, bad)
    except (MalformedAsset, CannotLabel):
        pass


@each_picture
def test_a_graft_has_the_new_media_and_the_old_rest(name):
    media_type, data = SAMPLES[name]
    with Image.open(io.BytesIO(data)) as image:
        turned = [
            frame.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
            for frame in ImageSequence.Iterator(image)
        ]
        kind = image.format
    more = {"save_all": True, "append_images": turned[1:]} if len(turned) > 1 else {}
    coded = saved(turned[0], kind, **more)
    made, notes = graft(media_type, data, coded)
    assert pixels(made) == pixels(coded) != pixels(data)
    assert values(media_type, made) == values(media_type, data)
    assert notes == ()
    assert scan(media_type, made).whole
    with Image.open(io.BytesIO(data)) as old, Image.open(io.BytesIO(made)) as new:
        assert new.info.get("icc_profile") == old.info.get("icc_profile")
        assert dict(new.getexif()) == dict(old.getexif())


def test_edits_that_make_no_sense_are_refused():
    media_type, data = SAMPLES["png-full"]
    slot = scan(media_type, data).slots[0]
    with pytest.raises(CannotLabel, match="not in this file"):
        splice("image/jpeg", SAMPLES["jpeg"][1], Edit(slot.kind, slot.name, None, slot))
    with pytest.raises(CannotLabel, match="same value"):
        splice(media_type, data, *[Edit(slot.kind, slot.name, b"x", slot)] * 2)
    for name in PICTURES:
        with pytest.raises(CannotLabel, match="kind frontmatter"):
            splice(*SAMPLES[name], Edit("frontmatter", "", b"x"))


# -- cost ---------------------------------------------------------------------------------


class Counting(io.BytesIO):
    """A stream that counts what is read from it."""

    taken = 0

    def read(self, size=-1):
        data = super().read(size)
        self.taken += len(data)
        return data


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png_of(*chunks):
    begin = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    data = chunk(b"IDAT", zlib.compress(b"\0\0"))
    return b"\x89PNG\r\n\x1a\n" + begin + b"".join(chunks) + data + chunk(b"IEND", b"")


def many(media_type, count):
    if media_type == "image/png":
        return png_of(
            *[chunk(b"tEXt", b"k\0v")] * (count // 2), *[chunk(b"vpAg", b"")] * (count // 2)
        )
    if media_type == "image/jpeg":
        return (
            b"\xff\xd8"
            + b"\xff\xfe\0\4hi" * (count // 2)
            + b"\xff\xd0" * (count // 2)
            + b"\xff\xd9"
        )
    if media_type == "image/webp":
        body = b"WEBP" + b"EXIF\1\0\0\0x\0" * count + SAMPLES["webp"][1][12:]
        return b"RIFF" + struct.pack("<I", len(body)) + body
    return b"---\nAIGC: x\n---\n" + b"```yaml\n---\n~~~ x\n" * count


@pytest.mark.parametrize("media_type", CONTAINERS)
def test_tens_of_thousands_of_parts_take_linear_time(media_type):
    data = many(media_type, 30_000)
    begin = time.process_time()
    layout = scan(media_type, data)
    assert layout.whole
    splice(media_type, data)
    assert time.process_time() - begin < 5


@pytest.mark.parametrize("media_type", ["image/jpeg", "image/png", "image/webp", "text/markdown"])
def test_parts_are_bounded(media_type):
    layout = scan(media_type, many(media_type, 1000), Limits(parts=100))
    assert not layout.whole
    assert "more than 100" in layout.faults[0]
    assert len(layout.parts) <= 100


@pytest.mark.parametrize("name", ["png", "webp-lossless"])
def test_media_is_not_read(name):
    media_type, data = SAMPLES[name]
    kind = {"image/png": b"IDAT", "image/webp": b"VP8L"}[media_type]
    big = b"\x2f" + bytes(20_000_000) + b"\0"
    if media_type == "image/png":
        data = png_of(chunk(kind, big))
    else:
        data = (
            b"RIFF"
            + struct.pack("<I", len(big) + 12)
            + b"WEBPVP8L"
            + struct.pack("<I", len(big))
            + big
        )
    stream = Counting(data)
    container = CONTAINERS[media_type]
    layout = container.scan(stream, media_type, Limits())
    assert layout.whole
    container.splice(stream, layout, (Edit("xmp", "", XMP),))
    assert stream.taken < 1000


@pytest.mark.parametrize(
    ("media_type", "form"), [("image/png", "XMP"), ("image/webp", "XMP"), ("text/markdown", "YAML")]
)
def test_a_value_beyond_the_limit_is_not_read_and_the_file_not_whole(media_type, form):
    value = b"AIGC: " + b"x" * 5000 + b"\n"
    name = {"image/png": "png", "image/webp": "webp", "text/markdown": "markdown"}[media_type]
    kind = CONTAINERS[media_type].kinds(media_type)[0]
    data = splice(media_type, SAMPLES[name][1], Edit(kind, "", value))
    for limits in (Limits(slot=4000), Limits(metadata=4000)):
        layout = scan(media_type, data, limits)
        assert not layout.slots
        assert not layout.whole
        assert "too many to be read" in layout.faults[0]
