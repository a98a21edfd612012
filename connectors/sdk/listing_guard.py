"""A guard for listings that come in pages: a vendor's listing must end.

Services were seen to name an earlier page as the next one, and to answer the same page under ever
new links. Both end no listing by themselves.

Source: https://github.com/microsoftgraph/microsoft-graph-docs-contrib/issues/1239 (read 2026-11-30)
Source: https://github.com/microsoftgraph/msgraph-sdk-dotnet/issues/3082 (read 2026-11-30)
"""

from __future__ import annotations

from collections.abc import Iterable

from connectors.sdk.errors import UnexpectedResponse
from connectors.sdk.message import say

MAX_REPEATED_PAGES = 3  # pages in a row that hold what earlier pages held
MAX_EMPTY_PAGES = 100  # pages in a row without an object


class ListingGuard:
    """The guard of one listing; needs 16 bytes a page or so, whatever the size of the page."""

    def __init__(self, what: str) -> None:
        """Prepare the guard. `what` names the listing in the error; it holds no token."""
        self._what = what
        self._links: set[int] = set()
        self._pages: set[int] = set()
        self._repeated = self._empty = 0

    def check(self, link: str, ids: Iterable[object]) -> None:
        """Check the link from one page to the next; an empty link ends the listing.

        Args:
            link: The link or token of the next page.
            ids: What identifies the objects of this page, in their order.

        Raises:
            UnexpectedResponse: The link was given before, or page after page holds nothing new.
        """
        if not link:
            return
        page = tuple(map(str, ids))
        self._empty = 0 if page else self._empty + 1
        if page:
            self._repeated = self._repeated + 1 if hash(page) in self._pages else 0
            self._pages.add(hash(page))
        if (
            hash(link) in self._links
            or self._repeated >= MAX_REPEATED_PAGES
            or self._empty >= MAX_EMPTY_PAGES
        ):
            raise UnexpectedResponse(say("sdk.endless", what=self._what), hint=say("sdk.try_again"))
        self._links.add(hash(link))
