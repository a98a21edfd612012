"""A cheap doubt: a few items without a facet are asked whether they really only inherit.

The control may cost a twentieth of the reading, so a small library has its turn only now and then.
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

MOST = 20  # items of one library; no more than a batch takes
SHARE = 0.05  # of what the reading cost
LIST = 5  # units that a list of permissions costs


def sampled(plain: Sequence[DriveItem], place: Place) -> tuple[Sampled, ...]:
    """The sample so far: the same items for the same full reading, others for the next."""
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
    """How many items may be asked after this reading; the fraction is left to chance."""
    chance = crc32(f"{drive}{place.full_since}".encode()) / 2**32
    spent = place.page + 1 + LIST * place.own
    return min(MOST, int(SHARE * spent / LIST + chance))


class Control:
    """Of one library."""

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
        """Whether no item of the sample gives what nothing above it gives."""
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
        """What the next item with permissions of its own gives: its list holds all from above."""
        for _ in range(DEEPEST):
            own = self._ledger.own(folder)
            if own is not None:
                return set(own.gave)
            folder = self._ledger.folder(folder) or ""
            if not folder:
                break
        return set()
