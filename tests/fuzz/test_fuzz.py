"""Whatever bytes come in, a container gives a layout inside the file or MalformedAsset, a splice
without edits gives the same bytes, an edit that is taken is found again, and `read` gives
evidence: no other exception, no hang, nothing out of bounds.

Short under the quick profile of hypothesis; `.ci/long` runs thousands of cases of each.
"""

from io import BytesIO

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from laws.rules import GB, rules
from laws.samples import NAMES, XMP, chunk, exif, riff_chunk, sample, segment

from aigclabel import AigcLabelError, Asset, Limits, MalformedAsset, Plugins
from aigclabel.containers import payload_digest
from aigclabel.protocols import Edit
from aigclabel.segments import write
from aigclabel.testing import check_reading

SMALL = Limits(slot=1 << 20, metadata=4 << 20, parts=5000, depth=32)
FORMATS = {
    "image/jpeg": [name for name in NAMES if name.startswith("jpeg")],
    "image/png": ["png-palette", "png-rich", "png-animated"],
    "image/webp": [name for name in NAMES if name.startswith("webp")],
    "text/markdown": [name for name in NAMES if name.startswith("markdown")],
    "text/plain": [name for name in NAMES if name.startswith("text")],
}
LABEL = b'{"Label":"1","ContentProducer":"X","ProduceID":"1"}'
BODIES = st.one_of(
    st.binary(max_size=60),
    st.sampled_from(
        [
            b"XML:com.adobe.xmp\0\0\0\0\0" + XMP,
            b"http://ns.adobe.com/xap/1.0/\0" + XMP,
            b"http://ns.adobe.com/xmp/extension/\0" + b"A" * 32 + b"\0" * 8 + XMP,
            b"Exif\0\0" + exif(6, LABEL),
            exif(8),
            XMP,
            b"AIGC\0" + LABEL,
            b"AIGC\0\0" + b"\x78\x9c\x03\0\0\0\0\1",
            b"JP\0\1\0\0\0\1\0\0\0\x10jumb" + b"\0" * 8,
            b"ICC_PROFILE\0\1\2",
            b"MPF\0II*\0\x08\0\0\0" + b"\1\0\2\xb0\7\0" + b"\xff" * 8,
        ]
    ),
)


@st.composite
def hurt(draw, data):
    """A file with a few edits: bytes put in, changed, dropped, doubled, moved."""
    for _ in range(draw(st.integers(1, 5))):
        at = draw(st.one_of(st.integers(0, len(data)), st.integers(0, min(len(data), 700))))
        noise, length = draw(st.binary(min_size=1, max_size=12)), draw(st.integers(1, 400))
        data = draw(
            st.sampled_from(
                [
                    data[:at] + noise + data[at + len(noise) :],
                    data[:at] + noise + data[at:],
                    data[:at] + data[at + length :],
                    data[: at + length] + data[at:],
                    data[at : at + length] + data[:at] + data[at + length :],
                    data[:at],
                ]
            )
        )
    return data


@st.composite
def built(draw, media_type):
    """A file put together from parts that are each in order, in no order at all."""
    bodies = draw(st.lists(BODIES, max_size=6))
    if media_type == "image/png":
        tags = st.sampled_from([b"tEXt", b"iTXt", b"zTXt", b"eXIf", b"iCCP", b"caBX", b"IDAT",
                                b"acTL", b"fcTL", b"IEND", b"IHDR", b"prVt"])  # fmt: skip
        data = sample("png-palette").data
        return data[:33] + b"".join(chunk(draw(tags), body) for body in bodies) + data[33:]
    if media_type == "image/jpeg":
        markers = st.sampled_from([0xE1, 0xE1, 0xEB, 0xED, 0xE2, 0xFE, 0xDB, 0xC0, 0xDA, 0xD9])
        data = sample("jpeg-baseline").data
        return data[:2] + b"".join(segment(draw(markers), body) for body in bodies) + data[2:]
    if media_type == "image/webp":
        tags = st.sampled_from([b"XMP ", b"EXIF", b"ICCP", b"C2PA", b"VP8X", b"ANIM", b"ANMF",
                                b"VP8 ", b"PRVT"])  # fmt: skip
        chunks = b"".join(riff_chunk(draw(tags), body) for body in bodies)
        body = b"WEBP" + chunks + sample("webp-lossy").data[12:]
        return b"RIFF" + len(body).to_bytes(4, "little") + body
    lines = st.sampled_from(["---", "...", "```yaml", "```", "AIGC:", "  Label: '1'", "\tx: 1",
                             "AIGC: {Label: 1}", "- a", "a: |", "  b", "", "# x", "AIGC: *a",
                             "&a b: c", "? x", "\ufeff---", "AIGC: '" + "{" * 50])  # fmt: skip
    text = draw(st.lists(lines, max_size=14))
    return draw(st.sampled_from(["\n", "\r\n", "\r"])).join(text).encode()


def holds(data, media_type):
    container = Plugins().container(media_type)
    try:
        layout = container.scan(BytesIO(data), media_type, SMALL)
    except MalformedAsset:
        return
    for part in layout.parts:
        assert 0 <= part.start <= part.body <= len(data)
        assert part.start + part.length <= len(data)
    for span in layout.payload:
        assert span.start + span.length <= len(data)
    payload_digest(BytesIO(data), layout)
    if layout.whole:
        assert spliced(container, data, layout, ()) == data
        for kind in () if layout.faults else container.kinds(media_type):
            edited(container, data, layout, kind)


def spliced(container, data, layout, edits):
    out = BytesIO()
    write(container.splice(BytesIO(data), layout, edits), (BytesIO(data),), out)
    return out.getvalue()


VALUES = {
    "xmp": XMP,
    "exif": exif(3),
    "frontmatter": b"AIGC:\n  Label: '1'\n",
    "key": LABEL,
    "html-meta": LABEL,
}


def edited(container, data, layout, kind):
    """A value that is taken is there afterwards; it may be refused."""
    if kind not in VALUES:
        return
    name = "AIGC" if kind in {"key", "html-meta"} else ""
    home = next((s for s in layout.slots if (s.kind, s.name, s.home) == (kind, name, True)), None)
    try:
        made = spliced(container, data, layout, (Edit(kind, name, VALUES[kind], home),))
    except AigcLabelError:
        return
    again = container.scan(BytesIO(made), layout.media_type, SMALL)
    found = [s.data.replace(b"\r\n", b"\n") for s in again.slots if s.kind == kind]
    assert VALUES[kind] in found


@pytest.mark.parametrize("media_type", FORMATS)
@given(data=st.data())
def test_damaged_files(media_type, data):
    it = data.draw(st.sampled_from(FORMATS[media_type]))
    holds(data.draw(hurt(sample(it).data)), media_type)


@pytest.mark.parametrize("media_type", FORMATS)
@given(data=st.data())
def test_files_of_sound_parts_in_any_order(media_type, data):
    made = data.draw(built(media_type))
    holds(made, media_type)
    check_reading(Asset.of_bytes(made, media_type), rules(GB))


@pytest.mark.parametrize("media_type", FORMATS)
@given(data=st.data())
def test_reading_damaged_files(media_type, data):
    it = data.draw(st.sampled_from(FORMATS[media_type]))
    made = data.draw(hurt(sample(it).data))
    assume(len(made) < 200_000)
    check_reading(Asset.of_bytes(made, media_type), rules(GB))
