"""`python -m tests.bench.watermark.films`: what the watermark in a video survives, and how long it
takes.

table [--half] [--clips …] [--attacks …]   a line per attack, a column per clip (named by patterns)
time                                      10 s of 1920 by 1080: seconds and memory

Clips are of two kinds: those of the corpus (`AIGCLABEL_CORPUS`), and what a camera would see that
moves over the photographs of `pictures.tsv` (`AIGCLABEL_PICTURES`), with grain that is new in every
picture. They and their marked copies are kept in `AIGCLABEL_NUMBERS`.
"""

from __future__ import annotations

import argparse
import functools
import math
import os
import re
import resource
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))
os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}

from bench.watermark import measure, pictures

SIZE, RATE, SECONDS = (960, 540), 25, 4
PAYLOAD, LAW = "0123456789abcdef", "iptc-only"
EFFORTS = ("direct", "geometry", "deep")
KEPT = ("-c:v", "libx264", "-preset", "veryfast", "-crf", "14", "-pix_fmt", "yuv420p")
"""How a clip is coded before it is marked: its looks are hardly touched."""
GRAIN = 1.5
"""Standard deviation, in grey levels, of a camera's noise."""


def h264(crf, filters="null"):
    """As x264 codes it unless told otherwise, after filters."""
    return ("mp4", "-vf", filters, "-c:v", "libx264", "-crf", str(crf))


CROP = "crop=trunc(iw*{0}/2)*2:trunc(ih*{0}/2)*2:trunc(iw*0.03):trunc(ih*0.05)"
FAST_VP9 = ("-b:v", "0", "-cpu-used", "5", "-row-mt", "1")
LINES = "scale='if(gt(iw,ih),-2,360)':'if(gt(iw,ih),360,-2)'"
BAND = "drawbox=x=0:y=ih*0.85:w=iw:h=ih*0.15:color=black@1:t=fill"
ATTACKS = {
    "none": (),
    "H.264 CRF 23": h264(23),
    "H.264 CRF 28": h264(28),
    "H.264 CRF 35": h264(35),
    "HEVC CRF 28": ("mp4", "-c:v", "libx265", "-preset", "fast", "-crf", "28"),
    "VP9 CRF 36": ("webm", "-c:v", "libvpx-vp9", "-crf", "36", *FAST_VP9),
    "AV1 CRF 35": ("mp4", "-c:v", "libsvtav1", "-preset", "8", "-crf", "35"),
    "AV1 CRF 45": ("mp4", "-c:v", "libsvtav1", "-preset", "8", "-crf", "45"),
    "half size, CRF 28": h264(28, "scale=trunc(iw/4)*2:-2"),
    "360 lines, CRF 30": h264(30, LINES),
    "1 s, CRF 28": (*h264(28), "-ss", "0.7", "-t", "1"),
    "3 s, CRF 28": (*h264(28), "-ss", "0.7", "-t", "3"),
    "15 a second, CRF 28": (*h264(28), "-r", "15"),
    "mirrored, CRF 28": h264(28, "hflip"),
    "crop 90 %, CRF 23": h264(23, CROP.format(0.9)),
    "crop 90 %, CRF 28": h264(28, CROP.format(0.9)),
    "crop 84 %, CRF 23": h264(23, CROP.format(0.84)),
    "crop 84 %, CRF 28": h264(28, CROP.format(0.84)),
    "brighter, CRF 28": h264(28, "eq=brightness=0.1:contrast=1.2"),
    "notice band, CRF 28": h264(28, BAND),
}


@dataclass(frozen=True)
class Clip:
    """A clip: a file of the corpus, or photographs (their numbers in the half) over which a camera
    moves `pace` pixels a picture, `scenes` after each other, in a light."""

    file: str = ""
    scenes: tuple[int, ...] = (0,)
    pace: float = 2.0
    light: float = 1.0


CLIPS = {
    "telephone": Clip("media/video1_no_manifest.mp4"),
    "slides": Clip("media/test.avi"),
    "pan": Clip(scenes=(0,)),
    "cuts": Clip(scenes=(1, 2, 3, 4)),
    "still": Clip(scenes=(2,), pace=0.0),
    "dark": Clip(scenes=(3,), light=0.15),
    "rush": Clip(scenes=(4, 0, 1, 2, 3, 4, 0, 1), pace=22.0),
}


def ffmpeg(*arguments):
    """Runs ffmpeg; what it says."""
    command = ["ffmpeg", "-nostdin", "-hide_banner", "-y", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, check=True)
    return done.stderr.decode("utf-8", "replace")


def source(name, half, size=SIZE, seconds=SECONDS):
    """The clip's file, made where it is missing."""
    out = measure.folder() / f"film-{half}-{name}-{size[1]}-{seconds}.mp4"
    clip = CLIPS[name]
    if out.exists():
        return out
    if clip.file:
        path = Path(os.environ["AIGCLABEL_CORPUS"]) / clip.file
        ffmpeg("-i", path, "-t", str(seconds), "-an", "-map", "v:0", *KEPT, out)
    else:
        how = ("-f", "rawvideo", "-pix_fmt", "rgb24", "-s", "{}x{}".format(*size), "-r", str(RATE))
        command = ["ffmpeg", "-v", "error", *how, "-i", "-", *KEPT, str(out)]
        with subprocess.Popen(command, stdin=subprocess.PIPE) as program:
            for picture in shown(clip, half, size, seconds):
                program.stdin.write(picture)
    return out


@functools.cache
def photographs(half):
    """The larger photographs of a half."""
    from PIL import Image

    chosen = [each for each in pictures.listed(half) if each.kind == "photo"]
    pictures.fetch(chosen)
    made = [Image.fromarray(pictures.array(each, 1600)) for each in chosen]
    return [each for each in made if each.width > each.height >= SIZE[1]]


def shown(clip, half, size, seconds):
    """The bytes of each picture of a clip."""
    import numpy as np
    from PIL import Image

    rng, stills = np.random.default_rng(8), photographs(half)
    each = round(seconds * RATE / len(clip.scenes))
    for number, scene in enumerate(clip.scenes):
        still = stills[scene % len(stills)]
        angle = 2 * math.pi * (number * 0.38 + 0.1)
        for frame in range(each):
            at = (frame - each / 2) * clip.pace * still.height / size[1]
            zoom = min(still.width / size[0], still.height / size[1]) * 0.72
            zoom *= 1 - 0.0006 * clip.pace * (frame - each / 2)
            left = (still.width - size[0] * zoom) / 2 + 0.3 * at * math.cos(angle)
            top = (still.height - size[1] * zoom) / 2 + 0.3 * at * math.sin(angle)
            seen = still.transform(
                size, Image.Transform.AFFINE, (zoom, 0, left, 0, zoom, top),
                Image.Resampling.BICUBIC)  # fmt: skip
            noise = rng.normal(0, GRAIN, (size[1], size[0], 1))
            light = np.asarray(seen, np.float32) * clip.light + noise
            yield np.clip(np.rint(light), 0, 255).astype(np.uint8).tobytes()


def marked(path, profile="standard"):
    """The file with a watermark, made where it is missing; or the reason why there is none."""
    from aigclabel import CannotLabel, Choices, Declaration, policy, stamp

    out = path.with_name(f"{path.stem}-{profile}.mp4")
    if not out.exists():
        said = Declaration(producer="EXAMPLE-MODELS", content_id="film")
        choices = Choices(watermark=profile, payload=PAYLOAD)
        try:
            stamp(path, said, policy(LAW), signer=None, choices=choices).save(out)
        except CannotLabel as wrong:
            return str(wrong)
    return out


def heard(path, effort):
    """Whether the payload is read."""
    from aigclabel import read
    from aigclabel.keys import PUBLIC, Search

    told = read(path, search=Search(effort, (PUBLIC,)))
    return any(each.mark.get("payload") == PAYLOAD for each in told.marks)


def attacked(path, how):
    """What an attack leaves of a file."""
    if not how:
        return path
    out = path.with_name(f"attacked.{how[0]}")
    ffmpeg("-i", path, "-an", *how[1:], out)
    return out


def read_back(path, how):
    """The least effort that reads the payload; a dash for none."""
    left = attacked(path, how)
    return next((effort for effort in EFFORTS if heard(left, effort)), "–")


def looks(before, after):
    """PSNR of luma, in dB."""
    said = ffmpeg("-i", after, "-i", before, "-lavfi", "psnr", "-f", "null", "-")
    return f"{float(re.search(r'PSNR y:([0-9.]+)', said)[1]):.1f} dB"


def table(asked):
    """Measures, and prints what is measured, then the table."""
    attacks = [name for name in ATTACKS if re.search(asked.attacks, name)]
    columns = {}
    for name in (name for name in CLIPS if re.search(asked.clips, name)):
        plain = source(name, asked.half)
        path = marked(plain, asked.profile)
        if isinstance(path, str):
            columns[name] = [path[:20], *("–" for _ in attacks)]
            continue
        columns[name] = [looks(plain, path)]
        for attack in attacks:
            columns[name].append(read_back(path, ATTACKS[attack]))
            print(name, attack, columns[name][-1], file=sys.stderr, flush=True)  # noqa: T201
    rows = zip(["looks, with coding", *attacks], *columns.values(), strict=True)
    lines = [["", *columns], ["---"] * (len(columns) + 1), *rows]
    print("\n".join(f"| {' | '.join(line)} |" for line in lines))  # noqa: T201
    return 0


def timed(_asked):
    """Prints the processor seconds that marking and reading 10 s of 1920 by 1080 take, and the
    most memory so far, here and of a program that was run."""
    plain = source("cuts", "tuning", (1920, 1080), 10)
    plain.with_name(f"{plain.stem}-standard.mp4").unlink(missing_ok=True)
    measured = [("mark", lambda: marked(plain))]
    measured += [(f"read, {e}", lambda e=e: heard(marked(plain), e)) for e in EFFORTS]
    measured += [(f"read, {e}, unmarked", lambda e=e: heard(plain, e)) for e in EFFORTS]
    for name, call in measured:
        start = sum(os.times()[:4])
        call()
        who = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
        most = " and ".join(f"{resource.getrusage(w).ru_maxrss // 1024} MB" for w in who)
        print(f"{name}: {sum(os.times()[:4]) - start:.1f} s, {most}", flush=True)  # noqa: T201
    return 0


def main():
    """Does what the command line says."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.watermark.films")
    parser.add_argument("what", choices=("table", "time"))
    parser.add_argument("--half", choices=pictures.HALVES, default="report")
    parser.add_argument("--clips", default="")
    parser.add_argument("--attacks", default="")
    parser.add_argument("--profile", default="standard")
    asked = parser.parse_args()
    return {"table": table, "time": timed}[asked.what](asked)


if __name__ == "__main__":
    sys.exit(main())
