"""Ids as the vendor writes them."""

from __future__ import annotations

from functools import cache


def vendor_id(prefix: str, number: int) -> str:
    """An id of 18 characters."""
    return f"{prefix}Q{number:011d}{_tail(f'{prefix}Q00000000000')}"  # digits are no capitals


def long_id(short: str) -> str:
    """An id of 15 characters with three more, which tell where its capitals are."""
    return short + _tail(short)


@cache
def _tail(short: str) -> str:
    tail = ""
    for start in (0, 5, 10):
        bits = sum(1 << i for i, c in enumerate(short[start : start + 5]) if c.isupper())
        tail += "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"[bits]
    return tail
