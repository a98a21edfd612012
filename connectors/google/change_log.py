"""Incremental scan: the change log, and the content of folders whose grants changed.

Google does not promise that a folder's new grants appear in the log for everything below it. So the
content of such a folder is listed again, level by level, until a level is unchanged.

Source: https://developers.google.com/drive/api/reference/rest/v3/changes/list (read 2026-11-29)
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from datetime import datetime, timedelta

from connectors.google.api import PageGuard, iter_pages
from connectors.google.api_types import ChangePage, File, FilePage
from connectors.google.errors import LOCAL_ERRORS, NotFound
from connectors.google.folder_state import FolderState
from connectors.google.read_gaps import ReadGaps
from connectors.sdk.errors import UnexpectedResponse
from connectors.sdk.message import say
from connectors.sdk.records import Checkpoint, Record, Removed


class ChangeLog:
    """What changed in one scope since a token of its change log.

    Args:
        folders: The stored folders of the scope.
        fetch_page: Returns the page of the change log at a token.
        list_folder: Returns a page of the content of a folder: folder id, page token or None.
        to_records: Returns the records of changed files.
        in_scope: True for a file that belongs to this scope.
        look_up: Returns an item with its parents; None if it is gone.
        gaps: The gaps of the scope.
    """

    def __init__(
        self,
        folders: FolderState,
        *,
        fetch_page: Callable[[str], ChangePage],
        list_folder: Callable[[str, str | None], FilePage],
        to_records: Callable[[Sequence[File]], Iterator[Record]],
        in_scope: Callable[[File], bool],
        look_up: Callable[[str], File | None],
        gaps: ReadGaps,
    ) -> None:
        self._folders = folders
        self._fetch_page = fetch_page
        self._list_folder = list_folder
        self._to_records = to_records
        self._in_scope = in_scope
        self._look_up = look_up
        self._gaps = gaps

    def records(
        self, token: str, page: ChangePage, cursor_of: Callable[[str], str]
    ) -> Generator[Record, None, str]:
        """Yield the records of all changes from a token on; return the token where the log ends.

        Args:
            token: The token of the first page.
            page: The first page, which has been read already.
            cursor_of: Returns the cursor to store for a token of the log.

        Raises:
            UnexpectedResponse: The pages of the log do not end.
            PageTokenExpired: Google does not accept a page token any more.
        """
        guard = PageGuard("changes")
        while True:
            following = guard.next_token(page)
            if following == token:
                raise UnexpectedResponse(say("google.page_loop"), hint=say("google.run_again"))
            yield from self._changed_files(page)
            token = following or page.get("newStartPageToken", "")
            yield Checkpoint(cursor=cursor_of(token))
            while folder := self._folders.next_walk():
                yield from self._read_folder(folder)
                yield Checkpoint(cursor=cursor_of(token))
            if not following:
                return token
            page = self._fetch_page(token)

    def _changed_files(self, page: ChangePage) -> Iterator[Record]:
        """Yield the records of one page of the log; of several entries for a file, the last."""
        files: dict[str, File | None] = {}
        for change in page.get("changes", []):
            if change.get("changeType", "file") == "file" and (id_ := change.get("fileId")):
                file = None if change.get("removed") else change.get("file")
                if file is None and not change.get("removed"):  # neither here nor gone
                    self._gaps.count_unread(1)
                    continue
                files.pop(id_, None)
                files[id_] = file if file is not None and self._in_scope(file) else None
        for id_, file in files.items():
            if file is None:
                yield from self._removed(id_)
        yield from self._to_records([file for file in files.values() if file is not None])

    def _read_folder(self, folder: str) -> Iterator[Record]:
        """Yield the records of a folder's present content; remove stored items not in it.

        Nothing is removed on the word of a listing that Google calls incomplete, or of one that
        contradicts another answer: a folder that is not found and exists, or that is empty and
        holds an item.
        """
        met: set[str] = set()
        whole = True
        try:
            for page in iter_pages(lambda token: self._list_folder(folder, token), "files"):
                whole = whole and not page.get("incompleteSearch")
                files = [file for file in page.get("files", []) if self._in_scope(file)]
                met |= {file["id"] for file in files}
                yield from self._to_records(files)
        except NotFound:
            whole = not self._stands(folder)
        missing = [i for i in self._folders.children(folder) if i not in met]
        # a folder that lost all it had is doubted: one of its items is asked for
        if whole and missing and not met:
            whole = not self._stands(missing[0], folder)
        if whole:
            for id_ in missing:
                yield from self._removed(id_)
        else:
            self._gaps.note_incomplete_listing()
        self._folders.walk_done(folder)

    def _stands(self, id_: str, folder: str = "") -> bool:
        """Return True unless Google says that an item is gone, left the scope, or lies elsewhere.

        Args:
            id_: The id of the item.
            folder: The id of the folder in which it should lie; empty for anywhere.
        """
        try:
            file = self._look_up(id_)
        except LOCAL_ERRORS:
            return True
        if file is None or not self._in_scope(file):
            return False
        return not folder or folder in file.get("parents", [])

    def _removed(self, id_: str) -> Iterator[Record]:
        """Remove an item; queue a folder, whose content may have another owner and still exist."""
        entry = self._folders.get(id_)
        if entry is not None and entry.is_folder:
            self._folders.queue_walk(id_)
        self._folders.remove(id_)
        yield Removed(item_id=id_)


def needs_full_scan(since: str, now: datetime, every_days: int) -> bool:
    """Return True if a full scan is due.

    It is due when the last one began `every_days` days ago or earlier, or its time is unreadable.

    Args:
        since: When the last full scan began, in ISO 8601.
        now: The present time.
        every_days: The interval in days.
    """
    try:
        return now - datetime.fromisoformat(since) >= timedelta(days=every_days)
    except (ValueError, TypeError):
        return True
