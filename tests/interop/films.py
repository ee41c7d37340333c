"""Clips that ffmpeg makes, labelled, and what is told of them."""

import json
import os
import shutil
import subprocess

import pytest
from PIL import Image

from aigclabel import Asset, Declaration, policy, stamp
from aigclabel.carriers.visible import VisibleCarrier
from aigclabel.containers.bmff import BmffContainer
from aigclabel.model import Context, Found, Layer, Mark
from aigclabel.protocols import Limits, View

LAW = policy("cn.gb45438-2025")
SAID = Declaration(producer="EXAMPLE-MODELS")
SECONDS = 3
PICTURES = ("-f", "lavfi", "-i", f"testsrc=size=320x240:rate=25:duration={SECONDS}")
SOUND = ("-f", "lavfi", "-i", f"sine=duration={SECONDS}")
FAST = ("-c:v", "libx264", "-preset", "ultrafast", "-crf", "16")
PLAIN = ("-pix_fmt", "yuv420p")
SUBTITLES = "1\n00:00:00,500 --> 00:00:02,000\nHello\n"
CHAPTERS = (
    ";FFMETADATA1\ntitle=A walk\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=1000\ntitle=One\n"
    "[CHAPTER]\nTIMEBASE=1/1000\nSTART=1000\nEND=3000\ntitle=Two\n"
)


def run(program, *arguments):
    found = shutil.which(program)
    if not found:
        pytest.skip(f"needs the program {program}")
    done = subprocess.run(
        [found, "-v", "error", *map(str, arguments)],
        capture_output=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def ffmpeg(*arguments):
    return run("ffmpeg", "-nostdin", "-y", *arguments)


def turned(path, folder, degrees):
    """The clip with a matrix that turns it."""
    out = folder / f"turned-{path.name}"
    ffmpeg("-i", path, "-map", "0", "-c", "copy", "-metadata:s:v:0", f"rotate={degrees}", out)
    return out


def rich(folder, name):
    """A clip with sound, subtitles, chapters and a title."""
    (folder / "s.srt").write_text(SUBTITLES)
    (folder / "c.txt").write_text(CHAPTERS)
    out = folder / name
    words = "mov_text" if name.endswith("mp4") else "srt"
    ffmpeg(*PICTURES, *SOUND, "-i", folder / "s.srt", "-i", folder / "c.txt", "-map", "0", "-map",
           "1", "-map", "2", "-map_metadata", "3", *PLAIN, *FAST, "-c:s", words, out)  # fmt: skip
    return out


def simple(folder, name, *options, source=PICTURES):
    ffmpeg(*source, *PLAIN, *options, folder / name)
    return folder / name


TEST = "testsrc=size={}:rate=25:duration=3"
CLIPS = {
    "subtitles.mp4": lambda f: rich(f, "subtitles.mp4"),
    "subtitles.mkv": lambda f: rich(f, "subtitles.mkv"),
    "phone.mp4": lambda f: turned(simple(f, "phone.mp4", *FAST), f, 90),
    "other-way.mov": lambda f: turned(simple(f, "other-way.mov", *FAST), f, 270),
    "head-down.mp4": lambda f: turned(simple(f, "head-down.mp4", *FAST), f, 180),
    "vp9.webm": lambda f: simple(
        f, "vp9.webm", "-c:v", "libvpx-vp9", "-cpu-used", "8", "-color_range", "tv"
    ),
    "changing.mp4": lambda f: simple(
        f, "changing.mp4", *FAST, "-vf", "select='lt(n,20)+not(mod(n,7))',setsar=4/3",
        "-vsync", "vfr",
    ),
    "odd.mkv": lambda f: simple(
        f, "odd.mkv", *FAST, "-pix_fmt", "yuv444p",
        source=("-f", "lavfi", "-i", TEST.format("161x121")),
    ),
    "hevc.mov": lambda f: simple(
        f, "hevc.mov", "-c:v", "libx265", "-preset", "ultrafast", "-x265-params",
        "log-level=error", "-tag:v", "hvc1", "-pix_fmt", "yuv420p10le", "-colorspace", "bt709",
        "-color_primaries", "bt709", "-color_trc", "bt709",
    ),
}  # fmt: skip

LONG = 8
"""Seconds of a film of which less than half has to change."""
MOVING = ("-f", "lavfi", "-i", f"testsrc2=size=320x240:rate=25:duration={LONG}")
TONE = ("-f", "lavfi", "-i", f"sine=duration={LONG}")
QUIET = "log-level=error:keyint=25:bframes=3"
MASTER = "G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,50)"
BRIGHT = (
    *("-color_primaries", "bt2020", "-color_trc", "smpte2084", "-colorspace", "bt2020nc"),
    *("-pix_fmt", "yuv420p10le", "-tag:v", "hvc1", "-c:v", "libx265", "-preset", "ultrafast"),
    *("-x265-params", f"{QUIET}:hdr10=1:master-display={MASTER}:max-cll=1000,400"),
)
GAMMA = (
    *("-color_primaries", "bt2020", "-color_trc", "arib-std-b67", "-colorspace", "bt2020nc"),
    *("-pix_fmt", "yuv420p10le", "-tag:v", "hvc1", "-c:v", "libx265", "-preset", "ultrafast"),
    *("-x265-params", QUIET),
)
JOINED = {
    "high.mp4": (*FAST[:2], "-preset", "veryfast", "-g", "25", *PLAIN),
    "first.mov": (*FAST, "-g", "25", "-movflags", "faststart", *PLAIN),
    "pieces.mp4": (*FAST, "-g", "25", "-movflags", "frag_keyframe+empty_moov", *PLAIN),
    "high.mkv": (*FAST[:2], "-preset", "veryfast", "-g", "25", *PLAIN),
    "vp9.webm": ("-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-g", "25",
                 *PLAIN),
    "open.mp4": ("-c:v", "libx265", "-preset", "veryfast", "-x265-params", QUIET, "-tag:v", "hvc1",
                 *PLAIN),
    "bright.mp4": BRIGHT,
    "gamma.mov": GAMMA,
    "uneven.mp4": (*FAST, "-g", "15", "-vf", "select='lt(n,60)+not(mod(n,3))'", "-vsync", "vfr",
                   "-video_track_timescale", "90000", *PLAIN),
}  # fmt: skip
QUICK = tuple(JOINED) if os.environ.get("AIGCLABEL_FULL") else (
    "high.mp4", "first.mov", "high.mkv", "vp9.webm", "bright.mp4", "uneven.mp4",
)  # fmt: skip
"""Films that are joined; each begins anew once a second, the HEVC ones with pictures that lean on
those before."""


def long(folder, name, options):
    """A longer film with sound."""
    ffmpeg(*MOVING, *TONE, *options, folder / name)
    return folder / name


def pictures(path):
    """Time, and digest as decoded, of each picture, in the order of showing."""
    rows = ffmpeg("-i", path, "-map", "0:v:0", "-fps_mode", "passthrough", "-f", "framemd5", "-")
    lines = [line.split(",") for line in rows.decode().splitlines() if line[:1] != "#"]
    return [line[5].strip() for line in lines]


def packets(path):
    """Digest of each packet of the film, by when it is shown."""
    out = run("ffprobe", "-select_streams", "v:0", "-show_data_hash", "md5", "-of", "csv=p=0",
              "-show_entries", "packet=pts_time,data_hash", path)  # fmt: skip
    rows = sorted(line.rstrip(",").split(",") for line in out.decode().split())
    return [row[1] for row in sorted(rows, key=lambda row: float(row[0]))]


def labelled(folder, name):
    """A clip, its labelled copy, and what the stamp gave."""
    before = CLIPS[name](folder)
    done = stamp(before, SAID, LAW)
    after = folder / f"labelled-{name}"
    done.save(after)
    return before, after, done


def notice(report):
    (mark,) = [m.mark for m in report.evidence.marks if m.mark.layer is Layer.VISIBLE]
    return mark


def streams(path):
    """Kind, and MD5 of the packets, of all streams but the film."""
    kinds = {each["codec_type"] for each in probed(path, "stream=codec_type")["streams"]}
    maps = [part for kind in kinds - {"video", "data"} for part in ("-map", f"0:{kind[0]}")]
    if not maps:
        return set()
    lines = ffmpeg("-i", path, *maps, "-c", "copy", "-f", "streamhash", "-hash", "md5", "-")
    return {line.partition(",")[2] for line in lines.decode().split()}


def probed(path, *entries):
    out = run("ffprobe", "-of", "json", "-show_chapters", "-show_entries", ":".join(entries), path)
    return json.loads(out)


def shown_at(path):
    out = run("ffprobe", "-select_streams", "v:0", "-of", "csv=p=0", "-show_entries",
              "packet=pts_time", path)  # fmt: skip
    times = sorted(float(line.strip(",")) for line in out.decode().split())
    return [round(each - times[0], 3) for each in times]


def frame(path, number, size):
    """One picture as a player shows it: turned, with square pixels."""
    raw = ffmpeg(
        "-i",
        path,
        "-map",
        "0:v:0",
        "-vf",
        f"select=eq(n\\,{number}),scale={size[0]}:{size[1]}",
        "-frames:v",
        "1",
        "-f",
        "rawvideo",
        "-pix_fmt",
        "rgb24",
        "-",
    )
    return Image.frombytes("RGB", size, raw)


def numbers(mark, name):
    return tuple(map(int, mark.get(name).replace("x", ",").split(",")))


def seen(path, mark):
    """What the carrier reads where the metadata holds this record."""
    asset = Asset.open(path)
    container = BmffContainer()
    with asset.stream() as stream:
        layout = container.scan(stream, asset.media_type, Limits())
    found = (Found(Mark(Layer.METADATA, "notice", mark.fields), "metadata", "xmp"),)
    return VisibleCarrier().read(
        View(asset, container, layout, {}, Limits(), Context(), found=found)
    )
