"""Reading of Drive labels. Labels are requested on behalf of a user who can see the file."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from connectors.google import multipart
from connectors.google.api_types import Label
from connectors.google.client import Client
from connectors.google.settings import Settings
from connectors.sdk.errors import ConnectorError
from connectors.sdk.interface import ConnectorContext
from connectors.sdk.labels import FileLabels, Labels
from connectors.sdk.message import say
from connectors.sdk.records import Item

LabelReader = Callable[[str], FileLabels]
"""Given the address of a user, returns what adds labels to the records of one scan."""


def label_reader(
    settings: Settings, client: Client, context: ConnectorContext
) -> LabelReader | None:
    """Return what reads labels on behalf of a given user; None if labels are not configured."""

    def as_user(user: str) -> FileLabels:
        def ask(files: Sequence[Item]) -> list[Labels | ConnectorError]:
            return [
                parse_labels(answer) for answer in client.labels(user, [file.id for file in files])
            ]

        refused = say("google.labels_refused", user=user)
        return FileLabels(context, ask, most=multipart.MAX_PARTS, refused=refused)

    return as_user if settings.drive_labels else None


def parse_labels(answer: list[Label] | ConnectorError) -> Labels | ConnectorError:
    """Return the ids of the labels and of each selected choice (`<label id>/<choice id>`).

    Args:
        answer: The labels of one file, or the error that Google answered; an error is returned
            unchanged.
    """
    if isinstance(answer, ConnectorError):
        return answer
    ids: list[str] = []
    for label in answer:
        ids.append(label["id"])
        for field in label.get("fields", {}).values():
            ids += [f"{label['id']}/{choice}" for choice in field.get("selection", ())]
    return tuple(ids)
