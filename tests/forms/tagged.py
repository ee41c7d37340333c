"""MP3 with every kind of ID3 tag, and FLAC, by arithmetic."""

import struct
import zlib

# MPEG 1 layer III, 128 kbit/s, 44.1 kHz, stereo: a frame of silence.
FRAME = b"\xff\xfb\x90\x00" + bytes(413)
SOUND = FRAME * 4


def safe(size):
    return bytes(size >> shift & 0x7F for shift in (21, 14, 7, 0))


def frame(version, name, content, flags=b"\0\0"):
    if version == 2:
        return name + len(content).to_bytes(3, "big") + content
    size = safe(len(content)) if version == 4 else struct.pack(">I", len(content))
    return name + size + flags + content


def tag(version, *frames, flags=0, pad=64, before=b""):
    body = before + b"".join(frames) + bytes(pad)
    return b"ID3" + bytes((version, 0, flags)) + safe(len(body)) + body


def title(version):
    name = b"TT2" if version == 2 else b"TIT2"
    return frame(version, name, b"\1" + "ein Lied".encode("utf-16"))


def comment(version):
    return frame(version, b"COM" if version == 2 else b"COMM", b"\0eng\0a comment")


def flac(*blocks, sound=b"\xff\xf8\x69\x08\x00\x00" + bytes(40)):
    info = bytes.fromhex("1000100000000000000a0ac440f0000000000000") + bytes(14)
    every = [(0, info), *blocks]
    out = b"fLaC"
    for number, (kind, body) in enumerate(every):
        last = 0x80 * (number == len(every) - 1)
        out += bytes((kind | last,)) + len(body).to_bytes(3, "big") + body
    return out + sound


def comments(*entries):
    vendor = b"a vendor"
    out = struct.pack("<I", len(vendor)) + vendor + struct.pack("<I", len(entries))
    return out + b"".join(struct.pack("<I", len(e)) + e for e in entries)


def forms():
    unsync = frame(3, b"PRIV", b"a\0\xff\xe0\xff").replace(b"\xff\xe0\xff", b"\xff\0\xe0\xff\0")
    packed = zlib.compress(b"\0long\0" + b"text " * 40)
    squeezed = frame(3, b"TXXX", struct.pack(">I", 206) + packed, b"\0\x80")
    footer = tag(4, title(4), pad=0, flags=0x10)
    return {
        "mp3": ("audio/mpeg", SOUND),
        "mp3-v1": ("audio/mpeg", SOUND + b"TAG" + bytes(125)),
        "mp3-23": ("audio/mpeg", tag(3, title(3), comment(3)) + SOUND),
        "mp3-23-unsync": ("audio/mpeg", tag(3, title(3), unsync, flags=0x80) + SOUND),
        "mp3-23-extended": (
            "audio/mpeg", tag(3, title(3), flags=0x40, before=b"\0\0\0\6" + bytes(6)) + SOUND),
        "mp3-23-compressed": ("audio/mpeg", tag(3, squeezed) + SOUND),
        "mp3-24": ("audio/mpeg", tag(4, title(4), comment(4), pad=2000) + SOUND),
        "mp3-24-tight": ("audio/mpeg", tag(4, title(4), pad=0) + SOUND),
        "mp3-24-footer": ("audio/mpeg", footer + b"3DI" + footer[3:10] + SOUND),
        "mp3-two-tags": ("audio/mpeg", tag(4, title(4)) + tag(3, comment(3)) + SOUND),
        "flac": ("audio/flac", flac((4, comments(b"TITLE=ein Lied")), (1, bytes(400)))),
        "flac-tight": ("audio/flac", flac((4, comments(b"TITLE=ein Lied", b"no sign")))),
        "flac-bare": ("audio/flac", flac()),
        "flac-small-pad": ("audio/flac", flac((4, comments()), (1, bytes(9)), (2, b"appl....."))),
        "flac-behind-id3": ("audio/flac", tag(4, title(4)) + flac((1, bytes(20)))),
    }  # fmt: skip
