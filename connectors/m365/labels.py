"""The sensitivity labels of files, which Graph returns file by file only.

Source: https://learn.microsoft.com/en-us/graph/api/driveitem-extractsensitivitylabels (read 2026-11-29)
"""  # noqa: E501 -- an address

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from connectors.m365.api_types import SensitivityLabels
from connectors.m365.errors import map_error
from connectors.m365.graph import Answer, Graph, Json
from connectors.sdk.errors import ConnectorError
from connectors.sdk.labels import Labels
from connectors.sdk.records import UNKNOWN, Item

EXTRACT_ACTION = "extractSensitivityLabels"


def labels_of(graph: Graph, files: Sequence[Item]) -> list[Labels | ConnectorError]:
    """Return the ids of the labels of at most `BATCH` files, in their order.

    An error stands in the place of a file that cannot be read.

    Raises:
        QuotaExhausted: Graph throttles, or the budget of the run is used up.
        SignInError: Entra refused a token.
    """
    paths = [f"/drives/{f.id.replace('/', '/items/', 1)}/{EXTRACT_ACTION}" for f in files]
    answers = graph.batch(paths, method="POST")
    return [parse_labels(path, answer) for path, answer in zip(paths, answers, strict=True)]


def parse_labels(path: str, answer: Answer) -> Labels | ConnectorError:
    """Return the ids of the labels in a response, or the error that it stands for.

    A type of file that carries no labels (415, `notSupported`) has none. A file that is locked
    (423), was deleted, or is encrypted with a customer's own key is an error. The documentation
    names 423 only; 415 is assumed.

    Source: https://learn.microsoft.com/en-us/graph/api/driveitem-extractsensitivitylabels (read 2026-11-29)
    """  # noqa: E501 -- an address
    if answer.status == 415 or _error_code(answer.body) == "notSupported":
        return ()  # a type of file that carries none
    if answer.status >= 400:
        return map_error(path, answer.status, answer.body)
    result = cast(SensitivityLabels, answer.body.get("value") or answer.body)
    assigned = result.get("labels")
    if assigned is None:
        return UNKNOWN
    return tuple(str(one["sensitivityLabelId"]) for one in assigned if "sensitivityLabelId" in one)


def _error_code(body: Json) -> str:
    return str(cast(Json, body.get("error") or {}).get("code") or "")
