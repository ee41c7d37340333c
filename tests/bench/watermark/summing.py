"""From measured lines to the few numbers that are kept: `results.json`."""

from __future__ import annotations

import json
import statistics

from bench.watermark import measure, peers

EXTRAS = ("together", "averaging", "collusion")


def summary(half):
    """Everything that was measured on a half, summed up."""
    told = {"half": half, "methods": {}}
    for name in (peers.Ours.name, *peers.BITS):
        if lines := measure.lines(measure.folder() / f"{half}-{name}.jsonl"):
            told["methods"][name] = {
                str(side): sized([line for line in lines if line["side"] == side])
                for side in sorted({line["side"] for line in lines})
            }
    for effort in peers.EFFORTS:
        if (file := measure.folder() / f"unmarked-{half}-{effort}.json").exists():
            found = json.loads(file.read_text())
            told.setdefault("unmarked", {})[effort] = [found["count"], len(found["hits"])]
    for name in EXTRAS:
        if (file := measure.folder() / f"{name}.json").exists():
            told[name] = json.loads(file.read_text())
    return told


def sized(lines):
    """The numbers of one method at one size."""
    marked = [line for line in lines if "error" not in line]
    told = {"pictures": len(lines), "refused": len(lines) - len(marked)}
    if marked:
        looks = [line["psnr"] for line in marked]
        told |= {
            "psnr": round(statistics.fmean(looks), 2),
            "worst": round(min(looks), 2),
            "ssim": round(statistics.fmean(line["ssim"] for line in marked), 4),
            "megapixels": round(
                statistics.fmean(line["size"][0] * line["size"][1] / 1e6 for line in marked), 3
            ),
            "ms": {"embed": speed(marked, lambda line: line["embed"])},
        }
        for effort in marked[0]["unmarked"]:
            told["ms"][effort] = speed(marked, lambda line, e=effort: line["unmarked"][e])
    names = list(dict.fromkeys(name for line in lines for name in line["attacks"]))
    told["attacks"] = {name: counted(lines, name) for name in names}
    return told


def speed(lines, seconds):
    """Milliseconds of one processor a megapixel: all of the time over all of the pixels."""
    pixels = sum(line["size"][0] * line["size"][1] for line in lines)
    return round(1e9 * sum(seconds(line) for line in lines) / pixels, 1)


def counted(lines, name):
    """[pictures, read exactly, of these at effort `direct`, at `geometry`, wrong payloads]."""
    ends = [line["attacks"][name] for line in lines if name in line["attacks"]]
    exact = sum(end in peers.EFFORTS for end in ends)
    return [len(ends), exact, *(ends.count(e) for e in ("direct", "geometry", measure.WRONG))]
