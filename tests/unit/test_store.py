"""Where registers and the ledger are kept: SQLite and PostgreSQL."""

import os
import threading
from contextlib import closing

import pytest
from sqlalchemy import text

from aigclabel.errors import LedgerError, UsageError
from aigclabel.intake import store as module
from aigclabel.intake.store import Part, Store


def table(connection):
    connection.exec_driver_sql("CREATE TABLE things (n INTEGER)")


def column(connection):
    connection.exec_driver_sql("ALTER TABLE things ADD COLUMN told VARCHAR(10)")


OLD, NEW = Part("things", (table,)), Part("things", (table, column))


@pytest.fixture
def url(database):
    return database.replace("/intake.db", "/made/intake.db")


@pytest.fixture
def store(url, monkeypatch):
    monkeypatch.setattr(module, "_PATIENCE", 3)
    with closing(Store(url)) as made:
        made.ready(OLD)
        yield made


def add(connection, n=1):
    connection.execute(text("INSERT INTO things (n) VALUES (:n)"), {"n": n})


def seen(connection):
    return connection.exec_driver_sql("SELECT n FROM things ORDER BY n").scalars().all()


def count(store):
    with store.reading() as connection:
        return len(seen(connection))


def test_steps_are_taken_once_and_in_order(store):
    for _ in range(2):
        store.ready(NEW)
    with store.writing() as connection:
        connection.exec_driver_sql("INSERT INTO things VALUES (1, 'x')")
    with closing(Store(store.url)) as again:
        again.ready(NEW)
        assert count(again) == 1


def test_tables_of_a_newer_version_are_left_alone(store):
    store.ready(NEW)
    with closing(Store(store.url)) as old, pytest.raises(LedgerError, match="newer version"):
        old.ready(OLD)


def test_a_block_that_raises_keeps_nothing(store):
    def half():
        with store.writing() as connection:
            add(connection)
            raise RuntimeError("half")

    with pytest.raises(RuntimeError):
        half()
    assert count(store) == 0


def test_two_writers_wait_for_each_other(store):
    def work():
        for _ in range(50):
            with store.writing() as connection:
                add(connection, len(seen(connection)))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    with store.reading() as connection:
        assert seen(connection) == list(range(200))


def test_a_reader_sees_one_state_and_keeps_nobody_waiting(store):
    with store.reading() as reader:
        assert seen(reader) == []
        with store.writing() as writer:
            add(writer)
        assert seen(reader) == []
        assert count(store) == 1
    assert count(store) == 1


def test_nobody_who_reads_or_opens_waits_for_a_writer(store):
    with store.writing() as writer:
        add(writer)
        assert count(store) == 0
        with closing(Store(store.url)) as other:
            other.ready(OLD)
            assert count(other) == 0
    assert count(store) == 1


def test_what_is_wrong_with_a_statement_is_one_plain_line(store):
    with pytest.raises(LedgerError) as told, store.writing() as connection:
        connection.exec_driver_sql("SELECT n FROM nowhere")
    line = str(told.value)
    assert "nowhere" in line
    assert not set(line) & set("{}\n")
    assert count(store) == 0


# -- files ------------------------------------------------------------------------------------


@pytest.fixture
def open_umask():
    before = os.umask(0)
    yield
    os.umask(before)


def mode(path):
    return path.stat().st_mode & 0o777


@pytest.mark.usefixtures("open_umask")
def test_files_and_folders_that_are_made_are_their_owners_alone(tmp_path):
    with closing(Store(f"sqlite:///{tmp_path}/a/b/x.db")) as store:
        assert not (tmp_path / "a").exists()
        store.ready(OLD)
        with store.writing() as connection:
            add(connection)
        names = sorted(each.name for each in (tmp_path / "a/b").iterdir())
        assert names == ["x.db", "x.db-shm", "x.db-wal"]
        assert {mode(tmp_path / "a/b" / each) for each in names} == {0o600}
    assert [mode(tmp_path / each) for each in ("a", "a/b")] == [0o700, 0o700]


@pytest.mark.usefixtures("open_umask")
def test_files_and_folders_that_are_there_keep_their_modes(tmp_path):
    folder = tmp_path / "shared"
    folder.mkdir(0o755)
    (folder / "x.db").touch(0o640)
    (folder / "link.db").symlink_to("new.db")
    for name in ("x.db", "link.db"):
        with closing(Store(f"sqlite:///{folder}/{name}")) as store:
            store.ready(OLD)
    modes = {each: mode(folder / each) for each in (".", "x.db", "new.db")}
    assert modes == {".": 0o755, "x.db": 0o640, "new.db": 0o600}


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    for name in ("file/x.db", "file/more/x.db"):
        with closing(Store(f"sqlite:///{tmp_path}/{name}")) as store:
            with pytest.raises(LedgerError) as told:
                store.ready(OLD)
            assert "\n" not in str(told.value)


def test_a_store_of_nothing_but_memory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with closing(Store("sqlite:///:memory:")) as store:
        store.ready(OLD)
        assert count(store) == 0
    assert not list(tmp_path.iterdir())


# -- addresses --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "wrong", ["", "x", "sqlite://", "mysql://u:secret@h/n", "file.db", "postgres//u:secret@h/n"]
)
def test_another_address_is_refused_in_one_line(wrong):
    with pytest.raises(UsageError, match="sqlite:///FILE") as told:
        Store(wrong)
    assert "\n" not in str(told.value)
    assert "secret" not in str(told.value)


def test_a_file_that_is_no_database_is_one_line(tmp_path):
    (tmp_path / "a.db").write_bytes(b"no database at all" * 100)
    with pytest.raises(LedgerError, match="cannot be used") as told:
        Store(f"sqlite:///{tmp_path}/a.db").ready(OLD)
    assert "\n" not in str(told.value)


def test_a_password_stays_out_of_the_error():
    with pytest.raises(LedgerError) as told:
        Store("postgresql://u:secret@127.0.0.1:1/n").ready(OLD)
    assert "secret" not in str(told.value)
