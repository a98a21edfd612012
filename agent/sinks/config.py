"""The types of sinks, and the keys and values that their configuration tables share."""

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
from agent.sinks.interface import Sink, SinkContext
from connectors.sdk.config import SecretRef, StrictTable, validation_error

EventSelection = Literal["changes", "snapshot", "heartbeat"]
"""What a sink gets: changes of findings, every open finding in each run, one event a run."""

EventFormat = Literal["ocsf", "flat"]


class QueuedSinkConfig(StrictTable):
    """The configuration keys of every sink that takes events from the outbox."""

    send: list[EventSelection] = Field(
        default_factory=lambda: ["changes"],
        min_length=1,
        description="changes: findings that were opened, changed, accepted or closed; snapshot: "
        "every open finding in every run; heartbeat: one event a run with its coverage",
    )
    redact_names: bool = Field(
        default=False,
        description="Replace names, addresses and paths with hashes: they may be personal data",
    )
    retry_seconds: int = Field(
        default=60,
        ge=0,
        le=3600,
        description="How long one run waits for a busy receiver; then the next run goes on",
    )


class TlsSinkConfig(QueuedSinkConfig):
    """The configuration keys of every sink that uses TLS."""

    ca_bundle: str = Field(
        default="", description="Certificates to trust; default: those of [network]"
    )
    proxy: str = Field(default="", description="Proxy of this sink; default: that of [network]")
    client_certificate: SecretRef = Field(
        default="",
        description="A PEM with key and certificate, where the receiver asks for one",
    )


@cache
def sink_types() -> Mapping[str, ModuleType]:
    """Return type -> module of every module of this package that has a class `Settings`."""
    modules = {
        entry.name: import_module(f"agent.sinks.{entry.name}")
        for entry in pkgutil.iter_modules(agent.sinks.__path__)
    }
    return {name: module for name, module in modules.items() if hasattr(module, "Settings")}


def sink_config_union() -> Any:
    """Return the type of `[sinks.<name>]` as a field of a `StrictTable`, discriminated by `type`.

    Use it only within a `StrictTable`: the outermost model decides whether an error repeats its
    input, which may be a secret.
    """
    union: Any = None
    for module in sink_types().values():
        union = module.Settings if union is None else union | module.Settings
    return Annotated[union, Field(discriminator="type")]


def open_sink(settings: StrictTable, sink_context: SinkContext) -> Sink | None:
    """Return the sink of a configuration table; None for a type that takes no events (csv).

    Raises:
        Unfit: A secret has a form that cannot work.
        SinkError: A secret or a certificate cannot be read.
    """
    module = sink_types()[getattr(settings, "type")]  # noqa: B009 -- every kind has it, `StrictTable` has not
    return module.create(settings, sink_context) if hasattr(module, "create") else None


def is_loopback(host: str) -> bool:
    """Return True if a host name or IP address is that of this machine."""
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
        raise validation_error("sinks.not_url") from None  # the cause would show it
    if not host or any(sign.isspace() or not sign.isprintable() for sign in value):
        raise validation_error("sinks.not_url")
    if parts.username is not None or parts.password is not None:
        raise validation_error("sinks.url_with_password")
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(host)):
        raise validation_error("sinks.not_https")
    return value


def _base_url(value: str) -> str:
    parts = urlsplit(_sink_url(value))
    if parts.query or parts.fragment:
        raise validation_error("sinks.url_with_query")
    return value.rstrip("/")


SinkUrl = Annotated[str, AfterValidator(_sink_url)]
"""A URL with https, or with http to this machine. It is kept as written: receivers compare it."""

BaseUrl = Annotated[str, AfterValidator(_base_url)]
"""A `SinkUrl` without query that paths are appended to; a trailing slash is removed."""
