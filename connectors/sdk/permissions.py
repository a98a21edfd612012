"""What a connector asks of an administrator, and what for."""

from __future__ import annotations

from dataclasses import dataclass

from connectors.sdk.message import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """One right of the app, by the name under which the vendor's console grants it.

    Attributes:
        why: What is read with it.
        lost: What a report lacks without it.
        minimal: Whether nothing useful can be read without it.
    """

    name: str
    why: Message
    lost: Message
    minimal: bool = False
