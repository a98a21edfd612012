"""Signed webhooks: Standard Webhooks 1.0.0.

The id is the same for all attempts, so that a receiver can ignore duplicates. The timestamp is that
of the attempt, so that a receiver can refuse a recorded message.

Source: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
(read 2026-11-30)
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC
from typing import Final, Literal, Self

from pydantic import Field, field_validator, model_validator
from standardwebhooks import Webhook as Signer

from agent.events import Batch
from agent.sinks.checks import connectivity_check, delivery_check
from agent.sinks.config import EventFormat, SinkUrl, TlsSinkConfig
from agent.sinks.flat_event import to_json
from agent.sinks.https_client import HttpsClient, header_value
from agent.sinks.interface import InvalidSecret, SinkContext
from connectors.sdk.checks import Check
from connectors.sdk.config import SecretRef, validation_error
from connectors.sdk.message import say

MESSAGE_TYPE: Final = "tojimari.findings.v1"

_KEY_PREFIX = "whsec_"
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_RESERVED_HEADERS = ("webhook-", "content-", "host", "transfer-encoding", "connection")


class Settings(TlsSinkConfig):
    """A receiver of signed webhooks."""

    type: Literal["webhook"]
    url: SinkUrl = Field(
        description="Where events go: https, or http to this machine",
        examples=["https://siem.example.co.jp/hooks/tojimari"],
    )
    secret: SecretRef = Field(
        default="",
        description="Signs every message: whsec_ and 24 to 64 random bytes in base64; "
        "two of them, separated by a space, while one replaces the other. Either this or headers",
        examples=["keyring:siem"],
    )
    headers: dict[str, SecretRef] = Field(
        default_factory=dict[str, str],
        description="Headers that the receiver wants, with references to their values: "
        'Authorization = "keyring:siem-token"',
    )
    format: EventFormat = Field(
        default="ocsf", description="The events: ocsf, or flat for plain columns"
    )
    body: Literal["message", "ndjson"] = Field(
        default="message",
        description="message: one JSON object around the events; ndjson: one event a line",
    )
    events_per_request: int = Field(
        default=250, ge=1, le=1000, description="Events in a message; 1 for tools that want it so"
    )

    @field_validator("headers")
    @classmethod
    def _check_headers(cls, headers: dict[str, str]) -> dict[str, str]:
        for name, reference in headers.items():
            if (
                not reference
                or not _HEADER_NAME.fullmatch(name)
                or name.lower().startswith(_RESERVED_HEADERS)
            ):
                raise validation_error("sinks.webhook_header")
        return headers

    @model_validator(mode="after")
    def _require_credential(self) -> Self:
        if not self.secret and not self.headers:
            raise validation_error("sinks.webhook_credential")
        return self


class Webhook:
    """A receiver, and the secrets that sign its messages."""

    max_bytes = 240_000  # bytes: receivers read a message into memory to verify its signature

    def __init__(
        self,
        settings: Settings,
        sink_context: SinkContext,
        signers: Sequence[Signer],
        headers: Mapping[str, str],
    ) -> None:
        self.name = sink_context.name
        self.max_events = settings.events_per_request
        self.retry_seconds = float(settings.retry_seconds)
        self._client = HttpsClient(settings.url, settings, sink_context)
        self._signers = signers
        self._headers = headers
        self._now = sink_context.now
        self._format: EventFormat = settings.format
        self._ndjson = settings.body == "ndjson"

    def deliver(self, batch: Batch) -> None:
        """Sign a batch with every configured secret and send it once.

        Raises:
            SinkError: The receiver did not accept it.
        """
        body = to_ndjson(batch, self._format) if self._ndjson else to_message(batch, self._format)
        now = self._now().astimezone(UTC)  # the library ignores the time zone
        signed = [signer.sign(batch.id, now, body) for signer in self._signers]
        reply = self._client.post(
            body.encode(),
            {
                **self._headers,
                "content-type": "application/x-ndjson" if self._ndjson else "application/json",
                "webhook-id": batch.id,
                "webhook-timestamp": str(int(now.timestamp())),
                **({"webhook-signature": " ".join(signed)} if signed else {}),
            },
        )
        if not reply.ok:
            raise self._client.error_for(reply)

    def probe(self) -> Iterator[Check]:
        """Yield the check that the host answers; whether it takes events shows only an event."""
        return connectivity_check(self.name, self._client.probe)

    def check(self, test: Batch) -> Iterator[Check]:
        """Yield the check of a test event."""
        return delivery_check(self.name, self.deliver, test)


def create(settings: Settings, sink_context: SinkContext) -> Webhook:
    """Read the secrets and return the sink.

    Raises:
        Unfit: A signing secret or a header value has a form that cannot work.
        SinkError: A secret or a certificate cannot be read.
    """
    signers: list[Signer] = []
    if settings.secret:
        signers = _signers(
            sink_context.secret(settings.secret), f"sinks.{sink_context.name}.secret"
        )
    headers = {
        name: header_value(
            sink_context.secret(reference), f"sinks.{sink_context.name}.headers.{name}"
        )
        for name, reference in settings.headers.items()
    }
    return Webhook(settings, sink_context, signers, headers)


def to_message(batch: Batch, event_format: EventFormat = "ocsf") -> str:
    """Return the message of a batch as JSON, equal byte for byte for every attempt."""
    message = {"type": MESSAGE_TYPE, "timestamp": batch.frozen_at.astimezone(UTC).isoformat()}
    events = ",".join(to_json(event, event_format) for event in batch.events)
    opening = json.dumps(message, separators=(",", ":")).removesuffix("}")
    run_id = json.dumps(batch.run_id)
    return f'{opening},"data":{{"run_id":{run_id},"events":[{events}]}}}}'


def to_ndjson(batch: Batch, event_format: EventFormat = "ocsf") -> str:
    """Return the events of a batch as JSON lines."""
    return "".join(f"{to_json(event, event_format)}\n" for event in batch.events)


def _signers(value: bytes, key: str) -> list[Signer]:
    secrets = value.decode("ascii", "replace").split()
    if not secrets or not all(map(_is_valid_secret, secrets)):
        raise InvalidSecret(
            say("sinks.webhook_secret", name=key), hint=say("sinks.webhook_secret_hint")
        )
    return [Signer(secret) for secret in secrets]


def _is_valid_secret(secret: str) -> bool:
    """Return True for `whsec_` and 24 to 64 bytes in base64; the library does not check it."""
    if not secret.startswith(_KEY_PREFIX):
        return False
    try:
        return 24 <= len(base64.b64decode(secret.removeprefix(_KEY_PREFIX), validate=True)) <= 64
    except (binascii.Error, ValueError):
        return False
