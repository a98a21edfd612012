"""Labels of files: each is asked for in the name of somebody who sees the file."""

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
"""What asks for labels in a user's name, for one reading."""


def labelling(settings: Settings, client: Client, context: Context) -> Labelling | None:
    """How labels are asked for; None where nobody wishes to know them."""

    def in_the_name_of(user: str) -> FileLabels:
        def ask(files: Sequence[Item]) -> list[Labels | ConnectorError]:
            return [told(answer) for answer in client.labels(user, [file.id for file in files])]

        refused = say("google.labels_refused", user=user)
        return FileLabels(context, ask, most=batch.MOST, refused=refused)

    return in_the_name_of if settings.drive_labels else None


def told(answer: list[Label] | ConnectorError) -> Labels | ConnectorError:
    """The ids of labels, and of what was chosen in each."""
    if isinstance(answer, ConnectorError):
        return answer
    ids: list[str] = []
    for label in answer:
        ids.append(label["id"])
        for field in label.get("fields", {}).values():
            ids += [f"{label['id']}/{choice}" for choice in field.get("selection", ())]
    return tuple(ids)
