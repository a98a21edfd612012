"""Open the store: an SQLite file with a lock beside it, or a PostgreSQL database by its URL."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError

from agent.errors import ConfigError
from agent.store.migrations import NewerStoreError, migrate
from connectors.sdk.message import say

FILE = "tojimari.db"
CACHE_KIB = 2048  # KiB for each connection; the file system caches the rest
BULK_LOAD_CACHE_KIB = 20_480  # KiB for the connection that writes many rows
CHECKPOINT_PAGES = 1_000  # pages in the journal before SQLite moves them into the database
BULK_LOAD_CHECKPOINT_PAGES = (
    8_000  # the same while many rows are written: a page that changes often is moved once
)


class LockedError(Exception):
    """Another run is using the same store."""


def is_database_url(state: str) -> bool:
    """Return True if `[agent] state` is the URL of a database server, not a folder."""
    return state.startswith("postgresql+psycopg://")


def open_store(state: str | Path) -> Engine:
    """Open the store and migrate it to today's schema.

    Raise `ConfigError` if the database cannot be opened, is on a network share, needs a driver that
    is not installed, or was written by a newer version.
    """
    served = isinstance(state, str) and is_database_url(state)
    engine = _open_server(str(state)) if served else _open_file(Path(state))
    try:
        with nullcontext() if served else FileLock(Path(state) / "opening.lock", timeout=60):
            migrate(engine)  # two commands may meet on a fresh machine
    except NewerStoreError as error:
        engine.dispose()
        raise ConfigError(say("store.newer", number=error.number)) from None
    except DBAPIError as error:
        engine.dispose()
        raise ConfigError(
            say("store.unusable", place=_redacted_url(state), detail=str(error.orig))
        ) from None
    return engine


def database_url(engine: Engine) -> str | Path:
    """Return the folder or URL that this engine was opened with; a URL contains its password."""
    if engine.dialect.name == "sqlite":
        return Path(engine.url.database or "").parent
    return engine.url.render_as_string(hide_password=False)


def lock_store(state: str | Path, waiting: Path) -> FileLock:
    """Acquire the lock of the store for one run and return it.

    Raise `LockedError` if another run holds it.

    Args:
        state: The folder or URL of the store.
        waiting: A local folder for the lock of a database server, which has no folder of its own.
            Such a lock excludes only runs on the same machine.
    """
    folder = waiting if isinstance(state, str) and is_database_url(state) else Path(state)
    folder.mkdir(parents=True, exist_ok=True)
    held = FileLock(folder / "tojimari.lock", timeout=0)
    try:
        held.acquire()
    except Timeout:
        raise LockedError(str(folder)) from None
    return held


def _open_server(address: str) -> Engine:
    try:
        return create_engine(address)
    except ModuleNotFoundError:
        raise ConfigError(say("store.no_driver")) from None


def _open_file(folder: Path) -> Engine:
    if str(folder).startswith(("\\\\", "//")):  # WAL needs shared memory: no network share
        raise ConfigError(say("store.network_share", place=folder))
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise ConfigError(
            say("store.unusable", place=folder, detail=error.strerror or "")
        ) from None
    engine = create_engine(f"sqlite:///{folder / FILE}", connect_args={"timeout": 30})

    @event.listens_for(engine, "connect")
    def tune(connection: Any, _: object) -> None:  # pyright: ignore[reportUnusedFunction]
        for pragma in (
            "page_size = 8192",
            "journal_mode = WAL",
            "synchronous = NORMAL",  # the outbox asks for FULL while it drains
            f"cache_size = -{CACHE_KIB}",
            "temp_store = FILE",
        ):
            connection.execute(f"PRAGMA {pragma}")

    return engine


@contextmanager
def bulk_load_connection(engine: Engine) -> Generator[Connection]:
    """Yield a connection with a larger cache, to write many rows in random order of keys."""
    with engine.connect() as db:
        _set_cache(db, pages=BULK_LOAD_CACHE_KIB, journal=BULK_LOAD_CHECKPOINT_PAGES)
        try:
            yield db
        finally:
            db.rollback()
            _set_cache(db, pages=CACHE_KIB, journal=CHECKPOINT_PAGES)


def _set_cache(db: Connection, *, pages: int, journal: int) -> None:
    """Set the page cache in KiB, and the number of journal pages before a checkpoint."""
    if db.dialect.name == "sqlite":
        db.exec_driver_sql(f"PRAGMA cache_size = -{pages}")
        db.exec_driver_sql(f"PRAGMA wal_autocheckpoint = {journal}")
    db.commit()


def _redacted_url(state: str | Path) -> str:
    """Return the folder, or the URL without its credentials."""
    text = str(state)
    return text.split("://", 1)[0] + "://…" if is_database_url(text) else text
