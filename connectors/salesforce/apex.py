"""Apex classes that guests can call and that run without sharing: the scope `code`.

A class is reported when a guest's permission set grants it and its source says `without sharing`
and has an entry point. Not covered: Visualforce controllers, and classes without a sharing
keyword, which run without sharing when called by REST, a web service or Visualforce up to API
version 66.

Sources:

Source: https://developer.salesforce.com/docs/platform/apex-dev/references/apex-dev/apex-security-sharing-chapter.html (read 2026-11-29)
Source: https://developer.salesforce.com/docs/atlas.en-us.264.0.object_reference.meta/object_reference/sforce_api_objects_setupentityaccess.htm (read 2026-11-29)
"""  # noqa: E501 -- an address

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from connectors.salesforce import queries
from connectors.salesforce.client import Client
from connectors.salesforce.permission_sets import permission_set_holders
from connectors.salesforce.read_gaps import ReadGaps
from connectors.salesforce.sites import GuestUser, find_guests
from connectors.sdk.message import say
from connectors.sdk.records import (
    UNKNOWN,
    Access,
    Audience,
    Checkpoint,
    Grant,
    GrantCause,
    Item,
    PrincipalKind,
    Record,
    Started,
)

Row = Mapping[str, Any]

_COMMENTS_AND_STRINGS = re.compile(
    r"""//[^\n]*              # a comment to the end of the line
      | /\*.*?(?:\*/|\Z)      # one of several lines
      | '''.*?(?:'''|\Z)      # a text of several lines
      | '(?:\\.|[^'\\\n])*'   # a text
    """,
    re.VERBOSE | re.DOTALL,
)
_WITHOUT_SHARING = re.compile(r"\bwithout\s+sharing\b", re.IGNORECASE)
_ENTRY_POINT = re.compile(
    r"@\s*(?:AuraEnabled|RemoteAction|RestResource|InvocableMethod)\b|\bwebservice\b", re.IGNORECASE
)


def read_apex_classes(client: Client) -> Iterator[Record]:
    """Read the scope `code`: one item per class of the organization itself that ignores sharing.

    Classes of managed packages are left out: their source is hidden from the organization.

    Raises:
        AccessDenied: Sites or permission set assignments are not visible to the audit user.
        QueryFailed: Salesforce refused one of these queries.
    """
    yield Started(full=True, resumed=False)
    gaps = ReadGaps()
    sites, networks, assignments = client.batch_query(
        (queries.SITES, queries.NETWORKS, queries.GUEST_PERMISSION_SETS)
    )
    # Without readable Network rows every site counts as active.
    guests = {g.id: g for g in find_guests(gaps.require_rows(sites), gaps.optional_rows(networks))}
    holders = permission_set_holders(gaps.require_rows(assignments), guests, ())
    callers: defaultdict[str, list[tuple[str, GuestUser]]] = defaultdict(list)
    for row in gaps.query_all(
        client, (queries.callable_classes(some) for some in queries.chunks(holders))
    ):
        for guest in holders[row["ParentId"]]:
            assert isinstance(guest, GuestUser)
            callers[row["SetupEntityId"]].append((row["ParentId"], guest))
    hidden: list[str] = []
    for row in gaps.query_all(
        client, (queries.class_sources(some) for some in queries.chunks(callers))
    ):
        if row["NamespacePrefix"]:
            continue  # only its publisher can read the source; the scope `flows` says so
        if not row["Body"] or row["Body"] == "(hidden)":
            hidden.append(str(row["Name"]))
        elif ignores_sharing(row["Body"]):
            yield _class_item(row, callers[row["Id"]], client.instance_url)
    if hidden:
        gaps.add(
            say("salesforce.hidden_source", classes=", ".join(sorted(hidden)[:8])),
            say("salesforce.hidden_source_hint"),
        )
    yield Checkpoint(cursor="")
    yield gaps.coverage()


def ignores_sharing(source: str) -> bool:
    """Return True if a class says `without sharing` and has an entry point.

    Comments and string literals are ignored. A class without a keyword counts as `with sharing`,
    which is right for calls from Aura and Lightning web components only.

    Source: https://developer.salesforce.com/docs/platform/apex-dev/references/apex-dev/apex-security-sharing-chapter.html (read 2026-11-29)
    """  # noqa: E501 -- an address
    code = _COMMENTS_AND_STRINGS.sub(" ", source)
    return bool(_WITHOUT_SHARING.search(code) and _ENTRY_POINT.search(code))


def _class_item(row: Row, callers: list[tuple[str, GuestUser]], instance_url: str) -> Item:
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
                cause=GrantCause.CODE,
            )
            for set_id, guest in sorted(callers, key=lambda c: (c[0], c[1].id))
        ),
    )
