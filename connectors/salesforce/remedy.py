"""Remediation script: `sf` commands where one record is enough, else the manual steps."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from connectors.sdk.message import say
from connectors.sdk.remedy import (
    Target,
    Words,
    by_hand,
    epilogue,
    heading,
    literal,
    prologue,
    remark,
)

FILE: Final = "salesforce.ps1"
# Key prefixes of record ids.
# Source: https://help.salesforce.com/s/articleView?id=000385203&type=1 (read 2026-11-29)
DISTRIBUTION: Final = "05D"
PERMISSION_SET: Final = "0PS"


def script(targets: Iterable[Target], words: Words) -> Iterator[str]:
    """Yield the lines of a PowerShell script for findings, each grant once.

    It calls the Salesforce CLI, signed in to the organization that its parameter `-Org` names.
    """
    parameters = "[Parameter(Mandatory)] [string] $Org"
    run = "function Invoke-Sf { & sf @args --target-org $Org; if ($LASTEXITCODE) { throw 'sf' } }"
    seen: set[tuple[str, str]] = set()
    for target in targets:
        if not seen:
            yield from prologue(words, parameters=parameters, begin=[run])
        key = (target.subject_id, target.grant_id)
        if key in seen:
            continue
        seen.add(key)
        yield from heading(target, len(seen))
        yield from _step(target, words)
    if seen:
        yield from epilogue(words)


def _step(target: Target, words: Words) -> Iterator[str]:
    what = literal(target.path or target.title)
    grant = target.grant_id.partition(":")[0]
    if target.subject == "exposure" and grant.startswith(DISTRIBUTION):
        record = f"--sobject ContentDistribution --record-id {literal(grant)}"
        call = f"Invoke-Sf data delete record {record}"
        yield remark(words(say("salesforce.remedy_link")))
        yield f"Close-Door {what} {{ {call} }}"
    elif target.kind == "object" and grant.startswith(PERMISSION_SET):
        which = f"ParentId={grant} SobjectType={target.subject_id}"
        call = f"Invoke-Sf data delete record --sobject ObjectPermissions --where {literal(which)}"
        yield remark(words(say("salesforce.remedy_right", object=target.subject_id)))
        yield f"Close-Door {what} {{ {call} }}"
    else:
        yield from by_hand(target, words)
