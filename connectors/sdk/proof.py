"""Proof from outside: what a visitor without a sign-in can count, on the tenant's own sites.

The signed-in connector says which sites are the tenant's own; they are then asked by a session
that knows no token. Only counts come back: no content passes this module.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, runtime_checkable

from connectors.sdk.http.session import Http
from connectors.sdk.message import Message
from connectors.sdk.records import UNKNOWN, Unknown


class Outcome(StrEnum):
    """How a question ended. Only a count proves anything; the others leave it open."""

    COUNTED = "counted"
    HIDDEN = "hidden"  # the site answers, and knows nothing of this for a visitor
    UNANSWERABLE = "unanswerable"  # the site is closed, or has no way to ask
    UNANSWERED = "unanswered"  # it did not answer this time


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One address of a public site, as the tenant itself reports it.

    `host` is what a person confirms: `name[:port]`. `principal_id` is the account as which the
    site reads for visitors; grants name it, too. `closed`: nobody outside is let in today, so
    that nothing is asked.
    """

    host: str
    url: str
    title: str
    principal_id: str
    closed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """The answer about one item; `reason` says why there is no number."""

    item_id: str
    outcome: Outcome
    count: int | Unknown = UNKNOWN
    reason: Message | None = None


@runtime_checkable
class Provable(Protocol):
    """What a connector can do besides reading, where its service has public sites."""

    def places(self) -> Iterator[Place]:
        """After the sign-in: the tenant's own sites. Raises `ConnectorError`."""
        ...

    def counted(self, place: Place, items: Sequence[str], http: Http) -> Iterator[Count]:
        """One answer for each item. `http` is anonymous, paced, and tries nothing twice.

        What a site refuses or fails to answer is an outcome, never an error.
        """
        ...
