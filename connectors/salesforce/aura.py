"""Requests to the Aura endpoint of a Lightning site, and the parsing of its responses.

Only counts, object names and error codes leave this module: a record that the site sends with a
count is dropped while the response is parsed.

The protocol is not documented by Salesforce. Form fields, action descriptors and error texts are
those of AuraInspector.

Sources:

Source: https://github.com/google/aura-inspector (read 2026-08-15)
Source: https://cloud.google.com/blog/ko/topics/threat-intelligence/auditing-salesforce-aura-data-exposure (read 2026-11-29)
"""  # noqa: E501

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
APP = "siteforce:loginApp2"  # present on every Lightning site; the response may name another
WRONG = "tojimari"  # an unknown build id: the site answers with "Expected: <fwuid> Actual: .."
GUESTS_REFUSED = "markup://aura:invalidSession"
TOO_LARGE = "OPERATION_TOO_LARGE"

_NAME = re.compile(r"[A-Za-z]\w{0,79}")
_EXPECTED = re.compile(r"Expected:\s*([\w.-]{1,100})\s+Actual", re.ASCII)
_ID = re.compile(r"[\w.-]{1,100}", re.ASCII)
_APP = re.compile(r"\w{1,60}:\w{1,60}", re.ASCII)
_UNDEFINED = re.compile(r"FieldUndefined\W+Field '(\w{1,80})'", re.ASCII)

_WORDS = frozenset({"app", "fwuid", "id", "message", "state"})
_PLACES = frozenset(
    {"actions", "attributes", "context", "data", "error", "errors", "event", "query"}
    | {"returnValue", "uiapi", "values"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Framework:
    """The framework build (`fwuid`) and application that a site runs; a request must name both."""

    fwuid: str = WRONG
    app: str = APP


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
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

    spoken: bool = False
    refused: bool = False
    framework: Framework | None = None
    stale: bool = False
    counts: Mapping[str, int] = field(default_factory=dict[str, int])
    refusals: frozenset[str] = frozenset()
    undefined: frozenset[str] = frozenset()
    too_large: bool = False


def countable(name: str) -> bool:
    """Return True if `name` is an object's API name, safe to insert into a query."""
    return _NAME.fullmatch(name) is not None


def totals(names: Sequence[str]) -> list[dict[str, object]]:
    """Return one GraphQL action that counts the records of several objects.

    The response holds `totalCount` only, no record. One object that is undefined for the user makes
    the whole query fail.
    """
    fields = "".join(f"{name}{{totalCount}}" for name in names)
    query = f"query getCount{{uiapi{{query{{{fields}}}}}}}"
    asked: dict[str, object] = {"operationName": "getCount", "query": query, "variables": {}}
    return [_action("totals", _GRAPHQL, {"queryInput": asked})]


def pages_of_one(names: Sequence[str]) -> list[dict[str, object]]:
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


def form_of(actions: Iterable[Mapping[str, object]], framework: Framework) -> dict[str, str]:
    """Return the form fields of a request by a user who is not signed in."""
    app = framework.app
    context: dict[str, object] = {
        "mode": "PROD",
        "fwuid": framework.fwuid,
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


def answer_of(body: bytes, asked: Iterable[str]) -> Answer:
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
        return Answer()
    names = frozenset(asked)
    parsed = _parsed(text[begin : end + 1], names)
    if parsed is not None and isinstance(parsed.get("actions"), list):
        return _understood(parsed, names)
    if GUESTS_REFUSED in text:  # only here, where the text cannot come from a record
        return Answer(spoken=True, refused=True)
    expected = _EXPECTED.search(text)
    return Answer(
        spoken=expected is not None,
        framework=Framework(fwuid=expected.group(1)) if expected else None,
        stale=expected is not None,
    )


def _parsed(text: str, names: frozenset[str]) -> dict[str, Any] | None:
    """Parse JSON and keep only known keys; return None if it is no JSON object.

    Records are discarded by the parser hook, and a `ValueError`, which holds the whole text, is
    dropped here.
    """

    def kept(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        return {
            key: value
            for key, value in pairs
            if (key in _WORDS and isinstance(value, str))
            or (key == "totalCount" and type(value) is int)
            or ((key in _PLACES or key in names) and isinstance(value, dict | list))
        }

    parsed: Any = None
    try:
        parsed = json.loads(text, object_pairs_hook=kept)
    except (ValueError, RecursionError):
        return None
    return cast("dict[str, Any]", parsed) if isinstance(parsed, dict) else None


def _understood(parsed: Mapping[str, Any], names: frozenset[str]) -> Answer:
    counts: dict[str, int] = {}
    refusals: set[str] = set()
    undefined: set[str] = set()
    too_large = False
    for action in _dicts(parsed["actions"]):
        said = " ".join(_messages(action))
        too_large |= TOO_LARGE in said
        undefined |= names.intersection(_UNDEFINED.findall(said))
        value: Any = action.get("returnValue")
        value = cast("dict[str, Any]", value) if isinstance(value, dict) else {}
        told = _totals(value)
        counts |= {name: n for name, n in told.items() if name in names and n >= 0}
        own = action.get("id")
        if own not in names:
            continue
        if action.get("state") == "SUCCESS" and "totalCount" in value:
            counts[own] = value["totalCount"]
        else:
            refusals.add(own)
    return Answer(
        spoken=True,
        framework=_framework(parsed.get("context")),
        counts=counts,
        refusals=frozenset(refusals),
        undefined=frozenset(undefined),
        too_large=too_large,
    )


def _totals(value: Mapping[str, Any]) -> dict[str, int]:
    """Return `data.uiapi.query.<object>.totalCount` by object, for the objects that have one."""
    inner: Any = value
    for step in ("data", "uiapi", "query"):
        inner = cast("dict[str, Any]", inner).get(step) if isinstance(inner, dict) else None
    if not isinstance(inner, dict):
        return {}
    told = cast("dict[str, Any]", inner)
    return {
        name: entry["totalCount"]
        for name, entry in told.items()
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


def _framework(context: object) -> Framework | None:
    held = cast("dict[str, Any]", context) if isinstance(context, dict) else {}
    fwuid, app = str(held.get("fwuid", "")), str(held.get("app", ""))
    if not _ID.fullmatch(fwuid):
        return None
    return Framework(fwuid=fwuid, app=app if _APP.fullmatch(app) else APP)
