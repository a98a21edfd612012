"""Elasticsearch and OpenSearch: the bulk API of a data stream.

The response has a status for each event; HTTP 200 alone does not mean success. A data stream takes
the action `create` only. The event id is the document id, so that a second delivery is answered
with 409: the document exists.

Source: https://elastic.co/guide/en/elasticsearch/reference/8.14/docs-bulk.html (read 2026-11-30)
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final, Literal, Self

from pydantic import Field, model_validator

from agent.events import Batch, Event
from agent.sinks.contract import Fault, Lent, PartlyTaken, SinkError
from agent.sinks.flat import written
from agent.sinks.https import PASSING, Line, Reply, header_value
from agent.sinks.probe import delivery, way
from agent.sinks.settings import BaseUrl, Form, Wired
from agent.text.printable import printable
from connectors.sdk.checks import Check
from connectors.sdk.message import say
from connectors.sdk.settings import SecretRef, refused

THERE: Final = 409  # the document exists: delivered before
SAID: Final = 500  # characters of the error of one event that are kept


class Settings(Wired):
    """Elasticsearch or OpenSearch."""

    type: Literal["elastic"]
    url: BaseUrl = Field(
        description="The cluster without a path",
        examples=["https://elastic.example.co.jp:9200"],
    )
    data_stream: str = Field(
        default="logs-tojimari.findings-default",
        pattern=r"^[a-z0-9][a-z0-9._-]{0,99}$",
        description="The data stream, or an index, that takes the events",
    )
    api_key: SecretRef = Field(
        default="",
        description="An API key as it is sent (base64), with create_doc and auto_configure. "
        "Either this, or username and password",
        examples=["keyring:elastic"],
    )
    username: str = Field(default="", description="A user, where there are no API keys")
    password: SecretRef = Field(default="", description="The user's password")
    format: Form = Field(default="ocsf", description="The events: ocsf, or flat for plain columns")

    @model_validator(mode="after")
    def _known_to_the_receiver(self) -> Self:
        if bool(self.api_key) == bool(self.username and self.password):
            raise refused("sinks.elastic_credential")
        return self


class Elastic:
    """A cluster and its credentials."""

    limit = 1000
    size = 4_500_000
    """Bytes, with the action lines below 5 MB. A server takes 100 MB by default, which is no size
    for a bulk request.

    Source: https://github.com/elastic/elasticsearch/issues/67804 (read 2026-11-30)
    """

    def __init__(self, settings: Settings, lent: Lent, authorization: str) -> None:
        self.name = lent.name
        self.patience = float(settings.retry_seconds)
        self._form: Form = settings.format
        self._line = Line(settings.url, settings, lent)
        self._path = f"/{settings.data_stream}/_bulk"
        self._headers = {
            "Authorization": authorization,
            "content-type": "application/x-ndjson",
        }

    def deliver(self, batch: Batch) -> None:
        """Send a batch once and read the status of each event.

        Raises:
            SinkError: The request failed, or the response is not that of the bulk API.
            PartlyTaken: Some events were not stored.
        """
        body = "".join(
            f'{{"create":{{"_id":{json.dumps(event_id)}}}}}\n{_document(event, self._form)}\n'
            for event_id, event in zip(batch.ids, batch.events, strict=True)
        )
        reply = self._line.post_gzip(body.encode(), self._headers, self._path)
        if not reply.ok:
            raise self._line.refusal(reply)
        left = self._left(_items(reply), len(batch.ids))
        if left:
            raise PartlyTaken(left)

    def look(self) -> Iterator[Check]:
        """Yield the check that the host answers. Whether the key works shows only an event."""
        return way(self.name, self._line.knock)

    def check(self, test: Batch) -> Iterator[Check]:
        """Yield the check of a test event: the key may only create documents."""
        return delivery(self.name, self.deliver, test)

    def _left(self, items: list[dict[str, Any]] | None, count: int) -> dict[int, SinkError]:
        """Return position -> error of the events that were not stored.

        Raises:
            SinkError: The response does not have one item for each event.
        """
        if items is None or len(items) != count:
            raise SinkError(
                say("sinks.no_bulk", host=self._line.host),
                hint=say("sinks.no_bulk_hint", name=self.name),
                fault=Fault.SETTING,
            )
        return {
            at: self._why(item)
            for at, item in enumerate(items)
            if not (200 <= item["status"] < 300 or item["status"] == THERE)
        }

    def _why(self, told: dict[str, Any]) -> SinkError:
        status: int = told["status"]
        passing = status in PASSING or status >= 500
        error: Any = told.get("error", "")
        return SinkError(
            say(
                "sinks.document",
                host=self._line.host,
                status=status,
                kind=_kind(error),
            ),
            hint=say("sinks.busy_hint") if passing else say("sinks.document_hint", name=self.name),
            fault=Fault.MOMENT if passing else _final(status),
            words=printable(json.dumps(error, ensure_ascii=False))[:SAID],
        )


def open(settings: Settings, lent: Lent) -> Elastic:
    """Read the credentials and return the sink.

    Raises:
        Unfit: The API key cannot be sent in a header.
        SinkError: A secret or a certificate cannot be read.
    """
    if settings.api_key:
        key = header_value(lent.secret(settings.api_key), f"sinks.{lent.name}.api_key")
        return Elastic(settings, lent, f"ApiKey {key}")
    password = lent.secret(settings.password).strip()
    both = base64.b64encode(settings.username.encode() + b":" + password).decode()
    return Elastic(settings, lent, f"Basic {both}")


def _document(event: Event, form: Form) -> str:
    """Return the event as JSON with `@timestamp`, which a data stream requires, as first field."""
    when = datetime.fromtimestamp(event["time"] / 1000, UTC).isoformat(timespec="milliseconds")
    return f'{{"@timestamp":"{when}",{written(event, form)[1:]}'


def _items(reply: Reply) -> list[dict[str, Any]] | None:
    """Return the result of each event; None if the response is not that of the bulk API."""
    try:
        results: list[dict[str, Any]] = [item["create"] for item in reply.answer["items"]]
        return results if all(isinstance(one["status"], int) for one in results) else None
    except (KeyError, TypeError):
        return None


def _kind(error: Any) -> str:
    try:
        return printable(str(error["type"]))[:SAID]
    except (KeyError, TypeError):  # some say it in one word
        return ""


def _final(status: int) -> Fault:
    """Return the kind of failure of a status: 401, 403, 404 configuration, else the event."""
    return Fault.SETTING if status in (401, 403, 404) else Fault.CONTENT
