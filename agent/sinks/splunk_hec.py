"""Splunk's HTTP Event Collector, and what speaks like it.

The code of an answer, not its status, says what is wrong. Codes 0 to 22 are Splunk's own table,
23 to 27 come from public copies of later ones. Splunk does not drop duplicates:
`| dedup metadata.uid` does.
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

BUSY: Final = frozenset({8, 9, 18, 19, 20, 23, 26, 27})
CONFIGURATION: Final = frozenset({1, 2, 3, 4, 7, 10, 11, 14, 16, 21, 22})
POISON: Final = frozenset({5, 6, 12, 13, 15})
TAKEN: Final = frozenset({0, 24, 25})  # 24 and 25: taken, and a queue is filling up

_PAUSES: Final = (0.5, 1.0, 2.0, 5.0)
"""Seconds between two questions whether events were indexed; the last one repeats."""


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
    """A collector, ready to be sent to."""

    limit = 1000
    size = 900_000  # with the envelopes below the 1,000,000 bytes that Splunk Cloud advises

    def __init__(self, settings: Settings, lent: Lent, token: str) -> None:
        self.name = lent.name
        self.patience = float(settings.retry_seconds)
        self._settings = settings
        self._lent = lent
        self._line = Line(settings.url, settings, lent)
        self._headers = {
            "Authorization": f"Splunk {token}",
            "X-Splunk-Request-Channel": str(uuid4()),  # harmless without acknowledgement
        }

    def deliver(self, batch: Batch) -> None:
        """Send once; where the collector offers it, wait until the indexer has it."""
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
        """The collector's own word on its health."""
        yield probed(self.name, "health", self._healthy)

    def check(self, test: Batch) -> Iterator[Check]:
        """The same, then a test event."""
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
        """Only `true` means something; false is pending, unknown or expired."""
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
    """Fetch the token. Raises `Unfit` where it cannot be one."""
    token = header_value(lent.secret(settings.token), f"sinks.{lent.name}.token")
    return SplunkHec(settings, lent, token)
