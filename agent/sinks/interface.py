"""The interface between the agent and a sink.

A type of sink is a module of this package with a class `Settings` (a `StrictTable` whose `type` is
the name of the module). If it takes events from the outbox, it also has
`create(settings, context) -> Sink`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from agent.events import Batch
from connectors.sdk.checks import Check
from connectors.sdk.message import Message


class FailureKind(StrEnum):
    """What has to change before the receiver takes the same events."""

    TRANSIENT = "moment"  # transient: the same request may succeed later
    CONNECTION_LOST = "cut"  # connection lost; after the second time the batch may be too large
    CONFIGURATION = "setting"  # the configuration, of the sink or of the receiver
    SIZE = "size"  # the request is too large
    CONTENT = "content"  # an event is invalid for the receiver and will never be taken


class SinkError(Exception):
    """A batch was not delivered, or a sink cannot be opened.

    It never contains a secret, nor the path of a URL, which is a secret at many receivers.

    Attributes:
        message: What failed.
        hint: What to do about it.
        kind: What has to change before another attempt can succeed.
        retry_after: Seconds that the receiver asked for before the next attempt; None without a
            request.
        receiver_message: The receiver's answer, printable and short; shown by `deliver --status`.
    """

    def __init__(
        self,
        message: Message,
        *,
        hint: Message | None = None,
        kind: FailureKind = FailureKind.TRANSIENT,
        retry_after: float | None = None,
        receiver_message: str = "",
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.kind = kind
        self.retry_after = retry_after
        self.receiver_message = receiver_message


class InvalidSecret(SinkError):
    """A secret has a form that cannot work. A scan reports it before it reads the tenants."""

    def __init__(self, message: Message, *, hint: Message) -> None:
        super().__init__(message, hint=hint, kind=FailureKind.CONFIGURATION)


class PartialDelivery(Exception):
    """The receiver took some events of a batch.

    Attributes:
        failures: Position in the batch -> why this event was not taken.
    """

    def __init__(self, failures: Mapping[int, SinkError]) -> None:
        super().__init__(f"{len(failures)} events were not taken")
        self.failures = failures


class Sink(Protocol):
    """Sends batches of events to one receiver. The same batch may be sent twice."""

    @property
    def name(self) -> str:
        """The name in the configuration: `siem` for `[sinks.siem]`."""
        ...

    @property
    def max_events(self) -> int:
        """The largest number of events in a batch."""
        ...

    @property
    def max_bytes(self) -> int:
        """The size that a batch should not exceed, in bytes of its events as JSON."""
        ...

    @property
    def retry_seconds(self) -> float:
        """Seconds that one run may wait for a busy receiver; then the next run continues."""
        ...

    def deliver(self, batch: Batch) -> None:
        """Send a batch once; return when the receiver has accepted it.

        Raises:
            SinkError: The batch was not accepted.
            PartlyTaken: Some of its events were not accepted.
        """
        ...

    def probe(self) -> Iterator[Check]:
        """Yield the checks that need no event and change nothing. A failure is a `Check`."""
        ...

    def check(self, test: Batch) -> Iterator[Check]:
        """Yield the checks of health, sign-in and delivery of a test event.

        A failure is a `Check`, no exception.
        """
        ...


class SinkContext(Protocol):
    """What the agent provides to a sink."""

    @property
    def name(self) -> str:
        """The sink's name in the configuration."""
        ...

    @property
    def user_agent(self) -> str:
        """The `User-Agent` header: `tojimari/0.1.0`."""
        ...

    @property
    def ca_bundle(self) -> str:
        """The path of `[network] ca_bundle`; empty for the operating system's trust store."""
        ...

    @property
    def proxy(self) -> str:
        """`[network] proxy`; empty for the proxy of the environment."""
        ...

    def path(self, written: str, /) -> str:
        """Return a path of the configuration as an absolute path."""
        ...

    def secret(self, reference: str, /) -> bytes:
        """Return the secret behind a reference (`file:`, `env:`, `keyring:` ...).

        Raises:
            SinkError: The secret cannot be read.
        """
        ...

    def now(self) -> datetime:
        """Return the current time in UTC, with its time zone."""
        ...

    def sleep(self, seconds: float, /) -> None:
        """Wait this number of seconds."""
        ...
