"""Make connectors and their contexts from the configuration."""

from __future__ import annotations

from agent.collect import registry
from agent.collect.context import USER_AGENT, AgentConnectorContext
from agent.run.desk import Desk
from connectors.sdk.contract import Connector
from connectors.sdk.http import Budget, ThrottlingTransport, HttpSession, RateLimiter


def lent(desk: Desk, budget: Budget | None = None) -> AgentConnectorContext:
    """Return a context for one tenant. Close it after use."""
    config = desk.loaded.config
    return AgentConnectorContext(
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


def connected(desk: Desk, name: str, context: AgentConnectorContext) -> Connector:
    """Return the connector of a table.

    Raise `ConfigError` if the table is wrong, `SignInError` if a credential cannot be used.
    """
    loaded = desk.loaded
    return registry.connect(name, loaded.config.connectors[name], loaded.file, context)


def anonymous(desk: Desk) -> HttpSession:
    """Return an HTTP session without credentials: no retries, at most one request per second."""
    courier = ThrottlingTransport(
        user_agent=USER_AGENT,
        workers=1,
        ca_bundle=desk.ca_bundle,
        proxy=desk.loaded.config.network.proxy,
        attempts=1,
        clock=desk.clock,
        sleep=desk.sleep,
    )
    courier.rate_limiter = RateLimiter(60, cost=lambda _: 1.0, burst=0.0, clock=desk.clock)
    return HttpSession(courier)
