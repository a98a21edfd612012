"""Exceptions for Google's error answers, and the mapping of an answer to one of them.

The reason is read from `error.errors[0].reason` of the body. The client library's
`error_details` cannot be used (googleapiclient/errors.py): it shows another field whenever there
is one. The body itself never becomes part of a message.

Sources:
Source: https://developers.google.com/workspace/drive/api/guides/handle-errors (read 2026-11-29)
Source: https://github.com/googleapis/google-api-python-client (read 2026-11-29)
"""

from __future__ import annotations

import json
import re
from typing import Any, cast

import requests

from connectors.google.multipart import BatchPart
from connectors.sdk.errors import AccessDenied, ConnectorError, UnexpectedResponse
from connectors.sdk.http.transport import is_throttled
from connectors.sdk.message import say

RATE_REASONS = frozenset({"userRateLimitExceeded", "rateLimitExceeded", "RATE_LIMIT_EXCEEDED"})
"""Reasons of a 403 that ask for a slower pace, as 429 does.

Source: https://developers.google.com/drive/api/guides/handle-errors (read 2026-11-29)
"""


class NotFound(AccessDenied):
    """The item does not exist, or this user may not know that it does."""


class ApiDenied(AccessDenied):
    """The API, or every request of this kind, is refused: to ask for the next thing is pointless.

    The token was refused, an OAuth scope is missing, or the API is off.
    """


class AclForbidden(AccessDenied):
    """This user may see the item, but not its permissions.

    Drive answers 403 `insufficientFilePermissions`; the same user cannot share the item either.

    Source: https://github.com/oomol-lab/open-connector/issues/556 (read 2026-08-15)
    """


class PageTokenExpired(UnexpectedResponse):
    """A page token is not accepted any more: the list must be read again from its first page.

    Source: https://developers.google.com/drive/api/reference/rest/v3/files/list (read 2026-11-29)
    """


LOCAL_ERRORS = (AccessDenied, UnexpectedResponse)
"""What costs no more than the thing that was asked about: it is unread, and the scan goes on.

Other errors (no connection, a quota that is used up, refused credentials) end the scan.
"""


class AccountUnavailable(ApiDenied):
    """No request can be made as this user: suspended, archived, deleted, or without Drive.

    This is a state of the account and no failure of the run.
    """


class DriveNotAvailable(AccountUnavailable):
    """Drive is off for this user, not licensed, or not provisioned yet; a later try may succeed."""


# Start of "error: error_description" of the token endpoint -> message key without its prefix.
# Source: https://github.com/GAM-team/GAM/blob/main/src/gam/gamlib/glapi.py (read 2026-11-29)
# The texts about the clock and the signature:
# Source: not documented; assumed
_TOKEN_ERRORS = (
    ("invalid_grant: Invalid JWT: Token must be a short-lived token", "clock_wrong"),
    ("invalid_grant: Invalid JWT Signature", "key_revoked"),
    ("invalid_grant: Invalid email or User ID", "no_such_user"),
    ("invalid_grant: The account has been deleted", "account_deleted"),
    ("invalid_grant: reauth related error", "reauth_asked"),
    ("access_denied: Account restricted", "account_restricted"),
    ("unauthorized_client", "not_delegated"),
)

_UNAVAILABLE = frozenset({"no_such_user", "account_deleted", "account_restricted"})

# Reason of a 403 -> message key without its prefix. The words in capitals are those of the newer
# APIs (Cloud Identity); what they mean is assumed from their names.
# Source: https://developers.google.com/workspace/drive/api/guides/handle-errors (read 2026-08-15)
# Source: https://github.com/GAM-team/GAM/blob/main/src/gam/gamlib/glgapi.py (read 2026-11-29)
_API_REASONS = frozenset({"drive_apps_off", "permission_missing", "api_off"})
_REASONS = {
    "domainPolicy": "drive_apps_off",
    "insufficientPermissions": "permission_missing",
    "ACCESS_TOKEN_SCOPE_INSUFFICIENT": "permission_missing",
    "insufficientFilePermissions": "acl_refused",
    "accessNotConfigured": "api_off",
    "SERVICE_DISABLED": "api_off",
    "forbidden": "not_admin",
    "notAuthorizedToAccessThisResource": "not_admin",
    "PERMISSION_DENIED": "not_admin",
}


def map_token_error(
    body: bytes, *, user: str, client_id: str, missing: str, to_grant: str
) -> ConnectorError:
    """Return the exception for an error answer of the token endpoint.

    Args:
        body: The body of the answer.
        user: The address that the token was requested for.
        client_id: The client id to authorise in the Admin console.
        missing: The OAuth scopes of the request, as the hint shows them.
        to_grant: All OAuth scopes that the configuration needs, as the hint shows them.
    """
    answer = _parse_json(body)
    code = answer.get("error")
    description = f"{code}: {answer.get('error_description', '')}"
    name = next((n for start, n in _TOKEN_ERRORS if description.startswith(start)), "token_refused")
    values = {"user": user, "code": _safe_code(code), "missing": missing}
    hint = say(f"google.{name}_hint", user=user, client_id=client_id, scopes=to_grant)
    kind = AccountUnavailable if name in _UNAVAILABLE else ApiDenied
    return kind(say(f"google.{name}", **values), hint=hint)


def map_error(
    status: int, body: bytes, *, user: str, permission: str, client_id: str
) -> ConnectorError:
    """Return the exception for an error answer of an API.

    Args:
        status: The HTTP status.
        body: The body of the answer.
        user: The address in whose name the request was sent.
        permission: The OAuth scopes of the token, separated by spaces, without their prefix.
        client_id: The client id, for the hint.
    """
    error = _parse_json(body).get("error")
    first = _first_error(error)
    reason = _error_reason(error)
    values = {"user": user, "permission": permission, "status": status, "reason": reason}
    if status == 410 or (status == 400 and first.get("location") == "pageToken"):
        return PageTokenExpired(say("google.page_refused"), hint=say("google.run_again"))
    if status == 401:
        # Drive is off in the user's organisational unit; a new token would be refused alike.
        # Source: https://github.com/GAM-team/GAM/wiki/GamUpdates (read 2026-11-29)
        off = "Active session is invalid" in str(first.get("message"))
        name, kind = (
            ("session_invalid", DriveNotAvailable) if off else ("token_not_taken", AccessDenied)
        )
    elif status == 404:
        name, kind = "not_found", NotFound
    elif status == 403:
        name = _REASONS.get(reason, "refused")
        kind = ApiDenied if name in _API_REASONS else AccessDenied
        kind = AclForbidden if name == "acl_refused" else kind
    else:
        name, kind = "refused", UnexpectedResponse
    hint = say(f"google.{name}_hint", user=user, permission=permission, client_id=client_id)
    return kind(say(f"google.{name}", **values), hint=hint)


def is_rate_limited(response: requests.Response) -> bool:
    """Return True for an answer that asks for a slower pace: 429, 503 with a time, or a 403 with
    one of `RATE_REASONS`."""
    return is_throttled(response) or (
        response.status_code == 403
        and any(f'"{reason}"'.encode() in response.content for reason in RATE_REASONS)
    )


def is_part_throttled(part: BatchPart) -> bool:
    """Return True if a part of a batch was throttled: status 429, or 403 with a rate-limit reason.

    Source: https://developers.google.com/workspace/drive/api/guides/limits (read 2026-11-29)
    """
    reason = _first_error((part.json() or {}).get("error")).get("reason")
    return part.status == 429 or (part.status == 403 and reason in RATE_REASONS)


def _parse_json(body: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return answer if isinstance(answer, dict) else {}  # pyright: ignore[reportUnknownVariableType]


def _error_reason(error: Any) -> str:
    """Return the reason of an error: a code word, or "?" if there is none.

    The newer APIs state it in `details`, others in `errors`, some only have a `status`.
    """
    body = cast("dict[str, Any]", error) if isinstance(error, dict) else {}
    details: Any = body.get("details") or []
    words = [_safe_code(d.get("reason")) for d in details if isinstance(d, dict)]  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]
    detail = next((word for word in words if word != "?"), "")
    return detail or _safe_code(_first_error(body).get("reason") or body.get("status"))


def _first_error(error: Any) -> dict[str, Any]:
    errors = error.get("errors") if isinstance(error, dict) else None  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]
    first = errors[0] if isinstance(errors, list) and errors else None  # pyright: ignore[reportUnknownVariableType]
    return first if isinstance(first, dict) else {}  # pyright: ignore[reportUnknownVariableType]


def _safe_code(value: object) -> str:
    """Return a code word of the vendor unchanged, and "?" for any other value."""
    return value if isinstance(value, str) and re.fullmatch(r"\w{1,60}", value) else "?"
