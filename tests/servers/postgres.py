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
    """A running server; `database()` gives the URL of a new database, `stop` and `start` are those
    of a machine that is restarted."""

    def __init__(self, port, control):
        self._port, self._control, self._made = port, control, 0

    def database(self):
        """The URL of one that is empty: a schema that belongs to a user of its own, as making a
        whole database takes longer than most tests."""
        self._made += 1
        name = f"intake{self._made}"
        self._run(
            f"CREATE ROLE {name} SUPERUSER LOGIN",
            f"ALTER ROLE {name} SET search_path = {name}",
            f"CREATE SCHEMA {name} AUTHORIZATION {name}",
        )
        return f"postgresql://{name}@127.0.0.1:{self._port}/postgres"

    def stop(self, mode="fast"):
        """Ends the server: `fast` tells its clients, `immediate` is the death of it."""
        self._control("stop", "-m", mode)

    def start(self):
        """Starts it again, with what it kept."""
        self._control("start")

    def _run(self, *statements):
        import pg8000.dbapi

        where = {"host": "127.0.0.1", "port": self._port, "database": "postgres"}
        with contextlib.closing(pg8000.dbapi.connect("aigclabel", **where)) as connection:
            connection.autocommit = True
            for each in statements:
                connection.cursor().execute(each)


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

    def run(program, *arguments, check=True):
        """Output goes nowhere: a pipe that the server inherits would never end."""
        nowhere = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        command = [*as_user, f"{here}/{program}", *arguments]
        subprocess.run(command, check=check, cwd=folder, **nowhere)

    def control(what, *how, check=True):
        more = ("-l", str(folder / "log"), "-o", settings) if what == "start" else ()
        run("pg_ctl", what, "-D", data, "-w", *how, *more, check=check)

    try:
        made = ["-D", data, "-U", "aigclabel", "-A", "trust", "-E", "UTF8", "--locale=C", "-N"]
        run("initdb", *made)
        control("start")
        yield Postgres(port, control)
    finally:
        control("stop", "-m", "immediate", check=False)
        shutil.rmtree(folder, ignore_errors=True)
