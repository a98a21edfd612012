"""What a connector gets from the agent: HTTP session, thread pool, state and secrets."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import TypeVar

from sqlalchemy import Engine

from agent import __version__
from agent.config.secret_refs import Secrets
from agent.store.coverage import scope_key
from agent.store.groups import granted_groups
from agent.store.items import unresolved_people
from agent.store.scan_state import StoredScanState
from connectors.sdk.http import Budget, HttpSession, ThrottlingTransport
from connectors.sdk.http.ordered_pool import OrderedThreadPool
from connectors.sdk.interface import ScanState, Signer
from connectors.sdk.message import Message
from connectors.sdk.records import Scope

A = TypeVar("A")
B = TypeVar("B")

USER_AGENT = f"NONISV|tojimari|tojimari/{__version__} (gzip)"
"""The User-Agent of all requests.

Microsoft throttles traffic without such a decoration first. Google compresses responses only if
the name contains "gzip".

Source: https://learn.microsoft.com/en-us/sharepoint/dev/general-development/how-to-avoid-getting-throttled-or-blocked-in-sharepoint-online
(read 2026-08-15)
Source: https://developers.google.com/drive/api/guides/performance (read 2026-11-30)
"""


class AgentConnectorContext:
    """The context of one tenant for one run.

    Attributes:
        tenant_key: The key of the tenant in the store; 0 before the sign-in.
    """

    def __init__(
        self,
        engine: Engine,
        secrets: Secrets,
        *,
        workers: int,
        ca_bundle: str = "",
        proxy: str = "",
        budget: Budget | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] | None = None,
        show: Callable[[Message], bool] = lambda _: False,
    ) -> None:
        transport = ThrottlingTransport(
            user_agent=USER_AGENT,
            workers=workers,
            ca_bundle=ca_bundle,
            proxy=proxy,
            budget=budget,
            now=now,
            clock=clock,
            sleep=sleep,
        )
        self._http = HttpSession(transport)
        self._engine = engine
        self._secrets = secrets
        self._pool = OrderedThreadPool(workers)
        self._scan_states: dict[str, StoredScanState] = {}
        self._now = now
        self._show_message = show
        self.tenant_key = 0  # known after the sign-in

    @property
    def http(self) -> HttpSession:
        """Return the HTTP session, which paces, retries and counts all requests of this tenant."""
        return self._http

    def map(self, function: Callable[[A], B], items: Iterable[A], /) -> Iterator[B]:
        """Call a function for each item in a bounded number of threads; yield results in order."""
        return self._pool.map(function, items)

    def scan_state(self, scope: Scope, /) -> ScanState:
        """Return the connector's state of a scope.

        For a scope that is not being read, it is what earlier scans stored.
        """
        return self._scan_states.get(scope.id) or StoredScanState(
            self._engine, scope_key(self._engine, self.tenant_key, scope.id)
        )

    def open_scan_state(self, scope_id: str, scope_key: int) -> StoredScanState:
        """Return new state for a scope that is about to be read.

        Args:
            scope_id: The id of the service.
            scope_key: The key in the store.
        """
        scan_state = self._scan_states[scope_id] = StoredScanState(self._engine, scope_key)
        return scan_state

    def groups(self) -> Iterator[str]:
        """Yield the ids of all groups that stored grants of this tenant name, once each, sorted."""
        return granted_groups(self._engine, self.tenant_key)

    def owners(self) -> Iterator[str]:
        """Yield mail addresses whose account state is needed, in lower case, once each.

        They are the owners of stored items whose state is unknown, and the creators of stored
        grants.
        """
        return unresolved_people(self._engine, self.tenant_key)

    def secret(self, reference: str, /) -> bytes:
        """Return the secret that a reference of the configuration names.

        Raise `ConfigError` if it cannot be read.
        """
        return self._secrets.read(reference)

    def signer(self, reference: str, /) -> Signer:
        """Return a key that can sign but not be read.

        Raise `ConfigError` if there is no such key on this machine.
        """
        return self._secrets.signer(reference)

    def show_message(self, message: Message, /) -> bool:
        """Show a message at the terminal; return False if no person can see it."""
        return self._show_message(message)

    def now(self) -> datetime:
        """Return the current time, aware, in UTC."""
        return self._now()

    def close(self) -> None:
        """End all waiting and the threads of this tenant."""
        self._http.transport.stop()
        self._pool.close()
