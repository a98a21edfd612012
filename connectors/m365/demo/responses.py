"""The form of Graph's responses: an object, a page of a listing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from connectors.m365.demo.errors import INVALID
from connectors.sdk.local_server import Request, Response

Json = dict[str, Any]


def select_fields(found: Json, request: Request) -> Json:
    """Return the selected and expanded properties of an object."""
    names = request.query.get("$select", "")
    expanded = request.query.get("$expand", "").partition("(")[0]
    keep = {"id", expanded, *names.split(",")}
    return {k: v for k, v in found.items() if not names or k in keep}


def list_response(
    values: Sequence[Json], request: Request, page: int, more: Json | None = None
) -> Response:
    """Return one page with a link to the next one where there is one; 400 for a wrong token."""
    token = request.query.get("$skiptoken", "0")
    start = int(token) if token.isdecimal() else -1
    if not 0 <= start <= len(values):
        return INVALID
    body: Json = {**(more or {}), "value": list(values[start : start + page])}
    if start + page < len(values):
        query = {**request.query, "$skiptoken": str(start + page)}
        query_text = "&".join(f"{k}={v}" for k, v in query.items())
        body["@odata.nextLink"] = f"{request.base}{request.path}?{query_text}"
    return Response(body=body)
