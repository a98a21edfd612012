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
from agent.config.load import validate_table
from agent.errors import ConfigError
from agent.events import Batch
from agent.run.session import Session
from agent.sinks import csv
from agent.sinks.checks import failed
from agent.sinks.config import EventSelection, QueuedSinkConfig, open_sink, sink_types
from agent.sinks.delivery import Delivery, RetryClock, deliver_pending
from agent.sinks.interface import FailureKind, InvalidSecret, Sink, SinkError
from agent.sinks.ocsf import sample_event
from agent.store.outbox import QueueStatus, SqlOutbox
from connectors.sdk.checks import Check, CheckOutcome
from connectors.sdk.config import StrictTable
from connectors.sdk.message import say

DELIVERED_RETENTION = timedelta(days=30)
"""How long the fact that an event was delivered is kept."""


@dataclass(frozen=True, slots=True)
class AgentSinkContext:
    """What a sink gets from the agent."""

    name: str
    ca_bundle: str
    proxy: str
    session: Session
    user_agent: str = f"tojimari/{__version__}"

    def path(self, written: str, /) -> str:
        """Return a path of the configuration; relative ones start at its folder."""
        return str(self.session.loaded.path(written))

    def secret(self, reference: str, /) -> bytes:
        """Return the secret that a reference names.

        Raise `SinkError` if it cannot be read: that stops this sink, not the run.
        """
        try:
            return self.session.secrets.read(reference)
        except ConfigError as error:
            raise SinkError(error.problems[0], kind=FailureKind.CONFIGURATION) from None

    def now(self) -> datetime:
        """Return the current time, aware, in UTC."""
        return datetime.now(UTC)

    def sleep(self, seconds: float, /) -> None:
        """Wait for so many seconds."""
        time.sleep(seconds)


def sink_configs(session: Session) -> dict[str, StrictTable]:
    """Return the settings of every sink of the configuration. Raise `ConfigError` for a bad one."""
    return {name: _parse_table(session, name) for name in session.loaded.config.sinks}


def validate_sinks(session: Session) -> None:
    """Before anything is read: is every table understood, can every secret work?

    Raises `ConfigError` and `InvalidSecret`. A secret that cannot be had now stops its sink later,
    not the run.
    """
    for name, table in sink_configs(session).items():
        try:
            open_sink(table, _sink_context(session, name))
        except InvalidSecret:
            raise
        except SinkError:
            continue


def subscribed_sinks(session: Session, news: EventSelection) -> dict[str, QueuedSinkConfig]:
    """The sinks that want this kind of news."""
    return {
        name: table
        for name, table in sink_configs(session).items()
        if isinstance(table, QueuedSinkConfig) and news in table.send
    }


def deliver(session: Session) -> dict[str, Delivery]:
    """Deliver what waits to every sink and return the result for each.

    Errors are part of the result. Events of a sink that cannot be opened or is no longer configured
    stay in the outbox.
    """
    outbox = _outbox(session)
    result: dict[str, Delivery] = {}
    sinks: list[Sink] = []
    for name, table in sink_configs(session).items():
        try:
            sink = open_sink(table, _sink_context(session, name))
        except SinkError as error:
            result[name] = Delivery(delivered=0, pending=outbox.pending_count(name), error=error)
            continue
        if sink is not None:
            sinks.append(sink)
    result |= deliver_pending(
        outbox, sinks, RetryClock(clock=session.clock, sleep=session.sleep or time.sleep)
    )
    for left in outbox.queue_status():
        if left.sink not in result and left.pending:
            gone = say("sinks.not_configured", name=left.sink)
            error = SinkError(gone, hint=say("sinks.rename_back"), kind=FailureKind.CONFIGURATION)
            result[left.sink] = Delivery(delivered=0, pending=left.pending, error=error)
    outbox.delete_delivered(datetime.now(UTC) - DELIVERED_RETENTION)
    return result


def queue_status(session: Session) -> list[QueueStatus]:
    """Return the queue of every sink: what waits since when and why, and what was rejected."""
    return _outbox(session).queue_status()


def requeue_rejected(session: Session) -> int:
    """Move all rejected events back into their queues and return how many."""
    outbox = _outbox(session)
    return sum(outbox.requeue(left.sink) for left in outbox.queue_status() if left.dead)


def probe_sink(session: Session, name: str) -> Iterator[Check]:
    """Yield the checks of one sink that send nothing: its table, its secrets, the connection."""
    title = say("sinks.check_opening", name=name)
    opening = Check(id=f"sink.{name}.opening", title=title, outcome=CheckOutcome.PASS)
    context = _sink_context(session, name)
    try:
        table = _parse_table(session, name)
        sink = open_sink(table, context)
    except ConfigError as error:
        for problem in error.problems:
            yield replace(opening, outcome=CheckOutcome.FAIL, hint=problem)
        return
    except SinkError as error:
        yield failed(opening, error)
        return
    yield opening
    if isinstance(table, csv.Settings):
        yield from csv.probe(table, context)
    elif sink is not None:
        yield from sink.probe()


def send_test_event(session: Session, name: str) -> Iterator[Check]:
    """Yield the checks of one sink that send a test event.

    Raise `ConfigError` if there is no such sink.
    """
    known = sink_configs(session)
    if name not in known:
        raise ConfigError(say("config.no_such_sink", name=name, known=", ".join(known)))
    table = known[name]
    context = _sink_context(session, name)
    try:
        sink = open_sink(table, context)
    except SinkError as error:
        opening = say("sinks.check_opening", name=name)
        yield failed(
            Check(id=f"sink.{name}.opening", title=opening, outcome=CheckOutcome.FAIL), error
        )
        return
    if isinstance(table, csv.Settings):
        yield from csv.check(table, context)
    elif sink is not None:
        yield from sink.check(_test_event(context.now()))


def copy_run_files(session: Session, folder: Path, run_id: str) -> dict[str, Delivery]:
    """Copy the files of a run to the folders of file sinks; return the failures by sink."""
    result: dict[str, Delivery] = {}
    for name, table in sink_configs(session).items():
        if isinstance(table, csv.Settings) and table.path:
            try:
                csv.copy_run_csv(folder, session.loaded.path(table.path), run_id)
            except SinkError as error:
                result[name] = Delivery(delivered=0, pending=0, error=error)
    return result


def _test_event(now: datetime) -> Batch:
    run_id = f"test-{secrets.token_hex(4)}"
    event = sample_event(run_id, now, __version__)
    uid = event["metadata"]["uid"]
    return Batch(id=uid, run_id=run_id, ids=(uid,), events=(event,), frozen_at=now, size=0)


def _outbox(session: Session) -> SqlOutbox:
    return SqlOutbox(session.engine, lambda: datetime.now(UTC))


def _sink_context(session: Session, name: str) -> AgentSinkContext:
    return AgentSinkContext(name, session.ca_bundle, session.loaded.config.network.proxy, session)


def _parse_table(session: Session, name: str) -> StrictTable:
    """Return the settings of a sink, checked the first time that somebody asks for them."""
    if name not in session.sinks:
        table = session.loaded.config.sinks[name]
        session.sinks[name] = _checked(name, table, session.loaded.file)
    return session.sinks[name]


def _checked(name: str, table: Mapping[str, object], file: Path) -> StrictTable:
    key, known = f"sinks.{name}.type", ", ".join(sorted(sink_types()))
    if (kind := table.get("type")) not in sink_types():
        raise ConfigError(say("config.no_sink_type", key=key, file=file, type=kind, known=known))
    model: type[BaseModel] = sink_types()[str(kind)].Settings
    settings = validate_table(model, table, file=file, where=f"sinks.{name}")
    assert isinstance(settings, StrictTable)
    return settings
