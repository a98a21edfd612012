"""Read TOML into strict models; say everything that is wrong at once, with the nearest key."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from agent.config import waivers
from agent.config.model import Config
from agent.config.problems import problems
from agent.errors import ConfigError
from connectors.sdk.message import say

M = TypeVar("M", bound=BaseModel)


class Loaded:
    """A configuration and where it lies: relative paths in it start there."""

    def __init__(self, config: Config, file: Path, digest: str) -> None:
        self.config = config
        self.file = file
        self.digest = digest

    @property
    def waivers_file(self) -> Path:
        """Where `tojimari waive` writes."""
        return self.file.parent / waivers.FILE

    def path(self, written: str) -> Path:
        """A path as it is written in the file."""
        whole = self.file.parent / Path(written).expanduser()
        try:
            return whole.resolve()
        except OSError:  # longer than what Windows follows; it opens it all the same
            return whole.absolute()


def read(file: Path) -> Loaded:
    """Read a configuration file. Raises `ConfigError`."""
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
    config = load(Config, table, file=file)
    accepted, more = waivers.read(file.parent / waivers.FILE)
    both = config.policy.model_copy(update={"waivers": (*config.policy.waivers, *accepted)})
    config = config.model_copy(update={"policy": both})
    return Loaded(config, file, sha256(raw + more).hexdigest())


def load(model: type[M], table: Mapping[str, object], *, file: Path, where: str = "") -> M:
    """Build the settings from a table, or say everything that is wrong with it at once."""
    try:
        return model.model_validate(table)
    except ValidationError as error:
        raise ConfigError(
            *problems(error, model, file, where)
        ) from None  # the cause would carry the values
