"""A sentence for people, before anybody has chosen its language.

Connectors must not know the reader's language, and a stored reason must be readable in either.
So they name a sentence and its values; the sentences lie in `en.toml` and `ja.toml` beside the
code (`connectors/<service>/`, `connectors/sdk/`), and the agent joins the two at its exits.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Message:
    """`key` is `<folder>.<name in its toml>`; `values` fill the braces of the sentence."""

    key: str
    values: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        """The form for logs and tests: the key and its values, no language."""
        return " ".join((self.key, *(f"{name}={value!r}" for name, value in self.values)))


def say(key: str, /, **values: object) -> Message:
    """Name a sentence: `say("sdk.throttled", host="graph.example")`."""
    return Message(key, tuple((name, str(value)) for name, value in values.items()))
