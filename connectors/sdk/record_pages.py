"""Process the records of a scan page by page, for queries about several items at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from connectors.sdk.errors import ConnectorError
from connectors.sdk.records import Checkpoint, Coverage, Record, Started


def map_pages(
    records: Iterator[Record], transform: Callable[[Sequence[Record]], Iterable[Record]]
) -> Iterator[Record]:
    """Yield what `transform` returns for each page of records, up to each checkpoint or the end.

    Each `Started` ends a page, too, and drops the records before it. If the scan fails, the records
    since the last page are yielded unchanged, and the `ConnectorError` is raised.
    """
    page: list[Record] = []
    try:
        for record in records:
            if isinstance(record, Started):
                page = []
            page.append(record)
            if isinstance(record, Started | Checkpoint | Coverage):
                whole, page = page, []
                yield from transform(whole)
    except ConnectorError:
        yield from page
        raise
