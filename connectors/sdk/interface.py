"""The interface between the agent and a connector.

A connector is a package `connectors/<service>/`, see `connectors.sdk.services`. It imports vendor
libraries inside `connect()`, so that `--help` stays fast.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Protocol, TypeVar

from connectors.sdk.checks import Check
from connectors.sdk.estimate import ScanEstimate
from connectors.sdk.http.session import HttpSession
from connectors.sdk.message import Message
from connectors.sdk.records import Record, Scope, Tenant

A = TypeVar("A")
B = TypeVar("B")


class ScanState(Protocol):
    """A connector's own state of a scope. Writes become durable with the next checkpoint."""

    def get(self, key: str) -> str | None:
        """Return the value of a key, uncommitted writes included; None if there is none."""
        ...

    def put(self, key: str, value: str | None) -> None:
        """Set a value; None deletes the key."""
        ...

    def items(self, prefix: str = "") -> Iterator[tuple[str, str]]:
        """Yield all keys with this prefix and their values, in the order of the keys."""
        ...


class Signer(Protocol):
    """A private key that can sign but not be read."""

    @property
    def certificate(self) -> bytes:
        """Return the certificate of the key in DER."""
        ...

    def sign(self, message: bytes, /) -> bytes:
        """Return the signature of a message: RSASSA-PSS with SHA-256, salt of 32 bytes (JWS PS256).

        Raise `SignInError` if the key cannot be used.
        """
        ...


class ConnectorContext(Protocol):
    """What the agent gives a connector for one run. Safe to use from the threads of all scopes."""

    @property
    def http(self) -> HttpSession:
        """Return the HTTP session, which paces, retries and counts all requests."""
        ...

    def map(self, function: Callable[[A], B], items: Iterable[A], /) -> Iterator[B]:
        """Call a function for each item in a bounded number of threads; yield results in order."""
        ...

    def scan_state(self, scope: Scope, /) -> ScanState:
        """Return the connector's state of a scope.

        Before the scope is read, it is what earlier runs stored.
        """
        ...

    def groups(self) -> Iterator[str]:
        """Yield the `principal_id` of every group in the stored grants of this tenant, once each.

        Complete only for a scope that is read `last`.
        """
        ...

    def owners(self) -> Iterator[str]:
        """Yield addresses whose account state is needed, once each, in lower case.

        They are the owners of stored items whose state is unknown, and the creators of stored
        grants. Complete only for a scope that is read `last`.
        """
        ...

    def secret(self, reference: str, /) -> bytes:
        """Return the secret that a reference of the configuration names: `file:`, `env:` ...

        Raise the agent's error for the configuration if it cannot be read.
        """
        ...

    def signer(self, reference: str, /) -> Signer:
        """Return a key that can sign but not be read (`certstore:`).

        Raise `SignInError` if there is no such key.
        """
        ...

    def show_message(self, message: Message, /) -> bool:
        """Show a message at the terminal; return False if no person can see it."""
        ...

    def now(self) -> datetime:
        """Return the current time, aware, in UTC."""
        ...


class ScopeReader(Protocol):
    """Reads scopes."""

    def scan(self, scope: Scope, cursor: str | None) -> Iterator[Record]:
        """Yield the records of a scope, from the beginning or from the cursor of a checkpoint.

        `Started` comes first, `Coverage` last and once; a checkpoint stands between whole items
        only. A full `Started` that does not resume may come again: what came before it in this scan
        does not count. Raise `ConnectorError` for what cannot be read: the agent makes it a
        `Coverage`.
        """
        ...


class Connector(ScopeReader, Protocol):
    """Reads one tenant with plain generators and no locks: the agent owns the threads.

    `scan` of different scopes runs in different threads at the same time, so a scan must not change
    the instance. State that must be kept goes to the context, tokens to `connectors.sdk.http`.
    """

    def tenant(self) -> Tenant:
        """Sign in and return the tenant. Called once, first.

        Raise `SignInError` if the credentials are refused.
        """
        ...

    def addresses(self) -> tuple[str, ...]:
        """Return the addresses that a scan contacts, as far as known before the sign-in.

        Each is `https://host[:port]`.
        """
        ...

    def checks(self) -> Iterator[Check]:
        """Yield a check for each thing that a scan uses, each tried with the smallest call.

        Called after the sign-in. Changes nothing and never raises: a failure is a check, too.
        """
        ...

    def estimate(self) -> ScanEstimate:
        """Return the cost of a full scan, estimated from cheap counts and small samples.

        Called after the sign-in. Raise `ConnectorError` if the counts cannot be read.
        """
        ...

    def scopes(self) -> Iterator[Scope]:
        """Yield the scopes of the tenant in a stable order, with few requests.

        Raise `ConnectorError` if they cannot be listed; after other scopes if only some of them
        cannot: what was yielded before is read, and no other scope counts as gone. Where only the
        scopes of one place cannot be listed, yield a scope that `stands_for` them instead.
        """
        ...
