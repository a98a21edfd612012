"""Any receiver of signed messages: Standard Webhooks 1.0.0.

The id stays the same over all attempts, so a receiver can drop what it has; the timestamp is
that of the attempt, so a recorded message cannot be played back later.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from datetime import UTC
from typing import Final, Literal

from pydantic import Field, field_validator
from standardwebhooks import Webhook as Signer

from agent.sinks.contract import Batch, Lent, SinkError
from agent.sinks.https import Line
from agent.sinks.settings import SinkUrl
from connectors.sdk.message import say
from connectors.sdk.settings import SecretRef, Table

TYPE: Final = "tojimari.findings.v1"

_PREFIX = "whsec_"
_HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_OURS = ("webhook-", "content-", "host", "transfer-encoding", "connection")


class Settings(Table):
    """A receiver of signed webhooks."""

    type: Literal["webhook"]
    url: SinkUrl = Field(
        description="Where events go: https, or http to this machine",
        examples=["https://siem.example.co.jp/hooks/tojimari"],
    )
    secret: SecretRef = Field(
        min_length=1,
        description="Signs every message: whsec_ and 24 to 64 random bytes in base64; "
        "two of them, separated by a space, while one replaces the other",
        examples=["keyring:siem"],
    )
    headers: dict[str, SecretRef] = Field(
        default_factory=dict[str, str],
        description="Headers that the receiver wants besides, with references to their values",
    )
    ca_bundle: str = Field(
        default="", description="Certificates to trust; default: those of [network]"
    )
    proxy: str = Field(default="", description="Proxy of this sink; default: that of [network]")
    events_per_request: int = Field(
        default=250, ge=1, le=1000, description="Events in a message; 1 for tools that want it so"
    )

    @field_validator("headers")
    @classmethod
    def _free(cls, headers: dict[str, str]) -> dict[str, str]:
        for name, reference in headers.items():
            if not reference or not _HEADER.fullmatch(name) or name.lower().startswith(_OURS):
                raise ValueError("not a free header")
        return headers


class Webhook:
    """A receiver, ready to be sent to."""

    def __init__(
        self, line: Line, signers: list[Signer], headers: Mapping[str, str], lent: Lent, limit: int
    ) -> None:
        self.name = lent.name
        self.limit = limit
        self._line = line
        self._signers = signers
        self._headers = headers
        self._now = lent.now

    def deliver(self, batch: Batch) -> None:
        """Sign and send; every secret in use signs, so that both sides can change theirs."""
        body = body_of(batch)
        now = self._now().astimezone(UTC)  # the library takes the clock face and ignores the zone
        signed = [signer.sign(batch.id, now, body) for signer in self._signers]
        self._line.post(
            body.encode(),
            {
                **self._headers,
                "content-type": "application/json",
                "webhook-id": batch.id,
                "webhook-timestamp": str(int(now.timestamp())),
                "webhook-signature": " ".join(signed),
            },
        )


def open(settings: Settings, lent: Lent) -> Webhook:
    """Fetch the secrets and prepare the way. Raises a final `SinkError` where they are not fit."""
    return Webhook(
        Line(
            settings.url,
            name=lent.name,
            user_agent=lent.user_agent,
            ca_bundle=settings.ca_bundle or lent.ca_bundle,
            proxy=settings.proxy or lent.proxy,
        ),
        _signers(lent.secret(settings.secret), f"sinks.{lent.name}.secret"),
        {
            name: _header(lent.secret(reference), f"sinks.{lent.name}.headers.{name}")
            for name, reference in settings.headers.items()
        },
        lent,
        settings.events_per_request,
    )


def body_of(batch: Batch) -> str:
    """The message, the same to the byte for every attempt."""
    message = {
        "type": TYPE,
        "timestamp": batch.frozen_at.astimezone(UTC).isoformat(),
        "data": {"run_id": batch.run_id, "events": [dict(event) for event in batch.events]},
    }
    text = json.dumps(message, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    # half a surrogate pair, which a vendor's JSON may hold, has no bytes to be signed
    return text.encode("utf-8", "replace").decode()


def _signers(value: bytes, key: str) -> list[Signer]:
    secrets = value.decode("ascii", "replace").split()
    if not secrets or not all(map(_strong, secrets)):
        raise SinkError(
            say("sinks.webhook_secret", name=key), hint=say("sinks.webhook_secret_hint"), final=True
        )
    return [Signer(secret) for secret in secrets]


def _strong(secret: str) -> bool:
    """The library would take anything, even "not base64 at all"."""
    if not secret.startswith(_PREFIX):
        return False
    try:
        return 24 <= len(base64.b64decode(secret.removeprefix(_PREFIX), validate=True)) <= 64
    except (binascii.Error, ValueError):
        return False


def _header(value: bytes, key: str) -> str:
    text = value.decode("ascii", "replace").strip()
    if not text or not text.isascii() or not text.isprintable():
        raise SinkError(
            say("sinks.header_value", name=key), hint=say("sinks.header_value_hint"), final=True
        )
    return text
