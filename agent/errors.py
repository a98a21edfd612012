"""The error that an administrator corrects in the configuration or on the command line."""

from __future__ import annotations

from collections.abc import Sequence

from connectors.sdk.message import Message


class ConfigError(Exception):
    """The configuration, or an option of a command, is wrong.

    Attributes:
        problems: A message for each error; no message contains a secret.
    """

    def __init__(self, *problems: Message) -> None:
        super().__init__("; ".join(str(p) for p in problems))
        self.problems: Sequence[Message] = problems
