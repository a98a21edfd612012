"""The sentences of the program in English and Japanese.

Those of the agent are beside this file, those of rules and settings in `rules/` and `postures/`,
those of a connector in its own folder (`connectors/<service>/en.toml`).
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
    """The sentences of one language.

    Args:
        language: `en` or `ja`.
        whole: False loads only those of the agent, which is enough for `--help`.
    """

    def __init__(self, language: str, *, whole: bool = True) -> None:
        self.language = language
        self._sentences = _sentences(language) if whole else _agent_sentences(language)

    def say(self, key: str, /, **values: object) -> str:
        """Return a sentence with its braces filled; braces in values are not filled again.

        A brace without a value stays, so that older stored messages can be shown. Raise `KeyError`
        if there is no such sentence.
        """
        return self._sentences[key].format_map(
            _Placeholders({k: str(v) for k, v in values.items()})
        )

    def render(self, message: Message | None) -> str:
        """Return the sentence of a message; its key if there is none, and empty for None."""
        if message is None:
            return ""
        if message.key not in self._sentences:
            return str(message)
        return self.say(message.key, **dict(message.values))

    def setting(self, folder: str, key: str, /) -> str:
        """Return the translated description of a configuration key; empty if there is none.

        The English descriptions are in the settings themselves; `[settings]` of `ja.toml` has the
        others, and `[sinks.settings]` those that several types of sink share.
        """
        return self._sentences.get(f"{folder}.settings.{key}", "")

    def rule(self, rule_id: str, part: str, /, **values: object) -> str:
        """Return a rule's `title`, `why`, `fix` or `reason`. Raise `KeyError` without one."""
        return self.say(f"{rule_id}.{part}", **values)


class _Placeholders(dict[str, str]):
    def __missing__(self, name: str) -> str:
        return f"{{{name}}}"


def resolve_language(language: str, environment: Mapping[str, str] = os.environ) -> str:
    """Return `en` or `ja` for a setting; `auto` takes the language of the environment."""
    if language in LANGUAGES:
        return language
    spoken = next(
        (value for name in ("LC_ALL", "LC_MESSAGES", "LANG") if (value := environment.get(name))),
        locale.getlocale()[0] or "",
    )
    return "ja" if spoken.lower().startswith(("ja", "japanese")) else "en"


def encode_message(message: Message | None) -> str:
    """Return a message as text for the store, without choosing a language."""
    return "" if message is None else json.dumps([message.key, dict(message.values)])


def decode_message(text: str) -> Message | None:
    """Return the message of a stored text; None for an empty one."""
    if not text:
        return None
    key, values = json.loads(text)
    return Message(key, tuple(values.items()))


def _agent_sentences(language: str) -> dict[str, str]:
    return dict(_flat("", _read(files("agent.text") / f"{language}.toml")))


@cache
def _sentences(language: str) -> dict[str, str]:
    return {
        key: value for prefix, table in _tables(language) for key, value in _flat(prefix, table)
    }


def _tables(language: str) -> Iterator[tuple[str, Mapping[str, object]]]:
    name = f"{language}.toml"
    own = files("agent.text")
    for path in (own / name, own / "rules" / name, own / "postures" / name):
        if path.is_file():
            yield "", _read(path)
    for folder in files("connectors").iterdir():
        if folder.is_dir() and (folder / name).is_file():
            yield folder.name, _read(folder / name)


def _read(folder: Traversable) -> Mapping[str, object]:
    return tomllib.loads(folder.read_text(encoding="utf-8"))


def _flat(prefix: str, table: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    for name, value in table.items():
        key = f"{prefix}.{name}" if prefix else name
        if isinstance(value, Mapping):
            yield from _flat(key, value)  # pyright: ignore[reportUnknownArgumentType] -- TOML
        else:
            yield key, str(value)
