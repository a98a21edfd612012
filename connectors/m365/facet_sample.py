"""A check of the `shared` facets of a library on a sample of items.

The permissions of a few items without a facet are read. If one of them grants access that none of
its ancestors grants, the facets of the library are unreliable. The check may cost a twentieth of
the scan, so a small library is checked only in some of its full scans.

Facets were missing for links to specific people and for direct grants.

Source: https://github.com/microsoftgraph/microsoft-graph-docs/issues/17418 (read 2026-08-15)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from heapq import nsmallest
from zlib import crc32

from connectors.m365.api_types import DriveItem
from connectors.m365.client import Client, PermissionList
from connectors.m365.cursor import LibraryCursor, SampledItem
from connectors.m365.delta_state import MAX_DEPTH, DeltaState, grant_digests
from connectors.sdk.records import Grant

MAX_SAMPLE = 20  # items of one library: they fit into one batch
MAX_COST_SHARE = 0.05  # of the cost of the scan
# Source: https://learn.microsoft.com/en-us/sharepoint/dev/general-development/how-to-avoid-getting-throttled-or-blocked-in-sharepoint-online (read 2026-11-29)  # noqa: E501 -- an address
PERMISSIONS_COST = 5  # resource units of a permission list


def add_to_sample(plain: Sequence[DriveItem], position: LibraryCursor) -> tuple[SampledItem, ...]:
    """Return the sample with the items of one page drawn into it.

    The draw is pseudo-random with the start of the full scan as its seed: a scan that is resumed
    draws the same items, and the next full scan draws others.
    """
    seed = crc32(position.full_since.encode())
    drawn = (
        (
            crc32(item["id"].encode(), seed),
            item["id"],
            str((item.get("parentReference") or {}).get("id") or ""),
        )
        for item in plain
    )
    return tuple(nsmallest(MAX_SAMPLE, (*position.sample, *drawn)))


def sample_budget(drive: str, position: LibraryCursor) -> int:
    """Return how many permission lists the check may read after this scan.

    A fraction of a list is rounded up with its own probability.
    """
    chance = crc32(f"{drive}{position.full_since}".encode()) / 2**32
    spent = position.page + 1 + PERMISSIONS_COST * position.own
    return min(MAX_SAMPLE, int(MAX_COST_SHARE * spent / PERMISSIONS_COST + chance))


@dataclass(slots=True)
class FacetTrust:
    """Whether the facets of a tenant are believed; shared by the scans of its libraries.

    Where facets are missing in one library they are missing in others: one miss makes every full
    scan that ends later doubtful, and libraries that are read from then on are read item by item.
    """

    missed: bool = False


class FacetSampleCheck:
    """The check of one library after a full scan."""

    def __init__(
        self,
        client: Client,
        drive: str,
        delta_state: DeltaState,
        readable_grants: Callable[[PermissionList], tuple[Grant, ...] | None],
    ) -> None:
        self._client = client
        self._drive = drive
        self._delta_state = delta_state
        self._readable_grants = readable_grants

    def passes(self, position: LibraryCursor) -> bool:
        """Return whether every sampled item grants only what its ancestors grant.

        An item whose list, or that of an ancestor, cannot be read proves nothing; nor does one that
        has got permissions of its own since.
        """
        inherited = {
            id_: inherited_digests(self._delta_state, parent)
            for _, id_, parent in position.sample[: sample_budget(self._drive, position)]
            if self._delta_state.item_state(id_) is None
        }
        known = {id_: digests for id_, digests in inherited.items() if digests is not None}
        if not known:
            return True
        lists = map(self._readable_grants, self._client.permissions(self._drive, list(known)))
        return all(
            grants is None or set(grant_digests(grants)) <= digests
            for digests, grants in zip(known.values(), lists, strict=True)
        )


def inherited_digests(delta_state: DeltaState, folder: str) -> set[str] | None:
    """Return the grants of the closest ancestor that has permissions of its own.

    Its list holds the inherited grants, too. None where that list could not be read.
    """
    for _ in range(MAX_DEPTH):
        if delta_state.is_unread(folder):
            return None
        own = delta_state.item_state(folder)
        if own is not None:
            return set(own.grant_digests)
        folder = delta_state.folder_parent(folder) or ""
        if not folder:
            break
    return set()
