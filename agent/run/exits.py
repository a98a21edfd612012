"""The exit codes of the program, and which one wins."""

from __future__ import annotations

from collections.abc import Collection
from enum import IntEnum


class Exit(IntEnum):
    """The exit codes; after DONE in the order of precedence."""

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
    """Return the codes that apply, the primary one first."""
    return [code for code in list(Exit)[1:] if code in codes]


def winner(codes: Collection[Exit]) -> Exit:
    """Return the primary code."""
    return next(iter(all_of(codes)), Exit.DONE)
