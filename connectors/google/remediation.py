"""Generation of a PowerShell script that removes exposures with the commands of GAM 7.

Sources:
Source: https://github.com/GAM-team/GAM/wiki/Users-Drive-Permissions (read 2026-11-29)
Source: https://groupssettings.googleapis.com/$discovery/rest?version=v1 (read 2026-11-29)
"""

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

FILE: Final = "google.ps1"
CLOSED_GROUP_VALUES: Final = {  # the value that a setting of a group is set to
    "whoCanViewGroup": "ALL_MEMBERS_CAN_VIEW",
    "whoCanJoin": "INVITED_CAN_JOIN",
    "whoCanPostMessage": "ALL_MEMBERS_CAN_POST",
    "whoCanViewMembership": "ALL_MEMBERS_CAN_VIEW",
    "whoCanDiscoverGroup": "ALL_MEMBERS_CAN_DISCOVER",
    "allowExternalMembers": "false",
}

_NO_PERMISSIONS: Final = frozenset({"published", "published-revision", "unread"})


def script(targets: Iterable[RemediationTarget], words: Localize) -> Iterator[str]:
    """Yield the lines of the script; nothing if there is no target.

    A target that appears twice gets one step. Steps that GAM cannot do become comments for manual
    work.

    Args:
        targets: The exposures to remove.
        words: Returns the text of a message in the language of the script.
    """
    parameters = "[string] $Manager = ''"
    begin = [
        "function Invoke-Gam {",
        # a function of the same name would come first, and call itself
        "  $gam = Get-Command -Name 'gam' -CommandType Application | Select-Object -First 1",
        "  & $gam.Source @args",
        '  if ($LASTEXITCODE) { throw "gam: $LASTEXITCODE" }',
        "}",
        ps_comment(words(say("google.remedy_manager"))),
    ]
    number = 0
    for number, target in numbered(targets):
        if number == 1:
            yield from ps_header(words, parameters=parameters, begin=begin)
        yield from ps_heading(target, number)
        yield from _step(target, words)
    if number:
        yield from ps_footer(words)


def _is_permission(target: RemediationTarget) -> bool:
    """Return True if the grant is one that its id removes, or a setting of a group.

    A publication is none: of a document, it is a property of a revision; of a site or form, a view
    whose permission id is that of the sharing link, and to remove it would close the form.
    """
    published = (
        target.grant_id in _NO_PERMISSIONS
        or target.grant_id.endswith("/published")
        or (target.access == "create" and target.kind != "group")
        or (target.grant_id == "anyoneWithLink" and target.audience == "public_discoverable")
    )
    return bool(target.grant_id) and not published


def _step(target: RemediationTarget, words: Localize) -> Iterator[str]:
    # GAM takes a permission id without this prefix for a mail address
    what, item, grant = (
        ps_literal(text)
        for text in (target.path or target.title, target.subject_id, f"id:{target.grant_id}")
    )
    if target.subject != "exposure" or not _is_permission(target):
        yield from manual_step(target, words)
    elif target.kind == "group" and target.grant_id in CLOSED_GROUP_VALUES:
        value = CLOSED_GROUP_VALUES[target.grant_id]
        yield f"Close-Door {what} {{ Invoke-Gam update group {item} {target.grant_id} {value} }}"
    elif target.via_group:
        yield ps_comment(words(say("google.remedy_group", group=target.via_group)))
        yield from manual_step(target, words)
    elif target.kind == "drive":
        call = f"Invoke-Gam user $Manager delete drivefileacl {item} {grant} asadmin"
        yield f"Close-Door {what} {{ {call} }}"
    elif target.kind in ("file", "folder", "published_page"):
        who = ps_literal(target.owner) if "@" in target.owner else "$Manager"
        yield f"Close-Door {what} {{ Invoke-Gam user {who} delete drivefileacl {item} {grant} }}"
    else:
        yield from manual_step(target, words)
