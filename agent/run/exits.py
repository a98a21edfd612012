"""What the process answers its scheduler."""

from __future__ import annotations

from collections.abc import Collection
from enum import IntEnum


class Exit(IntEnum):
    """In the order of precedence after `DONE`."""

    DONE = 0
    USAGE = 2
    NO_SIGN_IN = 3
    UNDELIVERED = 5
    INCOMPLETE = 4
    FINDINGS = 1
    INTERRUPTED = 130
    LOCKED = 6
    BUG = 70


def all_of(codes: Collection[Exit]) -> list[Exit]:
    """The codes that apply, the one that counts first."""
    return [code for code in list(Exit)[1:] if code in codes]


def winner(codes: Collection[Exit]) -> Exit:
    """The code that a scheduler must see first."""
    return next(iter(all_of(codes)), Exit.DONE)
