"""The labels of open files, asked for one by one where no listing tells them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from connectors.sdk.errors import ConnectorError
from connectors.sdk.records import Checkpoint, Coverage, Item, Record, Started, Unknown

Labels = tuple[str, ...] | Unknown
Ask = Callable[[Sequence[Item]], Iterable[Labels]]
"""The labels of files, in their order; unknown where the service does not tell."""


def labelled(records: Iterator[Record], ask: Ask) -> Iterator[Record]:
    """A reading, a page at a time, each open file with its labels.

    Nothing is asked about folders, which carry none, and about files that let in nobody beyond
    named insiders.
    """
    page: list[Record] = []
    try:
        for record in records:
            if isinstance(record, Started):
                yield record
                continue
            page.append(record)
            if isinstance(record, Checkpoint | Coverage):
                whole, page = page, []
                yield from _with_labels(whole, ask)
    except ConnectorError:
        yield from page  # the end of this reading is told by the error
        raise


def _with_labels(page: Sequence[Record], ask: Ask) -> Iterator[Record]:
    files = [r for r in page if isinstance(r, Item) and r.kind == "file" and r.worth_keeping]
    found = dict(zip((file.id for file in files), ask(files), strict=True)) if files else {}
    for record in page:
        if isinstance(record, Item) and record.id in found:
            yield replace(record, labels=found[record.id])
        else:
            yield record
