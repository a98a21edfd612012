"""Public file links (ContentDistribution rows), grouped by document: the scope `files`.

Sources:

Source: https://developer.salesforce.com/docs/atlas.ja-jp.260.0.object_reference.meta/api/sforce_api_objects_contentdistribution.htm (read 2026-11-29)
Source: https://help.salesforce.com/s/articleView?id=004652690&type=1 (read 2026-11-29)
Source: https://developer.salesforce.com/docs/platform/salesforce-app-limits-cheatsheet/guide/salesforce-app-limits-platform-apicursors.html (read 2026-11-29)
"""  # noqa: E501 -- an address

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby

from connectors.salesforce import bulk, queries
from connectors.salesforce.client import Client
from connectors.salesforce.errors import (
    ObjectAbsent,
    QueryLocatorExpired,
    QueryTimedOut,
    RowsMissing,
)
from connectors.salesforce.normalize import linked_file_item
from connectors.salesforce.permissions import CREATE_DELIVERIES, QUERY_ALL_FILES
from connectors.salesforce.query_pages import ROWS_PER_PAGE, Row
from connectors.salesforce.read_gaps import ReadGaps, permission_query
from connectors.sdk.errors import AccessDenied, UnexpectedResponse
from connectors.sdk.interface import ConnectorContext
from connectors.sdk.message import say
from connectors.sdk.records import Checkpoint, Coverage, Record, Started, Status

SMALLEST_PORTION = 100  # rows of a statement that is not made smaller any more
_ID = re.compile(r"[0-9A-Za-z]{18}")


def read_public_links(
    client: Client, context: ConnectorContext, cursor: str | None
) -> Iterator[Record]:
    """Read the scope `files`: one item per document with public links, ordered by document id.

    Args:
        client: The signed-in client.
        context: Gives the time, and the pauses of a bulk job.
        cursor: Id of the last complete document, or None. It outlives the query cursors of
            Salesforce, which exist for two days, and serves pages and bulk files alike.

    Source: https://developer.salesforce.com/docs/platform/salesforce-app-limits-cheatsheet/guide/salesforce-app-limits-platform-apicursors.html (read 2026-11-29)

    Raises:
        AccessDenied: ContentDistribution is not visible, or content deliveries are switched off.
        QueryFailed: Salesforce refused the query.
        QueryLocatorExpired: A query cursor was lost before one document was complete.
    """  # noqa: E501 -- an address
    after = cursor if cursor and _ID.fullmatch(cursor) else ""
    yield Started(full=True, resumed=bool(after))
    gaps = ReadGaps()
    own, total = client.batch_query(
        (permission_query(client), queries.link_count(context.now(), after))
    )
    permissions = gaps.parse_permissions(own)
    gaps.require(permissions, QUERY_ALL_FILES, CREATE_DELIVERIES)
    if isinstance(total, ObjectAbsent) and CREATE_DELIVERIES in permissions.names:
        # Held, and no such object: content deliveries are switched off.
        yield Checkpoint(cursor="")
        yield Coverage(status=Status.COMPLETE, reason=say("salesforce.no_deliveries"))
        return
    if isinstance(total, AccessDenied):
        raise total
    many = not isinstance(total, int) or total > bulk.MIN_ROWS  # a count that fails: many
    instance_url = client.instance_url
    try:
        for page in _complete_documents(client, context, after, in_bulk=many):
            for _, rows in groupby(page, key=_document_id):
                yield linked_file_item(list(rows), instance_url)
            if last := page[-1]["ContentDocumentId"]:
                yield Checkpoint(cursor=last)
    except RowsMissing as missing:  # anywhere: the next run starts from the beginning
        gaps.add_refusal(missing)
    yield Checkpoint(cursor="")
    yield gaps.coverage()


def _complete_documents(
    client: Client, context: ConnectorContext, after: str, *, in_bulk: bool
) -> Iterator[list[Row]]:
    """Yield pages that end at the end of a document.

    A query that takes too long is sent again, and then in portions. Raise `QueryLocatorExpired` as
    `_document_pages`.
    """
    for _ in range(2):
        try:
            for page in _document_pages(client, context, after, in_bulk=in_bulk):
                yield page
                after = page[-1]["ContentDocumentId"] or after
        except QueryTimedOut:
            continue
        return
    yield from _portions(client, context, after)


def _document_pages(
    client: Client, context: ConnectorContext, after: str, *, in_bulk: bool
) -> Iterator[list[Row]]:
    """Yield pages that end at the end of a document; a cut document waits for the next page.

    A lost query cursor is replaced by a new query after the last complete document. Raise
    `QueryLocatorExpired` if not a single document was completed since the last one.
    """
    while True:
        pending: list[Row] = []
        start = after
        try:
            for page in _link_pages(client, context, after, in_bulk=in_bulk):
                rows = pending + page
                pending = [row for row in rows if _document_id(row) == _document_id(rows[-1])]
                complete = rows[: len(rows) - len(pending)]
                if complete:
                    yield complete
                    after = complete[-1]["ContentDocumentId"] or after
        except QueryLocatorExpired:
            if after == start:  # no progress: repeating would never end
                raise
            continue
        except RowsMissing:  # those that came are kept
            if pending:
                yield pending
            raise
        if pending:
            yield pending
        return


def _portions(client: Client, context: ConnectorContext, after: str) -> Iterator[list[Row]]:
    """Yield complete documents, in statements of their own with a limit each.

    A portion that takes too long is made smaller. Raise `QueryTimedOut` where it cannot be.
    """
    size = ROWS_PER_PAGE
    while True:
        statement = queries.public_links(context.now(), after, size)
        try:
            rows = [row for page in client.iter_pages(statement) for row in page]
        except QueryTimedOut:
            if size < SMALLEST_PORTION:
                raise
            size //= 4
            continue
        if len(rows) < size:
            if rows:
                yield rows
            return
        last = _document_id(rows[-1])
        complete = [row for row in rows if _document_id(row) != last]
        if not complete or not complete[-1]["ContentDocumentId"]:
            size *= 2  # one document fills the portion
            continue
        yield complete
        after = complete[-1]["ContentDocumentId"]


def _link_pages(
    client: Client, context: ConnectorContext, after: str, *, in_bulk: bool
) -> Iterator[list[Row]]:
    """Yield rows from a bulk job where there are many, else or if that is refused from a query.

    Raise the error of a bulk job that fails after its first page.
    """
    statement = queries.public_links(context.now(), after)
    started = False
    if in_bulk:
        try:
            for page in bulk.iter_pages(client, context, "ContentDistribution", statement):
                started = True
                yield page
        except (AccessDenied, UnexpectedResponse):
            if started:
                raise
        else:
            return
    yield from client.iter_pages(statement)


def _document_id(row: Row) -> str:
    return str(row["ContentDocumentId"] or row["Id"])
