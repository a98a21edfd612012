"""Make connectors and their contexts from the configuration."""

from __future__ import annotations

from agent.collect import registry
from agent.collect.context import USER_AGENT, LentContext
from agent.run.desk import Desk
from connectors.sdk.contract import Connector
from connectors.sdk.http import Budget, Courier, Http, Pace


def lent(desk: Desk, budget: Budget | None = None) -> LentContext:
    """Return a context for one tenant. Close it after use."""
    config = desk.loaded.config
    return LentContext(
        desk.engine,
        desk.secrets,
        workers=config.agent.workers,
        ca_bundle=desk.ca_bundle,
        proxy=config.network.proxy,
        budget=budget,
        now=desk.now,
        clock=desk.clock,
        sleep=desk.sleep,
        show=desk.show,
    )


def connected(desk: Desk, name: str, context: LentContext) -> Connector:
    """Return the connector of a table.

    Raise `ConfigError` if the table is wrong, `SignInError` if a credential cannot be used.
    """
    loaded = desk.loaded
    return registry.connect(name, loaded.config.connectors[name], loaded.file, context)


def anonymous(desk: Desk) -> Http:
    """Return an HTTP session without credentials: no retries, at most one request per second."""
    courier = Courier(
        user_agent=USER_AGENT,
        workers=1,
        ca_bundle=desk.ca_bundle,
        proxy=desk.loaded.config.network.proxy,
        attempts=1,
        clock=desk.clock,
        sleep=desk.sleep,
    )
    courier.pace = Pace(60, price=lambda _: 1.0, burst=0.0, clock=desk.clock)
    return Http(courier)
