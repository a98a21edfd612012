"""What `doctor` asks of a connector: one row for each thing that a scan will use."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from connectors.sdk.message import Message


class Outcome(StrEnum):
    """How a check ended."""

    PASS = "pass"  # noqa: S105 -- not a password
    WARN = "warn"  # a scan works, and something will be missing from it
    FAIL = "fail"  # a scan, or a part of it, will not work


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that was tried with the smallest call there is; nothing was changed.

    Attributes:
        id: Stable, for programs: `permission.Sites.Read.All`, `certificate.age`, `quota.day`.
        title: What was tried.
        detail: What came of it: the plan that is licensed, the days that are left.
        hint: The exact next step; always there for a FAIL, and for a WARN that somebody can mend.
    """

    id: str
    title: Message
    outcome: Outcome
    detail: Message | None = None
    hint: Message | None = None
