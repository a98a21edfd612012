"""The errors of Microsoft Graph: what a status and an error code mean to an administrator.

Sources:
    Source: https://learn.microsoft.com/en-us/graph/errors (read 2026-11-29)
    Source: https://learn.microsoft.com/en-us/graph/permissions-reference (read 2026-08-15)
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from connectors.sdk.errors import AccessDenied, ConnectorError, SignInError, UnexpectedResponse
from connectors.sdk.message import say

__all__ = [
    "AccessDenied",
    "BadRequest",
    "LicenseRequired",
    "NotFound",
    "ResyncRequired",
    "map_error",
    "permission_for",
]

# Graph answers 403 with this code to `signInActivity` in a tenant without Entra ID P1.
# Source: https://learn.microsoft.com/en-us/entra/identity/monitoring-health/howto-analyze-activity-logs-with-microsoft-graph (read 2026-11-29)  # noqa: E501 -- an address
_NO_PREMIUM_CODE = "Authentication_RequestFromNonPremiumTenantOrB2CTenant"
_PERMISSION_BY_PATH = (
    ("/admin/sharepoint", "SharePointTenantSettings.Read.All"),
    ("/policies", "Policy.Read.All"),
    ("/roleManagement", "RoleManagement.Read.Directory"),
    ("/directoryRole", "RoleManagement.Read.Directory"),
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
    """404: the object was deleted after it was listed."""


class ResyncRequired(UnexpectedResponse):
    """410: the token of a listing is not valid any more; the listing must start again.

    Source: https://learn.microsoft.com/en-us/graph/api/driveitem-delta (read 2026-11-29)
    """


class BadRequest(UnexpectedResponse):
    """400: Graph cannot read the request; where it held a page token, the token is lost."""


class LicenseRequired(AccessDenied):
    """402 or 403: the tenant has no licence for the requested property (Entra ID P1)."""


def permission_for(path: str) -> str:
    """Return the application permission that a read of this path needs."""
    return next((p for part, p in _PERMISSION_BY_PATH if part in path), "Sites.Read.All")


def map_error(path: str, status: int, body: Mapping[str, object]) -> ConnectorError:
    """Return the error for a response with a status of 400 and above.

    A locked site answers 423. Graph's own text is left out: it can quote sharing links.

    Source: https://learn.microsoft.com/en-us/graph/errors (read 2026-11-29)
    """
    resource = path.partition("?")[0]
    code = _error_code(body)
    match status:
        case 401:
            return SignInError(say("m365.token_refused"), hint=say("m365.token_refused_hint"))
        case 402 | 403 if code == _NO_PREMIUM_CODE:
            return LicenseRequired(say("m365.no_premium"), hint=say("m365.no_premium_hint"))
        case 403:
            return AccessDenied(
                say("m365.denied", path=resource, code=code or status),
                hint=say("m365.denied_hint", permission=permission_for(resource)),
            )
        case 404:
            return NotFound(say("m365.not_found", path=resource), hint=say("m365.not_found_hint"))
        case 410:
            return ResyncRequired(say("m365.resync"), hint=say("m365.resync_hint"))
        case 400:
            return BadRequest(
                say("m365.unexpected", path=resource, status=status, code=code or "?"),
                hint=say("m365.report"),
            )
        case 599:  # an answer without a meaning, see `graph.UNREADABLE`
            return UnexpectedResponse(
                say("m365.unreadable", path=resource), hint=say("m365.report")
            )
        case 423:
            return AccessDenied(say("m365.locked"), hint=say("m365.locked_hint"))
        case _:
            return UnexpectedResponse(
                say("m365.unexpected", path=resource, status=status, code=code or "?"),
                hint=say("m365.report"),
            )


def _error_code(body: Mapping[str, object]) -> str:
    error = body.get("error")
    if not isinstance(error, Mapping):
        return ""
    code = str(cast(Mapping[str, object], error).get("code", ""))
    return code if code.isascii() and len(code) < 80 else ""
