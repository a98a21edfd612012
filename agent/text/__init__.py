"""Every sentence that a user reads, in English and Japanese.

The agent's own lie beside this file, those of rules and settings in `rules/` and `postures/`, a
connector's in its own folder (`connectors/<service>/en.toml`): a new service touches nothing here.
"""

from __future__ import annotations

import json
import locale
import os
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from connectors.sdk.message import Message

LANGUAGES = ("en", "ja")


class Text:
    """The sentences of one language; `whole` False: only the agent's own, which `--help` needs."""

    def __init__(self, language: str, *, whole: bool = True) -> None:
        self.language = language
        self._sentences = _sentences(language) if whole else _own(language)

    def say(self, key: str, /, **values: object) -> str:
        """A sentence with its braces filled; values are taken as they are, never as templates.

        A brace that an older stored value does not fill stays as it is: a report must not fail.
        """
        return self._sentences[key].format_map(_Filled({k: str(v) for k, v in values.items()}))

    def of(self, message: Message | None) -> str:
        """What a connector said. A sentence that is missing shows as its key, never as nothing."""
        if message is None:
            return ""
        if message.key not in self._sentences:
            return str(message)
        return self.say(message.key, **dict(message.values))

    def setting(self, place: str, key: str, /) -> str:
        """What a key of the configuration means, where a translation lies beside its settings.

        English is what the settings themselves say; `[settings]` of `ja.toml` has the rest, and
        `[sinks.settings]` what several kinds of sink share.
        """
        return self._sentences.get(f"{place}.settings.{key}", "")

    def rule(self, rule_id: str, part: str, /, **values: object) -> str:
        """`title`, `why`, `fix` or `reason` of a rule."""
        return self.say(f"{rule_id}.{part}", **values)


class _Filled(dict[str, str]):
    def __missing__(self, name: str) -> str:
        return f"{{{name}}}"


def chosen(language: str, environment: Mapping[str, str] = os.environ) -> str:
    """`en` or `ja` for the setting `auto | en | ja`: what the desk speaks decides `auto`."""
    if language in LANGUAGES:
        return language
    spoken = next(
        (value for name in ("LC_ALL", "LC_MESSAGES", "LANG") if (value := environment.get(name))),
        locale.getlocale()[0] or "",
    )
    return "ja" if spoken.lower().startswith(("ja", "japanese")) else "en"


def packed(message: Message | None) -> str:
    """A message as text for the store, without choosing a language."""
    return "" if message is None else json.dumps([message.key, dict(message.values)])


def unpacked(text: str) -> Message | None:
    """The message that `packed` stored."""
    if not text:
        return None
    key, values = json.loads(text)
    return Message(key, tuple(values.items()))


def _own(language: str) -> dict[str, str]:
    return dict(_flat("", _read(files("agent.text") / f"{language}.toml")))


@cache
def _sentences(language: str) -> dict[str, str]:
    return {
        key: value for prefix, table in _tables(language) for key, value in _flat(prefix, table)
    }


def _tables(language: str) -> Iterator[tuple[str, Mapping[str, object]]]:
    name = f"{language}.toml"
    own = files("agent.text")
    for place in (own / name, own / "rules" / name, own / "postures" / name):
        if place.is_file():
            yield "", _read(place)
    for folder in files("connectors").iterdir():
        if folder.is_dir() and (folder / name).is_file():
            yield folder.name, _read(folder / name)


def _read(place: Traversable) -> Mapping[str, object]:
    return tomllib.loads(place.read_text(encoding="utf-8"))


def _flat(prefix: str, table: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    for name, value in table.items():
        key = f"{prefix}.{name}" if prefix else name
        if isinstance(value, Mapping):
            yield from _flat(key, value)  # pyright: ignore[reportUnknownArgumentType] -- TOML
        else:
            yield key, str(value)
