"""The cursor of a library scan: how far the scan has come, and where the next one starts.

Source: https://learn.microsoft.com/en-us/graph/api/driveitem-delta (read 2026-11-29)
Source: https://github.com/OneDrive/onedrive-api-docs/issues/1594 (read 2026-11-29)
Source: https://github.com/microsoftgraph/microsoft-graph-docs/issues/15242 (read 2026-11-29)
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from connectors.sdk.cursor import Cursor

SampledItem = tuple[int, str, str]
"""A sampled item: its rank in a pseudo-random order, its id, the id of its parent."""


@dataclass(frozen=True, slots=True)
class LibraryCursor(Cursor):
    """The cursor of a library, and the counts that its coverage is made of.

    The names of the fields are stored: a checkpoint carries them as JSON.

    Attributes:
        basis: The settings that the scan depends on (preferences of the request, domains of the
            tenant, optional details). A cursor with another basis is not used: Graph answers 410
            to a delta token that was made with other preferences (second source), and a domain
            that was added to the tenant turns external accounts into internal ones.
        full_since: When the last full scan started, ISO 8601.
        since: When the scan started that made the delta token at `next`, ISO 8601.
        next: The path of the page to read next; empty at the start of the listing.
        full: Whether all items are listed (True) or only those that changed.
        at_rest: Whether a scan was completed, so that `next` leads to the changes since then.
        every: Whether the `shared` facets of this library are unreliable, so that the permissions
            of every item are read.
        walked: Whether all pages were read; items below changed folders are still to be read.
        hierarchical: Whether Graph applied `hierarchicalsharing`: a `shared` facet stands only on
            items with permissions of their own.
        tracked: Whether Graph applied `deltashowsharingchanges`: an item is listed as changed
            when only its sharing changed.
        rooted: Whether the root was among the listed items.
        page: The number of pages read so far, over all scans.
        items: The number of listed items.
        own: The number of items with permissions of their own.
        read_bytes: The size of the listed files in bytes.
        all_bytes: The size of the library in bytes; 0 until its root was listed.
        children: The number of items at the top of the library, as its root counts them.
        unread: The number of items whose permission list could not be read.
        unmarked: The number of items without a facet that have grants of their own, in a scan that
            reads the permissions of every item.
        crowded: The number of items whose permission list may be truncated.
        sample: Items without a facet, for the check of the facets.
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
    children: int = 0
    unread: int = 0
    unmarked: int = 0
    crowded: int = 0
    sample: tuple[SampledItem, ...] = ()

    @classmethod
    def fields_of(cls, stored: Any) -> dict[str, Any]:
        """Return the arguments; JSON holds the sample as lists."""
        sample = tuple((int(n), str(i), str(p)) for n, i, p in stored.pop("sample", ()))
        return {**stored, "sample": sample}

    def full_scan_due(self, now: datetime, days: int) -> bool:
        """Return whether the last full scan is at least `days` old.

        A full scan is repeated because a delta does not list every change of permissions: a
        recipient added to an existing link is not listed (third source of this module).
        """
        return now - datetime.fromisoformat(self.full_since) >= timedelta(days=days)
