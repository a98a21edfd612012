"""The error for problems that an administrator can fix in the configuration."""

from __future__ import annotations

from collections.abc import Sequence

from connectors.sdk.message import Message


class ConfigError(Exception):
    """Problems of the configuration, one message each."""

    def __init__(self, *problems: Message) -> None:
        super().__init__("; ".join(str(p) for p in problems))
        self.problems: Sequence[Message] = problems
