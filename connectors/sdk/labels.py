"""Read the labels of exposed files, where listings do not contain them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import chain

from connectors.sdk.batched import batched
from connectors.sdk.errors import AccessDenied, ConnectorError
from connectors.sdk.interface import ConnectorContext
from connectors.sdk.message import Message
from connectors.sdk.record_pages import map_pages
from connectors.sdk.records import UNKNOWN, Item, Record, Unknown

Labels = tuple[str, ...] | Unknown
LabelQuery = Callable[[Sequence[Item]], Sequence[Labels | ConnectorError]]
"""Returns the labels of files in their order; an error where the service refuses one."""


class FileLabels:
    """Adds labels to the exposed files of one scan, several files for each query.

    Folders have no labels, and files without exposure are not queried. If a query for several files
    is denied for all of them, a message is shown and no more queries are sent.
    """

    def __init__(
        self, context: ConnectorContext, ask: LabelQuery, *, most: int, refused: Message
    ) -> None:
        self._context = context
        self._ask = ask
        self._most = most
        self._refused = refused
        self._enabled = True

    def with_labels(self, records: Iterator[Record]) -> Iterator[Record]:
        """Yield the records of a scan with the labels of exposed files."""
        return map_pages(records, self._label_page)

    def _label_page(self, page: Sequence[Record]) -> Iterator[Record]:
        files = [r for r in page if isinstance(r, Item) and r.kind == "file" and r.may_be_exposed]
        found = dict(zip((file.id for file in files), self._labels(files), strict=True))
        for record in page:
            if isinstance(record, Item) and record.id in found:
                yield replace(record, labels=found[record.id])
            else:
                yield record

    def _labels(self, files: Sequence[Item]) -> Iterator[Labels]:
        batches = batched(files, self._most)
        return chain.from_iterable(self._context.map(self._query, batches))

    def _query(self, files: Sequence[Item]) -> list[Labels]:
        if not self._enabled:
            return [UNKNOWN] * len(files)
        answers = self._ask(files)
        if len(answers) > 1 and all(isinstance(answer, AccessDenied) for answer in answers):
            self._enabled = False
            self._context.show_message(self._refused)
        return [UNKNOWN if isinstance(a, ConnectorError) else a for a in answers]
