"""Salesforce's refusals in our words: which can be lived with, and what would mend them."""

from __future__ import annotations

import re
from typing import Any, cast

import requests

from connectors.sdk.errors import AccessDenied, ConnectorError, QuotaExhausted, UnexpectedResponse
from connectors.sdk.message import Message, say

INVISIBLE = frozenset({"INVALID_TYPE", "INVALID_FIELD"})  # of what a user may not see, too
FILES = frozenset({"ContentDistribution", "ContentDocumentLink"})
SETUP = frozenset(
    {
        "ApexClass",
        "ContentAsset",
        "DomainSite",
        "EntityDefinition",
        "FieldDefinition",
        "FieldPermissions",
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
METADATA = frozenset({"CustomSite", "SharingRules", "SharingSet", "SharingSettings"})


class Unanswered(UnexpectedResponse):
    """Salesforce refused this one question (too slow, too large); others can still be asked."""


class LostPlace(UnexpectedResponse):
    """The place in a long answer is forgotten, two days after the question at the latest."""


Refused = AccessDenied | Unanswered
"""A refusal of one question; the others are still worth asking."""


def error_of(status: int, code: str, source: str) -> ConnectorError:
    """Salesforce's refusal of a question about `source`."""
    values = {"object": source, "code": code, "status": status}
    if code == "REQUEST_LIMIT_EXCEEDED":
        return QuotaExhausted(say("salesforce.limit"), hint=say("salesforce.reserve_hint"))
    if code in {"API_DISABLED_FOR_ORG", "API_CURRENTLY_DISABLED"}:
        return AccessDenied(say("salesforce.api_off"), hint=say("salesforce.api_hint"))
    if code in INVISIBLE or status == 403 or code == "INSUFFICIENT_ACCESS":
        return AccessDenied(say("salesforce.not_visible", **values), hint=permission_for(source))
    hint = say("salesforce.unanswered_hint")
    if code == "INVALID_QUERY_LOCATOR":
        return LostPlace(say("salesforce.unanswered", **values), hint=hint)
    if status == 400:
        return Unanswered(say("salesforce.unanswered", **values), hint=hint)
    return UnexpectedResponse(say("salesforce.unanswered", **values), hint=hint)


def permission_for(source: str) -> Message:
    """The next step of an administrator whose audit user does not see an object."""
    if source in FILES:
        return say("salesforce.files_permission")
    if source in SETUP:
        return say("salesforce.setup_permission")
    if source in METADATA:
        return say("salesforce.rules_hint")
    return say("salesforce.data_permission")


def code_of(content: object) -> str:
    """Salesforce's code for an error, and only if it looks like one."""
    try:
        code = str(cast("Any", content)[0]["errorCode"])
    except (LookupError, TypeError):
        return "?"
    return code if re.fullmatch(r"[A-Z_]{1,60}", code) else "?"


def unknown_form(what: str, source: str) -> UnexpectedResponse:
    """An answer that this version does not understand."""
    return UnexpectedResponse(
        say("salesforce.unknown_answer", what=what, object=source),
        hint=say("salesforce.unanswered_hint"),
    )


def is_soap_fault(response: requests.Response) -> bool:
    """Return True for a 500 that is a SOAP fault: a refusal, which a repetition does not change.

    A fault of an unavailable server (`UNAVAILABLE` in its code) is none.

    Source: https://developer.salesforce.com/docs/atlas.en-us.api.meta/api/sforce_api_calls_concepts_core_data_objects.htm
    (read 2026-11-29)
    """
    return (
        response.status_code == 500
        and b":Fault>" in response.content
        and b"UNAVAILABLE" not in response.content
    )
