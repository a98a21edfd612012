"""A store in a folder, and facts to put into it."""

from collections.abc import Callable, Generator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from agent.store.engine import open_store
from agent.store.facts import FactStore
from connectors.sdk.records import Tenant

NOW = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def tomorrow(self) -> None:
        self.now += timedelta(days=1)


@pytest.fixture
def engine(tmp_path: Path) -> Generator[Engine]:
    engine = open_store(tmp_path / "state")
    yield engine
    engine.dispose()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def facts(engine: Engine, clock: Callable[[], datetime]) -> FactStore:
    return FactStore(engine, clock)


@pytest.fixture
def tenant(facts: FactStore) -> int:
    return facts.ensure_tenant("box", "box", Tenant(id="T1", name="Example K.K."))
