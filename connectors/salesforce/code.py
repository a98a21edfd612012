"""Apex that guests can call and that does not ask who calls."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from connectors.salesforce import soql
from connectors.salesforce.client import Client, needed, rows_of
from connectors.salesforce.gaps import Gaps
from connectors.salesforce.rights import holders_of
from connectors.salesforce.sites import Guest, guests_of
from connectors.sdk.message import say
from connectors.sdk.records import (
    UNKNOWN,
    Access,
    Audience,
    Cause,
    Checkpoint,
    Grant,
    Item,
    PrincipalKind,
    Record,
    Started,
)

Row = Mapping[str, Any]

_SILENT = re.compile(
    r"""//[^\n]*              # a comment to the end of the line
      | /\*.*?(?:\*/|\Z)      # one of several lines
      | '''.*?(?:'''|\Z)      # a text of several lines
      | '(?:\\.|[^'\\\n])*'   # a text
    """,
    re.VERBOSE | re.DOTALL,
)
_WITHOUT = re.compile(r"\bwithout\s+sharing\b", re.IGNORECASE)
_CALLABLE = re.compile(
    r"@\s*(?:AuraEnabled|RemoteAction|RestResource|InvocableMethod)\b|\bwebservice\b", re.IGNORECASE
)


def read_code(client: Client) -> Iterator[Record]:
    """One item for each class of the organization's own that passes by sharing."""
    yield Started(full=True, resumed=False)
    gaps = Gaps()
    sites, networks, assignments = client.answers((soql.SITES, soql.NETWORKS, soql.GUEST_SETS))
    # where networks are hidden or missing every site counts as open
    guests = {g.id: g for g in guests_of(needed(sites), rows_of(networks))}
    holders = holders_of(needed(assignments), guests, ())
    callers: defaultdict[str, list[tuple[str, Guest]]] = defaultdict(list)
    for row in gaps.all(client, (soql.classes_of(some) for some in soql.chunks(holders))):
        for guest in holders[row["ParentId"]]:
            assert isinstance(guest, Guest)
            callers[row["SetupEntityId"]].append((row["ParentId"], guest))
    hidden: list[str] = []
    for row in gaps.all(client, (soql.sources(some) for some in soql.chunks(callers))):
        if row["NamespacePrefix"]:
            continue  # nobody but its maker reads it: a blind spot of its own
        if not row["Body"] or row["Body"] == "(hidden)":
            hidden.append(str(row["Name"]))
        elif passes_by_sharing(row["Body"]):
            yield _item_of_class(row, callers[row["Id"]], client.instance_url)
    if hidden:
        gaps.add(
            say("salesforce.hidden_source", classes=", ".join(sorted(hidden)[:8])),
            say("salesforce.hidden_source_hint"),
        )
    yield Checkpoint(cursor="")
    yield gaps.coverage()


def passes_by_sharing(source: str) -> bool:
    """Whether a class says `without sharing` and can be called from outside.

    Comments and texts say nothing. Methods of a class without a keyword run with sharing when a
    page calls them.
    """
    code = _SILENT.sub(" ", source)
    return bool(_WITHOUT.search(code) and _CALLABLE.search(code))


def _item_of_class(row: Row, callers: list[tuple[str, Guest]], instance_url: str) -> Item:
    return Item(
        id=row["Id"],
        kind="code",
        name=str(row["Name"]),
        url=f"{instance_url}/lightning/setup/ApexClasses/page?address=%2F{row['Id']}",
        grants=tuple(
            Grant(
                id=set_id,
                audience=Audience.PUBLIC_DISCOVERABLE,
                access=Access.UNKNOWN,  # nobody but its author knows what it does
                principal=guest.site,
                principal_kind=PrincipalKind.SITE_GUEST,
                principal_id=guest.id,
                reach=UNKNOWN,
                live=guest.live,
                cause=Cause.CODE,
            )
            for set_id, guest in sorted(callers, key=lambda c: (c[0], c[1].id))
        ),
    )
