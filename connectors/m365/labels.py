"""Sensitivity labels of files: Graph tells each only to whoever asks for that one file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from connectors.m365.graph import Answer, Graph, Json
from connectors.m365.refusals import refusal
from connectors.m365.shapes import SensitivityLabels
from connectors.sdk.errors import ConnectorError
from connectors.sdk.labels import Labels
from connectors.sdk.records import UNKNOWN, Item

ACTION = "extractSensitivityLabels"


def labels_of(graph: Graph, files: Sequence[Item]) -> list[Labels | ConnectorError]:
    """The ids of the labels of at most `BATCH` files, in their order."""
    paths = [f"/drives/{f.id.replace('/', '/items/', 1)}/{ACTION}" for f in files]
    answers = graph.batch(paths, method="POST")
    return [told(path, answer) for path, answer in zip(paths, answers, strict=True)]


def told(path: str, answer: Answer) -> Labels | ConnectorError:
    """What an answer says; an error where the file is locked, gone, encrypted by another's key."""
    if answer.status == 415 or _code_of(answer.body) == "notSupported":
        return ()  # a type of file that carries none
    if answer.status >= 400:
        return refusal(path, answer.status, answer.body)
    result = cast(SensitivityLabels, answer.body.get("value") or answer.body)
    assigned = result.get("labels")
    if assigned is None:
        return UNKNOWN
    return tuple(str(one["sensitivityLabelId"]) for one in assigned if "sensitivityLabelId" in one)


def _code_of(body: Json) -> str:
    return str(cast(Json, body.get("error") or {}).get("code") or "")
