"""The tables of regimes are what the policies say today."""

from docs import regimes


def test_the_page_is_fresh():
    assert regimes.PAGE.read_text("utf-8") == regimes.page(), "run python tests/docs/regimes.py"


def test_a_stale_page_would_be_found(tmp_path, monkeypatch):
    stale = tmp_path / "regimes.md"
    stale.write_text(regimes.page() + "more", "utf-8")
    monkeypatch.setattr(regimes, "PAGE", stale)
    assert regimes.main(["--check"]) == 1
    assert regimes.main([]) == 0
    assert regimes.main(["--check"]) == 0
