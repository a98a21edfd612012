"""Connectors, found by folder: nothing that merely happens to be installed gets credentials."""

from __future__ import annotations

import pkgutil
from collections.abc import Mapping
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path

import connectors
from agent.config.errors import ConfigError
from agent.config.load import load
from connectors.sdk.contract import Connector, Context
from connectors.sdk.message import say


def services() -> list[str]:
    """The services of this build, as they are written in the configuration."""
    folders = pkgutil.iter_modules(connectors.__path__)
    return sorted(f.name for f in folders if f.ispkg and f.name != "sdk")


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
    module = import_module(f"connectors.{service_of(name, table, file)}")
    load(module.Settings, table, file=file, where=f"connectors.{name}")


def connect(name: str, table: Mapping[str, object], file: Path, context: Context) -> Connector:
    """A connector to the tenant of a table. Raises `ConfigError` or `SignInError`."""
    module = import_module(f"connectors.{service_of(name, table, file)}")
    settings = load(module.Settings, table, file=file, where=f"connectors.{name}")
    connector: Connector = module.connect(settings, context)
    return connector
