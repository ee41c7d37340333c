"""WAV, RF64, AVI and AIFF, by arithmetic."""

import struct

TONE = bytes((n * n) % 251 for n in range(4000))
FMT = struct.pack("<HHIIHH", 1, 1, 8000, 16000, 2, 16)


def chunk(tag, body):
    return tag + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)


def riff(kind, *chunks):
    body = kind + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def rf64(form=b"RF64"):
    sizes = struct.pack("<QQQI", 0, len(TONE), len(TONE) // 2, 0)
    rest = chunk(b"fmt ", FMT) + b"data\xff\xff\xff\xff" + TONE
    total = 4 + 8 + len(sizes) + len(rest)
    sizes = struct.pack("<QQQI", total, len(TONE), len(TONE) // 2, 0)
    return form + b"\xff\xff\xff\xff" + b"WAVE" + chunk(b"ds64", sizes) + rest


def info(**texts):
    return chunk(b"LIST", b"INFO" + b"".join(chunk(k.encode(), v) for k, v in texts.items()))


def avi(*, junk=1200, texts=True, index=True):
    avih = struct.pack("<14I", 40000, 0, 0, 0x10, 2, 0, 1, 0, 16, 16, 0, 0, 0, 0)
    strh = b"vids" + b"DIB " + struct.pack("<10I4h", 0, 0, 0, 1, 25, 0, 2, 0, 0, 0, 0, 0, 16, 16)
    strf = struct.pack("<IiiHHIIiiII", 40, 16, 16, 1, 24, 0, 768, 0, 0, 0, 0)
    strl = chunk(b"LIST", b"strl" + chunk(b"strh", strh) + chunk(b"strf", strf))
    hdrl = chunk(b"LIST", b"hdrl" + chunk(b"avih", avih) + strl)
    frame = chunk(b"00db", bytes(range(256)) * 3)
    movi = chunk(b"LIST", b"movi" + frame + frame)
    entries = b"".join(b"00db" + struct.pack("<III", 0x10, at, 768) for at in (4, 4 + len(frame)))
    parts = [hdrl]
    if texts:
        parts.append(info(ISFT=b"a tool\0"))
    if junk:
        parts.append(chunk(b"JUNK", b"\0" * junk))
    return riff(b"AVI ", *parts, movi, *([chunk(b"idx1", entries)] if index else []))


def aiff(kind=b"AIFF", sound=TONE):
    def big(tag, body):
        return tag + struct.pack(">I", len(body)) + body + b"\0" * (len(body) % 2)

    rate = bytes.fromhex("400bfa00000000000000")
    comm = struct.pack(">hIh", 1, len(sound) // 2, 16) + rate
    comm += b"NONE\x0enot compressed\0" if kind == b"AIFC" else b""
    body = kind + big(b"COMM", comm) + big(b"NAME", b"a tone") + big(b"SSND", bytes(8) + sound)
    return b"FORM" + struct.pack(">I", len(body)) + body


def forms():
    fmt, data = chunk(b"fmt ", FMT), chunk(b"data", TONE)
    plain = riff(b"WAVE", fmt, data)
    streamed = b"RIFF\xff\xff\xff\xffWAVE" + fmt + b"data\xff\xff\xff\xff" + TONE
    return {
        "wav": ("audio/wav", plain),
        "wav-odd": ("audio/wav", riff(b"WAVE", fmt, chunk(b"data", TONE[:-1]))),
        "wav-list": ("audio/wav", riff(b"WAVE", fmt, info(ISFT=b"a tool\0", ICMT=b"odd"), data)),
        "wav-cue-behind": ("audio/wav", riff(b"WAVE", fmt, data, chunk(b"cue ", b"\0\0\0\0"))),
        "wav-trailing": ("audio/wav", plain + b"bytes that nobody knows"),
        "wav-streamed": ("audio/wav", streamed),
        "rf64": ("audio/wav", rf64()),
        "bw64": ("audio/wav", rf64(b"BW64")),
        "avi": ("video/x-msvideo", avi()),
        "avi-no-room": ("video/x-msvideo", avi(junk=0, texts=False)),
        "avi-no-index": ("video/x-msvideo", avi(junk=0, index=False)),
        "aiff": ("audio/aiff", aiff()),
        "aifc-odd": ("audio/aiff", aiff(b"AIFC", TONE[:-1])),
    }
