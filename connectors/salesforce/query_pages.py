"""Pages of query results: their form, their end, and whether they hold what they announce.

Source: https://developer.salesforce.com/docs/platform/api-rest/guide/resources-query.md (read 2026-11-29)
"""  # noqa: E501 -- an address

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, cast

from connectors.salesforce.errors import rows_missing, unexpected_response
from connectors.sdk.errors import UnexpectedResponse

Row = dict[str, Any]
# Source: https://developer.salesforce.com/docs/platform/api-rest/guide/resources-query.md (read 2026-11-29)  # noqa: E501 -- an address
ROWS_PER_PAGE = 2_000


class PartialRows(list[Row]):
    """Rows of a listing that ended before its end; `loss` is the error that ended it."""

    def __init__(self, rows: list[Row], loss: UnexpectedResponse) -> None:
        super().__init__(rows)
        self.loss = loss


def require_page(answer: object, source: str) -> Row:
    """Return a query response. Raise `UnexpectedResponse` if it has another form."""
    if not isinstance(answer, dict):
        raise unexpected_response("records", source)
    page = cast("Row", answer)
    rows, total = page.get("records"), page.get("totalSize")
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in cast("Any", rows)):
        raise unexpected_response("records", source)
    if type(total) is not int or total < 0:
        raise unexpected_response("totalSize", source)
    if not isinstance(page.get("done"), bool):
        raise unexpected_response("done", source)
    return page


def total_size(answer: object, source: str) -> int:
    """Return the `totalSize` of a query result. Raise `UnexpectedResponse` if it has none."""
    return int(require_page(answer, source)["totalSize"])


def follow_pages(first: object, source: str, fetch: Callable[[str], object]) -> Iterator[list[Row]]:
    """Yield the rows of a first page and of all that follow it.

    A page may name any page before it as the next one, and a listing may go on for ever. It is
    left at an address that was already read, and when more rows came than were announced.

    Args:
        first: The first response.
        source: The object that is listed, for the error message.
        fetch: Returns the page at an address.

    Raises:
        UnexpectedResponse: A page of another form, or a listing without an end.
        RowsMissing: After the last page: fewer rows came than `totalSize` announced.
    """
    page = require_page(first, source)
    announced, count, known = page["totalSize"], 0, set[str]()
    while True:
        yield page["records"]
        count += len(page["records"])
        if page["done"]:
            break
        url = page.get("nextRecordsUrl")
        endless = count > announced + ROWS_PER_PAGE or not page["records"]
        if not isinstance(url, str) or not url.startswith("/services/data/") or url in known:
            raise unexpected_response("nextRecordsUrl", source)
        if endless:
            raise unexpected_response("totalSize", source)
        known.add(url)
        page = require_page(fetch(url), source)
    if count < announced:
        raise rows_missing(source)
