"""A reading a page at a time, for whoever asks more about the items of a page together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from connectors.sdk.errors import ConnectorError
from connectors.sdk.records import Checkpoint, Coverage, Record, Started


def by_page(
    records: Iterator[Record], told: Callable[[Sequence[Record]], Iterable[Record]]
) -> Iterator[Record]:
    """What `told` makes of each page: all up to a checkpoint, or to the end; `Started` is one.

    What was said before another `Started` does not count. Where the reading breaks off, the rest
    is told as it came: how it ended is told by the error.
    """
    page: list[Record] = []
    try:
        for record in records:
            if isinstance(record, Started):
                page = []
            page.append(record)
            if isinstance(record, Started | Checkpoint | Coverage):
                whole, page = page, []
                yield from told(whole)
    except ConnectorError:
        yield from page
        raise
