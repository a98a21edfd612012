"""The contract between the agent and a sink.

A kind of sink is a module of this folder that has `Settings` (a `Table` whose `type` names the
module) and, where it takes events from the outbox, `open(settings, lent) -> Sink`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from connectors.sdk.message import Message

Event = Mapping[str, Any]
"""An OCSF event, see `agent.sinks.ocsf`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Events that travel together, frozen before the first attempt so that a retry is the same.

    `id` is stable over retries and holds no dot, which webhook signatures use as a separator.
    """

    id: str
    run_id: str
    events: Sequence[Event]
    frozen_at: datetime


class SinkError(Exception):
    """A batch was not taken, or a sink cannot be opened.

    `final` when doing the same again cannot help: somebody must change the configuration here or
    at the receiver. Neither a secret nor the path of a URL, which may be one, is ever in it.
    """

    def __init__(
        self, message: Message, *, hint: Message | None = None, final: bool = False
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.final = final


class Sink(Protocol):
    """Takes a batch whole or raises `SinkError`. The same batch may come twice."""

    @property
    def name(self) -> str:
        """The administrator's name of it: `siem` for `[sinks.siem]`."""
        ...

    @property
    def limit(self) -> int:
        """How many events a batch may hold."""
        ...

    def deliver(self, batch: Batch) -> None:
        """Send once; return only when the receiver has it."""
        ...


class Lent(Protocol):
    """What the agent lends a sink."""

    @property
    def name(self) -> str:
        """The sink's name in the configuration."""
        ...

    @property
    def user_agent(self) -> str:
        """How the agent introduces itself: `tojimari/0.1.0`."""
        ...

    @property
    def ca_bundle(self) -> str:
        """`[network] ca_bundle`; empty for the operating system's store."""
        ...

    @property
    def proxy(self) -> str:
        """`[network] proxy`; empty for what the environment says."""
        ...

    def secret(self, reference: str, /) -> bytes:
        """What a reference (`file:`, `env:`, `keyring:` ...) of the configuration points to."""
        ...

    def now(self) -> datetime:
        """The time, aware, in UTC."""
        ...
