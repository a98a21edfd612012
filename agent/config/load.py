"""Read the configuration file into strict models; report all errors at once."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from agent.config import waivers_file
from agent.config.schema import Config
from agent.config.validation_errors import validation_messages
from agent.errors import ConfigError
from connectors.sdk.message import say

M = TypeVar("M", bound=BaseModel)

_HEADER = re.compile(r"^[ \t]*\[([^\[\]\n]+)\][ \t]*(?:#.*)?\r?$", re.MULTILINE)


class LoadedConfig:
    """A configuration that was read and checked.

    Attributes:
        config: Its tables, with the waivers of `waivers.toml` added.
        file: The file; relative paths in the configuration start at its folder.
        digest: SHA-256 of both files, in hexadecimal.
    """

    def __init__(self, config: Config, file: Path, digest: str) -> None:
        self.config = config
        self.file = file
        self.digest = digest

    @property
    def waivers_file(self) -> Path:
        """The file that `tojimari waive` writes."""
        return self.file.parent / waivers_file.FILE_NAME

    def path(self, written: str) -> Path:
        """Return a path of the configuration as an absolute path."""
        whole = self.file.parent / Path(written).expanduser()
        try:
            return whole.resolve()
        except OSError:  # longer than what Windows follows; it opens it all the same
            return whole.absolute()


def read_config(file: Path) -> LoadedConfig:
    """Read and check a configuration file and the `waivers.toml` beside it.

    The tables of connectors and sinks are checked by their owners, later.

    Raises:
        ConfigError: A file cannot be read, is no TOML, or has wrong or unknown keys.
    """
    try:
        raw = file.read_bytes()
    except OSError as error:
        raise ConfigError(
            say("config.unreadable", file=file, detail=error.strerror or type(error).__name__)
        ) from None
    try:
        table = tomllib.loads(raw.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise ConfigError(say("config.not_utf8", file=file)) from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(say("config.not_toml", file=file, detail=error)) from None
    config = validate_table(Config, table, file=file)
    accepted, more = waivers_file.read(file.parent / waivers_file.FILE_NAME)
    both = config.policy.model_copy(update={"waivers": (*config.policy.waivers, *accepted)})
    config = config.model_copy(update={"policy": both})
    return LoadedConfig(config, file, sha256(raw + more).hexdigest())


def table_headers(file: Path) -> frozenset[str]:
    """Return the names of the tables that a configuration file has a header for, as written."""
    found = _HEADER.findall(file.read_bytes().decode("utf-8-sig"))
    return frozenset(name.strip() for name in found)


def validate_table(
    model: type[M], table: Mapping[str, object], *, file: Path, where: str = ""
) -> M:
    """Return the settings that a table describes.

    Args:
        model: The settings.
        table: The table as TOML has it.
        file: The file, for the messages.
        where: The dotted name of the table, for the messages.

    Raises:
        ConfigError: Everything that is wrong with the table.
    """
    try:
        return model.model_validate(table)
    except ValidationError as error:
        raise ConfigError(
            *validation_messages(error, model, file, where)
        ) from None  # the cause would carry the values
