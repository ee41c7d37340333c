"""The table of formats is what the library does, not what somebody remembers of it."""

import shutil

import pytest

from docs import matrix

PROGRAMS = ("ffmpeg", "heif-enc", "cjxl")


def test_the_table_of_formats_is_what_running_the_library_finds():
    for program in PROGRAMS:
        if not shutil.which(program):
            pytest.skip(f"needs the program {program}, which makes forms of the table")
    assert matrix.PAGE.read_text("utf-8") == matrix.page(), "run python tests/docs/matrix.py"
