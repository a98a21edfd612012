"""Classic documents, asset files and folders that are public: the scope `documents`.

Sources:

Source: https://help.salesforce.com/s/articleView?id=004652690&type=1 (read 2026-11-29)
Source: https://developer.salesforce.com/docs/platform/object-reference/references/standard-objects/object-folder.html (read 2026-11-29)
Source: https://developer.salesforce.com/docs/atlas.en-us.244.0.api_meta.meta/api_meta/meta_folder.htm (read 2026-11-29)
"""  # noqa: E501 -- an address

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from connectors.salesforce import queries
from connectors.salesforce.client import Client
from connectors.salesforce.errors import QueryRefusal
from connectors.salesforce.normalize import parse_time, user_state
from connectors.salesforce.permission_sets import accounts_audience
from connectors.salesforce.permissions import VIEW_ALL_DATA
from connectors.salesforce.read_gaps import ReadGaps, permission_query
from connectors.sdk.records import (
    UNKNOWN,
    Access,
    Audience,
    Checkpoint,
    Grant,
    Item,
    PrincipalKind,
    Record,
    Started,
)

Row = Mapping[str, Any]

ASSUMED_ACCOUNTS = 2  # assumed number of accounts where it could not be counted: more than one


def read_documents(client: Client) -> Iterator[Record]:
    """Read the scope `documents`: one item per public document, asset file or folder.

    What is refused becomes a gap; only errors that end the scan are raised.
    """
    yield Started(full=True, resumed=False)
    gaps = ReadGaps()
    own, people, assets, folders, documents = client.batch_query(
        (
            permission_query(client),
            queries.EXTERNAL_USERS,
            queries.ASSETS,
            queries.FOLDERS,
            queries.DOCUMENTS,
        )
    )
    gaps.require(gaps.parse_permissions(own), VIEW_ALL_DATA)
    for row in gaps.rows(documents):
        yield _classic_document_item(row, client.instance_url)
    for row in gaps.rows(assets):
        yield _asset_item(row)
    # A folder with AccessType Public is open to portal users as well (PublicInternal is not), so
    # it is external access only where external users can sign in.
    # Source: https://developer.salesforce.com/docs/atlas.en-us.244.0.api_meta.meta/api_meta/meta_folder.htm (read 2026-11-29)  # noqa: E501 -- an address
    known = sum(int(row["accounts"]) for row in gaps.rows(people))
    accounts = ASSUMED_ACCOUNTS if isinstance(people, QueryRefusal) else known
    for row in gaps.rows(folders):
        if accounts:
            yield _folder_item(row, accounts_audience(accounts), client.instance_url)
    yield Checkpoint(cursor="")
    yield gaps.coverage()


def _classic_document_item(row: Row, instance_url: str) -> Item:
    kind = row["Type"]
    author: Row = row["Author"] or {}
    return Item(
        id=row["Id"],
        kind="document",
        name=f"{row['Name']}.{kind}" if kind else str(row["Name"]),
        url=f"{instance_url}/{row['Id']}",
        owner=author.get("Email") or UNKNOWN,
        owner_state=user_state(author.get("IsActive")),
        created_at=parse_time(row["CreatedDate"]) or UNKNOWN,
        modified_at=parse_time(row["LastModifiedDate"]) or UNKNOWN,
        grants=(_grant("IsPublic", Audience.ANYONE_LINK, PrincipalKind.EVERYONE),),
    )


def _asset_item(row: Row) -> Item:
    return Item(
        id=row["Id"],
        kind="document",
        name=str(row["MasterLabel"]),
        created_at=parse_time(row["CreatedDate"]) or UNKNOWN,
        grants=(_grant("IsVisibleByExternalUsers", Audience.ANYONE_LINK, PrincipalKind.EVERYONE),),
    )


def _folder_item(row: Row, audience: Audience, instance_url: str) -> Item:
    return Item(
        id=row["Id"],
        kind="document_folder",
        name=f"{row['Name']} ({row['Type']})",
        url=f"{instance_url}/{row['Id']}",
        created_at=parse_time(row["CreatedDate"]) or UNKNOWN,
        grants=(_grant("AccessType", audience, PrincipalKind.EVERYONE),),
    )


def _grant(name: str, audience: Audience, kind: PrincipalKind) -> Grant:
    return Grant(id=name, audience=audience, access=Access.VIEW, principal="", principal_kind=kind)
