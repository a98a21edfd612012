"""Open the store: one file beside its lock, or a PostgreSQL database by its address."""

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
CACHE = 2048  # KiB of each connection; the file system caches the rest
FILLING = 20_480  # of the one that fills tables
CHECKPOINT = 1_000  # pages of the journal after which they go to their places
LATER = 8_000  # where tables are filled: a page that is written again and again goes there once


class LockedError(Exception):
    """Another run is at work on the same store."""


def is_address(state: str) -> bool:
    """Whether `[agent] state` names a database server."""
    return state.startswith("postgresql+psycopg://")


def opened(state: str | Path) -> Engine:
    """The store, at today's schema. Raises `ConfigError` with a sentence."""
    served = isinstance(state, str) and is_address(state)
    engine = _server(str(state)) if served else _file(Path(state))
    try:
        with nullcontext() if served else FileLock(Path(state) / "opening.lock", timeout=60):
            migrate(engine)  # two commands may meet on a fresh machine
    except NewerStoreError as error:
        engine.dispose()
        raise ConfigError(say("store.newer", number=error.number)) from None
    except DBAPIError as error:
        engine.dispose()
        raise ConfigError(
            say("store.unusable", place=_place(state), detail=str(error.orig))
        ) from None
    return engine


def address(engine: Engine) -> str | Path:
    """What `opened` made it of."""
    if engine.dialect.name == "sqlite":
        return Path(engine.url.database or "").parent
    return engine.url.render_as_string(hide_password=False)


def lock(state: str | Path, waiting: Path) -> FileLock:
    """Hold the store for one run. Raises `LockedError` when another has it.

    A database server has no folder; its lock lies in `waiting`, so it keeps apart the runs of one
    machine.
    """
    folder = waiting if isinstance(state, str) and is_address(state) else Path(state)
    folder.mkdir(parents=True, exist_ok=True)
    held = FileLock(folder / "tojimari.lock", timeout=0)
    try:
        held.acquire()
    except Timeout:
        raise LockedError(str(folder)) from None
    return held


def _server(address: str) -> Engine:
    try:
        return create_engine(address)
    except ModuleNotFoundError:
        raise ConfigError(say("store.no_driver")) from None


def _file(folder: Path) -> Engine:
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
            f"cache_size = -{CACHE}",
            "temp_store = FILE",
        ):
            connection.execute(f"PRAGMA {pragma}")

    return engine


@contextmanager
def filling(engine: Engine) -> Generator[Connection]:
    """A connection with room for the pages of an index: ids of findings are scattered over all."""
    with engine.connect() as db:
        _keep(db, pages=FILLING, journal=LATER)
        try:
            yield db
        finally:
            db.rollback()
            _keep(db, pages=CACHE, journal=CHECKPOINT)


def _keep(db: Connection, *, pages: int, journal: int) -> None:
    """KiB of pages in memory, and pages in the journal before they go to their places."""
    if db.dialect.name == "sqlite":
        db.exec_driver_sql(f"PRAGMA cache_size = -{pages}")
        db.exec_driver_sql(f"PRAGMA wal_autocheckpoint = {journal}")
    db.commit()


def _place(state: str | Path) -> str:
    """The address without its password."""
    text = str(state)
    return text.split("://", 1)[0] + "://…" if is_address(text) else text
