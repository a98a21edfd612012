"""The checks of `doctor`: one for each thing that a scan will use."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from connectors.sdk.message import Message


class CheckOutcome(StrEnum):
    """The result of a check."""

    PASS = "pass"  # noqa: S105 -- not a password
    WARN = "warn"  # a scan works, but something will be missing
    FAIL = "fail"  # a scan, or a part of it, will not work


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """Something that was tried with the smallest possible call; nothing was changed.

    Attributes:
        id: Stable, for programs: `permission.Sites.Read.All`, `certificate.age`, `quota.day`.
        title: What was tried.
        detail: The result: the licensed plan, the days that are left.
        hint: The next step; always there for FAIL, and for a WARN that can be fixed.
    """

    id: str
    title: Message
    outcome: CheckOutcome
    detail: Message | None = None
    hint: Message | None = None
