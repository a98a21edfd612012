"""Which kinds of sink there are, and the types that their tables are made of."""

from __future__ import annotations

import pkgutil
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from ipaddress import ip_address
from types import ModuleType
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

import agent.sinks
from agent.sinks.contract import Lent, Sink
from connectors.sdk.settings import SecretRef, Table, refused

News = Literal["changes", "snapshot", "heartbeat"]
"""What a sink is sent: what has changed, everything that stands, one event a run."""

Form = Literal["ocsf", "flat"]


class Taking(Table):
    """The keys of every sink that takes events from the outbox."""

    send: list[News] = Field(
        default_factory=lambda: ["changes"],
        min_length=1,
        description="changes: findings that opened, changed, were accepted or closed; snapshot: "
        "every finding that stands, in every run; heartbeat: one event a run with its coverage",
    )
    redact_names: bool = Field(
        default=False,
        description="Names, addresses and paths leave as stable masks: they may be personal data",
    )
    retry_seconds: int = Field(
        default=60,
        ge=0,
        le=3600,
        description="How long one run waits for a busy receiver; then the next run goes on",
    )


class Wired(Taking):
    """The keys of every sink behind TLS."""

    ca_bundle: str = Field(
        default="", description="Certificates to trust; default: those of [network]"
    )
    proxy: str = Field(default="", description="Proxy of this sink; default: that of [network]")
    client_certificate: SecretRef = Field(
        default="",
        description="A PEM with key and certificate, where the receiver asks for one",
    )


@cache
def kinds() -> Mapping[str, ModuleType]:
    """`type` -> module. A module of this folder is a kind of sink when it defines `Settings`."""
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
        raise refused("sinks.not_url") from None  # the cause would show it
    if not host or any(sign.isspace() or not sign.isprintable() for sign in value):
        raise refused("sinks.not_url")
    if parts.username is not None or parts.password is not None:
        raise refused("sinks.url_with_password")
    if parts.scheme != "https" and not (parts.scheme == "http" and loopback(host)):
        raise refused("sinks.not_https")
    return value


def _base_url(value: str) -> str:
    parts = urlsplit(_sink_url(value))
    if parts.query or parts.fragment:
        raise refused("sinks.url_with_query")
    return value.rstrip("/")


SinkUrl = Annotated[str, AfterValidator(_sink_url)]
"""https, or http to this machine. Kept as it was written: receivers sign and compare addresses."""

BaseUrl = Annotated[str, AfterValidator(_base_url)]
"""The same, to which paths are added; a trailing slash is dropped."""
