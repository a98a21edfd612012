"""The exit codes of the program, and which one wins."""

from __future__ import annotations

from collections.abc import Collection
from enum import IntEnum


class ExitCode(IntEnum):
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


def ordered(codes: Collection[ExitCode]) -> list[ExitCode]:
    """Return the codes that apply, the primary one first."""
    return [code for code in list(ExitCode)[1:] if code in codes]


def primary_code(codes: Collection[ExitCode]) -> ExitCode:
    """Return the primary code."""
    return next(iter(ordered(codes)), ExitCode.DONE)
