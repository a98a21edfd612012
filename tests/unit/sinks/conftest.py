"""A receiver on this machine, and what the agent lends."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid5

import pytest

from agent.classify.finding import Finding, TrackedFinding
from agent.classify.model import Severity, Subject
from agent.events import Batch
from agent.sinks.ocsf import finding_event
from agent.text import Text
from connectors.sdk.local_server import LocalCertificateAuthority

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
    return LocalCertificateAuthority(tmp_path_factory.mktemp("ca"))


def finding_batch(count, **words):
    """Events of real findings; `words` are what an outsider may have chosen."""
    events = tuple(made(f"tjm1:{n:032x}", **words) for n in range(count))
    ids = tuple(event["metadata"]["uid"] for event in events)
    size = sum(len(json.dumps(event)) for event in events)
    batch_id = str(uuid5(UUID(int=7), " ".join(ids)))
    return Batch(id=batch_id, run_id="k3f9", ids=ids, events=events, frozen_at=FROZEN, size=size)


def made(uid, **words):
    chosen: dict[str, Any] = {
        "scope_title": "営業",
        "title": "顧客名簿.xlsx",
        "path": "/sites/sales/顧客名簿.xlsx",
        "url": "https://example.sharepoint.com/sites/sales/x.xlsx",
        "owner": "sato@example.co.jp",
        "principals": ("guest@partner.example",),
        "domains": ("partner.example",),
        "evidence": {"EXT-001": {"principal": "guest@partner.example", "access": "edit"}},
    }
    finding = Finding(
        id=uid,
        subject=Subject.EXPOSURE,
        subject_id="drive/item",
        service="m365",
        connector="head office",
        tenant_id="tenant",
        scope_id="site",
        severity=Severity.HIGH,
        score=81,
        kind="file",
        audience="ext_named",
        access="edit",
        **chosen | words,
    )
    kept = TrackedFinding(
        finding=finding, state="new", first_seen=FROZEN, last_seen=FROZEN, changed_at=FROZEN
    )
    return finding_event(kept, "new", Text("en"), run_id="k3f9", now=FROZEN, version="0.1.0")
