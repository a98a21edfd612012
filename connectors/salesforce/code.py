"""Apex classes that guests can call and that run without sharing: the scope `code`.

A class is reported when a guest's permission set grants it and its source says `without sharing`
and has an entry point. Not covered: Visualforce controllers, and classes without a sharing
keyword, which run without sharing when called by REST, a web service or Visualforce up to API
version 66.

Sources:

Source: https://developer.salesforce.com/docs/platform/apex-dev/references/apex-dev/apex-security-sharing-chapter.html (read 2026-11-29)
Source: https://developer.salesforce.com/docs/atlas.en-us.264.0.object_reference.meta/object_reference/sforce_api_objects_setupentityaccess.htm (read 2026-11-29)
"""  # noqa: E501

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
    """Read the scope `code`: one item per class of the organization itself that ignores sharing.

    Classes of managed packages are left out: their source is hidden from the organization.

    Raises:
        AccessDenied: Sites or permission set assignments are not visible to the audit user.
        QueryFailed: Salesforce refused one of these queries.
    """
    yield Started(full=True, resumed=False)
    gaps = Gaps()
    sites, networks, assignments = client.answers((soql.SITES, soql.NETWORKS, soql.GUEST_SETS))
    # without readable Network rows every site counts as active
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
            continue  # only its publisher can read the source; the scope `flows` says so
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
    """Return True if a class says `without sharing` and has an entry point.

    Comments and string literals are ignored. A class without a keyword counts as `with sharing`,
    which is right for calls from Aura and Lightning web components only.

    Source: https://developer.salesforce.com/docs/platform/apex-dev/references/apex-dev/apex-security-sharing-chapter.html (read 2026-11-29)
    """  # noqa: E501
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
                access=Access.UNKNOWN,  # depends on what the code does
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
