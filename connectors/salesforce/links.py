"""Public file links (ContentDistribution rows), grouped by document: the scope `files`.

Sources:

Source: https://developer.salesforce.com/docs/atlas.ja-jp.260.0.object_reference.meta/api/sforce_api_objects_contentdistribution.htm (read 2026-11-29)
Source: https://help.salesforce.com/s/articleView?id=004652690&type=1 (read 2026-11-29)
Source: https://developer.salesforce.com/docs/platform/salesforce-app-limits-cheatsheet/guide/salesforce-app-limits-platform-apicursors.html (read 2026-11-29)
"""  # noqa: E501

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby

from connectors.salesforce import bulk, soql
from connectors.salesforce.client import Client, Row
from connectors.salesforce.gaps import Gaps, asked
from connectors.salesforce.normalize import item_of_document
from connectors.salesforce.permissions import DELIVERIES, FILES
from connectors.salesforce.refusals import LostPlace, Refused, Unanswered
from connectors.sdk.contract import Context
from connectors.sdk.errors import AccessDenied
from connectors.sdk.records import Checkpoint, Record, Started

_ID = re.compile(r"[0-9A-Za-z]{18}")


def read_links(client: Client, context: Context, cursor: str | None) -> Iterator[Record]:
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
    """  # noqa: E501
    after = cursor if cursor and _ID.fullmatch(cursor) else ""
    yield Started(full=True, resumed=bool(after))
    gaps = Gaps()
    own, total = client.answers((asked(client), soql.link_count(context.now(), after)))
    gaps.need(gaps.held(own), FILES, DELIVERIES)
    if isinstance(total, Refused):
        raise total
    many = isinstance(total, int) and total > bulk.WORTH
    instance_url = client.instance_url
    for page in _whole_documents(client, context, after, in_bulk=many):
        for _, rows in groupby(page, key=_document):
            yield item_of_document(list(rows), instance_url)
        if last := page[-1]["ContentDocumentId"]:
            yield Checkpoint(cursor=last)
    yield Checkpoint(cursor="")
    yield gaps.coverage()


def _whole_documents(
    client: Client, context: Context, after: str, *, in_bulk: bool
) -> Iterator[list[Row]]:
    """Yield pages that end at the end of a document; a cut document waits for the next page.

    A lost query cursor is replaced by a new query after the last complete document. Raise
    `QueryLocatorExpired` if not a single document was completed since the last one.
    """
    while True:
        held: list[Row] = []
        begun = after
        try:
            for page in _pages(client, context, after, in_bulk=in_bulk):
                rows = held + page
                held = [row for row in rows if _document(row) == _document(rows[-1])]
                whole = rows[: len(rows) - len(held)]
                if whole:
                    yield whole
                    after = whole[-1]["ContentDocumentId"] or after
        except LostPlace:
            if after == begun:  # no progress: repeating would never end
                raise
            continue
        if held:
            yield held
        return


def _pages(client: Client, context: Context, after: str, *, in_bulk: bool) -> Iterator[list[Row]]:
    """Yield rows from a bulk job where there are many, else or if that is refused from a query.

    Raise the error of a bulk job that fails after its first page.
    """
    statement = soql.public_links(context.now(), after)
    begun = False
    if in_bulk:
        try:
            for page in bulk.pages(client, context, "ContentDistribution", statement):
                begun = True
                yield page
        except (AccessDenied, Unanswered):
            if begun:
                raise
        else:
            return
    yield from client.pages(statement)


def _document(row: Row) -> str:
    return str(row["ContentDocumentId"] or row["Id"])
