"""How Google answers: errors in its own words, and only the fields that were asked for."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode
from typing import Any

from connectors.google.demo.model import packed
from connectors.sdk.loopback import Request, Response


class Refusal(Exception):
    """An answer instead of the one that was hoped for."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.status)
        self.response = response


def error(status: int, reason: str, message: str, *, location: str = "") -> Response:
    """An error of a Google API."""
    place = {"location": location, "locationType": "parameter"} if location else {}
    first = {"domain": "global", "reason": reason, "message": message, **place}
    return Response(
        status=status,
        body={"error": {"code": status, "message": message, "errors": [first]}},
    )


def bad(parameter: str) -> Refusal:
    """A parameter that is missing or has a value that it cannot have."""
    return Refusal(error(400, "invalid", "Invalid Value", location=parameter))


def not_found(what: str) -> Refusal:
    """Nothing there, or nothing that the asker may know of."""
    return Refusal(error(404, "notFound", f"{what} not found."))


def scope_missing() -> Refusal:
    """The token was made for other permissions."""
    return Refusal(
        error(
            403,
            "insufficientPermissions",
            "Insufficient Permission: Request had insufficient authentication scopes.",
        )
    )


def flag(request: Request, name: str) -> bool:
    """A boolean parameter."""
    value = request.query.get(name, "false")
    if value not in ("true", "false"):
        raise bad(name)
    return value == "true"


def size_of(request: Request, name: str, *, default: int, most: int) -> int:
    """A page size; what is too large is cut, as the service does."""
    value = request.query.get(name, str(default))
    if not value.isdecimal() or int(value) < 1:
        raise bad(name)
    return min(int(value), most)


def offset_of(request: Request, listing: object, *, start: int = 0) -> int:
    """Where a page begins. A token belongs to one listing of one user."""
    token = request.query.get("pageToken", "")
    if not token:
        return start
    try:
        listed, offset = json.loads(urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    except (ValueError, TypeError):
        raise bad("pageToken") from None
    if listed != listing:
        raise bad("pageToken")
    return int(offset)


def token_of(listing: object, offset: int) -> str:
    """The token of the page that begins at an offset."""
    return packed([listing, offset])


def asked(body: dict[str, Any], mask: str) -> dict[str, Any]:
    """The parts of a body that a `fields` mask selects: `a,b(c,d(e)),f/g`."""
    tree, rest = _tree(mask)
    if rest:
        raise bad("fields")
    return _cut(body, tree)


def _tree(mask: str) -> tuple[dict[str, Any], str]:
    tree: dict[str, Any] = {}
    while mask and mask[0] != ")":
        end = next((i for i, c in enumerate(mask) if c in ",()"), len(mask))
        path, mask = mask[:end].strip().split("/"), mask[end:]
        below: dict[str, Any] = {}
        if mask.startswith("("):
            below, mask = _tree(mask[1:])
            if not mask.startswith(")"):
                raise bad("fields")
            mask = mask[1:]
        here = tree
        for step in path[:-1]:
            here = here.setdefault(step, {})
        here[path[-1]] = below
        mask = mask.removeprefix(",")
    return tree, mask


def _cut(value: Any, tree: dict[str, Any]) -> Any:
    if not tree or "*" in tree:
        return value
    if isinstance(value, list):
        return [_cut(v, tree) for v in value]  # pyright: ignore[reportUnknownVariableType]
    if isinstance(value, dict):
        return {k: _cut(v, tree[k]) for k, v in value.items() if k in tree}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    raise bad("fields")
