"""A list that Google does not go on with begins again: a refused place in it means just that."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from connectors.google.refusal import PageRefused
from connectors.sdk.records import Record

_MOST = 3  # readings begun again before the scope is given up


def restarted(
    reading: Callable[[str | None], Iterator[Record]], cursor: str | None
) -> Iterator[Record]:
    """A reading; from its start again where a page is refused. Its new `Started` undoes the old."""
    for _ in range(_MOST):
        try:
            yield from reading(cursor)
        except PageRefused:
            cursor = None
        else:
            return
    yield from reading(cursor)
