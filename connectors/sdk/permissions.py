"""The permissions and sign-in methods that a connector documents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from connectors.sdk.message import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """A permission of the app, by its name in the vendor's console.

    Attributes:
        why: What is read with it.
        consequence: What a report lacks without it.
        minimal: True if nothing useful can be read without it.
    """

    name: str
    why: Message
    consequence: Message
    minimal: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInMethod:
    """A sign-in method for the configuration.

    Attributes:
        title: What it is, and when to choose it.
        keys: The keys of the table that it needs, each with an example.
        optional: Those of its keys that may stay empty.
        fixed: Keys and values that the method implies.
    """

    title: Message
    keys: Mapping[str, str]
    optional: tuple[str, ...] = ()
    fixed: Mapping[str, str] = field(default_factory=dict[str, str])
