"""The results store: one SQLite file, one writer, any number of readers.

The writer holds a lock for as long as it works, and commits a group of runs at once with a
rollback journal and full synchronisation: what was committed outlives a kill and a power cut.
"""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from rnngraph.errors import StoreError

SCHEMA_VERSION: Final = 1
_FILE_NAME: Final = "results.sqlite"
_SUFFIXES: Final = (".sqlite", ".sqlite3", ".db")
_APPLICATION_ID: Final = int.from_bytes(b"rnng")
_BUSY_SECONDS: Final = 30.0
_TABLES: Final = (
    """CREATE TABLE graphs (
        key TEXT PRIMARY KEY, n INTEGER NOT NULL, edges TEXT NOT NULL,
        metrics TEXT NOT NULL DEFAULT '{}', undefined TEXT NOT NULL DEFAULT ''
    ) WITHOUT ROWID""",
    """CREATE TABLE runs (
        key TEXT PRIMARY KEY, status TEXT NOT NULL CHECK (status IN ('done', 'failed')),
        attempt INTEGER NOT NULL, config TEXT NOT NULL, result TEXT NOT NULL, error TEXT NOT NULL,
        finished TEXT NOT NULL, versions TEXT NOT NULL
    ) WITHOUT ROWID""",
    """CREATE TABLE plans (
        id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, plan TEXT NOT NULL,
        task TEXT NOT NULL, started TEXT NOT NULL
    )""",
    """CREATE TABLE plan_runs (
        plan INTEGER NOT NULL, position INTEGER NOT NULL, run TEXT NOT NULL, graph TEXT NOT NULL,
        family TEXT NOT NULL, graph_index INTEGER NOT NULL, PRIMARY KEY (plan, position)
    ) WITHOUT ROWID""",
)


def store_path(store: str | Path) -> Path:
    """Return the file of a store.

    Args:
        store: A file: one that exists, or a name that ends in .sqlite, .sqlite3 or .db. Anything
            else is a folder, there or not, that holds `results.sqlite`.
    """
    path = Path(store)
    named_as_file = path.suffix.lower() in _SUFFIXES and not path.is_dir()
    return path if named_as_file or path.is_file() else path / _FILE_NAME


@contextmanager
def writing(store: str | Path) -> Iterator[sqlite3.Connection]:
    """Open a store as its only writer; it is made if there is none.

    Raises:
        StoreError: Another process writes to it, the file is no store or of another schema
            version, it cannot be opened, or within the block: it is damaged, or cannot be written.
    """
    path = store_path(store)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"{path} cannot be written: {error.strerror}.") from error
    with _explained(path, "written"), _lock(path), closing(_connect(path, "rwc")) as connection:
        if path.stat().st_size == 0:
            _create(connection)
        _check(connection, path)
        connection.execute("PRAGMA journal_mode = DELETE")
        connection.execute("PRAGMA synchronous = FULL")
        yield connection


@contextmanager
def reading(store: str | Path) -> Iterator[sqlite3.Connection]:
    """Open a store to read; a writer may be at work.

    Raises:
        StoreError: There is no such file, it is no store or of another schema version, or within
            the block: it is damaged, or cannot be read.
    """
    path = store_path(store)
    if not path.is_file():
        raise StoreError(f"{path} does not exist: no plan was run with this store.")
    with _explained(path, "read"):
        _roll_back_interrupted_commit(path)
        with closing(_connect(path, "ro")) as connection:
            _check(connection, path)
            connection.execute("BEGIN")  # all that is read within the block is of one moment
            yield connection


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Commit everything within the block at once, or nothing."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        if connection.in_transaction:  # a full disk ends it
            connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    uri = f"{path.absolute().as_uri()}?mode={mode}"
    return sqlite3.connect(uri, uri=True, timeout=_BUSY_SECONDS, isolation_level=None)


def _create(connection: sqlite3.Connection) -> None:
    with transaction(connection):
        for table in _TABLES:
            connection.execute(table)
        connection.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")


def _check(connection: sqlite3.Connection, path: Path) -> None:
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if application != _APPLICATION_ID:
        raise StoreError(f"{path} is not a results store: it is another SQLite database.")
    if version != SCHEMA_VERSION:
        raise StoreError(
            f"{path} has schema version {version}; this rnngraph reads version {SCHEMA_VERSION}."
        )


def _roll_back_interrupted_commit(path: Path) -> None:
    """Finish what a killed writer left half done, which a read-only connection cannot."""
    with closing(_connect(path, "ro")) as connection:
        try:
            connection.execute("PRAGMA user_version").fetchone()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorname != "SQLITE_READONLY_ROLLBACK":
                raise
            with closing(_connect(path, "rw")) as repair:
                repair.execute("PRAGMA user_version").fetchone()


@contextmanager
def _lock(path: Path) -> Iterator[None]:
    """Hold the store's write lock: that of an empty database beside it.

    The operating system drops it with the process, and readers of the store never meet it.
    """
    with closing(_connect(path.with_name(f"{path.name}.lock"), "rwc")) as lock:
        lock.execute("PRAGMA busy_timeout = 0")
        try:
            lock.execute("PRAGMA journal_mode = OFF")
            lock.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            raise StoreError(
                f"{path} is being written by another process: wait for it, or take another store."
            ) from error
        yield


@contextmanager
def _explained(path: Path, use: str) -> Iterator[None]:
    """Name the file in every error of SQLite, and of text that is no more what was written."""
    try:
        yield
    except sqlite3.Error as error:
        # Errors of the module itself, such as text that is no UTF-8, have no name.
        if getattr(error, "sqlite_errorname", None) == "SQLITE_NOTADB":
            raise StoreError(f"{path} is not a results store: it is no SQLite database.") from error
        raise StoreError(f"{path} cannot be {use}: {error}.") from error
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise StoreError(f"{path} cannot be {use}: it holds damaged text: {error}.") from error
