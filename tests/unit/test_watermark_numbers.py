"""The harness of the watermark's numbers: its list, its attacks, its measures, its page; and the
mark under the quick attacks."""

from __future__ import annotations

import json
from collections import Counter

import pytest
from bench.watermark import attacks, extras, measure, page, peer_worker, peers, pictures, summing

np = pytest.importorskip("numpy")
Image = pytest.importorskip("PIL.Image")


def photo(width=768, height=576, number=1):
    """As much detail as a photo has, in colour; busy here, smooth there."""
    rng = np.random.default_rng(number)
    made = np.zeros((height, width, 3))
    for cells in (3, 12, 48, 192):
        coarse = rng.normal(0, 60 / cells**0.4, (cells, cells, 3)) + 128 / 4
        bands = [
            Image.fromarray(coarse[..., band].astype(np.float32)).resize((width, height), 3)
            for band in range(3)
        ]
        made += np.stack([np.asarray(band) for band in bands], axis=2)
    return np.clip(made, 0, 255).round().astype(np.uint8)


# -- the list ---------------------------------------------------------------------------


def test_the_list_is_long_without_repeats_and_evenly_split():
    listed = pictures.listed()
    assert len(listed) >= 60
    assert len({p.sha256 for p in listed}) == len({(p.package, p.file) for p in listed})
    halves = [Counter(p.kind for p in pictures.listed(half)) for half in pictures.HALVES]
    assert halves[0] == halves[1]
    assert set(halves[0]) == {"photo", "ai", "drawing", "screenshot"}


def test_a_picture_is_in_the_half_that_its_bytes_say():
    for picture in pictures.listed():
        odd = bytes.fromhex(picture.sha256)[-1] & 1
        assert picture.half == ("report" if odd else "tuning")


def test_a_file_that_is_not_the_listed_one_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("AIGCLABEL_PICTURES", str(tmp_path))
    picture = next(p for p in pictures.listed() if p.package != "corpus")
    picture.path.write_bytes(b"another")
    with pytest.raises(SystemExit, match="is not the listed"):
        pictures.fetch([picture])


def test_pictures_of_the_corpus_are_those_listed(corpus):
    listed = [picture for picture in pictures.listed() if picture.package == "corpus"]
    assert len(listed) >= 4
    pictures.fetch(listed)
    for picture in listed:
        pixels = pictures.array(picture, 512)
        assert pixels.dtype == np.uint8
        assert max(pixels.shape[:2]) == 512
        assert pixels.shape[2] == 3


# -- attacks ----------------------------------------------------------------------------


def test_attacks_are_the_same_on_every_run_and_do_something():
    pixels = photo(256, 192)
    slow = {"AVIF 50", "median 7×7", "denoised (non-local means)"}
    for way in attacks.every():
        if way.name in slow:
            continue
        once = way(pixels, "a")
        assert np.array_equal(once, way(pixels, "a")), way.name
        assert once.dtype == np.uint8, way.name
        assert once.shape[2] == 3, way.name
        assert np.array_equal(once, pixels) == (way.name == "none"), way.name


def test_names_of_attacks_are_unique_and_each_is_of_a_group():
    listed = attacks.listed()
    assert len({way.name for way in listed}) == len(listed)
    assert {way.group for way in listed} == set(attacks.GROUPS)
    assert {name for aim in page.AIMS for name in aim.names} <= {way.name for way in listed}


def test_a_crop_keeps_the_share_that_it_says_and_its_place_depends_on_the_picture():
    pixels = photo(400, 300)
    half = next(way for way in attacks.every() if way.name == "cropped to 50 %")
    made = half(pixels, "a")
    assert made.shape[0] * made.shape[1] == pytest.approx(400 * 300 / 2, rel=0.01)
    assert not np.array_equal(made, half(pixels, "b"))


def test_a_straightened_picture_has_no_empty_corner():
    white = Image.new("RGB", (300, 200), "white")
    for angle in (1, 5, 15, -30):
        assert np.asarray(attacks.straightened(white, angle)).min() == 255


# -- measures ---------------------------------------------------------------------------


def test_psnr_of_a_known_error():
    black = np.zeros((20, 20, 3), np.uint8)
    assert measure.psnr(black, black + 5) == pytest.approx(20 * np.log10(255 / 5))
    assert measure.psnr(black, black) == 99


def test_ssim_of_flat_pictures_is_what_its_formula_gives():
    one, two = np.full((32, 32, 3), 100, np.uint8), np.full((32, 32, 3), 150, np.uint8)
    c1 = (0.01 * 255) ** 2
    known = (2 * 100 * 150 + c1) / (100**2 + 150**2 + c1)
    assert measure.ssim(one, two) == pytest.approx(known, abs=1e-9)
    assert measure.ssim(photo(64, 64), photo(64, 64)) == pytest.approx(1)


class Told:
    """A method that reads only what it is told."""

    name, bits, efforts = "told", 64, peers.EFFORTS

    def __init__(self, payload, path=""):
        self.payload, self.path, self.asked = payload, path, 0

    def embed(self, pixels, _payload):
        return peers.Answer(np.clip(pixels, 1, 254), 0.5)

    def detect(self, _pixels, _effort):
        self.asked += 1
        return peers.Answer(self.payload, 0.25, path=self.path)


def test_the_effort_that_reads_is_counted_and_a_wrong_payload_is_never_a_right_one():
    pixels, payload = photo(64, 64), bytes(8)
    assert measure.read_back(Told(payload, "geometry"), pixels, payload) == "geometry"
    assert measure.read_back(Told(bytes(7) + b"x", "geometry"), pixels, payload) == "wrong"
    assert measure.read_back(Told(None), pixels, payload) == ""


def test_a_run_that_was_ended_goes_on_where_it_was(tmp_path, monkeypatch, corpus):
    monkeypatch.setenv("AIGCLABEL_NUMBERS", str(tmp_path))
    some = [p for p in pictures.listed("report") if p.package == "corpus"][:2]
    monkeypatch.setattr(measure, "chosen", lambda *_: some)
    method = Told(None)
    measure.run(method, "report", (512,), quick=True)
    asked = method.asked
    measure.run(method, "report", (512,), quick=True)
    assert method.asked == asked
    kept = measure.lines(tmp_path / "report-told.jsonl")
    assert [line["picture"] for line in kept] == [p.sha256 for p in some]


def test_a_tool_that_refuses_a_picture_reads_nothing_from_it():
    class Refuses(Told):
        def embed(self, _pixels, _payload):
            return peers.Answer(None, 0.1, "too small")

    told = measure.measured(Refuses(bytes(8)), photo(64, 64), "a", attacks.every()[:2])
    summed = summing.sized([told])
    assert summed["refused"] == 1
    assert summed["attacks"]["none"] == [1, 0, 0, 0, 0]


def test_what_another_tool_raises_is_an_answer():
    def broken(*_):
        raise ValueError("too small")

    def reads(pixels, size):
        return pixels.tobytes()[:size]

    pixels = photo(64, 64)
    told, data = peer_worker.answered((broken, reads), {"do": "embed", "payload": "00"}, pixels)
    assert "too small" in told["error"]
    assert data == b""
    told, _ = peer_worker.answered((broken, reads), {"do": "detect", "size": 8}, pixels)
    assert bytes.fromhex(told["payload"]) == pixels.tobytes()[:8]


# -- the page ---------------------------------------------------------------------------


def test_the_page_shows_what_was_measured():
    told = json.loads(page.RESULTS.read_text(encoding="utf-8"))
    assert page.PAGE.read_text(encoding="utf-8") == page.rendered(told)


def test_what_is_no_longer_reached_is_named():
    told = json.loads(page.RESULTS.read_text(encoding="utf-8"))
    assert page.lost(told) == []
    worse = json.loads(page.RESULTS.read_text(encoding="utf-8"))
    worse["methods"]["aigclabel"]["1024"]["attacks"]["flipped"][1] = 0
    assert [line for line in page.lost(worse) if "flipped" in line]


# -- the mark ---------------------------------------------------------------------------


def shown(count):
    """A generated picture, and a few of the corpus."""
    yield "generated", photo(1024, 768)
    listed = [p for p in pictures.listed() if p.package == "corpus" and p.kind == "photo"]
    for picture in listed[:count]:
        yield picture.sha256, pictures.array(picture, 1024)


def test_the_mark_outlives_the_quick_attacks(corpus, full):
    method, missed = peers.Ours(), []
    for seed, pixels in shown(10 if full else 2):
        payload = measure.payload_for(seed, method.bits)
        marked = method.embed(pixels, payload).value
        assert measure.psnr(pixels, marked) >= 40
        missed += [
            (seed[:6], way.name)
            for way in attacks.every()
            if way.quick
            and measure.read_back(method, way(marked, seed), payload) not in method.efforts
        ]
    assert not missed


def test_pictures_without_a_mark_give_none(tmp_path, monkeypatch, corpus, full):
    monkeypatch.setenv("AIGCLABEL_NUMBERS", str(tmp_path))
    some = [p for p in pictures.listed() if p.package == "corpus"]
    monkeypatch.setattr(pictures, "listed", lambda *_: some)
    count = 500 if full else 25
    told = extras.unmarked(peers.Ours(), "report", count, "geometry")
    assert told == {"count": count, "hits": []}
