"""The laws of listings: a listing that contradicts itself, or does not end, is never complete.

Every listing that a scan of a demo tenant reads is spoilt in turn. Where the scan loses facts, a
coverage says so; where a listing does not end, the scan does, with a sentence.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from connectors.sdk.local_server import Request, Response
from connectors.sdk.records import Item, Status

from .one_loss import LossRow, OneLoss, Reading

Json = dict[str, Any]
Edit = Callable[[str, Json, int], Json]
"""Returns a spoilt page. It gets the address of the page, its body, and its number from 1 on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingRow:
    """How a service writes listings.

    Attributes:
        loss: The row of the law of one loss, for the questions of the service.
        members: The name of the list in a page.
        link: The name of the link to the next page.
        count: The name of the number of all objects; empty where the service tells none.
        counted: Whether an address is one whose count the service promises to be that of its list.
        unknown: Words that a vendor may add one day: an address, and what changes in its objects.
    """

    loss: LossRow
    members: str
    link: str
    count: str = ""
    counted: Callable[[str], bool] = lambda _address: False
    unknown: tuple[tuple[str, Json], ...] = ()


class ListingLab(OneLoss):
    """Scans of a demo tenant in which one listing is spoilt."""

    def __init__(self, row: ListingRow, folder: Path) -> None:
        super().__init__(row.loss, folder)
        self.listing = row
        self.pages: dict[str, None] = {}
        self.target = ""
        self.edit: Edit | None = None
        self.seen = 0

    def _fault(self, request: Request, _times: int) -> Response:
        return self.row.codec.edited(request, self._page, self.harness.tenant.respond)

    def _page(self, address: str, body: Json) -> Json:
        if not isinstance(body.get(self.listing.members), list):
            return body
        path = address.partition("?")[0]
        if re.search(self.row.essential, path):
            return body
        self.pages[path] = None
        if self.edit is None or path != self.target:
            return body
        self.seen += 1
        return self.edit(address, body, self.seen)

    def spoilt(self, opened: Any, path: str, edit: Edit) -> Reading:
        """Return a scan in which every page of a listing is edited."""
        self.target, self.edit, self.seen = path, edit, 0
        try:
            return self.read(opened)
        finally:
            self.edit = None


def edits(row: ListingRow) -> Iterator[tuple[str, Edit]]:
    """Yield the ways to spoil a listing, with their names."""
    yield "no list", lambda _a, body, _n: {k: v for k, v in body.items() if k != row.members}
    yield "null", lambda _a, body, _n: body | {row.members: None}
    yield "no objects", lambda _a, body, _n: body | {row.members: ["x", 1, None]}
    for odd in ({}, 0, ["x"], True):
        yield f"link {odd!r}", lambda _a, body, _n, odd=odd: body | {row.link: odd}
    yield "itself", lambda address, body, _n: body | {row.link: _absolute(address, "")}
    yield "two pages", lambda address, body, n: body | {row.link: _absolute(address, str(n % 2))}
    yield "new links", lambda address, body, n: body | {row.link: _absolute(address, f"n{n}")}


def _absolute(address: str, mark: str) -> str:
    base = address.partition("?")[0]
    return f"{base}?again={mark}" if mark else address


def told(calm: Reading, now: Reading) -> bool:
    """Whether a scan says somewhere that it is not what a calm one was."""
    worse = (
        id_
        for id_ in now.records
        if (coverage := now.coverage(id_)) is not None
        and coverage.status is not Status.COMPLETE
        and not coverage.standing
        and coverage.reason is not None
        and coverage.hint is not None
        and coverage != calm.coverage(id_)
    )
    return bool(now.error) or any(True for _ in worse)


def grants_of(reading: Reading) -> dict[tuple[str, str, str], str]:
    """Return the audience of every grant of a reading."""
    facts = itertools.chain.from_iterable(reading.facts(id_) for id_ in reading.records)
    return {
        (item.id, grant.id, grant.principal_id or grant.principal): grant.audience.value
        for item in facts
        if isinstance(item, Item)
        for grant in item.grants
    }
