"""Corrected labels, as programs that are not ours read them."""

import json
import subprocess
from dataclasses import replace

import pytest
from PIL import Image

from aigclabel import LOCAL, Asset, Context, Declaration, correct, policy, stamp

RULES = policy("cn.gb45438-2025")
BY = Declaration("PLATFORM-A", propagator="PLATFORM-A")
JUDGED = replace(BY, propagate_id="p-1", content_id="c-1", judgement="suspected")
WHY = "its publisher declared it"
PICTURES = ("image/jpeg", "image/png", "image/webp")


def corrected(kind, signer=LOCAL):
    picture = Asset.of_image(Image.new("RGB", (160, 120), "teal"), kind, "a")
    there = stamp(picture, JUDGED, RULES, signer, Context(role="platform"))
    return there, correct(there, "2", WHY, BY)


@pytest.mark.parametrize("kind", PICTURES)
def test_exiftool_reads_the_new_value_and_one_label(kind, exiftool, tmp_path):
    for asset, value in zip(corrected(kind), "32", strict=True):
        name = f"{value}.{kind.rpartition('/')[2]}"
        asset.save(tmp_path / name)
        told = subprocess.run(
            [exiftool, "-j", "-a", "-G1", "-XMP:all", tmp_path / name],
            capture_output=True,
            check=True,
        ).stdout
        (row,) = json.loads(told)
        found = [text for key, text in row.items() if key == "XMP-TC260:Aigc"]
        said = [json.loads(each) for each in found]
        assert [each["Label"] for each in said] == [value]


@pytest.mark.parametrize("kind", PICTURES)
@pytest.mark.parametrize("signed", [True, False])
def test_another_engine_finds_it_valid_and_reads_why(kind, signed, tmp_path, monkeypatch):
    engine = pytest.importorskip("encypher_c2pa", reason="needs encypher-c2pa")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    _, done = corrected(kind, LOCAL if signed else None)
    anchor = LOCAL.resolved().anchor.decode()
    told = engine.verify(
        done.data(), kind, telemetry=False, no_default_trust=True, trust_pem=anchor
    )
    assert (told["validation_state"], told["hard_binding"]) == ("Trusted", "match")
    assert f"cn.aigc Label corrected from 3 to 2: {WHY}" in json.dumps(told)
