"""A PostgreSQL server of its own: a temporary folder, a free port of the loopback."""

import contextlib
import glob
import os
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

import pytest


class Postgres:
    """A running server; `database()` gives the URL of a new, empty database."""

    def __init__(self, programs, port):
        self._programs, self._port, self._made = programs, port, 0

    def database(self):
        self._made += 1
        name = f"intake{self._made}"
        where = ("-h", "127.0.0.1", "-p", str(self._port), "-U", "aigclabel")
        subprocess.run(
            [f"{self._programs}/createdb", *where, name], check=True, capture_output=True
        )
        return f"postgresql://aigclabel@127.0.0.1:{self._port}/{name}"


def programs():
    """The folder of the server's programs, which Debian keeps off the path; the newest."""
    here = shutil.which("initdb")
    found = [str(Path(here).parent)] if here else []
    found += sorted(
        (str(Path(each).parent) for each in glob.glob("/usr/lib/postgresql/*/bin/initdb")),
        key=lambda each: int(each.split("/")[4]),
    )
    if not found:
        pytest.skip("needs the program initdb (Debian package postgresql)")
    return found[-1]


@contextlib.contextmanager
def served():
    """A server that runs until the block ends. As root it runs as the user postgres, because
    it refuses root."""
    here = programs()
    folder = Path(tempfile.mkdtemp(prefix="aigclabel-pg-"))
    as_user = ()
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
        as_user = ("runuser", "-u", "postgres", "--")
    data = str(folder / "data")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = f"-p {port} -h 127.0.0.1 -k '' -c fsync=off -c max_connections=40"
    start = ["start", "-D", data, "-w", "-l", str(folder / "log"), "-o", settings]

    def run(program, *arguments, check=True):
        """Output goes nowhere: a pipe that the server inherits would never end."""
        nowhere = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        command = [*as_user, f"{here}/{program}", *arguments]
        subprocess.run(command, check=check, cwd=folder, **nowhere)

    try:
        made = ["-D", data, "-U", "aigclabel", "-A", "trust", "-E", "UTF8", "--locale=C", "-N"]
        run("initdb", *made)
        run("pg_ctl", *start)
        yield Postgres(here, port)
    finally:
        run("pg_ctl", "stop", "-D", data, "-m", "immediate", check=False)
        shutil.rmtree(folder, ignore_errors=True)
