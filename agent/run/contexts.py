"""Make connectors and their contexts from the configuration."""

from __future__ import annotations

from agent.collect import registry
from agent.collect.connector_context import USER_AGENT, AgentConnectorContext
from agent.run.session import Session
from connectors.sdk.http import Budget, HttpSession, RateLimiter, ThrottlingTransport
from connectors.sdk.interface import Connector


def connector_context(session: Session, budget: Budget | None = None) -> AgentConnectorContext:
    """Return a context for one tenant. Close it after use."""
    config = session.loaded.config
    return AgentConnectorContext(
        session.engine,
        session.secrets,
        workers=config.agent.workers,
        ca_bundle=session.ca_bundle,
        proxy=config.network.proxy,
        budget=budget,
        now=session.now,
        clock=session.clock,
        sleep=session.sleep,
        show=session.show_message,
    )


def open_connector(session: Session, name: str, context: AgentConnectorContext) -> Connector:
    """Return the connector of a table.

    Raise `ConfigError` if the table is wrong, `SignInError` if a credential cannot be used.
    """
    loaded = session.loaded
    return registry.connect(name, loaded.config.connectors[name], loaded.file, context)


def anonymous_http(session: Session) -> HttpSession:
    """Return an HTTP session without credentials: no retries, at most one request per second."""
    transport = ThrottlingTransport(
        user_agent=USER_AGENT,
        workers=1,
        ca_bundle=session.ca_bundle,
        proxy=session.loaded.config.network.proxy,
        attempts=1,
        clock=session.clock,
        sleep=session.sleep,
    )
    transport.rate_limiter = RateLimiter(60, cost=lambda _: 1.0, burst=0.0, clock=session.clock)
    return HttpSession(transport)
