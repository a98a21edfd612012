"""Restart of a scan whose page token Google does not accept any more.

Source: https://developers.google.com/drive/api/reference/rest/v3/files/list (read 2026-11-29)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from connectors.google.errors import PageTokenExpired
from connectors.sdk.records import Record

_MAX_RESTARTS = 3  # restarts before the scope is given up


def restart_on_expired_page(
    read: Callable[[str | None], Iterator[Record]], cursor: str | None
) -> Iterator[Record]:
    """Yield the records of a scan; start it again without a cursor when a page token is refused.

    The new scan begins with a `Started` record, which discards what the old one yielded.

    Args:
        read: Returns the records from a cursor on.
        cursor: The cursor of an earlier run, or None.

    Raises:
        PageTokenExpired: A page token was refused in each of four scans.
    """
    for _ in range(_MAX_RESTARTS):
        try:
            yield from read(cursor)
        except PageTokenExpired:
            cursor = None
        else:
            return
    yield from read(cursor)
