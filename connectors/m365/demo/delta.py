"""`/root/delta`: a library page by page, with the habits that a reader must survive."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import asdict, dataclass, replace
from typing import Any

from connectors.m365.demo.refusals import INVALID, RESYNC
from connectors.m365.demo.shelves import Library
from connectors.sdk.loopback import Request, Response

DEFAULT_PAGE = 200
LARGEST_PAGE = 1000
STORY_PAGE = 5  # libraries of the story come in small pages, whatever was asked for


@dataclass(frozen=True, slots=True)
class Place:
    """What a token holds. `rested` when the empty page in the middle was given."""

    prefer: str
    select: str
    top: int
    at: int = 0
    rested: bool = False

    @property
    def token(self) -> str:
        """The form that a link carries."""
        return urlsafe_b64encode(json.dumps(asdict(self)).encode()).decode()

    @staticmethod
    def of(request: Request) -> Place | None:
        """Where a request wants to go on; None when its token is none of ours."""
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
    """A page of the library."""
    place = Place.of(request)
    if place is None:
        return INVALID
    if place.prefer != request.headers.get("prefer", ""):
        return RESYNC
    page = STORY_PAGE if not library.shelf.plain else place.top
    until = min(place.at + page, len(library))
    if page == STORY_PAGE and place.at and not place.rested:
        until, place = place.at, replace(place, rested=True)  # an empty page is not the end
    items = _items(library, place, range(place.at, until))
    link = "@odata.deltaLink" if until == len(library) else "@odata.nextLink"
    following = replace(place, at=until).token
    return Response(
        body={"value": items, link: f"{request.base}{request.path}?token={following}"},
        headers={"Preference-Applied": place.prefer} if place.prefer else {},
    )


def _items(library: Library, place: Place, numbers: range) -> list[dict[str, Any]]:
    hierarchical = "hierarchicalsharing" in place.prefer
    items = [library.item(n, hierarchical=hierarchical) for n in numbers]
    if len(items) > 1 and "root" in items[0]:  # named twice: the last one counts
        items.insert(1, items[1] | {"name": f"old {items[1]['name']}"})
    keep = {"id", *place.select.split(",")} if place.select else None
    return [{k: v for k, v in item.items() if keep is None or k in keep} for item in items]
