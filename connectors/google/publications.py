"""Reading of what is published to the web: a state of a document's revision, and no permission.

Docs, Sheets, Slides and drawings are published by `published` of their last revision, which
`permissions` does not show. A published site or form has a permission with the view `published`.

Source: https://developers.google.com/workspace/drive/api/guides/manage-revisions (read 2026-11-30)
Source: https://developers.google.com/drive/api/reference/rest/v3/revisions (read 2026-11-30)
That the last revision has the id `head`:
Source: not documented; assumed
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import chain

from connectors.google import multipart
from connectors.google.api_types import File, Revision
from connectors.google.client import Client
from connectors.google.errors import NotFound
from connectors.google.normalize import published_grant, unknown_grants
from connectors.google.read_gaps import ReadGaps, RefusalStreak
from connectors.google.settings import Settings
from connectors.sdk.batched import batched
from connectors.sdk.errors import AccessDenied, ConnectorError, UnexpectedResponse
from connectors.sdk.interface import ConnectorContext
from connectors.sdk.records import Grant

PUBLISHABLE = frozenset(
    f"application/vnd.google-apps.{kind}"
    for kind in ("document", "spreadsheet", "presentation", "drawing")
)
UNREAD = "published-revision"  # the id of the grant that stands for a revision that was not read

PublicationReader = Callable[[str, ReadGaps], "Publications"]
"""Given the address of a user and the gaps of a scope, returns what reads publications."""


class Publications:
    """Reads the publications of the documents of one scope, up to 100 in one batch.

    Args:
        client: The Drive API.
        context: The services of the run.
        user: The address of a user who may edit the documents.
        gaps: The gaps of the scope.
    """

    def __init__(
        self, client: Client, context: ConnectorContext, user: str, gaps: ReadGaps
    ) -> None:
        self._client = client
        self._context = context
        self._user = user
        self._gaps = gaps
        self._streak = RefusalStreak()
        self._given_up = False

    def grants(self, files: Sequence[File]) -> dict[str, tuple[Grant, ...]]:
        """Return the grant of each published document by its id, and an unknown one if unread.

        After a hundred documents in a row that were refused alike, no more are asked for; that is
        one gap of the scope.
        """
        ids = [f["id"] for f in files if f.get("mimeType") in PUBLISHABLE]
        if self._given_up or not ids:
            if ids:
                self._gaps.note_unpublished()
            return {}
        parts = batched(ids, multipart.MAX_PARTS)
        answers = self._context.map(lambda part: self._client.revisions(self._user, part), parts)
        found: dict[str, tuple[Grant, ...]] = {}
        for id_, answer in zip(ids, chain.from_iterable(answers), strict=True):
            if grants := self._grants_of(id_, answer):
                found[id_] = grants
        return found

    def _grants_of(self, file_id: str, answer: Revision | ConnectorError) -> tuple[Grant, ...]:
        if not isinstance(answer, ConnectorError):
            self._streak.note(answer)
            return published_grant(answer)
        if isinstance(answer, NotFound) and not self._exists(file_id):
            return ()
        try:
            self._streak.note(answer)
        except (AccessDenied, UnexpectedResponse):
            self._given_up = True
        self._gaps.note_unpublished()
        return () if self._given_up else unknown_grants([UNREAD])

    def _exists(self, file_id: str) -> bool:
        try:
            return self._client.exists(self._user, file_id)
        except (AccessDenied, UnexpectedResponse):
            return True


def publication_reader(
    settings: Settings, client: Client, context: ConnectorContext
) -> PublicationReader | None:
    """Return what reads publications on behalf of a given user; None if it is not configured."""

    def as_user(user: str, gaps: ReadGaps) -> Publications:
        return Publications(client, context, user, gaps)

    return None if settings.published_revisions == "off" else as_user
