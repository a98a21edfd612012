"""Which groups and queues hold guests, through all levels of nesting."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class GuestGroups:
    """Guests and nested groups, by group or queue id.

    A GroupMember row names a user or a group as its member.

    Source: https://developer.salesforce.com/docs/platform/field-reference/references/field-reference/salesforce-field-reference-groupmember.html (read 2026-11-29)

    Attributes:
        guests: Guests below the group, through all levels.
        nested: Groups directly in the group.
    """  # noqa: E501 -- an address

    guests: Mapping[str, Collection[str]]
    nested: Mapping[str, Collection[str]]


def find_guest_groups(guests: Collection[str], rows: Iterable[Mapping[str, Any]]) -> GuestGroups:
    """Build it from rows of GroupMember. Groups that contain each other are handled."""
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
    return GuestGroups(guests=dict(below), nested=dict(inner))
