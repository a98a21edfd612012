"""Remediation script: `sf` commands where one record is enough, else the manual steps."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from connectors.sdk.message import say
from connectors.sdk.remediation import (
    Localize,
    RemediationTarget,
    manual_step,
    numbered,
    ps_comment,
    ps_footer,
    ps_header,
    ps_heading,
    ps_literal,
)

FILE: Final = "salesforce.ps1"
# Key prefixes of record ids.
# Source: https://help.salesforce.com/s/articleView?id=000385203&type=1 (read 2026-11-29)
DISTRIBUTION_PREFIX: Final = "05D"
PERMISSION_SET_PREFIX: Final = "0PS"


def script(targets: Iterable[RemediationTarget], words: Localize) -> Iterator[str]:
    """Yield the lines of a PowerShell script for findings, each grant once.

    It calls the Salesforce CLI, signed in to the organization that its parameter `-Org` names.
    """
    parameters = "[Parameter(Mandatory)] [string] $Org"
    run = "function Invoke-Sf { & sf @args --target-org $Org; if ($LASTEXITCODE) { throw 'sf' } }"
    number = 0
    for number, target in numbered(targets):
        if number == 1:
            yield from ps_header(words, parameters=parameters, begin=[run])
        yield from ps_heading(target, number)
        yield from _step(target, words)
    if number:
        yield from ps_footer(words)


def _step(target: RemediationTarget, words: Localize) -> Iterator[str]:
    what = ps_literal(target.path or target.title)
    grant = target.grant_id.partition(":")[0]
    if target.subject == "exposure" and grant.startswith(DISTRIBUTION_PREFIX):
        record = f"--sobject ContentDistribution --record-id {ps_literal(grant)}"
        call = f"Invoke-Sf data delete record {record}"
        yield ps_comment(words(say("salesforce.remedy_link")))
        yield f"Close-Door {what} {{ {call} }}"
    elif target.kind == "object" and grant.startswith(PERMISSION_SET_PREFIX):
        which = f"ParentId={grant} SobjectType={target.subject_id}"
        call = (
            f"Invoke-Sf data delete record --sobject ObjectPermissions --where {ps_literal(which)}"
        )
        yield ps_comment(words(say("salesforce.remedy_right", object=target.subject_id)))
        yield f"Close-Door {what} {{ {call} }}"
    else:
        yield from manual_step(target, words)
