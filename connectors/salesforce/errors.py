"""Map Salesforce's errors to connector errors, with the next step for the administrator.

Source: https://developer.salesforce.com/docs/platform/api-rest/guide/errorcodes.md (read 2026-11-29)
"""  # noqa: E501 -- an address

from __future__ import annotations

import re
from typing import Any, cast

import requests

from connectors.sdk.errors import AccessDenied, ConnectorError, QuotaExhausted, UnexpectedResponse
from connectors.sdk.message import Message, say

# Errors that Salesforce returns also for objects and fields that the user may not see.
# Source: not documented; assumed
NOT_VISIBLE_CODES = frozenset({"INVALID_TYPE", "INVALID_FIELD"})
FILE_OBJECTS = frozenset({"ContentDistribution", "ContentDocumentLink"})
# Objects that require View Setup and Configuration.
# Source: https://developer.salesforce.com/docs/platform/object-reference/references/standard-objects/object-objectpermissions.html (read 2026-11-29)  # noqa: E501 -- an address
# Source: https://developer.salesforce.com/docs/platform/object-reference/references/standard-objects/object-site.html (read 2026-11-29)  # noqa: E501 -- an address
SETUP_OBJECTS = frozenset(
    {
        "ApexClass",
        "ApexPage",
        "ContentAsset",
        "DomainSite",
        "EntityDefinition",
        "FieldDefinition",
        "FieldPermissions",
        "FlowDefinitionView",
        "FlowVersionView",
        "Group",
        "GroupMember",
        "Network",
        "NetworkSelfRegistration",
        "ObjectPermissions",
        "PermissionSet",
        "PermissionSetAssignment",
        "SecurityHealthCheck",
        "SetupEntityAccess",
        "Site",
        "User",
        "UserRole",
    }
)
# Metadata types, read by the Metadata API.
# Source: https://developer.salesforce.com/docs/atlas.en-us.api_meta.meta/api_meta/meta_readMetadata.htm (read 2026-11-29)  # noqa: E501 -- an address
METADATA_TYPES = frozenset(
    {"CustomSite", "Profile", "SharingRules", "SharingSet", "SharingSettings"}
)


class ObjectAbsent(AccessDenied):
    """There is no such object: the audit user may not see it, or a feature is switched off."""


class QueryFailed(UnexpectedResponse):
    """Salesforce refused this one request (too slow, too large); others can still be sent."""


class QueryTimedOut(QueryFailed):
    """The statement took Salesforce too long; a repetition or a narrower one may succeed.

    Source: https://developer.salesforce.com/docs/platform/api-rest/guide/errorcodes.md (read 2026-11-29)
    """  # noqa: E501 -- an address


class RowsMissing(UnexpectedResponse):
    """A listing came to its end with fewer rows than it had announced."""


class QueryLocatorExpired(UnexpectedResponse):
    """The query cursor no longer exists. Salesforce keeps it for two days.

    Source: https://help.salesforce.com/s/articleView?id=000384958&type=1 (read 2026-11-29)
    """


QueryRefusal = AccessDenied | UnexpectedResponse
"""The refusal of one request, or an odd answer to it; other requests can still succeed."""


def map_error(status: int, code: str, source: str) -> ConnectorError:
    """Return the connector error for an error response about `source`.

    * `REQUEST_LIMIT_EXCEEDED`, status 403: the calls of 24 hours are spent, or 25 requests of over
    20
      seconds are running. A retry does not help.
    * `INVALID_TYPE` and `INVALID_FIELD`, status 400: also for objects and fields that the audit
    user
      may not see, so they count as a missing permission.
    * `INVALID_QUERY_LOCATOR`, status 400: the query cursor is lost.
    * `QUERY_TIMEOUT`, status 400: the statement ran for more than two minutes.
    * Another status 400: this statement only.

    Args:
        status: HTTP status.
        code: Salesforce's `errorCode`.
        source: The object or metadata type of the request.

    Source: https://developer.salesforce.com/docs/platform/salesforce-app-limits-cheatsheet/guide/salesforce-app-limits-platform-api.html (read 2026-11-29)
    Source: https://developer.salesforce.com/docs/platform/api-rest/guide/errorcodes.md (read 2026-11-29)
    Source: https://help.salesforce.com/s/articleView?id=000384958&type=1 (read 2026-11-29)
    """  # noqa: E501 -- an address
    values = {"object": source, "code": code, "status": status}
    if code == "REQUEST_LIMIT_EXCEEDED":
        return QuotaExhausted(say("salesforce.limit"), hint=say("salesforce.reserve_hint"))
    if code in {"API_DISABLED_FOR_ORG", "API_CURRENTLY_DISABLED"}:
        return AccessDenied(say("salesforce.api_off"), hint=say("salesforce.api_hint"))
    if code == "INVALID_TYPE":
        return ObjectAbsent(say("salesforce.not_visible", **values), hint=permission_hint(source))
    if code in NOT_VISIBLE_CODES or status == 403 or code == "INSUFFICIENT_ACCESS":
        return AccessDenied(say("salesforce.not_visible", **values), hint=permission_hint(source))
    hint = say("salesforce.unanswered_hint")
    if code == "INVALID_QUERY_LOCATOR":
        return QueryLocatorExpired(say("salesforce.unanswered", **values), hint=hint)
    if code == "QUERY_TIMEOUT":
        return QueryTimedOut(say("salesforce.unanswered", **values), hint=hint)
    if status == 400:
        return QueryFailed(say("salesforce.unanswered", **values), hint=hint)
    return UnexpectedResponse(say("salesforce.unanswered", **values), hint=hint)


def permission_hint(source: str) -> Message:
    """Return the hint that names the permission needed to see an object or metadata type."""
    if source in FILE_OBJECTS:
        return say("salesforce.files_permission")
    if source in SETUP_OBJECTS:
        return say("salesforce.setup_permission")
    if source in METADATA_TYPES:
        return say("salesforce.rules_hint")
    return say("salesforce.data_permission")


def error_code(content: object) -> str:
    """Return the `errorCode` of an error body, or "?" if it has none of the usual form."""
    try:
        code = str(cast("Any", content)[0]["errorCode"])
    except (LookupError, TypeError):
        return "?"
    return code if re.fullmatch(r"[A-Z_]{1,60}", code) else "?"


def rows_missing(source: str) -> RowsMissing:
    """Return the error for a listing that ended with fewer rows than its `totalSize`."""
    return RowsMissing(
        say("salesforce.unknown_answer", what="totalSize", object=source),
        hint=say("salesforce.unanswered_hint"),
    )


def unexpected_response(what: str, source: str) -> UnexpectedResponse:
    """Return the error for a response that this version does not understand."""
    return UnexpectedResponse(
        say("salesforce.unknown_answer", what=what, object=source),
        hint=say("salesforce.unanswered_hint"),
    )


def is_soap_fault(response: requests.Response) -> bool:
    """Return True for a 500 that is a SOAP fault: a refusal, which a repetition does not change.

    A fault of an unavailable server (`UNAVAILABLE` in its code) is none.

    Source: https://developer.salesforce.com/docs/atlas.en-us.api.meta/api/sforce_api_calls_concepts_core_data_objects.htm (read 2026-11-29)
    """  # noqa: E501 -- an address
    return (
        response.status_code == 500
        and b":Fault>" in response.content
        and b"UNAVAILABLE" not in response.content
    )
