"""What every test shares: a home of its own, hypothesis profiles, the corpus, programs.

- `AIGCLABEL_HOME` is a temporary folder for the whole run: no test touches the identity of
  whoever runs it.
- `AIGCLABEL_FULL=1` chooses full sizes (`.ci/long`), otherwise the quick ones (`.ci/run`).
- `CI=true` turns a skip for want of a program, a package or the corpus into a failure.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

FULL = bool(os.environ.get("AIGCLABEL_FULL"))
_IN_WORKER = "PYTEST_XDIST_WORKER" in os.environ
_NOT_EXCUSED = re.compile(
    r"AIGCLABEL_CORPUS|corpus|needs |not installed|not found|is missing|is not there|"
    r"could not import|No module named",
    re.IGNORECASE,
)
"""Reasons for a skip that only say that the machine is not set up."""
_OPTIONS = {
    "deadline": None,
    "suppress_health_check": [HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
}
settings.register_profile("quick", max_examples=60, derandomize=True, **_OPTIONS)
settings.register_profile("full", max_examples=3000, **_OPTIONS)
settings.load_profile("full" if FULL else "quick")


def pytest_configure(config):
    """Workers inherit the home that the controller makes."""
    if not _IN_WORKER:
        os.environ["AIGCLABEL_HOME"] = tempfile.mkdtemp(prefix="aigclabel-tests-")


def pytest_unconfigure(config):
    if not _IN_WORKER:
        shutil.rmtree(os.environ["AIGCLABEL_HOME"], ignore_errors=True)


def _strict(report):
    """A skip that only says what the machine lacks is a failure where CI is set."""
    if not os.environ.get("CI") or report.outcome != "skipped" or hasattr(report, "wasxfail"):
        return report
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    if _NOT_EXCUSED.search(reason):
        report.outcome = "failed"
        report.longrepr = f"{reason}\nCI is set: install it, or set AIGCLABEL_CORPUS"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    return _strict((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector):
    return _strict((yield))


@pytest.fixture(scope="session")
def full():
    """Whether this run is of full size."""
    return FULL


@pytest.fixture(scope="session")
def corpus():
    """The folder of public test files."""
    named = os.environ.get("AIGCLABEL_CORPUS")
    if not named:
        pytest.skip("AIGCLABEL_CORPUS is not set: name the folder of public test files")
    folder = Path(named)
    assert folder.is_dir(), f"AIGCLABEL_CORPUS names {folder}, which is no folder"
    return folder


@pytest.fixture(scope="session")
def server():
    """A PostgreSQL server; skips where the program is missing."""
    from servers import postgres

    with postgres.served() as running:
        yield running


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request, tmp_path):
    """The URL of an empty database, one test after the other in SQLite and in PostgreSQL."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/intake.db"
    return request.getfixturevalue("server").database()


@pytest.fixture
def store(database):
    """A store over an empty database of either kind."""
    from aigclabel.intake.store import Store

    made = Store(database)
    yield made
    made.close()


@pytest.fixture(scope="session")
def exiftool():
    """The path of the exiftool program."""
    return _program("exiftool")


def _program(name):
    found = shutil.which(name)
    if not found:
        pytest.skip(f"needs the program {name}")
    return found
