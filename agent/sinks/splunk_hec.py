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
from agent.sinks.contract import Fault, Lent, SinkError
from agent.sinks.flat import written
from agent.sinks.https import Line, Reply, header_value
from agent.sinks.probe import delivery, probed
from agent.sinks.settings import BaseUrl, Form, Wired
from connectors.sdk.checks import Check
from connectors.sdk.message import say
from connectors.sdk.settings import SecretRef

BUSY: Final = frozenset({8, 9, 18, 19, 20, 23, 26, 27})  # internal error, busy, queue full
CONFIGURATION: Final = frozenset({1, 2, 3, 4, 7, 10, 11, 14, 16, 21, 22})  # token, index, channel
POISON: Final = frozenset({5, 6, 12, 13, 15})  # the data of an event
TAKEN: Final = frozenset({0, 24, 25})  # 24 and 25: accepted, a queue is nearly full

_PAUSES: Final = (0.5, 1.0, 2.0, 5.0)
"""Seconds between two requests for the acknowledgement; the last one repeats."""


class Settings(Wired):
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
    format: Form = Field(default="ocsf", description="The events: ocsf, or flat for plain columns")
    ack_seconds: int = Field(
        default=60,
        ge=0,
        le=600,
        description="How long to wait for the indexer where the token offers acknowledgement; "
        "0: what was accepted counts as delivered",
    )


class SplunkHec:
    """A collector and its token."""

    limit = 1000
    size = 900_000
    """Bytes, with the envelopes below 1,000,000.

    Source: not documented for all editions; assumed
    """

    def __init__(self, settings: Settings, lent: Lent, token: str) -> None:
        self.name = lent.name
        self.patience = float(settings.retry_seconds)
        self._settings = settings
        self._lent = lent
        self._line = Line(settings.url, settings, lent)
        self._headers = {
            "Authorization": f"Splunk {token}",
            "X-Splunk-Request-Channel": str(uuid4()),  # needed with acknowledgement only
        }

    def deliver(self, batch: Batch) -> None:
        """Send a batch once; if the response has an `ackId`, wait until it is indexed.

        Raises:
            SinkError: The batch was not accepted, or not indexed within `ack_seconds`.
        """
        body = "\n".join(self._wrapped(event) for event in batch.events)
        reply = self._line.post_gzip(
            body.encode(),
            {**self._headers, "content-type": "application/json"},
            "/services/collector/event",
        )
        answer = reply.answer
        if not reply.ok or answer.get("code", 0) not in TAKEN:
            raise self._refusal(reply, answer)
        if self._settings.ack_seconds and answer.get("ackId") is not None:
            self._indexed(answer["ackId"])

    def look(self) -> Iterator[Check]:
        """Yield the check of the health endpoint."""
        yield probed(self.name, "health", self._healthy)

    def check(self, test: Batch) -> Iterator[Check]:
        """Yield the check of the health endpoint, then that of a test event."""
        yield from self.look()
        yield from delivery(self.name, self.deliver, test)

    def _healthy(self) -> None:
        reply = self._line.get("/services/collector/health", self._headers)
        if not reply.ok:
            raise self._refusal(reply, reply.answer)

    def _wrapped(self, event: Event) -> str:
        settings = self._settings
        envelope = {
            "time": event["time"] / 1000,
            "source": settings.source,
            "sourcetype": settings.sourcetype,
            **({"index": settings.index} if settings.index else {}),
        }
        opening = json.dumps(envelope, ensure_ascii=False).removesuffix("}")
        return f'{opening}, "event": {written(event, settings.format)}}}'

    def _refusal(self, reply: Reply, answer: dict[str, Any]) -> SinkError:
        code = answer.get("code")
        if reply.status == 413 or code not in BUSY | CONFIGURATION | POISON:
            return self._line.refusal(reply)
        word = "busy" if code in BUSY else "settings" if code in CONFIGURATION else "content"
        fault = {"busy": Fault.MOMENT, "settings": Fault.SETTING, "content": Fault.CONTENT}[word]
        return SinkError(
            say("sinks.hec", host=self._line.host, code=code, status=reply.status),
            hint=say(f"sinks.hec_{word}", name=self.name),
            fault=fault,
            wait=reply.wait,
            words=reply.words,
        )

    def _indexed(self, ack_id: object) -> None:
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
            reply = self._line.post(body, self._headers, "/services/collector/ack")
            acks: dict[str, Any] = reply.answer.get("acks") or {}
            if acks.get(str(ack_id)) is True:
                return
            pause = _PAUSES[min(turn, len(_PAUSES) - 1)]
            if waited + pause > self._settings.ack_seconds:
                raise SinkError(
                    say("sinks.not_indexed", host=self._line.host, seconds=round(waited)),
                    hint=say("sinks.not_indexed_hint", name=self.name),
                )
            self._lent.sleep(pause)
            waited, turn = waited + pause, turn + 1


def open(settings: Settings, lent: Lent) -> SplunkHec:
    """Read the token and return the sink.

    Raises:
        Unfit: The token cannot be sent in a header.
        SinkError: A secret or a certificate cannot be read.
    """
    token = header_value(lent.secret(settings.token), f"sinks.{lent.name}.token")
    return SplunkHec(settings, lent, token)
