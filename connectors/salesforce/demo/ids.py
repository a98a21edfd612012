"""Record ids in Salesforce's form."""

from __future__ import annotations

from functools import cache


def vendor_id(prefix: str, number: int) -> str:
    """Return an id of 18 characters."""
    return f"{prefix}Q{number:011d}{_tail(f'{prefix}Q00000000000')}"  # digits have no case


def long_id(short: str) -> str:
    """Return the id of 18 characters for one of 15: three more encode its capitals."""
    return short + _tail(short)


@cache
def _tail(short: str) -> str:
    tail = ""
    for start in (0, 5, 10):
        bits = sum(1 << i for i, c in enumerate(short[start : start + 5]) if c.isupper())
        tail += "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"[bits]
    return tail
