"""Notices on AVIF, HEIC and JPEG XL, looked at by programs that share no code with the library:
avifdec, heif-convert, djxl, exiftool."""

from __future__ import annotations

import shutil
import struct
import subprocess
from dataclasses import replace
from io import BytesIO

import pytest
from conftest import FULL
from forms.heifs import box, children
from laws.rules import built, rules
from laws.worlds import TRUST
from PIL import Image, ImageChops, ImageCms, ImageStat
from unit.notices import coded, drawn, outside_equal, photo, region, seen, wish

from aigclabel import Asset, read, stamp, verify
from aigclabel.carriers import coders
from aigclabel.containers.heif_items import at as at_of
from aigclabel.containers.heif_items import iloc
from aigclabel.containers.heif_properties import pictures_of
from aigclabel.errors import AigcLabelError, CannotLabel, MalformedAsset
from aigclabel.model import Outcome
from aigclabel.protocols import Limits
from aigclabel.testing import SAID

SIZE = (162, 121)
"""Odd sides: chroma, and HEVC's blocks, do not divide them."""
PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
DECODERS = {"avif": "avifdec", "heic": "heif-convert", "jxl": "djxl"}
NOTICE = built("notice-only", 'all_of = ["notice"]')
LABELLED = built("labelled", 'all_of = ["notice", "source-type", "credential"]')
ORIENTATION, MAKER = 0x0112, 0x010F


def run(*command, folder=None):
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert not done.returncode, (command, done.stderr)
    return done.stdout + done.stderr


def need(*programs):
    for each in programs:
        if not shutil.which(each):
            pytest.skip(f"needs the program {each}")


def made(program, image, name, folder, *options, **saving):
    """A file that a program makes of a picture. The last option of heif-enc names the target."""
    need(program)
    source, target = folder / f"source-{name}.png", folder / name
    if isinstance(image, bytes):
        source = folder / f"source-{name}.jpg"
        source.write_bytes(image)
    else:
        image.save(source, **saving)
    to = ("-o", target) if program == "heif-enc" else (target,)
    run(program, *options, source, *to)
    return target.read_bytes()


def decoded(data, kind, folder):
    """The picture as another decoder makes it, RGBA."""
    need(DECODERS[kind])
    source, target = folder / f"look.{kind}", folder / "look.png"
    source.write_bytes(data)
    run(DECODERS[kind], source, target)
    with Image.open(target) as image:
        return image.convert("RGBA")


def told(data, folder):
    """What avifdec says of a file, line by line."""
    need("avifdec")
    path = folder / "told.avif"
    path.write_bytes(data)
    said = run("avifdec", "--info", path).splitlines()
    return [line.strip() for line in said if line.lstrip().startswith("*")]


def moved(one, other, box):
    """The mean difference outside of a box, of 255; each side of RGBA on its own."""
    diff = ImageChops.difference(one, other)
    x, y, w, h = box
    diff.paste((0, 0, 0, 0), (x, y, x + w, y + h))
    return max(ImageStat.Stat(diff).mean)


def shows(image, box):
    """Whether there is black and white in a box."""
    x, y, w, h = box
    low, high = image.convert("L").crop((x, y, x + w, y + h)).getextrema()
    return low < 30 and high > 225


def written(data, **more):
    """The drawn file, its record, and its notes; what stands there is found again."""
    work = drawn(data, wish("AI", **more))
    result = work.asset.data()
    (mark,) = work.marks
    found = seen(result, mark)
    assert not found.faults
    assert [each.mark.get("region") for each in found.found] == [mark.get("region")]
    # On the picture as it was, the same record is a lie.
    assert not seen(data, mark).found
    return result, mark, work.notes


# -- AVIF -------------------------------------------------------------------------------

PLAIN = {
    "usual": (photo(SIZE), {}),
    "4:4:4": (photo(SIZE), {"subsampling": "4:4:4"}),
    "4:2:2": (photo(SIZE), {"subsampling": "4:2:2"}),
    "limited": (photo(SIZE), {"range": "limited"}),
    "grey": (photo(SIZE, "L"), {}),
    "profile": (photo(SIZE), {"icc_profile": PROFILE}),
    "tall": (photo((64, 1280)), {}),
    "small": (photo((64, 64)), {}),
}


@pytest.mark.parametrize("name", PLAIN)
def test_an_avif_says_of_itself_what_it_did(name, tmp_path):
    image, options = PLAIN[name]
    data = coded(image, "AVIF", **options)
    result, mark, notes = written(data)
    same = [line for line in told(data, tmp_path) if "Range" not in line]
    assert [line for line in told(result, tmp_path) if "Range" not in line] == same
    after = decoded(result, "avif", tmp_path)
    assert shows(after, region(mark))
    assert moved(decoded(data, "avif", tmp_path), after, region(mark)) < 5
    assert any("coded again with quality 92" in note for note in notes)
    with Image.open(BytesIO(result)) as opened:
        assert opened.info.get("icc_profile") == options.get("icc_profile")


def test_an_avif_without_loss_loses_next_to_nothing(tmp_path):
    data = made("avifenc", photo(SIZE), "a.avif", tmp_path, "-l")
    result, mark, _ = written(data)
    before = decoded(data, "avif", tmp_path)
    assert moved(before, decoded(result, "avif", tmp_path), region(mark)) < 1.5


def test_the_alpha_of_an_avif_stays_and_the_notice_is_opaque(tmp_path):
    image = photo(SIZE, "RGBA")
    image.putalpha(photo(SIZE, "L", 3))
    data = coded(image, "AVIF")
    result, mark, _ = written(data)
    after = decoded(result, "avif", tmp_path)
    x, y, w, h = region(mark)
    low, _ = after.getchannel("A").crop((x + 2, y + 2, x + w - 2, y + h - 2)).getextrema()
    assert low > 240
    assert moved(decoded(data, "avif", tmp_path), after, region(mark)) < 4


@pytest.mark.parametrize("turn", range(1, 9))
def test_an_avif_keeps_its_orientation(turn):
    """What Pillow says of it, and where the notice is once it is turned."""
    exif = Image.Exif()
    exif[ORIENTATION] = turn
    result, mark, _ = written(coded(photo(SIZE), "AVIF", exif=exif))
    with Image.open(BytesIO(result)) as opened:
        assert opened.getexif().get(ORIENTATION, 1) == turn
        steps = Image.Transpose
        step = {
            2: steps.FLIP_LEFT_RIGHT, 3: steps.ROTATE_180, 4: steps.FLIP_TOP_BOTTOM,
            5: steps.TRANSPOSE, 6: steps.ROTATE_270, 7: steps.TRANSVERSE, 8: steps.ROTATE_90,
        }.get(turn)  # fmt: skip
        shown = opened.convert("RGB")
        shown = shown.transpose(step) if step is not None else shown
    assert f"{shown.width}x{shown.height}" == mark.get("canvas")
    assert shows(shown, region(mark))
    x, y, w, h = region(mark)
    assert (x + w > shown.width * 0.9, y + h > shown.height * 0.9) == (True, True)


@pytest.mark.parametrize(
    ("options", "alpha"),
    [
        (("-d", "10", "--cicp", "9/16/9", "-r", "limited", "-y", "420"), False),
        (("-d", "10", "--irot", "1"), True),
        (("-d", "12", "-y", "444"), False),
    ],
)
def test_an_avif_keeps_its_depth_and_what_its_colours_mean(options, alpha, tmp_path):
    need("avifenc", "avifdec")
    image = photo(SIZE, "RGBA" if alpha else "RGB")
    data = made("avifenc", image, "a.avif", tmp_path, *options)
    result, mark, notes = written(data)
    assert told(result, tmp_path) == told(data, tmp_path)
    assert any("coded again" in note for note in notes)
    if not alpha:
        after = decoded(result, "avif", tmp_path)
        assert moved(decoded(data, "avif", tmp_path), after, region(mark)) < 3


def test_the_tiles_of_an_avif_become_one_picture(tmp_path):
    data = made("avifenc", photo((512, 256)), "a.avif", tmp_path, "-g", "2x2")
    result, mark, _ = written(data)
    after = decoded(result, "avif", tmp_path)
    assert moved(decoded(data, "avif", tmp_path), after, region(mark)) < 4
    assert len(result) < 3 * len(data)


def _animation(durations, **options):
    frames = [photo(SIZE, seed=number) for number in range(len(durations))]
    return coded(frames[0], "AVIF", save_all=True, append_images=frames[1:],
                 duration=durations, **options)  # fmt: skip


def frames_of(data):
    with Image.open(BytesIO(data)) as image:
        for number in range(image.n_frames):
            image.seek(number)
            yield image.convert("RGBA").copy(), image.info["duration"]


def test_every_frame_of_an_avif_carries_the_notice(tmp_path):
    data = _animation([100, 250, 40])
    result, mark, _ = written(data)
    assert [line for line in told(result, tmp_path) if "Decoded" in line or "frames" in line] == [
        line for line in told(data, tmp_path) if "Decoded" in line or "frames" in line
    ]
    for (after, lasts), (before, lasted) in zip(frames_of(result), frames_of(data), strict=True):
        assert lasts == lasted
        assert shows(after, region(mark))
        assert moved(before, after, region(mark)) < 4


def _repeating(data, times):
    """The animation shown so often: `tkhd` and `mvhd` of version 1 say how long it is in all."""
    at = data.index(b"elst") + 4
    once = int.from_bytes(data[at + 8 : at + 16], "big")
    data = bytearray(data)
    data[at + 3] = times > 1
    for name, skip in ((b"mvhd", 24), (b"tkhd", 28)):
        start = data.index(name) + 4 + skip
        data[start : start + 8] = (once * times).to_bytes(8, "big")
    return bytes(data)


@pytest.mark.parametrize("times", [1, 3])
def test_an_animation_is_shown_as_often_as_it_was(times):
    result, _, _ = written(_repeating(_animation([100, 50]), times))
    at = result.index(b"elst") + 4
    start = result.index(b"tkhd") + 4 + 28
    once = int.from_bytes(result[at + 8 : at + 16], "big")
    assert result[at + 3] == (times > 1)
    assert int.from_bytes(result[start : start + 8], "big") == times * once


def test_an_animation_beside_a_picture_is_refused_and_never_believed():
    """By its major brand, viewers take the picture or the tracks."""
    data = _animation([100, 50])
    result, mark, _ = written(data)
    for each in (data, result):
        still = each[:8] + b"avif" + each[12:]
        with pytest.raises(CannotLabel, match="tracks beside"):
            drawn(still)
        found = seen(still, mark)
        assert (found.found, found.unread) == ((), True)


def test_an_animation_for_ever_stays_so():
    result, _, _ = written(_animation([100, 50]))
    start = result.index(b"tkhd") + 4 + 28
    assert result[start : start + 8] == b"\xff" * 8


# -- HEIC -------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["RGB", "L", "RGBA"])
def test_a_heic_shows_the_notice_and_is_else_what_it_was(mode, tmp_path):
    image = photo(SIZE, mode)
    if mode == "RGBA":
        image.putalpha(photo(SIZE, "L", 3))
    data = made("heif-enc", image, "a.heic", tmp_path, "-q", "80")
    result, mark, notes = written(data)
    after = decoded(result, "heic", tmp_path)
    assert after.size == SIZE
    assert shows(after.convert("RGB"), region(mark))
    assert moved(decoded(data, "heic", tmp_path), after, region(mark)) < 3
    assert any("heif-enc at quality" in note for note in notes)


@pytest.mark.parametrize("turn", [3, 6, 8] if FULL else [6])
def test_a_heic_keeps_its_orientation_profile_and_exif(turn, tmp_path, exiftool):
    exif = Image.Exif()
    exif[ORIENTATION], exif[MAKER] = turn, "Maker"
    source = coded(photo(SIZE), "JPEG", exif=exif, icc_profile=PROFILE)
    data = made("heif-enc", source, "a.heic", tmp_path)
    result, mark, _ = written(data)
    before, after = (decoded(each, "heic", tmp_path) for each in (data, result))
    assert f"{after.width}x{after.height}" == mark.get("canvas")
    assert moved(before, after, region(mark)) < 3
    said = []
    for each in (data, result):
        path = tmp_path / "said.heic"
        path.write_bytes(each)
        wanted = ("-Rotation", "-Make", "-ProfileDescription", "-ImageSize")
        said.append(run(exiftool, "-a", *wanted, path))
    assert said[0] == said[1]
    assert "Maker" in said[0]
    assert "sRGB" in said[0]


def test_previews_of_a_heic_go(tmp_path):
    need("heif-enc", "heif-info")
    data = made("heif-enc", photo((320, 240)), "a.heic", tmp_path, "-t", "64")
    result, _, notes = written(data)
    path = tmp_path / "b.heic"
    path.write_bytes(result)
    assert "thumbnail" not in run("heif-info", path)
    assert any("previews" in note for note in notes)


def beside(data, kind):
    """A HEIC of two pictures whose second is an auxiliary one of the first: what `kind` says."""
    return having(data, 2, [box(b"auxC", bytes(4) + kind + b"\0")], box(b"auxl", b"\0\2\0\1\0\1"))


def having(data, item, more, reference=b""):
    """A HEIC with these properties more on an item, and this reference alone."""
    top = {name: (at, size) for name, at, size in children(data, 0, len(data))}
    at, size = top[b"meta"]
    inner = {name: data[a : a + s] for name, a, s in children(data, at + 12, at + size)}
    if reference:
        inner[b"iref"] = box(b"iref", bytes(4) + reference)
    (_, start, length), (_, ipma, end) = list(children(inner[b"iprp"], 8, len(inner[b"iprp"])))
    ipco = inner[b"iprp"][start : start + length]
    count = len(list(children(ipco, 8, len(ipco))))
    properties = box(b"ipco", ipco[8:] + b"".join(more))
    table = inner[b"iprp"][ipma : ipma + end]
    rows, pos = b"", 16
    for _ in range(int.from_bytes(table[12:16], "big")):
        number, many = struct.unpack_from(">HB", table, pos)
        found = table[pos + 3 : pos + 3 + many]
        if number == item:
            found += bytes(count + 1 + n for n in range(len(more)))
        rows += struct.pack(">HB", number, len(found)) + found
        pos += 3 + many
    inner[b"iprp"] = box(b"iprp", properties + box(b"ipma", table[8:16] + rows))
    places = pictures_of(BytesIO(data), Limits()).items.places

    def whole(shift):
        moved = [
            at_of(place, [replace(each, start=each.start + shift) for each in place.extents])
            for place in places
        ]
        inner[b"iloc"] = iloc(0, moved, 0)
        made = b"".join(inner.values())
        return data[:at] + box(b"meta", bytes(4) + made) + data[at + size :]

    return whole(len(whole(0)) - len(data))


@pytest.mark.parametrize(
    ("quarters", "mirror"),
    [(1, None), (0, 1), (3, 1), *([(2, None), (3, None), (0, 0), (1, 0)] if FULL else [])],
)
def test_a_heic_is_turned_as_it_was(quarters, mirror, tmp_path):
    """By `irot` and `imir`, which heif-convert applies."""
    data = made("heif-enc", photo((160, 96)), "a.heic", tmp_path)
    mirrors = [] if mirror is None else [box(b"imir", bytes([mirror]))]
    data = having(data, 1, [box(b"irot", bytes([quarters])), *mirrors])
    result, mark, _ = written(data)
    before, after = (decoded(each, "heic", tmp_path) for each in (data, result))
    assert after.size == ((96, 160) if quarters % 2 else (160, 96))
    assert shows(after.convert("RGB"), region(mark))
    assert moved(before, after, region(mark)) < 3
    old, new = (pictures_of(BytesIO(each), Limits()) for each in (data, result))
    assert old.turn == new.turn
    assert old.turn != 1
    assert old.size == new.size == (160, 96)


def test_a_gain_map_beside_a_heic_stays_byte_for_byte(tmp_path):
    need("heif-enc", "heif-info")
    photo((64, 64), seed=5).save(tmp_path / "map.png")
    data = made("heif-enc", photo((128, 128)), "a.heic", tmp_path, tmp_path / "map.png")
    data = beside(data, b"urn:com:apple:photo:2020:aux:hdrgainmap")
    path = tmp_path / "b.heic"
    path.write_bytes(data)
    assert run("heif-info", path).count("image:") == 1
    result, _, notes = written(data)
    assert any("gain map" in note for note in notes)
    path.write_bytes(result)
    run("heif-convert", path, tmp_path / "b.png")
    items = [pictures_of(BytesIO(each), Limits()) for each in (data, result)]
    kept = []
    for each, found in zip((data, result), items, strict=True):
        (number,) = found.sources("auxl", found.primary)
        (extent,) = found.items.place(number).extents
        kept.append(each[extent.start : extent.start + extent.length])
    assert kept[0] == kept[1]


# -- JPEG XL ----------------------------------------------------------------------------


def _layered(mode):
    image = photo(SIZE, mode)
    if mode == "RGBA":
        image.putalpha(photo(SIZE, "L", 3))
    return image


@pytest.mark.parametrize("mode", ["RGB", "L", "RGBA"])
@pytest.mark.parametrize("container", ["0", "1"])
def test_a_jpeg_xl_without_loss_stays_so(mode, container, tmp_path):
    need("cjxl", "djxl")
    options = ("-d", "0", f"--container={container}")
    data = made("cjxl", _layered(mode), "a.jxl", tmp_path, *options)
    result, mark, notes = written(data)
    before, after = (decoded(each, "jxl", tmp_path) for each in (data, result))
    assert moved(before, after, region(mark)) == 0
    assert shows(after.convert("RGB"), region(mark))
    assert not notes


def wide_png(size):
    """16-bit colour, which Pillow does not write."""
    import zlib

    low, high = photo(size).tobytes(), photo(size, seed=2).tobytes()
    both = bytes(part for pair in zip(high, low, strict=True) for part in pair)
    row = 6 * size[0]
    raw = b"".join(b"\0" + both[y * row : (y + 1) * row] for y in range(size[1]))

    def chunk(kind, content):
        crc = zlib.crc32(kind + content)
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", crc)

    head = struct.pack(">IIBBBBB", *size, 16, 2, 0, 0, 0)
    parts = (chunk(b"IHDR", head), chunk(b"IDAT", zlib.compress(raw)), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def test_a_jpeg_xl_of_16_bits_keeps_every_bit_outside_of_the_notice(tmp_path):
    need("cjxl", "djxl")
    (tmp_path / "w.png").write_bytes(wide_png(SIZE))
    run("cjxl", "-d", "0", tmp_path / "w.png", tmp_path / "w.jxl")
    data = (tmp_path / "w.jxl").read_bytes()
    result, mark, _ = written(data)
    raws = []
    for each in (data, result):
        (tmp_path / "x.jxl").write_bytes(each)
        run("djxl", tmp_path / "x.jxl", tmp_path / "x.ppm")
        raws.append((tmp_path / "x.ppm").read_bytes()[-6 * SIZE[0] * SIZE[1] :])
    x, y, w, h = region(mark)
    for row in range(SIZE[1]):
        one, two = (raw[6 * SIZE[0] * row :][: 6 * SIZE[0]] for raw in raws)
        if y <= row < y + h:
            one, two = (each[: 6 * x] + each[6 * (x + w) :] for each in (one, two))
        assert one == two


@pytest.mark.parametrize("turn", [1, 6])
def test_a_jpeg_in_a_jpeg_xl_can_still_be_had_and_changes_under_the_notice_only(turn, tmp_path):
    need("cjxl", "djxl", "jpegtran")
    exif = Image.Exif()
    exif[ORIENTATION], exif[MAKER] = turn, "Maker"
    source = coded(photo((320, 240)), "JPEG", quality=90, exif=exif, icc_profile=PROFILE)
    data = made("cjxl", source, "a.jxl", tmp_path, "--lossless_jpeg=1")
    result, mark, notes = written(data)
    (tmp_path / "b.jxl").write_bytes(result)
    said = run("djxl", tmp_path / "b.jxl", tmp_path / "b.jpg")
    assert "Reconstructed to JPEG" in said
    assert not notes
    with Image.open(tmp_path / "b.jpg") as image, Image.open(BytesIO(source)) as old:
        assert image.info["icc_profile"] == PROFILE
        assert image.getexif()[ORIENTATION] == turn
        from PIL import ImageOps

        after, before = (ImageOps.exif_transpose(each).convert("RGB") for each in (image, old))
    x, y, w, h = region(mark)
    # The blocks that the notice touches are 16 pixels wide, and chroma reaches one further.
    grown = (max(0, x - 17), max(0, y - 17), w + 34, h + 34)
    assert outside_equal(before, after, grown)
    assert shows(after, region(mark))


def test_a_jpeg_xl_with_loss_says_what_it_cost(tmp_path):
    need("cjxl", "djxl")
    data = made("cjxl", photo(SIZE), "a.jxl", tmp_path, "-d", "1")
    result, mark, notes = written(data)
    before, after = (decoded(each, "jxl", tmp_path) for each in (data, result))
    assert 0 < moved(before, after, region(mark)) < 3
    assert any("cjxl -d 0.5" in note for note in notes)


def test_every_frame_of_a_jpeg_xl_carries_the_notice(tmp_path):
    need("cjxl", "djxl")
    first, *rest = (photo(SIZE, seed=number) for number in range(3))
    first.save(tmp_path / "a.png", save_all=True, append_images=rest, duration=[100, 300, 50],
               loop=2)  # fmt: skip
    run("cjxl", "-d", "0", tmp_path / "a.png", tmp_path / "a.jxl")
    data = (tmp_path / "a.jxl").read_bytes()
    result, mark, _ = written(data)
    looks, loops = [], []
    for each in (data, result):
        (tmp_path / "b.jxl").write_bytes(each)
        run("djxl", tmp_path / "b.jxl", tmp_path / "b.png")
        looks.append((tmp_path / "b.png").read_bytes())
        with Image.open(BytesIO(looks[-1])) as image:
            loops.append(image.info["loop"])
    assert loops[0] == loops[1]
    for (before, lasted), (after, lasts) in zip(*map(frames_of, looks), strict=True):
        assert lasts == lasted
        assert moved(before, after, region(mark)) == 0
        assert shows(after, region(mark))


# -- all of them ------------------------------------------------------------------------


def _sample(kind, folder, size=SIZE):
    if kind == "avif":
        return coded(photo(size), "AVIF")
    if kind == "heic":
        return made("heif-enc", photo(size), "sample.heic", folder)
    return made("cjxl", photo(size), "sample.jxl", folder, "-d", "0", "-e", "3")


@pytest.mark.parametrize("kind", DECODERS)
def test_a_whole_stamp_is_believed_read_back_and_given_once(kind, tmp_path):
    law = LABELLED
    first = stamp(Asset.of_bytes(_sample(kind, tmp_path)), SAID, law)
    assert verify(first, law, trust=TRUST).outcome is Outcome.MET
    assert {each.mark.layer.name for each in read(first, TRUST).marks} >= {"VISIBLE", "METADATA"}
    decoded(first.data(), kind, tmp_path)
    again = stamp(first, SAID, law)
    assert again.data() == first.data()


@pytest.mark.parametrize("kind", DECODERS)
def test_metadata_and_unknown_boxes_stay(kind, tmp_path, exiftool):
    data = _sample(kind, tmp_path)
    law = rules("iptc-only")
    labelled = stamp(Asset.of_bytes(data), SAID, law)
    result = stamp(labelled, SAID, NOTICE)
    store = read(result, TRUST).provenance
    assert store is not None
    path = tmp_path / f"kept.{kind}"
    path.write_bytes(result.data())
    assert "trainedAlgorithmicMedia" in run(exiftool, "-XMP:all", path)
    assert store.ingredients


@pytest.mark.parametrize("kind", DECODERS)
def test_what_is_cut_off_or_damaged_is_one_line(kind, tmp_path):
    data = _sample(kind, tmp_path, (64, 64))
    record = wish("AI", region="2,40,40,20", canvas="64x64", height="12")
    hurt = [data[: len(data) * part // 8] for part in range(2, 8)]
    hurt += [
        data[:at] + b"\xff" * 9 + data[at + 9 :] for at in range(40, len(data), len(data) // 9)
    ]
    said = set()
    for each in hurt:
        for work in (drawn, lambda one: seen(one, record)):
            try:
                if Asset.of_bytes(each).media_type != f"image/{kind}":
                    continue
                work(each)
            except AigcLabelError as wrong:
                said.add(str(wrong))
    assert said
    assert all("\n" not in each and len(each) < 400 for each in said)


def _decoded(*_, **__):
    pytest.fail("it was decoded")


@pytest.mark.parametrize("kind", DECODERS)
def test_a_small_limit_holds_before_anything_is_decoded(kind, tmp_path, monkeypatch):
    data = _sample(kind, tmp_path)
    monkeypatch.setattr(coders.subprocess, "run", _decoded)
    with pytest.raises(MalformedAsset, match="more than the limit"):
        drawn(data, limits=Limits(pixels=1000))


def test_sides_that_lie_are_refused():
    data = coded(photo((64, 64)), "AVIF")
    at = data.index(b"ispe") + 8
    bomb = data[:at] + struct.pack(">II", 60_000, 60_000) + data[at + 8 :]
    with pytest.raises(MalformedAsset, match="60000 x 60000"):
        drawn(bomb)
    naked = b"\xff\x0a" + (0 | 3 << 1 | 0x3FFFFFF0 << 3 | 1 << 33).to_bytes(6, "little")
    with pytest.raises(AigcLabelError, match="pixels"):
        drawn(naked + bytes(99), kind="image/jxl")


def test_one_pixel_is_too_small():
    with pytest.raises(CannotLabel, match="too small"):
        drawn(coded(photo((1, 1)), "AVIF"))


def test_what_cannot_be_drawn_on_says_why(tmp_path):
    crop = ("--crop", "0,0,100,100", "-y", "444")
    with pytest.raises(CannotLabel, match="cropped by a property"):
        drawn(made("avifenc", photo(SIZE), "a.avif", tmp_path, *crop))
    photo(SIZE, seed=2).save(tmp_path / "b.png")
    with pytest.raises(CannotLabel, match="1 more picture"):
        drawn(made("heif-enc", photo(SIZE), "a.heic", tmp_path, tmp_path / "b.png"))
    with pytest.raises(CannotLabel, match="animated AVIF of 10 bits"):
        drawn(made("avifenc", photo(SIZE), "b.avif", tmp_path, "-d", "10", tmp_path / "b.png"))
    (tmp_path / "w.png").write_bytes(wide_png(SIZE))
    run("heif-enc", "-b", "10", tmp_path / "w.png", "-o", tmp_path / "w.heic")
    with pytest.raises(CannotLabel, match="10 bits"):
        drawn((tmp_path / "w.heic").read_bytes())


@pytest.mark.parametrize(
    ("kind", "names"),
    [("heic", ("heif-convert", "libheif-examples")), ("jxl", ("djxl", "libjxl-tools"))],
)
def test_without_the_programs_a_line_says_which_to_install(kind, names, tmp_path, monkeypatch):
    data = _sample(kind, tmp_path)
    result, mark, _ = written(data)
    monkeypatch.setattr(coders.shutil, "which", lambda _: None)
    with pytest.raises(CannotLabel, match=f"{names[0]} is not installed: install {names[1]}"):
        stamp(Asset.of_bytes(data), SAID, NOTICE)
    found = seen(result, mark)
    assert found.unread
    assert not found.found


def test_without_avif_in_pillow_the_pip_line_is_there(monkeypatch):
    from PIL import features

    data = coded(photo(SIZE), "AVIF")
    monkeypatch.setattr(features, "check", lambda _: False)
    with pytest.raises(CannotLabel, match="pip install"):
        stamp(Asset.of_bytes(data), SAID, NOTICE)
