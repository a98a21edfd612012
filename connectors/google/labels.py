"""Reading of Drive labels. Labels are requested on behalf of a user who can see the file."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from connectors.google import batch
from connectors.google.answers import Label
from connectors.google.client import Client
from connectors.google.settings import Settings
from connectors.sdk.contract import Context
from connectors.sdk.errors import ConnectorError
from connectors.sdk.labels import FileLabels, Labels
from connectors.sdk.message import say
from connectors.sdk.records import Item

Labelling = Callable[[str], FileLabels]
"""Given the address of a user, returns what adds labels to the records of one scan."""


def labelling(settings: Settings, client: Client, context: Context) -> Labelling | None:
    """Return what reads labels on behalf of a given user; None if labels are not configured."""

    def in_the_name_of(user: str) -> FileLabels:
        def ask(files: Sequence[Item]) -> list[Labels | ConnectorError]:
            return [told(answer) for answer in client.labels(user, [file.id for file in files])]

        refused = say("google.labels_refused", user=user)
        return FileLabels(context, ask, most=batch.MOST, refused=refused)

    return in_the_name_of if settings.drive_labels else None


def told(answer: list[Label] | ConnectorError) -> Labels | ConnectorError:
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
