"""The remediation script for Microsoft 365: one Graph call for each finding, in PowerShell.

Sources:
    Source: https://learn.microsoft.com/en-us/graph/api/permission-delete (read 2026-11-29)
    Source: https://learn.microsoft.com/en-us/graph/api/user-update (read 2026-11-29)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Final
from urllib.parse import quote

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

FILE: Final = "m365.ps1"
SCOPES: Final = "Sites.FullControl.All,User.EnableDisableAccount.All"


def script(targets: Iterable[RemediationTarget], words: Localize) -> Iterator[str]:
    """Yield the lines of a script for PowerShell 5.1 or later.

    It needs the module Microsoft.Graph.Authentication. Without targets there are no lines.

    Args:
        targets: The findings to remediate; one that repeats item and grant is left out.
        words: Translates a message.
    """
    rest = iter(targets)
    first = next(rest, None)
    if first is None:
        return
    yield "#Requires -Modules Microsoft.Graph.Authentication"
    tenant, scopes = ps_literal(first.tenant_id), ps_literal(SCOPES)
    sign_in = f"Connect-MgGraph -TenantId {tenant} -Scopes {scopes} -NoWelcome"
    yield from ps_header(words, parameters="", begin=[f"if ($Apply) {{ {sign_in} }}"])
    yield ps_comment(words(say("m365.remedy_rights", rights=SCOPES)))
    for number, target in numbered(chain((first,), rest)):
        yield from ps_heading(target, number)
        yield from _step(target, words)
    yield from ps_footer(words)


def _step(target: RemediationTarget, words: Localize) -> Iterator[str]:
    what = ps_literal(target.path or target.title)
    drive, slash, item = target.subject_id.partition("/")
    if target.subject == "principal":
        user = f"/v1.0/users/{quote(target.subject_id, safe='')}"
        call = f"Invoke-MgGraphRequest -Method PATCH -Uri {ps_literal(user)}"
        yield ps_comment(words(say("m365.remedy_guest")))
        yield f"Close-Door {what} {{ {call} -Body @{{ accountEnabled = $false }} }}"
    elif target.via_group:
        yield ps_comment(words(say("m365.remedy_group", group=target.via_group)))
        yield from manual_step(target, words)
    elif target.subject == "exposure" and slash and target.kind in _DRIVE_KINDS and target.grant_id:
        parts = (quote(part, safe="!") for part in (drive, item, target.grant_id))
        url = "/v1.0/drives/{}/items/{}/permissions/{}".format(*parts)
        call = f"Invoke-MgGraphRequest -Method DELETE -Uri {ps_literal(url)}"
        yield f"Close-Door {what} {{ {call} }}"
    else:
        yield from manual_step(target, words)


_DRIVE_KINDS: Final = frozenset({"file", "folder", "library"})
