"""Sign in to the tenants, list their scopes and read them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from agent.collect import registry
from agent.collect.connector_context import AgentConnectorContext
from agent.collect.ingest import ProgressListener, ingest
from agent.collect.reader import Task
from agent.errors import ConfigError
from agent.run.contexts import connector_context, open_connector
from agent.run.session import Session
from agent.store.facts import FactStore
from connectors.sdk.errors import AccessDenied, ConnectorError, QuotaExhausted
from connectors.sdk.http import Budget
from connectors.sdk.interface import Connector
from connectors.sdk.message import say
from connectors.sdk.records import Coverage, Scope, Status, Tenant
from connectors.sdk.scan_guard import call_connector


@dataclass(slots=True)
class ReadState:
    """The tenants of one run.

    Attributes:
        contexts: Connector -> its context.
        tenants: Connector -> the key of its tenant in the store.
        refused: Connector -> why its sign-in failed.
        tasks: For each tenant, the scopes to read.
    """

    contexts: dict[str, AgentConnectorContext] = field(
        default_factory=dict[str, AgentConnectorContext]
    )
    tenants: dict[str, int] = field(default_factory=dict[str, int])
    refused: dict[str, ConnectorError] = field(default_factory=dict[str, ConnectorError])
    tasks: list[list[Task]] = field(default_factory=list[list[Task]])

    def stop(self) -> None:
        """End all waiting of all connectors."""
        for context in self.contexts.values():
            context.close()


class ScanCollector:
    """The first step of a scan."""

    def __init__(self, session: Session, run_id: str, budget: Budget, now: datetime) -> None:
        self._session = session
        self._run_id = run_id
        self._budget = budget
        self._now = now
        self._facts = FactStore(session.engine, lambda: now)
        self.reading = ReadState()

    def sign_in(self, names: Sequence[str], *, full: bool) -> None:
        """Sign in to the tenants and plan their scopes.

        A tenant that cannot be opened, or whose scopes cannot all be listed, gets a coverage of its
        own; the scopes that were listed are read.
        Raise `ConfigError` if a table is wrong or two connectors read the same tenant.

        Args:
            names: The connectors to use.
            full: Read everything again, without delta.
        """
        for name in names:
            table = self._session.loaded.config.connectors[name]
            service = registry.service_of(name, table, self._session.loaded.file)
            context = self.reading.contexts[name] = connector_context(self._session, self._budget)
            try:
                connector, tenant = call_connector(
                    partial(self._open_tenant, name, context), name, passthrough=(ConfigError,)
                )
            except ConnectorError as error:
                if not isinstance(error, QuotaExhausted):  # a used-up quota is no failed sign-in
                    self.reading.refused[name] = error
                self._record_unlisted(name, self._facts.ensure_tenant(service, name, None), error)
                continue
            key = context.tenant_key = self._facts.ensure_tenant(service, name, tenant)
            if twin := next((n for n, k in self.reading.tenants.items() if k == key), None):
                raise ConfigError(
                    say("config.same_tenant", name=name, twin=twin, tenant=tenant.name)
                )
            self._plan(name, key, connector, context, full=full)

    def read(self, listener: ProgressListener) -> None:
        """Read all planned scopes."""
        workers = self._session.loaded.config.agent.workers
        ingest(self.reading.tasks, self._facts, self._run_id, workers=workers, listener=listener)

    def _open_tenant(self, name: str, context: AgentConnectorContext) -> tuple[Connector, Tenant]:
        connector = open_connector(self._session, name, context)
        return connector, connector.tenant()

    def _plan(
        self,
        name: str,
        key: int,
        connector: Connector,
        context: AgentConnectorContext,
        *,
        full: bool,
    ) -> None:
        self.reading.tenants[name] = key
        found: dict[str, Scope] = {}
        listed = True
        try:
            call_connector(lambda: found.update((s.id, s) for s in connector.scopes()), name)
        except ConnectorError as error:
            self._record_unlisted(name, key, error)
            listed = False
        scopes = list(found.values())
        tasks = [
            Task(
                connector=connector,
                scope=planned.scope,
                key=planned.key,
                cursor=planned.cursor,
                scan_state=context.open_scan_state(planned.scope.id, planned.key),
            )
            for planned in self._facts.plan_scopes(
                key, scopes, self._run_id, full=full, listed=listed
            )
            if not planned.already_read
        ]
        self.reading.tasks.append(tasks)

    def _record_unlisted(self, name: str, key: int, error: ConnectorError) -> None:
        self.reading.tenants[name] = key
        status = Status.DENIED if isinstance(error, AccessDenied) else Status.PARTIAL
        denied = name in self.reading.refused
        coverage = Coverage(
            status=Status.DENIED if denied else status,
            reason=error.message,
            hint=error.hint,
            cut_off=isinstance(error, QuotaExhausted),
        )
        self._facts.record_unlisted(key, name, self._run_id, coverage)
