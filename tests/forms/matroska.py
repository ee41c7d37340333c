"""Matroska and WebM, by ffmpeg and by arithmetic."""

import shutil

from forms.movies import MPEG4, PICTURE, TONE, made


def size(number, width=8):
    return (number | 1 << 7 * width).to_bytes(width, "big")


def el(hexid, content, width=4):
    return bytes.fromhex(hexid) + size(len(content), width) + content


def live():
    """A segment and a cluster that say no size, as a stream has them."""
    head = el("1a45dfa3", el("4282", b"webm", 1), 1)
    block = el("a3", b"\x81\0\0\x80" + bytes(50), 1)
    cluster = bytes.fromhex("1f43b675ff") + el("e7", b"\0", 1) + block
    info = el("1549a966", el("2ad7b1", b"\x0f\x42\x40", 1) + el("4d80", b"a", 1))
    return head + bytes.fromhex("1853806701ffffffffffffff") + info + cluster + cluster


def forms():
    found = {"webm-live": ("video/webm", live())}
    if shutil.which("ffmpeg"):
        found |= {
            "mkv": ("video/x-matroska", made("a.mkv", *PICTURE, *TONE, *MPEG4)),
            "mkv-tags": (
                "video/x-matroska", made("a.mkv", *PICTURE, *MPEG4, "-metadata", "COMMENT=a walk")),
            "mka": ("video/x-matroska", made("a.mka", *TONE, "-c:a", "libvorbis")),
            "webm": (
                "video/webm", made("a.webm", *PICTURE, *TONE, "-c:v", "vp8", "-c:a", "libvorbis")),
        }  # fmt: skip
    return found
