"""Estimate the cost of a full scan before it runs."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from agent.collect import registry
from agent.report.plan import TenantEstimate
from agent.run.contexts import connector_context, open_connector
from agent.run.session import Session
from agent.store import estimates
from agent.store.facts import FactStore
from connectors.sdk.errors import ConnectorError
from connectors.sdk.estimate import ScanEstimate
from connectors.sdk.interface import Connector
from connectors.sdk.records import Tenant
from connectors.sdk.scan_guard import call_connector

PARALLEL_EFFICIENCY = 0.75  # the share of threads that a scan keeps busy, as measured


@dataclass(frozen=True, slots=True)
class _TenantScanEstimate:
    tenant: Tenant
    forecast: ScanEstimate


def estimate_tenants(session: Session, only: Sequence[str] = ()) -> Iterator[TenantEstimate]:
    """Yield an estimate for each connector; each is stored, to be compared with the scan."""
    for name in session.connectors(only):
        context = connector_context(session)
        begun = time.monotonic()
        try:
            scan_estimate = call_connector(
                partial(_estimate_tenant, partial(open_connector, session, name, context)), name
            )
        except ConnectorError as error:
            yield TenantEstimate(name=name, title="", problem=error.message, hint=error.hint)
            continue
        finally:
            context.close()
        meter = context.http.meter
        busy = max(time.monotonic() - begun - meter.throttled_seconds, 0.0)
        yield _store_estimate(session, name, scan_estimate, latency=busy / max(meter.calls, 1))


def _estimate_tenant(connect: partial[Connector]) -> _TenantScanEstimate:
    connector = connect()
    tenant = connector.tenant()
    return _TenantScanEstimate(tenant, connector.estimate())


def _store_estimate(
    session: Session, name: str, scan_estimate: _TenantScanEstimate, *, latency: float
) -> TenantEstimate:
    config, now = session.loaded.config, datetime.now(UTC)
    service = registry.service_of(name, config.connectors[name], session.loaded.file)
    key = FactStore(session.engine, lambda: now).ensure_tenant(service, name, scan_estimate.tenant)
    estimate = TenantEstimate(
        name=name,
        title=scan_estimate.tenant.name,
        estimate=scan_estimate.forecast,
        latency=latency / max(1.0, config.agent.workers * PARALLEL_EFFICIENCY),
        exposed_share=estimates.exposed_share(session.engine, key),
    )
    estimates.save_estimate(
        session.engine, key, calls=estimate.calls, units=estimate.units, now=now
    )
    return estimate
