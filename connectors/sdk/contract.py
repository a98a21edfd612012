"""The contract between the agent and a connector.

A connector is a folder `connectors/<service>/` whose package exports `Settings` (a pydantic
model, see `connectors.sdk.settings`) and `connect(settings, context) -> Connector`, and which
holds a module `demo` (see `connectors.sdk.testing.Demo`). Vendor libraries are imported inside
`connect()`, so that `--help` stays quick.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Protocol, TypeVar

from connectors.sdk.checks import Check
from connectors.sdk.forecast import Forecast
from connectors.sdk.http.session import Http
from connectors.sdk.message import Message
from connectors.sdk.records import Record, Scope, Tenant

A = TypeVar("A")
B = TypeVar("B")


class Memory(Protocol):
    """What a connector remembers of a scope. Writes become durable with the next checkpoint."""

    def get(self, key: str) -> str | None:
        """The value of a key, or None. What was just put is seen at once."""
        ...

    def put(self, key: str, value: str | None) -> None:
        """Remember a value; None forgets it."""
        ...

    def items(self, prefix: str = "") -> Iterator[tuple[str, str]]:
        """Everything under a prefix, in the order of the keys."""
        ...


class Signer(Protocol):
    """A private key that stays where it is."""

    @property
    def certificate(self) -> bytes:
        """The certificate that belongs to the key, DER."""
        ...

    def sign(self, message: bytes, /) -> bytes:
        """The message's signature: RSASSA-PSS over SHA-256, salt of 32 bytes (JWS PS256)."""
        ...


class Context(Protocol):
    """What the agent lends a connector for one run. Safe to use from every scope's thread."""

    @property
    def http(self) -> Http:
        """The only way out: paced, retried, counted."""
        ...

    def map(self, function: Callable[[A], B], items: Iterable[A], /) -> Iterator[B]:
        """Call side by side, a bounded number at a time; the answers keep the order."""
        ...

    def memory(self, scope: Scope, /) -> Memory:
        """The memory of one scope. Before it is read, what earlier runs have left there."""
        ...

    def groups(self) -> Iterator[str]:
        """The `principal_id` of every group that a stored grant of this tenant names, once each.

        Complete only for a scope that is read `last`.
        """
        ...

    def owners(self) -> Iterator[str]:
        """The address of everybody who owns a stored item of this tenant without a state, or who
        made one of its grants, once each, in lower case.

        Complete only for a scope that is read `last`.
        """
        ...

    def secret(self, reference: str, /) -> bytes:
        """What a reference (`file:`, `env:`, `keyring:` ...) of the configuration points to."""
        ...

    def signer(self, reference: str, /) -> Signer:
        """A key that can sign but not be read (`certstore:`). Raises `SignInError`."""
        ...

    def show(self, message: Message, /) -> bool:
        """Show a sentence to whoever waits at the terminal; False where nobody does."""
        ...

    def now(self) -> datetime:
        """The time, aware, in UTC."""
        ...


class Scans(Protocol):
    """Reads scopes."""

    def scan(self, scope: Scope, cursor: str | None) -> Iterator[Record]:
        """Read one scope, from the start or from the cursor of an earlier checkpoint.

        `Started` comes first, `Coverage` last and once; a checkpoint stands between whole
        items. A full `Started` that is no resumption may come again: what was said before it in
        this reading does not count. Raise a `ConnectorError` for what cannot be read: the boundary
        closes the books.
        """
        ...


class Connector(Scans, Protocol):
    """Reads one tenant. Plain generators without locks: the agent owns the threads.

    `scan` of different scopes runs on different threads at the same time, so an instance keeps
    no state that a scan changes; what must be kept goes to `Context.memory`, tokens to
    `connectors.sdk.http.tokens`.
    """

    def tenant(self) -> Tenant:
        """Sign in and say whose data this is. Raises `SignInError`. Called once, first."""
        ...

    def addresses(self) -> tuple[str, ...]:
        """Where a scan goes, as far as that is known before the sign-in: `https://host[:port]`."""
        ...

    def checks(self) -> Iterator[Check]:
        """After the sign-in: try each thing that a scan uses, with the smallest call there is.

        Nothing is changed, and what is tried never raises: a row tells how it went.
        """
        ...

    def forecast(self) -> Forecast:
        """After the sign-in: what a full scan will cost, from cheap counts and small samples."""
        ...

    def scopes(self) -> Iterator[Scope]:
        """List the scopes of the tenant, cheaply, in a stable order."""
        ...
