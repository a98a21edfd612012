"""Messages without a language: a key and its values.

A connector does not know the reader's language, and a stored reason must be readable in any. The
sentences are in `en.toml` and `ja.toml` beside the code (`connectors/<service>/`,
`connectors/sdk/`); the agent fills them in where it writes output.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Message:
    """A message: `key` is `<folder>.<name in its toml>`; `values` fill the sentence's braces."""

    key: str
    values: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        """Return key and values for logs and tests."""
        return " ".join((self.key, *(f"{name}={value!r}" for name, value in self.values)))


def say(key: str, /, **values: object) -> Message:
    """Return a message: `say("sdk.throttled", host="graph.example")`."""
    return Message(key, tuple((name, str(value)) for name, value in values.items()))
