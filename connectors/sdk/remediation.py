"""Write PowerShell scripts that remove access; an administrator reviews, changes and runs them.

A connector never changes a tenant. The module of a service is described by
`connectors.sdk.services.Remediation`. A script changes nothing without `-Apply`, and names each
exposure before it removes it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from connectors.sdk.message import Message, say

Localize = Callable[[Message], str]
"""Renders a message in the language of the reader."""

_QUOTES = re.compile("['\u2018\u2019\u201a\u201b]")  # PowerShell accepts all of them as a quote
_INVISIBLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class RemediationTarget:
    """A finding that was selected for remediation.

    Attributes:
        subject: `exposure`, `principal`, `setting` or `scope`.
        fix: The advice of the rule, where no command can do it.
    """

    finding_id: str
    subject: str
    subject_id: str
    kind: str
    title: str
    path: str
    tenant_id: str
    scope_id: str
    grant_id: str
    severity: str
    audience: str
    access: str
    principals: tuple[str, ...]
    via_group: str
    owner: str
    fix: str


def ps_literal(text: str) -> str:
    """Return a PowerShell string literal of this text without its control characters."""
    return "'" + _QUOTES.sub(lambda quote: quote[0] * 2, _INVISIBLE.sub(" ", text)) + "'"


def ps_comment(text: str) -> str:
    """Return a PowerShell comment of one line."""
    return "# " + _INVISIBLE.sub(" ", text).strip()


def ps_heading(target: RemediationTarget, number: int) -> Iterator[str]:
    """Yield the comment in front of the commands for a target."""
    yield ""
    yield ps_comment(f"{number}. [{target.severity}] {target.path or target.title}")
    people = ", ".join(target.principals) or target.audience
    yield ps_comment(f"   {target.audience} {target.access}: {people}  ({target.finding_id})")


def manual_step(target: RemediationTarget, words: Localize) -> Iterator[str]:
    """Yield the advice for a target that no command fixes, and a line that counts it."""
    yield ps_comment(words(say("sdk.remedy_by_hand", fix=target.fix)))
    yield f"Skip-Door {ps_literal(target.path or target.title)}"


def numbered(targets: Iterable[RemediationTarget]) -> Iterator[tuple[int, RemediationTarget]]:
    """Yield each item and grant once, with its number from 1 on."""
    seen: set[tuple[str, str]] = set()
    for target in targets:
        key = (target.subject_id, target.grant_id)
        if key not in seen:
            seen.add(key)
            yield len(seen), target


def ps_header(words: Localize, *, parameters: str, begin: list[str]) -> Iterator[str]:
    """Yield the head of a script: its description, parameters and functions.

    Args:
        words: Renders a message in the language of the reader.
        parameters: More parameters of the script, as PowerShell.
        begin: Lines to run first.
    """
    would, shut, skipped = (
        ps_literal(words(say(f"sdk.remedy_{name}"))) for name in ("would", "shut", "skipped")
    )
    yield ps_comment(words(say("sdk.remedy_head")))
    yield ps_comment(words(say("sdk.remedy_review")))
    yield "[CmdletBinding()]"
    yield f"param([switch] $Apply{', ' + parameters if parameters else ''})"
    yield "$ErrorActionPreference = 'Stop'"
    yield "$script:shut = 0; $script:failed = 0; $script:skipped = 0"
    yield "function Close-Door([string] $What, [scriptblock] $How) {"
    yield f"  if (-not $Apply) {{ Write-Host ({would} -f $What); return }}"
    yield f"  try {{ & $How; $script:shut++; Write-Host ({shut} -f $What) }}"
    yield '  catch { $script:failed++; Write-Warning ("{0}: {1}" -f $What, $_) }'
    yield "}"
    yield "function Skip-Door([string] $What) {"
    yield "  $script:skipped++"
    yield f"  Write-Host ({skipped} -f $What)"
    yield "}"
    yield from begin


def ps_footer(words: Localize) -> Iterator[str]:
    """Yield the lines that print the counts; the script exits with 1 if a command failed."""
    yield ""
    sums = ps_literal(words(say("sdk.remedy_sums")))
    yield f"Write-Host ({sums} -f $script:shut, $script:failed, $script:skipped)"
    yield "if ($script:failed) { exit 1 }"
