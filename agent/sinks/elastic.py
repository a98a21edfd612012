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
from agent.sinks.checks import connectivity_check, delivery_check
from agent.sinks.config import BaseUrl, EventFormat, TlsSinkConfig
from agent.sinks.flat_event import to_json
from agent.sinks.https_client import TRANSIENT_STATUSES, HttpsClient, Response, header_value
from agent.sinks.interface import FailureKind, PartialDelivery, SinkContext, SinkError
from agent.text.terminal_safe import terminal_safe
from connectors.sdk.checks import Check
from connectors.sdk.config import SecretRef, validation_error
from connectors.sdk.message import say

ALREADY_EXISTS: Final = 409  # the document exists: delivered before
MAX_ERROR_LENGTH: Final = 500  # characters of the error of one event that are kept


class Settings(TlsSinkConfig):
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
    format: EventFormat = Field(
        default="ocsf", description="The events: ocsf, or flat for plain columns"
    )

    @model_validator(mode="after")
    def _require_credential(self) -> Self:
        if bool(self.api_key) == bool(self.username and self.password):
            raise validation_error("sinks.elastic_credential")
        return self


class Elastic:
    """A cluster and its credentials."""

    max_events = 1000
    max_bytes = 4_500_000
    """Bytes, with the action lines below 5 MB. A server takes 100 MB by default, which is no size
    for a bulk request.

    Source: https://github.com/elastic/elasticsearch/issues/67804 (read 2026-11-30)
    """

    def __init__(self, settings: Settings, sink_context: SinkContext, authorization: str) -> None:
        self.name = sink_context.name
        self.retry_seconds = float(settings.retry_seconds)
        self._format: EventFormat = settings.format
        self._client = HttpsClient(settings.url, settings, sink_context)
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
            f'{{"create":{{"_id":{json.dumps(event_id)}}}}}\n{_document(event, self._format)}\n'
            for event_id, event in zip(batch.ids, batch.events, strict=True)
        )
        reply = self._client.post_gzip(body.encode(), self._headers, self._path)
        if not reply.ok:
            raise self._client.error_for(reply)
        left = self._failures(_items(reply), len(batch.ids))
        if left:
            raise PartialDelivery(left)

    def probe(self) -> Iterator[Check]:
        """Yield the check that the host answers. Whether the key works shows only an event."""
        return connectivity_check(self.name, self._client.probe)

    def check(self, test: Batch) -> Iterator[Check]:
        """Yield the check of a test event: the key may only create documents."""
        return delivery_check(self.name, self.deliver, test)

    def _failures(self, items: list[dict[str, Any]] | None, count: int) -> dict[int, SinkError]:
        """Return position -> error of the events that were not stored.

        Raises:
            SinkError: The response does not have one item for each event.
        """
        if items is None or len(items) != count:
            raise SinkError(
                say("sinks.no_bulk", host=self._client.host),
                hint=say("sinks.no_bulk_hint", name=self.name),
                kind=FailureKind.CONFIGURATION,
            )
        return {
            at: self._item_error(item)
            for at, item in enumerate(items)
            if not (200 <= item["status"] < 300 or item["status"] == ALREADY_EXISTS)
        }

    def _item_error(self, item: dict[str, Any]) -> SinkError:
        status: int = item["status"]
        passing = status in TRANSIENT_STATUSES or status >= 500
        error: Any = item.get("error", "")
        return SinkError(
            say(
                "sinks.document",
                host=self._client.host,
                status=status,
                kind=_error_type(error),
            ),
            hint=say("sinks.busy_hint") if passing else say("sinks.document_hint", name=self.name),
            kind=FailureKind.TRANSIENT if passing else _failure_kind(status),
            receiver_message=terminal_safe(json.dumps(error, ensure_ascii=False))[
                :MAX_ERROR_LENGTH
            ],
        )


def create(settings: Settings, sink_context: SinkContext) -> Elastic:
    """Read the credentials and return the sink.

    Raises:
        Unfit: The API key cannot be sent in a header.
        SinkError: A secret or a certificate cannot be read.
    """
    if settings.api_key:
        key = header_value(
            sink_context.secret(settings.api_key), f"sinks.{sink_context.name}.api_key"
        )
        return Elastic(settings, sink_context, f"ApiKey {key}")
    password = sink_context.secret(settings.password).strip()
    both = base64.b64encode(settings.username.encode() + b":" + password).decode()
    return Elastic(settings, sink_context, f"Basic {both}")


def _document(event: Event, form: EventFormat) -> str:
    """Return the event as JSON with `@timestamp`, which a data stream requires, as first field."""
    when = datetime.fromtimestamp(event["time"] / 1000, UTC).isoformat(timespec="milliseconds")
    return f'{{"@timestamp":"{when}",{to_json(event, form)[1:]}'


def _items(reply: Response) -> list[dict[str, Any]] | None:
    """Return the result of each event; None if the response is not that of the bulk API."""
    try:
        results: list[dict[str, Any]] = [item["create"] for item in reply.json_object["items"]]
        return results if all(isinstance(one["status"], int) for one in results) else None
    except (KeyError, TypeError):
        return None


def _error_type(error: Any) -> str:
    try:
        return terminal_safe(str(error["type"]))[:MAX_ERROR_LENGTH]
    except (KeyError, TypeError):  # some say it in one word
        return ""


def _failure_kind(status: int) -> FailureKind:
    """Return the kind of failure of a status: 401, 403, 404 configuration, else the event."""
    return FailureKind.CONFIGURATION if status in (401, 403, 404) else FailureKind.CONTENT
