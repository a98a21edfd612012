"""Read TOML into strict models; say everything that is wrong at once, with the nearest key."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar, get_args, get_origin

from pydantic import BaseModel, ValidationError

from agent.config import waivers
from agent.config.errors import ConfigError
from agent.config.model import Config
from connectors.sdk.message import Message, say
from connectors.sdk.settings import KINDS

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
        problems = [
            _problem(model, file, where, e["type"], e["loc"], e["msg"])
            for e in error.errors(include_input=False, include_url=False)
        ]
        raise ConfigError(*problems) from None  # the cause would carry the values


def _problem(
    model: type[BaseModel],
    file: Path,
    where: str,
    kind: str,
    loc: Sequence[int | str],
    text: str,
) -> Message:
    key = ".".join(str(part) for part in (where, *loc) if part != "")
    if kind == "missing":
        return say("config.missing", key=key, file=file)
    if kind == "extra_forbidden":
        near = get_close_matches(str(loc[-1]), list(_keys_at(model, loc[:-1])), n=1)
        if near:
            return say("config.unknown_near", key=key, file=file, near=near[0])
        return say("config.unknown", key=key, file=file)
    if text.endswith("not a reference"):
        kinds = ", ".join(f"{k}:" for k in KINDS)
        return say("config.plain_secret", key=key, file=file, kinds=kinds)
    if text.endswith("not https"):
        return say("config.not_https", key=key, file=file)
    return say("config.wrong", key=key, file=file, detail=text.removeprefix("Value error, "))


def _keys_at(kind: Any, path: Sequence[int | str]) -> Iterable[str]:
    """The keys that are known at a path through nested tables, lists and dictionaries."""
    for step in path:
        fields = getattr(kind, "model_fields", None)
        if fields is not None:
            kind = fields[step].annotation if step in fields else None
        elif get_origin(kind) is not None:
            kind = get_args(kind)[-1]
    return list(getattr(kind, "model_fields", ()))
