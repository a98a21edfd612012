"""What a browser says to a Lightning site, as far as counting goes, and what the site answers.

Form and descriptors after google/aura-inspector. Nothing but counts, names of fields and codes
leaves this module: a record that comes along with a count is dropped while it is parsed.
"""

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
APP = "siteforce:loginApp2"  # every Lightning site has it; the answer may name another
WRONG = "tojimari"  # no framework has this id: the answer tells the right one
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
    """Which build of the framework a site speaks, and by which app."""

    fwuid: str = WRONG
    app: str = APP


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What an answer says, without a word of any record.

    Attributes:
        spoken: It has the form of the protocol at all.
        refused: The site lets nobody in who has not signed in.
        framework: The build that the site speaks, where the answer names one.
        stale: The question was asked in another one, and was not looked at.
        counts: By object; an object that was refused is in `refusals`.
        undefined: Objects that do not exist for a visitor.
        too_large: The question was too much for the site.
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
    """Whether it is the API name of an object and nothing else: it becomes part of a query."""
    return _NAME.fullmatch(name) is not None


def totals(names: Sequence[str]) -> list[dict[str, object]]:
    """One question for the number of records of several objects; no record comes with it."""
    fields = "".join(f"{name}{{totalCount}}" for name in names)
    query = f"query getCount{{uiapi{{query{{{fields}}}}}}}"
    asked: dict[str, object] = {"operationName": "getCount", "query": query, "variables": {}}
    return [_action("totals", _GRAPHQL, {"queryInput": asked})]


def pages_of_one(names: Sequence[str]) -> list[dict[str, object]]:
    """For each object a list of one record, for the count that stands beside it."""
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
    """The web form of a question by nobody in particular."""
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
    """Understand an answer; a login page and other HTML are not `spoken`."""
    text = body.decode("utf-8", "replace")
    begin, end = text.find("{"), text.rfind("}")
    if text.lstrip()[:1] == "<" or begin < 0 or end < begin:
        return Answer()
    names = frozenset(asked)
    parsed = _parsed(text[begin : end + 1], names)
    if parsed is not None and isinstance(parsed.get("actions"), list):
        return _understood(parsed, names)
    if GUESTS_REFUSED in text:  # looked for only where no record can say so
        return Answer(spoken=True, refused=True)
    expected = _EXPECTED.search(text)
    return Answer(
        spoken=expected is not None,
        framework=Framework(fwuid=expected.group(1)) if expected else None,
        stale=expected is not None,
    )


def _parsed(text: str, names: frozenset[str]) -> dict[str, Any] | None:
    """The answer without what nobody asked for: a record is gone before the parser is done.

    An error of the parser holds the whole text, so it is let go of here.
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
    """`data.uiapi.query.<object>.totalCount`, for each object that has one."""
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
    """The site's own words for what went wrong, wherever they lie; never shown to anybody."""
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
