"""Findings that users have marked, and the lines of a policy that are proposed from them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from agent.classify.finding import Finding

MIN_WRONG: Final = 3
"""The number of false positives from which on a word, a folder or a domain is proposed."""

Marked = Sequence[tuple[Finding, bool]]
"""Findings as they were marked, each with True if it was right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """The feedback of a user on a finding.

    Attributes:
        id: The id of the finding.
        right: False for a false positive.
        rules: The rules that described the finding when it was marked.
        finding: The finding as it was marked; None where its names were removed.
    """

    id: str
    right: bool
    rules: tuple[str, ...]
    finding: Finding | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A value that is proposed for a key of the configuration. Nothing applies it.

    Attributes:
        table: The names of the table: `("policy", "rules", "LINK-001")`.
        key: The key in it: `severity` `enabled` `ignore` `soften` `public_paths`
            `approved_domains`.
        value: The severity, or what is added to the list; `false` for `enabled`.
        wrong: The ids of the marked false positives that are the reason.
        right: The number of findings marked as correct that speak against it.
        lowered: For a rule: how many of `wrong` would be gone or less severe.
        right_lowered: For a rule: how many of `right` would be less severe.
    """

    table: tuple[str, ...]
    key: str
    value: str
    wrong: tuple[str, ...]
    right: int = 0
    lowered: int = 0
    right_lowered: int = 0

    @property
    def rule(self) -> str:
        """Return the rule of an override; empty for other proposals."""
        return self.table[-1] if self.table[:2] == ("policy", "rules") else ""
