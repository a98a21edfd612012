"""Estimate of the calls of a full scan, from counts that cost a few calls themselves.

It repeats the arithmetic of the scan: five queries a call, 2,000 rows a page, 10 names per
readMetadata.

Sources:

Source: https://developer.salesforce.com/docs/platform/api-rest/guide/resources-composite-composite-post.html (read 2026-11-29)
Source: https://developer.salesforce.com/docs/platform/api-rest/guide/resources-query.md (read 2026-11-29)
Source: https://developer.salesforce.com/docs/atlas.en-us.api_meta.meta/api_meta/meta_readMetadata.htm (read 2026-11-29)
"""  # noqa: E501 -- an address

from __future__ import annotations

from collections.abc import Iterable
from math import ceil
from typing import Any

from connectors.salesforce import bulk, queries
from connectors.salesforce.client import Client, require_rows, rows_or_empty
from connectors.salesforce.composite import QUERIES_PER_COMPOSITE, SUBREQUESTS_PER_COMPOSITE
from connectors.salesforce.data_kinds import described_object_ids
from connectors.salesforce.errors import QueryRefusal
from connectors.salesforce.metadata_api import NAMES_PER_READ
from connectors.salesforce.object_access import PRIVATE_DEFAULTS
from connectors.salesforce.permission_sets import (
    ExternalMembers,
    permission_set_holders,
    permission_set_members,
    permissions_by_object,
)
from connectors.salesforce.query_pages import ROWS_PER_PAGE
from connectors.salesforce.read_gaps import AuditPermissions, ReadGaps, permission_query
from connectors.salesforce.record_counts import PermissionsByObject
from connectors.salesforce.schema import Schema
from connectors.salesforce.settings import Settings
from connectors.salesforce.share_queries import ACCOUNT_LEVELS
from connectors.salesforce.sites import find_guests
from connectors.sdk.estimate import EstimatePart, ScanEstimate
from connectors.sdk.interface import ConnectorContext
from connectors.sdk.message import say
from connectors.sdk.records import UNKNOWN, Access, Unknown

SIGN_IN_CALLS = 3  # calls: token, versions, organization
SMALL_SCOPE_CALLS = 5 + 1 + 2 + 1  # calls: code, documents, site settings, and the tier
TIER_C_CALLS = 3 + 2  # more calls in tier C: settings, names and options of sites; sharing sets
RECIPIENT_CALLS = 3  # calls, at most, to resolve the groups that rules share with


def estimate_scan(settings: Settings, client: Client, context: ConnectorContext) -> ScanEstimate:
    """Return the estimate: sign-in, records, public links, and the short scopes together.

    Raises:
        AccessDenied: Sites or guest permission sets are not visible to the audit user.
        QueryFailed: Salesforce refused one of these queries.
        SignInError: The session was refused.
    """
    gaps = ReadGaps()
    sites, networks, sets, people, own = client.batch_query(
        (
            queries.SITES,
            queries.NETWORKS,
            queries.GUEST_PERMISSION_SETS,
            queries.EXTERNAL_USERS,
            permission_query(client),
        )
    )
    permissions = gaps.parse_permissions(own)
    guests = {g.id: g for g in find_guests(require_rows(sites), rows_or_empty(networks))}
    has_external_users = bool(rows_or_empty(people))
    members = permission_set_members(
        gaps.query_all(client, [queries.EXTERNAL_PERMISSION_SETS] if has_external_users else []), {}
    )
    holders = permission_set_holders(require_rows(sets), guests, members)
    rows = list(
        gaps.query_all(
            client, (queries.object_permissions(some) for some in queries.chunks(holders))
        )
    )
    rights = permissions_by_object(rows, holders)
    schema = _schema_of(rights, gaps, client)
    (links,) = client.batch_query([queries.link_count(context.now())])
    known = links if isinstance(links, int) else 0
    records = _record_calls(len(rows), len(holders), rights, schema, permissions)
    small = SMALL_SCOPE_CALLS + (TIER_C_CALLS if permissions.can_read_rules else 0)
    records += RECIPIENT_CALLS if has_external_users and permissions.can_count else 0
    counted = UNKNOWN if isinstance(links, QueryRefusal) else known
    parts = (
        _part("sign_in", scopes=0, items=0, calls=SIGN_IN_CALLS),
        _part("records", scopes=1, items=len(rights), calls=records, exact=False),
        _part("links", scopes=1, items=counted, calls=link_calls(known)),
        _part("small", scopes=4, items=UNKNOWN, calls=small, exact=False),
    )
    return ScanEstimate(parts=parts, per_day=_daily_quota(settings, client))


def _part(
    name: str, *, scopes: int, items: int | Unknown, calls: int, exact: bool = True
) -> EstimatePart:
    title = say(f"salesforce.part_{name}")
    return EstimatePart(title=title, scopes=scopes, items=items, calls=calls, exact=exact)


def _schema_of(names: Iterable[str], gaps: ReadGaps, client: Client) -> Schema:
    """Return the definitions of these objects, as far as the audit user may see them."""
    schema = Schema()
    for row in gaps.query_all(
        client, (queries.entity_definitions(some) for some in queries.chunks(names))
    ):
        schema.add_object(row)
    return schema


def link_calls(links: int) -> int:
    """Return the calls for a number of public links, with the count that decides how to read them.

    Up to `bulk.MIN_ROWS` links: pages of a query. Above: a job, three polls and its result files.
    """
    if links <= bulk.MIN_ROWS:
        return 1 + max(1, ceil(links / ROWS_PER_PAGE))
    return 1 + 1 + 3 + ceil(links / bulk.ROWS_PER_FILE)


def _record_calls(
    rows: int, sets: int, rights: PermissionsByObject, schema: Schema, permissions: AuditPermissions
) -> int:
    """Return the calls of the scope `records`, as the scan makes them."""
    chunks = ceil(sets / queries.CHUNK_SIZE)
    names = ceil(len(rights) / queries.CHUNK_SIZE)
    calls = (
        2
        + ceil(chunks / QUERIES_PER_COMPOSITE)
        + rows // ROWS_PER_PAGE
        + ceil((chunks + names) / QUERIES_PER_COMPOSITE)
    )
    calls += ceil(len(schema.parent_controlled) / SUBREQUESTS_PER_COMPOSITE)
    calls += ceil(len(described_object_ids(rights, schema.durable_ids, ())) / QUERIES_PER_COMPOSITE)
    if permissions.can_count:
        calls += 1 + ceil(_count_statements(rights, schema) / QUERIES_PER_COMPOSITE)
        children = ceil(2 * len(schema.parent_controlled) / QUERIES_PER_COMPOSITE)
        calls += children + 1  # children; files
    if permissions.can_read_rules:
        calls += ceil(len(rights) / NAMES_PER_READ) + 1
    return calls


def _count_statements(rights: PermissionsByObject, schema: Schema) -> int:
    """Return the statements that count share rows and totals.

    An object that members read has three about its share rows, one that only guests read has one.
    """
    tables = [name for name in rights if name not in schema.parent_controlled]
    by_account = not ACCOUNT_LEVELS.keys().isdisjoint(rights) and "Account" not in rights
    members = [
        name for name in tables if any(isinstance(r.holder, ExternalMembers) for r in rights[name])
    ]
    totals = sum(_needs_total(name, rights, schema) for name in rights)
    return len(tables) + by_account + 2 * len(members) + totals


def _needs_total(name: str, rights: PermissionsByObject, schema: Schema) -> bool:
    every = any(right.access is Access.ALL_RECORDS for right in rights[name])
    return every or schema.external_defaults.get(name, "Private") not in PRIVATE_DEFAULTS


def _daily_quota(settings: Settings, client: Client) -> int | None:
    def call(sf: Any) -> Any:
        return sf.restful("limits")

    limits = client.call("limits", call)
    try:
        return int(int(limits["DailyApiRequests"]["Max"]) * (1 - settings.api_reserve))
    except (LookupError, TypeError, ValueError):
        return None
