"""Requests to the Aura endpoint of a Lightning site, and the parsing of its responses.

Only counts, object names and error codes leave this module: a record that the site sends with a
count is dropped while the response is parsed.

The protocol is not documented by Salesforce. Form fields, action descriptors and error texts are
those of AuraInspector.

Sources:

Source: https://github.com/google/aura-inspector (read 2026-08-15)
Source: https://cloud.google.com/blog/ko/topics/threat-intelligence/auditing-salesforce-aura-data-exposure (read 2026-11-29)
"""  # noqa: E501 -- an address

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

_GRAPHQL = "aura://RecordUiController/ACTION$executeGraphQL"
_ITEMS = (
    "serviceComponent://ui.force.components.controllers.lists.selectableListDataProvider."
    "SelectableListDataProviderController/ACTION$getItems"
)
DEFAULT_APP = (
    "siteforce:loginApp2"  # present on every Lightning site; the response may name another
)
PLACEHOLDER_FWUID = (
    "tojimari"  # an unknown build id: the site answers with "Expected: <fwuid> Actual: .."
)
INVALID_SESSION = "markup://aura:invalidSession"
OPERATION_TOO_LARGE = "OPERATION_TOO_LARGE"

_NAME = re.compile(r"[A-Za-z]\w{0,79}")
_EXPECTED = re.compile(r"Expected:\s*([\w.-]{1,100})\s+Actual", re.ASCII)
_ID = re.compile(r"[\w.-]{1,100}", re.ASCII)
_APP = re.compile(r"\w{1,60}:\w{1,60}", re.ASCII)
_UNDEFINED = re.compile(r"FieldUndefined\W+Field '(\w{1,80})'", re.ASCII)

_STRING_KEYS = frozenset({"app", "fwuid", "id", "message", "state"})
_CONTAINER_KEYS = frozenset(
    {"actions", "attributes", "context", "data", "error", "errors", "event", "query"}
    | {"returnValue", "uiapi", "values"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuraContext:
    """The framework build (`fwuid`) and application that a site runs; a request must name both."""

    fwuid: str = PLACEHOLDER_FWUID
    app: str = DEFAULT_APP


@dataclass(frozen=True, slots=True, kw_only=True)
class AuraResponse:
    """What one response says, without the content of any record.

    Attributes:
        is_aura: False when the response is not Aura: a login page, other HTML, a plain error.
        guests_denied: The site does not serve users who are not signed in.
        context: The build and application of the site, where the response names one.
        stale_context: The request named another build, and the site did not process it.
        counts: Number of records by object name.
        failed: Objects whose action failed.
        undefined: Objects that do not exist for this user.
        too_large: The site refused the request as too expensive.
    """

    is_aura: bool = False
    guests_denied: bool = False
    context: AuraContext | None = None
    stale_context: bool = False
    counts: Mapping[str, int] = field(default_factory=dict[str, int])
    failed: frozenset[str] = frozenset()
    undefined: frozenset[str] = frozenset()
    too_large: bool = False


def is_api_name(name: str) -> bool:
    """Return True if `name` is an object's API name, safe to insert into a query."""
    return _NAME.fullmatch(name) is not None


def count_query(names: Sequence[str]) -> list[dict[str, object]]:
    """Return one GraphQL action that counts the records of several objects.

    The response holds `totalCount` only, no record. One object that is undefined for the user makes
    the whole query fail.
    """
    fields = "".join(f"{name}{{totalCount}}" for name in names)
    query = f"query getCount{{uiapi{{query{{{fields}}}}}}}"
    query_input: dict[str, object] = {"operationName": "getCount", "query": query, "variables": {}}
    return [_action("totals", _GRAPHQL, {"queryInput": query_input})]


def single_record_lists(names: Sequence[str]) -> list[dict[str, object]]:
    """Return one action per object that lists a single record together with `totalCount`."""
    return [
        _action(
            name,
            _ITEMS,
            {
                "entityNameOrId": name,
                "layoutType": "COMPACT",
                "pageSize": 1,
                "currentPage": 1,
                "useTimeout": False,
                "getCount": True,
                "enableRowActions": False,
            },
        )
        for name in names
    ]


def _action(id_: str, descriptor: str, params: Mapping[str, object]) -> dict[str, object]:
    return {
        "id": id_,
        "descriptor": descriptor,
        "callingDescriptor": "UNKNOWN",
        "params": params,
    }


def encode_request(
    actions: Iterable[Mapping[str, object]], aura_context: AuraContext
) -> dict[str, str]:
    """Return the form fields of a request by a user who is not signed in."""
    app = aura_context.app
    context: dict[str, object] = {
        "mode": "PROD",
        "fwuid": aura_context.fwuid,
        "app": app,
        "loaded": {f"APPLICATION@markup://{app}": app},
        "dn": [],
        "globals": {},
        "uad": False,
    }
    return {
        "message": json.dumps({"actions": list(actions)}),
        "aura.context": json.dumps(context),
        "aura.pageURI": "unknown",
        "aura.token": "null",
    }


def parse_response(body: bytes, object_names: Iterable[str]) -> AuraResponse:
    """Parse a response body.

    Args:
        body: The body as received, in any encoding.
        object_names: The objects that the request named; only these are counted.

    Returns:
        `is_aura` is False for HTML and for text that is no Aura response. Never raises.
    """
    text = body.decode("utf-8", "replace")
    begin, end = text.find("{"), text.rfind("}")
    if text.lstrip()[:1] == "<" or begin < 0 or end < begin:
        return AuraResponse()
    names = frozenset(object_names)
    parsed = _parse_json(text[begin : end + 1], names)
    if parsed is not None and isinstance(parsed.get("actions"), list):
        return _parse_actions(parsed, names)
    if INVALID_SESSION in text:  # only here, where the text cannot come from a record
        return AuraResponse(is_aura=True, guests_denied=True)
    expected = _EXPECTED.search(text)
    return AuraResponse(
        is_aura=expected is not None,
        context=AuraContext(fwuid=expected.group(1)) if expected else None,
        stale_context=expected is not None,
    )


def _parse_json(text: str, names: frozenset[str]) -> dict[str, Any] | None:
    """Parse JSON and keep only known keys; return None if it is no JSON object.

    Records are discarded by the parser hook, and a `ValueError`, which holds the whole text, is
    dropped here.
    """

    def keep_known_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        return {
            key: value
            for key, value in pairs
            if (key in _STRING_KEYS and isinstance(value, str))
            or (key == "totalCount" and type(value) is int)
            or ((key in _CONTAINER_KEYS or key in names) and isinstance(value, dict | list))
        }

    parsed: Any = None
    try:
        parsed = json.loads(text, object_pairs_hook=keep_known_keys)
    except (ValueError, RecursionError):
        return None
    return cast("dict[str, Any]", parsed) if isinstance(parsed, dict) else None


def _parse_actions(parsed: Mapping[str, Any], names: frozenset[str]) -> AuraResponse:
    counts: dict[str, int] = {}
    refusals: set[str] = set()
    undefined: set[str] = set()
    too_large = False
    for action in _dicts(parsed["actions"]):
        error_text = " ".join(_messages(action))
        too_large |= OPERATION_TOO_LARGE in error_text
        undefined |= names.intersection(_UNDEFINED.findall(error_text))
        value: Any = action.get("returnValue")
        value = cast("dict[str, Any]", value) if isinstance(value, dict) else {}
        found = _graphql_totals(value)
        counts |= {name: n for name, n in found.items() if name in names and n >= 0}
        own = action.get("id")
        if own not in names:
            continue
        if action.get("state") == "SUCCESS" and "totalCount" in value:
            counts[own] = value["totalCount"]
        else:
            refusals.add(own)
    return AuraResponse(
        is_aura=True,
        context=_parse_context(parsed.get("context")),
        counts=counts,
        failed=frozenset(refusals),
        undefined=frozenset(undefined),
        too_large=too_large,
    )


def _graphql_totals(value: Mapping[str, Any]) -> dict[str, int]:
    """Return `data.uiapi.query.<object>.totalCount` by object, for the objects that have one."""
    inner: Any = value
    for step in ("data", "uiapi", "query"):
        inner = cast("dict[str, Any]", inner).get(step) if isinstance(inner, dict) else None
    if not isinstance(inner, dict):
        return {}
    by_object = cast("dict[str, Any]", inner)
    return {
        name: entry["totalCount"]
        for name, entry in by_object.items()
        if isinstance(entry, dict) and "totalCount" in entry
    }


def _messages(thing: object) -> Iterable[str]:
    """Yield every `message` string at any depth. They are matched, never shown or logged."""
    if isinstance(thing, dict):
        for key, value in cast("dict[str, object]", thing).items():
            if key == "message" and isinstance(value, str):
                yield value
            else:
                yield from _messages(value)
    elif isinstance(thing, list):
        for value in cast("list[object]", thing):
            yield from _messages(value)


def _dicts(thing: object) -> list[dict[str, Any]]:
    values = cast("list[object]", thing) if isinstance(thing, list) else []
    return [cast("dict[str, Any]", value) for value in values if isinstance(value, dict)]


def _parse_context(context: object) -> AuraContext | None:
    fields = cast("dict[str, Any]", context) if isinstance(context, dict) else {}
    fwuid, app = str(fields.get("fwuid", "")), str(fields.get("app", ""))
    if not _ID.fullmatch(fwuid):
        return None
    return AuraContext(fwuid=fwuid, app=app if _APP.fullmatch(app) else DEFAULT_APP)
