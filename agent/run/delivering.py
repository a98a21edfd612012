"""Empty the outbox into the sinks of the configuration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pydantic import BaseModel

from agent import __version__
from agent.config.errors import ConfigError
from agent.config.load import load
from agent.run.desk import Desk
from agent.sinks import csv
from agent.sinks.contract import SinkError
from agent.sinks.drain import Delivery, drain
from agent.sinks.settings import kinds, opened
from agent.store.outbox import StoredOutbox
from connectors.sdk.message import say
from connectors.sdk.settings import Table


@dataclass(frozen=True, slots=True)
class LentToSink:
    """What a sink is lent."""

    name: str
    ca_bundle: str
    proxy: str
    desk: Desk
    user_agent: str = f"tojimari/{__version__}"

    def secret(self, reference: str, /) -> bytes:
        """What a reference points to. A missing one stops this sink, not the run."""
        try:
            return self.desk.secrets.read(reference)
        except ConfigError as error:
            raise SinkError(error.problems[0], final=True) from None

    def now(self) -> datetime:
        """The time, aware, in UTC."""
        return datetime.now(UTC)


def tables(desk: Desk) -> dict[str, Table]:
    """The sinks of the configuration, understood. Raises `ConfigError`."""
    return {
        name: _table(name, table, desk.loaded.file)
        for name, table in desk.loaded.config.sinks.items()
    }


def takers(desk: Desk) -> list[str]:
    """The sinks that take events from the outbox, as against files in a folder."""
    return [n for n, t in tables(desk).items() if hasattr(kinds()[_type(t)], "open")]


def deliver(desk: Desk) -> dict[str, Delivery]:
    """Offer what waits to every sink; a sink that cannot be opened keeps its share."""
    outbox = StoredOutbox(desk.engine, lambda: datetime.now(UTC))
    result: dict[str, Delivery] = {}
    for name, table in tables(desk).items():
        try:
            sink = opened(table, _lent(desk, name))
        except SinkError as error:
            result[name] = Delivery(delivered=0, pending=outbox.pending(name), error=error)
            continue
        if sink is not None:
            result |= drain(outbox, [sink])
    for name, waiting in outbox.orphans(list(result)):
        gone = SinkError(say("sinks.not_configured", name=name), hint=say("sinks.rename_back"))
        result[name] = Delivery(delivered=0, pending=waiting, error=gone)
    return result


def drop(desk: Desk, folder: Path, run_id: str) -> dict[str, Delivery]:
    """Copy the files of a run where file sinks want them."""
    result: dict[str, Delivery] = {}
    for name, table in tables(desk).items():
        if isinstance(table, csv.Settings) and table.path:
            placed = table.model_copy(update={"path": str(desk.loaded.path(table.path))})
            try:
                csv.drop(folder, placed, run_id)
            except SinkError as error:
                result[name] = Delivery(delivered=0, pending=0, error=error)
    return result


def _lent(desk: Desk, name: str) -> LentToSink:
    return LentToSink(name, desk.ca_bundle, desk.loaded.config.network.proxy, desk)


def _table(name: str, table: Mapping[str, object], file: Path) -> Table:
    key, known = f"sinks.{name}.type", ", ".join(sorted(kinds()))
    if (kind := table.get("type")) not in kinds():
        raise ConfigError(say("config.no_sink_type", key=key, file=file, type=kind, known=known))
    model: type[BaseModel] = kinds()[str(kind)].Settings
    settings = load(model, table, file=file, where=f"sinks.{name}")
    assert isinstance(settings, Table)
    return settings


def _type(table: Table) -> str:
    return str(table.model_dump()["type"])
