"""The demo tenant of Microsoft 365, served, and a connector that is signed in to it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from connectors.m365.demo import Tenant
from connectors.sdk.interface import Connector
from connectors.sdk.local_server import Request, Response
from connectors.sdk.records import Coverage, Item, Record, Scope
from connectors.sdk.testing import ConnectorHarness, FakeContext, ServedTenant, scan


@dataclass(frozen=True, slots=True)
class House:
    """What a test of the connector walks through."""

    stage: ConnectorHarness
    opened: ServedTenant
    connector: Connector
    lent: FakeContext

    @property
    def tenant(self) -> Tenant:
        tenant = self.stage.tenant
        assert isinstance(tenant, Tenant)
        return tenant

    def scope(self, title: str) -> Scope:
        return next(s for s in self.connector.scopes() if s.title == title)

    def read(self, title: str, cursor: str | None = None) -> list[Record]:
        return scan(self.connector, self.lent, self.scope(title), cursor)

    def fail(self, fault: Callable[[Request], Response | None]) -> None:
        self.stage.inject_fault(lambda request, _times: fault(request))


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    stage = ConnectorHarness("m365", tmp_path)
    with stage.open() as opened:
        connector, lent = opened.connector()
        connector.tenant()
        yield House(stage, opened, connector, lent)


def items_of(records: list[Record]) -> dict[str, Item]:
    return {r.name: r for r in records if isinstance(r, Item)}


def end_of(records: list[Record]) -> Coverage:
    end = records[-1]
    assert isinstance(end, Coverage)
    return end
