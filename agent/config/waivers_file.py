"""Read and write `waivers.toml` beside the configuration.

`tojimari waive` has a file of its own so that comments in config.toml are not lost.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated

import tomli_w
from pydantic import Field, Strict, ValidationError

from agent.classify.policy_config import Waiver
from agent.config.validation_errors import validation_messages
from agent.errors import ConfigError
from connectors.sdk.config import StrictTable
from connectors.sdk.message import say

FILE_NAME = "waivers.toml"
HEADER = "# Written by `tojimari waive`; use it to add and remove. Comments here are not kept.\n\n"


class WaiversFile(StrictTable):
    """The file `waivers.toml`."""

    waivers: Annotated[tuple[Waiver, ...], Strict(False)] = Field(default=())


def read(file: Path) -> tuple[tuple[Waiver, ...], bytes]:
    """Return the waivers of a file and its content; both are empty if there is no file.

    Raises:
        ConfigError: The file cannot be read, is no TOML, or has a wrong key.
    """
    try:
        raw = file.read_bytes()
    except FileNotFoundError:
        return (), b""
    except OSError as error:
        raise ConfigError(
            say("config.unreadable", file=file, detail=error.strerror or type(error).__name__)
        ) from None
    try:
        return WaiversFile.model_validate(tomllib.loads(raw.decode("utf-8-sig"))).waivers, raw
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(say("config.not_toml", file=file, detail=error)) from None
    except ValidationError as error:
        raise ConfigError(*validation_messages(error, WaiversFile, file)) from None


def write(file: Path, waivers: Iterable[Waiver]) -> None:
    """Replace the file with these waivers, atomically.

    Raises:
        ConfigError: The file cannot be written.
    """
    tables = [w.model_dump(mode="python", exclude_none=True) for w in waivers]
    plain = [{k: str(v) if k.startswith("max_") else v for k, v in t.items()} for t in tables]
    fresh = file.with_suffix(".new")
    try:
        fresh.write_text(HEADER + tomli_w.dumps({"waivers": plain}), encoding="utf-8")
        fresh.replace(file)
    except OSError as error:
        raise ConfigError(
            say("waive.not_written", file=file, detail=error.strerror or type(error).__name__)
        ) from None


def remove_waiver(waivers: Sequence[Waiver], finding: str) -> list[Waiver]:
    """Return the waivers without that of a finding, which has at most one in this file."""
    return [waiver for waiver in waivers if waiver.finding != finding]
