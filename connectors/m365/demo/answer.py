"""How Graph puts an object and a listing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from connectors.m365.demo.refusals import INVALID
from connectors.sdk.loopback import Request, Response

Json = dict[str, Any]


def selected(found: Json, request: Request) -> Json:
    """The properties that were asked for, and those that were expanded."""
    names = request.query.get("$select", "")
    expanded = request.query.get("$expand", "").partition("(")[0]
    keep = {"id", expanded, *names.split(",")}
    return {k: v for k, v in found.items() if not names or k in keep}


def listed(
    values: Sequence[Json], request: Request, page: int, more: Json | None = None
) -> Response:
    """One page, and the way to the next where there is one."""
    asked = request.query.get("$skiptoken", "0")
    at = int(asked) if asked.isdecimal() else -1
    if not 0 <= at <= len(values):
        return INVALID
    body: Json = {**(more or {}), "value": list(values[at : at + page])}
    if at + page < len(values):
        query = {**request.query, "$skiptoken": str(at + page)}
        said = "&".join(f"{k}={v}" for k, v in query.items())
        body["@odata.nextLink"] = f"{request.base}{request.path}?{said}"
    return Response(body=body)
