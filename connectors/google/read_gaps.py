"""Gaps of a scan: what could not be read, stored so that a resumed scan still knows of it.

Source: https://developers.google.com/drive/api/reference/rest/v3/files/list (read 2026-11-29)
"""

from __future__ import annotations

from connectors.google.errors import LOCAL_ERRORS, AclForbidden, ApiDenied
from connectors.sdk.errors import ConnectorError
from connectors.sdk.interface import ScanState
from connectors.sdk.message import say
from connectors.sdk.records import Coverage, Status

_UNREAD = "ledger:unread"
_UNPUBLISHED = "ledger:published"
_VANISHED = "ledger:gone"
_INCOMPLETE = "ledger:cut"


MAX_ALIKE = 100  # things in a row that are refused alike, after which the scan is given up


class RefusalStreak:
    """Counts things in a row that were refused alike: one is odd, a hundred are a state."""

    def __init__(self, most: int = MAX_ALIKE) -> None:
        self._most = most
        self._key = ""
        self._count = 0

    def note(self, answer: object) -> None:
        """Note the answer about one thing: an error, or anything else for success.

        Raises:
            ConnectorError: It is one of the whole API, or that many answers in a row were the
                same error. That one item's permissions are hidden from a user is no such error.
        """
        if not isinstance(answer, ConnectorError):
            self._key, self._count = "", 0
            return
        if not isinstance(answer, LOCAL_ERRORS) or isinstance(answer, ApiDenied):
            raise answer
        if isinstance(answer, AclForbidden):
            return
        self._count = self._count + 1 if answer.message.key == self._key else 1
        self._key = answer.message.key
        if self._count >= self._most:
            raise answer


class ReadGaps:
    """The gaps of one scope. Without any, the scope was read completely."""

    def __init__(self, scan_state: ScanState) -> None:
        self._scan_state = scan_state

    def count_unread(self, items: int) -> None:
        """Add items that were listed, but whose permissions could not be read."""
        self._add(_UNREAD, items)

    def count_vanished(self, items: int) -> None:
        """Add items that vanished between their listing and the request for permissions."""
        self._add(_VANISHED, items)

    def note_incomplete_listing(self) -> None:
        """Note that Google marked a listing as incomplete (`incompleteSearch` of `files.list`)."""
        self._scan_state.put(_INCOMPLETE, "1")

    def note_unpublished(self) -> None:
        """Note that whether a document is published to the web could not be read."""
        self._add(_UNPUBLISHED, 1)

    def coverage(self) -> Coverage:
        """Return the coverage of the scope: partial if there is a gap, complete otherwise.

        Vanished items are mentioned in the reason, but are no gap. Their count is reset.
        """
        if self._scan_state.get(_INCOMPLETE):
            return Coverage(
                status=Status.PARTIAL,
                reason=say("google.search_cut"),
                hint=say("google.run_again"),
            )
        if unread := self._count(_UNREAD):
            return Coverage(
                status=Status.PARTIAL,
                reason=say("google.acls_unread", count=unread),
                hint=say("google.acls_unread_hint"),
            )
        if unread := self._count(_UNPUBLISHED):
            return Coverage(
                status=Status.PARTIAL,
                reason=say("google.publications_unread", count=unread),
                hint=say("google.publications_unread_hint"),
            )
        vanished = self._count(_VANISHED)
        self._scan_state.put(_VANISHED, None)  # counts for this scan only
        return Coverage(
            status=Status.COMPLETE,
            reason=say("google.vanished", count=vanished) if vanished else None,
        )

    def _add(self, name: str, items: int) -> None:
        if items:
            self._scan_state.put(name, str(self._count(name) + items))

    def _count(self, name: str) -> int:
        return int(self._scan_state.get(name) or 0)
