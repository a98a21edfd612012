"""A check of the `shared` facets of a library on a sample of items.

The permissions of a few items without a facet are read. If one of them grants access that none of
its ancestors grants, the facets of the library are unreliable. The check may cost a twentieth of
the scan, so a small library is checked only in some of its full scans.

Facets were missing for links to specific people and for direct grants.

Source: https://github.com/microsoftgraph/microsoft-graph-docs/issues/17418 (read 2026-08-15)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from heapq import nsmallest
from zlib import crc32

from connectors.m365.client import Client, Permissions
from connectors.m365.ledger import DEEPEST, Ledger, prints_of
from connectors.m365.place import Place, Sampled
from connectors.m365.shapes import DriveItem
from connectors.sdk.records import Grant

MOST = 20  # items of one library: they fit into one batch
SHARE = 0.05  # of the cost of the scan
# Source: https://learn.microsoft.com/en-us/sharepoint/dev/general-development/how-to-avoid-getting-throttled-or-blocked-in-sharepoint-online (read 2026-11-29)  # noqa: E501
LIST = 5  # resource units of a permission list


def sampled(plain: Sequence[DriveItem], place: Place) -> tuple[Sampled, ...]:
    """Return the sample with the items of one page drawn into it.

    The draw is pseudo-random with the start of the full scan as its seed: a scan that is resumed
    draws the same items, and the next full scan draws others.
    """
    seed = crc32(place.full_since.encode())
    drawn = (
        (
            crc32(item["id"].encode(), seed),
            item["id"],
            str((item.get("parentReference") or {}).get("id") or ""),
        )
        for item in plain
    )
    return tuple(nsmallest(MOST, (*place.sample, *drawn)))


def allowed(drive: str, place: Place) -> int:
    """Return how many permission lists the check may read after this scan.

    A fraction of a list is rounded up with its own probability.
    """
    chance = crc32(f"{drive}{place.full_since}".encode()) / 2**32
    spent = place.page + 1 + LIST * place.own
    return min(MOST, int(SHARE * spent / LIST + chance))


class Control:
    """The check of one library after a full scan."""

    def __init__(
        self,
        client: Client,
        drive: str,
        ledger: Ledger,
        grants_of: Callable[[Permissions], tuple[Grant, ...]],
    ) -> None:
        self._client = client
        self._drive = drive
        self._ledger = ledger
        self._grants_of = grants_of

    def holds(self, place: Place) -> bool:
        """Return whether every sampled item grants only what its ancestors grant.

        Sampled items whose list is refused, and those that have got permissions of their own
        since, are left out.
        """
        chosen = {
            id_: parent
            for _, id_, parent in place.sample[: allowed(self._drive, place)]
            if self._ledger.own(id_) is None
        }
        if not chosen:
            return True
        lists = self._client.permissions(self._drive, list(chosen))
        return all(
            rows.refused is not None
            or set(prints_of(self._grants_of(rows))) <= self._given_above(parent)
            for parent, rows in zip(chosen.values(), lists, strict=True)
        )

    def _given_above(self, folder: str) -> set[str]:
        """Return the grants of the closest ancestor that has permissions of its own.

        Its list holds the inherited grants, too.
        """
        for _ in range(DEEPEST):
            own = self._ledger.own(folder)
            if own is not None:
                return set(own.gave)
            folder = self._ledger.folder(folder) or ""
            if not folder:
                break
        return set()
