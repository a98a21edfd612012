"""`/root/delta`: a library page by page, with the peculiarities of Graph.

Source: https://learn.microsoft.com/en-us/graph/api/driveitem-delta (read 2026-11-29)
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from connectors.m365.demo.refusals import INVALID, RESYNC
from connectors.m365.demo.shelves import Library
from connectors.sdk.loopback import Request, Response

DEFAULT_PAGE = 200
LARGEST_PAGE = 1000
# Source: https://github.com/OneDrive/onedrive-api-docs/issues/1464 (read 2026-08-15)
DELETED_PAGE = 7  # deleted items on one page, whatever its size
STORY_PAGE = 5  # items of a library of the scenario on one page, whatever was requested


@dataclass(frozen=True, slots=True)
class Place:
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
    def token(self) -> str:
        """The token as a link carries it."""
        return urlsafe_b64encode(json.dumps(asdict(self)).encode()).decode()

    @staticmethod
    def of(request: Request) -> Place | None:
        """Parse the token of a request; return None for an invalid one."""
        token = request.query.get("token")
        if token is None:
            top = int(request.query.get("$top", DEFAULT_PAGE))
            select = request.query.get("$select", "")
            return Place(request.headers.get("prefer", ""), select, min(top, LARGEST_PAGE))
        try:
            return Place(**json.loads(urlsafe_b64decode(token)))
        except (TypeError, ValueError):
            return None


def walked(library: Library, request: Request) -> Response:
    """Return one page of the library; 400 for an invalid token, 410 for other preferences."""
    place = Place.of(request)
    if place is None:
        return INVALID
    if place.prefer != request.headers.get("prefer", ""):
        return RESYNC
    if place.until is None:
        place = replace(place, until=len(library.changes.log))
    numbers = _numbers(library, place)
    page = STORY_PAGE if not library.shelf.plain else place.top
    until = min(place.at + page, len(numbers))
    if page == STORY_PAGE and place.at and not place.rested:
        until, place = place.at, replace(place, rested=True)  # an empty page is not the end
    if library.changes.gone:
        until = _before_the_eighth(library, numbers, place.at, until)
    items = _items(library, place, numbers[place.at : until])
    link, following = "@odata.nextLink", replace(place, at=until)
    if until == len(numbers):
        link = "@odata.deltaLink"
        following = replace(place, at=0, rested=False, since=place.until, until=None)
    return Response(
        body={"value": items, link: f"{request.base}{request.path}?token={following.token}"},
        headers={"Preference-Applied": place.prefer} if place.prefer else {},
    )


def _numbers(library: Library, place: Place) -> Sequence[int]:
    """The items that a listing names: all, or those that changed with the folders above them."""
    if place.since is None:
        every = range(len(library))
        return [n for n in every if not library.gone(n)] if library.changes else every
    named: dict[int, None] = {}
    for number in library.changes.log[place.since : place.until]:
        named[number] = None
        at = None if library.gone(number) else library.parent(number)
        while at is not None:
            named[at] = None
            at = library.parent(at)
    return list(named)


def _before_the_eighth(library: Library, numbers: Sequence[int], at: int, until: int) -> int:
    """Where a page ends that holds no more than seven deleted items."""
    gone = [n for n in range(at, until) if library.gone(numbers[n])]
    return gone[DELETED_PAGE] if len(gone) > DELETED_PAGE else until


def _items(library: Library, place: Place, numbers: Sequence[int]) -> list[dict[str, Any]]:
    hierarchical = "hierarchicalsharing" in place.prefer
    items = [
        {"id": library.item_id(n), "deleted": {"state": "deleted"}}
        if library.changes and library.gone(n)
        else library.item(n, hierarchical=hierarchical)
        for n in numbers
    ]
    if (
        len(items) > 1 and "root" in items[0] and "name" in items[1]
    ):  # named twice: the last one counts
        items.insert(1, items[1] | {"name": f"old {items[1]['name']}"})
    keep = {"id", *place.select.split(",")} if place.select else None
    return [{k: v for k, v in item.items() if keep is None or k in keep} for item in items]
