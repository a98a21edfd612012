"""Restart of a scan whose page token Google does not accept any more.

Source: https://developers.google.com/drive/api/reference/rest/v3/files/list (read 2026-11-29)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from connectors.google.refusal import PageRefused
from connectors.sdk.records import Record

_MOST = 3  # restarts before the scope is given up


def restarted(
    reading: Callable[[str | None], Iterator[Record]], cursor: str | None
) -> Iterator[Record]:
    """Yield the records of a scan; start it again without a cursor when a page token is refused.

    The new scan begins with a `Started` record, which discards what the old one yielded.

    Args:
        read: Returns the records from a cursor on.
        cursor: The cursor of an earlier run, or None.

    Raises:
        PageTokenExpired: A page token was refused in each of four scans.
    """
    for _ in range(_MOST):
        try:
            yield from reading(cursor)
        except PageRefused:
            cursor = None
        else:
            return
    yield from reading(cursor)
