"""Files with notices open in programs that share no code with the library."""

from __future__ import annotations

import shutil
import subprocess

import pytest
from unit.notices import coded, drawn, photo

from aigclabel import Declaration, policy, stamp

SIZE = (200, 150)


def _animation():
    first, *rest = (photo(SIZE, "RGB", seed).quantize(90) for seed in range(3))
    return coded(first, "GIF", save_all=True, append_images=rest, duration=80, loop=0)


FILES = {
    "a.jpg": lambda: coded(photo(SIZE), "JPEG"),
    "progressive.jpg": lambda: coded(photo(SIZE), "JPEG", progressive=True),
    "a.gif": _animation,
    "lzw.tif": lambda: coded(photo(SIZE), "TIFF", compression="tiff_lzw"),
    "plain.tif": lambda: coded(photo(SIZE), "TIFF"),
}
READERS = {
    "djpeg": (["djpeg", "-outfile", "/dev/null"], (".jpg",)),
    "ffmpeg": (["ffmpeg", "-v", "error", "-xerror", "-i"], (".jpg", ".gif", ".tif")),
    "exiftool": (["exiftool", "-validate", "-warning", "-error", "-a"], (".jpg", ".gif", ".tif")),
}  # fmt: skip


@pytest.mark.parametrize(
    ("program", "name"),
    [(one, name) for one, (_, ends) in READERS.items() for name in FILES if name.endswith(ends)],
)
def test_other_readers_take_what_was_drawn_on(tmp_path, program, name):
    command, _ = READERS[program]
    if not shutil.which(program):
        pytest.skip(f"needs the program {program}")
    data = FILES[name]()
    told = {}
    for kind, content in (("before", data), ("after", drawn(data).asset.data())):
        path = tmp_path / f"{kind}-{name}"
        path.write_bytes(content)
        parts = [*command, str(path), *(["-f", "null", "-"] if program == "ffmpeg" else [])]
        done = subprocess.run(parts, capture_output=True, text=True, timeout=60, check=False)
        told[kind] = (done.returncode, (done.stdout + done.stderr).replace(kind, ""))
    assert told["after"] == told["before"]
    assert told["after"][0] == 0


@pytest.mark.skipif(not shutil.which("exiftool"), reason="needs the program exiftool")
@pytest.mark.parametrize("name", FILES)
def test_the_alternative_text_says_it_and_keeps_the_authors(tmp_path, name):
    def tags(path):
        command = ["exiftool", "-s3", "-f", "-XMP-iptcCore:AltTextAccessibility",
                   "-XMP-iptcCore:AltTextAccessibility-de", path]  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        return done.stdout.splitlines()

    said, rules = Declaration(producer="X"), policy("cn.gb45438-2025")
    path = tmp_path / name
    path.write_bytes(FILES[name]())
    plain = tmp_path / f"plain-{name}"
    made = stamp(path, said, rules, None).save(plain)
    assert tags(made) == ["AI生成", "-"]
    given = ("AltTextAccessibility=A road", "AltTextAccessibility-de=Ein Weg")
    command = [
        "exiftool",
        "-q",
        "-overwrite_original",
        *(f"-XMP-iptcCore:{each}" for each in given),
    ]
    subprocess.run([*command, path], check=True)
    once = stamp(path, said, rules, None).save(tmp_path / f"once-{name}")
    again = stamp(once, said, rules, None).save(tmp_path / f"again-{name}")
    assert tags(once) == tags(again) == ["A road [AI生成]", "Ein Weg [AI生成]"]
