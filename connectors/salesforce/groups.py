"""Groups in groups, read at once: which of them hold guests."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Groups:
    """By group or queue: the guests below it, through all levels; the groups directly in it."""

    guests: Mapping[str, Collection[str]]
    inner: Mapping[str, Collection[str]]


def groups_of(guests: Collection[str], rows: Iterable[Mapping[str, Any]]) -> Groups:
    """From rows of GroupMember. Groups that hold each other do not go round for ever."""
    holders: defaultdict[str, set[str]] = defaultdict(set)
    inner: defaultdict[str, set[str]] = defaultdict(set)
    for row in rows:
        holders[row["UserOrGroupId"]].add(row["GroupId"])
        if row["UserOrGroupId"] not in guests:
            inner[row["GroupId"]].add(row["UserOrGroupId"])
    below: defaultdict[str, set[str]] = defaultdict(set)
    for guest in guests:
        seen, fresh = set[str](), {guest}
        while fresh:
            fresh = {group for each in fresh for group in holders.get(each, ())} - seen
            seen |= fresh
        for group in seen:
            below[group].add(guest)
    return Groups(guests=dict(below), inner=dict(inner))
