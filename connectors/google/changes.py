"""Reading only what has happened: a log of changes, and the subtrees of changed folders.

Nobody promises that a folder's new grants appear in the log for everything below it. So the
contents of a folder whose grants changed are listed again, level by level, until a level has
what it had before.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from datetime import datetime, timedelta

from connectors.google.answers import ChangePage, File, FilePage
from connectors.google.asking import pages
from connectors.google.refusal import NotFound
from connectors.google.tree import Tree
from connectors.sdk.errors import UnexpectedResponse
from connectors.sdk.message import say
from connectors.sdk.records import Checkpoint, Record, Removed


class Changes:
    """What happened in one scope since a token of its log."""

    def __init__(
        self,
        tree: Tree,
        *,
        log: Callable[[str], ChangePage],
        contents: Callable[[str, str | None], FilePage],
        facts: Callable[[Sequence[File]], Iterator[Record]],
        ours: Callable[[File], bool],
    ) -> None:
        self._tree = tree
        self._log = log
        self._contents = contents
        self._facts = facts
        self._ours = ours

    def records(
        self, token: str, page: ChangePage, cursor_of: Callable[[str], str]
    ) -> Generator[Record, None, str]:
        """Everything after a token, whose page is given; returns where the log ends."""
        while True:
            yield from self._entries(page)
            following = page.get("nextPageToken")
            if following == token:
                raise UnexpectedResponse(say("google.page_loop"), hint=say("google.run_again"))
            token = following or page.get("newStartPageToken", "")
            yield Checkpoint(cursor=cursor_of(token))
            while folder := self._tree.waiting():
                yield from self._walk(folder)
                yield Checkpoint(cursor=cursor_of(token))
            if not following:
                return token
            page = self._log(token)

    def _entries(self, page: ChangePage) -> Iterator[Record]:
        """The last word on each file that the log names."""
        files: dict[str, File | None] = {}
        for change in page.get("changes", []):
            if change.get("changeType", "file") == "file" and (id_ := change.get("fileId")):
                file = None if change.get("removed") else change.get("file")
                files.pop(id_, None)
                files[id_] = file if file is not None and self._ours(file) else None
        for id_, file in files.items():
            if file is None:
                yield from self._gone(id_)
        yield from self._facts([file for file in files.values() if file is not None])

    def _walk(self, folder: str) -> Iterator[Record]:
        """The contents of a folder as they are now; what is not met there any more is gone."""
        met: set[str] = set()
        try:
            for page in pages(lambda token: self._contents(folder, token)):
                files = [file for file in page.get("files", []) if self._ours(file)]
                met |= {file["id"] for file in files}
                yield from self._facts(files)
        except NotFound:  # the folder itself is gone
            pass
        for id_ in [i for i in self._tree.inside(folder) if i not in met]:
            yield from self._gone(id_)
        self._tree.walked(folder)

    def _gone(self, id_: str) -> Iterator[Record]:
        """What lay in a folder that is gone may still be there: its owner may be another."""
        kept = self._tree.known(id_)
        if kept is not None and kept.folder:
            self._tree.walk_later(id_)
        self._tree.drop(id_)
        yield Removed(item_id=id_)


def stale(since: str, now: datetime, every_days: int) -> bool:
    """Whether the last reading of everything was too long ago."""
    try:
        return now - datetime.fromisoformat(since) >= timedelta(days=every_days)
    except (ValueError, TypeError):
        return True
