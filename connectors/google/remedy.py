"""Generation of a PowerShell script that removes exposures with the commands of GAM 7.

Sources:
Source: https://github.com/GAM-team/GAM/wiki/Users-Drive-Permissions (read 2026-11-29)
Source: https://groupssettings.googleapis.com/$discovery/rest?version=v1 (read 2026-11-29)
"""

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

FILE: Final = "google.ps1"
CLOSED: Final = {  # the value that a setting of a group is set to
    "whoCanViewGroup": "ALL_MEMBERS_CAN_VIEW",
    "whoCanJoin": "INVITED_CAN_JOIN",
    "whoCanPostMessage": "ALL_MEMBERS_CAN_POST",
    "whoCanViewMembership": "ALL_MEMBERS_CAN_VIEW",
    "whoCanDiscoverGroup": "ALL_MEMBERS_CAN_DISCOVER",
    "allowExternalMembers": "false",
}


def script(targets: Iterable[Target], words: Words) -> Iterator[str]:
    """Yield the lines of the script; nothing if there is no target.

    A target that appears twice gets one step. Steps that GAM cannot do become comments for manual
    work.

    Args:
        targets: The exposures to remove.
        words: Returns the text of a message in the language of the script.
    """
    parameters = "[string] $Manager = ''"
    begin = [
        'function Gam { & gam @args; if ($LASTEXITCODE) { throw "gam: $LASTEXITCODE" } }',
        remark(words(say("google.remedy_manager"))),
    ]
    seen: set[tuple[str, str]] = set()
    for target in targets:
        if not seen:
            yield from prologue(words, parameters=parameters, begin=begin)
        key = (target.subject_id, target.grant_id)
        if key in seen:
            continue
        seen.add(key)
        yield from heading(target, len(seen))
        yield from _step(target, words)
    if seen:
        yield from epilogue(words)


def _step(target: Target, words: Words) -> Iterator[str]:
    what, item, grant = (
        literal(text) for text in (target.path or target.title, target.subject_id, target.grant_id)
    )
    if target.subject != "exposure" or not target.grant_id:
        yield from by_hand(target, words)
    elif target.kind == "group" and target.grant_id in CLOSED:
        value = CLOSED[target.grant_id]
        yield f"Close-Door {what} {{ Invoke-Gam update group {item} {target.grant_id} {value} }}"
    elif target.via_group:
        yield remark(words(say("google.remedy_group", group=target.via_group)))
        yield from by_hand(target, words)
    elif target.kind == "drive":
        call = f"Invoke-Gam user $Manager delete drivefileacl {item} {grant} asadmin"
        yield f"Close-Door {what} {{ {call} }}"
    elif target.kind in ("file", "folder", "published_page"):
        who = literal(target.owner) if "@" in target.owner else "$Manager"
        yield f"Close-Door {what} {{ Invoke-Gam user {who} delete drivefileacl {item} {grant} }}"
    else:
        yield from by_hand(target, words)
