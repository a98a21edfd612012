"""What the agent lends a connector for one run."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import TypeVar

from sqlalchemy import Engine, func, select, union

from agent import __version__
from agent.config.secrets import Secrets
from agent.store import schema
from agent.store.notebook import Notebook
from connectors.sdk.contract import Memory, Signer
from connectors.sdk.http import Budget, Courier, Http
from connectors.sdk.http.lanes import Lanes
from connectors.sdk.message import Message
from connectors.sdk.records import PrincipalKind, Scope, State

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
        return self._notebooks.get(scope.id) or Notebook(self._engine, self._key_of(scope))

    def _key_of(self, scope: Scope) -> int:
        s = schema.scope.c
        here = select(s.key).where(s.tenant == self.tenant_key, s.id == scope.id)
        with self._engine.connect() as db:
            return db.execute(here).scalar_one_or_none() or 0  # no scope has it: nothing is there

    def open_notebook(self, scope_id: str, scope_key: int) -> Notebook:
        """Lay out the memory of a scope that is about to be read."""
        notebook = self._notebooks[scope_id] = Notebook(self._engine, scope_key)
        return notebook

    def groups(self) -> Iterator[str]:
        """The groups that the stored grants of this tenant name, once each, in pages."""
        g, s, last = schema.grant.c, schema.scope.c, ""
        while True:
            page = (
                select(g.principal_id)
                .join(schema.scope, s.key == g.scope)
                .where(s.tenant == self.tenant_key)
                .where(g.principal_kind == PrincipalKind.GROUP, g.principal_id > last)
                .group_by(g.principal_id)
                .order_by(g.principal_id)
                .limit(500)
            )
            with self._engine.connect() as db:
                names = db.execute(page).scalars().all()
            yield from names
            if not names:
                return
            last = names[-1]

    def owners(self) -> Iterator[str]:
        """The owners of stored items of whom no state is known, and who made grants on them."""
        i, g, s = schema.item.c, schema.grant.c, schema.scope.c
        mine = select(s.key).where(s.tenant == self.tenant_key)
        owner, maker = func.lower(i.owner), func.lower(g.created_by)
        owners = select(owner).where(i.scope.in_(mine), i.owner_state == State.UNKNOWN)
        makers = select(maker).where(g.scope.in_(mine))
        query = union(owners.where(owner.like("%@%")), makers.where(maker.like("%@%")))
        with self._engine.connect() as db:
            yield from db.execute(query).scalars()

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
