"""From a table of the configuration to a connector (services: `connectors.sdk.services`)."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path

from agent.config.load import load
from agent.errors import ConfigError
from connectors.sdk.contract import Connector, Context
from connectors.sdk.message import say
from connectors.sdk.services import load_service, services


def service_of(name: str, table: Mapping[str, object], file: Path) -> str:
    """The service that a connector's table names. Raises `ConfigError`."""
    service = str(table.get("service", name))
    if service not in services():
        near = get_close_matches(service, services(), n=1)
        raise ConfigError(
            say(
                "config.no_service",
                key=f"connectors.{name}.service",
                file=file,
                known=", ".join(services()),
                near=near[0] if near else services()[0],
            )
        )
    return service


def check(name: str, table: Mapping[str, object], file: Path) -> None:
    """Refuse a table that its connector would not understand, before anything is read."""
    module = load_service(service_of(name, table, file))
    load(module.Settings, table, file=file, where=f"connectors.{name}")


def connect(name: str, table: Mapping[str, object], file: Path, context: Context) -> Connector:
    """A connector to the tenant of a table. Raises `ConfigError` or `SignInError`."""
    module = load_service(service_of(name, table, file))
    settings = load(module.Settings, table, file=file, where=f"connectors.{name}")
    return module.connect(settings, context)
