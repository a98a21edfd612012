"""Build a configuration for `tojimari init`: tables, keys, and what is still missing."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import BaseModel, TypeAdapter, ValidationError, create_model
from pydantic.fields import FieldInfo

from agent.classify.policy_config import OrganizationConfig, PolicyConfig
from agent.config.load import validate_table
from agent.config.schema import AgentTable, NetworkTable
from agent.config.toml_writer import Describe, write_comment, write_table
from agent.config.validation_errors import value_messages
from agent.errors import ConfigError
from agent.text import Text
from connectors.sdk.config import StrictTable
from connectors.sdk.message import say
from connectors.sdk.permissions import SignInMethod
from connectors.sdk.services import load_service

SEPARATE_TABLES = frozenset({"custom_rules", "labels", "rules", "terms", "vendors", "waivers"})
CORE_TABLES: Mapping[str, type[BaseModel]] = {
    "agent": AgentTable,
    "organization": OrganizationConfig,
    "network": NetworkTable,
    "policy": PolicyConfig,
}


@dataclass(slots=True)
class ConfigBuilder:
    """The tables of a new configuration.

    Attributes:
        models: Dotted name of a table (`connectors.m365`) -> its settings.
        values: Dotted name of a table -> key -> value, for the keys that are set.
    """

    sinks: Mapping[str, type[BaseModel]] = field(default_factory=dict[str, type[BaseModel]])
    models: dict[str, type[BaseModel]] = field(default_factory=lambda: dict(CORE_TABLES))
    values: dict[str, dict[str, Any]] = field(
        default_factory=lambda: {name: {} for name in CORE_TABLES}
    )

    def add_service(self, service: str) -> str:
        """Add a table for a tenant of a service and return the table's name."""
        name = f"connectors.{service}"
        self.models[name] = load_service(service).Settings
        self.values.setdefault(name, {})["service"] = service
        return name

    def add_sink(self, kind: str) -> str:
        """Add a table for a sink of a type and return the table's name."""
        name = f"sinks.{kind}"
        self.models[name] = self.sinks[kind]
        self.values.setdefault(name, {})["type"] = kind
        return name

    def keys_to_ask(self, name: str) -> Iterator[tuple[str, FieldInfo]]:
        """Yield the keys that the wizard asks for: those that are required or have an example.

        The keys of the ways to sign in are not among them: the wizard asks for those of the
        chosen way.
        """
        apart = {key for way in self.sign_ins(name) for key in (*way.keys, *way.optional)}
        for key, info in self.models[name].model_fields.items():
            thought = info.is_required() or info.examples
            if key not in ("service", "type") and key not in apart and thought:
                yield key, info

    def sign_ins(self, name: str) -> tuple[SignInMethod, ...]:
        """Return the ways to sign in to the service of a table; none for a sink."""
        service = self.values[name].get("service")
        return tuple(load_service(service).SIGN_INS) if service else ()

    def set_value(self, name: str, key: str, typed: str) -> None:
        """Set a key to a value that was typed; a list is typed with commas.

        Raises:
            ConfigError: The key does not exist, or does not take this value.
        """
        fields = self.models[name].model_fields
        if key not in fields:
            near = get_close_matches(key, fields, n=1)
            known = near[0] if near else ", ".join(fields)
            raise ConfigError(say("init.no_key", key=f"{name}.{key}", near=known))
        value = _parse_value(fields[key], typed)
        alone: Any = {key: (fields[key].annotation, fields[key])}
        try:
            create_model("Alone", __base__=StrictTable, **alone).model_validate({key: value})
        except ValidationError as error:  # the cause would carry the value
            raise ConfigError(*value_messages(error, name)) from None
        self.values[name][key] = value

    def missing(self) -> list[str]:
        """Return the required keys that are not set, with the names of their tables."""
        return [
            f"{name}.{key}"
            for name, model in self.models.items()
            for key, info in model.model_fields.items()
            if info.is_required() and key not in self.values[name]
        ]

    def check(self, file: Path) -> None:
        """Check the configuration as a command would that reads `file`.

        Raises:
            ConfigError: A key is missing or wrong.
        """
        if missing := self.missing():
            raise ConfigError(*(say("init.missing", key=key) for key in missing))
        for name, model in self.models.items():
            validate_table(model, self.values[name], file=file, where=name)

    def to_toml(self, text: Text) -> str:
        """Return the configuration as TOML; every key has its description in the language."""
        lines = [*write_comment(text.say("init.opening")), *write_comment(text.say("init.secrets"))]
        for name, model in self.models.items():
            lines += write_table(
                name, model, self.values[name], _describe(text, name), without=SEPARATE_TABLES
            )
        return "\n".join(lines) + "\n"


def apply_flags(builder: ConfigBuilder, pairs: Sequence[str]) -> None:
    """Set keys from the values of `--set`: `connectors.m365.tenant_id=…`.

    Raises:
        ConfigError: A table or a key does not exist, or does not take this value.
    """
    for pair in pairs:
        path, equals, typed = pair.partition("=")
        name, dot, key = path.rpartition(".")
        if not (equals and dot) or name not in builder.models:
            near = get_close_matches(name, builder.models, n=1)
            known = near[0] if near else ", ".join(builder.models)
            raise ConfigError(say("init.no_table", pair=path, near=known))
        builder.set_value(name, key, typed)


def describe_key(text: Text, name: str, key: str, info: FieldInfo) -> str:
    """Return the description of a key in the language of `text`; English is in the settings."""
    folder, _, rest = name.partition(".")
    table = rest if folder == "connectors" else name
    return text.setting(table, key) or text.setting(folder, key) or info.description or ""


def save(file: Path, text: str) -> None:
    """Write the configuration file, readable for this account only.

    Raises:
        ConfigError: The file cannot be written.
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(mode=0o600)
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ConfigError(
            say("config.unwritable", file=file, detail=error.strerror or type(error).__name__)
        ) from None


def _describe(text: Text, name: str) -> Describe:
    return lambda key, info: describe_key(text, name, key, info)


def _parse_value(info: FieldInfo, typed: str) -> Any:
    """Return the TOML value of a typed text, by the type of the key."""
    adapter = TypeAdapter[Any](info.annotation)  # pyright: ignore[reportArgumentType] -- never None in a model
    schema = adapter.json_schema()
    kinds_ = {schema.get("type")} | {s.get("type") for s in schema.get("anyOf", ())}
    if "array" in kinds_:
        return [word.strip() for word in typed.split(",") if word.strip()]
    if kinds_ & {"integer", "number", "boolean"}:
        try:
            return tomllib.loads(f"v = {typed}")["v"]
        except tomllib.TOMLDecodeError:
            return typed  # the settings report the error
    return typed
