"""What the agent lends a connector for one run."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import TypeVar

from sqlalchemy import Engine

from agent import __version__
from agent.config.secrets import Secrets
from agent.store.coverage import scope_key
from agent.store.doors import unresolved_people
from agent.store.groups import granted_groups
from agent.store.notebook import Notebook
from connectors.sdk.contract import Memory, Signer
from connectors.sdk.http import Budget, Courier, Http
from connectors.sdk.http.lanes import Lanes
from connectors.sdk.message import Message
from connectors.sdk.records import Scope

A = TypeVar("A")
B = TypeVar("B")

USER_AGENT = f"NONISV|tojimari|tojimari/{__version__} (gzip)"
"""Undecorated traffic is throttled first (Microsoft); without "gzip" Google sends plain bytes."""


class LentContext:
    """One tenant's way out, lanes, memory and secrets."""

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
        courier = Courier(
            user_agent=USER_AGENT,
            workers=workers,
            ca_bundle=ca_bundle,
            proxy=proxy,
            budget=budget,
            now=now,
            clock=clock,
            sleep=sleep,
        )
        self._http = Http(courier)
        self._engine = engine
        self._secrets = secrets
        self._lanes = Lanes(workers)
        self._notebooks: dict[str, Notebook] = {}
        self._now = now
        self._show = show
        self.tenant_key = 0  # known after the sign-in

    @property
    def http(self) -> Http:
        """The only way out: paced, retried, counted."""
        return self._http

    def map(self, function: Callable[[A], B], items: Iterable[A], /) -> Iterator[B]:
        """Call side by side, a bounded number at a time; the answers keep the order."""
        return self._lanes.map(function, items)

    def memory(self, scope: Scope, /) -> Memory:
        """The memory of one scope; of one that is not being read, what earlier runs left there."""
        return self._notebooks.get(scope.id) or Notebook(
            self._engine, scope_key(self._engine, self.tenant_key, scope.id)
        )

    def open_notebook(self, scope_id: str, scope_key: int) -> Notebook:
        """Lay out the memory of a scope that is about to be read."""
        notebook = self._notebooks[scope_id] = Notebook(self._engine, scope_key)
        return notebook

    def groups(self) -> Iterator[str]:
        """Yield the groups that the stored grants of this tenant name, once each, in pages."""
        return granted_groups(self._engine, self.tenant_key)

    def owners(self) -> Iterator[str]:
        """Yield the owners of stored items without a state, and the creators of their grants."""
        return unresolved_people(self._engine, self.tenant_key)

    def secret(self, reference: str, /) -> bytes:
        """What a reference of the configuration points to."""
        return self._secrets.read(reference)

    def signer(self, reference: str, /) -> Signer:
        """A key that can sign but not be read."""
        return self._secrets.signer(reference)

    def show(self, message: Message, /) -> bool:
        """Show a sentence to whoever waits at the terminal; False where nobody does."""
        return self._show(message)

    def now(self) -> datetime:
        """The time, aware, in UTC."""
        return self._now()

    def close(self) -> None:
        """Let nothing wait any longer."""
        self._http.courier.stop()
        self._lanes.close()
