"""External checks: count what an anonymous visitor can see on the tenant's own sites.

The signed-in connector lists the sites; a session without any token then counts records there. Only
counts are returned, no content.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, runtime_checkable

from connectors.sdk.http.session import HttpSession
from connectors.sdk.message import Message
from connectors.sdk.records import UNKNOWN, Unknown


class CountOutcome(StrEnum):
    """The result of a count. Only COUNTED proves anything."""

    COUNTED = "counted"
    HIDDEN = "hidden"  # the site responds without this item for a visitor
    UNANSWERABLE = "unanswerable"  # the site is closed, or has no interface to query
    UNANSWERED = "unanswered"  # the site did not respond


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicSite:
    """One address of a public site, as the tenant itself reports it.

    Attributes:
        host: What the administrator confirms: `name[:port]`.
        principal_id: The account that visitors act as; grants have the same id.
        closed: True if visitors have no access today; then nothing is sent.
        scope_id: The scope that items of the site are found in.
        usual_items: Ids of items to count whether or not the scan found them open to visitors.
    """

    host: str
    url: str
    title: str
    principal_id: str
    closed: bool = False
    scope_id: str = ""
    usual_items: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitorCount:
    """The count of one item; `reason` says why there is none."""

    item_id: str
    outcome: CountOutcome
    count: int | Unknown = UNKNOWN
    reason: Message | None = None


@runtime_checkable
class SupportsExternalCheck(Protocol):
    """A connector whose service has public sites."""

    def public_sites(self) -> Iterator[PublicSite]:
        """Yield the public sites of the tenant. Called after the sign-in.

        Raise `ConnectorError` if they cannot be listed.
        """
        ...

    def count_as_visitor(
        self, site: PublicSite, items: Sequence[str], http: HttpSession
    ) -> Iterator[VisitorCount]:
        """Yield a count for each item.

        What a site refuses or does not answer is a result, never an error.

        Args:
            site: The site.
            items: Ids of the items.
            http: A session without credentials, with a low rate and without retries.
        """
        ...
