"""Composite requests: several GETs that count as one call, and the result of each.

Source: https://developer.salesforce.com/docs/platform/api-rest/guide/resources-composite-composite-post.html (read 2026-11-29)
"""  # noqa: E501 -- an address

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, cast

from simple_salesforce.api import Salesforce

from connectors.salesforce.errors import (
    QueryFailed,
    QueryRefusal,
    QueryTimedOut,
    error_code,
    map_error,
    unexpected_response,
)
from connectors.salesforce.query_pages import Row, require_page
from connectors.sdk.errors import UnexpectedResponse

# Subrequests of one composite request, which counts as one call: at most 5 queries, or 25 others.
# Source: https://developer.salesforce.com/docs/platform/api-rest/guide/resources-composite-composite-post.html (read 2026-11-29)  # noqa: E501 -- an address
QUERIES_PER_COMPOSITE = 5
SUBREQUESTS_PER_COMPOSITE = 25
REPEATS = 2  # of a part without a usable answer

Part = tuple[str, str]
"""The object that a subrequest is about, and its path below the version."""
Send = Callable[[str, Callable[[Salesforce], Any]], Any]
"""Runs a request about an object; raises the mapped error of the response."""
Pause = Callable[[float], None]


def get_all(parts: Sequence[Part], send: Send, pause: Pause) -> list[Row | QueryRefusal]:
    """Send several GETs as one composite request and return their results in order.

    A part without a usable answer is asked again, and costs no other part anything. Raise
    `QuotaExhausted`, `SignInError` and `Unreachable` as `send` does.
    """
    results = _send_once(parts, send)
    for attempt in range(REPEATS):
        again = [n for n, result in enumerate(results) if _may_succeed_later(result)]
        if not again:
            break
        pause(2.0**attempt)
        for n, result in zip(again, _send_once([parts[n] for n in again], send), strict=True):
            results[n] = result
    return results


def _send_once(parts: Sequence[Part], send: Send) -> list[Row | QueryRefusal]:
    def call(sf: Salesforce) -> Any:
        base = f"/services/data/v{sf.sf_version}/"
        subrequests = [
            {"method": "GET", "url": base + path, "referenceId": f"part{number}"}
            for number, (_, path) in enumerate(parts)
        ]
        body = {"allOrNone": False, "compositeRequest": subrequests}
        return sf.restful("composite", method="POST", json=body)

    try:
        answers = _by_reference(send(parts[0][0], call))
    except UnexpectedResponse as lost:  # of all parts
        return [lost for _ in parts]
    return [
        _parse(answers.get(f"part{number}"), source, path)
        for number, (source, path) in enumerate(parts)
    ]


def _by_reference(answer: Any) -> dict[str, Any]:
    """Return the subresponses by reference id; those of another form are missing."""
    listed: Any = cast("Row", answer).get("compositeResponse") if isinstance(answer, dict) else ()
    found: dict[str, Any] = {}
    for part in cast("list[Any]", listed) if isinstance(listed, list) else ():
        if isinstance(part, dict):
            found[str(cast("Row", part).get("referenceId"))] = part
    return found


def _parse(answer: Any, source: str, path: str) -> Row | QueryRefusal:
    """Return the body of a subresponse, or its error; raise one that concerns all requests."""
    if answer is None or not isinstance(answer.get("httpStatusCode"), int):
        return unexpected_response("compositeResponse", source)
    status, body = answer["httpStatusCode"], answer.get("body")
    if status != 200:
        error = map_error(status, error_code(body), source)
        if isinstance(error, QueryRefusal):
            return error
        raise error
    try:
        return require_page(body, source) if path.startswith("query/") else _described(body, source)
    except UnexpectedResponse as odd:
        return odd


def _described(body: object, source: str) -> Row:
    if not isinstance(body, dict) or not isinstance(cast("Row", body).get("fields"), list):
        raise unexpected_response("fields", source)
    return cast("Row", body)


def _may_succeed_later(result: Row | QueryRefusal) -> bool:
    """Return True for a result that a repetition may change: an odd answer, or one too late."""
    if isinstance(result, QueryTimedOut):
        return True
    return isinstance(result, UnexpectedResponse) and not isinstance(result, QueryFailed)
