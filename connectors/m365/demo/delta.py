"""`/root/delta`: a library page by page, with the peculiarities of Graph.

Source: https://learn.microsoft.com/en-us/graph/api/driveitem-delta (read 2026-11-29)
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from connectors.m365.demo.errors import INVALID, RESYNC
from connectors.m365.demo.libraries import Library
from connectors.sdk.local_server import Request, Response

DEFAULT_PAGE = 200
LARGEST_PAGE = 1000
# Source: https://github.com/OneDrive/onedrive-api-docs/issues/1464 (read 2026-08-15)
DELETED_PAGE = 7  # deleted items on one page, whatever its size
SCENARIO_PAGE = 5  # items of a library of the scenario on one page, whatever was requested


@dataclass(frozen=True, slots=True)
class DeltaToken:
    """The content of a delta token.

    `since` and `until` are positions in the log of changes; with `since` only later changes are
    listed. `rested` says that the empty page in the middle was returned.
    """

    prefer: str
    select: str
    top: int
    at: int = 0
    rested: bool = False
    since: int | None = None
    until: int | None = None

    @property
    def encoded(self) -> str:
        """The token as a link carries it."""
        return urlsafe_b64encode(json.dumps(asdict(self)).encode()).decode()

    @staticmethod
    def decode(request: Request) -> DeltaToken | None:
        """Parse the token of a request; return None for an invalid one."""
        token = request.query.get("token")
        if token is None:
            top = int(request.query.get("$top", DEFAULT_PAGE))
            select = request.query.get("$select", "")
            return DeltaToken(request.headers.get("prefer", ""), select, min(top, LARGEST_PAGE))
        try:
            return DeltaToken(**json.loads(urlsafe_b64decode(token)))
        except (TypeError, ValueError):
            return None


def delta_page(library: Library, request: Request) -> Response:
    """Return one page of the library; 400 for an invalid token, 410 for other preferences."""
    position = DeltaToken.decode(request)
    if position is None:
        return INVALID
    if position.prefer != request.headers.get("prefer", ""):
        return RESYNC
    if position.until is None:
        position = replace(position, until=len(library.changes.log))
    numbers = _listed_numbers(library, position)
    page = SCENARIO_PAGE if not library.spec.plain else position.top
    until = min(position.at + page, len(numbers))
    if page == SCENARIO_PAGE and position.at and not position.rested:
        until, position = (
            position.at,
            replace(position, rested=True),
        )  # an empty page is not the end
    if library.changes.deleted:
        until = _limit_deleted(library, numbers, position.at, until)
    items = _items(library, position, numbers[position.at : until])
    link, following = "@odata.nextLink", replace(position, at=until)
    if until == len(numbers):
        link = "@odata.deltaLink"
        following = replace(position, at=0, rested=False, since=position.until, until=None)
    return Response(
        body={"value": items, link: f"{request.base}{request.path}?token={following.encoded}"},
        headers={"Preference-Applied": position.prefer} if position.prefer else {},
    )


def _listed_numbers(library: Library, position: DeltaToken) -> Sequence[int]:
    """The items that a listing names: all, or those that changed with the folders above them."""
    if position.since is None:
        every = range(len(library))
        return [n for n in every if not library.is_deleted(n)] if library.changes else every
    changed: dict[int, None] = {}
    for number in library.changes.log[position.since : position.until]:
        changed[number] = None
        at = None if library.is_deleted(number) else library.parent(number)
        while at is not None:
            changed[at] = None
            at = library.parent(at)
    return list(changed)


def _limit_deleted(library: Library, numbers: Sequence[int], at: int, until: int) -> int:
    """Where a page ends that holds no more than seven deleted items."""
    deleted = [n for n in range(at, until) if library.is_deleted(numbers[n])]
    return deleted[DELETED_PAGE] if len(deleted) > DELETED_PAGE else until


def _items(library: Library, position: DeltaToken, numbers: Sequence[int]) -> list[dict[str, Any]]:
    hierarchical = "hierarchicalsharing" in position.prefer
    items = [
        {"id": library.item_id(n), "deleted": {"state": "deleted"}}
        if library.changes and library.is_deleted(n)
        else library.item(n, hierarchical=hierarchical)
        for n in numbers
    ]
    if (
        len(items) > 1 and "root" in items[0] and "name" in items[1]
    ):  # named twice: the last one counts
        items.insert(1, items[1] | {"name": f"old {items[1]['name']}"})
    keep = {"id", *position.select.split(",")} if position.select else None
    return [{k: v for k, v in item.items() if keep is None or k in keep} for item in items]
