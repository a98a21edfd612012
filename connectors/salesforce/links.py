"""The public file links, document by document, in any number."""

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
    """Every document that has a public link, in the order of their ids.

    The cursor is the last whole document: it stays true when Salesforce has forgotten the place
    in its answer, after two days at the latest, and for pages and bulk files alike.
    """
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
    """Pages that end where a document ends: the last one waits for the next page."""
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
            if after == begun:  # not a step further: asking again would never end
                raise
            continue
        if held:
            yield held
        return


def _pages(client: Client, context: Context, after: str, *, in_bulk: bool) -> Iterator[list[Row]]:
    """Rows in bulk where there are many, and page by page where Salesforce refuses that."""
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
