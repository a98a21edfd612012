"""Which kinds of sink there are, and the types that their tables are made of."""

from __future__ import annotations

import pkgutil
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from ipaddress import ip_address
from types import ModuleType
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

import agent.sinks
from agent.sinks.contract import Lent, Sink
from connectors.sdk.settings import Table


@cache
def kinds() -> Mapping[str, ModuleType]:
    """`type` -> module. A module of this folder is a kind of sink when it has `Settings`."""
    modules = {
        entry.name: import_module(f"agent.sinks.{entry.name}")
        for entry in pkgutil.iter_modules(agent.sinks.__path__)
    }
    return {name: module for name, module in modules.items() if hasattr(module, "Settings")}


def table() -> Any:
    """The type of `[sinks.<name>]` in a `Table`; `type` tells which one is meant.

    Only within a `Table`: the outermost model decides whether errors repeat what was written.
    """
    union: Any = None
    for module in kinds().values():
        union = module.Settings if union is None else union | module.Settings
    return Annotated[union, Field(discriminator="type")]


def opened(settings: Table, lent: Lent) -> Sink | None:
    """The sink of a table; None for a kind that takes no events (files in a folder)."""
    module = kinds()[getattr(settings, "type")]  # noqa: B009 -- every kind has it, `Table` has not
    return module.open(settings, lent) if hasattr(module, "open") else None


def loopback(host: str) -> bool:
    """Whether an address never leaves this machine."""
    if host.lower() == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _sink_url(value: str) -> str:
    try:
        parts = urlsplit(value)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        raise ValueError("not a url") from None  # the cause would show it
    if not host or any(sign.isspace() or not sign.isprintable() for sign in value):
        raise ValueError("not a url")
    if parts.username is not None or parts.password is not None:
        raise ValueError("a url with a password")
    if parts.scheme != "https" and not (parts.scheme == "http" and loopback(host)):
        raise ValueError("not https")
    return value


SinkUrl = Annotated[str, AfterValidator(_sink_url)]
"""https, or http to this machine. Kept as it was written: receivers sign and compare addresses."""
