"""Ogg with Vorbis, Opus, FLAC, Speex and Theora, and FLAC, by ffmpeg."""

import shutil

from forms.movies import PICTURE, TONE, made

LONG = "x" * 70_000


def forms():
    if not shutil.which("ffmpeg"):
        return {}
    vorbis, opus = ["-c:a", "libvorbis"], ["-c:a", "libopus"]
    return {
        "vorbis": ("audio/ogg", made("a.ogg", *TONE, *vorbis)),
        "vorbis-comments": (
            "audio/ogg", made("a.ogg", *TONE, *vorbis, "-metadata", f"comment={LONG}")),
        "flac": ("audio/flac", made("a.flac", *TONE)),
        "flac-long": ("audio/flac", made("a.flac", *TONE, "-metadata", f"comment={LONG}")),
        "ogg-flac": ("audio/ogg", made("a.oga", *TONE, "-c:a", "flac")),
        "speex": ("audio/ogg", made("a.spx", *TONE, "-ar", "16000", "-c:a", "libspeex")),
        "theora": ("video/ogg", made("a.ogv", *PICTURE, *TONE, "-c:v", "libtheora", *vorbis)),
        "opus": ("audio/opus", made("a.opus", *TONE, *opus, "-metadata", "title=a tone")),
    }  # fmt: skip
