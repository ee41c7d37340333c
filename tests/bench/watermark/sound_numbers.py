"""`python -m tests.bench.watermark.sound_numbers run|page [--half]`: the mark in sound in numbers.

`run` measures every sound of a half and goes on where it was ended (results lie in the folder that
`AIGCLABEL_NUMBERS` names); `page` keeps the sums and writes the page of the docs from them.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from bench.watermark import peers, sound_attacks, sounds
from bench.watermark.page import table

os.environ.update(peers.ONE_THREAD)

RESULTS = Path(__file__).with_name("sound_results.json")
PAGE = Path(__file__).parents[3] / "docs" / "reference" / "watermark-numbers-sound.md"
PROFILES = ("durable", "standard")
PAYLOAD = bytes.fromhex("0123456789")
PATHS = ("direct", "geometry", "wrong", "")
LEAST = 95
_SPEEDS = tuple(name for name in sound_attacks.MADE if name.startswith("speed"))
AIMED = ("MP3 128", "MP3 64", "AAC 96", "Opus 32", "8 kHz", "half cut off", "3 s of it",
         "noise 20 dB", *_SPEEDS)  # fmt: skip
"""What is to be read from 95 % of the sounds, at 28 dB or more."""


def measured(clip, profile):
    """One sound under all attacks: for each the effort that read it."""
    from aigclabel.carriers.watermark.sound import QUALITY
    from aigclabel.carriers.watermark.spread.sound import detect_sound, embed_sound
    from aigclabel.keys import PUBLIC

    samples, rate = sound_attacks.loaded(clip.path)
    began = time.process_time()
    made = embed_sound(samples, rate, PAYLOAD, PUBLIC, QUALITY[profile])
    spent = {"embed": time.process_time() - began}
    for effort in PATHS[:2]:
        began = time.process_time()
        unmarked = detect_sound(samples, rate, (PUBLIC,), effort)
        spent[effort] = time.process_time() - began
    marked = (samples + made.delta, rate)
    read = {}
    for name, change in sound_attacks.MADE.items():
        if name == "left channel only" and samples.shape[1] == 1:
            continue
        hits = detect_sound(*change(marked), (PUBLIC,), "geometry")
        right = all(hit.payload == PAYLOAD for hit in hits)
        read[name] = ("wrong" if not right else hits[0].path) if hits else ""
    return {"name": clip.name, "profile": profile, "snr": made.snr, "held": made.held,
            "unmarked": len(unmarked), "cpu": spent, "seconds": len(samples) / rate,
            "read": read}  # fmt: skip


def run(half):
    """Measures what was not measured yet."""
    kept = kept_in(half)
    kept.parent.mkdir(parents=True, exist_ok=True)
    done = {(line["name"], line["profile"]) for line in lines(kept)}
    sounds.fetch(sounds.listed(half))
    for profile in PROFILES:
        for clip in sounds.listed(half):
            if (clip.name, profile) not in done:
                told = measured(clip, profile)
                with kept.open("a", encoding="utf-8") as out:
                    out.write(json.dumps(told, ensure_ascii=False) + "\n")
    return 0


def kept_in(half):
    named = os.environ.get("AIGCLABEL_NUMBERS")
    if not named:
        raise SystemExit("AIGCLABEL_NUMBERS is not set: name the folder of what was measured")
    return Path(named) / f"{half}-sound.jsonl"


def lines(path):
    if not path.is_file():
        return []
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def summed(told, kinds):
    """What is kept of a run: for each profile and attack (sounds, direct, geometry, wrong)."""
    made = {"kinds": kinds, "profiles": {}}
    for profile in PROFILES:
        some = [each for each in told if each["profile"] == profile]
        if not some:
            continue
        snr, whole = [each["snr"] for each in some], sum(each["seconds"] for each in some)
        attacks = {}
        for name in sound_attacks.MADE:
            paths = [each["read"][name] for each in some if name in each["read"]]
            attacks[name] = [len(paths), *(paths.count(path) for path in PATHS[:3])]
        made["profiles"][profile] = {
            "sounds": len(some),
            "snr": round(sum(snr) / len(snr), 2),
            "worst": round(min(snr), 2),
            "held": sum(each["held"] for each in some),
            "unmarked": sum(each["unmarked"] for each in some),
            "ms": {
                effort: round(1000 * sum(each["cpu"][effort] for each in some) / whole, 2)
                for effort in ("embed", *PATHS[:2])
            },
            "missed": {each["name"]: sorted(n for n, path in each["read"].items() if not path)
                       for each in some if "" in each["read"].values()},
            "attacks": attacks,
        }  # fmt: skip
    return made


INTRO = """\
# The mark in sound, in numbers

This page is written by `python -m tests.bench.watermark.sound_numbers page` from the results of one
run of that harness; a test holds it against them.

- **Sounds**: speech (people and machines), music, speech over music, and effects, out of
  installable packages, listed in `tests/bench/watermark/sounds.tsv`; twelve seconds of each, or
  less where it is shorter. The SHA-256 of their names divides them: even for tuning, odd for this
  page. Nothing was tuned on the sounds of this page.
- **Read** means all 40 bits, exactly, with effort `geometry`; behind it what `direct` reads.
- **Quality** is the ratio of sound to mark, over each half a minute. The mark lies under the
  threshold of hearing of a model; nobody listened to it in a test.
- **Time** is of one processor, one thread, for sounds without a mark, which take longest.
- Codecs, tempo and filters are those of ffmpeg.
"""
PITCH = """
A stretched sound is read because such programs keep pieces of it as they are; what keeps no long
pieces is lost. A changed pitch at the same length is nowhere searched for: it is read where a speed
that fits and pieces that stayed happen to be enough. Speeds beyond 4 % and stretching by phase
vocoders are not searched for at all. Little hides under noise that is even (a jet, a crowd, rain),
and little below 4 kHz of a sound that is mostly above.
"""


def rendered(told):
    """The page."""
    kinds = ", ".join(f"{count} {kind}" for kind, count in told["kinds"].items())
    profiles = told["profiles"]
    head = ["", *(f"`{name}`" for name in profiles)]
    rows = [
        ["sounds", *(each["sounds"] for each in profiles.values())],
        ["ratio of sound to mark, dB, mean", *(each["snr"] for each in profiles.values())],
        ["the least", *(each["worst"] for each in profiles.values())],
        ["read back under noise of 20 dB at once", *(each["held"] for each in profiles.values())],
        ["hits in unmarked sounds", *(each["unmarked"] for each in profiles.values())],
        *([f"`{name}`, ms of CPU a second of sound", *(e["ms"][name] for e in profiles.values())]
          for name in ("embed", "direct", "geometry")),
    ]  # fmt: skip
    parts = [INTRO, f"There are {kinds}.\n", table(head, rows)]
    parts += ["\n## Every attack\n", f"Aims are {LEAST} % with `durable` (28 dB).\n", attacks(told)]
    return "\n".join([*parts, PITCH, "## What was missed\n", missed(profiles["durable"]), ""])


def attacks(told):
    rows = []
    for name in sound_attacks.MADE:
        cells = [name]
        for each in told["profiles"].values():
            count, direct, geometry, wrong = each["attacks"][name]
            right = direct + geometry
            shares = [round(100 * some / count) for some in (right, direct)]
            cells += [f"{right} of {count}{f', {wrong} wrong' if wrong else ''}", *shares]
        count, direct, geometry, _ = told["profiles"][PROFILES[0]]["attacks"][name]
        reached = 100 * (direct + geometry) >= LEAST * count
        rows.append([*cells, ("yes" if reached else "**no**") if name in AIMED else ""])
    heads = [head for name in told["profiles"] for head in (f"`{name}`", "%", "%, `direct`")]
    return table(["attack", *heads, "aim"], rows)


def missed(each):
    rows = [[name, len(names), ", ".join(names)] for name, names in each["missed"].items()]
    return table(["sound, `durable`", "attacks", "which"], rows)


def write(half):
    """Keeps what was measured, and writes the page."""
    listed = sounds.listed(half)
    kinds = {kind: sum(clip.kind == kind for clip in listed)
             for kind in sorted({clip.kind for clip in listed})}  # fmt: skip
    told = summed(lines(kept_in(half)), kinds)
    RESULTS.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    PAGE.write_text(rendered(told), encoding="utf-8")
    return 0


def main():
    """Does what the command line says."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.watermark.sound_numbers")
    parser.add_argument("what", choices=("run", "page"))
    parser.add_argument("--half", choices=sounds.HALVES, default="report")
    asked = parser.parse_args()
    return {"run": run, "page": write}[asked.what](asked.half)


if __name__ == "__main__":
    sys.exit(main())
