"""Deliver the events of the outbox to the sinks of the configuration."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pydantic import BaseModel

from agent import __version__
from agent.config.load import load
from agent.errors import ConfigError
from agent.events import Batch
from agent.run.desk import Desk
from agent.sinks import csv
from agent.sinks.contract import Fault, Sink, SinkError, Unfit
from agent.sinks.drain import Delivery, Times, drain
from agent.sinks.ocsf import trial_event
from agent.sinks.probe import failed
from agent.sinks.settings import News, Taking, kinds, opened
from agent.store.outbox import StoredOutbox, Waiting
from connectors.sdk.checks import Check, Outcome
from connectors.sdk.message import say
from connectors.sdk.settings import Table

TOLD_FOR = timedelta(days=30)
"""How long the fact that an event was delivered is kept."""


@dataclass(frozen=True, slots=True)
class LentToSink:
    """What a sink gets from the agent."""

    name: str
    ca_bundle: str
    proxy: str
    desk: Desk
    user_agent: str = f"tojimari/{__version__}"

    def path(self, written: str, /) -> str:
        """Return a path of the configuration; relative ones start at its folder."""
        return str(self.desk.loaded.path(written))

    def secret(self, reference: str, /) -> bytes:
        """Return the secret that a reference names.

        Raise `SinkError` if it cannot be read: that stops this sink, not the run.
        """
        try:
            return self.desk.secrets.read(reference)
        except ConfigError as error:
            raise SinkError(error.problems[0], fault=Fault.SETTING) from None

    def now(self) -> datetime:
        """Return the current time, aware, in UTC."""
        return datetime.now(UTC)

    def sleep(self, seconds: float, /) -> None:
        """Wait for so many seconds."""
        time.sleep(seconds)


def tables(desk: Desk) -> dict[str, Table]:
    """Return the settings of every sink of the configuration. Raise `ConfigError` for a bad one."""
    return {name: _table(desk, name) for name in desk.loaded.config.sinks}


def inspect(desk: Desk) -> None:
    """Before anything is read: is every table understood, can every secret work?

    Raises `ConfigError` and `Unfit`. A secret that cannot be had now stops its sink later, not
    the run.
    """
    for name, table in tables(desk).items():
        try:
            opened(table, _lent(desk, name))
        except Unfit:
            raise
        except SinkError:
            continue


def takers(desk: Desk, news: News) -> dict[str, Taking]:
    """The sinks that want this kind of news."""
    return {
        name: table
        for name, table in tables(desk).items()
        if isinstance(table, Taking) and news in table.send
    }


def deliver(desk: Desk) -> dict[str, Delivery]:
    """Deliver what waits to every sink and return the result for each.

    Errors are part of the result. Events of a sink that cannot be opened or is no longer configured
    stay in the outbox.
    """
    outbox = _outbox(desk)
    result: dict[str, Delivery] = {}
    sinks: list[Sink] = []
    for name, table in tables(desk).items():
        try:
            sink = opened(table, _lent(desk, name))
        except SinkError as error:
            result[name] = Delivery(delivered=0, pending=outbox.pending(name), error=error)
            continue
        if sink is not None:
            sinks.append(sink)
    result |= drain(outbox, sinks, Times(clock=desk.clock, sleep=desk.sleep or time.sleep))
    for left in outbox.waiting():
        if left.sink not in result and left.pending:
            gone = say("sinks.not_configured", name=left.sink)
            error = SinkError(gone, hint=say("sinks.rename_back"), fault=Fault.SETTING)
            result[left.sink] = Delivery(delivered=0, pending=left.pending, error=error)
    outbox.forget(datetime.now(UTC) - TOLD_FOR)
    return result


def waiting(desk: Desk) -> list[Waiting]:
    """Return the queue of every sink: what waits since when and why, and what was rejected."""
    return _outbox(desk).waiting()


def again(desk: Desk) -> int:
    """Move all rejected events back into their queues and return how many."""
    outbox = _outbox(desk)
    return sum(outbox.revived(left.sink) for left in outbox.waiting() if left.dead)


def look(desk: Desk, name: str) -> Iterator[Check]:
    """Yield the checks of one sink that send nothing: its table, its secrets, the connection."""
    title = say("sinks.check_opening", name=name)
    opening = Check(id=f"sink.{name}.opening", title=title, outcome=Outcome.PASS)
    lent = _lent(desk, name)
    try:
        table = _table(desk, name)
        sink = opened(table, lent)
    except ConfigError as error:
        for problem in error.problems:
            yield replace(opening, outcome=Outcome.FAIL, hint=problem)
        return
    except SinkError as error:
        yield failed(opening, error)
        return
    yield opening
    if isinstance(table, csv.Settings):
        yield from csv.look(table, lent)
    elif sink is not None:
        yield from sink.look()


def check(desk: Desk, name: str) -> Iterator[Check]:
    """Yield the checks of one sink that send a test event.

    Raise `ConfigError` if there is no such sink.
    """
    known = tables(desk)
    if name not in known:
        raise ConfigError(say("config.no_such_sink", name=name, known=", ".join(known)))
    table = known[name]
    lent = _lent(desk, name)
    try:
        sink = opened(table, lent)
    except SinkError as error:
        opening = say("sinks.check_opening", name=name)
        yield failed(Check(id=f"sink.{name}.opening", title=opening, outcome=Outcome.FAIL), error)
        return
    if isinstance(table, csv.Settings):
        yield from csv.check(table, lent)
    elif sink is not None:
        yield from sink.check(_test(lent.now()))


def drop(desk: Desk, folder: Path, run_id: str) -> dict[str, Delivery]:
    """Copy the files of a run to the folders of file sinks; return the failures by sink."""
    result: dict[str, Delivery] = {}
    for name, table in tables(desk).items():
        if isinstance(table, csv.Settings) and table.path:
            try:
                csv.drop(folder, desk.loaded.path(table.path), run_id)
            except SinkError as error:
                result[name] = Delivery(delivered=0, pending=0, error=error)
    return result


def _test(now: datetime) -> Batch:
    run_id = f"test-{secrets.token_hex(4)}"
    event = trial_event(run_id, now, __version__)
    uid = event["metadata"]["uid"]
    return Batch(id=uid, run_id=run_id, ids=(uid,), events=(event,), frozen_at=now, size=0)


def _outbox(desk: Desk) -> StoredOutbox:
    return StoredOutbox(desk.engine, lambda: datetime.now(UTC))


def _lent(desk: Desk, name: str) -> LentToSink:
    return LentToSink(name, desk.ca_bundle, desk.loaded.config.network.proxy, desk)


def _table(desk: Desk, name: str) -> Table:
    """Return the settings of a sink, checked the first time that somebody asks for them."""
    if name not in desk.sinks:
        table = desk.loaded.config.sinks[name]
        desk.sinks[name] = _checked(name, table, desk.loaded.file)
    return desk.sinks[name]


def _checked(name: str, table: Mapping[str, object], file: Path) -> Table:
    key, known = f"sinks.{name}.type", ", ".join(sorted(kinds()))
    if (kind := table.get("type")) not in kinds():
        raise ConfigError(say("config.no_sink_type", key=key, file=file, type=kind, known=known))
    model: type[BaseModel] = kinds()[str(kind)].Settings
    settings = load(model, table, file=file, where=f"sinks.{name}")
    assert isinstance(settings, Table)
    return settings
