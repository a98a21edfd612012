"""Estimate the cost of a full scan before it runs."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from agent.collect import registry
from agent.report.plan import Estimate
from agent.run.desk import Desk
from agent.run.lending import connected, lent
from agent.store import forecasts
from agent.store.facts import Facts
from connectors.sdk.boundary import attempted
from connectors.sdk.contract import Connector
from connectors.sdk.errors import ConnectorError
from connectors.sdk.forecast import Forecast
from connectors.sdk.records import Tenant

SIDE_BY_SIDE = 0.75  # the share of threads that a scan keeps busy, as measured


@dataclass(frozen=True, slots=True)
class _Told:
    tenant: Tenant
    forecast: Forecast


def plans(desk: Desk, only: Sequence[str] = ()) -> Iterator[Estimate]:
    """Yield an estimate for each connector; each is stored, to be compared with the scan."""
    for name in desk.connectors(only):
        context = lent(desk)
        begun = time.monotonic()
        try:
            told = attempted(partial(_told, partial(connected, desk, name, context)), name)
        except ConnectorError as error:
            yield Estimate(name=name, title="", problem=error.message, hint=error.hint)
            continue
        finally:
            context.close()
        meter = context.http.meter
        busy = max(time.monotonic() - begun - meter.waited, 0.0)
        yield _kept(desk, name, told, latency=busy / max(meter.calls, 1))


def _told(connect: partial[Connector]) -> _Told:
    connector = connect()
    tenant = connector.tenant()
    return _Told(tenant, connector.forecast())


def _kept(desk: Desk, name: str, told: _Told, *, latency: float) -> Estimate:
    config, now = desk.loaded.config, datetime.now(UTC)
    service = registry.service_of(name, config.connectors[name], desk.loaded.file)
    key = Facts(desk.engine, lambda: now).tenant(service, name, told.tenant)
    estimate = Estimate(
        name=name,
        title=told.tenant.name,
        forecast=told.forecast,
        latency=latency / max(1.0, config.agent.workers * SIDE_BY_SIDE),
        open_share=forecasts.open_share(desk.engine, key),
    )
    forecasts.keep(desk.engine, key, calls=estimate.calls, units=estimate.units, now=now)
    return estimate
