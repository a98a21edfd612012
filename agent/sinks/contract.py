"""The contract between the agent and a sink.

A kind of sink is a module of this folder that has `Settings` (a `Table` whose `type` names the
module) and, where it takes events from the outbox, `open(settings, lent) -> Sink`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from agent.events import Batch
from connectors.sdk.checks import Check
from connectors.sdk.message import Message


class Fault(StrEnum):
    """What has to change before the same events are taken."""

    MOMENT = "moment"  # nothing but the time
    CUT = "cut"  # the same; but a line that breaks twice may have been too much at once
    SETTING = "setting"  # the configuration, here or at the receiver
    SIZE = "size"  # so many bytes at once
    CONTENT = "content"  # one of the events: the receiver will never take it


class SinkError(Exception):
    """A batch was not taken, or a sink cannot be opened.

    Attributes:
        wait: Seconds that the receiver asked for before the next attempt.
        words: What the receiver said, printable and short; shown by `deliver --status`.

    Neither a secret nor the path of a URL, which may be one, is ever in it.
    """

    def __init__(
        self,
        message: Message,
        *,
        hint: Message | None = None,
        fault: Fault = Fault.MOMENT,
        wait: float | None = None,
        words: str = "",
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.fault = fault
        self.wait = wait
        self.words = words


class Unfit(SinkError):
    """A secret has a form that can never work. It is told before anything is read."""

    def __init__(self, message: Message, *, hint: Message) -> None:
        super().__init__(message, hint=hint, fault=Fault.SETTING)


class PartlyTaken(Exception):
    """The receiver judged event by event; `left` says by position why one was not taken."""

    def __init__(self, left: Mapping[int, SinkError]) -> None:
        super().__init__(f"{len(left)} events were not taken")
        self.left = left


class Sink(Protocol):
    """Takes a batch whole, or raises `SinkError` or `PartlyTaken`. The same may come twice."""

    @property
    def name(self) -> str:
        """The administrator's name of it: `siem` for `[sinks.siem]`."""
        ...

    @property
    def limit(self) -> int:
        """How many events a batch may hold."""
        ...

    @property
    def size(self) -> int:
        """How many bytes of events, as JSON, a batch should hold."""
        ...

    @property
    def patience(self) -> float:
        """Seconds to spend on waiting in one process before the rest is left to the next."""
        ...

    def deliver(self, batch: Batch) -> None:
        """Send once; return only when the receiver has it."""
        ...

    def look(self) -> Iterator[Check]:
        """Try what can be tried without an event; changes nothing, and never raises for it."""
        ...

    def check(self, test: Batch) -> Iterator[Check]:
        """Try health, credentials and the delivery of a test event; never raises for them."""
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

    def path(self, written: str, /) -> str:
        """A path as it is written in the configuration, made absolute."""
        ...

    def secret(self, reference: str, /) -> bytes:
        """What a reference (`file:`, `env:`, `keyring:` ...) of the configuration points to."""
        ...

    def now(self) -> datetime:
        """The time, aware, in UTC."""
        ...

    def sleep(self, seconds: float, /) -> None:
        """Wait."""
        ...
