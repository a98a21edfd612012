"""Labels of files: each is asked for in the name of somebody who sees the file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from connectors.google import batch
from connectors.google.answers import Label
from connectors.google.client import Client
from connectors.google.settings import Settings
from connectors.sdk.contract import Context
from connectors.sdk.errors import ConnectorError
from connectors.sdk.labels import Labels, labelled
from connectors.sdk.message import say
from connectors.sdk.records import UNKNOWN, Item, Record


class FileLabels:
    """The labels of the files of one Drive."""

    def __init__(self, client: Client, context: Context) -> None:
        self._client = client
        self._context = context
        self._refused = False

    def added(self, records: Iterator[Record], user: str) -> Iterator[Record]:
        """A reading in this user's name, each open file with its labels."""
        return labelled(records, lambda files: self._of(files, user))

    def _of(self, files: Sequence[Item], user: str) -> Iterator[Labels]:
        batches = [files[n : n + batch.MOST] for n in range(0, len(files), batch.MOST)]
        return chain.from_iterable(self._context.map(lambda part: self._asked(part, user), batches))

    def _asked(self, files: Sequence[Item], user: str) -> Iterable[Labels]:
        if self._refused:
            return [UNKNOWN] * len(files)
        answers = self._client.labels(user, [file.id for file in files])
        if len(answers) > 1 and all(isinstance(answer, ConnectorError) for answer in answers):
            self._refused = True  # every other file of this Drive would say the same
            self._context.show(say("google.labels_refused", user=user))
        return [_labels_of(answer) for answer in answers]


def labels_for(settings: Settings, client: Client, context: Context) -> FileLabels | None:
    """What asks for the labels of one Drive; None where nobody wishes to know."""
    return FileLabels(client, context) if settings.drive_labels else None


def _labels_of(answer: list[Label] | ConnectorError) -> Labels:
    """The ids of labels, and of what was chosen in each."""
    if isinstance(answer, ConnectorError):
        return UNKNOWN
    told: list[str] = []
    for label in answer:
        told.append(label["id"])
        for field in label.get("fields", {}).values():
            told += [f"{label['id']}/{choice}" for choice in field.get("selection", ())]
    return tuple(told)
