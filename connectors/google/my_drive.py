"""Reading what one user owns: a page of the list carries all permissions of its files."""

from __future__ import annotations

import json
from collections.abc import Iterator

from connectors.google.answers import File, FilePage
from connectors.google.client import Client
from connectors.google.ledger import Ledger, forget
from connectors.google.normalize import (
    FOLDER,
    Inside,
    container_of,
    grants_of,
    item_of,
    unread_grants,
)
from connectors.google.refusal import AclRefused, PageRefused
from connectors.sdk.contract import Memory
from connectors.sdk.records import Checkpoint, Grant, Record, Started, State


class MyDrive:
    """The files of one user, read in this user's name."""

    def __init__(
        self, client: Client, memory: Memory, *, user: str, state: State, inside: Inside
    ) -> None:
        self._client = client
        self._memory = memory
        self._ledger = Ledger(memory)
        self._user = user
        self._state = state
        self._inside = inside

    def records(self, token: str) -> Iterator[Record]:
        """Everything, or what comes after a page token."""
        page, resumed = self._first(token)
        yield Started(full=True, resumed=resumed)
        while True:
            yield from self._facts(page)
            following = page.get("nextPageToken")
            if not following:
                break
            yield Checkpoint(cursor=cursor_of(following, self._state))
            page = self._client.own_files(self._user, following)
        coverage = self._ledger.coverage()
        forget(self._memory)
        yield Checkpoint(cursor="")
        yield coverage

    def _first(self, token: str) -> tuple[FilePage, bool]:
        """The page to begin with; a token lives some hours, then the list begins again."""
        if token:
            try:
                return self._client.own_files(self._user, token), True
            except PageRefused:
                pass
        forget(self._memory)
        return self._client.own_files(self._user, None), False

    def _facts(self, page: FilePage) -> Iterator[Record]:
        if page.get("incompleteSearch"):
            self._ledger.note_cut()
        for file in page.get("files", []):
            if file.get("mimeType") == FOLDER:
                yield container_of(file)
            yield item_of(
                file, owner=self._user, owner_state=self._state, grants=self._grants(file)
            )

    def _grants(self, file: File) -> tuple[Grant, ...]:
        permissions = file.get("permissions")
        if permissions is None:  # filled only where the asker may share: absent is not empty
            try:
                permissions = self._client.acl(self._user, file["id"])
            except AclRefused:
                self._ledger.count_unread(1)
                return unread_grants(["unread"])
        return grants_of(permissions, self._inside)


def cursor_of(token: str, state: State) -> str:
    """Where to go on, and what was known of the user, so that resuming needs no other call."""
    return json.dumps({"token": token, "state": state})
