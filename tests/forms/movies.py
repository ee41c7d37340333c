"""MP4, MOV, 3GP and M4A, by ffmpeg."""

import shutil
import struct
import subprocess
import tempfile
from pathlib import Path

PICTURE = ["-f", "lavfi", "-i", "testsrc=d=0.4:s=64x48:r=10"]
TONE = ["-f", "lavfi", "-i", "sine=d=0.4"]
MPEG4 = ["-c:v", "mpeg4", "-c:a", "aac"]
FRAGMENTS = ["-movflags", "frag_keyframe+empty_moov"]
KEYS = ["-movflags", "use_metadata_tags", "-metadata", "one=first", "-metadata", "title=a walk"]


def made(name, *options):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        command = ["ffmpeg", "-v", "error", "-bitexact", *options, str(path)]
        subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
        return path.read_bytes()


def forms():
    if not shutil.which("ffmpeg"):
        return {}
    both = [*PICTURE, *TONE, *MPEG4]
    mp4 = made("a.mp4", *both)
    return {
        "mp4": ("video/mp4", mp4),
        "mp4-faststart": ("video/mp4", made("a.mp4", *both, "-movflags", "faststart")),
        "mp4-fragments": ("video/mp4", made("a.mp4", *both, *FRAGMENTS)),
        "mp4-dash": ("video/mp4", made("a.mp4", *both, "-movflags", "dash+global_sidx")),
        "mp4-keys": ("video/mp4", made("a.mp4", *both, *KEYS)),
        "mp4-keys-first": (
            "video/mp4",
            made("a.mp4", *both, "-movflags", "use_metadata_tags+faststart", *KEYS[2:]),
        ),
        "mp4-itunes": ("video/mp4", made("a.mp4", *both, "-metadata", "comment=a walk")),
        "mov": ("video/quicktime", made("a.mov", *both, "-metadata", "comment=a walk")),
        "mov-no-ftyp": ("video/quicktime", without_ftyp(made("a.mov", *both))),
        "mov-first": ("video/quicktime", made("a.mov", *both, "-movflags", "faststart")),
        "3gp": ("video/3gpp", made("a.3gp", *PICTURE, "-s", "128x96", "-c:v", "h263")),
        "m4a": ("audio/mp4", made("a.m4a", *TONE, "-metadata", "title=a tone")),
        "flv": (
            "video/x-flv",
            made("a.flv", *PICTURE, "-c:v", "flv", "-metadata", "comment=a walk"),
        ),
        "flv-tone": ("video/x-flv", made("a.flv", *TONE, "-c:a", "libmp3lame", "-ar", "44100")),
        "flv-index": (
            "video/x-flv",
            made("a.flv", *PICTURE, "-c:v", "flv", "-flvflags", "add_keyframe_index"),
        ),
        "flv-bare": (
            "video/x-flv",
            made("a.flv", *PICTURE, "-c:v", "flv", "-flvflags", "no_metadata"),
        ),
        "mp4-to-the-end": ("video/mp4", to_the_end(made("a.mp4", *both, "-movflags", "faststart"))),
    }


def to_the_end(data):
    """The last box says that it lasts to the end."""
    at = data.rindex(b"mdat") - 4
    assert at + int.from_bytes(data[at : at + 4], "big") == len(data)
    return data[:at] + bytes(4) + data[at + 4 :]


def without_ftyp(data):
    """QuickTime of before 2001: `wide` takes the room of the box that was not there yet."""
    assert data[4:8] == b"ftyp"
    size = int.from_bytes(data[:4], "big")
    return struct.pack(">I4s", size, b"wide") + bytes(size - 8) + data[size:]
