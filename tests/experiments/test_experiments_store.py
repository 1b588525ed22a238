"""The store's file: one writer, readers beside it, and nothing lost or half written."""

import re
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from rnngraph.errors import StoreError
from rnngraph.experiments.store import (
    SCHEMA_VERSION,
    reading,
    store_path,
    transaction,
    writing,
)

INSERT = "INSERT INTO plans (key, plan, task, started) VALUES (?, '{}', '{}', '')"


def keys(store: Path) -> list[str]:
    with reading(store) as connection:
        return [key for (key,) in connection.execute("SELECT key FROM plans ORDER BY id")]


def test_a_folder_or_a_bare_name_holds_the_file(tmp_path: Path) -> None:
    (tmp_path / "v1.2").mkdir()
    assert store_path(tmp_path / "study") == tmp_path / "study" / "results.sqlite"
    assert store_path(str(tmp_path / "v1.2")) == tmp_path / "v1.2" / "results.sqlite"
    for name in ("runs.sqlite", "runs.DB", "run.1.sqlite3"):
        assert store_path(tmp_path / name) == tmp_path / name
    assert store_path(tmp_path / "run.1") == tmp_path / "run.1" / "results.sqlite"
    (tmp_path / "folder.db").mkdir()
    assert store_path(tmp_path / "folder.db") == tmp_path / "folder.db" / "results.sqlite"
    (tmp_path / "runs.old").touch()
    assert store_path(tmp_path / "runs.old") == tmp_path / "runs.old", "a file is a file"


def test_what_is_written_is_read(tmp_path: Path) -> None:
    store = tmp_path / "new" / "study"
    with writing(store) as connection:
        with transaction(connection):
            connection.execute(INSERT, ["a"])
        assert keys(store) == ["a"], "a reader beside the writer"
    with writing(store) as connection, transaction(connection):
        connection.execute(INSERT, ["b"])
    assert keys(store) == ["a", "b"]


def test_every_commit_reaches_the_disk(tmp_path: Path) -> None:
    with writing(tmp_path) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("delete",)
        assert connection.execute("PRAGMA synchronous").fetchone() == (2,)


def test_a_transaction_is_kept_whole_or_not_at_all(tmp_path: Path) -> None:
    with writing(tmp_path) as connection:
        with pytest.raises(sqlite3.IntegrityError), transaction(connection):
            connection.executemany(INSERT, [["a"], ["a"]])
        with transaction(connection):
            connection.execute(INSERT, ["b"])
    assert keys(tmp_path) == ["b"]


def test_a_reader_cannot_write(tmp_path: Path) -> None:
    with writing(tmp_path):
        pass
    with (
        reading(tmp_path) as connection,
        pytest.raises(sqlite3.OperationalError, match="readonly"),
    ):
        connection.execute(INSERT, ["a"])


def test_a_second_writer_is_told(tmp_path: Path) -> None:
    message = r"results\.sqlite is being written by another process: wait for it, or take another"
    with writing(tmp_path):
        with pytest.raises(StoreError, match=message), writing(tmp_path):
            pass
        code = "import sys, rnngraph.experiments.store as s\nwith s.writing(sys.argv[1]): pass"
        done = subprocess.run(
            [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 1
        assert re.search(f"StoreError: .*{message}", done.stderr)
    with writing(tmp_path):
        pass


def test_no_store(tmp_path: Path) -> None:
    message = r"results\.sqlite does not exist: no plan was run with this store\."
    with pytest.raises(StoreError, match=message), reading(tmp_path):
        pass
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("open_", [reading, writing])
def test_a_file_that_is_no_database(tmp_path: Path, open_: type) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("not a database at all\n" * 100)
    message = r"notes\.txt is not a results store: it is no SQLite database\."
    with pytest.raises(StoreError, match=message), open_(path):
        pass
    assert path.read_text().startswith("not a database")


@pytest.mark.parametrize("open_", [reading, writing])
def test_a_database_of_something_else(tmp_path: Path, open_: type) -> None:
    path = tmp_path / "other.sqlite"
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE runs (x)")
    message = r"other\.sqlite is not a results store: it is another SQLite database\."
    with pytest.raises(StoreError, match=message), open_(path):
        pass


@pytest.mark.parametrize("open_", [reading, writing])
def test_another_schema_version(tmp_path: Path, open_: type) -> None:
    with writing(tmp_path) as connection:
        connection.execute("PRAGMA user_version = 99")
    message = (
        rf"results\.sqlite has schema version 99; this rnngraph reads version {SCHEMA_VERSION}\."
    )
    with pytest.raises(StoreError, match=message), open_(tmp_path):
        pass


def test_a_file_where_the_folder_should_be(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    message = r"file/x/results\.sqlite cannot be written: Not a directory\."
    with pytest.raises(StoreError, match=message), writing(tmp_path / "file" / "x"):
        pass


def test_a_folder_named_like_a_file(tmp_path: Path) -> None:
    (tmp_path / "results.sqlite").mkdir()
    message = r"results\.sqlite cannot be written: unable to open database file\."
    with pytest.raises(StoreError, match=message), writing(tmp_path):
        pass


def test_a_lock_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "results.sqlite.lock").write_text("not a database at all\n" * 100)
    with pytest.raises(StoreError, match=r"results\.sqlite is not a results st"), writing(tmp_path):
        pass


def test_a_full_disk_is_told_and_loses_nothing(tmp_path: Path) -> None:
    with writing(tmp_path) as connection, transaction(connection):
        connection.execute(INSERT, ["before"])
    message = r"results\.sqlite cannot be written: database or disk is full\."
    with (  # noqa: PT012 - the error leaves both blocks
        pytest.raises(StoreError, match=message),
        writing(tmp_path) as connection,
        transaction(connection),
    ):
        connection.execute("PRAGMA max_page_count = 1")  # as many as it has
        connection.execute(INSERT, ["x" * 100_000])
    assert keys(tmp_path) == ["before"]


@pytest.mark.parametrize("open_", [reading, writing])
def test_errors_that_are_not_the_store_s_pass(tmp_path: Path, open_: type) -> None:
    with writing(tmp_path):
        pass
    with pytest.raises(KeyError, match="mine"), open_(tmp_path):
        raise KeyError("mine")


def test_a_killed_commit_is_rolled_back_by_the_next_reader(tmp_path: Path) -> None:
    store, copy = tmp_path / "a.sqlite", tmp_path / "b.sqlite"
    with writing(store) as connection:
        with transaction(connection):
            connection.execute(INSERT, ["before"])
        connection.execute("PRAGMA cache_size = 1")
        with transaction(connection):
            for i in range(2000):
                connection.execute(INSERT, [f"{i:0500}"])
            # What a kill leaves at this point: pages half written, and the journal to undo them.
            for suffix in ("", "-journal"):
                shutil.copy(f"{store}{suffix}", f"{copy}{suffix}")
    assert Path(f"{copy}-journal").stat().st_size > 0
    assert keys(copy) == ["before"]
    assert len(keys(store)) == 2001


def test_a_reader_sees_one_moment(tmp_path: Path) -> None:
    count = "SELECT count(*) FROM plans"
    with writing(tmp_path) as connection:
        with reading(tmp_path) as reader:
            assert reader.execute(count).fetchone() == (0,)
            connection.execute("PRAGMA busy_timeout = 0")
            with pytest.raises(sqlite3.OperationalError, match="locked"):
                connection.execute(INSERT, ["a"])
            assert reader.execute(count).fetchone() == (0,)
        connection.execute(INSERT, ["a"])
    assert keys(tmp_path) == ["a"]
