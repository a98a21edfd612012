"""What Graph's refusals mean to an administrator."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from connectors.sdk.errors import AccessDenied, ConnectorError, SignInError, UnexpectedResponse
from connectors.sdk.message import say

__all__ = [
    "AccessDenied",
    "Misplaced",
    "NonPremium",
    "NotFound",
    "Resync",
    "permission_for",
    "refusal",
]

_NON_PREMIUM = "Authentication_RequestFromNonPremiumTenantOrB2CTenant"
_PERMISSIONS = (
    ("/admin/sharepoint", "SharePointTenantSettings.Read.All"),
    ("/policies", "Policy.Read.All"),
    ("/roleManagement", "RoleManagement.Read.Directory"),
    ("/channels/", "ChannelMember.Read.All"),
    ("/channels", "Channel.ReadBasic.All"),
    ("/permissions", "Sites.FullControl.All"),
    ("/delta", "Sites.FullControl.All"),
    ("/drives", "Sites.Read.All"),
    ("/sites", "Sites.Read.All"),
    ("/users", "User.Read.All"),
    ("/groups", "GroupMember.Read.All"),
    ("/organization", "Organization.Read.All"),
    ("/subscribedSkus", "Organization.Read.All"),
)


class NotFound(UnexpectedResponse):
    """It was listed, and it is not there any more."""


class Resync(UnexpectedResponse):
    """The place in a long listing is not valid any more; it must be read from the start."""


class Misplaced(UnexpectedResponse):
    """Graph cannot read the request: where it held the place in a listing, that place is lost."""


class NonPremium(AccessDenied):
    """The tenant has not bought what would tell (Entra ID P1)."""


def permission_for(path: str) -> str:
    """The application permission that a read needs."""
    return next((p for part, p in _PERMISSIONS if part in path), "Sites.Read.All")


def refusal(path: str, status: int, body: Mapping[str, object]) -> ConnectorError:
    """The error for an answer of 400 and above. Graph's own text stays behind: it quotes links."""
    place = path.partition("?")[0]
    code = _code_of(body)
    match status:
        case 401:
            return SignInError(say("m365.token_refused"), hint=say("m365.token_refused_hint"))
        case 402 | 403 if code == _NON_PREMIUM:
            return NonPremium(say("m365.no_premium"), hint=say("m365.no_premium_hint"))
        case 403:
            return AccessDenied(
                say("m365.denied", path=place, code=code or status),
                hint=say("m365.denied_hint", permission=permission_for(place)),
            )
        case 404:
            return NotFound(say("m365.not_found", path=place), hint=say("m365.not_found_hint"))
        case 410:
            return Resync(say("m365.resync"), hint=say("m365.resync_hint"))
        case 400:
            return Misplaced(
                say("m365.unexpected", path=place, status=status, code=code or "?"),
                hint=say("m365.report"),
            )
        case 423:
            return AccessDenied(say("m365.locked"), hint=say("m365.locked_hint"))
        case _:
            return UnexpectedResponse(
                say("m365.unexpected", path=place, status=status, code=code or "?"),
                hint=say("m365.report"),
            )


def _code_of(body: Mapping[str, object]) -> str:
    error = body.get("error")
    if not isinstance(error, Mapping):
        return ""
    code = str(cast(Mapping[str, object], error).get("code", ""))
    return code if code.isascii() and len(code) < 80 else ""
