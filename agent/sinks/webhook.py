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
from agent.sinks.contract import Lent, Unfit
from agent.sinks.flat import written
from agent.sinks.https import Line, header_value
from agent.sinks.probe import delivery, way
from agent.sinks.settings import Form, SinkUrl, Wired
from connectors.sdk.checks import Check
from connectors.sdk.message import say
from connectors.sdk.settings import SecretRef, refused

TYPE: Final = "tojimari.findings.v1"

_PREFIX = "whsec_"
_HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_OURS = ("webhook-", "content-", "host", "transfer-encoding", "connection")


class Settings(Wired):
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
    format: Form = Field(default="ocsf", description="The events: ocsf, or flat for plain columns")
    body: Literal["message", "ndjson"] = Field(
        default="message",
        description="message: one JSON object around the events; ndjson: one event a line",
    )
    events_per_request: int = Field(
        default=250, ge=1, le=1000, description="Events in a message; 1 for tools that want it so"
    )

    @field_validator("headers")
    @classmethod
    def _free(cls, headers: dict[str, str]) -> dict[str, str]:
        for name, reference in headers.items():
            if not reference or not _HEADER.fullmatch(name) or name.lower().startswith(_OURS):
                raise refused("sinks.webhook_header")
        return headers

    @model_validator(mode="after")
    def _known_to_the_receiver(self) -> Self:
        if not self.secret and not self.headers:
            raise refused("sinks.webhook_credential")
        return self


class Webhook:
    """A receiver, and the secrets that sign its messages."""

    size = 240_000  # bytes: receivers read a message into memory to verify its signature

    def __init__(
        self,
        settings: Settings,
        lent: Lent,
        signers: Sequence[Signer],
        headers: Mapping[str, str],
    ) -> None:
        self.name = lent.name
        self.limit = settings.events_per_request
        self.patience = float(settings.retry_seconds)
        self._line = Line(settings.url, settings, lent)
        self._signers = signers
        self._headers = headers
        self._now = lent.now
        self._form: Form = settings.format
        self._lines = settings.body == "ndjson"

    def deliver(self, batch: Batch) -> None:
        """Sign a batch with every configured secret and send it once.

        Raises:
            SinkError: The receiver did not accept it.
        """
        body = lines_of(batch, self._form) if self._lines else body_of(batch, self._form)
        now = self._now().astimezone(UTC)  # the library ignores the time zone
        signed = [signer.sign(batch.id, now, body) for signer in self._signers]
        reply = self._line.post(
            body.encode(),
            {
                **self._headers,
                "content-type": "application/x-ndjson" if self._lines else "application/json",
                "webhook-id": batch.id,
                "webhook-timestamp": str(int(now.timestamp())),
                **({"webhook-signature": " ".join(signed)} if signed else {}),
            },
        )
        if not reply.ok:
            raise self._line.refusal(reply)

    def look(self) -> Iterator[Check]:
        """Yield the check that the host answers; whether it takes events shows only an event."""
        return way(self.name, self._line.knock)

    def check(self, test: Batch) -> Iterator[Check]:
        """Yield the check of a test event."""
        return delivery(self.name, self.deliver, test)


def open(settings: Settings, lent: Lent) -> Webhook:
    """Read the secrets and return the sink.

    Raises:
        Unfit: A signing secret or a header value has a form that cannot work.
        SinkError: A secret or a certificate cannot be read.
    """
    signers: list[Signer] = []
    if settings.secret:
        signers = _signers(lent.secret(settings.secret), f"sinks.{lent.name}.secret")
    headers = {
        name: header_value(lent.secret(reference), f"sinks.{lent.name}.headers.{name}")
        for name, reference in settings.headers.items()
    }
    return Webhook(settings, lent, signers, headers)


def body_of(batch: Batch, form: Form = "ocsf") -> str:
    """Return the message of a batch as JSON, equal byte for byte for every attempt."""
    message = {"type": TYPE, "timestamp": batch.frozen_at.astimezone(UTC).isoformat()}
    events = ",".join(written(event, form) for event in batch.events)
    opening = json.dumps(message, separators=(",", ":")).removesuffix("}")
    run_id = json.dumps(batch.run_id)
    return f'{opening},"data":{{"run_id":{run_id},"events":[{events}]}}}}'


def lines_of(batch: Batch, form: Form = "ocsf") -> str:
    """Return the events of a batch as JSON lines."""
    return "".join(f"{written(event, form)}\n" for event in batch.events)


def _signers(value: bytes, key: str) -> list[Signer]:
    secrets = value.decode("ascii", "replace").split()
    if not secrets or not all(map(_strong, secrets)):
        raise Unfit(say("sinks.webhook_secret", name=key), hint=say("sinks.webhook_secret_hint"))
    return [Signer(secret) for secret in secrets]


def _strong(secret: str) -> bool:
    """Return True for `whsec_` and 24 to 64 bytes in base64; the library does not check it."""
    if not secret.startswith(_PREFIX):
        return False
    try:
        return 24 <= len(base64.b64decode(secret.removeprefix(_PREFIX), validate=True)) <= 64
    except (binascii.Error, ValueError):
        return False
