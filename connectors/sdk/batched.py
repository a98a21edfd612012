"""Values in batches: what a request, a statement or a transaction holds at most."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

T = TypeVar("T")


def batched(values: Iterable[T], size: int) -> Iterator[tuple[T, ...]]:
    """Yield the values in tuples of at most `size`, in their order.

    `itertools.batched` does the same from Python 3.12 on; 3.11 is supported.
    """
    source = iter(values)
    while batch := tuple(islice(source, size)):
        yield batch
