"""Responses of the simulated APIs: Google's error bodies, paging, and `fields` masks."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode
from typing import Any

from connectors.google.demo.model import opaque_token
from connectors.sdk.local_server import Request, Response


class ErrorResponse(Exception):
    """An error response, raised where the request is found to be wrong."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.status)
        self.response = response


def error(status: int, reason: str, message: str, *, location: str = "") -> Response:
    """Return an error in the form of a Google API."""
    where = {"location": location, "locationType": "parameter"} if location else {}
    first = {"domain": "global", "reason": reason, "message": message, **where}
    return Response(
        status=status,
        body={"error": {"code": status, "message": message, "errors": [first]}},
    )


def invalid_parameter(parameter: str) -> ErrorResponse:
    """Return the error for a parameter that is missing or has an invalid value."""
    return ErrorResponse(error(400, "invalid", "Invalid Value", location=parameter))


def not_found(what: str) -> ErrorResponse:
    """Return the error for an object that does not exist or is not visible to the caller."""
    return ErrorResponse(error(404, "notFound", f"{what} not found."))


def scope_missing() -> ErrorResponse:
    """Return the error for a token that lacks an OAuth scope."""
    return ErrorResponse(
        error(
            403,
            "insufficientPermissions",
            "Insufficient Permission: Request had insufficient authentication scopes.",
        )
    )


def bool_parameter(request: Request, name: str) -> bool:
    """Return a boolean parameter.

    Raises:
        ErrorResponse: The value is neither `true` nor `false`.
    """
    value = request.query.get(name, "false")
    if value not in ("true", "false"):
        raise invalid_parameter(name)
    return value == "true"


def page_size(request: Request, name: str, *, default: int, most: int) -> int:
    """Return the page size; a value above the maximum is reduced to it, as Google does.

    Raises:
        ErrorResponse: The value is no positive number.
    """
    value = request.query.get(name, str(default))
    if not value.isdecimal() or int(value) < 1:
        raise invalid_parameter(name)
    return min(int(value), most)


def page_offset(request: Request, listing: object, *, start: int = 0) -> int:
    """Return the offset at which a page begins. A page token belongs to one listing of one user.

    Raises:
        ErrorResponse: The token is malformed or belongs to another listing.
    """
    token = request.query.get("pageToken", "")
    if not token:
        return start
    try:
        listed, offset = json.loads(urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    except (ValueError, TypeError):
        raise invalid_parameter("pageToken") from None
    if listed != listing:
        raise invalid_parameter("pageToken")
    return int(offset)


def page_token(listing: object, offset: int) -> str:
    """Return the token of the page that begins at an offset."""
    return opaque_token([listing, offset])


def apply_mask(body: dict[str, Any], mask: str) -> dict[str, Any]:
    """Return the parts of a body that a `fields` mask selects: `a,b(c,d(e)),f/g`.

    Raises:
        ErrorResponse: The mask is malformed.
    """
    tree, rest = _parse_mask(mask)
    if rest:
        raise invalid_parameter("fields")
    return _select(body, tree)


def _parse_mask(mask: str) -> tuple[dict[str, Any], str]:
    tree: dict[str, Any] = {}
    while mask and mask[0] != ")":
        end = next((i for i, c in enumerate(mask) if c in ",()"), len(mask))
        path, mask = mask[:end].strip().split("/"), mask[end:]
        below: dict[str, Any] = {}
        if mask.startswith("("):
            below, mask = _parse_mask(mask[1:])
            if not mask.startswith(")"):
                raise invalid_parameter("fields")
            mask = mask[1:]
        here = tree
        for step in path[:-1]:
            here = here.setdefault(step, {})
        here[path[-1]] = below
        mask = mask.removeprefix(",")
    return tree, mask


def _select(value: Any, tree: dict[str, Any]) -> Any:
    if not tree or "*" in tree:
        return value
    if isinstance(value, list):
        return [_select(v, tree) for v in value]  # pyright: ignore[reportUnknownVariableType]
    if isinstance(value, dict):
        return {k: _select(v, tree[k]) for k, v in value.items() if k in tree}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    raise invalid_parameter("fields")
