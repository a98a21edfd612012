"""What a connector asks of an administrator, and what for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

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


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """One way to prove who reads, for somebody who writes a configuration.

    Attributes:
        title: What it is, and when to take it.
        keys: The keys of the table that make it up, each with an example.
        optional: Keys that belong to it and may stay empty.
        fixed: Keys that choosing it sets.
    """

    title: Message
    keys: Mapping[str, str]
    optional: tuple[str, ...] = ()
    fixed: Mapping[str, str] = field(default_factory=dict[str, str])
