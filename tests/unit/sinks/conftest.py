"""A receiver on this machine, and what the agent lends."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from agent.sinks.contract import Batch
from connectors.sdk.loopback import Authority

CANARY = "canary-0d5f"
KEYS = ["whsec_" + base64.b64encode(bytes([n]) * 32).decode() for n in (1, 2, 3)]
FROZEN = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
BATCH = Batch(
    id="5f0c3c8e-8f0e-5c7e-9a5e-3f6f0f8f6b1a",
    run_id="k3f9",
    ids=("1", "2"),
    events=({"uid": "1", "name": "顧客名簿.xlsx"}, {"uid": "2", "name": "=cmd \ud83d half"}),
    frozen_at=FROZEN,
    size=80,
)


@dataclass(kw_only=True)
class Purse:
    """The agent, as far as a sink sees it."""

    name: str = "siem"
    user_agent: str = "tojimari/test"
    ca_bundle: str = ""
    proxy: str = ""
    secrets: dict[str, bytes] = field(default_factory=lambda: {"env:S": KEYS[0].encode()})
    clock: datetime | None = None
    waited: list[float] = field(default_factory=list)

    def path(self, written, /):
        return written

    def sleep(self, seconds, /):
        self.waited.append(seconds)

    def secret(self, reference, /):
        return self.secrets[reference]

    def now(self):
        return self.clock or datetime.now(UTC)


@pytest.fixture(scope="session")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("ca"))
