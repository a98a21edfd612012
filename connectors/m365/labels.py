"""Sensitivity labels of files: Graph tells each only to whoever asks for that one file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import cast

from connectors.m365.graph import BATCH, Answer, Graph, Json
from connectors.m365.shapes import SensitivityLabels
from connectors.sdk.contract import Context
from connectors.sdk.labels import Labels
from connectors.sdk.message import say
from connectors.sdk.records import UNKNOWN, Item

ACTION = "extractSensitivityLabels"


class FileLabels:
    """The labels of the files of one library."""

    def __init__(self, graph: Graph, context: Context) -> None:
        self._graph = graph
        self._context = context
        self._refused = False

    def of(self, files: Sequence[Item]) -> Iterator[Labels]:
        """The ids of their labels, in their order."""
        batches = [files[n : n + BATCH] for n in range(0, len(files), BATCH)]
        return chain.from_iterable(self._context.map(self._asked, batches))

    def _asked(self, files: Sequence[Item]) -> Iterable[Labels]:
        if self._refused:
            return [UNKNOWN] * len(files)
        paths = [f"/drives/{f.id.replace('/', '/items/', 1)}/{ACTION}" for f in files]
        answers = self._graph.batch(paths, method="POST")
        if all(answer.status == 403 for answer in answers):
            self._refused = True  # every other file of the library would say the same
            self._context.show(say("m365.labels_refused"))
        return [_labels_of(answer) for answer in answers]


def _labels_of(answer: Answer) -> Labels:
    if answer.status == 415 or _code_of(answer.body) == "notSupported":
        return ()  # a type of file that carries none
    if answer.status >= 400:  # locked, gone, encrypted by a key that Microsoft has not
        return UNKNOWN
    told = cast(SensitivityLabels, answer.body.get("value") or answer.body)
    assigned = told.get("labels")
    if assigned is None:
        return UNKNOWN
    return tuple(str(one["sensitivityLabelId"]) for one in assigned if "sensitivityLabelId" in one)


def _code_of(body: Json) -> str:
    return str(cast(Json, body.get("error") or {}).get("code") or "")
