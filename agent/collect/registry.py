"""Make connectors from tables of the configuration.

Services are packages in the folder of connectors, not entry points of installed distributions:
nothing that merely happens to be installed receives credentials.
"""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path

from agent.config.load import validate_table
from agent.errors import ConfigError
from connectors.sdk.interface import Connector, ConnectorContext
from connectors.sdk.message import say
from connectors.sdk.services import load_service, services


def service_of(name: str, table: Mapping[str, object], file: Path) -> str:
    """Return the service that a connector's table names: its key `service`, or its own name.

    Raise `ConfigError` if there is no such service.
    """
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
    """Raise `ConfigError` if the service of a table does not accept its keys and values."""
    module = load_service(service_of(name, table, file))
    validate_table(module.Settings, table, file=file, where=f"connectors.{name}")


def connect(
    name: str, table: Mapping[str, object], file: Path, context: ConnectorContext
) -> Connector:
    """Return a connector for a table.

    Raise `ConfigError` if the table is wrong, `SignInError` if a credential cannot be used.
    """
    module = load_service(service_of(name, table, file))
    settings = validate_table(module.Settings, table, file=file, where=f"connectors.{name}")
    return module.connect(settings, context)
