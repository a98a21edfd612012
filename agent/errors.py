"""What an administrator can put right in the configuration."""

from __future__ import annotations

from collections.abc import Sequence

from connectors.sdk.message import Message


class ConfigError(Exception):
    """Everything that is wrong with the configuration, a sentence each."""

    def __init__(self, *problems: Message) -> None:
        super().__init__("; ".join(str(p) for p in problems))
        self.problems: Sequence[Message] = problems
