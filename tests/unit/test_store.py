"""Where registers and the ledger are kept."""

import threading

import pytest

from aigclabel.errors import LedgerError, UsageError
from aigclabel.intake.store import Part, Store


def table(connection):
    connection.exec_driver_sql("CREATE TABLE things (n INTEGER)")


def column(connection):
    connection.exec_driver_sql("ALTER TABLE things ADD COLUMN told VARCHAR(10)")


OLD, NEW = Part("things", (table,)), Part("things", (table, column))


@pytest.fixture
def url(tmp_path):
    return f"sqlite:///{tmp_path}/made/intake.db"


def count(store):
    with store.reading() as connection:
        return connection.exec_driver_sql("SELECT count(*) FROM things").scalar()


def test_steps_are_taken_once_and_in_order(url):
    Store(url).ready(OLD)
    store = Store(url)
    store.ready(NEW)
    store.ready(NEW)
    with store.writing() as connection:
        connection.exec_driver_sql("INSERT INTO things VALUES (1, 'x')")
    assert count(Store(url)) == 1


def test_tables_of_a_newer_version_are_left_alone(url):
    Store(url).ready(NEW)
    with pytest.raises(LedgerError, match="newer version"):
        Store(url).ready(OLD)


def test_a_block_that_raises_keeps_nothing(url):
    store = Store(url)
    store.ready(OLD)

    def half():
        with store.writing() as connection:
            connection.exec_driver_sql("INSERT INTO things VALUES (1)")
            raise RuntimeError("half")

    with pytest.raises(RuntimeError):
        half()
    assert count(store) == 0


def test_two_writers_wait_for_each_other(url):
    store = Store(url)
    store.ready(OLD)

    def add():
        for _ in range(50):
            with store.writing() as connection:
                n = connection.exec_driver_sql("SELECT count(*) FROM things").scalar()
                connection.exec_driver_sql("INSERT INTO things VALUES (?)", (n,))

    threads = [threading.Thread(target=add) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    with store.reading() as connection:
        rows = connection.exec_driver_sql("SELECT n FROM things ORDER BY n").scalars().all()
    assert rows == list(range(200))


@pytest.mark.parametrize("wrong", ["", "x", "sqlite://", "mysql://u@h/n", "file.db"])
def test_another_address_is_refused_in_one_line(wrong):
    with pytest.raises(UsageError, match="sqlite:///FILE") as told:
        Store(wrong)
    assert "\n" not in str(told.value)


def test_a_file_that_is_no_database_is_one_line(tmp_path):
    (tmp_path / "a.db").write_bytes(b"no database at all" * 100)
    with pytest.raises(LedgerError, match="cannot be used") as told:
        Store(f"sqlite:///{tmp_path}/a.db").ready(OLD)
    assert "\n" not in str(told.value)


def test_a_password_stays_out_of_the_error():
    with pytest.raises(LedgerError) as told:
        Store("postgresql://u:secret@127.0.0.1:1/n").ready(OLD)
    assert "secret" not in str(told.value)
