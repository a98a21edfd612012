"""Splunk's HTTP Event Collector (HEC), and receivers with the same API.

The `code` in the body of a response says what failed; the HTTP status is ambiguous. Codes 0 to 22
are in Splunk's table, 23 to 27 only in public copies of later ones. Splunk does not remove
duplicates: use `| dedup metadata.uid` in a search.

Sources:
    Source: https://github.com/gjanders/SplunkAdmins (read 2026-08-15)
    Source: https://github.com/open-telemetry/opentelemetry-collector/issues/7312 (read 2026-11-30)
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final, Literal
from uuid import uuid4

from pydantic import Field

from agent.events import Batch, Event
from agent.sinks.checks import delivery_check, run_check
from agent.sinks.config import BaseUrl, EventFormat, TlsSinkConfig
from agent.sinks.flat_event import to_json
from agent.sinks.https_client import HttpsClient, Response, header_value
from agent.sinks.interface import FailureKind, SinkContext, SinkError
from connectors.sdk.checks import Check
from connectors.sdk.config import SecretRef
from connectors.sdk.message import say

BUSY_CODES: Final = frozenset({8, 9, 18, 19, 20, 23, 26, 27})  # internal error, busy, queue full
CONFIGURATION_CODES: Final = frozenset(
    {1, 2, 3, 4, 7, 10, 11, 14, 16, 21, 22}
)  # token, index, channel
CONTENT_CODES: Final = frozenset({5, 6, 12, 13, 15})  # the data of an event
ACCEPTED_CODES: Final = frozenset({0, 24, 25})  # 24 and 25: accepted, a queue is nearly full

_ACK_POLL_DELAYS: Final = (0.5, 1.0, 2.0, 5.0)
"""Seconds between two requests for the acknowledgement; the last one repeats."""


class Settings(TlsSinkConfig):
    """A Splunk HTTP Event Collector."""

    type: Literal["splunk_hec"]
    url: BaseUrl = Field(
        description="The collector without a path",
        examples=["https://splunk.example.co.jp:8088"],
    )
    token: SecretRef = Field(
        min_length=1, description="The HEC token", examples=["keyring:splunk-hec"]
    )
    index: str = Field(default="", description="The index; default: the token's")
    source: str = Field(default="tojimari", description="The source of the events")
    sourcetype: str = Field(default="tojimari:event", description="The source type of the events")
    format: EventFormat = Field(
        default="ocsf", description="The events: ocsf, or flat for plain columns"
    )
    ack_seconds: int = Field(
        default=60,
        ge=0,
        le=600,
        description="How long to wait for the indexer where the token offers acknowledgement; "
        "0: what was accepted counts as delivered",
    )


class SplunkHec:
    """A collector and its token."""

    max_events = 1000
    max_bytes = 900_000
    """Bytes, with the envelopes below 1,000,000.

    Source: not documented for all editions; assumed
    """

    def __init__(self, settings: Settings, sink_context: SinkContext, token: str) -> None:
        self.name = sink_context.name
        self.retry_seconds = float(settings.retry_seconds)
        self._settings = settings
        self._sink_context = sink_context
        self._client = HttpsClient(settings.url, settings, sink_context)
        self._headers = {
            "Authorization": f"Splunk {token}",
            "X-Splunk-Request-Channel": str(uuid4()),  # needed with acknowledgement only
        }

    def deliver(self, batch: Batch) -> None:
        """Send a batch once; if the response has an `ackId`, wait until it is indexed.

        Raises:
            SinkError: The batch was not accepted, or not indexed within `ack_seconds`.
        """
        body = "\n".join(self._envelope(event) for event in batch.events)
        reply = self._client.post_gzip(
            body.encode(),
            {**self._headers, "content-type": "application/json"},
            "/services/collector/event",
        )
        answer = reply.json_object
        if not reply.ok or answer.get("code", 0) not in ACCEPTED_CODES:
            raise self._error_for(reply, answer)
        if self._settings.ack_seconds and answer.get("ackId") is not None:
            self._wait_until_indexed(answer["ackId"])

    def probe(self) -> Iterator[Check]:
        """Yield the check of the health endpoint."""
        yield run_check(self.name, "health", self._check_health)

    def check(self, test: Batch) -> Iterator[Check]:
        """Yield the check of the health endpoint, then that of a test event."""
        yield from self.probe()
        yield from delivery_check(self.name, self.deliver, test)

    def _check_health(self) -> None:
        reply = self._client.get("/services/collector/health", self._headers)
        if not reply.ok:
            raise self._error_for(reply, reply.json_object)

    def _envelope(self, event: Event) -> str:
        settings = self._settings
        envelope = {
            "time": event["time"] / 1000,
            "source": settings.source,
            "sourcetype": settings.sourcetype,
            **({"index": settings.index} if settings.index else {}),
        }
        opening = json.dumps(envelope, ensure_ascii=False).removesuffix("}")
        return f'{opening}, "event": {to_json(event, settings.format)}}}'

    def _error_for(self, reply: Response, answer: dict[str, Any]) -> SinkError:
        code = answer.get("code")
        if reply.status == 413 or code not in BUSY_CODES | CONFIGURATION_CODES | CONTENT_CODES:
            return self._client.error_for(reply)
        word = (
            "busy"
            if code in BUSY_CODES
            else "settings"
            if code in CONFIGURATION_CODES
            else "content"
        )
        fault = {
            "busy": FailureKind.TRANSIENT,
            "settings": FailureKind.CONFIGURATION,
            "content": FailureKind.CONTENT,
        }[word]
        return SinkError(
            say("sinks.hec", host=self._client.host, code=code, status=reply.status),
            hint=say(f"sinks.hec_{word}", name=self.name),
            kind=fault,
            retry_after=reply.retry_after,
            receiver_message=reply.message,
        )

    def _wait_until_indexed(self, ack_id: object) -> None:
        """Wait until the collector acknowledges the events.

        Only `true` is conclusive; `false` means pending, unknown or expired. Splunk Enterprise
        has acknowledgement; Splunk Cloud has it for AWS Firehose only.
        Source: https://help.splunk.com/splunk-enterprise/get-data-in/collect-http-event-data/about-http-event-collector-indexer-acknowledgment
        (read 2026-11-30)

        Raises:
            SinkError: There was no acknowledgement within `ack_seconds`.
        """
        waited, turn = 0.0, 0
        body = json.dumps({"acks": [ack_id]}).encode()
        while True:
            reply = self._client.post(body, self._headers, "/services/collector/ack")
            acks: dict[str, Any] = reply.json_object.get("acks") or {}
            if acks.get(str(ack_id)) is True:
                return
            pause = _ACK_POLL_DELAYS[min(turn, len(_ACK_POLL_DELAYS) - 1)]
            if waited + pause > self._settings.ack_seconds:
                raise SinkError(
                    say("sinks.not_indexed", host=self._client.host, seconds=round(waited)),
                    hint=say("sinks.not_indexed_hint", name=self.name),
                )
            self._sink_context.sleep(pause)
            waited, turn = waited + pause, turn + 1


def create(settings: Settings, sink_context: SinkContext) -> SplunkHec:
    """Read the token and return the sink.

    Raises:
        Unfit: The token cannot be sent in a header.
        SinkError: A secret or a certificate cannot be read.
    """
    token = header_value(sink_context.secret(settings.token), f"sinks.{sink_context.name}.token")
    return SplunkHec(settings, sink_context, token)
