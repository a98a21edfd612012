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

FILE: Final = "m365.ps1"
RIGHTS: Final = "Sites.FullControl.All,User.EnableDisableAccount.All"


def script(targets: Iterable[Target], words: Words) -> Iterator[str]:
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
    sign_in = (
        f"Connect-MgGraph -TenantId {literal(first.tenant_id)} -Scopes {literal(RIGHTS)} -NoWelcome"
    )
    yield from prologue(words, parameters="", begin=[f"if ($Apply) {{ {sign_in} }}"])
    yield remark(words(say("m365.remedy_rights", rights=RIGHTS)))
    seen: set[tuple[str, str]] = set()
    number = 0
    for target in chain((first,), rest):
        key = (target.subject_id, target.grant_id)
        if key in seen:
            continue
        seen.add(key)
        number += 1
        yield from heading(target, number)
        yield from _step(target, words)
    yield from epilogue(words)


def _step(target: Target, words: Words) -> Iterator[str]:
    what = literal(target.path or target.title)
    drive, slash, item = target.subject_id.partition("/")
    if target.subject == "principal":
        user = f"/v1.0/users/{quote(target.subject_id, safe='')}"
        call = f"Invoke-MgGraphRequest -Method PATCH -Uri {literal(user)}"
        yield remark(words(say("m365.remedy_guest")))
        yield f"Close-Door {what} {{ {call} -Body @{{ accountEnabled = $false }} }}"
    elif target.via_group:
        yield remark(words(say("m365.remedy_group", group=target.via_group)))
        yield from by_hand(target, words)
    elif target.subject == "exposure" and slash and target.kind in _IN_A_DRIVE and target.grant_id:
        parts = (quote(part, safe="!") for part in (drive, item, target.grant_id))
        place = "/v1.0/drives/{}/items/{}/permissions/{}".format(*parts)
        call = f"Invoke-MgGraphRequest -Method DELETE -Uri {literal(place)}"
        yield f"Close-Door {what} {{ {call} }}"
    else:
        yield from by_hand(target, words)


_IN_A_DRIVE: Final = frozenset({"file", "folder", "library"})
