"""How far the reading of a library has come, and where the next one begins."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from connectors.sdk.cursor import Cursor

Sampled = tuple[int, str, str]  # a place in an order of chance, an item, its parent


@dataclass(frozen=True, slots=True)
class Place(Cursor):
    """The cursor of a library, and what the end of its reading will have to say.

    Attributes:
        next: The path of the page that comes now; empty where the listing begins.
        basis: What was asked for; a token made with other preferences is worth nothing, and a
            domain that became ours turns outsiders into insiders.
        full_since: When the last full reading began, ISO 8601.
        since: When the reading began that made the token at rest.
        full: Whether everything is listed, or only what changed.
        at_rest: A reading was complete: what comes at `next` are the changes since.
        every: The facets of this library cannot be trusted: each item is asked.
        walked: All pages have been read; what lies below changed folders has not.
        hierarchical: Whether Graph said that the facets keep to permission roots.
        tracked: Whether Graph said that it will tell of changes that are only in the sharing.
        rooted: Whether the root was among the items.
        page: How many pages were ever read: tells which of two things was read later.
        items: How many items were listed.
        own: How many of them have permissions of their own.
        read_bytes: How large the listed files are.
        all_bytes: How large the library is, where its root was listed.
        unread: Items whose rows were refused.
        crowded: Items with so many rows that some may be missing.
        sample: A few items without a facet, for the control.
    """

    basis: str
    full_since: str
    since: str
    next: str = ""
    full: bool = True
    at_rest: bool = False
    every: bool = False
    walked: bool = False
    hierarchical: bool = False
    tracked: bool = False
    rooted: bool = False
    page: int = 0
    items: int = 0
    own: int = 0
    read_bytes: int = 0
    all_bytes: int = 0
    unread: int = 0
    crowded: int = 0
    sample: tuple[Sampled, ...] = ()

    @classmethod
    def fields_of(cls, stored: Any) -> dict[str, Any]:
        """Return the arguments; JSON holds the sample as lists."""
        sample = tuple((int(n), str(i), str(p)) for n, i, p in stored.pop("sample", ()))
        return {**stored, "sample": sample}

    def due(self, now: datetime, days: int) -> bool:
        """Whether it is time for a full reading again: a delta may leave something out."""
        return now - datetime.fromisoformat(self.full_since) >= timedelta(days=days)
